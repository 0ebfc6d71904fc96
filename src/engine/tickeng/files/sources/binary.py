"""Formats told by magic number: Parquet, Arrow files and streams, tickeng's own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from tickeng.errors import DataError
from tickeng.files.batch import EventBatch
from tickeng.files.sources.layout import Clock, Layout
from tickeng.files.sources.options import Options
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import check_shape, fixed
from tickeng.files.sources.stream_file import StreamFile
from tickeng.files.tickfile import TickFileReader, is_tick_file

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
        return TickFileTrades(reader, probe.options)


class TickFileTrades:
    """tickeng.files.tickfile's reader as a source's."""

    format = "tickeng"
    has_side = True
    has_recv = True  # a file without a receive clock is refused when its first batch shows it

    def __init__(self, reader: TickFileReader, options: Options) -> None:
        if foreign := [kind for kind in reader.kinds or () if kind != "trade"]:
            raise _not_read(foreign)
        self._reader = reader
        self.roles = {"ts_ns": "ts", "price": "price", "qty": "qty", "side": "side",
                      "symbol": "symbol", "recv_ns": "recv", "id": "id"}
        self.columns = list(self.roles)
        layout = Layout(tuple(self.roles.values()), ts=Clock("ns"), recv=Clock("ns"))
        self.reading = fixed(self.columns, layout, options, "a tick file")

    @property
    def symbols(self) -> list[str]:
        return self._reader.symbols

    @property
    def rows(self) -> int | None:
        return self._reader.rows

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        for batch in self._reader.batches(start_row):
            if batch.kind != "trade":
                raise _not_read([batch.kind])
            yield batch


def _not_read(kinds: list[str]) -> DataError:
    return DataError(f"holds events of kind {', '.join(kinds)}, and only a tick file of trades "
                     "alone is read: tickeng.files.tickfile.TickFileReader reads every kind")


def _expect(found: bool, name: str) -> None:
    if not found:
        raise DataError(f"is not in the format {name}: leave format out to have it recognised")


FORMATS = (TickFile(), Parquet(), Arrow(), ArrowStream())
