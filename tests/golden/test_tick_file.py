"""Tick files of earlier versions are read for ever, and trades are written as ever, to the byte."""

import io
from pathlib import Path

import numpy as np
import zstandard

from tests.io_write.events import KINDS, contents, tape
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile import TickFileReader, TickFileWriter, order_of

FOLDER = Path(__file__).parent / "tick_file"
FILE = FOLDER / "trades_version_1.zst"


def trades(first, last, optional=True):
    """The trades that the file was written of."""
    index = np.arange(first, last)
    price = (60_000 + index * 37 % 101) / 10
    if first:
        price[:4] = [-0.0, np.nan, 5e-324, np.inf]
    columns = {"ts_ns": 1_700_000_000_000_000_000 + index // 3 * 1_000_000, "price": price,
               "qty": index % 17 / 1000, "side": index % 3 - 1}
    if optional:
        columns |= {"recv_ns": 1_700_000_000_000_000_000 + index * 777_777, "id": 100 + index}
    return EventBatch.of("trade", columns, ["LTCUSDT", "BTCUSDT"], (index % 2).astype(np.uint32))


TAPE = [trades(0, 20), trades(20, 40), trades(40, 50, optional=False)]


def test_a_file_of_version_1_is_read():
    with open(FILE, "rb") as file:
        reader = TickFileReader(file)
        assert (reader.rows, reader.kinds, reader.metadata) == (50, ("trade",), {"venue": "x"})
        assert reader.index["last_seq"].tolist() == [15, 31, 39, 49]
        found = list(reader.batches())
    for name in ("ts_ns", "price", "qty", "side"):
        bits = b"".join(batch.columns[name].tobytes() for batch in found)
        assert bits == b"".join(batch.columns[name].tobytes() for batch in TAPE)
    for name in ("recv_ns", "id"):
        bits = [batch.columns[name].tobytes() for batch in found if name in batch.columns]
        assert b"".join(bits) == b"".join(batch.columns[name].tobytes() for batch in TAPE[:2])
    names = [reader.symbols[code] for batch in found for code in batch.symbol]
    assert names == ["LTCUSDT", "BTCUSDT"] * 25


def test_trades_alone_are_written_as_version_1():
    """The bytes of frames are zstd's, those of head, blocks and end are the format's."""
    file = io.BytesIO()
    with TickFileWriter(file, block_rows=16, metadata={"venue": "x"}) as writer:
        for batch in TAPE:
            writer.write(batch)
    assert _parts(file.getvalue()) == _parts(FILE.read_bytes())


def test_a_file_of_version_2_is_read():
    """Five events of each kind, one kind after another, twenty in all, in blocks of eight."""
    written = [tape(kind, first, first + 5) for first in range(0, 20, 5) for kind in KINDS]
    with open(FOLDER / "kinds_version_2.zst", "rb") as file:
        reader = TickFileReader(file)
        assert (reader.rows, reader.kinds, reader.declared) == (80, KINDS, KINDS)
        spans = list(reader.merged())
    for kind in KINDS:
        found = [batch for span in spans for batch in span if batch.kind == kind]
        assert contents(found) == contents(batch for batch in written if batch.kind == kind)
    order = [span[w].kind for span in spans for w in order_of(span)[0]]
    assert order == [batch.kind for batch in written for _ in range(5)]


def _parts(data):
    """The head, the blocks as they decompress, version and role of the end, and its symbols."""
    reader = TickFileReader(io.BytesIO(data))
    blocks = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
    end = data.rindex(b"TICKENG\0") + 8
    return data[: reader.index["offset"][0]], blocks, data[end : end + 4], reader.symbols
