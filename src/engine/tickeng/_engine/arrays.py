"""Arrays as callers have them, checked and made into what the core takes.

A column is right, or refused with the keyword that would make it right; only single rows with a
value that is no trade are left for the core to reject and count. What a side value means is decided
for a whole array. Trap: the core indexes with symbol codes, so it gets a copy that nobody else has.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tickeng._base.notation import exact_ns, iso_utc
from tickeng._native.core import EngineCore, ParallelCore
from tickeng.config import DAY_NS, Config
from tickeng.errors import ConfigError, DataError

_1990_NS = 631_152_000 * 10**9
_UNITS = (("microseconds", 10**3), ("milliseconds", 10**6), ("seconds", 10**9))
_REJECTED = 2  # a side that the core rejects and counts
_TELLING = 1000  # rows after which sides of 1 and 0 alone are no accident
_WORDS = {"buy": 1, "sell": -1}
_SIGNS = {"buy": 1, "sell": -1, "unknown": 0}


def trade_columns(ts_ns: Any, price: Any, qty: Any, side: Any, id: Any) -> tuple[Any, ...]:
    """(ts_ns, price, qty, side, id) as the core takes them; side as side_column() gives it, id may
    be None. Raises DataError."""
    times = time_column(ts_ns, "ts_ns")
    columns = (real_column(price, "price"), real_column(qty, "qty"),
               np.ascontiguousarray(side, dtype=np.int8), None if id is None else _ids(id))
    for name, column in zip(("price", "qty", "side", "id"), columns, strict=True):
        if column is not None and len(column) != len(times):
            raise DataError(f"{name} has {len(column)} rows, ts_ns has {len(times)}")
    return (times, *columns)


def time_column(values: Any, name: str) -> np.ndarray:
    """int64 ns UTC, from integers or datetime64. Raises DataError."""
    array = np.asarray(unmasked(values, name, -1))
    if array.dtype.kind == "M":
        array = array.astype("datetime64[ns]").view(np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        if array.size == 0:
            return np.empty(0, dtype=np.int64)
        hint = ""
        if array.dtype.kind == "f" and np.isfinite(array).any():
            newest = float(array[np.isfinite(array)].max())
            hint = _other_unit(newest, "(np.asarray(ts) * {:_}).astype('int64'), or datetime64")
        raise DataError(f"{name} must be a one-dimensional array of integers (ns UTC) or "
                        f"datetime64, not {array.dtype}{hint}")
    return np.ascontiguousarray(array, dtype=np.int64)


def not_before(times: np.ndarray, name: str, config: Config) -> None:
    """Raises DataError where every time lies before min_time: all would be rejected."""
    least = exact_ns(str(config["min_time"]))
    if len(times) and times[0] < least and times[-1] < least and int(times.max()) < least:
        remedy = "np.asarray(ts, 'int64') * {:_}, or datetime64"
        raise DataError(f"{name}: every time lies before min_time, {iso_utc(least)}"
                        + _other_unit(float(times.max()), remedy))


def _other_unit(newest: float, remedy: str) -> str:
    """What to say if a time has the size of another unit's."""
    for unit, factor in _UNITS:
        if _1990_NS <= newest * factor <= time.time_ns() + DAY_NS:
            return f"; the times look like {unit}: give {remedy.format(factor)}"
    return ""


def real_column(values: Any, name: str) -> np.ndarray:
    """float64. Raises DataError."""
    values = unmasked(values, name, "np.nan")
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must hold numbers") from None
    return _one_dimension(array, name)


def _ids(values: Any) -> np.ndarray:
    array = _one_dimension(np.asarray(unmasked(values, "id", "np.iinfo('int64').min")), "id")
    if array.dtype.kind not in "iu" and array.size:
        raise DataError(f"id must hold integers, not {array.dtype}; leave id out where there are "
                        "none")
    if array.dtype.kind == "u" and array.size and int(array.max()) >= 1 << 63:
        raise DataError("id holds a number above 2^63 - 1; leave id out, or number rows anew")
    return np.ascontiguousarray(array, dtype=np.int64)


def unmasked(values: Any, name: str, none: Any) -> Any:
    """The values. Raises DataError where some are masked: NumPy would show what is below."""
    masked = sys.modules.get("numpy.ma")  # whoever has masked values has imported it
    if masked and isinstance(values, masked.MaskedArray) and masked.is_masked(values):
        raise DataError(f"{name} has masked values: give {name}.filled({none})")
    return values


def _one_dimension(array: np.ndarray, name: str) -> np.ndarray:
    if array.ndim != 1:
        raise DataError(f"{name} must be one-dimensional")
    return array


def side_column(values: Any, sides: Mapping[str, Any] | None = None) -> np.ndarray:
    """int8 of +1, -1, 0; other numbers become 2, which the core rejects and counts.

    `sides` says what values mean: {"buy": ..., "sell": ..., "unknown": ...}, each one value or a
    list of them, "*" for all others. Raises DataError for what could be read in two ways.
    """
    array = _one_dimension(np.asarray(unmasked(values, "side", 0)), "side")
    if array.dtype.kind in "SO" and array.size:
        array = _sorted_out(array)
    if sides is not None:
        return _translated(array, _meanings(sides))
    if array.dtype.kind == "b" and array.size:
        raise DataError("side holds bools, which may mean buy or sell: give np.where(is_buy, 1, -1)"
                        ', or sides={"buy": True, "sell": False}')
    if array.dtype.kind == "U" and array.size:
        return _words(array)
    if array.dtype != np.int8:
        array = _signs(array)
    if len(array) >= _TELLING and array.min() == 0 and array.max() == 1:
        raise DataError('side holds 1 and 0 and never -1: say sides={"buy": 1, "sell": 0}, or '
                        'where a 0 is an unknown side sides={"buy": 1, "sell": -1, "unknown": 0}')
    return np.ascontiguousarray(array)


def _sorted_out(array: np.ndarray) -> np.ndarray:
    """Objects and bytes as an array of bools, words or numbers; missing values are NaN."""
    if array.dtype.kind == "S":
        return array.astype(str)
    items = array.tolist()
    missing = [item is None or item != item or str(item) == "<NA>" for item in items]
    there = [item for item, gone in zip(items, missing, strict=True) if not gone]
    if there and all(isinstance(item, str) for item in there):
        return np.array(["" if gone else item
                         for item, gone in zip(items, missing, strict=True)], dtype=str)
    if any(isinstance(item, bool | np.bool_) for item in there):
        if len(there) < len(items) or not all(isinstance(i, bool | np.bool_) for i in there):
            raise DataError("side holds bools beside other values; give an array of +1, -1 and 0")
        return array.astype(bool)
    try:
        return np.array([np.nan if gone else float(item)
                         for item, gone in zip(items, missing, strict=True)])
    except (TypeError, ValueError):
        raise DataError("side must hold +1, -1 and 0, or words with sides={\"buy\": ..., "
                        "\"sell\": ...}; it holds both numbers and text") from None


def _words(array: np.ndarray) -> np.ndarray:
    words, places = np.unique(array, return_inverse=True)
    known = [_WORDS.get(str(word).lower()) for word in words]
    if None in known:
        some = ", ".join(repr(str(word)) for word in words[:4])
        raise DataError(f"side holds the words {some}; say what they mean with "
                        'sides={"buy": ..., "sell": ..., "unknown": ...}, each a word or a list')
    return np.array(known, dtype=np.int8)[places]


def _signs(array: np.ndarray) -> np.ndarray:
    try:
        numbers = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("side must hold +1, -1 and 0") from None
    gone = np.isnan(numbers)
    if gone.any():
        raise DataError(f"side of row {int(gone.argmax())} is NaN; if that is an unknown side, say "
                        'sides={"buy": 1, "sell": -1, "unknown": [0, float("nan")]}')
    known = (numbers == 1) | (numbers == -1) | (numbers == 0)
    return np.where(known, numbers, _REJECTED).astype(np.int8)


def _meanings(sides: Mapping[str, Any]) -> list[tuple[Any, int]]:
    """(value, sign) pairs; "*" is among them as it is. Raises ConfigError."""
    if not isinstance(sides, Mapping) or not {"buy", "sell"} <= set(sides) <= set(_SIGNS):
        raise ConfigError('sides must be a dict with "buy", "sell" and, if need be, "unknown"')
    pairs: list[tuple[Any, int]] = []
    for name, given in sides.items():
        for value in given if isinstance(given, list | tuple | set | frozenset) else [given]:
            if any(_same(value, known) for known, _ in pairs):
                raise ConfigError(f"sides says twice what {value!r} means")
            if value == "*" and name != "unknown":
                raise ConfigError('"*" stands for all other values, which sides can only call '
                                  '"unknown"')
            pairs.append((value, _SIGNS[name]))
    return pairs


def _same(a: Any, b: Any) -> bool:
    """One value: a bool equals no number, NaN and None are one."""
    kinds = [_kind(a), _kind(b)]
    return kinds[0] == kinds[1] and (kinds[0] == "nan" or bool(a == b))


def _kind(value: Any) -> str:
    if value is None or value != value:
        return "nan"
    return "U" if isinstance(value, str) else "b" if isinstance(value, bool | np.bool_) else "f"


def _translated(array: np.ndarray, pairs: list[tuple[Any, int]]) -> np.ndarray:
    kind = array.dtype.kind if array.dtype.kind in ("b", "U") else "f"
    signs = np.full(len(array), _REJECTED, dtype=np.int8)
    others = False
    for value, sign in pairs:
        if isinstance(value, str) and value == "*":
            others = True
        elif _kind(value) == "nan":
            signs[array == "" if kind == "U" else np.isnan(array) if kind == "f" else []] = sign
        elif _kind(value) == kind:
            signs[array == value] = sign
    unread = signs == _REJECTED
    if others:
        signs[unread] = 0
    elif unread.any():
        row = int(unread.argmax())
        raise DataError(f"side of row {row} is {array[row].item()!r}, which sides does not name; "
                        'add it to "buy", "sell" or "unknown"')
    return signs


def level_columns(columns: Sequence[Any]) -> list[np.ndarray]:
    """Prices and quantities of bids, then of asks, as float64[n, levels] of one shape; what a side
    lacks is NaN. Raises DataError."""
    names = ("bid", "bid_qty", "ask", "ask_qty")
    tables = [_levels(column, f"books {name}")
              for name, column in zip(names, columns, strict=True)]
    for price, qty in ((0, 1), (2, 3)):
        if tables[price].shape != tables[qty].shape:
            raise DataError(f"books {names[qty]} has shape {tables[qty].shape}, "
                            f"{names[price]} has {tables[price].shape}")
    most = max(table.shape[1] for table in tables)
    return [np.ascontiguousarray(np.pad(table, ((0, 0), (0, most - table.shape[1])),
                                        constant_values=np.nan)) for table in tables]


def _levels(column: Any, name: str) -> np.ndarray:
    """A row of levels in each, as float64[n, levels]."""
    try:
        table = np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError):
        try:  # rows of unequal lengths
            rows = [np.asarray(row, dtype=np.float64) for row in column]
        except (TypeError, ValueError):
            raise DataError(f"{name} must hold a row of numbers for each book") from None
        most = max((len(row) for row in rows), default=0)
        table = np.array([np.pad(row, (0, most - len(row)), constant_values=np.nan)
                          for row in rows])
    if table.ndim == 1 and not table.size:
        return np.empty((0, 1))
    if table.ndim != 2:
        raise DataError(f"{name} must hold a row of levels for each book, best first: an array of "
                        f"shape (rows, levels), not {table.shape}")
    return table


def symbol_codes(core: EngineCore | ParallelCore, symbol: Any, rows: int) -> np.ndarray | None:
    """uint32 codes of a copy that nobody else can write. Raises DataError."""
    if symbol is None:
        if not core.symbol_count:
            core.intern(["0"])
        return None
    if isinstance(symbol, str | bytes | Mapping) or not hasattr(symbol, "__len__"):
        raise DataError("symbol must be an array of codes or a sequence of names")
    if len(symbol) != rows:
        raise DataError(f"symbol has {len(symbol)} rows, ts_ns has {rows}")
    if isinstance(symbol, list | tuple) and any(isinstance(name, str) for name in symbol):
        return _codes_of_names(core, symbol)  # not np.asarray: it would drop a NUL at the end
    array = _one_dimension(np.asarray(symbol), "symbol")
    if array.dtype.kind in "OSU":
        return _codes_of_names(core, array.astype(str).tolist() if array.dtype.kind == "S"
                               else array.tolist())
    if array.size and array.dtype.kind not in "iu":
        raise DataError(f"symbol must hold codes of intern() or names, not {array.dtype}")
    codes = np.array(array, order="C")
    if codes.size and not 0 <= int(codes.min()) <= int(codes.max()) < core.symbol_count:
        raise DataError("a symbol code was not given out by intern()")
    return codes.astype(np.uint32, copy=False)


def _codes_of_names(core: EngineCore | ParallelCore, names: Any) -> np.ndarray:
    """Names get codes in the order in which they first appear."""
    first: dict[Any, int] = {}
    try:
        places = np.fromiter((first.setdefault(name, len(first)) for name in names),
                             dtype=np.uint32, count=len(names))
    except TypeError:
        raise DataError("symbol must hold names (str) or codes (int)") from None
    return core.intern(list(first))[places]
