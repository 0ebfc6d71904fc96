"""What every source shares: inferred sides and their state, identity, stdin, arbitrary bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng import synthetic
from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import EventBatch
from tickeng.files.sources import inspect_file, open_source
from tickeng.files.tickfile import TickFileWriter

from .conftest import read, same

HEADER = "time,price,qty,symbol\n"


def sideless(path: Path, prices: list[int], names: list[str]) -> Path:
    path.write_text(HEADER + "".join(
        f"{1_700_000_000_000 + i},{price},1,{name}\n"
        for i, (price, name) in enumerate(zip(prices, names, strict=True))))
    return path


def tick_rule(prices: list[int], names: list[str]) -> list[int]:
    """The rule as A-15 words it."""
    last: dict[str, int] = {}
    direction: dict[str, int] = {}
    sides = []
    for price, name in zip(prices, names, strict=True):
        change = price - last.get(name, price)
        if change:
            direction[name] = 1 if change > 0 else -1
        last[name] = price
        sides.append(direction.get(name, 0))
    return sides


@settings(max_examples=60, deadline=None)
def sides_of(batches):
    return [side for batch in batches for side in batch.values["side"].tolist()]


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from("AB")), min_size=1, max_size=60),
       st.integers(1, 20), st.integers(0, 60))
def test_the_tick_rule(rows: list[tuple[int, str]], block_rows: int, split: int) -> None:
    prices, names = [r[0] for r in rows], [r[1] for r in rows]
    expected = tick_rule(prices, names)
    with tempfile.TemporaryDirectory() as folder:
        path = sideless(Path(folder) / "t.csv", prices, names)
        options = {"infer_side": "tick", "block_rows": block_rows}
        assert read(path, **options).side.tolist() == expected
        # A later file goes on with the state of the one before.
        split = min(split, len(rows))
        first = sideless(Path(folder) / "a.csv", prices[:split], names[:split])
        second = sideless(Path(folder) / "b.csv", prices[split:], names[split:])
        with open_source(first, **options) as source:
            sides = sides_of(source.batches())
            state = source.carry_state()
        with open_source(second, **options) as source:
            source.restore(state)
            sides += sides_of(source.batches())
        assert sides == expected
        # So does a start within it: the rows before are read for their sides.
        start = (len(rows) - split) // 2
        with open_source(second, **options) as source:
            source.restore(state)
            rest = sides_of(source.batches(start))
        assert rest == expected[split + start:]


def test_known_sides_are_kept_and_move_the_state(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,qty,side\n" + "".join(
        f"1700000000000,{price},1,{side}\n"
        for price, side in ((5, "ANY"), (6, "sell"), (6, "ANY"), (4, "ANY"), (4, "buy"))))
    assert read(path, infer_side="tick").side.tolist() == [0, -1, 1, -1, 1]
    assert read(path).side.tolist() == [0, -1, 0, 0, 1]


CSV = b"time,price,qty,side\n" + b"".join(
    b"%d,1.5,2,buy\n" % (1_700_000_000_000 + i) for i in range(20_000))


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV)
    return data.getvalue()


@pytest.mark.parametrize(("name", "data"), [("a.csv", CSV), ("a.gz", gzip.compress(CSV)),
                                            ("a.zip", zipped())])
def test_identity_and_progress(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with open_source(path, block_rows=1_000) as source:
        assert source.fingerprint() == {"name": name, "size": len(data), "head_sha256":
                                        hashlib.sha256(data[:65_536]).hexdigest()}
        shares = [source.fraction() for _ in source.batches() if source.sha256() is None]
        assert len(shares) == 20 and shares == sorted(shares) and shares[-1] > 0.99
        assert source.sha256() == hashlib.sha256(data).hexdigest()
        assert source.rows_read == 20_000
        with pytest.raises(ValueError, match="read once"):
            list(source.batches())
    assert source.sha256() == hashlib.sha256(data).hexdigest()


PIPED = """
import hashlib, sys
from tickeng.files.sources import open_source
with open_source("-") as source:
    rows = sum(len(batch) for batch in source.batches())
print(rows, source.name, source.format, source.container, source.sha256())
"""


def tick_file(path: Path) -> bytes:
    (path / "a.csv").write_bytes(CSV)
    with open_source(path / "a.csv") as source, TickFileWriter(path / "a.zst") as writer:
        for batch in source.batches():
            writer.write(batch)
    return (path / "a.zst").read_bytes()


@pytest.mark.parametrize("kind", ["csv", "gzip", "zip", "tickeng"])
def test_standard_input(tmp_path: Path, kind: str) -> None:
    data = {"csv": lambda: CSV, "gzip": lambda: gzip.compress(CSV), "zip": zipped,
            "tickeng": lambda: tick_file(tmp_path)}[kind]()
    done = subprocess.run([sys.executable, "-c", PIPED], input=data, capture_output=True,
                          check=True)
    rows, name, form, container, digest = done.stdout.decode().split()
    assert (rows, name, form) == ("20000", "stdin", "tickeng" if kind == "tickeng" else "csv")
    assert container == {"csv": "plain", "tickeng": "zstd"}.get(kind, kind)
    assert digest == hashlib.sha256(data).hexdigest()


def test_own_files(tmp_path: Path) -> None:
    tick_file(tmp_path)
    same(read(tmp_path / "a.csv"), read(tmp_path / "a.zst"))
    rest = read(tmp_path / "a.zst", 19_990)
    assert rest.row.tolist() == list(range(19_991, 20_001))
    assert read(tmp_path / "a.zst", symbol_name="X").symbol[0] == "X"
    with pytest.raises(DataError, match="receive clock"), \
            open_source(tmp_path / "a.zst", clock="recv") as source:
        list(source.batches())


def test_a_tick_file_of_other_kinds_says_which(tmp_path: Path) -> None:
    """At once where its index tells it, else before the first event of such a kind."""
    trade = {"ts_ns": [1], "price": [1.5], "qty": [1.0], "side": [1]}
    quote = {"ts_ns": [2], "bid": [1.0], "bid_qty": [1.0], "ask": [2.0], "ask_qty": [1.0]}
    data = io.BytesIO()
    with TickFileWriter(data) as writer:
        for kind, columns in (("trade", trade), ("quote", quote)):
            writer.write(EventBatch.of(kind, {k: np.array(v) for k, v in columns.items()}, []))
    path, whole = tmp_path / "a.zst", data.getvalue()
    path.write_bytes(whole)
    with pytest.raises(DataError, match='holds trades, quotes: say which with kind="trade"'):
        open_source(path)
    path.write_bytes(whole[:-1])
    with open_source(path) as source:
        batches = source.batches()
        assert len(next(batches)) == 1
        with pytest.raises(DataError, match='holds trades, quotes: say which with kind="trade"'):
            next(batches)
    with open_source(path, kind="trade") as source, pytest.raises(TruncatedError):
        assert [(len(batch), batch.filtered) for batch in source.batches()] == [(1, 0), (0, 1)]


def test_inspection(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,qty,side,symbol,id\n" + "".join(f"{r}\n" for r in (
        "1700000000000,1.25,0.002,buy,A,1", "1700000000000,1.50,0.004,sell,A,2",
        "1700000000000,1.50,0.004,sell,A,2", "1700000000005,2,1,any,B,1", "x,1,1,buy,A,3",
        "1700000000004,2.25,3,buy,A,4", "1700000000001,2.25,3,buy,A,5",
        "1700000000005,2,1,any,B,2")))
    for options in ({}, {"block_rows": 1}, {"block_rows": 3}):
        found = inspect_file(str(path), **options)
        assert (found["format"], found["container"], found["rows"], found["trades"]) == (
            "csv", "plain", 8, 7)
        assert found["rejected"] == {"bad_timestamp": 1} and found["symbols"] == {"A": 5, "B": 2}
        assert found["first"] == "2023-11-14T22:13:20.000000000Z" and found["span_s"] == 0.005
        assert (found["equal_timestamps"], found["late"]) == (3, 1)
        assert (found["duplicate_rows"], found["duplicate_ids"]) == (1, 1)
        assert (found["tick_size"], found["lot_size"]) == (0.25, 0.002)
        assert found["price"] == [1.25, 2.25] and found["qty"] == [0.002, 3]
        assert found["sides"] == {"buy": 3 / 7, "sell": 2 / 7, "unknown": 2 / 7}
        assert found["roles"]["time"] == "ts" and found["sha256"]
    assert 'infer_side="tick"' in inspect_file(str(sideless(path, [1, 2], ["A", "A"])))["sides"]
    path.write_text("time,price,qty,side\n")
    assert inspect_file(str(path))["rows"] == 0


@pytest.mark.parametrize(("values", "step"), [
    ([0.1, 0.3, 0.7], 0.1), ([0.001, 5], 0.001), ([100, 250], 50), ([1e-8, 3e-8], 1e-8),
    ([61590.3, 61839.9], 0.3), ([1 / 3], None), ([0.0], None), ([1e300], None)])
def test_grids(values: list[float], step: float | None) -> None:
    from tickeng.files.sources.inspection import Grid

    whole, single = Grid(), Grid()
    whole.add(np.array(values))
    for value in values:
        single.add(np.array([value]))
    assert whole.size == single.size == step


@settings(max_examples=300, deadline=None)
@given(st.one_of(
    st.binary(max_size=300),
    st.builds(lambda head, junk: head + junk, st.sampled_from(
        [CSV[:2_000], gzip.compress(CSV)[:500], zipped()[:300], b"PAR1", b"ARROW1\0\0", b"PK\5\6",
         b"\xff\xff\xff\xff", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18", b"BZh", b"\xef\xbb\xbf",
         b"1700000000000000000 {", b'"', b"time,price,qty,side\n" * 2]), st.binary(max_size=200))))
def test_arbitrary_bytes_are_read_or_refused_by_type(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t"
        path.write_bytes(data)
        try:
            tape = read(path)
        except DataError as error:
            assert str(error).startswith("t: ")
            return
        assert tape.error is None or isinstance(tape.error, DataError), tape.error
        assert len(tape) + sum(tape.rejected.values()) == tape.rows


@pytest.mark.parametrize("form", ["csv", "parquet", "zst"])
def test_a_hash_that_nobody_asks_for_is_left_and_others_are_of_the_file(tmp_path, form):
    path = tmp_path / f"t.{form}"
    synthetic.generate("walk", path, rows=2_000)
    events = []
    for leaves in (False, True):
        with open_source(path) as source:
            if leaves:
                source.leave_hash()
            events.append(np.concatenate([batch.values["price"] for batch in source.batches()]))
            whole = hashlib.sha256(path.read_bytes()).hexdigest()
            assert source.sha256() == (None if leaves else whole)
    assert events[0].tobytes() == events[1].tobytes()
