"""JSON that mixes kinds, venues, instruments or forms: told apart, or refused at the row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tickeng as te
from tickeng.errors import DataError

MS = 1_700_000_000_000
LATE, ROWS = 10_100, 10_110  # behind the sample


def row(i: int, **more: Any) -> dict[str, Any]:
    return {"timestamp": MS + i, "price": 100 + i % 8 / 8, "qty": 1.0, "side": "buy", **more}


def bybit(i: int) -> dict[str, Any]:
    return {"topic": "publicTrade.X", "data": [
        {"T": MS + i, "s": "BTCUSDT", "p": "7", "v": "1", "S": "Buy", "i": "1"}]}


def binance(i: int) -> dict[str, Any]:
    return {"e": "aggTrade", "E": 1, "s": "BTCUSDT", "a": i, "p": "8", "q": "2", "T": MS + i,
            "m": True}


DEPTH = {"e": "depthUpdate", "E": 1, "b": [], "a": []}  # as many members as a row has


def read(folder: Path, rows: list[Any], **options: Any) -> te.Table:
    path = folder / "t.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return te.read(path, **options)


@pytest.mark.parametrize("member", [
    {"type": "cancel"}, {"is_snapshot": True}, {"symbol": "ETH"}, {"exchange": "okx"}])
def test_a_member_that_comes_late_is_not_passed_over(tmp_path: Path, member: Any) -> None:
    with pytest.raises(DataError, match=f"row {LATE + 1}: has a member '{next(iter(member))}'"):
        read(tmp_path, [row(i, **(member if i >= LATE else {})) for i in range(ROWS)])
    table = read(tmp_path, [row(i, **({"note": "x"} if i >= LATE else {})) for i in range(ROWS)])
    assert len(table) == ROWS


def test_an_answer_among_rows_costs_no_rows(tmp_path: Path) -> None:
    table = read(tmp_path, [{"result": None, "id": 1} if i == 3 else row(i) for i in range(6)])
    assert (len(table), table.counters["filtered"]) == (5, 1)


def test_messages_behind_rows_are_filtered_whatever_their_size(tmp_path: Path) -> None:
    table = read(tmp_path, [DEPTH if i >= LATE else row(i) for i in range(ROWS)])
    assert (len(table), table.counters["filtered"], table.counters["rejected"]) == (
        LATE, ROWS - LATE, 0)


@pytest.mark.parametrize(("first", "then", "said"), [
    (row, bybit, "rows of another form"), (binance, row, "rows of another form"),
    (bybit, binance, "several venues \\(Binance, Bybit\\)")])
@pytest.mark.parametrize("at", [3, LATE])
def test_two_forms_in_one_file_are_refused(tmp_path: Path, first: Any, then: Any, said: str,
                                           at: int) -> None:
    with pytest.raises(DataError, match=f"row {at + 1}: holds messages of .*{said}"):
        read(tmp_path, [(then if i >= at else first)(i) for i in range(ROWS)])


def test_a_list_belongs_to_the_instrument_above_it(tmp_path: Path) -> None:
    table = read(tmp_path, [{"symbol": "AB"[i % 2], "result": {"trades": [row(i), row(i)]}}
                            for i in range(4)])
    assert table.symbols == ["A", "B"] and table.codes.tolist() == [0, 0, 1, 1] * 2
    table = read(tmp_path, [{"symbol": "AB"[i % 2], "data": [[MS + i, 1.5, 2.0, "buy"]]}
                            for i in range(4)], header="ts,price,qty,side")
    assert table.codes.tolist() == [0, 1] * 2


def test_a_list_is_of_the_kind_above_it(tmp_path: Path) -> None:
    rows = [{"type": ("trade", "book")[i % 2], "data": [row(i)]} for i in range(4)]
    with pytest.raises(DataError, match='keep="trade" keeps the trades'):
        read(tmp_path, rows)
    assert len(read(tmp_path, rows, keep="trade")) == 2
    with pytest.raises(DataError, match=f"row {LATE + 1}: its column 'event' holds 'book'"):
        read(tmp_path, [{"event": "book" if i >= LATE else "trade", "data": [row(i)]}
                        for i in range(ROWS)])


def test_the_status_of_an_answer_is_none_of_its_rows(tmp_path: Path) -> None:
    table = read(tmp_path, [{"status": ("OK", "DELAYED")[i % 2], "results": [row(i)]}
                            for i in range(4)])
    assert len(table) == 4
