"""Parquet: one file, parts once it is continued, never half a file under a final name."""

import json
import os

import pyarrow.parquet as pq
import pytest

from tickeng.errors import OutputError, StateError
from tickeng.files.sinks import open_sink


@pytest.fixture
def sink(schema):
    return lambda path, **options: open_sink(path, schema, **options)


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_manifest_is_inside(tmp_path, sink, rows):
    path = tmp_path / "out.parquet"
    out = sink(path)
    out.write(rows(0, 10))
    assert names(tmp_path) == [".out.parquet.lock"]
    out.close({"version": "1"})
    assert json.loads(pq.read_metadata(path).metadata[b"tickeng"]) == {"version": "1"}
    assert names(tmp_path) == ["out.parquet"]


def test_manifest_after_a_flush_is_beside(tmp_path, sink, rows):
    out = sink(tmp_path / "out.parquet")
    out.write(rows(0, 10))
    out.flush()
    out.close({"version": "1"})
    assert names(tmp_path) == ["out.parquet", "out.parquet.manifest.json"]


def test_row_groups_and_compression(tmp_path, sink, rows):
    path = tmp_path / "out.parquet"
    out = sink(path)
    for first in range(0, 700_000, 100_000):
        out.write(rows(first, first + 100_000))
    out.close()
    found = pq.read_metadata(path)
    assert [found.row_group(i).num_rows for i in range(3)] == [262_144, 262_144, 175_712]
    assert found.row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("split", [0, 1, 29, 30])
def test_resume_makes_parts(tmp_path, sink, rows, split):
    whole, path = tmp_path / "whole.parquet", tmp_path / "out.parquet"
    with sink(whole) as out:
        out.write(rows(0, 30))
    out = sink(path)
    out.write(rows(0, split))
    position = json.loads(json.dumps(out.close()))
    out = sink(path, resume=position)
    out.write(rows(split, 30))
    assert out.close()["parts"] == (1 if split == 30 else 2)
    assert pq.read_table(path).drop(["price"]).equals(pq.read_table(whole).drop(["price"]))
    bits = [pq.read_table(p)["price"].to_numpy().tobytes() for p in (path, whole)]
    assert bits[0] == bits[1]


def test_parts_beyond_the_position_are_removed(tmp_path, sink, rows):
    path = tmp_path / "out.parquet"
    out = sink(path, parts=True)
    out.write(rows(0, 10))
    position = out.flush()
    out.write(rows(10, 15))
    out.flush()
    out.write(rows(15, 17))
    out.flush()
    out.discard()
    assert names(path) == [f"part-0000{i}.parquet" for i in range(3)]
    out = sink(path, resume=position)
    assert names(path) == ["part-00000.parquet"]
    out.write(rows(10, 20))
    assert out.close()["rows"] == 20
    assert pq.read_table(path).num_rows == 20
    assert names(tmp_path) == ["out.parquet"]


def test_crash_while_the_file_becomes_a_folder(tmp_path, sink, rows):
    path, staged = tmp_path / "out.parquet", tmp_path / ".out.parquet.parts"
    out = sink(path)
    out.write(rows(0, 10))
    position = out.close()
    staged.mkdir()
    os.rename(path, staged / "part-00000.parquet")
    out = sink(path, resume=position)
    out.write(rows(10, 12))
    out.close()
    assert pq.read_table(path).num_rows == 12
    assert names(tmp_path) == ["out.parquet"]


def test_strangers_in_the_folder_are_left_alone(tmp_path, sink):
    path = tmp_path / "out.parquet"
    path.mkdir()
    (path / "thesis.txt").touch()
    with pytest.raises(OutputError, match="thesis"):
        sink(path, force=True)
    assert names(path) == ["thesis.txt"]


def test_missing_part(tmp_path, sink, rows):
    path = tmp_path / "out.parquet"
    out = sink(path, parts=True)
    out.write(rows(0, 10))
    position = out.close()
    (path / "part-00000.parquet").unlink()
    with pytest.raises(StateError, match="has 0 parts"):
        sink(path, resume=position)


def test_interrupted_output_is_no_output(tmp_path, sink, rows):
    path = tmp_path / "out.parquet"
    with pytest.raises(KeyError), sink(path) as out:
        out.write(rows(0, 300_000))
        out.write({})
    assert names(tmp_path) == []
