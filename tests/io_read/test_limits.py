"""What a file claims is checked before it is believed: Arrow's buffers, and sizes before memory."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import tickeng
from tickeng.errors import ConfigError, DataError
from tickeng.files.limits import memory_limit
from tickeng.files.sources import open_source
from tickeng.files.tickfile.frames import checked_names

from .conftest import read
from .test_broken import in_process

N = 60_000
LONG = "S" * 1_000_000
SIDE = np.where(np.arange(N) % 2, 1, -1).astype(np.int8)
TS = 1_700_000_000_000_000_000 + np.arange(N)


def table(symbol: object, rows: int = N) -> pa.Table:
    return pa.table({"time": TS[:rows], "price": np.ones(rows), "qty": np.ones(rows),
                     "side": SIDE[:rows], "symbol": symbol})


def coded(value: str) -> pa.Array:
    """Every row the same value, or one of the next two thousand short ones."""
    names = [value, *(f"X{i}" for i in range(2_000))]
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(N, np.int32)), pa.array(names))


def arrow_bytes(data: pa.Table, *, stream: bool = False, compression: str | None = None) -> bytes:
    out = io.BytesIO()
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(out, data.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(data)
    return out.getvalue()


def parquet_bytes(data: pa.Table, **options: object) -> bytes:
    out = io.BytesIO()
    pq.write_table(data, out, compression="zstd", **options)
    return out.getvalue()


BOMBS = {
    "one_symbol.parquet": lambda: parquet_bytes(table(pa.array([LONG] * 50), 50)),
    "shared.parquet": lambda: parquet_bytes(table(coded(LONG))),
    "shared.arrow": lambda: arrow_bytes(table(coded(LONG)), compression="zstd"),
    "shared.arrows": lambda: arrow_bytes(table(coded(LONG)), stream=True),
    "delta.parquet": lambda: parquet_bytes(
        table(pa.array([LONG] * 30 + ["A"] * (N - 30))), use_dictionary=False,
        column_encoding={"symbol": "DELTA_BYTE_ARRAY"}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_bomb_takes_little_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    assert path.stat().st_size < 3_000_000
    told, took = in_process(path)
    assert told.startswith(("rejected", "refused")), told
    assert took < 200, f"{took} MiB for {told}"


def test_a_page_of_gigabytes_is_named_with_the_option(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(parquet_bytes(
        pa.table({"time": TS[0] + np.arange(400_000), "price": np.ones(400_000),
                  "qty": np.ones(400_000), "side": np.resize(SIDE, 400_000)}),
        use_dictionary=False, data_page_size=1 << 30, write_batch_size=400_000,
        max_rows_per_page=400_000))
    with pytest.raises(DataError, match=r"column '\w+' would take .*max_memory=.\dGiB"):
        open_source(path, max_memory="16MiB")
    assert read(path, max_memory="4GiB").rows == 400_000


def test_a_record_batch_above_the_memory_names_the_option(tmp_path: Path) -> None:
    for name, stream in (("t.arrow", False), ("t.arrows", True)):
        for compression in (None, "zstd", "lz4"):
            path = tmp_path / name
            path.write_bytes(arrow_bytes(table(pa.array(["A"] * N)).combine_chunks(),
                                         stream=stream, compression=compression))
            assert len(read(path)) == N
            big = pa.concat_tables([table(pa.array(["A"] * N))] * 12).combine_chunks()
            path.write_bytes(arrow_bytes(big, stream=stream, compression=compression))
            with pytest.raises(DataError, match="max_memory=.1GiB"), open_source(
                    path, max_memory="16MiB") as source:
                list(source.batches())
            assert read(path).rows == 12 * N


@pytest.mark.parametrize("stream", [False, True])
def test_offsets_and_codes_that_point_elsewhere_are_damage(tmp_path: Path, stream: bool) -> None:
    """Values a thousand times beyond their buffers, written over offsets and over codes."""
    words = pa.array(["buy", "sell"] * 100)
    for side, mark in ((words, struct.pack("<8i", 0, 3, 7, 10, 14, 17, 21, 24)),
                       (words.dictionary_encode(), struct.pack("<8i", 0, 1, 0, 1, 0, 1, 0, 1))):
        data = pa.table({"time": TS[:200], "price": np.ones(200), "qty": np.ones(200),
                         "side": side})
        whole = arrow_bytes(data, stream=stream)
        for shift in (1, 50, 150):
            damaged = bytearray(whole)
            at = whole.index(mark) + 4 * shift
            damaged[at:at + 4] = struct.pack("<i", 0x7FFFFFF0)
            path = tmp_path / "t.arrow"
            path.write_bytes(damaged)
            with pytest.raises(DataError, match="is damaged"):
                read(path)


def test_a_damaged_table_in_memory_is_refused() -> None:
    """The same for a table that a caller hands over."""
    offsets = pa.py_buffer(np.array([0, 3, 0x7FFFFFF0, 9], np.int32))
    side = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"buysellbuy"))
    data = pa.table({"time": TS[:3], "price": np.ones(3), "qty": np.ones(3), "side": side})
    with pytest.raises(DataError, match="the table cannot be read"):
        tickeng.Engine().run(data)


@pytest.mark.parametrize("values", [
    pa.array([[1.0]] * 3), pa.array([{"a": 1.0}] * 3),
    pa.RunEndEncodedArray.from_arrays(pa.array([3], pa.int32()), pa.array([1.0])),
])
def test_nested_columns_are_named(tmp_path: Path, values: pa.Array) -> None:
    data = pa.table({"time": TS[:3], "price": values, "qty": np.ones(3), "side": SIDE[:3]})
    with pytest.raises(DataError, match="column 'price' is of type"):
        tickeng.Engine().run(data)
    path = tmp_path / "t.arrow"
    path.write_bytes(arrow_bytes(data))
    with pytest.raises(DataError, match="column 'price' is of type"):
        read(path)


def test_a_cell_that_is_too_long_is_a_reject(tmp_path: Path) -> None:
    """Cut or not, it is no value: not even one whose beginning would be."""
    symbol = pa.array(["A", "S" * 300, "B"])
    price = pa.array(["1.5", "2.5" + " " * 300, "3.5"])
    for data, reason in ((table(symbol, 3), "bad_fields"),
                         (table(pa.array(["A"] * 3), 3).set_column(1, "price", price),
                          "bad_price")):
        for write in (arrow_bytes, parquet_bytes):
            path = tmp_path / "t"
            path.write_bytes(write(data))
            tape = read(path)
            assert tape.error is None and tape.rejected == {reason: 1} and tape.rejects[0].row == 2


def test_sizes_in_words() -> None:
    assert memory_limit("2GiB").memory == memory_limit("2g").memory == 2 << 30
    assert memory_limit(1 << 25).memory == 1 << 25
    assert memory_limit(None).memory == 1 << 30
    for wrong in ("", "0", "-1", "nan", "1e9", "9" * 400, "1XiB", True, "1MiB"):
        with pytest.raises(ConfigError, match="such as 2GiB"):
            memory_limit(wrong)


def test_what_unpacks_out_of_proportion_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.zst"
    packer = zstandard.ZstdCompressor().compressobj()
    line = b"7" * (1 << 20)
    with path.open("wb") as file:
        file.write(packer.compress(b"time,price,qty,side\n1700000000000,1,1,buy\n"))
        for _ in range(20):
            file.write(packer.compress(line))
        file.write(packer.flush())
    with pytest.raises(DataError, match=r"250 times the file.*max_memory=.1GiB"), open_source(
            path, max_memory="16MiB") as source:
        list(source.batches())


@pytest.mark.parametrize("name", ["S" * 256, "", "a\nb", "\x1b[31m", "a\0"])
def test_a_tick_file_holds_names_of_symbols_only(name: str) -> None:
    with pytest.raises(DataError, match="is no symbol"):
        checked_names([name])
    assert checked_names(["S" * 255, "é", "=A"])
