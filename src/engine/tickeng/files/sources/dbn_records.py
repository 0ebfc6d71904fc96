"""The records of Databento DBN as NumPy structures, and the walk over a stream of them.

Every record begins with a header of 16 bytes; little endian, no padding but what is named so.
Source: databento/dbn, rust/dbn/src/record.rs (Apache-2.0); the layouts are those of DBN 1 to 3.

offset  size  of a header
0       1     length of the record in words of 4 bytes
1       1     rtype, which says what follows
2       2     publisher: the data set and the venue
4       4     instrument
8       8     ts_event, ns UTC

Trap: messages of a live gateway stand between the records and have lengths of their own, so that
the place of a record is known only once those before it have been walked.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError

Records = NDArray[np.void]

LAST, MAYBE_BAD_BOOK = 0x80, 0x04  # flags
HEADER_BYTES = 16
_WORD = 4
_MESSAGES = (0x15, 0x16, 0x17)  # errors, symbol mappings and system messages of a gateway
_FIRST_LOOK, _MOST_AT_ONCE = 64, 1 << 16  # records; doubled while nothing stands between them

_HEADER = [("length", "u1"), ("rtype", "u1"), ("publisher_id", "<u2"), ("instrument_id", "<u4"),
           ("ts_event", "<u8")]
_LEVEL = [("bid_px", "<i8"), ("ask_px", "<i8"), ("bid_sz", "<u4"), ("ask_sz", "<u4"),
          ("counts", "V8")]
_TRADE = [("price", "<i8"), ("size", "<u4"), ("action", "u1"), ("side", "u1"), ("flags", "u1"),
          ("depth", "u1"), ("ts_recv", "<u8"), ("ts_in_delta", "<i4"), ("sequence", "<u4")]
_SAMPLED = [("price", "<i8"), ("size", "<u4"), ("padding_1", "V1"), ("side", "u1"),
            ("flags", "u1"), ("padding_2", "V1"), ("ts_recv", "<u8"), ("padding_3", "V8")]
_ORDER = [("order_id", "<u8"), ("price", "<i8"), ("size", "<u4"), ("flags", "u1"),
          ("channel_id", "u1"), ("action", "u1"), ("side", "u1"), ("ts_recv", "<u8"),
          ("ts_in_delta", "<i4"), ("sequence", "<u4")]


class Schema(NamedTuple):
    """Records of one schema: their rtype, fields and levels, the kinds of events in them, the one
    without a word first. ``sampled``: they are taken at the ends of intervals. ``consolidated``:
    their quotes are the best of all venues."""

    rtype: int
    fields: tuple[Any, ...]
    levels: int
    kinds: tuple[str, ...]
    sampled: bool = False
    consolidated: bool = False

    def dtype(self, ts_out: bool) -> np.dtype[np.void]:
        """`ts_out`: a gateway added the time at which it sent the record."""
        levels = [("levels", _LEVEL, (self.levels,))] if self.levels else []
        return np.dtype([*_HEADER, *self.fields, *levels, *([("ts_out", "<u8")] if ts_out else [])])


SCHEMAS = {
    "trades": Schema(0x00, (*_TRADE,), 0, ("trade",)),
    "tbbo": Schema(0x01, (*_TRADE,), 1, ("trade", "quote")),
    "tcbbo": Schema(0xC2, (*_TRADE,), 1, ("trade", "quote"), consolidated=True),
    "mbp-1": Schema(0x01, (*_TRADE,), 1, ("quote", "trade")),
    "cmbp-1": Schema(0xB1, (*_TRADE,), 1, ("quote", "trade"), consolidated=True),
    "mbp-10": Schema(0x0A, (*_TRADE,), 10, ("book", "trade")),
    "bbo-1s": Schema(0xC3, (*_SAMPLED,), 1, ("quote",), sampled=True),
    "bbo-1m": Schema(0xC4, (*_SAMPLED,), 1, ("quote",), sampled=True),
    "cbbo-1s": Schema(0xC0, (*_SAMPLED,), 1, ("quote",), sampled=True, consolidated=True),
    "cbbo-1m": Schema(0xC1, (*_SAMPLED,), 1, ("quote",), sampled=True, consolidated=True),
    "mbo": Schema(0xA0, (*_ORDER,), 0, ("delta", "trade")),
}


class Run(NamedTuple):
    """Rows that follow one another: records of the file, or a message of a gateway, which is no
    record. ``ended``: for each record whether the next one, if there is one, is of another
    event."""

    rows: int
    records: Records
    ended: NDArray[np.bool_]


class Walk:
    """Records of one rtype in bytes that come in pieces of any length."""

    def __init__(self, dtype: np.dtype[np.void], rtype: int) -> None:
        self._dtype, self._rtype = dtype, rtype
        self._data, self._at, self._look = b"", 0, _FIRST_LOOK
        self._none = np.empty(0, dtype), np.empty(0, np.bool_)

    def add(self, block: bytes) -> None:
        self._data, self._at = self._data[self._at:] + block, 0

    @property
    def rest(self) -> int:
        """Bytes that are no whole record."""
        return len(self._data) - self._at

    def next(self, most: int, final: bool) -> Run | None:
        """The next rows, at most so many; None where more bytes are needed. A record that does not
        say that its event ends waits for the next one, unless this is the `final` one.

        Raises DataError for a length or an rtype that the file cannot have.
        """
        data, at, size = self._data, self._at, self._dtype.itemsize
        if len(data) - at < HEADER_BYTES:
            return None
        if (data[at], data[at + 1]) != (size // _WORD, self._rtype):
            length = _message_size(data[at], data[at + 1], self._rtype, size)
            if len(data) - at < length:
                return None
            self._at, self._look = at + length, _FIRST_LOOK
            return Run(1, *self._none)
        whole = (len(data) - at) // size
        seen = np.frombuffer(data, self._dtype, min(whole, self._look, most + 1), at)
        other = np.flatnonzero((seen["rtype"] != self._rtype) | (seen["length"] != size // _WORD))
        like = int(other[0]) if len(other) else len(seen)
        waits = like == whole > 0 and not final and not seen["flags"][-1] & LAST
        rows = min(like - (waits or like == len(seen) < whole), most)
        if rows < 1:
            return None
        self._at, self._look = at + rows * size, min(2 * self._look, _MOST_AT_ONCE)
        return Run(rows, seen[:rows], _ended(seen[:min(rows + 1, like)], rows))


def _message_size(length: int, found: int, rtype: int, size: int) -> int:
    """The bytes of a record that is none of the file's own, by the first two of them."""
    if length * _WORD < HEADER_BYTES:
        raise DataError(f"its length is {length * _WORD} bytes, and a record has at least "
                        f"{HEADER_BYTES}: the file is damaged, fetch it again")
    if found == rtype:
        raise DataError(f"its length is {length * _WORD} bytes, and those of the file have {size}: "
                        "the file is damaged, fetch it again")
    if found not in _MESSAGES:
        raise DataError(f"is of rtype {found}, and the file's own records have {rtype}: the file "
                        "is damaged, fetch it again")
    return length * _WORD


def _ended(seen: Records, rows: int) -> NDArray[np.bool_]:
    """`seen` has the record behind the rows, too, where that is of the same kind."""
    ended: NDArray[np.bool_] = (seen["flags"][:rows] & LAST) != 0
    if len(seen) == rows:
        ended[-1] = True
    for name in ("instrument_id", "ts_event", "ts_recv"):
        column = seen[name]
        ended[:len(seen) - 1] |= column[1:] != column[:-1]
    return ended
