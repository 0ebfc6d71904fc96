"""Recognises what a file holds, by content, and opens it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, cast

from tickeng.errors import DataError, TickengError
from tickeng.sources import raw as raw_
from tickeng.sources.arrow import ArrowSource
from tickeng.sources.batch import TradeBatch
from tickeng.sources.lines import LineSource
from tickeng.sources.raw import HEAD_BYTES, Raw
from tickeng.sources.source import Options, Source
from tickeng.tickfile import TickFileReader, is_tick_file

FORMATS = ("csv", "exchange-json", "parquet", "arrow", "arrow-stream", "tickeng")


class TickFileSource(Source):
    """tickeng's own format."""

    format = "tickeng"

    def __init__(self, raw: Raw, options: Options) -> None:
        super().__init__(raw, options)
        self.container = "zstd"
        if raw.path == "-":
            self._reader = TickFileReader(cast(Any, raw))
        else:
            self._reader = TickFileReader(raw.seekable_file())
        self.symbols = self._reader.symbols
        self.columns = ["ts_ns", "price", "qty", "side", "symbol", "recv_ns", "id"]

    def _batches(self, start_row: int) -> Iterator[TradeBatch]:
        for batch in self._reader.batches(start_row):
            self.symbols = batch.symbols
            if self._raw.path != "-":
                self._raw.advance(self._raw.file.tell())
            if self._options.symbol and batch.symbol is None:
                batch.symbols = [self._options.symbol]
            yield batch


class _BlockFile(io.RawIOBase):
    """Decompressed blocks as a file without seeking."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._left = blocks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if not self._left:
            self._left = next(self._blocks, b"")
        size = min(len(view), len(self._left))
        view[:size], self._left = self._left[:size], self._left[size:]
        return size


def open_source(path: str | Any, *, format: str | None = None,
                columns: dict[str, str] | None = None, header: list[str] | None = None,
                time_unit: str | None = None, symbol: str | None = None,
                infer_side: str | None = None, date: str | None = None, clock: str = "event",
                block_rows: int = 65_536) -> Source:
    """Opens a file of trades ("-" is stdin); the format is recognised by content.

    columns maps roles (ts, price, qty, side, maker, symbol, id, recv) to column names; header names
    the columns of a headerless text; time_unit fixes the unit of times (s, ms, us, ns); symbol
    names or overrides the symbol; infer_side="tick" infers missing sides by the tick rule (A-15);
    date is the day of a Lean file; clock "recv" takes the receive clock as time; block_rows is the
    length of a batch. Spec: A-01, A-15, A-20.

    Raises DataError (file, what was found, remedy) for empty, unrecognised or side-less input.
    """
    options = Options(columns, header, time_unit, symbol, infer_side, date, clock, block_rows)
    raw = Raw(str(path))
    try:
        source = _recognise(raw, options, format)
        source.check()
    except TickengError as error:
        name = "stdin" if raw.path == "-" else raw.path
        raw.close()
        text = str(error)
        raise type(error)(text if text.startswith(name) else f"{name}: {text}") from None
    return source


def _recognise(raw: Raw, options: Options, wanted: str | None) -> Source:
    head = raw.head
    if not head:
        raise DataError("the file is empty; give a file with trades")
    if is_tick_file(head[:16]):
        return TickFileSource(raw, options)
    container = raw_.container_of(head)
    if container == "plain":
        return _inner(raw, options, wanted, container, head, raw_.plain_blocks(raw), None)
    member = None
    if container == "zip":
        member, blocks = raw_.zip_member(raw)
    else:
        blocks = raw_.gzip_blocks(raw) if container == "gzip" else raw_.zstd_blocks(raw)
    first, blocks = _peek(blocks)
    if not first:
        raise DataError(f"the {container} file holds nothing; give a file with trades")
    return _inner(raw, options, wanted, container, first[:HEAD_BYTES], blocks, member)


def _peek(blocks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all blocks again. Damage behind them is reported when it is reached."""
    first = b""
    failure: list[TickengError] = []
    try:
        while len(first) < HEAD_BYTES and (block := next(blocks, b"")):
            first += block
    except TickengError as error:
        if not first:
            raise
        failure.append(error)

    def again() -> Iterator[bytes]:
        yield first
        if failure:
            raise failure[0]
        yield from blocks

    return first, again()


def _inner(raw: Raw, options: Options, wanted: str | None, container: str, head: bytes,
           blocks: Iterator[bytes], member: str | None) -> Source:
    found = "text"
    if head.startswith(b"PAR1"):
        found = "parquet"
    elif head.startswith(b"ARROW1"):
        found = "arrow"
    elif head.startswith(b"\xff\xff\xff\xff"):
        found = "arrow-stream"
    if wanted is not None and wanted not in FORMATS:
        raise DataError(f"no format {wanted!r}; there are {', '.join(FORMATS)}")
    if wanted in ("parquet", "arrow", "arrow-stream") and wanted != found:
        raise DataError(f"is not a {wanted} file")
    if found == "text":
        return LineSource(raw, options, container, head, blocks, member)
    if found == "arrow-stream":
        source = ArrowSource(raw, options, found, io.BufferedReader(_BlockFile(blocks)))
    elif container != "plain":
        raise DataError(f"a {found} file inside {container} cannot be read; unpack it first")
    else:
        source = ArrowSource(raw, options, found, raw.seekable_file())
    source.container = container
    return source
