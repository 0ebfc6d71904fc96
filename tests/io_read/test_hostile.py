"""A catalogue of hostile input: each file ends in the typed error or the counted reject that stands
beside it, in the memory of a child process; and a file cut at any byte says so.

Files are made here, none is stored. TICKENG_SOAK cuts at every byte.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import resource
import stat
import struct
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

from tests.fuzz import seeds
from tickeng.errors import DataError, TickengError
from tickeng.files.sources import open_source
from tickeng.files.tickfile.frames import HEAD, own_frame

from . import dbn_files
from .conftest import PEAK_MIB, Tape, read
from .test_broken import HEADER, zipped

SOAK = "TICKENG_SOAK" in os.environ
MOST_MIB = 256  # beyond what the process had before
MIB = 1 << 20
GOOD = "1700000000000,1,1,buy\n"
CSV = (HEADER + GOOD * 200).encode()


def line(ts: str = "1700000000000", price: str = "1", qty: str = "1", side: str = "buy",
         symbol: str = "") -> bytes:
    """A file of a good row, this one, and a good one."""
    head, more = (HEADER, "") if not symbol else (HEADER.replace("\n", ",symbol\n"), ",A")
    good = GOOD.replace("\n", more + "\n")
    row = f"{ts},{price},{qty},{side}" + (f",{symbol}" if symbol else "")
    return f"{head}{good}{row}\n{good}".encode()


def zstd_frame(size: int) -> bytes:
    """The head of a frame that says how large its content is."""
    return b"\x28\xb5\x2f\xfd\xe4" + struct.pack("<Q", size) + b"\x01\0\0" + b"\0" * 4


def bomb(mib: int) -> bytes:
    out = io.BytesIO()
    with zstandard.ZstdCompressor(level=1).stream_writer(out, closefd=False) as writer:
        for _ in range(mib):
            writer.write(b"7" * MIB)
    return zstandard.compress(HEADER.encode()) + out.getvalue()


def link() -> bytes:
    """An archive whose member is a symbolic link out of it."""
    data, entry = io.BytesIO(), zipfile.ZipInfo("t.csv")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(entry, "../../etc/passwd")
    return data.getvalue()


def lying_zip(size: int) -> bytes:
    """The central directory says another size of the content."""
    data = bytearray(zipped(**{"t.csv": CSV}))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, size)
    return bytes(data)


def table(rows: int = 500) -> pa.Table:
    return pa.table({"timestamp": 1_700_000_000_000 + np.arange(rows), "price": np.ones(rows),
                     "qty": np.ones(rows), "side": 1 - 2 * (np.arange(rows) % 2)})


def parquet() -> bytes:
    data = io.BytesIO()
    pq.write_table(table(), data)
    return data.getvalue()


def zigzag(number: int) -> bytes:
    """As Thrift's compact protocol writes an i64."""
    number, out = number << 1, b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def lying_parquet(rows: int) -> bytes:
    """Every count of rows in the footer is another one, of as many bytes."""
    data = parquet()
    size = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - size:-8].replace(zigzag(500), zigzag(rows))
    assert len(footer) == size and footer != data[-8 - size:-8]
    return data[:-8 - size] + footer + data[-8:]


def arrows() -> bytes:
    data = io.BytesIO()
    with pa.ipc.new_stream(data, table().schema) as writer:
        writer.write_table(table())
    return data.getvalue()


def json_lines(text: str) -> bytes:
    good = '{"ts":1700000000000,"price":1,"qty":1,"side":"buy"}\n'
    return (good + text + "\n" + good).encode("utf-8", "surrogatepass")


def json_row(**more: str) -> bytes:
    values = {"ts": "1700000000000", "price": "1", "qty": "1", "side": '"buy"', **more}
    return json_lines("{" + ",".join(f'"{k}":{v}' for k, v in values.items()) + "}")


# Name -> the file, and what is said: "reject REASON", "rows N" or a pattern of the error.
CATALOGUE: dict[str, tuple[Callable[[], bytes], str]] = {
    "10 MB line.csv": (lambda: line(price="9" * 10_000_000), "reject bad_line"),
    "10 MB without a line.csv": (lambda: b"9" * 10_000_000, "row 1: is no line of columns"),
    "NUL.csv": (lambda: line(price="1\0"), "reject bad_price"),
    "mark.csv": (lambda: b"\xef\xbb\xbf" + CSV, "rows 200"),
    "CRLF.csv": (lambda: CSV.replace(b"\n", b"\r\n"), "rows 200"),
    "open quote.csv": (lambda: line(ts='"1700000000000'), "reject bad_fields"),
    "a million columns.csv": (lambda: b"c," * 1_000_000 + b"\n1\n", "names 1000001 columns"),
    "no header.csv": (lambda: GOOD.encode() * 9, "header="),
    "header twice.csv": (lambda: line(*HEADER.strip().split(",")), "reject bad_timestamp"),
    "names twice.csv": (lambda: CSV.replace(b"qty", b"price", 1), 'map="qty=COLUMN"'),
    "utf-16 cut.csv": (lambda: CSV.decode().encode("utf-16")[:-1], "utf-16"),
    "before 1970.csv": (lambda: line(ts="-1"), "reject bad_timestamp"),
    "last int64.csv": (lambda: line(ts=str(2**63 - 1)), "reject bad_timestamp"),
    "another unit.csv": (lambda: line(ts="1700000000000000000"), "another unit"),
    "1e999.csv": (lambda: line(qty="1e999"), "reject bad_qty"),
    "nan.csv": (lambda: line(price="nan"), "reject bad_price"),
    "hex.csv": (lambda: line(price="0x1p3"), "reject bad_price"),
    "path as symbol.csv": (lambda: line(symbol="../../etc/x"), "rows 3"),
    "formula as symbol.csv": (lambda: line(symbol="=cmd()"), "rows 3"),
    "script as symbol.csv": (lambda: line(symbol="<script>"), "rows 3"),
    "escape as symbol.csv": (lambda: line(symbol="\x1b[31m"), "reject bad_fields"),
    "1 GiB.zst": (lambda: bomb(1024), "times the file"),
    "2^60 declared.zst": (lambda: zstd_frame(1 << 60), "window of 1099511627776 MiB"),
    "window of 2 GiB.zst": (lambda: b"\x28\xb5\x2f\xfd\0\xa8" + b"\0" * 20, "window of 2048 MiB"),
    "1e6 empty frames.zst": (
        lambda: zstandard.compress(b"") * 1_000_000 + zstandard.compress(CSV), "rows 200"),
    "skippable.zst": (
        lambda: b"\x53\x2a\x4d\x18\x05\0\0\0hello" + zstandard.compress(CSV), "rows 200"),
    "skippable of 4 GiB.zst": (
        lambda: zstandard.compress(CSV) + b"\x53\x2a\x4d\x18\xff\xff\xff\xff",
        "row 201: .* truncated"),
    "concatenated.zst": (
        lambda: zstandard.compress(CSV[:999]) + zstandard.compress(CSV[999:]), "rows 200"),
    "300 MiB.gz": (lambda: gzip.compress(HEADER.encode() + b"7" * (300 * MIB), 1),
                   "reject bad_line"),
    "300 MiB of zeros.gz": (lambda: gzip.compress(HEADER.encode() + bytes(300 * MIB), 1),
                            "no known format"),
    "junk behind.gz": (lambda: gzip.compress(CSV) + b"junk", "row 201: .* damaged"),
    "slip.zip": (lambda: zipped(**{"../../etc/x.csv": CSV}), "rows 200"),
    "absolute.zip": (lambda: zipped(**{"/etc/x.csv": CSV}), "rows 200"),
    "link.zip": (link, "row 1: .* no known format"),
    "says less.zip": (lambda: lying_zip(10), "is damaged"),
    "says 4 GiB.zip": (lambda: lying_zip(0xFFFFFFF0), "rows 200"),
    "more rows.parquet": (lambda: lying_parquet(8_000), "t.parquet"),
    "fewer rows.parquet": (lambda: lying_parquet(100), "500 values where the footer says 100"),
    "footer of 2 GiB.parquet": (
        lambda: parquet()[:-8] + struct.pack("<I", 0x7FFFFFF0) + b"PAR1", "t.parquet"),
    "message of 2 GiB.arrows": (
        lambda: arrows()[:4] + struct.pack("<I", 0x7FFFFFF0) + arrows()[8:], "t.arrows: "),
    "depth 1e5.json": (lambda: b"[" * 100_000, "truncated"),
    "depth 1e5.jsonl": (lambda: json_row(x="[" * 100_000 + "]" * 100_000), "reject bad_line"),
    "10 MB text.jsonl": (lambda: json_row(x='"' + "x" * 10_000_000 + '"'), "reject bad_line"),
    "lone surrogate.jsonl": (lambda: json_row(symbol='"\\ud800"'), "reject bad_fields"),
    "1e999.jsonl": (lambda: json_row(qty="1e999"), "reject bad_qty"),
    "NaN.jsonl": (lambda: json_row(price="NaN"), "reject bad_price"),
    "keys twice.jsonl": (lambda: json_row().replace(b'"qty":1,', b'"qty":1,"qty":2,'),
                         "without a row that can be read"),
    "metadata of depth 1e5.zst": (lambda: own_frame(HEAD, b"[" * 100_000), "0 ticks: .*recursion"),
}

CHILD = PEAK_MIB + """
import json, sys
from pathlib import Path
from tests.io_read.conftest import read
from tickeng.errors import TickengError
import tickeng.files.sources.arrow, pyarrow.parquet, tests.io_read.test_hostile
def forget_peak():
    Path("/proc/self/clear_refs").write_text("5")
forget_peak()
before = peak_mib()
for path in map(Path, sys.argv[1:]):
    forget_peak()
    try:
        tape = read(path)
        told = str(tape.error) if tape.error else f"rows {len(tape)}"
        told += "".join(f"; reject {reason}" for reason in tape.rejected)
    except TickengError as error:
        told = str(error)
    except BaseException as error:
        told = f"NOT TYPED {type(error).__name__}: {error}"
    print(json.dumps([str(path.parent.name), told[:2000], peak_mib() - before]), flush=True)
"""


def told_by_child(files: list[Path], code: str = CHILD) -> dict[str, tuple[str, int]]:
    """Folder -> what was said of the file in it, and the MiB that reading it took."""
    limit = 3 << 30
    done = subprocess.run(
        [sys.executable, "-c", code, *files], capture_output=True, text=True, timeout=300,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system",
                          "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
    assert done.returncode == 0, done.stderr
    return {name: (told, mib) for name, told, mib in map(json.loads, done.stdout.splitlines())}


def wrong(name: str, told: str, mib: int, expected: str) -> str | None:
    if told.startswith("NOT TYPED") or not re.search(expected, told):
        return f"{name}: {told}"
    return f"{name}: {mib} MiB" if mib > MOST_MIB else None


def made(folder: Path, catalogue: dict[str, tuple[Callable[[], bytes], str]]) -> list[Path]:
    """A file each, called t, in a folder with the name of its entry."""
    paths = []
    for name, (content, _) in catalogue.items():
        inside = folder / name
        inside.mkdir()
        paths.append(inside / f"t.{name.rpartition('.')[2]}")
        paths[-1].write_bytes(content())
    return paths


def test_every_entry_ends_as_it_must_in_little_memory(tmp_path: Path) -> None:
    found = told_by_child(made(tmp_path, CATALOGUE))
    assert found.keys() == CATALOGUE.keys()
    assert [fault for name, (told, mib) in found.items()
            if (fault := wrong(name, told, mib, CATALOGUE[name][1]))] == []


def test_a_planted_reader_is_seen(tmp_path: Path) -> None:
    """An error without a type, a silent row, memory beside the file's: all are told apart."""
    plants = {"raises.csv": 'raise KeyError("x")', "silent.csv": "return sound(CLEAN)",
              "memory.csv": 'kept.append(b"x" * (300 << 20)); return sound(path)'}
    entry = (lambda: line(price="nan"), "reject bad_price")
    for name, plant in plants.items():
        (tmp_path / name).mkdir()
        paths = made(tmp_path / name, {name: entry})
        clean = paths[0].with_name("clean.csv")
        clean.write_bytes(CSV)
        code = CHILD.replace("forget_peak()\nbefore", f"""
sound, kept, CLEAN = read, [], {str(clean)!r}
def read(path):
    {plant}
forget_peak()
before""", 1)
        told, mib = told_by_child(paths, code)[name]
        assert wrong(name, told, mib, entry[1]), name


def symbols_written(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.rglob("*"))


SEEDS = seeds.files()
# Text may end anywhere: that a line is short is seen, that lines are missing is not.
TEXT = {name for name in SEEDS if name.endswith((".csv", ".tsv", ".jsonl", "raw.json"))}
RECORD = len(dbn_files.record("trades"))


def attempt(path: Path) -> Tape | TickengError:
    options = {**seeds.OPTIONS.get(path.name, {}), "ids": "any"}
    try:
        return read(path, **options)
    except TickengError as error:
        if 'infer_side="tick"' not in str(error):
            return error
    try:
        return read(path, infer_side="tick", **options)
    except TickengError as error:
        return error


def unsaid(path: Path, whole: Tape, cut: Tape | TickengError) -> str | None:
    """What a cut file should have said. Rows before the cut are those of the whole one."""
    if isinstance(cut, TickengError):
        return None if str(cut).startswith(path.name) else f"no name: {cut}"
    if cut.error is None:
        lost = len(SEEDS[path.name]) - path.stat().st_size
        whole_records = path.name == "t.dbn" and lost % RECORD == 0  # nothing tells of these
        return None if path.name in TEXT or whole_records else f"{len(cut)} rows and no word"
    if not isinstance(cut.error, DataError) or not re.search(
            rf"^{re.escape(path.name)}: (row {cut.rows + 1}\b|.*\b{len(cut)} ticks)",
            str(cut.error)):
        return f"after {cut.rows} rows: {cut.error}"
    kept = max(0, len(cut) - 1)  # the last row may be half a row
    if cut.price[:kept].tolist() != whole.price[:kept].tolist():
        return "other rows"
    return None


@pytest.mark.parametrize("name", SEEDS)
def test_cut_at_any_byte(tmp_path: Path, name: str) -> None:
    data, path = SEEDS[name], tmp_path / name
    path.write_bytes(data)
    whole = attempt(path)
    assert isinstance(whole, Tape) and whole.error is None and len(whole) == seeds.ROWS
    step = 1 if SOAK else 1 + len(data) // 60
    found = {}
    for size in sorted({*range(1, len(data), step), *range(max(1, len(data) - 12), len(data))}):
        path.write_bytes(data[:size])
        if said := unsaid(path, whole, attempt(path)):
            found[size] = said
    assert found == {}


def test_a_reader_that_ends_in_silence_is_seen(tmp_path: Path) -> None:
    """zstandard's own stream reader takes the end of a cut file for the end of its content."""
    data, whole = SEEDS["t.csv.zst"], tmp_path / "t.csv.zst"
    whole.write_bytes(data)
    tape = attempt(whole)
    assert isinstance(tape, Tape)
    plain = tmp_path / "named.csv"
    silent = 0
    for size in range(20, len(data), 50):
        plain.write_bytes(zstandard.ZstdDecompressor().stream_reader(
            io.BytesIO(data[:size])).read())
        cut = attempt(plain) if plain.stat().st_size else DataError("named.csv: is empty")
        silent += unsaid(whole, tape, cut) is not None
    assert silent > 0


def test_names_lead_nowhere(tmp_path: Path) -> None:
    """Nothing is written for the member of an archive, or for a symbol that is a path."""
    for name in ("slip.zip", "absolute.zip", "link.zip", "path as symbol.csv"):
        made(tmp_path, {name: CATALOGUE[name]})
    before = symbols_written(tmp_path)
    for path in tmp_path.rglob("t.*"):
        try:
            with open_source(path) as source:
                list(source.batches())
        except TickengError:
            continue
    assert symbols_written(tmp_path) == before
