"""Broken input: a typed error that names file, row and remedy, or a counted reject; memory bounded.

Truncation is tried at many bytes: never is it a silent end, and what came before it is given out.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tickeng.errors import ConfigError, DataError, TruncatedError
from tickeng.files.sources import open_source

from .conftest import PEAK_MIB, Tape, read

HEADER = "timestamp,price,qty,side\n"
ROWS = 3_000
CSV = (HEADER + "".join(
    f"{1_700_000_000_000 + 7 * i},{100 + i % 37 / 10},{1 + i % 11},{1 - 2 * (i % 2)}\n"
    for i in range(ROWS))).encode()


def zipped(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def table() -> pa.Table:
    i = np.arange(ROWS)
    return pa.table({"timestamp": 1_700_000_000_000 + 7 * i, "price": 100 + i % 37 / 10,
                     "qty": 1.0 + i % 11, "side": 1 - 2 * (i % 2)})


def parquet() -> bytes:
    data = io.BytesIO()
    pq.write_table(table(), data, row_group_size=1_000)
    return data.getvalue()


def arrow(stream: bool) -> bytes:
    data = io.BytesIO()
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(data, table().schema) as writer:
        writer.write_table(table(), max_chunksize=500)
    return data.getvalue()


def frames(size: int) -> bytes:
    """Several zstd frames with checksums, one of them to be passed over."""
    pack = zstandard.ZstdCompressor(write_checksum=True).compress
    parts = [pack(CSV[at:at + size]) for at in range(0, len(CSV), size)]
    skippable = b"\x53\x2a\x4d\x18\x05\0\0\0hello"
    return skippable.join(parts)


PACKED: dict[str, Callable[[], bytes]] = {
    "t.csv.gz": lambda: gzip.compress(CSV),
    "members.gz": lambda: gzip.compress(CSV[:9_000]) + gzip.compress(CSV[9_000:]),
    "t.csv.zst": lambda: zstandard.ZstdCompressor(write_checksum=True).compress(CSV),
    "plain-frame.zst": lambda: zstandard.ZstdCompressor(
        write_content_size=False).compress(CSV),
    "frames.zst": lambda: frames(20_000),
    "t.zip": lambda: zipped(**{"t.csv": CSV}),
    "t.parquet": parquet,
    "t.arrow": lambda: arrow(stream=False),
    "stream.arrow": lambda: arrow(stream=True),
}


@pytest.mark.parametrize("name", PACKED)
def test_whole_it_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[name]())
    tape = read(path)
    assert tape.error is None and len(tape) == ROWS and not tape.rejects


@pytest.mark.parametrize("name", PACKED)
def test_cut_anywhere_is_an_error(tmp_path: Path, name: str) -> None:
    whole = PACKED[name]()
    path = tmp_path / name
    cuts = {1, 2, 3, 4, 5, 8, 12, 18, 30, len(whole) - 1, len(whole) - 4, len(whole) - 8}
    cuts |= set(range(40, len(whole), max(1, len(whole) // 60)))
    # Whole members and frames are a whole file: nothing tells that there were more.
    if name == "members.gz":
        cuts -= {len(gzip.compress(CSV[:9_000]))}
    reference = read_bytes(tmp_path, "whole.csv", CSV)
    for cut in sorted(cuts):
        path.write_bytes(whole[:cut])
        try:
            tape = read(path)
        except DataError as error:
            assert str(error).startswith(name)
            continue
        assert isinstance(tape.error, DataError), cut
        assert str(tape.error).startswith(f"{name}: row {tape.rows + 1}: "), str(tape.error)
        # What came before the cut was given out, and only that. The last row may be half a row.
        kept = max(0, len(tape) - 1)
        np.testing.assert_array_equal(tape.price[:kept], reference.price[:kept])


def read_bytes(folder: Path, name: str, data: bytes, **options: object) -> Tape:
    (folder / name).write_bytes(data)
    return read(folder / name, **options)


@pytest.mark.parametrize("name", ["t.csv.gz", "t.csv.zst", "t.zip"])
def test_a_flipped_byte_is_an_error_or_changes_nothing(tmp_path: Path, name: str) -> None:
    whole = PACKED[name]()
    reference = read_bytes(tmp_path, "whole.csv", CSV)
    for at in range(len(whole) // 3, len(whole) - 30, len(whole) // 20):
        damaged = bytearray(whole)
        damaged[at] ^= 0x55
        try:
            tape = read_bytes(tmp_path, name, bytes(damaged))
        except DataError:
            continue
        assert isinstance(tape.error, DataError) or np.array_equal(tape.price, reference.price)


REFUSED = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n\n\r\n", "is empty"),
    "empty.gz": (gzip.compress(b""), "holds no content"),
    "empty.zst": (zstandard.compress(b""), "holds no content"),
    "wrong.csv": (b"alpha,beta\n1,2\n", 'no column for ts.*map="ts=COLUMN"'),
    "noheader.csv": (b"1,2,3\n4,5,6\n", "row 1: .*header="),
    "sideless.csv": (b"time,price,qty\n1700000000000,1,1\n", 'infer_side="tick"'),
    "junk.bin": (bytes(range(256)) * 300, "row 1: is in no known format"),
    "zeros.bin": (bytes(100_000), "row 1: is in no known format"),
    "utf16.csv": (CSV.decode().encode("utf-16")[:-1], "utf-16"),
    "two.zip": (zipped(a=CSV, b=CSV), r"holds 2 files \(a, b\).*one by one"),
    "none.zip": (zipped(), "holds 0 files"),
    "slip.zip": (zipped(**{"../../etc/x.csv": b"\0" * 99}), "no known format"),
    "lean_quote.csv": (b"14400527,137400,3100,0,0,P,1,0\n", "quote ticks"),
    "html.csv": (b"<!doctype html>\n<html>Not found</html>\n", "web page.*download failed"),
    "short.gz": (b"\x1f\x8b", "truncated"),
    "window.zst": (b"\x28\xb5\x2f\xfd\x00\xa8" + b"\0" * 20, "window of 2048 MiB"),
    "reserved.zst": (b"\x28\xb5\x2f\xfd\x00\x58\x07\0\0" + b"\0" * 20, "block is damaged"),
    "tail.zst": (zstandard.compress(CSV) + b"junk behind", "followed by something else"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_outright(tmp_path: Path, name: str) -> None:
    data, message = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError, match=message) as caught, open_source(path) as source:
        list(source.batches())
    assert str(caught.value).startswith(name)


def row(ts: str = "1700000000000", price: str = "1", qty: str = "1", side: str = "buy") -> str:
    return f"{ts},{price},{qty},{side}"


BAD_ROWS = {
    **{f"price {p}": (row(price=p), "bad_price") for p in
       ("nan", "inf", "-inf", "0", "-0.0", "-1", "", "1e999", "0x1p3", "1_0", "abc", "1,5")},
    **{f"qty {q}": (row(qty=q), "bad_qty") for q in ("nan", "1e999", "0x10", "")},
    **{f"ts {t}": (row(ts=t), "bad_timestamp") for t in
       ("-1", "", "9" * 25, "9223372036854775807", "1e11", "253402300800000")},
    "too few": ("1,2", "bad_fields"), "too many": (row() + ",9", "bad_fields"),
    "open quote": ('1700000000000,"1,1,1', "bad_fields"),
    "NUL": ("1700000000000,1\0,1,1", "bad_price"), "binary": ("\x01\x02\xff", "bad_fields"),
    "10 MB line": ("9" * 10_000_000, "bad_line"), "a blank": (" ", "bad_fields"),
    "second header": (HEADER.strip(), "bad_timestamp"),
}
BAD_ROWS["price 1,5"] = (row(price="1,5"), "bad_fields")


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_counted_and_listed(tmp_path: Path, name: str) -> None:
    text, reason = BAD_ROWS[name]
    data = f"{HEADER}{row()}\n{text}\n{row()}\n".encode("latin-1")
    tape = read_bytes(tmp_path, "t.csv", data)
    assert tape.error is None and tape.row.tolist() == [1, 3] and tape.rows == 3
    assert tape.rejected == {reason: 1}
    reject = tape.rejects[0]
    assert (reject.row, reject.reason, reject.symbol) == (2, reason, "default")
    assert len(reject.text) <= 4 * 200 and reject.text[:1] == text.encode(
        "latin-1").decode("utf-8", "backslashreplace")[:1]


@pytest.mark.parametrize("time", ["1700000000000000", "1700000000", "2024-01-01T00:00:00Z"])
def test_another_unit_ends_the_file(tmp_path: Path, time: str) -> None:
    tape = read_bytes(tmp_path, "t.csv", f"{HEADER}{row()}\n{row(time)}\n{row()}\n".encode())
    assert len(tape) == 1 and re.search("row 2: .*another unit", str(tape.error))


@pytest.mark.parametrize("side", ["7", "bid", "true", "up"])
def test_another_word_for_a_side_is_asked(tmp_path: Path, side: str) -> None:
    with pytest.raises(DataError, match=f"'{side}'.*sides="):
        read_bytes(tmp_path, "t.csv", f"{HEADER}{row()}\n{row(side=side)}\n".encode())


def test_a_header_alone_is_no_error(tmp_path: Path) -> None:
    for data in (HEADER.encode(), HEADER.strip().encode(), gzip.compress(HEADER.encode())):
        tape = read_bytes(tmp_path, "t.csv", data)
        assert tape.error is None and tape.rows == 0


def test_every_row_bad_is_counted_to_the_last(tmp_path: Path) -> None:
    good = f"{row()}\n" * 10_000
    tape = read_bytes(tmp_path, "t.csv", (HEADER + good + "x,y,z,buy\n" * 70_000).encode())
    assert len(tape) == 10_000 and tape.rows == 80_000
    assert tape.rejected == {"bad_timestamp": 70_000}
    assert len(tape.rejects) == 70_000


def test_a_million_columns(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_bytes(tmp_path, "t.csv", b"c," * 1_000_000 + b"\n1\n")
    with pytest.raises(DataError, match="names 4 columns, its rows have 400001 fields"):
        read_bytes(tmp_path, "t.csv", HEADER.encode() + b"1," * 400_000 + b"1\n")
    good = f"{row()}\n".encode()
    tape = read_bytes(tmp_path, "t.csv", HEADER.encode() + good + b"1," * 400_000 + b"1\n" + good)
    assert len(tape) == 2 and tape.rejected == {"bad_fields": 1}


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        open_source(tmp_path)
    with pytest.raises(ConfigError, match=r"none\.csv: cannot be read: No such file"):
        open_source(tmp_path / "none.csv")


def test_truncated_is_its_own_error(tmp_path: Path) -> None:
    for name in ("t.csv.gz", "t.csv.zst", "frames.zst"):
        whole = PACKED[name]()
        assert isinstance(read_bytes(tmp_path, name, whole[:-3]).error, TruncatedError)


BOMB = PEAK_MIB + """
import sys
from tickeng.errors import DataError
from tickeng.files.sources import open_source
import tickeng.files.sources.arrow
before = peak_mib()
try:
    with open_source(sys.argv[1]) as source:
        rejected = sum(sum(batch.rejected.values()) for batch in source.batches())
    print("rejected", rejected)
except DataError as error:
    print("refused", error)
print(peak_mib() - before)
"""


def in_process(path: Path) -> tuple[str, int]:
    """What reading said, and the MiB that it took."""
    limit = 2 << 30
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True,
        check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    told, mib = done.stdout.strip().rsplit("\n", 1)
    return told, int(mib)


def repeated(piece: bytes, times: int) -> bytes:
    out = io.BytesIO()
    with zstandard.ZstdCompressor(level=1).stream_writer(out, closefd=False) as writer:
        for _ in range(times):
            writer.write(piece)
    return out.getvalue()


@pytest.mark.parametrize("name", ["zeros.zst", "line.zst", "lines.zst", "zeros.gz", "zeros.zip"])
def test_a_bomb_takes_bounded_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    mib = 256
    if name.endswith("zst"):
        piece = {"zeros": b"\0", "line": b"7", "lines": b"x\n"}[name.split(".")[0]]
        piece *= (1 << 20) // len(piece)
        body = repeated(piece, mib if name != "lines.zst" else 2)
        head = zstandard.compress(HEADER.encode()) if name != "zeros.zst" else b""
        path.write_bytes(head + body)
    elif name == "zeros.gz":
        path.write_bytes(gzip.compress(HEADER.encode() + bytes(mib << 20), 1))
    else:
        path.write_bytes(zipped(**{"t.csv": HEADER.encode() + bytes(mib << 20)}))
    told, took = in_process(path)
    assert told.startswith(("rejected", "refused")), told
    assert took < 100, f"{took} MiB for {told}"
