"""Columns that events of one kind have beside time, symbol and origin: parts of them, and parts put
together.

A delta, a message of changes to a book, has `bids` and `asks` levels; `price` and `qty` are those
of all messages in one run, each message's bids before its asks. The other columns have a row an
event. Trap: books of two files may have different depths; the shallower ones are filled up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = dict[str, NDArray[Any]]
Mask = NDArray[np.bool_]
Which = slice | NDArray[Any]

_LEVELS = ("price", "qty")  # of deltas


def take(kind: str, values: Values, which: Which) -> Values:
    """Those of the events that a slice, a mask or an array of indices selects, in its order."""
    if kind != "delta":
        return {name: column[which] for name, column in values.items()}
    levels = levels_of(values, which)
    return {name: column[levels if name in _LEVELS else which] for name, column in values.items()}


def join(kind: str, parts: Sequence[Values]) -> Values:
    """Those of all parts, one after the other; at least one part."""
    if len(parts) == 1:
        return parts[0]
    if kind == "book":
        parts = _of_one_depth(parts)
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def levels_of(values: Values, which: Which) -> slice | NDArray[np.int64]:
    """Where the levels of the selected messages are in the run of all levels."""
    counts = values["bids"].astype(np.int64) + values["asks"]
    starts = np.cumsum(counts) - counts
    counts, starts = counts[which], starts[which]
    if isinstance(which, slice) and which.step in (None, 1):
        first = int(starts[0]) if len(starts) else 0
        return slice(first, first + int(counts.sum()))
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())


def without_price(values: Values, refused: Mapping[int, str]) -> Values:
    """Deltas, of which some were refused, for the reason given: each of these is one bid without a
    price, or without a quantity, which no engine takes."""
    if not refused:
        return values
    which = np.array([*refused], np.int64)
    counts = values["bids"].astype(np.int64) + values["asks"]
    starts = (np.cumsum(counts) - counts)[which]
    keep = ~np.repeat(np.isin(np.arange(len(counts)), which), counts)
    keep[starts] = True
    price, qty = values["price"].copy(), values["qty"].copy()
    is_qty = np.array([reason == "bad_qty" for reason in refused.values()])
    price[starts], qty[starts] = np.where(is_qty, 1.0, np.nan), np.where(is_qty, np.nan, 0.0)
    bids, asks = values["bids"].copy(), values["asks"].copy()
    bids[which], asks[which] = 1, 0
    return {**values, "bids": bids, "asks": asks, "price": price[keep], "qty": qty[keep]}


def is_refused(values: Values) -> Mask:
    """Which deltas are such as stand for refused ones."""
    counts = values["bids"].astype(np.int64) + values["asks"]
    alone: Mask = (values["bids"] == 1) & (values["asks"] == 0)
    at = (np.cumsum(counts) - counts)[alone]
    alone[alone] = np.isnan(values["price"][at]) | np.isnan(values["qty"][at])
    return alone


def _of_one_depth(parts: Sequence[Values]) -> list[Values]:
    most = max(part["bid"].shape[1] for part in parts)
    return [{name: np.pad(column, ((0, 0), (0, most - column.shape[1])),
                          constant_values=0.0 if name.endswith("qty") else np.nan)
             for name, column in part.items()} for part in parts]
