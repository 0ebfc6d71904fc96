"""Columns of an Arrow table to trade columns, with the rules of the text parsers.

Numbers may be integers, floats, decimals or text; times integers or floats in any unit, Arrow
timestamps, dates or ISO text; sides numbers, words or flags. Words and single values go through the
C++ parsers, so that a table says what the same values say in CSV.
A value that cannot be read makes its row a reject; nothing here raises for a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng import _io
from tickeng.sources.options import Clock

UNIT_NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_MAGNITUDES = np.array([1e11, 1e14, 1e17])  # below: s, ms, us; above: ns
_OTHER_UNIT, _OUT_OF_RANGE = 1, 2  # in _io.HINTS
EARLIEST_NS = 631_152_000 * 10**9  # 1990-01-01
LATEST_NS = 4_102_444_800 * 10**9  # 2100-01-01
INT64_MAX = int(np.iinfo(np.int64).max)

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class Column:
    """Values, those that are bad, and per row what may help (an index in HINTS; None: nothing)."""

    values: NDArray[Any]
    bad: Mask
    hints: NDArray[np.int64] | None = None


def is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(test(kind) for test in tests)


def decoded(array: pa.Array) -> pa.Array:
    """Without dictionary; text of any kind as string."""
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string()) if is_text(array.type) else array


def _plain(array: pa.Array, missing: Any, dtype: Any) -> NDArray[Any]:
    filled = array.fill_null(missing) if array.null_count else array
    return np.ascontiguousarray(filled.to_numpy(zero_copy_only=False), dtype=dtype)


def _nulls(array: pa.Array) -> Mask:
    return _plain(array.is_null(), False, np.bool_)


def numbers(array: pa.Array) -> Column:
    """float64; NaN and bad where there is no number. Decimals are rounded correctly, via text."""
    array = decoded(array)
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.string())
    if is_text(array.type):
        values = np.array([_decimal(text) for text in array.to_pylist()], dtype=np.float64)
    elif pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        values = _plain(array, 0, np.float64)
        values = np.where(_nulls(array), np.nan, values)
    else:
        values = np.full(len(array), np.nan)
    return Column(values, np.isnan(values))


def _decimal(text: str | None) -> float:
    value = None if text is None else _io.parse_decimal(text.encode())
    return np.nan if value is None else value


def integers(array: pa.Array) -> Column:
    """int64, for ids."""
    array = decoded(array)
    if is_text(array.type):
        found = [_integer(text) for text in array.to_pylist()]
        bad = np.array([value is None for value in found], dtype=np.bool_)
        return Column(np.array([value or 0 for value in found], dtype=np.int64), bad)
    if not pa.types.is_integer(array.type):
        return Column(np.zeros(len(array), np.int64), np.ones(len(array), np.bool_))
    bad = _nulls(array)
    if array.type == pa.uint64():
        wide = _plain(array, 0, np.uint64)
        bad |= wide > INT64_MAX
        return Column(np.where(bad, 0, wide).astype(np.int64), bad)
    return Column(_plain(array, 0, np.int64), bad)


def _integer(text: str | None) -> int | None:
    digits = (text or "").strip()
    if not (digits.isascii() and digits.removeprefix("-").isdigit()):
        return None
    value = int(digits) if len(digits) <= 20 else INT64_MAX + 1
    return value if abs(value) <= INT64_MAX else None


def sides(array: pa.Array, maker: bool) -> Column:
    """int8 from words, numbers or flags; a missing side is unknown, a missing flag is bad."""
    array = decoded(array)
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    missing = None if maker else 0
    coded = pc.dictionary_encode(array)
    table, hints = [], []
    for value in coded.dictionary.to_pylist():
        side, hint = _io.parse_side(_word(value), maker)
        table.append(side)
        hints.append(_io.HINTS.index(hint))
    table.append(missing)  # for nulls
    hints.append(0)
    codes = _plain(coded.indices, len(table) - 1, np.int64)
    values = np.array([side or 0 for side in table], dtype=np.int8)[codes]
    bad = np.array([side is None for side in table], dtype=np.bool_)[codes]
    return Column(values, bad, np.array(hints, dtype=np.int64)[codes])


def _word(value: Any) -> bytes:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).encode()


class Times:
    """One time column of a file; the unit is fixed by the first plausible value."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._text = _io.TimeField(clock)
        self._scale = UNIT_NS.get(clock.unit, 0)  # 0: open
        self._typed = False  # the column's type states the unit

    @property
    def settled(self) -> bool:
        return bool(self._scale) or self._text.unit != "auto" or self._typed

    def read(self, array: pa.Array) -> Column:
        """int64 ns UTC."""
        array = decoded(array)
        if pa.types.is_decimal(array.type):
            array = array.cast(pa.string())
        kind = array.type
        if is_text(kind):
            return self._texts(array)
        if pa.types.is_date(kind):
            array = array.cast(pa.timestamp("s"))
            kind = array.type
        if pa.types.is_timestamp(kind):
            self._typed = True
            whole = _plain(array.cast(pa.int64()), 0, np.int64)
            return self._in_range(*_scaled(whole, UNIT_NS[kind.unit]), _nulls(array))
        if pa.types.is_floating(kind):
            return self._numbers(_plain(array, np.nan, np.float64), _nulls(array))
        if pa.types.is_integer(kind):
            column = integers(array)
            return self._numbers(column.values, column.bad)
        return Column(np.zeros(len(array), np.int64), np.ones(len(array), np.bool_))

    def _texts(self, array: pa.Array) -> Column:
        found = [self._text.parse((text or "").encode()) for text in array.to_pylist()]
        bad = np.array([ns is None for ns, _ in found], dtype=np.bool_)
        values = np.array([ns or 0 for ns, _ in found], dtype=np.int64)
        return Column(values, bad, np.array([_io.HINTS.index(hint) for _, hint in found], np.int64))

    def _numbers(self, values: NDArray[Any], bad: Mask) -> Column:
        bad = bad | ~(np.isfinite(values) & (values >= 0))
        values = np.where(bad, 0, values)
        magnitude = np.searchsorted(_MAGNITUDES, values, side="right")
        guesses = np.array(list(UNIT_NS.values()))[magnitude]
        by_guess, guess_bad = _scaled(values, guesses)
        plausible = ~guess_bad & ~bad
        if not self._clock.any_range:
            plausible &= (by_guess >= EARLIEST_NS) & (by_guess < LATEST_NS)
        if not self._scale and plausible.any():
            self._scale = int(guesses[np.argmax(plausible)])
        column = self._in_range(*_scaled(values, self._scale or 1), bad)
        if column.hints is not None:
            column.hints[column.bad & plausible] = _OTHER_UNIT
        return column

    def _in_range(self, ns: NDArray[np.int64], overflow: Mask, bad: Mask) -> Column:
        any_range = self._clock.any_range
        low, high = (0, INT64_MAX) if any_range else (EARLIEST_NS, LATEST_NS - 1)
        outside = (ns < low) | (ns > high) | overflow
        return Column(ns, bad | outside, np.where(outside & ~bad, _OUT_OF_RANGE, 0))


def _scaled(values: NDArray[Any], scale: Any) -> tuple[NDArray[np.int64], Mask]:
    """values * scale as int64 ns, and where that does not fit; a float's fraction is kept."""
    if values.dtype.kind == "f":
        whole = np.floor(values)
        fits = whole < 9e18 / scale
        safe = np.where(fits, whole, 0)
        part = np.rint((np.where(fits, values, 0) - safe) * scale).astype(np.int64)
        return safe.astype(np.int64) * scale + part, ~fits
    fits = np.abs(values) <= INT64_MAX // scale
    return np.where(fits, values, 0) * scale, ~fits
