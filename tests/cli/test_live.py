"""Live input: each row goes out before the next is waited for; a growing file is read as it grows.

The writer sends a row only after it has read what the row before gave, so a row that is held back
is a test that does not end (a time limit then ends it).
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import signal
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import zstandard

from .conftest import COMMAND, START_NS, write_tape

ROWS = 40
LIMIT_S = 30.0
HEADER = "timestamp,price,qty,side\n"


def row(i: int) -> str:
    return f"{START_NS // 10**6 + i},{100 + i / 10},1,{('buy', 'sell')[i % 2]}\n"


def json_row(i: int) -> str:
    stamp, price, _, side = row(i).strip().split(",")
    return f'{{"timestamp":{stamp},"price":{price},"qty":1,"side":"{side}"}}\n'


@contextlib.contextmanager
def running(*words: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([*COMMAND, *words], cwd=folder, stdin=subprocess.PIPE, bufsize=0,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def next_line(stream: IO[bytes]) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([stream], [], [], LIMIT_S)[0], f"no row came behind {line!r}"
        part = os.read(stream.fileno(), 1)
        assert part, "the run ended"
        line += part
    return line


def plain() -> Callable[[str], bytes]:
    return str.encode


def gzipped() -> Callable[[str], bytes]:
    packer = zlib.compressobj(wbits=31)
    return lambda text: packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)


def frames() -> Callable[[str], bytes]:
    return lambda text: zstandard.ZstdCompressor().compress(text.encode())


def one_frame() -> Callable[[str], bytes]:
    packer = zstandard.ZstdCompressor().compressobj()
    block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    return lambda text: packer.compress(text.encode()) + packer.flush(block)


@pytest.mark.parametrize("packing", [plain, gzipped, frames, one_frame])
@pytest.mark.parametrize(("header", "make"), [(HEADER, row), ("", json_row)], ids=["csv", "json"])
def test_each_row_goes_out_before_the_next_comes_in(tmp_path, packing, header, make):
    packed = packing()
    with running("replay", "-", folder=tmp_path) as process:
        process.stdin.write(packed(header + make(0)))
        assert next_line(process.stdout).startswith(b"ts_ns,")
        for i in range(ROWS):
            assert next_line(process.stdout).startswith(f"{START_NS // 10**6 + i}".encode())
            process.stdin.write(packed(make(i + 1)))
        process.stdin.close()
        next_line(process.stdout)
        if packing in (plain, frames):
            assert process.wait(LIMIT_S) == 0, process.stderr.read()


def test_a_row_in_pieces_waits_for_its_rest(tmp_path):
    with running("replay", "-", folder=tmp_path) as process:
        process.stdin.write(HEADER.encode())
        time.sleep(0.1)
        process.stdin.write(row(0).encode() + row(1).encode()[:15])
        next_line(process.stdout)
        assert b",100.0," in next_line(process.stdout)
        assert not select.select([process.stdout], [], [], 0.3)[0]
        process.stdin.write(row(1).encode()[15:])
        assert b",100.1," in next_line(process.stdout)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_row_reaches_an_arrow_stream(tmp_path, workers):
    """Whole messages only, at any moment; none that was there is written anew."""
    out, before = tmp_path / "o.arrows", b""
    words = ("replay", "-", "-o", str(out), "--columns", "ts_ns,price", "--workers", workers)
    with running(*words, folder=tmp_path) as process:
        process.stdin.write((HEADER + row(0)).encode())
        for i in range(ROWS):
            found = in_time(lambda n=i: out.exists() and arrow_rows(out.read_bytes()) == n + 1)
            assert found, f"row {i} is not there"
            now = out.read_bytes()
            assert now.startswith(before)
            before = now
            process.stdin.write(row(i + 1).encode())
        process.stdin.close()
        assert process.wait(LIMIT_S) == 0, process.stderr.read()
    assert pa.ipc.open_stream(out.read_bytes()).read_all().num_rows == ROWS + 1
    assert out.read_bytes().endswith(b"\xff\xff\xff\xff\0\0\0\0")


def arrow_rows(data: bytes) -> int:
    try:
        return sum(batch.num_rows for batch in pa.ipc.open_stream(io.BytesIO(data)))
    except (pa.ArrowException, OSError, StopIteration):
        return -1


def in_time(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.005)
    return False


def test_a_live_run_gives_the_rows_of_a_file(tickeng, tmp_path):
    """However the rows arrive: at once, row by row, in uneven pieces."""
    write_tape("a.csv", 6_000, late=0.02, symbols=("A", "B"), bad=0.01)
    whole = tickeng("replay", "a.csv", own_process=True).out
    data, random = Path("a.csv").read_bytes(), np.random.default_rng(3)
    with running("replay", "-", "-o", "o.csv", folder=tmp_path) as process:
        while data:
            size = int(random.choice([1, 7, 300, 5_000, 70_000]))
            process.stdin.write(data[:size])
            data = data[size:]
            if size == 300:
                time.sleep(0.002)
        process.stdin.close()
        assert process.wait(LIMIT_S) == 0
    assert (tmp_path / "o.csv").read_bytes() == whole


def test_an_interrupt_while_waiting_loses_no_row(tickeng, tmp_path):
    with running("replay", "-", "-o", "o.csv", folder=tmp_path) as process:
        process.stdin.write((HEADER + "".join(map(row, range(300)))).encode())
        assert in_time(lambda: (tmp_path / "o.csv").exists()
                       and (tmp_path / "o.csv").read_bytes().count(b"\n") == 301)
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_S) == 130
    data = (HEADER + "".join(map(row, range(400)))).encode()
    done = tickeng("replay", "-", "-o", "o.csv", "--resume", "o.csv.ckpt", stdin=data,
                   own_process=True)
    assert done.code == 0, done.err
    Path("a.csv").write_bytes(data)
    assert Path("o.csv").read_bytes() == tickeng("replay", "a.csv", own_process=True).out


# --- growing files ------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "make"), [(HEADER, row), ("", json_row)], ids=["csv", "json"])
def test_follow_gives_each_row_as_it_is_written(tmp_path, header, make):
    path = tmp_path / "grows"
    words = ("replay", "--follow", "grows")
    with open(path, "w") as file, running(*words, folder=tmp_path) as process:
        file.write(header + make(0))
        file.flush()
        next_line(process.stdout)
        for i in range(ROWS):
            assert next_line(process.stdout).startswith(f"{START_NS // 10**6 + i}".encode())
            text = make(i + 1)
            file.write(text[:20])
            file.flush()
            file.write(text[20:])
            file.flush()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 143


@pytest.mark.parametrize("make", [row, json_row])
def test_follow_ends_when_idle_and_leaves_a_half_line(tickeng, make):
    header = HEADER if make is row else ""
    half = make(9)[:-4]  # of the CSV one that would be read: its side is "s"
    Path("a").write_text(header + "".join(map(make, range(9))) + half)
    words = ("--follow", "a", "--idle-exit", "200ms", "-o", "o.csv")
    run = tickeng("replay", *words, own_process=True)
    assert run.code == 0, run.err
    assert len(Path("o.csv").read_text().splitlines()) == 10


def test_follow_goes_on_from_a_checkpoint(tickeng, tmp_path):
    write_tape("whole.csv", 3_000, late=0.02)
    lines = Path("whole.csv").read_text().splitlines(keepends=True)
    same = ("-o", "o.csv", "--checkpoint", "k", "--idle-exit", "200ms", "--follow", "a.csv")
    Path("a.csv").write_text("".join(lines[:20]))
    assert tickeng("replay", *same, own_process=True).code == 0
    for first, last in ((20, 1_700), (1_700, len(lines))):
        with open("a.csv", "a") as file:
            file.write("".join(lines[first:last]))
        run = tickeng("replay", *same, "--resume", "k", own_process=True)
        assert run.code == 0, run.err
    assert Path("o.csv").read_bytes() == tickeng("replay", "whole.csv", own_process=True).out


@pytest.mark.parametrize("change", ["cut", "replaced", "removed"])
def test_follow_ends_where_the_file_is_another(tmp_path, change):
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "".join(map(row, range(50))))
    with running("replay", "--follow", "a.csv", "-o", "o.csv", folder=tmp_path) as process:
        assert in_time(lambda: (tmp_path / "o.csv").exists()
                       and (tmp_path / "o.csv").read_bytes().count(b"\n") == 51)
        if change == "cut":
            os.truncate(path, 100)
        elif change == "replaced":
            (tmp_path / "b.csv").write_text(HEADER + "".join(map(row, range(90))))
            os.replace(tmp_path / "b.csv", path)
        else:
            path.unlink()
        assert process.wait(LIMIT_S) == 3
        says = process.stderr.read().decode()
    assert "a.csv: row 51: was" in says
    assert (tmp_path / "o.csv").read_bytes().count(b"\n") == 51


def test_follow_reads_a_tick_file_while_it_is_written(tickeng, tmp_path):
    write_tape("a.csv", 5_000)
    assert tickeng("convert", "a.csv", "-o", "whole.zst").code == 0
    whole = tickeng("replay", "a.csv", own_process=True).out
    data = Path("whole.zst").read_bytes()
    Path("grows.zst").write_bytes(data[:700])
    with running("replay", "--follow", "grows.zst", "-o", "o.csv", folder=tmp_path) as process:
        with open("grows.zst", "ab") as file:
            for at in range(700, len(data), 9_000):
                time.sleep(0.02)
                file.write(data[at:at + 9_000])
                file.flush()
        assert process.wait(LIMIT_S) == 0, process.stderr.read()
    assert Path("o.csv").read_bytes() == whole


@pytest.mark.parametrize(("words", "code"), [
    (("a.csv", "-o", "o.parquet"), 2), (("a.csv", "b.csv"), 2), (("-",), 2),
    (("a.parquet", "-o", "o.csv"), 3), (("nothing.csv",), 2),
])
def test_what_cannot_be_followed_is_refused(tickeng, words, code):
    for name in ("a.csv", "b.csv"):
        write_tape(name, 20)
    pa.parquet.write_table(pa.table({"timestamp": [1], "price": [1.0]}), "a.parquet")
    run = tickeng("replay", "--follow", "--idle-exit", "100ms", *words, own_process=True)
    assert run.code == code, run.err
    assert "Traceback" not in run.err


def test_idle_exit_alone_is_refused(tickeng):
    write_tape("a.csv", 20)
    run = tickeng("replay", "a.csv", "--idle-exit", "1s")
    assert run.code == 2
    assert "--follow" in run.err
