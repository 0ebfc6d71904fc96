"""Options of `open_source`, checked once; their words are the command's and Python's alike.

What a file does not say itself is said here; what neither says is decided from a sample of the
file (see `reading.py`) or asked for.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, NamedTuple

from tickeng._base.control_text import has_control
from tickeng._native.io import UNITS
from tickeng.errors import ConfigError
from tickeng.files.batch import VALUES
from tickeng.files.limits import DEFAULT_MEMORY, memory_limit
from tickeng.files.sources.columns import role_of

DEFAULT_SYMBOL = "default"
SIGNS = {"buy": 1, "sell": -1, "unknown": 0}
LEVEL_SIGNS = {"bid": 1, "ask": -1}
OF_TEXT = ("header", "decimal", "delimiter", "encoding", "skip_lines")
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "space": " "}


class SideWords(NamedTuple):
    """What the cells of a side column mean, in the user's words.

    ``signs`` maps the trimmed text of a cell to +1, -1 or 0, exact in case; texts that are numbers
    match by value. ``others`` is the sign of every other text, None where there may be none.
    ``levels`` are the words of bids and asks, where they were told beside those of trades.
    """

    signs: dict[str, int]
    others: int | None = None
    levels: Mapping[str, int] = MappingProxyType({})


class Options(NamedTuple):
    """Keyword arguments of `open_source` in checked form; None and () mean that nobody said.

    ``among``: the file is one of several kinds, and an option may be another one's.
    """

    kind: str | None = None
    map: dict[str, str] | None = None
    header: tuple[str, ...] | None = None
    sides: SideWords | None = None
    side_is: str | None = None
    qty_sign: str | None = None
    price_scale: Decimal | None = None
    qty_scale: Decimal | None = None
    time_unit: str | None = None
    tz: str | None = None
    time_columns: tuple[str, str] | None = None
    time_format: str | None = None
    date: dt.date | None = None
    decimal: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    skip_lines: int | None = None
    symbol_name: str | None = None
    symbol_from: str | None = None
    keep: tuple[str, ...] = ()
    infer_side: str | None = None
    clock: str = "event"
    block_rows: int = 65536
    max_memory: int = DEFAULT_MEMORY
    among: bool = False


def given_options(options: Options) -> dict[str, Any]:
    """The options that say something else than what holds without them."""
    usual = Options()
    return {name: value for name, value in options._asdict().items()
            if value != getattr(usual, name)}


def check_options(**given: Any) -> Options:
    """The options in checked form.

    Raises:
        ConfigError: names the option and what it accepts.
    """
    known = [name for name in Options._fields if name != "among"]
    unknown = sorted(given.keys() - set(known))
    if unknown:
        raise ConfigError(f"there is no option {unknown[0]!r}; there are {', '.join(known)}")
    wanted = {name: value for name, value in given.items() if value is not None}
    checked = {name: _CHECKS[name](value) if name in _CHECKS else value
               for name, value in wanted.items()}
    options = Options(**checked)
    if options.block_rows < 1:
        raise ConfigError(f"block_rows must be at least 1, not {options.block_rows}")
    if options.symbol_name and options.symbol_from:
        raise ConfigError("symbol_name names every row's symbol and symbol_from takes it from the "
                          "file's name: give one of them")
    return options


def without(options: Options, option: str) -> Options:
    """The options but for one, or one role of `map`."""
    name, _, role = option.partition(".")
    if not role:
        return options._replace(**{name: Options._field_defaults[name]})
    kept = {key: column for key, column in (options.map or {}).items() if role_of(key) != role}
    return options._replace(map=kept or None)


def told(given: Mapping[str, Any], option: str) -> str:
    """An option as it was given."""
    name, _, role = option.partition(".")
    if not role:
        value = given.get(name)
        return f'{name}="{",".join(value) if isinstance(value, (list, tuple)) else value}"'
    column = next((column for key, column in (_mapping(given.get("map") or {}) or {}).items()
                   if role_of(key.rpartition(".")[2]) == role), "COLUMN")
    return f'map="{role}={column}"'


def _one_of(name: str, *choices: str) -> Any:
    def check(value: Any) -> str | None:
        if value == "auto" and name == "time_unit":
            return None
        if value not in choices:
            raise ConfigError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    return check


def _words(name: str, count: int | None = None) -> Any:
    def check(value: str | Sequence[str]) -> tuple[str, ...] | None:
        parts = value.split(",") if isinstance(value, str) else list(value)
        words = tuple(str(part).strip() for part in parts)
        if count is not None and len(words) != count:
            raise ConfigError(f"{name} takes {count} names, not {value!r}")
        return words or None

    return check


def _kinds(value: str | Sequence[str]) -> tuple[str, ...] | None:
    """Words of the event column; "" in quotes is the empty cell."""
    words = _words("keep")(value)
    return tuple("" if word == '""' else word for word in words) if words else None


def _mapping(value: str | Mapping[str, str]) -> dict[str, str] | None:
    """{"price": "px"}, or the same as text: price=px,qty=lots."""
    if isinstance(value, Mapping):
        return {str(role): str(column) for role, column in value.items()} or None
    found = {}
    for part in re.split(r"(?<!\\),", value) if value else ():
        role, equals, column = part.partition("=")
        if not (role.strip() and equals and column.strip()):
            raise ConfigError(f"map: {part!r} must look like price=px")
        found[role.strip()] = column.strip().replace("\\,", ",")
    return found or None


def _text(name: str) -> Any:
    def check(value: Any) -> str | None:
        if not isinstance(value, str):
            raise ConfigError(f"{name} must be text, not {value!r}")
        if has_control(value):
            raise ConfigError(f"{name} has a control character: {value!r}; take it out of the name")
        return value or None

    return check


def _count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10_000:
        raise ConfigError(f"skip_lines must be a number of lines from 0 to 10000, not {value!r}")
    return value or None


def _scale(name: str) -> Any:
    def check(value: Any) -> Decimal:
        try:
            scale = Decimal(str(value))
        except InvalidOperation:
            scale = Decimal(0)
        if not (scale.is_finite() and Decimal("1e-30") <= scale <= Decimal("1e30")):
            raise ConfigError(f"{name} must be a number above 0 such as 1e-9, not {value!r}")
        return scale

    return check


def _delimiter(value: str) -> str:
    found = _DELIMITERS.get(value, value)
    if len(found) != 1 or not found.isascii() or found in '"\n\r\0' or found.isalnum():
        raise ConfigError(f"delimiter must be one character such as ';' or the word tab, "
                          f"not {value!r}")
    return found


def _encoding(value: str) -> str:
    try:
        "".encode(value)
    except (LookupError, TypeError, ValueError):
        raise ConfigError(f"encoding {value!r} is not known: name one such as latin-1, cp1252 or "
                          "utf-16") from None
    return value


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # where a zone is named

    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"tz {value!r} is no time zone: name one of the IANA zones such as "
                          "America/New_York, Europe/Athens or UTC") from None
    return value


def _date(value: str | dt.date) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ConfigError(f"date must look like 2013-10-08, not {value!r}") from None


def _format(value: str) -> str:
    if not isinstance(value, str) or not re.search(r"%[HMSfsTIp]", value):
        raise ConfigError(f"time_format {value!r} must hold directives such as "
                          "%d/%m/%Y %H:%M:%S.%f")
    return value


def _memory(value: Any) -> int:
    return memory_limit(value).memory


def side_words(given: str | Mapping[str, Any] | SideWords) -> SideWords:
    """`buy=0,sell=1` or {"buy": [0], "sell": [1]} as SideWords; `bid` and `ask` for levels.

    In text `|` parts several cells, `\\` takes the meaning off the sign behind it, `""` is the
    empty cell and `unknown=*` stands for every other one.

    Raises:
        ConfigError: a part is missing, or one text has two meanings.
    """
    if isinstance(given, SideWords):
        return given
    parts = _parsed_sides(given) if isinstance(given, str) else _listed_sides(given)
    signs: dict[str, int] = {}
    levels: dict[str, int] = {}
    others = None
    for name, values in parts:
        if name not in SIGNS and name not in LEVEL_SIGNS:
            raise ConfigError(f"sides: {name!r} is not buy, sell or unknown, nor bid or ask")
        found: dict[str, int] = levels if name in LEVEL_SIGNS else signs
        sign = {**SIGNS, **LEVEL_SIGNS}[name]
        for value in values:
            if name == "unknown" and value == "*":
                others = 0
            elif value in found:
                raise ConfigError(f"sides: {value!r} is given twice")
            else:
                found[value] = sign
    for words, names in ((signs, ("buy", "sell")), (levels, ("bid", "ask"))):
        said = set(words.values()) - {0}
        for name, sign in zip(names, (1, -1), strict=True):
            if sign not in said and (said or (words is signs and not levels)):
                raise ConfigError(f"sides: what is a {name}? Write {'=VALUE,'.join(names)}=VALUE")
    return SideWords(signs, others, levels)


def of_levels(words: SideWords) -> SideWords:
    """What the words mean in changes of books: bids and asks, else those told as buy and sell."""
    if not words.levels:
        return words
    rest = {cell: sign for cell, sign in words.signs.items() if not sign}
    return SideWords({**rest, **words.levels}, words.others, words.levels)


def _listed_sides(given: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    def text(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value).strip()

    return [(name, [text(v) for v in (values if isinstance(values, list | tuple | set)
                                      else [values])])
            for name, values in given.items()]


def _parsed_sides(given: str) -> list[tuple[str, list[str]]]:
    parts = []
    for part in re.split(r"(?<!\\),", given):
        name, equals, values = part.partition("=")
        if not equals:
            raise ConfigError(f"sides: {part!r} must look like buy=VALUE")
        cells = [re.sub(r"\\([,|=\\])", r"\1", value).strip()
                 for value in re.split(r"(?<!\\)\|", values)]
        parts.append((name.strip(), ["" if cell == '""' else cell for cell in cells]))
    return parts


_CHECKS: dict[str, Any] = {
    "kind": _one_of("kind", *VALUES),
    "map": _mapping, "header": _words("header"), "sides": side_words,
    "side_is": _one_of("side_is", "taker", "maker"), "qty_sign": _one_of("qty_sign", "side"),
    "price_scale": _scale("price_scale"), "qty_scale": _scale("qty_scale"),
    "time_unit": _one_of("time_unit", *UNITS[1:]), "tz": _zone,
    "time_columns": _words("time_columns", 2), "time_format": _format, "date": _date,
    "decimal": _one_of("decimal", "comma", "point"), "delimiter": _delimiter,
    "encoding": _encoding, "skip_lines": _count, "symbol_name": _text("symbol_name"),
    "symbol_from": _one_of("symbol_from", "file"),
    "keep": _kinds,
    "infer_side": _one_of("infer_side", "tick"), "clock": _one_of("clock", "event", "recv"),
    "max_memory": _memory,
}
