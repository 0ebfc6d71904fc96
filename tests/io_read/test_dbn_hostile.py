"""Damaged, cut, empty and slow DBN files."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.io_read import dbn_files as by_hand
from tests.io_read.dbn_files import FILES, SAMPLES, write
from tickeng.errors import ConfigError, DataError, EmptyError, TruncatedError
from tickeng.files.sources import open_source

BODY = [by_hand.record("trades", size=n) for n in range(1, 6)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_cut_files(tmp_path, pack):
    head = by_hand.metadata()
    whole = head + b"".join(BODY)
    path = tmp_path / "t.dbn"
    for cut in range(0, len(whole), 7):
        path.write_bytes(pack(whole[:cut]))
        rest = cut - len(head)
        if rest >= 0 and rest % 48 == 0:
            assert len(tickeng.read(path)) == rest // 48
            continue
        seen = 0
        with (pytest.raises(TruncatedError if cut >= 8 else DataError) as error,
              open_source(path) as source):
            for batch in source.batches():
                seen += len(batch)
        if rest > 0:
            assert seen == rest // 48 and f"row {seen + 1}:" in str(error.value)
        elif cut >= 8:
            assert "within its metadata" in str(error.value)


def test_cut_zstd(tmp_path):
    packed = zstandard.compress(by_hand.metadata() + b"".join(BODY))
    path = tmp_path / "t.dbn.zst"
    for cut in range(1, len(packed)):
        path.write_bytes(packed[:cut])
        with pytest.raises(DataError):
            tickeng.read(path)


@pytest.mark.parametrize(("length", "said"), [
    (0, "a record has at least 16"), (3, "a record has at least 16"), (11, "those of the file"),
    (13, "those of the file"), (255, "those of the file")])
def test_wrong_lengths(tmp_path, length, said):
    body = [*BODY[:2], bytes([length]) + BODY[2][1:], *BODY[3:]]
    path = write(tmp_path / "t.dbn", by_hand.metadata(), *body)
    with (open_source(path) as source,
          pytest.raises(DataError, match=f"row 3: its length is .*{said}")):
        seen = 0
        for batch in source.batches():
            seen += len(batch)
    assert seen == 2


@pytest.mark.parametrize("rtype", [1, 0x11, 0x20, 0xFF])
def test_records_of_another_schema_end_the_file(tmp_path, rtype):
    body = [*BODY[:2], by_hand.message(rtype, 12)]
    path = write(tmp_path / "t.dbn", by_hand.metadata(), *body)
    with pytest.raises(DataError, match=f"row 3: is of rtype {rtype}"):
        tickeng.read(path)


def test_metadata_of_any_length(tmp_path):
    head = by_hand.metadata()
    for length, said in ((0xFFFFFFFF, "max_memory"), (1 << 20, "within its metadata"),
                         (0, "are damaged"), (50, "are damaged")):
        path = write(tmp_path / "t.dbn", head[:4] + length.to_bytes(4, "little") + head[8:])
        with pytest.raises(DataError, match=said):
            tickeng.read(path)
    many = [(f"S{n:05}", [("2020-12-28", "2020-12-29", n)]) for n in range(1, 3_001)]
    path = write(tmp_path / "t.dbn.zst", zstandard.compress(
        by_hand.metadata("trades", many) + by_hand.record("trades", instrument=2_999)))
    assert tickeng.read(path)["symbol"].tolist() == ["S02999"]  # more than the head of a file


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=8),
       st.sampled_from([*SAMPLES, FILES / "test_data.mbo.dbn"]))
def test_changed_bytes_are_read_or_refused(tmp_path_factory, changes, sample):
    raw = sample.read_bytes()
    if sample.suffix == ".zst":
        raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    changed = bytearray(raw)
    for at, value in changes:
        changed[at % len(raw)] = value
    path = tmp_path_factory.getbasetemp() / "changed.dbn"
    path.write_bytes(changed)
    try:
        table = tickeng.read(path, kind="trade" if ".mbo." in sample.name else None)
    except (DataError, ConfigError):
        return
    counters = table.counters
    assert counters["in"] == counters["accepted"] + counters["rejected"]


def test_empty(tmp_path):
    assert len(tickeng.read(write(tmp_path / "t.dbn", by_hand.metadata()))) == 0
    with pytest.raises(EmptyError):
        tickeng.read(write(tmp_path / "t.dbn", b""))


def test_text_that_begins_like_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("DBN,ts_ns,price,qty,side\n1,1600000000000000000,1,1,buy\n")
    assert tickeng.read(path)["price"].tolist() == [1.0]


def test_a_pipe_gives_what_has_come():
    """Rows are there while their writer still waits."""
    head, body = by_hand.metadata(), b"".join(BODY[:2])
    code = ("import sys; from tickeng.files.sources import open_source\n"
            "with open_source('-') as source:\n"
            "    for batch in source.batches(): print(batch.values['qty'].tolist(), flush=True)")
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as reader:
        assert reader.stdin and reader.stdout
        for part in (head[:40], head[40:] + body, BODY[2][:20], BODY[2][20:]):
            reader.stdin.write(part)
            reader.stdin.flush()
            if part[-48:] == BODY[1]:
                assert reader.stdout.readline() == b"[1.0, 2.0]\n"
        assert reader.stdout.readline() == b"[3.0]\n"
        reader.stdin.close()
        assert reader.wait() == 0
