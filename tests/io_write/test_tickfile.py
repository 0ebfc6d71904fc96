"""The tick file: what goes in comes out, bit for bit, from a file, a pipe and after an append."""

import io
import os
import shutil
import subprocess

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.io_write.events import Pipe

from tickeng.errors import DataError, OutputError, TruncatedError
from tickeng.files.tickfile import TickFileReader, TickFileWriter, is_tick_file

BLOCK = 8
COLUMNS = ("ts_ns", "price", "qty", "side", "recv_ns", "id")
INT64 = st.integers(-(2**63), 2**63 - 1)
NEAR = st.integers(0, 5).map(lambda k: 1_700_000_000_000_000_000 + k * 1_000_000)
DECIMAL = st.integers(-(10**9), 10**9).map(lambda k: k / 1000)


def written(batches, **options):
    file = io.BytesIO()
    writer = TickFileWriter(file, **({"block_rows": BLOCK} | options))
    for batch in batches:
        writer.write(batch)
    writer.close()
    return file.getvalue()


def named(batch):
    """Symbol names by row; None where the batch has no symbols."""
    if batch.symbol is None:
        return [batch.symbols[0] if batch.symbols else None] * len(batch.ts_ns)
    return [batch.symbols[code] for code in batch.symbol]


def contents(batches):
    """All rows as bit patterns and names, however they are cut into batches."""
    found = []
    for batch in batches:
        columns = [batch.columns.get(name) for name in COLUMNS]
        absent = [None] * len(batch.ts_ns)
        bits = [absent if c is None else c.copy().view(f"i{c.itemsize}") for c in columns]
        found += zip(*bits, named(batch), strict=True)
    return found


def read(data, **options):
    return list(TickFileReader(io.BytesIO(data)).batches(**options))


@st.composite
def batches(draw, tape):
    cuts = draw(st.lists(st.integers(0, 12), min_size=1, max_size=4))
    found = []
    for rows in cuts:
        def column(values, dtype, rows=rows):
            return np.array(draw(st.lists(values, min_size=rows, max_size=rows)), dtype)

        integers, floats = draw(st.sampled_from([(INT64, st.floats()), (NEAR, DECIMAL)]))
        found.append(
            tape(
                0,
                rows,
                ts_ns=column(integers, np.int64),
                price=column(floats, np.float64),
                qty=column(floats, np.float64),
                side=column(st.integers(-128, 127), np.int8),
                recv_ns=draw(st.sampled_from([None, column(integers, np.int64)])),
                id=draw(st.sampled_from([None, column(integers, np.int64)])),
                symbols=["A", draw(st.sampled_from(["A", "B", "=é"]))],
                symbol=draw(st.sampled_from([None, column(st.integers(0, 1), np.uint32)])),
            )
        )
    return found


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_round_trip(tape, data):
    given_batches = data.draw(batches(tape))
    file = written(given_batches)
    expected = contents(given_batches)
    assert contents(read(file)) == expected
    assert contents(TickFileReader(io.BufferedReader(Pipe(file))).batches()) == expected
    start = data.draw(st.integers(0, len(expected) + 2))
    assert contents(read(file, start_row=start)) == expected[start:]


@pytest.mark.parametrize("column", ["price", "qty"])
def test_minus_zero_is_not_zero(tape, column):
    """A compiler may take double(int64(x)) for trunc(x), which keeps the sign."""
    batch = tape(0, 3)
    batch.values[column] = np.array([-0.0, 0.0, 1.5])
    (found,) = list(read(written([batch])))
    assert np.signbit(found.values[column]).tolist() == [True, False, False]


def test_what_a_reader_knows(tape):
    file = written([tape(0, 30)], metadata={"venue": "x"})
    reader = TickFileReader(io.BytesIO(file))
    assert is_tick_file(file[:16])
    assert reader.metadata == {"venue": "x"}
    assert (reader.rows, reader.symbols) == (30, ["LTCUSDT", "BTCUSDT"])
    assert reader.index["rows"].tolist() == [8, 8, 8, 6]
    assert reader.index["first_ts_ns"].tolist() == tape(0, 30).ts_ns[::8].tolist()
    found = list(reader.batches())
    assert np.concatenate([b.row for b in found]).tolist() == list(range(1, 31))
    assert [b.rows_end for b in found] == [8, 16, 24, 30]
    assert contents(reader.batches()) == contents(found)  # it can be read again


def test_pipe_reader_learns_as_it_goes(tape):
    reader = TickFileReader(io.BufferedReader(Pipe(written([tape(0, 30)]))))
    assert (reader.rows, reader.symbols, reader.index) == (None, [], None)
    assert sum(len(batch.ts_ns) for batch in reader.batches()) == 30
    assert (reader.rows, reader.symbols) == (30, ["LTCUSDT", "BTCUSDT"])


@pytest.mark.parametrize("start", range(32))
def test_start_row(tape, start):
    found = read(written([tape(0, 30)]), start_row=start)
    assert contents(found) == contents([tape(0, 30)])[start:]
    assert np.concatenate([b.row for b in found] or [[]]).tolist() == list(range(start + 1, 31))


def test_one_symbol_needs_no_codes(tape):
    (batch,) = read(written([tape(0, 5, symbols=["BTCUSDT"], symbol=None)]))
    assert (batch.symbol, batch.symbols) == (None, ["BTCUSDT"])
    (batch,) = read(written([tape(0, 5, symbols=[], symbol=None)]))
    assert (batch.symbol, batch.symbols) == (None, [])


@pytest.mark.parametrize("split", [0, 1, 7, 8, 9, 16, 30])
def test_append(tmp_path, tape, split):
    path = tmp_path / "tape.zst"
    with TickFileWriter(path, append=True, metadata={"a": 1}, block_rows=BLOCK) as writer:
        writer.write(tape(0, split))
    with TickFileWriter(path, append=True, block_rows=BLOCK) as writer:
        assert writer.rows == split
        writer.write(tape(split, 30, symbols=["BTCUSDT", "LTCUSDT"]))
    data = path.read_bytes()
    expected = contents([tape(0, split), tape(split, 30, symbols=["BTCUSDT", "LTCUSDT"])])
    assert contents(read(data)) == expected
    assert contents(TickFileReader(io.BufferedReader(Pipe(data))).batches()) == expected
    assert TickFileReader(io.BytesIO(data)).metadata == {"a": 1}


def test_append_behind_the_last_whole_block(tmp_path, tape):
    """Wherever a writer was killed, its whole blocks are read back and continued."""
    path, whole = tmp_path / "tape.zst", written([tape(0, 30)])
    ends = [0, *np.cumsum(TickFileReader(io.BytesIO(whole)).index["bytes"])]
    first = int(TickFileReader(io.BytesIO(whole)).index["offset"][0])
    for length in range(first, len(whole)):
        path.write_bytes(whole[:length])
        rows = min(30, BLOCK * (sum(first + end <= length for end in ends) - 1))
        with pytest.raises(TruncatedError, match=f"after {rows} ticks: .*appending to it, keeps"):
            list(read(path.read_bytes()))
        with TickFileWriter(path, append=True, block_rows=BLOCK) as writer:
            assert writer.rows == rows
            assert f"continues behind its {rows} whole rows" in writer.warnings[0]
            writer.write(tape(rows, 30))
        assert path.read_bytes() == whole


def test_append_to_a_damaged_file_changes_nothing(tmp_path, tape):
    path, data = tmp_path / "tape.zst", bytearray(written([tape(0, 30)])[:-1])
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"tape\.zst: after \d+ ticks: .*converting it"):
        TickFileWriter(path, append=True)
    assert path.read_bytes() == data
    assert os.listdir(tmp_path) == ["tape.zst"]


def test_an_append_that_fails_ends_with_its_last_whole_block(tmp_path, tape):
    path = tmp_path / "tape.zst"
    path.write_bytes(written([tape(0, 16)]))
    before = path.read_bytes()
    for rows in (0, 3, 12):
        with pytest.raises(ZeroDivisionError), TickFileWriter(
                path, append=True, block_rows=BLOCK) as writer:
            writer.write(tape(16, 16 + rows))
            raise ZeroDivisionError
        kept = 16 + rows // BLOCK * BLOCK
        assert contents(read(path.read_bytes())) == contents([tape(0, kept)])
        assert rows >= BLOCK or path.read_bytes() == before


def test_overwriting(tmp_path, tape):
    path = tmp_path / "tape.zst"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="exists"):
        TickFileWriter(path)
    with pytest.raises(DataError):
        TickFileWriter(path, append=True)
    assert path.read_bytes() == b"precious"
    with TickFileWriter(path, force=True) as writer:
        writer.write(tape(0, 3))
    assert len(contents(read(path.read_bytes()))) == 3


def test_interrupted_writer_leaves_a_truncated_file(tmp_path, tape):
    path = tmp_path / "tape.zst"
    with pytest.raises(KeyError), TickFileWriter(path, block_rows=BLOCK) as writer:
        writer.write(tape(0, 20))
        raise KeyError
    with pytest.raises(TruncatedError, match="after 16 ticks"):
        read(path.read_bytes())


def test_plain_zstd_reads_the_frames(tmp_path, tape):
    file = written([tape(0, 30)])
    raw = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    assert raw.count(b"TKBL") == 4
    if command := shutil.which("zstd"):
        done = subprocess.run([command, "-dc"], input=file, capture_output=True, check=True)
        assert done.stdout == raw


def test_liquid_tape_is_small(tape):
    """Differences of a random walk on a grid, at full block size: well under 3 bytes a tick."""
    step = np.random.default_rng(1)
    rows = 65_536
    batch = tape(
        0,
        rows,
        ts_ns=1_700_000_000_000_000_000 + np.cumsum(step.geometric(0.4, rows) - 1) * 1_000_000,
        price=(600_000 + np.cumsum(step.integers(-1, 2, rows))) / 10,
        qty=step.geometric(0.1, rows) / 1000,
        recv_ns=None,
        id=None,
    )
    assert len(written([batch], block_rows=rows)) < 3 * rows
