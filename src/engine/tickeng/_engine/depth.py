"""Messages of depth feeds: rows of levels as callers have them, made into what the core takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng._engine.arrays import real_column, time_column, unmasked
from tickeng.errors import DataError

NEEDED = ("ts_ns", "side", "price", "qty")
NUMBERS = ("first", "last", "previous")
_NO_NUMBER = np.iinfo(np.int64).min
_SIDES = {"bid": 1, "ask": -1, "b": 1, "a": -1, "buy": 1, "sell": -1}


@dataclass(slots=True, eq=False)
class Messages:
    """Messages of depth feeds. Arrays of one length but for `begin`, where the levels of each begin
    and the last one's end, and `price` and `qty` of the levels, in each message bids first.
    `symbol`: as the caller has it, or None; `numbers`: first, last, previous, each int64 or None.
    """

    ts_ns: NDArray[np.int64]
    symbol: Any
    snapshot: NDArray[np.uint8]
    numbers: tuple[NDArray[np.int64] | None, ...]
    begin: NDArray[np.uint64]
    bids: NDArray[np.uint32]
    price: NDArray[np.float64]
    qty: NDArray[np.float64]


def messages(table: Mapping[str, Any]) -> Messages:
    """Those of a table with a row per level, NEEDED and snapshot, symbol, NUMBERS, message besides.

    Rows that follow one another and agree in all but the level are one, where there is a column
    `message` if they agree in that, too. Raises DataError for columns of another length or type.
    """
    ts_ns = time_column(table["ts_ns"], "deltas ts_ns")
    rows = len(ts_ns)
    bid = _is_bid(_column(table["side"], "side"))
    price, qty = (real_column(table[name], f"deltas {name}") for name in ("price", "qty"))
    snapshot = _flags(table.get("snapshot"), rows)
    numbers = tuple(_integers(table.get(name), name) for name in NUMBERS)
    symbol = _plain(table.get("symbol"), "symbol")
    same: list[Any] = [ts_ns, snapshot, *numbers, symbol]
    if (message := _plain(table.get("message"), "message")) is not None:
        if message.dtype.kind == "f" and np.isnan(message).any():
            raise DataError("deltas message is missing in some rows: number all, or none")
        same.append(message)
    for name, column in (("side", bid), ("price", price), ("qty", qty), ("snapshot", snapshot),
                         *zip(NUMBERS, numbers, strict=True), ("symbol", symbol),
                         ("message", message)):
        if column is not None and len(column) != rows:
            raise DataError(f"deltas {name} has {len(column)} rows, ts_ns has {rows}")
    starts = np.ones(rows, np.bool_)
    starts[1:] = False
    for column in same:
        if column is not None:
            starts[1:] |= column[1:] != column[:-1]
    first = np.flatnonzero(starts)
    of = np.cumsum(starts) - 1
    order = np.lexsort((~bid, of))  # stable: levels keep their order
    return Messages(
        ts_ns[first], None if symbol is None else symbol[first], snapshot[first],
        tuple(None if column is None else column[first] for column in numbers),
        np.append(first, rows).astype(np.uint64),
        np.bincount(of[bid], minlength=len(first)).astype(np.uint32), price[order], qty[order])


def _column(values: Any, name: str) -> NDArray[Any]:
    """One-dimensional. Raises DataError, also where values are masked."""
    array = np.asarray(unmasked(values, f"deltas {name}", "a value"))
    if array.ndim != 1:
        raise DataError(f"deltas {name} must be one-dimensional")
    return array


def _plain(values: Any, name: str) -> NDArray[Any] | None:
    return None if values is None else _column(values, name)


def _is_bid(side: NDArray[Any]) -> NDArray[np.bool_]:
    """Raises DataError for what is neither bid nor ask."""
    if side.dtype.kind in "OSU":
        words, index = np.unique(side.astype(str), return_inverse=True)
        known = np.array([_SIDES.get(word.strip().lower(), 0) for word in words], np.int8)
        signs = known[index] if len(words) else known
    elif side.dtype.kind in "if" or not side.size:
        signs = side
    else:
        raise DataError('deltas side must be "bid" and "ask", or 1 and -1')
    odd = np.flatnonzero((signs != 1) & (signs != -1))
    if len(odd):
        raise DataError(f"deltas side of row {odd[0]} is {side.tolist()[odd[0]]!r}: a level's side"
                        ' is "bid" or "ask", or 1 or -1')
    bids: NDArray[np.bool_] = np.asarray(signs == 1)
    return bids


def _flags(column: Any, rows: int) -> NDArray[np.uint8]:
    if column is None:
        return np.zeros(rows, np.uint8)
    flags = _column(column, "snapshot")
    if flags.size and not np.isin(flags, (0, 1)).all():
        raise DataError("deltas snapshot must be true and false, or 1 and 0")
    return flags.astype(np.uint8)


def _integers(column: Any, name: str) -> NDArray[np.int64] | None:
    if column is None:
        return None
    values = _column(column, name)
    if values.dtype.kind == "f":  # what tables make of integers where some are missing
        missing = np.isnan(values)
        whole = np.where(missing, 0, values)
        exact = 2.0 ** (np.finfo(values.dtype).nmant + 1)
        if (whole != np.rint(whole)).any() or (np.abs(whole) >= exact).any():
            raise DataError(f"deltas {name} must hold whole numbers below {exact:.0f}, or int64")
        values = np.where(missing, _NO_NUMBER, whole.astype(np.int64))
    if values.dtype.kind == "u" and values.size and int(values.max()) >= 1 << 63:
        raise DataError(f"deltas {name} holds a number above 2^63 - 1")
    if values.dtype.kind not in "iu" and values.size:
        raise DataError(f"deltas {name} must hold integers")
    return np.ascontiguousarray(values, dtype=np.int64)
