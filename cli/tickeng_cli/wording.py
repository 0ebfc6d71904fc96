"""Messages of the package in the command's words: `infer_side="tick"` is `--infer-side tick`.

The package speaks of keywords, because Python is its first caller. What it writes as a keyword
with a value is rewritten here by the table of options; a setting of the engine becomes --set.
Trap: only names of the table are touched, so a message may quote anything else.
"""

import ast
import re
import shlex
from functools import cache
from typing import Any

from tickeng import Config, catalogue

from .reading import FLAGS as WORD_FLAGS
from .reading import spelled

# Keywords of the public functions beside those that say how a file is read.
_OTHERS = {
    "quotes": "--quotes", "books": "--books", "rows": "--rows",
    "symbols": "--symbol", "out": "-o", "force": "-f", "from_": "--from", "to": "--to",
    "limit": "--limit", "warm": "--warm", "resume": "--resume", "allow_cold": "--allow-cold",
    "checkpoint": "--checkpoint",
    "every": "--checkpoint-every", "leaders": "--leader", "pairs": "--pair", "strict": "--strict",
    "rejects": "--rejects", "columns": "--columns", "plot": "--plot", "workers": "--workers",
    "delay": "--delay",
    "reorder_ms": "--reorder-ms", "max_rejected": "--max-rejected", "on_late": "--on-late",
    "dedupe": "--dedupe", "config": "--config",
    "skip_unreadable": "--skip-unreadable", "reverse": "--reverse",
    "kernels": "--kernels", "follow": "--follow", "idle_exit": "--idle-exit",
    "against": "--against", "every_tick": "--all", "seed": "--seed", "self_test": "--self-test",
    "lag_ms": "--lag-ms", "gap_rows": "--gap-rows", "leader_out": "--leader-out",
}
FLAGS = {**WORD_FLAGS, **_OTHERS}

_SOURCES = ("auto", "native", "book")  # values of the setting quotes, an option's name too
_VALUE = r"""(\{[^{}]*\}|\[[^\[\]]*\]|"[^"]*"|'[^']*'|[^\s,;:()'"]+)"""
_NAME = r"(?<![\w.\-\"'])([a-z][a-z0-9_.]*)"
_GIVEN = _NAME + "=" + _VALUE
_LONG = r"(?<![\w.\-\"'/=])([a-z]+(?:_[a-z]+)+|from_)(?![\w.=(/])"
_CALL = r"tickeng\.(convert|inspect|replay|verify)\([^()]*\)"
_FIRST = r"(^|: )([a-z]+)(?= must | takes |: )"


@cache
def settings() -> set[str]:
    """The keys of the engine's settings, long and short."""
    return {key for key, _, _ in Config().items()} | {
        param["alias"] for kernel in catalogue() for param in kernel["params"] if param["alias"]}


def as_flags(message: str) -> str:
    """The message with every keyword as the option that says the same."""
    message = re.sub(_CALL, _call, message)
    message = re.sub(_GIVEN, _given, message)
    message = re.sub(_LONG, lambda found: FLAGS.get(found[1], found[1]), message)
    return re.sub(_FIRST, lambda found: found[1] + FLAGS.get(found[2], found[2]), message)


def _call(found: re.Match[str]) -> str:
    """`tickeng.convert("a.csv", "b.zst", reverse=True)` as the command line that does it."""
    call = ast.parse(found[0], mode="eval").body
    assert isinstance(call, ast.Call)
    words = ["tickeng", found[1], *(ast.literal_eval(value) for value in call.args[:1])]
    words += [word for value in call.args[1:] for word in ("-o", ast.literal_eval(value))]
    for given in call.keywords:
        value = ast.literal_eval(given.value)
        name = str(given.arg)
        words += [FLAGS[name], *([] if value is True else [spelled(value, name)])]
    return shlex.join(words)


def _given(found: re.Match[str]) -> str:
    name, text = found[1], found[2]
    if name in settings() and (name not in FLAGS or _value(text) in _SOURCES):
        return f"--set {name}={shlex.quote(spelled(_value(text)))}"
    if name not in FLAGS:
        return found[0]
    value = _value(text)
    if name == "pairs" and isinstance(value, dict):
        return " ".join(f"--pair {shlex.quote(f'{leader}={symbol}')}"
                        for symbol, leader in value.items())
    if name == "leaders" and isinstance(value, dict):
        return " ".join(f"--leader {shlex.quote(f'{leader}={path}')}"
                        for leader, path in value.items())
    if value is True:
        return FLAGS[name]
    if name in ("allow_cold", "rows", "out") and isinstance(value, list):
        return " ".join(f"{FLAGS[name]} {shlex.quote(word)}" for word in value)
    return f"{FLAGS[name]} {shlex.quote(spelled(value, name))}"


def _value(text: str) -> Any:
    """What the text of a value means; text without quotes stands for itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def in_flags(document: dict[str, Any]) -> dict[str, Any]:
    """A report whose sentences for people speak the command's words; its data stay as they are."""
    return {key: _in_flags(value) if key in ("warnings", "sides", "notes", "message") else
            _inside(value) for key, value in document.items()}


def _inside(value: Any) -> Any:
    if isinstance(value, list):
        return [_inside(part) for part in value]
    return in_flags(value) if isinstance(value, dict) else value


def _in_flags(value: Any) -> Any:
    if isinstance(value, str):
        return as_flags(value)
    return [as_flags(text) for text in value] if isinstance(value, list) else value
