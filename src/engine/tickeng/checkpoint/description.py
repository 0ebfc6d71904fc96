"""The description inside a checkpoint: JSON of a known shape, or a StateError that says where not.

A checksum proves that the bytes are those that were written, not who wrote them. So every field
that is read has its shape here, which is also what docs/checkpoint.md is written from; a key that
no reader knows is left alone.
Trap: JSON as Python reads it knows NaN, infinities and numbers of any size, which nothing here
writes and nothing behind here expects.
"""

import json
import math
import os
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

from ..config import Config
from ..errors import ConfigError, StateError

Meta = dict[str, Any]

_DEEPEST = 16
_MOST = 1 << 62
_SHOWN = 60


class Saved(dict[str, Any]):
    """An object of the description; asking for what it has not is a StateError."""

    def __missing__(self, key: str) -> NoReturn:
        raise StateError(f"the checkpoint's description has no {key!r}: it is not one that this "
                         "command can continue from")


class Kind(NamedTuple):
    """What a single value must be: in words, and as a test."""

    says: str
    holds: Callable[[Any], bool]


Shape = Kind | dict[str, Any] | list[Any] | tuple[Any, ...]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and (
        value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value))


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or _is_whole(value, -_MOST, _MOST)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


TEXT = Kind("text", _is_text)
NUMBER = Kind("number", _is_number)
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
COUNT = Kind("count", lambda value: _is_whole(value, 0, _MOST))
TIME = Kind("time in ns since 1970", lambda value: _is_whole(value, -(1 << 63), (1 << 63) - 1))
SIDE = Kind("1, -1 or 0", lambda value: _is_whole(value, -1, 1))
HASH = Kind("SHA-256 in hexadecimal", _matches("[0-9a-f]{64}"))
BASE64 = Kind("base64", _matches("[A-Za-z0-9+/]*={0,2}"))
NONE = Kind("null", lambda value: value is None)
SIGN = Kind("[number, 1, -1 or 0]", lambda value: isinstance(value, list) and len(value) == 2
            and _is_number(value[0]) and SIDE.holds(value[1]))


class Key(NamedTuple):
    """One field: what it must be and what it means."""

    shape: Shape
    meaning: str


LEVEL = Kind("[price, quantity]", lambda value: isinstance(value, list) and len(value) == 2
             and all(map(_is_number, value)))
EVERY = "*"  # each key, whatever it is called
_SIGNS = {EVERY: Key(SIGN, "last price and side")}
_SOURCE = {
    "name": Key(TEXT, "the file's name without its folder; `-` is standard input"),
    "size": Key((COUNT, NONE), "bytes of the file; null: a pipe"),
    "head_sha256": Key(HASH, "of the first `head_bytes`"),
    "head_bytes": Key(COUNT, "65,536 where it is missing"),
    "row": Key(COUNT, "the row to continue after"),
    "seen": Key(COUNT, "rows whose rejects are counted already"),
    "newest_ns": Key(TIME, "where the merge stands in this file"),
    "stray_ns": Key((NONE, TIME), "the stamp of a jump that the next row may confirm"),
    "signs": Key((NONE, _SIGNS), "what the tick rule began this file with, by symbol"),
    "taken": Key(COUNT, "rows taken after filters, over resumes"),
    "kind": Key(TEXT, "what is read of it; missing: trades"),
}
_ROWS = {
    "values": Key({EVERY: Key({EVERY: Key(BASE64, "a column")}, "a kind's")},
                  "columns of rows that are no trades; missing: there are none"),
    EVERY: Key(BASE64, "a column of the rows, little endian"),
}
_SINK = {
    "path": Key(TEXT, "the output; `-` is standard output"),
    "position": Key({
        "columns": Key([[TEXT]], "name and type of each column"),
        "format": Key(TEXT, "of the output"),
        EVERY: Key(COUNT, "where the output was durable: rows, bytes, parts"),
    }, "where to continue it"),
}
_COUNTERS = {
    "reasons": Key({EVERY: Key(COUNT, "rejected rows")}, "by reason"),
    EVERY: Key(COUNT, "`in`, `processed`, `duplicate`, `late`, `rejected`, `dropped`, `held`"),
}
_WARM = {  # copied into the report, so none may be missing
    "symbol": Key(TEXT, "the symbol"),
    "tick": Key(COUNT, "its tick"),
    "ts_ns": Key(TIME, "its stamp"),
}
KEYS: dict[str, Key] = {
    "kind": Key(Kind("`replay`", lambda value: value == "replay"),
                "missing: an engine saved by itself"),
    "config": Key({EVERY: Key((FLAG, NUMBER, TEXT), "a setting")}, "the settings"),
    "config_hash": Key((NONE, HASH), "hash of what changes numbers; must be equal to continue"),
    "max_time_ns": Key((NONE, TIME), "the latest stamp that is accepted"),
    "cold": Key([TEXT], "nodes that began without a past at a resume; missing: none"),
    "order": Key({
        "reorder_ns": Key(COUNT, "how long rows are held back to sort them"),
        "clock": Key(Kind("`event` or `recv`", _matches("event|recv")), "which stamp counts"),
        "infer_side": Key((NONE, TEXT), "how sides are inferred"),
        "delay": Key({EVERY: Key(TEXT, "how much later events of a kind are known")},
                     "missing: not later"),
        "pairs": Key({EVERY: Key(TEXT, "the leader of a symbol")}, "missing: one leader for all"),
        "rows": Key((TEXT, [TEXT]), "whose events write a row, by output; missing: trades"),
    }, "what decides the order of rows; must be equal to continue"),
    "sources": Key([_SOURCE], "the files of trades"),
    "leaders": Key({EVERY: Key(_SOURCE, "a leader's file")}, "by name; as in `sources`"),
    "leader": Key((NONE, _SOURCE), "the only leader, before leaders had names; as in `sources`"),
    "signs": Key(_SIGNS, "what the tick rule gives the file that follows, by symbol"),
    "held": Key((NONE, {
        "newest_ns": Key(TIME, "the newest stamp that has come"),
        "stray_ns": Key((NONE, TIME), "the stamp of a jump that the next row may confirm"),
        "waiting": Key(_ROWS, "rows that wait for their order"),
        "ready": Key(_ROWS, "rows in order that have not been run"),
    }), "rows read but not run"),
    "labels": Key([TEXT], "file names, by the number that held rows have"),
    "names": Key([TEXT], "symbols in the order of first sight"),
    "sink": Key((NONE, _SINK), "the output"),
    "sinks": Key([(NONE, _SINK)], "further outputs, in the order of `order.rows`; missing: none"),
    "audits": Key({
        **{name: Key(COUNT, "snapshots") for name in ("agreed", "differing", "unmatched")},
        "first": Key((NONE, {
            "file": Key(TEXT, "the file"), "row": Key(COUNT, "the row"),
            "symbol": Key(TEXT, "the symbol"), "side": Key(TEXT, "`bid` or `ask`"),
            "level": Key(COUNT, "from 1, the best"),
            **{name: Key((NONE, LEVEL), "null: there is no such level")
               for name in ("book", "recorded")}}), "the first difference"),
        "symbols": Key({EVERY: Key({
            "newest": Key(TIME, "number of the newest message; -2^63: none"),
            "changed": Key(FLAG, "whether that was a change"),
            **{side: Key((NONE, NUMBER), "worst price of the last snapshot")
               for side in ("bid", "ask")}}, "a symbol's")}, "what the next ones are held against"),
    }, "snapshots held against the books built until then; missing: no messages came"),
    "rejects": Key((NONE, {
        "path": Key(TEXT, "the list of rejected rows"),
        EVERY: Key(COUNT, "where it was durable: rows, bytes"),
    }), "the list of rejected rows"),
    "came_in": Key({EVERY: Key(COUNT, "rows")}, "trades that came in, by symbol"),
    "counters": Key({EVERY: Key(_COUNTERS, "a symbol's")}, "what became of them, by symbol"),
    "came_in_of": Key({EVERY: Key({EVERY: Key(COUNT, "rows")}, "a kind's")},
                      "other rows that came in, by kind and symbol; missing: none"),
    "counters_of": Key({EVERY: Key({EVERY: Key(_COUNTERS, "a symbol's")}, "a kind's")},
                       "what became of them"),
    "written": Key({EVERY: Key(COUNT, "rows")},
                   "rows of a builder that were written, by symbol; missing: rows of events"),
    "warm": Key({EVERY: Key(_WARM, "an output")}, "the first tick with a value, by output"),
}
_OF_A_REPLAY = ("config", "config_hash", "order", "sources", "signs", "held", "labels", "names",
                "sink", "rejects", "came_in", "counters", "warm")


def parse(text: bytes, name: str) -> Meta:
    """The description of the checkpoint `name`. Raises StateError."""
    try:
        meta = json.loads(text, object_hook=Saved, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise StateError(f"{name}: damaged checkpoint, unreadable description") from error
    if not isinstance(meta, dict):
        raise StateError(f"{name}: damaged checkpoint, its description is not an object")
    if _too_deep(meta):
        raise StateError(f"{name}: damaged checkpoint, its description is nested too deep")
    fault = _fault(meta, KEYS, "")
    if not fault and meta.get("kind") == "replay":
        fault = _missing(meta, _OF_A_REPLAY, "it")
    if fault:
        raise StateError(f"{name}: its description is not one that tickeng writes: {fault}")
    return meta


def config_of(meta: Meta, name: str | os.PathLike[str] = "checkpoint") -> Config:
    """The configuration that a description holds.

    Raises:
        StateError: there is none, or one that this version does not know.
    """
    try:
        return Config.restored(meta["config"], os.fspath(name))
    except ConfigError as error:
        raise StateError(f"{os.fspath(name)}: its configuration does not fit: {error}") from error


def fields(shape: Shape, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(path, kind in words, meaning) of every field, for documentation."""
    if isinstance(shape, dict):
        for key, (inner, meaning) in shape.items():
            where = f"{path}.{key}" if path else key
            yield where, _in_words(inner), meaning
            if where not in ("leader", "leaders.*", "sinks"):  # as in sources and in sink
                yield from fields(inner, where)
    elif isinstance(shape, tuple):
        for one in shape:
            yield from fields(one, path)
    elif isinstance(shape, list):
        yield from fields(shape[0], f"{path}[]")


def _in_words(shape: Shape) -> str:
    if isinstance(shape, Kind):
        return shape.says
    if isinstance(shape, tuple):
        return " or ".join(map(_in_words, shape))
    if isinstance(shape, list):
        return f"list of {_in_words(shape[0])}"
    return "object"


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _too_deep(value: Any) -> bool:
    """Whether nesting is deeper than anything written; without recursion."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [part for outer in level if isinstance(outer, dict | list)
                 for part in (outer.values() if isinstance(outer, dict) else outer)]
    return bool(level)


def _fault(value: Any, shape: Shape, path: str) -> str | None:
    """Where the value is not of the shape, None if it is."""
    if isinstance(shape, Kind):
        return None if shape.holds(value) else _told(path, value)
    if isinstance(shape, tuple):
        faults = [_fault(value, one, path) for one in shape]
        return None if None in faults else faults[-1] if isinstance(value, dict) else _told(path,
                                                                                          value)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _told(path, value)
        return next((told for part in value if (told := _fault(part, shape[0], path))), None)
    if not isinstance(value, dict):
        return _told(path, value)
    if shape is _WARM and (told := _missing(value, tuple(_WARM), path)):
        return told
    for key, part in value.items():
        if not _is_text(key):
            return _told(path, key)
        inner = shape.get(key, shape.get(EVERY))
        told = _fault(part, inner.shape, f"{path}.{key}" if path else key) if inner else None
        if told:
            return told
    return None


def _missing(value: Meta, keys: tuple[str, ...], path: str) -> str | None:
    gone = [key for key in keys if key not in value]
    return f"{path[:_SHOWN]} has no {gone[0]}" if gone else None


def _told(path: str, value: Any) -> str:
    return f"{path[:_SHOWN]} is {json.dumps(value)[:_SHOWN]}"
