"""Batches from text content: the loop around a C++ parser."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tickeng._native.io import NUMBERS, LineParser
from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import VALUES, EventBatch, Reject, count_reasons
from tickeng.files.sources.clocks import check_steps
from tickeng.files.sources.lines import UTF8_BOM
from tickeng.files.sources.messages import LEVEL, batch_kind
from tickeng.files.sources.raw import RawInput
from tickeng.files.sources.reading import Reading


class Blocks(Protocol):
    """Content, or what is made of it; ``head`` is its beginning."""

    raw: RawInput
    head: bytes

    @property
    def ends_open(self) -> bool:
        """Whether it had line ends, and ended without one."""
        ...

    def blocks(self) -> Iterator[bytes]:
        """All of it; an empty block before a wait."""
        ...


class TextReader:
    """Runs a parser over content; `skip_bytes` (byte order mark, header) belong to no row.

    `symbol`: every row's symbol, or None where the content names them. `may_be_cut`: at its end the
    last line had no line end, and its last column is read, so that half of a number looks whole.
    """

    def __init__(self, format: str, parser: LineParser, content: Blocks, *, reading: Reading,
                 symbol: str | None, block_rows: int, skip_bytes: int = 0) -> None:
        self.format = format
        self.reading = reading
        self.columns = list(reading.columns)
        self.roles = {c: r for c, r in zip(reading.columns, reading.roles, strict=True)
                      if r != "ignore"}
        self.has_side, self.has_recv = reading.has_side, reading.has_recv
        self.symbols = [symbol] if symbol is not None else []
        self._symbol = symbol
        self._parser = parser
        self._content = content
        self._block_rows = block_rows
        marked = content.head.startswith(UTF8_BOM)
        self._skip_bytes = skip_bytes or (len(UTF8_BOM) if marked else 0)
        self._last_ns: int | None = None
        self.may_be_cut = False

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        parser = self._parser
        parser.skip_to(start_row)
        parser.begin(self._block_rows)
        try:
            for block in self._content.blocks():
                if not block:  # a wait comes: nothing that is complete waits with it
                    if parser.batch_rows:
                        yield self._take()
                    continue
                offset, self._skip_bytes = self._skip_bytes, 0
                while offset < len(block):
                    offset = parser.feed(block, offset)
                    if parser.full:
                        yield self._take()
            if not self._content.raw.may_grow:
                parser.finish()
        except DataError:
            if parser.batch_rows:  # what came before the damage
                yield self._take()
            raise
        if parser.batch_rows:
            yield self._take()
        self.may_be_cut = (self._content.ends_open and not self._content.raw.may_grow
                           and self.reading.roles[-1:] != ("ignore",))
        if parser.last_line_cut:
            raise TruncatedError("the last line is not complete: fetch the file again, or remove "
                                 "that line")

    def _take(self) -> EventBatch:
        columns, refused, filtered = self._parser.take()
        found, kind = self._parser.new_symbols(), batch_kind(self.reading)
        if self._symbol is None:
            self.symbols.extend(found)
        rejects = [Reject(row, reason, text, self._symbol or symbol, hint)
                   for row, reason, text, symbol, hint in refused]
        batch = EventBatch(
            kind, columns["ts_ns"], {name: columns[name] for name in _names(columns, kind)},
            columns.get("symbol") if self._symbol is None else None, self.symbols, columns["row"],
            columns.get("recv_ns"), columns.get("id"),
            rejects, count_reasons(rejects), self._parser.rows, filtered,
        )
        if self.reading.naive:
            self._check_hour(columns["ts_ns"])
        self._parser.begin(self._block_rows)
        return batch

    def _check_hour(self, ts_ns: NDArray[np.int64]) -> None:
        if len(ts_ns):
            check_steps(ts_ns if self._last_ns is None else np.append(self._last_ns, ts_ns))
            self._last_ns = int(ts_ns[-1])


def _names(columns: Collection[str], kind: str) -> Collection[str]:
    """The columns of the values of a kind; of levels those that there are."""
    if kind != LEVEL:
        return VALUES[kind]
    return [name for name in ("price", "qty", "side", "snapshot", *NUMBERS) if name in columns]
