"""The metadata in front of the records of a DBN file: schema, and symbols by day.

The library databento-dbn takes them apart. Trap: their length is a claim of the file, so it is
compared with the memory that an input may take, and the bytes are there before the library is
asked.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng._base.control_text import has_control
from tickeng.errors import ConfigError, DataError, TruncatedError
from tickeng.files.limits import Limits
from tickeng.files.sources.containers import Content
from tickeng.files.sources.dbn_records import SCHEMAS

MAGIC = re.compile(rb"DBN[\x01-\x03]")
_START = 8  # magic, version, and the u32 length of what follows
_MEMORY_RATIO = 8  # a byte of metadata takes so many, once it is lists, dates and names
DAY_NS = 86_400 * 10**9
_DAY_BITS = 16  # days from 1970 to 2100
_EPOCH = dt.date(1970, 1, 1).toordinal()
_MOST_SYMBOLS = 1 << 18
_SOURCES = {"definition": "instrument definitions", "statistics": "statistics of venues",
            "status": "statuses of markets", "imbalance": "imbalances of auctions"}


class Header(NamedTuple):
    """``size``: bytes in front of the first record. ``names``: the symbols of an instrument, each
    with its first day and the day behind its last, in days since 1970."""

    size: int
    schema: str
    ts_out: bool
    names: dict[int, list[tuple[int, int, str]]]


def read_header(content: Content, limits: Limits) -> Header:
    """Raises ConfigError without the library, DataError for what is not read."""
    size = _START + int.from_bytes(_first(content, _START)[4:], "little")
    limits.require(_MEMORY_RATIO * size, "its metadata")
    head = _first(content, size)
    try:
        import databento_dbn as dbn
    except ImportError:
        raise ConfigError("Databento's DBN needs the library databento-dbn: "
                          "pip install 'tickeng[dbn]'") from None
    try:
        found = dbn.Metadata.decode(head)
        schema, mappings = found.schema, found.mappings
        types = (str(found.stype_in), str(found.stype_out))
        ts_out = bool(found.ts_out)
    except (dbn.DBNError, ValueError, OverflowError) as error:
        raise DataError(f"its metadata cannot be read ({error}): fetch the file again") from None
    _check(schema)
    return Header(size, str(schema), ts_out, _names(mappings, types))


def _first(content: Content, size: int) -> bytes:
    content.grow(None, size, wait=True)
    if len(content.head) >= size:
        return content.head[:size]
    raise content.damage or TruncatedError("ends within its metadata: fetch the file again")


def _check(schema: str | None) -> None:
    """Raises DataError for records that are no events that are read."""
    if schema in SCHEMAS:
        return
    if schema is None:
        raise DataError(
            "holds records of several schemas, as a live gateway sends them: write those of one "
            "schema into a file, with to_parquet(..., schema=\"trades\") of databento's DBNStore")
    what = _SOURCES.get(str(schema), "bars" if str(schema).startswith("ohlcv") else "other records")
    raise DataError(f"is of Databento's schema {schema}, {what}, which is not read: get "
                    f"{', '.join(name for name in SCHEMAS if name != 'mbo')} or mbo")


def _names(mappings: dict[str, Any],
           types: tuple[str, str]) -> dict[int, list[tuple[int, int, str]]]:
    """By instrument; `types` say on which side of the mappings the instruments are."""
    names: dict[int, list[tuple[int, int, str]]] = {}
    if "instrument_id" not in types:
        return names
    for asked, intervals in mappings.items():
        for interval in intervals:
            got = str(interval["symbol"])
            number, name = (got, asked) if types[1] == "instrument_id" else (asked, got)
            if not (number.isascii() and number.isdigit()) or not name or has_control(name):
                continue
            days = (_day(interval["start_date"]), _day(interval["end_date"]))
            names.setdefault(int(number), []).append((*days, name))
    return names


def _day(date: dt.date) -> int:
    return date.toordinal() - _EPOCH


class Symbols:
    """The symbol of each record, by its instrument and the day of its time, UTC; of one that the
    metadata do not name, the number of the instrument."""

    def __init__(self, header: Header) -> None:
        self.names: list[str] = []
        self._mapped = header.names
        self._codes: dict[str, int] = {}
        self._keys = np.empty(0, np.int64)  # of instrument and day, sorted
        self._of_key = np.empty((0, 2), np.uint32)  # code, and the publisher that came first

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
        new = np.stack([np.array(codes, np.uint32), publisher[first].astype(np.uint32)], axis=1)
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
            if known == _MOST_SYMBOLS:
                raise DataError(f"more than {_MOST_SYMBOLS} different symbols: the file is "
                                "damaged, fetch it again")
            self.names.append(name)
        return known
