"""The array of hftbacktest's events as NumPy writes it: a header, then rows of one size.

Version 2: structures of ev, exch_ts, local_ts, px and qty, and in later ones order_id, ival and
fval; times in ns. Version 1: six columns of floats, event, exchange time, local time, side, price
and quantity, mostly in us, with -1 for the time of an order in which a row does not stand.

bits of ev   0..7: what it is; 28: sell, 29: buy; 30: in the local order, 31: in the exchange's

Source: nkaz001/hftbacktest (MIT), py-hftbacktest/hftbacktest/types.py and data/utils/migration2.py.
Trap: the header is Python's text; NumPy takes literals alone from it, and a type with objects,
which would have to be unpickled, is none of these.
"""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Events = NDArray[np.void]

MAGIC = b"\x93NUMPY"
DEPTH, TRADE, CLEAR, SNAPSHOT = 1, 2, 3, 4
EXCH, LOCAL, BUY, SELL = (np.uint64(1 << bit) for bit in (31, 30, 29, 28))
_NAMES = ("ev", "exch_ts", "local_ts", "px", "qty")
_MORE = ("order_id", "ival", "fval")
_MOST_HEADER = 10_000
_VERSION_1 = np.dtype([(name, "<f8") for name in ("ev", "exch_ts", "local_ts", "side", "px",
                                                   "qty")])
_EVENTS = np.dtype([("ev", "<u8"), ("exch_ts", "<i8"), ("local_ts", "<i8"), ("px", "<f8"),
                    ("qty", "<f8")])
_EXACT = 2.0**53


class Array(NamedTuple):
    """``offset``: where the rows begin; ``unit_ns``: of the times of version 1."""

    dtype: np.dtype[np.void]
    rows: int
    offset: int
    unit_ns: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        return self.dtype.names or ()

    @property
    def row_bytes(self) -> int:
        return self.dtype.itemsize

    def events(self, data: bytes) -> Events:
        """The whole rows in bytes, all in the form of version 2."""
        count = len(data) // self.row_bytes
        rows = np.frombuffer(data, self.dtype, count)
        if self.dtype != _VERSION_1:
            found = np.empty(count, [(name, rows.dtype[name]) for name in _NAMES])
            for name in _NAMES:
                found[name] = rows[name]
            return found.astype([("ev", "<u8"), *found.dtype.descr[1:]], copy=False)
        return _of_version_1(rows, self.unit_ns)


def array_of(head: bytes) -> Array | None:
    """The array that a file begins with, None where it is none of hftbacktest's."""
    if not head.startswith(MAGIC):
        return None
    file = io.BytesIO(head)
    try:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, by_columns, dtype = read(file, max_header_size=_MOST_HEADER)
    except (ValueError, KeyError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if len(shape) == 1 and _is_version_2(dtype):
        return Array(dtype, shape[0], file.tell())
    if dtype == np.dtype("<f8") and len(shape) == 2 and shape[1] == 6 and not by_columns:
        return _version_1(head[file.tell():], shape[0], file.tell())
    return None


def _is_version_2(dtype: np.dtype[Any]) -> bool:
    names = dtype.names or ()
    if names[:5] != _NAMES or not {*names[5:]} <= {*_MORE} or dtype.hasobject:
        return False
    kinds = [dtype[name].str for name in _NAMES]
    return (kinds[0] in ("<u8", "<i8") and kinds[1:3] == ["<i8", "<i8"]
            and {*kinds[3:]} <= {"<f4", "<f8"})


def _version_1(data: bytes, count: int, offset: int) -> Array | None:
    """Six columns of floats are its events if all that is in the head may be one."""
    rows = np.frombuffer(data, _VERSION_1, len(data) // _VERSION_1.itemsize)
    stamps = np.maximum(rows["exch_ts"], rows["local_ts"])
    if not (len(rows) and np.isin(rows["side"], (-1, 0, 1)).all()
            and ((rows["ev"] % 1 == 0) & (rows["ev"] >= 1) & (rows["ev"] < 256)).all()
            and ((stamps % 1 == 0) & (stamps > 6e8)).all()):
        return None
    newest = float(stamps.max())
    unit = next((10**power for limit, power in ((1e11, 9), (1e14, 6), (1e17, 3)) if newest < limit),
                1)
    return Array(_VERSION_1, count, offset, unit)


def _of_version_1(rows: Events, unit_ns: int) -> Events:
    found = np.zeros(len(rows), _EVENTS)
    sound = np.ones(len(rows), np.bool_)
    for name in ("ev", "exch_ts", "local_ts"):
        sound &= np.abs(rows[name]) <= _EXACT  # false of none
    for name in ("exch_ts", "local_ts"):
        found[name][sound] = rows[name][sound].astype(np.int64) * unit_ns
    ev = np.zeros(len(rows), np.uint64)
    ev[sound] = rows["ev"][sound].astype(np.int64).astype(np.uint64) & np.uint64(0xFF)
    for flag, stands in ((EXCH, found["exch_ts"] > 0), (LOCAL, found["local_ts"] > 0),
                         (BUY, rows["side"] == 1), (SELL, rows["side"] == -1)):
        ev[stands] |= flag
    ev[~sound] = EXCH | LOCAL  # a row without times, which ends the reading
    found["ev"], found["px"], found["qty"] = ev, rows["px"], rows["qty"]
    return found
