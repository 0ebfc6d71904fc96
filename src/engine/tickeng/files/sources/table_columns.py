"""Columns of an Arrow table to trade columns, by the layout that was decided for the table.

Numbers may be integers, floats, decimals or text; times integers or floats in any unit, Arrow
timestamps, dates or text; sides numbers, words or flags. Words and single values go through the
C++ parsers, so that a table says what the same values say in CSV.
A value that cannot be read makes its row a reject; one that contradicts the layout raises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng._native import io as _io
from tickeng.files.batch import NO_ID
from tickeng.files.sources.layout import EARLIEST_NS, LATEST_NS, Clock, Scale, SideRule
from tickeng.files.sources.sample import BOOL, INTEGER, LIST, REAL, TEXT, TIME, Column, Sample

UNIT_NS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_OTHER_UNIT, _OUT_OF_RANGE = 1, 2  # in _io.HINTS
_OTHER_OFFSET = next(i for i, hint in enumerate(_io.HINTS) if "offset" in hint)
INT64_MAX = int(np.iinfo(np.int64).max)
_PRICES = ("price", "px", "prc", "rate", "p")
_EXACT = 1 << 53
_SENTINELS = (2.0**63, 2.0**64, 2.0**63 / 1e9)
_SCALED_SENTINELS = (2.0**31 - 1, 2.0**31, 2.0**32 - 1)
_ODD = (b'"', b"\r", b"\x1f")
_UNSCALED = Scale()
_STANDS_FOR_NONE = next(i for i, hint in enumerate(_io.HINTS) if "none" in hint)

Mask = NDArray[np.bool_]


@dataclass(slots=True)
class Values:
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
        if pa.types.is_string_view(array.type.value_type):  # no kernel decodes these
            array = pa.DictionaryArray.from_arrays(array.indices,
                                                   array.dictionary.cast(pa.string()))
        array = array.dictionary_decode()
    return array.cast(pa.string()) if is_text(array.type) else array


def _plain(array: pa.Array, missing: Any, dtype: Any) -> NDArray[Any]:
    filled = array.fill_null(missing) if array.null_count else array
    return np.ascontiguousarray(filled.to_numpy(zero_copy_only=False), dtype=dtype)


def _nulls(array: pa.Array) -> Mask:
    return _plain(array.is_null(), False, np.bool_)


def texts(array: pa.Array) -> list[str]:
    """Every value as the text that it is in CSV; "" where there is none."""
    array = decoded(array)
    if pa.types.is_floating(array.type) or pa.types.is_boolean(array.type):
        return [_text(value) for value in _objects(array)]
    try:
        found: list[str] = _objects(array.cast(pa.string()).fill_null(""))
        return found
    except pa.ArrowException:  # of a kind without a text, or no UTF-8
        return [""] * len(array)


def _objects(array: pa.Array) -> list[Any]:
    """What to_pylist gives, in a tenth of its time: no scalar for each value."""
    found: list[Any] = array.to_numpy(zero_copy_only=False).tolist()
    return found


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _as_text(array: pa.Array) -> _io.TextColumn | None:
    """A column of words or integers as a text file has it, which is looked at without an object for
    each cell; None where a cell is empty, or could not stand in a line of such a file."""
    array = decoded(array)
    if array.null_count or not len(array) or not (is_text(array.type)
                                                  or pa.types.is_integer(array.type)):
        return None
    lines = pa.ListArray.from_arrays([0, len(array)], array.cast(pa.string()))
    text: bytes = pc.binary_join(lines, "\n")[0].as_buffer().to_pybytes()
    if (not text.isascii() or text.count(b"\n") != len(array) - 1
            or any(odd in text for odd in _ODD)):
        return None
    columns = _io.text_columns(text, 0, 0, len(array), True, "\x1f", 1)
    return columns[0] if columns and len(columns[0]) == len(array) else None


def sample_of(batch: pa.RecordBatch, file: str = "", live: bool = False) -> Sample:
    """The first rows of a table as the sample of a reading."""
    def column(index: int) -> Column:
        def load() -> list[str]:
            return texts(batch.column(index))

        def load_reals() -> NDArray[np.float64]:
            array = decoded(batch.column(index))
            return np.where(_nulls(array), np.nan, _plain(array, 0, np.float64))

        kind = _kind(batch.schema.types[index])
        return Column(batch.schema.names[index], kind, load,
                      load_reals if kind in (INTEGER, REAL) else None,
                      _as_text(batch.column(index)),
                      (lambda: _first_prices(batch.column(index))) if kind == LIST else None)

    return Sample([column(i) for i in range(batch.num_columns)], batch.num_rows, live=live,
                  file=file)


def _first_prices(array: pa.Array) -> NDArray[np.float64]:
    """The first number of each list, of a list of pairs or of records the first one's price."""
    while _kind(array.type) == LIST:
        array = pc.list_element(pc.list_slice(array, 0, 1, return_fixed_size_list=True), 0)
    if pa.types.is_struct(array.type):
        names = [field.name for field in array.type]
        price = next((name for name in names if name.lower() in _PRICES), names[0] if names else "")
        array = pc.struct_field(array, price) if names else pa.nulls(len(array))
    return numbers(array).values


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
        (pa.types.is_boolean, BOOL), (pa.types.is_integer, INTEGER),
        (pa.types.is_floating, REAL), (pa.types.is_timestamp, TIME), (pa.types.is_list, LIST),
        (pa.types.is_large_list, LIST), (pa.types.is_fixed_size_list, LIST))
    return next((name for test, name in tests if test(kind)), TEXT)


def numbers(array: pa.Array, scale: Scale = _UNSCALED) -> Values:
    """float64; NaN and bad where there is no number. Decimals are rounded correctly, via text."""
    array = decoded(array)
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.string())
    if is_text(array.type):
        found = array.to_pylist()
        raw = np.array([_decimal(text, "") for text in found], dtype=np.float64)
        values = raw if scale == _UNSCALED else np.array(
            [_decimal(text, f"e-{scale.places}") for text in found], dtype=np.float64)
    elif pa.types.is_integer(array.type) or pa.types.is_floating(array.type):
        raw = np.where(_nulls(array), np.nan, _plain(array, 0, np.float64))
        values = raw / 10.0**scale.places if scale.places else raw
        large = np.abs(raw) > _EXACT
        if scale.places and pa.types.is_integer(array.type) and large.any():
            values[large] = [_decimal(str(v), f"e-{scale.places}")
                             for v in array.filter(pa.array(large)).to_pylist()]
    else:
        raw = values = np.full(len(array), np.nan)
    none = _stands_for_none(raw, scale)
    values = np.where(none, np.nan, values * scale.multiplier)
    return Values(values, np.isnan(values), np.where(none, np.int64(_STANDS_FOR_NONE), 0))


def _stands_for_none(raw: NDArray[np.float64], scale: Scale) -> Mask:
    """Integers that dumps of binary records write for "none", as the text parsers tell them."""
    size = np.abs(raw)
    none: Mask = np.isin(size, _SENTINELS) | (size >= np.finfo(np.float64).max)
    return none | np.isin(size, _SCALED_SENTINELS) if scale != _UNSCALED else none


def _decimal(text: str | None, suffix: str) -> float:
    """The number that text says, with an exponent more if it has none of its own."""
    if text is None:
        return np.nan
    number = text.strip().lower()
    if suffix and "e" in number:
        digits, _, exponent = number.partition("e")
        if not exponent.strip("+-").isdigit():
            return np.nan
        number = f"{digits}e{int(exponent) + int(suffix[1:])}"
    else:
        number += suffix
    value = _io.parse_decimal(number.encode())
    return np.nan if value is None else value


def integers(array: pa.Array) -> Values:
    """int64, for ids."""
    array = decoded(array)
    if is_text(array.type) and pc.all(pc.and_(
            pc.ascii_is_decimal(array), pc.less(pc.binary_length(array), 19)),
            skip_nulls=False).as_py():
        array = array.cast(pa.int64())
    if is_text(array.type):
        found = [_integer(text) for text in array.to_pylist()]
        bad = np.array([value is None for value in found], dtype=np.bool_)
        return Values(np.array([value or 0 for value in found], dtype=np.int64), bad)
    if not pa.types.is_integer(array.type):
        return Values(np.zeros(len(array), np.int64), np.ones(len(array), np.bool_))
    bad = _nulls(array)
    if array.type == pa.uint64():
        wide = _plain(array, 0, np.uint64)
        bad |= wide > INT64_MAX
        return Values(np.where(bad, 0, wide).astype(np.int64), bad)
    return Values(_plain(array, 0, np.int64), bad)


def kept_ids(ids: Values) -> Values:
    """Bad ids are none, and keep their rows."""
    if not ids.bad.any():
        return ids
    return Values(np.where(ids.bad, NO_ID, ids.values), np.zeros(len(ids.bad), np.bool_))


def _integer(text: str | None) -> int | None:
    digits = (text or "").strip()
    if not (digits.isascii() and digits.removeprefix("-").isdigit()):
        return None
    value = int(digits) if len(digits) <= 20 else INT64_MAX + 1
    return value if abs(value) <= INT64_MAX else None


def hashed_ids(array: pa.Array) -> Values:
    """A 64-bit number for each text."""
    found = [_io.id_hash(text.encode("utf-8", "surrogatepass")) for text in texts(array)]
    return Values(np.array(found, dtype=np.int64), np.zeros(len(array), np.bool_))


def sides(array: pa.Array, rule: SideRule, sound: Mask, column: int) -> Values:
    """int8 by the rule; raises Contradiction for a word that has none in a row that is sound."""
    values, codes = coded(array)
    field = _io.SideField(rule)
    signs = [field.parse(value.encode("utf-8", "surrogatepass")) for value in values]
    bad = np.array([sign is None for sign in signs], dtype=np.bool_)[codes]
    _refuse(values, codes, bad & sound, "side", column)
    return Values(np.array([sign or 0 for sign in signs], dtype=np.int8)[codes], bad)


def kept(array: pa.Array, words: tuple[tuple[str, bool], ...], asked: Mask,
         column: int) -> tuple[Mask, Mask]:
    """Which of the rows that are asked about are of kinds that stay, and which have no kind.

    Raises Contradiction for a kind that is not listed.
    """
    values, codes = coded(array)
    stays = {word: sign for word, sign in words if word != "*"}
    field = _io.SideField(SideRule(tuple(stays.items()), other=dict(words).get("*")))
    found = [field.parse(value.encode("utf-8", "surrogatepass")) for value in values]
    unlisted = np.array([sign is None for sign in found], dtype=np.bool_)[codes] & asked
    missing = unlisted & np.array([not value.strip() for value in values], dtype=np.bool_)[codes]
    _refuse(values, codes, unlisted & ~missing, "event", column)
    return np.array([bool(sign) for sign in found], dtype=np.bool_)[codes] & asked, missing


def coded(array: pa.Array) -> tuple[list[str], NDArray[np.int64]]:
    """The different values as text, and the place of each row's value among them."""
    coded = pc.dictionary_encode(decoded(array), null_encoding="encode")
    return texts(coded.dictionary), _plain(coded.indices, 0, np.int64)


def _refuse(values: list[str], codes: NDArray[np.int64], bad: Mask, role: str,
            column: int) -> None:
    at = np.flatnonzero(bad)
    if len(at):
        raise _io.Contradiction(int(at[0]) + 1, role, values[int(codes[at[0]])], column)


def check_times(times: Values, cells: pa.Array, sound: Mask) -> None:
    """Raises Contradiction for a time in another unit or with another sort of offset."""
    assert times.hints is not None
    for hint, role in ((_OTHER_UNIT, "time"), (_OTHER_OFFSET, "offset")):
        at = np.flatnonzero((times.hints == hint) & sound)
        if len(at):
            row = int(at[0])
            raise _io.Contradiction(row + 1, role, texts(cells.slice(row, 1))[0])


def check_known(array: pa.Array, known: tuple[str, ...], sound: Mask, column: int) -> None:
    """Raises Contradiction where a column has another text than those known of it."""
    values, codes = coded(array)
    other = np.array([value.strip() not in known for value in values], dtype=np.bool_)[codes]
    _refuse(values, codes, other & sound, "instrument", column)


def signed(qty: Values) -> Values:
    """The sides that signs of quantities say; the quantities become their sizes."""
    values = np.nan_to_num(np.sign(qty.values)).astype(np.int8)
    qty.values = np.abs(qty.values)
    return Values(values, np.zeros(len(values), np.bool_))


def check_unsigned(qty: Values, cells: pa.Array, sound: Mask) -> None:
    """Raises Contradiction for a quantity below zero in a row that is sound."""
    below = np.flatnonzero((qty.values < 0) & sound)
    if len(below):
        row = int(below[0])
        raise _io.Contradiction(row + 1, "qty", texts(cells.slice(row, 1))[0])


class Times:
    """One time column of a table, read by its clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._text, self._local = _io.TimeField(clock), _io.LocalTimes(clock.zone)

    def copy(self) -> Times:
        """A copy that continues by itself: which of two hours it is depends on rows before."""
        twin = Times(self._clock)
        twin._text, twin._local = self._text.copy(), self._local.copy()
        return twin

    def read(self, array: pa.Array, date: pa.Array | None = None) -> Values:
        """int64 ns UTC; `date` is the column of the day where the time has none."""
        array = decoded(array)
        if date is not None:
            pairs = zip(texts(date), texts(array), strict=True)
            return self._texts([f"{day} {time}" for day, time in pairs])
        kind = array.type
        if pa.types.is_date(kind):
            array, kind = array.cast(pa.timestamp("s")), pa.timestamp("s")
        if pa.types.is_timestamp(kind):
            whole = _plain(array.cast(pa.int64()), 0, np.int64)
            ns, bad = _scaled(whole, UNIT_NS[kind.unit])
            none = _nulls(array)
            if kind.tz is None and self._clock.zone:
                told = ~(bad | none)  # what is no time says not which of two hours it is
                ns[told], bad[told] = self._local.to_utc(ns[told])
            return self._in_range(ns, bad, none)
        if pa.types.is_integer(kind) and self._clock.unit in UNIT_NS and not self._clock.day:
            column = integers(array)
            values = np.where(column.bad, 0, column.values)
            ns, bad = _scaled(values, UNIT_NS[self._clock.unit])
            found = self._in_range(ns, bad, column.bad)
            assert found.hints is not None
            found.hints[(found.hints == _OUT_OF_RANGE) & _is_some_time(values)] = _OTHER_UNIT
            return found
        return self._texts(texts(array))

    def _texts(self, cells: list[str]) -> Values:
        ns, bad, hints = self._text.parse_many([cell.encode("utf-8", "surrogatepass")
                                                for cell in cells])
        return Values(ns, bad, hints.astype(np.int64))

    def _in_range(self, ns: NDArray[np.int64], overflow: Mask, bad: Mask) -> Values:
        any_range = self._clock.any_range
        low, high = (0, INT64_MAX) if any_range else (EARLIEST_NS, LATEST_NS - 1)
        outside = (ns < low) | (ns > high) | overflow
        return Values(ns, bad | outside, np.where(outside & ~bad & (ns >= 0), _OUT_OF_RANGE, 0))


def _is_some_time(values: NDArray[np.int64]) -> Mask:
    """Which numbers are times between 1990 and 2100 in the unit that their digits tell."""
    units = np.select([values < 10**11, values < 10**14, values < 10**17],
                      [UNIT_NS["s"], UNIT_NS["ms"], UNIT_NS["us"]], 1)
    low, high = -(-EARLIEST_NS // units), (LATEST_NS - 1) // units
    some: Mask = (values >= low) & (values <= high)
    return some


def _scaled(values: NDArray[np.int64], scale: int) -> tuple[NDArray[np.int64], Mask]:
    """values * scale as int64 ns, and where that does not fit."""
    fits = np.abs(values) <= INT64_MAX // scale
    return np.where(fits, values, 0) * scale, ~fits
