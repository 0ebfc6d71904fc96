"""What names, padding and added kinds say: read rightly, or refused with a remedy that works."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.io_read.conftest import read
from tickeng.errors import DataError
from tickeng.files.sources import open_source

MS = 1_704_067_200_123


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def test_padding_is_no_part_of_a_symbol(tmp_path: Path) -> None:
    names = ["A  ", "A", "\tA", " B", "  ", "B "]
    columns = {"ts": [MS] * 6, "price": [1.5] * 6, "qty": ["1", "1", "1", "1", "1", "x"],
               "side": ["buy"] * 6, "symbol": names, "venue": ["N "] * 6}
    text = written(tmp_path / "t.csv", ",".join(columns), *(
        ",".join(map(str, row)) for row in zip(*columns.values(), strict=True)))
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    for path in (text, tmp_path / "t.parquet"):
        tape = read(path, infer_side="tick")
        assert tape.symbol == ["A", "A", "A", "B"]
        assert [(r.row, r.reason, r.symbol) for r in tape.rejects] == [
            (5, "bad_fields", None), (6, "bad_qty", "B")]
        joined = read(path, map={"symbol": "venue+symbol"})
        assert joined.symbol[:4] == ["N:A", "N:A", "N:A", "N:B"]


@pytest.mark.parametrize("cells", [("20240301 083000", "20240301 083001"),
                                   ("20240301 083000 1230000", "20240301 083001 0000000")])
def test_times_of_ninjatrader_ask_for_their_zone(tmp_path: Path, cells: tuple[str, str]) -> None:
    path = written(tmp_path / "t.txt", "time;price;qty;side", *(f"{c};1.5;2;buy" for c in cells))
    with pytest.raises(DataError, match='NinjaTrader.*tz="America/New_York"'):
        open_source(path)
    assert read(path, tz="America/New_York").ts_ns.tolist()[1] == 1_709_299_801 * 10**9


def test_date_and_time_of_that_form_in_two_columns_are_utc(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "date,time,price,qty,side", "20240301,083000,1.5,2,buy")
    assert read(path).ts_ns.tolist() == [1_709_281_800 * 10**9]


@pytest.mark.parametrize("close", ["Last", "Price"])
def test_bars_are_named_and_read_only_on_demand(tmp_path: Path, close: str) -> None:
    path = written(tmp_path / "t.csv", f"Time,Open,High,Low,{close},Volume,Side",
                   "2024-03-01T10:00:00Z,0,1.6,1.5,1.5,3,buy")
    with pytest.raises(DataError, match=f'holds bars .*, or map="price={close}" if each row'):
        open_source(path)
    assert read(path, map={"price": close}).price.tolist() == [1.5]


def test_no_bar_has_a_close_that_is_a_trade(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "time,open,high,low,close,volume,side",
                   "2024-03-01T10:00:00Z,1,1.6,1.5,1.5,3,buy")
    for options in ({}, {"map": {"price": "close"}}):
        with pytest.raises(DataError, match="holds bars"):
            open_source(path, **options)


def test_coins_beside_contracts_are_not_the_quantity(tmp_path: Path) -> None:
    rows = (f"{MS},61800.1,5,0.00809061,buy", f"{MS},61800.2,12,0.01941741,sell")
    path = written(tmp_path / "t.csv", "time,price,lot_count,base_qty,side", *rows)
    with pytest.raises(DataError, match='no column for qty.*map="qty=COLUMN"'):
        open_source(path)
    assert read(path, map={"qty": "lot_count"}).qty.tolist() == [5, 12]
    path = written(tmp_path / "u.csv", "time,price,qty,base_qty,side", *rows)
    assert read(path).qty.tolist() == [5, 12]


@pytest.mark.parametrize("name", ["volume (B+S)", "Volume(buy + sell)"])
def test_buys_plus_sells_are_halved_on_demand(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / "t.csv", f"time,price,{name},side", f"{MS},1.5,4,buy")
    for scale, qty in (("0.5", 2), ("1", 4)):
        with pytest.raises(DataError, match='each trade twice: give qty_scale="0.5"'):
            open_source(path, map={"qty": name})
        assert read(path, map={"qty": name}, qty_scale=scale).qty.tolist() == [qty]


def message(i: int, **added: str) -> str:
    return json.dumps({"e": "aggTrade", "E": MS + 2, "s": "BTCUSDT", "a": i, "p": "1.5", "q": "2",
                       "f": i, "l": i, "T": MS + i, "m": False, "M": True, **added})


def test_a_kind_added_to_a_message_counts(tmp_path: Path) -> None:
    path = written(tmp_path / "t.jsonl", message(1, action="T"), message(2, action="C"),
                   message(3, action="T"))
    with pytest.raises(DataError, match='several kinds of events; keep="T"'):
        open_source(path)
    tape = read(path, keep=["T"])
    assert tape.ts_ns.tolist() == [(MS + 1) * 10**6, (MS + 3) * 10**6]
    path = written(tmp_path / "u.jsonl", message(1, type="trade"), message(2, type="trade"))
    assert len(read(path).ts_ns) == 2
    path = written(tmp_path / "v.jsonl", message(1, stream="a@aggTrade"), message(2, stream="b"))
    assert len(read(path).ts_ns) == 2


def test_an_answer_of_crypto_com_is_read(tmp_path: Path) -> None:
    rows = [{"d": "1", "t": MS, "q": "2", "p": "1.5", "s": side, "i": "X"}
            for side in ("BUY", "SELL")]
    path = written(tmp_path / "t.json", json.dumps(
        {"id": 1, "method": "public/get-trades", "code": 0, "result": {"data": rows}}))
    assert read(path).side.tolist() == [1, -1]


def test_a_side_is_no_size(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "T,p,s", f"{MS},1.5,BUY", f"{MS},1.5,SELL")
    with pytest.raises(DataError, match="no column for qty"):
        open_source(path)
    path = written(tmp_path / "u.csv", "T,p,s,S", f"{MS},1.5,3,Buy", f"{MS},1.5,4,Sell")
    assert read(path).qty.tolist() == [3, 4]
