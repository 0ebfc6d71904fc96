"""Columns of an Arrow table to the sides of quotes and books, by the layout that was decided.

A level is a cell of a column, or an element of a list: of numbers, of pairs, of records with a
price and a quantity, or of a list of JSON. Of lists the best levels are read, whatever their
length. Trap: an element is looked at only if it is among those, so that a list of any length costs
no more than its bytes. A side that is empty is an empty list; a list that is missing is none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng._native import io as _io
from tickeng.files.sources import columns as names_
from tickeng.files.sources import table_columns as read_
from tickeng.files.sources.columns import MARKET
from tickeng.files.sources.layout import Layout, Scale
from tickeng.files.sources.markets import BLANKS, MOST_LEVELS
from tickeng.files.sources.table_columns import Mask, Values

Reals = NDArray[np.float64]


class Side(NamedTuple):
    """One of MARKET: values of each level, NaN where nothing is given; which rows have a cell that
    is no number; of lists their lengths."""

    values: Reals
    bad: Mask
    lengths: NDArray[np.int64] | None = None


def read(column: Callable[[int], pa.Array], layout: Layout, rows: int) -> dict[str, Values]:
    """The four columns of quotes or books; of a bad row the price or the quantity is bad."""
    each = len(layout.market) // len(MARKET)
    sides = {role: _side(column, layout, layout.market[n * each:(n + 1) * each], n, rows)
             for n, role in enumerate(MARKET)}
    values = {role: np.ascontiguousarray(side.values) for role, side in sides.items()}
    faults = _io.to_market_form(*(values[role] for role in MARKET))
    bad_price = sides["bid"].bad | sides["ask"].bad | (faults == 1)
    bad_qty = sides["bid_qty"].bad | sides["ask_qty"].bad | (faults == 2)
    for role in ("bid", "ask"):
        prices, sizes = sides[role].lengths, sides[f"{role}_qty"].lengths
        if prices is not None and sizes is not None:
            bad_qty |= prices != sizes
    shown = values if layout.is_book else {role: found[:, 0] for role, found in values.items()}
    return {role: Values(found, bad_qty if role.endswith("_qty") else bad_price)
            for role, found in shown.items()}


def _side(column: Callable[[int], pa.Array], layout: Layout, columns: tuple[int | None, ...],
          n: int, rows: int) -> Side:
    """One of MARKET, the n-th, as float64[rows, levels], and which rows have a bad cell."""
    is_qty = n % 2 == 1
    scale = layout.qty_scale if is_qty else layout.price_scale
    if layout.form != "columns":
        assert columns[0] is not None
        return _of_lists(column(columns[0]), scale, is_qty, layout.form == "pairs")
    values = np.full((rows, len(columns)), 0.0 if is_qty else np.nan)
    bad = np.zeros(rows, np.bool_)
    for level, index in enumerate(columns):
        if index is not None:
            values[:, level], wrong = _cells(column(index), scale, is_qty)
            bad |= wrong
    return Side(values, bad)


def _cells(array: pa.Array, scale: Scale, is_qty: bool) -> tuple[Reals, Mask]:
    """Numbers, NaN where nothing is given, and which cells are something else."""
    array = read_.decoded(array)
    found = read_.numbers(array, scale)
    if read_.is_text(array.type):
        blank = np.array([text is None or text.strip().lower() in BLANKS
                          for text in array.to_pylist()], np.bool_)
    elif pa.types.is_floating(array.type) or pa.types.is_integer(array.type) or (
            pa.types.is_decimal(array.type) or pa.types.is_null(array.type)):
        blank = found.bad
    else:
        blank = np.zeros(len(array), np.bool_)
    none = np.zeros(len(array), np.bool_) if found.hints is None else found.hints != 0
    infinite = _infinite(array)
    none &= ~infinite
    bad = (found.bad & ~blank) | (found.values < 0) | infinite
    return found.values, (bad | none) if is_qty else (bad & ~none)


def _infinite(array: pa.Array) -> Mask:
    """Which cells are infinite, and so neither numbers nor what stands for none."""
    if pa.types.is_floating(array.type):
        return np.asarray(pc.is_inf(array.cast(pa.float64())).fill_null(False))
    if read_.is_text(array.type):
        return np.array([math.isinf(_io.parse_decimal((text or "").strip().encode()) or 0)
                         for text in array.to_pylist()], np.bool_)
    return np.zeros(len(array), np.bool_)


def _of_lists(array: pa.Array, scale: Scale, is_qty: bool, pairs: bool) -> Side:
    """The best levels of lists."""
    array = read_.decoded(array)
    if read_.is_text(array.type):
        return _of_json(array, scale, is_qty, pairs)
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        array = array.cast(pa.large_list(array.type.value_type))
    lengths = np.asarray(pc.list_value_length(array).fill_null(0), np.int64)
    best = pc.list_slice(array, 0, MOST_LEVELS)
    levels = pc.list_flatten(best)
    flat, wrong = _cells(_part(levels, is_qty) if pairs else levels, scale, is_qty)
    if pairs and _is_list(levels.type):
        wrong |= np.asarray(pc.less(pc.list_value_length(levels), 2).fill_null(False))
    side = _spread(flat, wrong, np.minimum(lengths, MOST_LEVELS), lengths)
    return side._replace(bad=side.bad | np.asarray(array.is_null()))


def _spread(flat: Reals, wrong: Mask, read: NDArray[np.int64],
            lengths: NDArray[np.int64]) -> Side:
    """Elements that follow one another, so many of each row, as levels; `lengths`: of the lists."""
    values = np.full((len(read), MOST_LEVELS), np.nan)
    row = np.repeat(np.arange(len(read)), read)
    level = np.arange(len(flat)) - np.repeat(np.cumsum(read) - read, read)
    values[row, level] = flat
    bad = np.zeros(len(read), np.bool_)
    bad[row[wrong]] = True
    return Side(values, bad, lengths)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind)
                or pa.types.is_fixed_size_list(kind))


def _part(pairs: pa.Array, is_qty: bool) -> pa.Array:
    """The prices or the quantities of levels that are records or lists of two."""
    kind = pairs.type
    if pa.types.is_struct(kind):
        known = names_.QUANTITIES if is_qty else names_.PRICES
        fields = [kind.field(i).name for i in range(kind.num_fields)]
        plain = [names_.plain(name) for name in fields]
        found = names_.candidates(plain, known)
        return pc.struct_field(pairs, [found[0]]) if found else pa.nulls(len(pairs), pa.bool_())
    if _is_list(kind):
        short = pc.less(pc.list_value_length(pairs), 2).fill_null(True)
        two = pc.if_else(short, pa.scalar(None, kind), pairs)
        return pc.list_element(pc.fill_null(two, pa.scalar([None, None], kind)), int(is_qty))
    return pa.nulls(len(pairs), pa.bool_()).fill_null(False)


def _of_json(array: pa.Array, scale: Scale, is_qty: bool, pairs: bool) -> Side:
    """Lists that are JSON in cells of text."""
    texts: list[str | None] = []
    read, lengths = np.zeros(len(array), np.int64), np.zeros(len(array), np.int64)
    bad = np.zeros(len(array), np.bool_)
    for row, text in enumerate(array.to_pylist()):
        found = _levels_of(text)
        if found is None:
            bad[row] = True
            continue
        best = [_element(level, is_qty) if pairs else level for level in found[:MOST_LEVELS]]
        texts += [None if cell is None else str(cell) for cell in best]
        read[row], lengths[row] = len(best), len(found)
    flat, wrong = _cells(pa.array(texts, pa.string()), scale, is_qty)
    side = _spread(flat, wrong, read, lengths)
    return side._replace(bad=bad | side.bad)


def _levels_of(text: str | None) -> list[Any] | None:
    """The elements of a list of JSON, None where there is no such list."""
    try:
        levels = json.loads(text or "", parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return levels if isinstance(levels, list) else None


def _element(level: Any, is_qty: bool) -> Any:
    """The price or the quantity of a level; what is none of it is a text that is no number."""
    if isinstance(level, list) and len(level) >= 2:
        return level[int(is_qty)]
    if isinstance(level, dict):
        known = names_.QUANTITIES if is_qty else names_.PRICES
        fields = list(level)
        found = names_.candidates([names_.plain(name) for name in fields], known)
        return level[fields[found[0]]] if found else "?"
    return "?"
