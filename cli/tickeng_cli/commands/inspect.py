"""`tickeng inspect`: what is in this file."""

import re
import shlex
from typing import Annotated, Any

import typer

from tickeng import DataError
from tickeng.files.batch import plural
from tickeng.inspection import inspect_file

from .. import console, options, progress, summary, wording
from ..reading import keywords, to_words
from ..verbs import Shared

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def inspect(
    file: Annotated[str, typer.Argument(
        metavar="FILE", help="A file of trades, quotes, books or changes of books, or of several;"
        " - is stdin.")],
    *,
    reading: Shared,
    json: options.Json = False,
) -> None:
    """Show how a file is read, what is in it and what is odd about it, and the line to replay it.

    \b
    Examples:
      tickeng inspect BTCUSDT-aggTrades-2024-08-08.zip
      tickeng inspect trades.parquet --map price=px --json
    """
    options.existing([file])
    with progress.bar() as advance:
        found = inspect_file(file, progress=advance, **keywords(reading))
    words = to_words(found["reading"]["options"])
    verb = "replay" if "trades" in found else "inspect"  # what takes such a file as it is
    found["command"] = " ".join(map(_typed, ["tickeng", verb, file, *words]))
    error = found["error"]
    found = wording.in_flags(found)
    if json:
        console.print_json({"schema": "tickeng.inspect/1", **found})
        console.json_asked = False
    else:
        _show(found)
    if error:
        raise DataError(error)


def _show(found: dict[str, Any]) -> None:
    screen = console.out()
    read = {name: found.pop(name) for name in ("reading", "findings", "warnings", "command")}
    for name in ("feed", "error"):
        del found[name]
    kinds = found.pop("kinds", {})
    screen.print(console.pairs(summary.reading_rows(read["reading"])))
    screen.print(console.pairs(_rows(found)))
    for kind, facts in kinds.items():
        screen.print(console.pairs(_rows(facts, f"{plural(kind)}: ")))
    if read["findings"]:
        screen.print(console.pairs([("feed", line) for line in read["findings"]]))
    for text in (*read["reading"]["warnings"], *read["warnings"]):
        console.warn(text)
    screen.print(f"to read it: {read['command']}", soft_wrap=True, markup=False)


def _rows(facts: dict[str, Any], label: str = "") -> list[tuple[str, str]]:
    events = sum(facts["symbols"].values())
    rows = []
    for name, value in facts.items():
        if name == "market":
            text = ", ".join(f"{what} {count:,} ({count / events:.2%})"
                             for what, count in value.items()) or "two sides, bid below ask"
        else:
            text = _text(value)
        rows.append((label + name, text))
    return rows


def _typed(word: str) -> str:
    """A word for the shell, in which control characters are escapes."""
    if not _CONTROL.search(word):
        return shlex.quote(word)
    escaped = re.sub(r"['\\]", r"\\\g<0>", word)
    return "$'" + _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped) + "'"


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(part) for part in value) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    return str(value)
