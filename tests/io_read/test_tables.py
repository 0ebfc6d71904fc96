"""Parquet and Arrow: every column type, the rules of the text parsers, bounded memory."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tickeng.errors import DataError
from tickeng.files.sources import open_source
from tickeng.files.sources.arrow import trades_of_table

from .conftest import PEAK_MIB, read, same

MS = 1_704_067_200_123
NS = MS * 10**6


def write(path: Path, **columns: object) -> Path:
    base = {"ts": [MS], "price": [1.5], "qty": [2.0], "side": ["buy"]}
    table = pa.table({**base, **columns})
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    elif path.suffix == ".arrow":
        with pa.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    return path


MOMENT = dt.datetime(2024, 1, 1, 0, 0, 0, 123_000, dt.UTC)
TIMES = {
    "int64 ms": [MS], "int64 s": ([NS // 10**9], NS // 10**9 * 10**9), "int64 us": [MS * 1000],
    "int64 ns": [NS], "float seconds": [MS / 1000], "float ms": [float(MS)],
    "uint64": pa.array([NS], pa.uint64()), "decimal": pa.array([Decimal("1704067200.123")]),
    "timestamp ms": pa.array([MOMENT], pa.timestamp("ms", "UTC")),
    "timestamp us, naive": pa.array([MOMENT.replace(tzinfo=None)], pa.timestamp("us")),
    "timestamp ns": pa.array([NS], pa.timestamp("ns")), "text ms": [str(MS)],
    "iso": ["2024-01-01T00:00:00.123Z"],
    "timestamp elsewhere": pa.array([MOMENT], pa.timestamp("ms", "Asia/Tokyo")),
    "date": (pa.array([dt.date(2024, 1, 1)]), NS // 10**9 * 10**9),
}


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "stream"])
@pytest.mark.parametrize("name", TIMES)
def test_times(tmp_path: Path, name: str, suffix: str) -> None:
    column, ns = TIMES[name] if isinstance(TIMES[name], tuple) else (TIMES[name], NS)
    tape = read(write(tmp_path / f"t.{suffix}", ts=column))
    assert tape.error is None and not tape.rejects
    # A float of seconds holds microseconds, no more.
    assert abs(int(tape.ts_ns[0]) - ns) <= (500 if "float seconds" in name else 0)


NUMBERS = {
    "float32": pa.array([1.5], pa.float32()), "int": [2], "text": ["0.1"], "uint8": pa.array(
        [3], pa.uint8()), "decimal": pa.array([Decimal("0.30000000000000000000000000001")]),
    "large text": pa.array(["1e-7"], pa.large_string()),
    "dictionary": pa.array(["2.675"]).dictionary_encode(),
    "decimal256": pa.array([Decimal("12345678901234567.123")], pa.decimal256(40, 3)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_rounded_once(tmp_path: Path, name: str) -> None:
    column = NUMBERS[name] if isinstance(NUMBERS[name], pa.Array) else pa.array(NUMBERS[name])
    tape = read(write(tmp_path / "t.parquet", price=column, qty=column))
    assert tape.price[0] == tape.qty[0] == float(str(column.to_pylist()[0]))


SIDES = {
    "words": (["buy", "SELL", "any", None], [1, -1, 0, 0]),
    "integers": (pa.array([1, -1, 0, None], pa.int8()), [1, -1, 0, 0]),
    "floats": ([1.0, -1.0, 0.0, None], [1, -1, 0, 0]),
    "dictionary": (pa.array(["b", "s", "N", None]).dictionary_encode(), [1, -1, 0, 0]),
}


@pytest.mark.parametrize("name", SIDES)
def test_sides(tmp_path: Path, name: str) -> None:
    column, sides = SIDES[name]
    ones = {"ts": [MS] * 4, "price": [1.0] * 4, "qty": [1.0] * 4}
    assert read(write(tmp_path / "t.parquet", **ones, side=column)).side.tolist() == sides


def test_a_maker_flag(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {"ts": [MS] * 3, "price": [1.0] * 3, "qty": [1.0] * 3,
               "is_buyer_maker": [True, False, None]}
    pq.write_table(pa.table(columns), path)
    tape = read(path)
    assert tape.side.tolist() == [-1, 1, 0]


def both(folder: Path, **columns: list) -> None:
    """A table and its CSV give the same trades and the same rejects by reason and row."""
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    pq.write_table(table, folder / "t.parquet")
    lines = [",".join(columns)] + [",".join("" if v is None else str(v) for v in values)
                                   for values in zip(*columns.values(), strict=True)]
    (folder / "t.csv").write_text("\n".join(lines))
    as_table, as_text = read(folder / "t.parquet"), read(folder / "t.csv")
    for name, column in as_text.columns.items():
        np.testing.assert_array_equal(column, as_table.columns[name], err_msg=name)
    assert as_table.symbol == as_text.symbol
    assert [(r.row, r.reason, r.symbol, r.hint) for r in as_table.rejects] == [
        (r.row, r.reason, r.symbol, r.hint) for r in as_text.rejects]


def test_a_table_says_what_its_csv_says(tmp_path: Path) -> None:
    both(tmp_path,
         ts=[MS, MS + 1, -1, MS, MS, MS, MS, MS, MS, None, 17, MS],
         price=[1.5, 1.5, 1.5, -1.0, 0.0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, None],
         qty=[1.0, 1.0, 1.0, 1.0, 1.0, None, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0],
         side=["buy", "sell", "buy", "buy", "buy", "buy", "any", "buyer", "sell", "buy", "buy",
               "seller"],
         symbol=["A", "B", "A", "A", "B", "A", "A", "C", None, "A", "A", "A"],
         trade_id=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    both(tmp_path, ts=[str(MS), "17", "x", "-1", str(MS + 1), str(MS + 2)],
         price=["0.1", "1", "1", "1", "1e999", "1"], qty=["1", "2", "3", "4", "5", "6"],
         side=["1", "-1", "1", "1", "0", "-1"])


def test_rows_and_batches(tmp_path: Path) -> None:
    i = np.arange(5_000)
    table = pa.table({"ts": MS + i, "price": 1.0 + i % 7, "qty": 1.0 * (i % 3),
                      "side": 1 - i % 2 * 2, "symbol": [f"S{k % 3}" for k in i]})
    for name, new in (("t.parquet", None), ("t.arrow", pa.ipc.new_file),
                      ("t.s", pa.ipc.new_stream)):
        path = str(tmp_path / name)
        if new is None:
            pq.write_table(table, path, row_group_size=700)
        else:
            with new(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=900)
        whole = read(path)
        assert len(whole) == 5_000 and whole.row.tolist() == (i + 1).tolist()
        same(whole, read(path, block_rows=64))
        for start in (1, 699, 700, 701, 2_100, 4_999, 5_000):
            rest = read(path, start)
            assert rest.row.tolist() == (i[start:] + 1).tolist()
            np.testing.assert_array_equal(rest.ts_ns, whole.ts_ns[start:])
            assert rest.symbol == whole.symbol[start:]


def test_mapping_and_refusals(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"when": [MS], "px": [1.5], "lots": [2]}), path)
    with pytest.raises(DataError, match=r"t\.parquet: .*no column for ts .*map="):
        open_source(path)
    with pytest.raises(DataError, match='infer_side="tick"'):
        open_source(path, map={"ts": "when", "qty": "lots"})
    tape = read(path, map={"ts": "when", "qty": "lots"}, infer_side="tick", symbol_name="X")
    assert tape.qty.tolist() == [2] and tape.symbol == ["X"]


def test_a_table_in_memory_keeps_every_row() -> None:
    table = pa.table({"ts_ns": [NS, NS + 1, None], "price": [1.5, None, -1.0],
                      "qty": ["1", "x", "2"], "side": ["buy", "sell", None],
                      "symbol": ["A", None, "B"]})
    found = trades_of_table(table)
    assert found["ts_ns"].tolist() == [NS, NS + 1, -1] and found["side"].tolist() == [1, -1, 0]
    np.testing.assert_array_equal(found["price"], [1.5, np.nan, -1.0])
    np.testing.assert_array_equal(found["qty"], [1, np.nan, 2])
    assert list(found["symbol"]) == ["A", "?", "B"]
    with pytest.raises(DataError, match="no column says which side"):
        trades_of_table(table.drop_columns(["side"]))
    empty = trades_of_table(table.slice(0, 0))
    assert all(len(column) == 0 for column in empty.values())
    with pytest.raises(DataError, match="'bid'.*sides="):
        trades_of_table(pa.table({"ts_ns": [NS] * 2, "price": [1.0] * 2, "qty": [1.0] * 2,
                                  "side": ["buy", "bid"]}))


MEMORY = PEAK_MIB + """
import sys
from tickeng.files.sources import open_source
import tickeng.files.sources.arrow
before = peak_mib()
with open_source(sys.argv[1]) as source:
    rows = sum(len(batch) for batch in source.batches())
print(rows, peak_mib() - before)
"""


def test_a_row_group_is_never_held(tmp_path: Path) -> None:
    rows = 4_000_000
    rng = np.random.default_rng(1)
    table = pa.table({"ts": NS + np.cumsum(rng.integers(0, 10**9, rows)),
                      "price": rng.random(rows) + 1, "qty": rng.random(rows),
                      "side": rng.integers(0, 2, rows) * 2 - 1})
    path = tmp_path / "t.parquet"
    pq.write_table(table, path, row_group_size=rows, use_dictionary=False, compression="none")
    assert path.stat().st_size > 100 << 20
    done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True,
                          check=True)
    found, mib = map(int, done.stdout.split())
    assert found == rows and mib < 110, f"{mib} MiB"
