"""Columns that the sample leaves blank or of one text, and that say something later.

The same file in text, JSON, Parquet, Arrow and memory ends at the same row, and what the refusal
says to type reads it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tickeng as te
from tests.io_read.test_same_everywhere import (
    LATE,
    MS,
    ROWS,
    agreed,
    changed,
    files,
    refused,
    tape,
)
from tests.layouts.reading import run_command
from tickeng.errors import ConfigError, DataError
from tickeng.files.sources.sample import SAMPLE_ROWS

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.errors.NotAcceptedWarning")


@pytest.mark.parametrize(("column", "before", "after", "keep"), [
    ("type", None, "cancel", '""'), ("kind", "trade", "quote", "trade"),
    ("status", None, "cancelled", '""'), ("status", "filled", "cancelled", "filled"),
    ("event_type", "x", "y", "x")])
def test_a_kind_that_comes_late_ends_the_file(tmp_path: Path, column: str, before: Any,
                                              after: str, keep: str) -> None:
    rows = tape(ROWS, **{column: changed(before, after)})
    quote = "'" if keep == '""' else '"'
    refused(tmp_path, rows, f"row {LATE + 1}: its column '{column}' holds '{after}', which no row "
            f"of the sample had: keep={quote}{keep}{quote} leaves such rows out, ")
    found = agreed(tmp_path, rows, keep=keep)
    assert (found[1], len(found[3])) == (ROWS - LATE, LATE)
    assert len(agreed(tmp_path, rows, keep=f"{keep},{after}")[3]) == ROWS


def test_the_command_says_what_keeps_a_kind(tmp_path: Path) -> None:
    path = files(tmp_path, tape(ROWS, type=changed(None, "cancel")))[0]
    code, said = run_command("convert", str(path), "-o", str(tmp_path / "out.csv"))
    assert code == 3 and "--keep '\"\"' leaves such rows out" in said
    assert run_command("convert", str(path), "-o", str(tmp_path / "out.csv"), "-f", "--keep",
                       '""')[0] == 0


def test_every_column_of_kinds_is_read(tmp_path: Path) -> None:
    rows = tape(ROWS, action=lambda i: "T", type=changed("", "quote"), status=lambda i: "filled")
    refused(tmp_path, rows, f"row {LATE + 1}: its column 'type' holds 'quote'")
    rows = tape(action=lambda i: "TTC"[i % 3], kind=lambda i: ("trade", "quote", "trade")[i % 3])
    found = agreed(tmp_path, rows, keep="T,trade")
    assert (found[1], len(found[3])) == (4, 2)
    rows = tape(type=lambda i: ("", "quote")[i % 2], status=lambda i: ("", "filled", "")[i % 3])
    assert agreed(tmp_path, rows, keep='""')[1] == 3


def test_statuses_of_several_kinds_are_asked_about(tmp_path: Path) -> None:
    rows = tape(status=lambda i: ("filled", "cancelled")[i % 2])
    refused(tmp_path, rows, "holds filled, cancelled: several kinds of events; say which")
    assert agreed(tmp_path, rows, keep="filled")[1] == 3
    rows = tape(status=lambda i: ("FILLED", "PARTIALLY_FILLED", None)[i % 3])
    assert len(agreed(tmp_path, rows)[3]) == 6


def test_a_row_without_a_kind_is_rejected(tmp_path: Path) -> None:
    rows = tape(ROWS, kind=lambda i: None if i == LATE else "x")
    assert agreed(tmp_path, rows)[0] == {"bad_fields": 1}


@pytest.mark.parametrize(("column", "before", "after"), [
    ("exchange", None, "okx"), ("exchange", "bybit", "okx"), ("venue", None, "N"),
    ("symbol", None, "ETH"), ("ticker", None, "ETH"), ("code", None, "ETH")])
def test_a_name_that_comes_late_ends_the_file(tmp_path: Path, column: str, before: Any,
                                              after: str) -> None:
    rows = tape(ROWS, **{column: changed(before, after)})
    refused(tmp_path, rows, f"row {LATE + 1}: its column '{column}' holds '{after}'.*"
            'symbol_name="NAME" makes them one series')
    assert len(agreed(tmp_path, rows, symbol_name="NAME")[3]) == ROWS


def test_a_venue_that_is_blank_now_and_then_is_watched(tmp_path: Path) -> None:
    rows = tape(ROWS, symbol=lambda i: "BTC",
                exchange=lambda i: "okx" if i >= LATE else ("bybit", None)[i % 2])
    refused(tmp_path, rows, f"row {LATE + 1}: its column 'exchange' holds 'okx'")
    assert len(agreed(tmp_path, rows, map="symbol=symbol")[3]) == ROWS


def test_the_row_of_a_contradiction_counts_rows_left_out(tmp_path: Path) -> None:
    rows = tape(ROWS, kind=lambda i: ("trade", "quote")[i % 2],
                exchange=changed("bybit", "okx"))
    refused(tmp_path, rows, f"row {LATE + 1}: its column 'exchange' holds 'okx'", keep="trade")


@pytest.mark.parametrize("at", [SAMPLE_ROWS - 1, SAMPLE_ROWS])
def test_the_sample_has_as_many_rows_in_every_form(tmp_path: Path, at: int) -> None:
    rows = tape(ROWS, kind=lambda i: "quote" if i >= at else "trade")
    refused(tmp_path, rows, f"row {at + 1}: " if at == SAMPLE_ROWS else "several kinds of events")


@pytest.mark.parametrize(("symbols", "name"), [
    (pa.array([7.0] * 6), "7.0"), (pa.array([7] * 6), "7"), (pa.array([7.5] * 6), "7.5"),
    (pa.array([True] * 6), "true"), (pa.array([Decimal("7.00")] * 6), "7.00"),
    (pa.array([7.0] * 6).dictionary_encode(), "7.0"), (pa.array([b"A"] * 6), "A"),
    (pa.array(["A "] * 6).dictionary_encode(), "A")])
def test_a_symbol_is_spelled_as_in_text(tmp_path: Path, symbols: pa.Array, name: str) -> None:
    table = pa.table({**tape(), "symbol": symbols})
    pq.write_table(table, tmp_path / "t.parquet")
    texts = [str(value).lower() if value is True else value for value in symbols.to_pylist()]
    rows = tape(symbol=lambda i: texts[i].decode() if name == "A" and isinstance(
        texts[i], bytes) else texts[i])
    assert {te.read(path).symbols[0] for path in files(tmp_path / "..", rows)} == {name}
    assert te.read(tmp_path / "t.parquet").symbols == [name]
    engine = te.Engine()
    engine.run(table)
    assert list(engine.counters) == [name]


def test_a_receive_time_that_is_none_costs_the_row(tmp_path: Path) -> None:
    rows = tape(local_timestamp=lambda i: None if i == 2 else MS + i)
    assert agreed(tmp_path, rows)[0] == {"bad_timestamp": 1}


@pytest.mark.parametrize("column", ["local_timestamp", "exchange_time"])
def test_a_clock_without_a_time_is_none(tmp_path: Path, column: str) -> None:
    rows = tape(**{column: lambda i: None})
    assert agreed(tmp_path, rows)[3] == [(MS + i) * 10**6 for i in range(6)]


OF_TEXT = {"header": "a,b,c,d", "decimal": "comma", "delimiter": ";", "encoding": "latin-1",
           "skip_lines": 1}


@pytest.mark.parametrize("name", OF_TEXT)
def test_options_of_text_are_refused_elsewhere(tmp_path: Path, name: str) -> None:
    paths = files(tmp_path, tape())
    te.convert(paths[0], tmp_path / "t.zst")
    given: dict[str, Any] = {name: OF_TEXT[name]}
    for path in [*paths[1:], tmp_path / "t.zst"]:
        if name == "encoding" and "json" in path.suffix:
            assert len(te.read(path, **given)) == 6
            continue
        with pytest.raises(ConfigError, match=f"leave {name} out"):
            te.read(path, **given)
    with pytest.raises(ConfigError, match=f"leave {name} out"):
        te.Engine().run(pa.table(tape()), **given)


@pytest.mark.parametrize("given", [
    {"tz": "Asia/Tokyo"}, {"date": "2024-01-01"}, {"time_unit": "ms"}, {"symbol_from": "file"},
    {"map": {"price": "qty"}}])
def test_a_tick_file_says_itself_how_it_is_read(tmp_path: Path, given: dict[str, Any]) -> None:
    te.convert(files(tmp_path, tape())[0], tmp_path / "t.zst")
    with pytest.raises(ConfigError, match=f"a tick file says itself .*leave {next(iter(given))}"):
        te.read(tmp_path / "t.zst", **given)


def test_what_a_format_says_may_be_said_again(tmp_path: Path) -> None:
    te.convert(files(tmp_path, tape())[0], tmp_path / "t.zst")
    (tmp_path / "b.csv").write_text(f"1,1.5,2,3,{MS},true,true\n2,1.5,2,3,{MS},true,true\n")
    for path in (tmp_path / "t.zst", tmp_path / "b.csv"):
        said = te.inspect(path)["reading"]["options"]
        said.pop("map") if path.suffix == ".csv" else None
        assert len(te.read(path, tz="UTC", **said)) >= 2
    assert len(te.read(tmp_path / "b.csv", delimiter=",", decimal="point", skip_lines=0)) == 2


def test_what_comes_before_a_contradiction_is_scanned(tmp_path: Path) -> None:
    for path in files(tmp_path, tape(ROWS, kind=changed("trade", "quote"))):
        seen = 0
        with pytest.raises(DataError, match=f"row {LATE + 1}: "):
            for part in te.scan(path):
                seen += len(part)
        assert seen == LATE


@pytest.mark.filterwarnings("ignore:.*cannot be read")
def test_convert_counts_what_is_left_out_and_lists_rejects(tmp_path: Path) -> None:
    rows = tape(kind=lambda i: ("trade", "quote")[i % 2], price=lambda i: -1 if i == 2 else 1.5)
    path = files(tmp_path, rows)[0]
    report = te.convert(path, tmp_path / "o.csv", keep="trade", rejects=str(tmp_path / "r.csv"))
    assert (report["rows"], report["rejected"], report["filtered"]) == (2, {"bad_price": 1}, 3)
    assert re.search(r'"t.csv",3,"bad_price"', (tmp_path / "r.csv").read_text())


def test_an_id_that_is_none_costs_no_row(tmp_path: Path) -> None:
    rows = tape(ROWS, trade_id=lambda i: "x" if i == LATE else str(i))
    assert agreed(tmp_path, rows)[0] == {}
    for path in files(tmp_path, rows):
        assert te.read(path)["id"][LATE - 1:LATE + 1].tolist() == [LATE - 1, -2**63]
        report = te.convert(path, tmp_path / "o.parquet", force=True)
        assert (report["rows"], te.read(tmp_path / "o.parquet")["id"][LATE]) == (ROWS, -2**63)
