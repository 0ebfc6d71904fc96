"""Formats told by magic number: Parquet, Arrow files and streams, tickeng's own."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tickeng.errors import DataError
from tickeng.files.batch import SEVERAL, EventBatch, none_of, plural
from tickeng.files.sources.layout import Clock, Layout
from tickeng.files.sources.probe import Probe, not_in_format
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import check_shape, fixed
from tickeng.files.sources.stream_file import StreamFile
from tickeng.files.tickfile import TickFileReader, is_tick_file
from tickeng.files.tickfile.spans import order_of, seq_of

PARQUET_MAGIC = b"PAR1"
ARROW_MAGIC = b"ARROW1"
STREAM_MAGIC = b"\xff\xff\xff\xff"
_BUFFER_BYTES = 1 << 18  # more than a block of the tick file usually takes


class Parquet:
    name = "parquet"

    def recognise(self, probe: Probe) -> bool:
        return probe.content.head.startswith(PARQUET_MAGIC)

    def open(self, probe: Probe) -> Reader:
        from tickeng.files.sources.arrow import open_parquet

        _expect(self.recognise(probe), "parquet")
        check_shape(probe.options, "a Parquet file")
        return open_parquet(probe)


class Arrow:
    name = "arrow"

    def recognise(self, probe: Probe) -> bool:
        return probe.content.head.startswith(ARROW_MAGIC)

    def open(self, probe: Probe) -> Reader:
        from tickeng.files.sources.arrow import open_arrow

        _expect(self.recognise(probe), "arrow")
        check_shape(probe.options, "an Arrow file")
        return open_arrow(probe, stream=False)


class ArrowStream:
    name = "arrow-stream"

    def recognise(self, probe: Probe) -> bool:
        return probe.content.head.startswith(STREAM_MAGIC)

    def open(self, probe: Probe) -> Reader:
        from tickeng.files.sources.arrow import open_arrow

        _expect(self.recognise(probe), "arrow-stream")
        check_shape(probe.options, "an Arrow stream")
        return open_arrow(probe, stream=True)


class TickFile:
    """Told by the raw head: to other zstd readers its head is a frame to pass over."""

    name = "tickeng"

    def recognise(self, probe: Probe) -> bool:
        return is_tick_file(probe.raw.head[:16])

    def open(self, probe: Probe) -> Reader:
        _expect(self.recognise(probe), "tickeng")
        raw: Any = (StreamFile(iter(probe.raw.read, b""), short=True) if probe.raw.size is None
                    else probe.raw.random_access())
        file = io.BufferedReader(raw, _BUFFER_BYTES)
        reader = TickFileReader(file, growing=probe.raw.may_grow)
        return TickFileEvents(reader, probe)


class TickFileEvents:
    """tickeng.files.tickfile's reader as a source's: of one kind, or of all that the file has where
    the caller takes several."""

    format = "tickeng"
    has_side = True
    has_recv = True  # a file without a receive clock is refused when its first batch shows it

    def __init__(self, reader: TickFileReader, probe: Probe) -> None:
        self._reader = reader
        asked = probe.options.kind
        self.kinds = reader.kinds or (asked or "trade",)  # nobody knows those of one that was cut
        if asked == "book" and "book" not in self.kinds and "delta" in self.kinds:
            asked = "delta"  # which are books as they change
        self._asked = asked
        if asked and asked not in self.kinds:
            raise DataError(f"holds {_listed(self.kinds)}, no {asked}s: leave kind out")
        kind = asked or (self.kinds[0] if len(self.kinds) == 1 else SEVERAL)
        if kind == SEVERAL and SEVERAL not in probe.takes:
            raise DataError(f"holds {_listed(self.kinds)}: say which with kind=\"{self.kinds[0]}\"")
        if kind != SEVERAL:
            self.kinds = (kind,)
        values = ("price", "qty", "side") if kind == "trade" else ()
        self.roles = {"ts_ns": "ts", **{name: name for name in values}, "symbol": "symbol",
                      "recv_ns": "recv", "id": "id"}
        self.columns = list(self.roles)
        layout = Layout(tuple(self.roles.values()), ts=Clock("ns"), recv=Clock("ns"))
        self.reading = fixed(self.columns, layout, probe.options._replace(kind=None),
                             "a tick file")._replace(kind=kind, options=probe.options)

    @property
    def symbols(self) -> list[str]:
        return self._reader.symbols

    @property
    def rows(self) -> int | None:
        return self._reader.rows

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        if self.reading.kind == SEVERAL:
            yield from self._spans(start_row)
            return
        came: list[str] = []
        for batch in self._reader.batches(start_row):
            if batch.kind == self.reading.kind:
                came = [batch.kind]
                yield batch
                continue
            if not self._asked:  # a file that was cut, or whose head says nothing of kinds
                came = list(dict.fromkeys((*came, batch.kind)))
                raise DataError(f'holds {_listed(came)}: say which with kind="{came[0]}"')
            none = batch.take(slice(0))
            yield EventBatch(self.reading.kind, none.ts_ns, none_of(self.reading.kind), None,
                             self.symbols, none.row, rows_end=batch.rows_end, filtered=len(batch))

    def _spans(self, start_row: int) -> Iterator[EventBatch]:
        """The events of all kinds, numbered as they were recorded."""
        done = start_row
        for span in self._reader.merged(start_row):
            which, _ = order_of(span)
            for number, batch in enumerate(span):
                batch.seq = seq_of(batch)  # before its rows are those of the order
                batch.row = np.flatnonzero(which == number) + done + 1
                batch.rows_end, batch.more = done + len(which), number + 1 < len(span)
                yield batch
            done += len(which)


def _listed(kinds: Sequence[str]) -> str:
    return ", ".join(map(plural, kinds))


def _expect(found: bool, name: str) -> None:
    if not found:
        raise not_in_format(name)


FORMATS = (TickFile(), Parquet(), Arrow(), ArrowStream())
