"""The same trades in text, JSON, Parquet, Arrow and tables in memory: one answer, or one refusal.

Faults come in the sample and behind it, where what was decided can only be contradicted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tickeng as te
from tickeng.errors import DataError
from tickeng.files.sources import open_source

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.errors.NotAcceptedWarning")

MS = 1_704_067_200_123
HOUR_NS = 3_600 * 10**9
START = dt.datetime(2024, 1, 1)
LATE, ROWS = 10_100, 10_110  # behind the sample, and behind a block of it
Rows = dict[str, list[Any]]


def tape(rows: int = 6, **columns: Callable[[int], Any]) -> Rows:
    made = {"ts": lambda i: MS + i, "price": lambda i: 100 + i % 8 / 8, "qty": lambda i: 1.0,
            "side": lambda i: ("buy", "sell")[i % 2], **columns}
    return {name: [value(i) for i in range(rows)] for name, value in made.items()}


def changed(before: Any, after: Any) -> Callable[[int], Any]:
    return lambda i: after if i >= LATE else before


def files(folder: Path, rows: Rows) -> list[Path]:
    lines = list(zip(*rows.values(), strict=True))
    cells = [",".join("" if value is None else str(value) for value in line) for line in lines]
    records = [dict(zip(rows, line, strict=True)) for line in lines]
    (folder / "t.csv").write_text("\n".join([",".join(rows), *cells]) + "\n")
    (folder / "t.jsonl").write_text("".join(json.dumps(r, default=str) + "\n" for r in records))
    (folder / "t.json").write_text(json.dumps({"data": records}, default=str))
    table = pa.table(rows)
    pq.write_table(table, folder / "t.parquet")
    with pa.ipc.new_file(folder / "t.arrow", table.schema) as sink:
        sink.write_table(table, max_chunksize=7)
    return [folder / f"t.{end}" for end in ("csv", "jsonl", "json", "parquet", "arrow")]


def answers(folder: Path, rows: Rows, **options: Any) -> list[Any]:
    """What each reader makes of the rows, in the order of `files`."""
    found = []
    for path in files(folder, rows):
        table = te.read(path, **options)
        found.append([table.counters["reasons"], table.counters["filtered"], table.symbols,
                      *(table[name].tolist() for name in ("ts_ns", "price", "qty", "side"))])
    return found


def agreed(folder: Path, rows: Rows, **options: Any) -> Any:
    """What all readers and the engine make of the rows."""
    found = answers(folder, rows, **options)
    assert all(answer == found[0] for answer in found)
    for table in (pa.table(rows), pl.DataFrame(rows), pa.table(rows).to_pandas()):
        engine = te.Engine()
        engine.run(table, **options)
        counted = engine.counters.values()
        assert sum(each["processed"] + each["late"] for each in counted) == len(found[0][3])
    return found[0]


def refused(folder: Path, rows: Rows, match: str, **options: Any) -> None:
    for path in files(folder, rows):
        with pytest.raises(DataError, match=match):
            te.read(path, **options)
    for table in (pa.table(rows), pl.DataFrame(rows)):
        with pytest.raises(DataError, match=match):
            te.Engine().run(table, **options)


def stamp(offset: str, at: int = 0) -> str:
    return (START + dt.timedelta(seconds=at)).isoformat() + offset


@pytest.mark.parametrize("rows", [
    tape(ts=lambda i: stamp(("Z", "+02:00", "")[i % 3], i)),
    tape(200, ts=lambda i: stamp("" if i == 150 else "Z", i)),
], ids=["from the start", "later in the sample"])
def test_offsets_are_all_given_or_none(tmp_path: Path, rows: Rows) -> None:
    refused(tmp_path, rows, 'say what those without mean, such as tz="UTC"')
    tz = agreed(tmp_path, rows, tz="UTC")[3]
    assert tz == [int(np.datetime64(text[:19], "ns").astype(np.int64))
                  - 2 * HOUR_NS * text.endswith("+02:00") for text in rows["ts"]]


@pytest.mark.parametrize(("before", "after"), [("Z", ""), ("", "+02:00"), ("+02:00", "")])
def test_an_offset_that_comes_or_goes_ends_the_file(tmp_path: Path, before: str,
                                                    after: str) -> None:
    rows = tape(ROWS, ts=lambda i: stamp(after if i >= LATE else before, i))
    refused(tmp_path, rows, f"row {LATE + 1}: .*so that some of its times have an offset")
    found = agreed(tmp_path, rows, tz="America/New_York")[3]
    hours = {"": 5, "Z": 0, "+02:00": -2}
    first = int(np.datetime64(START, "ns").astype(np.int64))
    assert found[0] == first + hours[before] * HOUR_NS
    assert found[-1] == first + (ROWS - 1) * 10**9 + hours[after] * HOUR_NS


@pytest.mark.parametrize("make", [int, str, float], ids=["integers", "text", "reals"])
@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_a_unit_that_changes_ends_the_file(tmp_path: Path, make: Any, factor: float) -> None:
    rows = tape(ROWS, ts=lambda i: make(int((MS + i) * (factor if i >= LATE else 1))))
    refused(tmp_path, rows, f"row {LATE + 1}: the time .* is in another unit")


def test_another_form_of_the_date_ends_the_file(tmp_path: Path) -> None:
    rows = tape(ROWS, ts=changed("13/04/2024 10:00:00", "04/14/2024 10:00:00"))
    refused(tmp_path, rows, f"row {LATE + 1}: the time")


@pytest.mark.parametrize("column", ["exchange", "expiry"])
def test_a_second_venue_or_instrument_ends_the_file(tmp_path: Path, column: str) -> None:
    rows = tape(ROWS, symbol=lambda i: "BTC", **{column: changed("first", "second")})
    refused(tmp_path, rows, f"row {LATE + 1}: its column '{column}' holds 'second'")
    apart = agreed(tmp_path, rows, map=f"symbol={column}+symbol")
    assert apart[2] == ["first:BTC", "second:BTC"]
    assert agreed(tmp_path, rows, map="symbol=symbol")[2] == ["BTC"]


def test_symbols_are_joined_in_the_order_named(tmp_path: Path) -> None:
    rows = tape(exchange=lambda i: "okx", symbol=lambda i: ("BTC", None)[i == 4])
    assert agreed(tmp_path, rows, map="symbol=symbol+exchange")[2] == ["BTC:okx", ":okx"]
    assert agreed(tmp_path, rows, map="symbol=exchange+symbol")[2] == ["okx:BTC", "okx:"]
    rows = tape(exchange=lambda i: ("okx", None)[i == 4], symbol=lambda i: ("BTC", None)[i == 4])
    found = agreed(tmp_path, rows, map="symbol=exchange+symbol")
    assert found[:3] == [{"bad_fields": 1}, 0, ["okx:BTC"]]


def test_rows_without_a_symbol_are_rejected(tmp_path: Path) -> None:
    rows = tape(symbol=lambda i: ("BTC", None)[i == 4])
    assert agreed(tmp_path, rows)[:3] == [{"bad_fields": 1}, 0, ["BTC"]]


def test_kinds_are_kept_in_every_table(tmp_path: Path) -> None:
    rows = tape(action=lambda i: "TC"[i % 2])
    assert agreed(tmp_path, rows, keep="T")[1] == 3
    rows = tape(action=lambda i: ("", "delete")[i % 2])
    refused(tmp_path, rows, "keep='\"\"'")
    assert agreed(tmp_path, rows, keep='""')[6] == [1, 1, 1]


def test_kinds_of_rows_that_are_no_trades_are_seen(tmp_path: Path) -> None:
    rows = tape(kind=lambda i: ("trade", "quote")[i % 2], price=lambda i: (1.5, None)[i % 2])
    refused(tmp_path, rows, 'holds trade, quote: several kinds of events; keep="trade"')
    assert agreed(tmp_path, rows, keep="trade")[1] == 3


@pytest.mark.parametrize("day", [
    lambda i: "2024-02-13T00:00:00", lambda i: "2024-02-13 00:00:00.000",
    lambda i: dt.datetime(2024, 2, 13), lambda i: dt.date(2024, 2, 13)])
def test_a_day_may_be_written_as_its_midnight(tmp_path: Path, day: Any) -> None:
    rows = tape(day=day, clock=lambda i: f"10:15:0{i}.5")
    del rows["ts"]
    first = np.datetime64("2024-02-13T10:15:00.5", "ns").astype(np.int64)
    wanted = [int(first) + i * 10**9 for i in range(6)]
    assert agreed(tmp_path, rows, time_columns="day,clock")[3] == wanted
    rows = {"date": rows.pop("day"), "time": rows.pop("clock"), **rows}
    assert agreed(tmp_path, rows)[3] == wanted
    rows = {"timestamp": rows.pop("date"), "hour": rows.pop("time"), **rows}
    refused(tmp_path, rows, "dates without a time of day")


def test_rejected_rows_show_their_cells_in_the_order_of_the_file(tmp_path: Path) -> None:
    for path in files(tmp_path, tape(price=lambda i: (1.5, -1.0)[i == 3])):
        with open_source(path) as source:
            rejects = [reject for batch in source.batches() for reject in batch.rejects]
        assert [reject.text for reject in rejects] == [f"{MS + 3},-1.0,1.0,sell"]


@pytest.mark.parametrize("cell", [lambda at: at, str], ids=["timestamps", "text"])
def test_the_hour_that_comes_twice_is_told_over_batches_and_starts(tmp_path: Path,
                                                                  cell: Any) -> None:
    utc = np.datetime64("2024-11-03T04:30:00", "us") + np.arange(24) * np.timedelta64(600, "s")
    offsets = np.where(utc < np.datetime64("2024-11-03T06:00:00"), 4, 5)
    local = (utc - offsets * np.timedelta64(3600, "s")).tolist()
    rows = tape(24, ts=lambda i: None if i == 14 else cell(local[i]))
    wanted = [int(at) for i, at in enumerate(utc.astype("datetime64[ns]").astype(int)) if i != 14]
    paths = files(tmp_path, rows)
    pq.write_table(pa.table(rows), tmp_path / "t.parquet", row_group_size=7)
    for path in paths:
        for block_rows in (1, 5, 100):
            for start in (0, 13, 20):
                with open_source(path, tz="America/New_York", block_rows=block_rows) as source:
                    found = [at for batch in source.batches(start) for at in batch.ts_ns.tolist()]
                assert found == wanted[start - (start > 14):], (path.name, block_rows, start)


@pytest.mark.parametrize("side", ["buy", "maybe"])
def test_rows_before_a_contradiction_keep_their_hour(tmp_path: Path, side: str) -> None:
    local = [dt.datetime(2024, 11, 3, 1, minute) for minute in (10, 50, 5, 40, 55)]
    rows = tape(ROWS, ts=lambda i: local[max(0, i - ROWS + 5)],
                side=lambda i: side if i == ROWS - 1 else "buy")
    for path in files(tmp_path, rows):
        found: list[int] = []
        with open_source(path, tz="America/New_York") as source:
            if side == "buy":
                found += [at for batch in source.batches() for at in batch.ts_ns.tolist()]
            else:
                with pytest.raises(DataError, match=f"row {ROWS}: "):
                    for batch in source.batches():
                        found += batch.ts_ns.tolist()
        hours = [str(np.datetime64(at, "ns"))[11:16] for at in found[-4 - (side == "buy"):]]
        assert hours == ["05:10", "05:50", "06:05", "06:40", "06:55"][:len(hours)], path.name
