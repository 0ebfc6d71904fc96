"""Sinks: stopped and resumed anywhere equals never stopped; nothing is overwritten unasked."""

import csv
import errno
import io
import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tickeng.errors import ConfigError, OutputError, StateError
from tickeng.files.disk import output
from tickeng.files.sinks import framed, open_sink

FRAME = 8
STREAMS = ["csv", "jsonl", "arrow", "arrows", "csv.zst", "jsonl.zst", "arrows.zst"]
SPLITS = [0, 1, 7, 8, 9, 15, 16, 17, 23, 24, 30]
TOTAL = 30


def content(path):
    """The raw bytes of an output, decompressed frame by frame."""
    data = path.read_bytes()
    if path.suffix != ".zst":
        return data
    return zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()


def leftovers(folder):
    return [p.name for p in folder.iterdir() if p.name.startswith(".") or p.suffix == ".redo"]


@pytest.fixture
def sink(schema):
    return lambda path, **options: open_sink(path, schema, frame_rows=FRAME, **options)


@pytest.fixture
def unsplit(tmp_path, sink, rows):
    def write(form):
        path = tmp_path / f"unsplit.{form}"
        with sink(path) as out:
            out.write(rows(0, TOTAL))
        return path

    return write


@pytest.mark.parametrize("form", STREAMS)
def test_split_equals_unsplit(tmp_path, sink, rows, unsplit, form):
    expected = unsplit(form).read_bytes()
    for split in SPLITS:
        path = tmp_path / f"split{split}.{form}"
        out = sink(path)
        out.write(rows(0, split))
        position = out.close()
        out = sink(path, resume=json.loads(json.dumps(position)))
        assert out.rows == split
        out.write(rows(split, TOTAL))
        out.close()
        assert path.read_bytes() == expected, split
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("form", STREAMS)
@pytest.mark.parametrize("beyond", [1, 5, 13])
def test_what_came_after_the_position_is_dropped(tmp_path, sink, rows, unsplit, form, beyond):
    expected = unsplit(form).read_bytes()
    for split in SPLITS[:-1]:
        path = tmp_path / f"killed{split}.{form}"
        out = sink(path)
        out.write(rows(0, split))
        position = out.flush()
        out.write(rows(split, split + beyond))
        if beyond == 5:
            out.flush()
        out.discard()
        with open(path, "ab") as file:
            file.write(b"half a li")
        out = sink(path, resume=position)
        out.write(rows(split, TOTAL))
        out.close()
        assert path.read_bytes() == expected, split


@pytest.mark.parametrize("form", STREAMS)
def test_chunks_and_flushes_leave_no_trace(tmp_path, sink, rows, unsplit, form):
    path = tmp_path / f"chunks.{form}"
    out = sink(path)
    for first in range(0, TOTAL, 3):
        out.write(rows(first, first + 3))
        out.flush()
    out.close()
    assert path.read_bytes() == unsplit(form).read_bytes()


@pytest.mark.parametrize("form", ["csv.zst", "arrow", "arrows", "arrows.zst"])
def test_crash_while_the_tail_is_replaced(tmp_path, sink, rows, unsplit, form, monkeypatch):
    """Killed after the redo file is written and with the file itself half overwritten."""
    path = tmp_path / f"torn.{form}"
    out = sink(path)
    out.write(rows(0, 12))
    position = out.flush()

    def torn(self, offset, data):
        self._put(offset, data[: len(data) // 2])
        raise OSError(errno.EIO, "power is gone")

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="power is gone"):
        patch.setattr(output.OutputFile, "_apply", torn)
        out.write(rows(12, 20))
    out.discard()
    out = sink(path, resume=position)
    out.write(rows(12, TOTAL))
    out.close()
    assert path.read_bytes() == unsplit(form).read_bytes()
    assert not leftovers(tmp_path)


def test_contents_agree_across_formats(unsplit, rows):
    reader = csv.DictReader(io.StringIO(content(unsplit("csv.zst")).decode(), newline=""))
    table = list(reader)
    lines = [json.loads(line) for line in content(unsplit("jsonl.zst")).splitlines()]
    arrow = pa.ipc.open_stream(content(unsplit("arrows.zst"))).read_all().to_pylist()
    parquet = pq.read_table(unsplit("parquet")).to_pylist()
    given = rows(0, TOTAL)
    codes, names = given["symbol"]
    for i in range(TOTAL):
        price = given["price"][i]
        for row in (arrow[i], parquet[i]):
            assert np.array_equal(row["price"], price, equal_nan=True)
        assert lines[i]["price"] == (None if np.isnan(price) else price)
        named = table[i] | {"symbol": table[i]["symbol"].removeprefix("'")}
        assert table[i]["price"] == ("" if np.isnan(price) else repr(float(price)))
        for row in (arrow[i], parquet[i], lines[i], named):
            assert row["symbol"] == names[codes[i]]
            assert int(row["ts_ns"]) == given["ts_ns"][i]
            assert int(row["side"]) == given["side"][i]


@pytest.mark.parametrize("form", [*STREAMS, "parquet"])
def test_no_rows(tmp_path, schema, form):
    path = tmp_path / f"empty.{form}"
    position = open_sink(path, schema).close()
    assert position["rows"] == 0
    if form == "arrow":
        assert pa.ipc.open_file(path).read_all().num_rows == 0
    elif "arrow" in form:
        assert pa.ipc.open_stream(content(path)).read_all().num_rows == 0
    elif form == "parquet":
        assert pq.read_table(path).num_rows == 0
    else:
        assert content(path) == (b"" if "jsonl" in form else b"ts_ns,symbol,price,side,gate\n")


@pytest.mark.parametrize("form", [*STREAMS, "parquet"])
def test_existing_output_is_kept(tmp_path, sink, rows, form):
    path = tmp_path / f"kept.{form}"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="exists"):
        sink(path)
    assert path.read_bytes() == b"precious"
    out = sink(path, force=True)
    out.write(rows(0, 3))
    out.close()
    assert path.read_bytes() != b"precious"


@pytest.mark.parametrize("form", [*STREAMS, "parquet"])
def test_impossible_places(tmp_path, sink, form):
    with pytest.raises(OutputError):
        sink(tmp_path / "absent" / f"out.{form}")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        sink(tmp_path / "file" / f"out.{form}")


@pytest.mark.parametrize("form", [*STREAMS, "parquet"])
def test_vanished_folder(tmp_path, sink, rows, form):
    folder = tmp_path / "folder"
    folder.mkdir()
    out = sink(folder / f"out.{form}")
    out.write(rows(0, 20))
    shutil.rmtree(folder)
    with pytest.raises(OutputError):
        out.flush()
    out.discard()


@pytest.mark.parametrize("form", ["csv", "csv.zst", "arrow", "arrows"])
def test_disk_full_and_space_again(tmp_path, sink, rows, unsplit, form, monkeypatch):
    path = tmp_path / f"full.{form}"
    out = sink(path)
    out.write(rows(0, 5))
    position = out.flush()

    def short(descriptor, data):
        os.write(descriptor, data[:3])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch, pytest.raises(OutputError, match="No space left"):
        patch.setattr(output, "write_all", short)
        out.write(rows(5, 9))
        out.flush()
    out.discard()
    out = sink(path, resume=position)
    out.write(rows(5, TOTAL))
    out.close()
    assert path.read_bytes() == unsplit(form).read_bytes()


def test_manifest_marks_a_complete_output(tmp_path, sink, rows):
    path = tmp_path / "out.csv"
    manifest = tmp_path / "out.csv.manifest.json"
    out = sink(path)
    out.write(rows(0, 2))
    assert not manifest.exists()
    position = out.close({"version": "1"})
    assert json.loads(manifest.read_text()) == {"version": "1"}
    out = sink(path, resume=position)
    assert not manifest.exists()
    out.close({"version": "2"})
    assert json.loads(manifest.read_text()) == {"version": "2"}


@pytest.mark.parametrize("form", [*STREAMS, "parquet"])
def test_resume_wants_the_same_output(tmp_path, sink, rows, schema, form):
    path = tmp_path / f"out.{form}"
    out = sink(path)
    out.write(rows(0, 20))
    position = out.close()
    with pytest.raises(StateError):
        open_sink(path, schema[:-1], resume=position)
    with pytest.raises(StateError):
        sink(tmp_path / f"other.{form}", resume=position)
    if form != "parquet":
        os.truncate(path, 40)
        with pytest.raises(StateError):
            sink(path, resume=position)


def test_unknown_formats(tmp_path, schema):
    with pytest.raises(ConfigError, match="extension"):
        open_sink(tmp_path / "out.xls", schema)
    with pytest.raises(ConfigError, match="choose one"):
        open_sink(tmp_path / "out.csv", schema, format="xls")
    with pytest.raises(ConfigError, match="stdout takes"):
        open_sink("-", schema, format="arrow")
    with pytest.raises(ConfigError, match="complex128"):
        open_sink(tmp_path / "out.csv", [("x", "complex128")])


def test_stdout(capfdbinary, schema, rows):
    out = open_sink("-", schema)
    out.write(rows(0, 2))
    position = out.close()
    out = open_sink("-", schema, resume=position)
    out.write(rows(2, 4))
    out.close()
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert lines[0] == "ts_ns,symbol,price,side,gate"
    assert len(lines) == 5


def test_closed_pipe_is_quiet():
    script = """
import numpy as np
from tickeng.files.sinks import OutputClosed, open_sink
out = open_sink("-", [("x", "float64")])
try:
    for _ in range(1000):
        out.write({"x": np.zeros(10000)})
except OutputClosed:
    raise SystemExit(7)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), errors) == (7, b"")


def test_frame_size_of_the_product():
    assert framed.FRAME_ROWS == 65_536


@pytest.mark.parametrize("form", [*STREAMS, "parquet"])
def test_file_size_limit(tmp_path, form):
    """A limit that the system enforces: an OutputError, and no temporary file is left."""
    script = f"""
import resource
import numpy as np
from tickeng.errors import OutputError
from tickeng.files.sinks import open_sink
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
out = open_sink("out.{form}", [("x", "float64")], frame_rows=1000)
noise = np.random.default_rng(0)
try:
    for _ in range(40):
        out.write({{"x": noise.normal(size=10_000)}})
    out.close()
except OutputError as error:
    out.discard()
    raise SystemExit(7)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (7, b"")
    assert not leftovers(tmp_path)
