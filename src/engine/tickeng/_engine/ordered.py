"""Events of several kinds whose order is known, as a replay has them, through the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng._native import core
from tickeng._native.core import EngineCore

_EMPTY, _STAMPS = np.empty(0), np.empty(0, np.int64)
_NO_LEVELS = np.empty((0, 1))


class Part(NamedTuple):
    """Events of one kind: `values` as VALUES of files/batch.py has them, `codes` of symbols (None:
    all are of the first), `rank` where each stands among all, `id` of trades or None."""

    ts_ns: NDArray[np.int64]
    values: Mapping[str, NDArray[Any]]
    codes: NDArray[np.uint32] | None
    rank: NDArray[np.int64]
    id: NDArray[np.int64] | None = None


class Outcome(NamedTuple):
    """`columns` of each of the rows that were asked for, for a builder's rows behind their stamps
    and symbols; `status` of each event and how many were fed, by kind; `sides` of trades, where
    the engine infers them."""

    columns: list[list[NDArray[Any]]]
    status: dict[str, NDArray[np.uint8]]
    fed: dict[str, int]
    sides: NDArray[np.int8] | None = None


def run_ordered(engine: EngineCore, parts: Mapping[str, Part], rows: tuple[str, ...],
                workers: int = 1) -> Outcome:
    """Feed events by kind: trade, quote, and book or delta. `rows`: whose events write a row."""
    trade, quote = (parts.get(kind) for kind in ("trade", "quote"))
    book = parts.get("book") or parts.get("delta")
    given = {"trade": trade, "quote": quote, "book": book, "bar": None, "fill": None}
    columns, status, fed, sides = core.run_events(
        engine, _trades(trade), _quotes(quote), _books(parts.get("book")),
        _depth(parts.get("delta")), core.Bars(_STAMPS, [_EMPTY] * 4, [None] * 4, None),
        core.Fills(_STAMPS, _EMPTY, _EMPTY, np.empty(0, np.int8), None), rows, workers,
        [part.rank if part else None for part in given.values()])
    return Outcome(columns, dict(zip(given, status, strict=True)),
                   dict(zip(given, fed, strict=True)), sides)


def follow(engine: EngineCore, deltas: Part) -> None:
    """Have books follow messages that are none of the events that are fed."""
    core.follow_depth(engine, _depth(deltas))


def _reals(part: Part, *names: str) -> list[NDArray[np.float64]]:
    return [np.ascontiguousarray(part.values[name], np.float64) for name in names]


def _trades(part: Part | None) -> tuple[NDArray[Any] | None, ...]:
    if part is None:
        return _STAMPS, _EMPTY, _EMPTY, np.empty(0, np.int8), None, None
    side = np.ascontiguousarray(part.values["side"], np.int8)
    return (np.ascontiguousarray(part.ts_ns), *_reals(part, "price", "qty"), side, part.codes,
            part.id)


def _quotes(part: Part | None) -> core.Quotes:
    if part is None:
        return core.Quotes(_STAMPS, _EMPTY, _EMPTY, _EMPTY, _EMPTY, None)
    bid, bid_qty, ask, ask_qty = _reals(part, "bid", "bid_qty", "ask", "ask_qty")
    return core.Quotes(np.ascontiguousarray(part.ts_ns), bid, bid_qty, ask, ask_qty, part.codes)


def _books(part: Part | None) -> core.Books:
    if part is None:
        return core.Books(_STAMPS, _NO_LEVELS, _NO_LEVELS, _NO_LEVELS, _NO_LEVELS, None)
    bid, bid_qty, ask, ask_qty = _reals(part, "bid", "bid_qty", "ask", "ask_qty")
    return core.Books(np.ascontiguousarray(part.ts_ns), bid, bid_qty, ask, ask_qty, part.codes)


def _depth(part: Part | None) -> core.Depth:
    if part is None:
        none = np.empty(0, np.uint32)
        return core.Depth(_STAMPS, np.empty(0, np.uint8), (None, None, None),
                          np.zeros(1, np.uint64), none, _EMPTY, _EMPTY, None)
    values = part.values
    levels = values["bids"].astype(np.uint64) + values["asks"]
    begin = np.zeros(len(levels) + 1, np.uint64)
    np.cumsum(levels, out=begin[1:])
    numbers = tuple(np.ascontiguousarray(values[name], np.int64)
                    for name in ("first", "last", "previous"))
    price, qty = _reals(part, "price", "qty")
    return core.Depth(np.ascontiguousarray(part.ts_ns),
                      np.ascontiguousarray(values["snapshot"], np.uint8), numbers, begin,
                      np.ascontiguousarray(values["bids"], np.uint32), price, qty, part.codes)
