"""The metadata in front of the records of a DBN file: schema, and symbols by day.

Source: databento/dbn, rust/dbn/src/{metadata,encode/dbn/sync}.rs (Apache-2.0); little endian.

offset  size  what
0       4     "DBN", version
4       4     length of the rest of the metadata
8       16    data set
24      2     schema, FFFF of several
26      24    first and last time, most records; 32 bytes in version 1, which counts the records
+0      3     types of the symbols that were asked for and of those in the records; ts_out or not
+3      2     length of a symbol, 22 in version 1, which does not say it
108     4     length of a definition of the schema, 0; zeros stand between
112           lists, each after a u32 that counts it: symbols asked for, in part and not found, then
              mappings: symbol, count of intervals: first day and day behind the last as YYYYMMDD,
              symbol. Version 3 ends with zeros up to a multiple of 8.

Trap: every length and count is a claim of the file; what is taken is compared with what is there.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng._base.control_text import has_control
from tickeng._native.io import MAX_SYMBOLS
from tickeng.errors import DataError, TruncatedError
from tickeng.files.limits import CELL_BYTES, Limits
from tickeng.files.sources.containers import Content
from tickeng.files.sources.dbn_records import SCHEMAS

MAGIC = re.compile(rb"DBN[\x01-\x03]")
_DIGITS = re.compile(r"[0-9]{1,10}")
DAY_NS = 86_400 * 10**9
_NAMES = ("mbo", "mbp-1", "mbp-10", "tbbo", "trades", "ohlcv-1s", "ohlcv-1m", "ohlcv-1h",
          "ohlcv-1d", "definition", "statistics", "status", "imbalance", "ohlcv-eod", "cmbp-1",
          "cbbo-1s", "cbbo-1m", "tcbbo", "bbo-1s", "bbo-1m")  # by their number in the file
_WHAT = {"definition": "instrument definitions", "statistics": "statistics of venues",
         "status": "statuses of markets", "imbalance": "imbalances of auctions"}
_SEVERAL = 0xFFFF
_INSTRUMENT = 0  # a type of symbols: the numbers that are in the records
_START, _LISTS = 8, 112
_OLD_SYMBOL_BYTES = 22
_MEMORY_RATIO = 32  # a byte of metadata takes less, once it is names by instrument
_DAY_BITS = 16  # days from 1970 to 2100
_EPOCH = dt.date(1970, 1, 1).toordinal()

Names = dict[int, list[tuple[int, int, str]]]


class Header(NamedTuple):
    """``size``: bytes in front of the first record. ``names``: the symbols of an instrument, each
    with its first day and the day behind its last, in days since 1970. ``doubtful``: a symbol that
    stands for several instruments on one day, and so for none."""

    size: int
    schema: str
    ts_out: bool
    names: Names
    doubtful: str | None = None


def read_header(content: Content, limits: Limits) -> Header:
    """Raises DataError for what is damaged or not read."""
    size = _START + int.from_bytes(_first(content, _START)[4:], "little")
    limits.require(_MEMORY_RATIO * size, "its metadata")
    fields = _Fields(_first(content, size), 24)
    schema = _name(fields.number(2))
    fields.advance(32 if content.head[3] == 1 else 24)
    asked, given, ts_out = (fields.number(1) for _ in range(3))
    symbol = _OLD_SYMBOL_BYTES if content.head[3] == 1 else fields.number(2)
    fields.at = _LISTS - 4
    fields.advance(fields.number(4))
    for _ in range(3):
        fields.advance(symbol * fields.number(4))
    names: Names = {}
    for _ in range(fields.number(4)):
        left = fields.text(symbol)
        for _ in range(fields.number(4)):
            days = fields.day(), fields.day()
            right = fields.text(symbol)
            number, name = (right, left) if given == _INSTRUMENT else (left, right)
            if _INSTRUMENT in (asked, given) and _DIGITS.fullmatch(number) and _is_name(name):
                names.setdefault(int(number), []).append((*days, name))
    return Header(size, schema, bool(ts_out), names, _without_doubtful(names))


def _is_name(text: str) -> bool:
    return 0 < len(text.encode()) <= CELL_BYTES and not has_control(text)


def _first(content: Content, size: int) -> bytes:
    content.grow(None, size, wait=True)
    if len(content.head) >= size:
        return content.head[:size]
    raise content.damage or TruncatedError("ends within its metadata: fetch the file again")


class _Fields:
    """The metadata, taken in turn."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def advance(self, size: int) -> int:
        """Where the `size` bytes begin. Raises DataError where there are fewer."""
        begin, self.at = self.at, self.at + size
        if self.at > len(self._data):
            raise DataError("its metadata are damaged (a count is larger than they are): fetch the "
                            "file again")
        return begin

    def number(self, size: int) -> int:
        begin = self.advance(size)
        return int.from_bytes(self._data[begin:begin + size], "little")

    def text(self, size: int) -> str:
        begin = self.advance(size)
        try:
            return self._data[begin:begin + size].partition(b"\0")[0].decode()
        except UnicodeDecodeError:
            return ""  # no name

    def day(self) -> int:
        number = self.number(4)
        try:
            day = dt.date(number // 10_000, number // 100 % 100, number % 100)
        except ValueError:
            raise DataError(f"its metadata are damaged ({number} is no day): fetch the file "
                            "again") from None
        return day.toordinal() - _EPOCH


def _name(number: int) -> str:
    """The schema's, if it is one that is read. Raises DataError."""
    if number == _SEVERAL:
        raise DataError(
            "holds records of several schemas, as a live gateway sends them: write those of one "
            "schema into a file, with to_parquet(..., schema=\"trades\") of databento's DBNStore")
    name = _NAMES[number] if number < len(_NAMES) else f"number {number}"
    if name not in SCHEMAS:
        what = _WHAT.get(name, "bars" if name.startswith("ohlcv") else "unknown here")
        raise DataError(f"is of Databento's schema {name}, {what}, which is not read: get "
                        f"{', '.join(known for known in SCHEMAS if known != 'mbo')} or mbo")
    return name


def _without_doubtful(names: Names) -> str | None:
    """Takes out the symbols that stand for several instruments on one day; one of them."""
    spans: dict[str, list[tuple[int, int, int]]] = {}
    for number, found in names.items():
        for first, behind, name in found:
            if first < behind:
                spans.setdefault(name, []).append((first, behind, number))
    doubtful = set()
    for name, days in spans.items():
        latest = (min(days)[0], -1)  # the last day of those before, and whose it is
        for first, behind, number in sorted(days):
            if first < latest[0] and number != latest[1]:
                doubtful.add(name)
            latest = max(latest, (behind, number))
    for number in names if doubtful else ():
        names[number] = [part for part in names[number] if part[2] not in doubtful]
    return min(doubtful, default=None)


class Symbols:
    """The symbol of each record, by its instrument and the day of its time, UTC; of one that the
    metadata do not name, the number of the instrument."""

    def __init__(self, header: Header) -> None:
        self.names: list[str] = []
        self._mapped = header.names
        self._codes: dict[str, int] = {}
        self._keys = np.empty(0, np.int64)  # of instrument and day, sorted
        self._of_key = np.empty((0, 2), np.uint32)  # code, and the publisher that came first
        self._publisher: dict[int, int] = {}  # that came first, by instrument

    def codes(self, instrument: NDArray[np.uint32], publisher: NDArray[np.uint16],
              ts_ns: NDArray[np.int64]) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
        """uint32 into ``names``, and which rows are of another publisher than the first of their
        instrument. Raises DataError where there are too many names."""
        if not len(instrument):
            return np.empty(0, np.uint32), np.empty(0, np.bool_)
        days = (int(ts_ns.min()) // DAY_NS, int(ts_ns.max()) // DAY_NS)
        day = days[0] if days[0] == days[1] else ts_ns // DAY_NS
        keys = (instrument.astype(np.int64) << _DAY_BITS) + day
        if (keys == keys[0]).all():
            keys = keys[:1]
        at = np.searchsorted(self._keys, keys)
        known = at < len(self._keys)
        known[known] = self._keys[at[known]] == keys[known]
        if not known.all():
            self._learn(keys[~known], publisher[:len(keys)][~known])
            at = np.searchsorted(self._keys, keys)
        found = self._of_key[at]
        return (np.broadcast_to(found[:, 0], len(instrument)).copy(),
                publisher != found[:, 1])

    def _learn(self, keys: NDArray[np.int64], publisher: NDArray[np.uint16]) -> None:
        """Give codes to new keys, in the order of their appearance."""
        _, first = np.unique(keys, return_index=True)
        first = np.sort(first)
        codes = [self._code(self.name(key >> _DAY_BITS, key & ((1 << _DAY_BITS) - 1)))
                 for key in keys[first].tolist()]
        came = zip((keys[first] >> _DAY_BITS).tolist(), publisher[first].tolist(), strict=True)
        venues = [self._publisher.setdefault(number, venue) for number, venue in came]
        new = np.stack([np.array(codes, np.uint32), np.array(venues, np.uint32)], axis=1)
        joined = np.append(self._keys, keys[first])
        order = np.argsort(joined)
        self._keys, self._of_key = joined[order], np.concatenate([self._of_key, new])[order]

    def name(self, instrument: int, day: int) -> str:
        """Of an instrument, as it is called on a day."""
        named = [name for start, end, name in self._mapped.get(instrument, ())
                 if start <= day < end]
        return named[-1] if named else str(instrument)  # as Databento's own maps have it

    def _code(self, name: str) -> int:
        known = self._codes.setdefault(name, len(self.names))
        if known == len(self.names):
            if known == MAX_SYMBOLS:
                raise DataError(f"more than {MAX_SYMBOLS} different symbols: the file is "
                                "damaged, fetch it again")
            self.names.append(name)
        return known
