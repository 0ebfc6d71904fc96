"""The description inside a checkpoint: JSON of a known shape, or a StateError that says where not.

A checksum proves that the bytes are those that were written, not who wrote them. So every key that
is read has its shape here; what a key is missing shows when it is asked for.
Trap: JSON as Python reads it knows NaN, infinities and numbers of any size, which nothing here
writes and nothing behind here expects.
"""

import json
import math
import os
from collections.abc import Callable
from typing import Any, NoReturn

from .config import Config
from .errors import ConfigError, StateError

Meta = dict[str, Any]
Shape = Callable[[Any], bool] | dict[str, Any] | list[Any] | tuple[Any, ...]

_DEEPEST = 16
_MOST = 1 << 62
_SHOWN = 60


class Saved(dict[str, Any]):
    """An object of the description; asking for what it has not is a StateError."""

    def __missing__(self, key: str) -> NoReturn:
        raise StateError(f"the checkpoint's description has no {key!r}: it is not one that this "
                         "command can continue from")


def _text(value: Any) -> bool:
    return (isinstance(value, str) and value.isascii()) or (
        isinstance(value, str) and not any("\ud800" <= c <= "\udfff" for c in value))


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _whole(value: Any) -> bool:
    return _number(value) and isinstance(value, int) and abs(value) <= _MOST


def _count(value: Any) -> bool:
    return _whole(value) and value >= 0


def _time(value: Any) -> bool:
    return _number(value) and isinstance(value, int) and -(1 << 63) <= value < 1 << 63


def _side(value: Any) -> bool:
    return _whole(value) and value in (-1, 0, 1)


def _none(value: Any) -> bool:
    return value is None


def _scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool) or _number(value) or _text(value)


def _sign(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _number(value[0]) and _side(value[1])


_EVERY = "*"  # each key, whatever it is called
_PLACE = {
    "name": _text, "size": (_none, _count), "head_sha256": _text, "row": _count, "seen": _count,
    "newest_ns": _time, "signs": (_none, {_EVERY: _sign}), "head_bytes": _count,
    "stray_ns": (_none, _time), "taken": _count,
}
_ROWS = {_EVERY: _text}
_WARM = {"symbol": _text, "tick": _count, "ts_ns": _time}  # copied into the report: all of them
_SHAPE = {
    "config": {_EVERY: _scalar},
    "config_hash": (_none, _text),
    "max_time_ns": (_none, _time),
    "order": {"pairs": {_EVERY: _text}, _EVERY: _scalar},
    "sink": (_none, {
        "path": _text,
        "position": {"columns": [[_text]], "format": _text, _EVERY: _count},
    }),
    "rejects": (_none, {"path": _text, _EVERY: _count}),
    "came_in": {_EVERY: _count},
    "warm": {_EVERY: _WARM},
    "counters": {_EVERY: {"reasons": {_EVERY: _count}, _EVERY: _count}},
    "sources": [_PLACE],
    "leader": (_none, _PLACE),
    "leaders": {_EVERY: _PLACE},
    "held": (_none, {"newest_ns": _time, "stray_ns": (_none, _time), "waiting": _ROWS,
                     "ready": _ROWS}),
    "signs": {_EVERY: _sign},
    "labels": [_text],
    "names": [_text],
}


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
    if fault := _fault(meta, _SHAPE, ""):
        raise StateError(f"{name}: its description is not one that tickeng writes: {fault}")
    return meta


def config_of(meta: Meta, name: str | os.PathLike[str] = "checkpoint") -> Config:
    """The configuration that a description holds.

    Raises:
        StateError: there is none, or one that this version does not know.
    """
    try:
        return Config(meta["config"])
    except ConfigError as error:
        raise StateError(f"{os.fspath(name)}: its configuration does not fit: {error}") from error


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
    if isinstance(shape, tuple):
        return None if any(_fault(value, one, path) is None for one in shape) else _told(path,
                                                                                        value)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return _told(path, value)
        return next((told for part in value if (told := _fault(part, shape[0], path))), None)
    if not isinstance(shape, dict):
        return None if shape(value) else _told(path, value)
    if not isinstance(value, dict):
        return _told(path, value)
    if shape is _WARM and shape.keys() - value.keys():
        return f"{path[:_SHOWN]} has no {min(shape.keys() - value.keys())}"
    for key, part in value.items():
        inner = shape.get(key, shape.get(_EVERY))
        where = f"{path}.{key}" if path else key
        if not _text(key) or (inner and (told := _fault(part, inner, where))):
            return told if _text(key) else _told(path, key)
    return None


def _told(path: str, value: Any) -> str:
    return f"{path[:_SHOWN]} is {json.dumps(value)[:_SHOWN]}"
