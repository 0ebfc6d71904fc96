"""Every text format on small files: columns, clocks, sides, symbols, what is refused."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
import zstandard

from tickeng.errors import ConfigError, DataError
from tickeng.files.sources import open_source

from .conftest import read

AGG_FUTURES = ("agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,"
               "is_buyer_maker\n")
AGG_ROWS = "7,42000.5,0.25,10,11,1704067200123,true\n8,42000.6,1,12,12,1704067200124,false\n"
TRADE_ROWS = ("7,42000.5,0.25,10500.125,1704067200123,true\n"
              "8,42000.6,1,42000.6,1704067200124,false\n")
NS = 1_704_067_200_123_000_000


def zipped(name: str, text: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return data.getvalue()


PACK = {
    "plain": lambda text: text.encode(), "gzip": lambda text: gzip.compress(text.encode()),
    "zstd": lambda text: zstandard.compress(text.encode()),
    "zip": lambda text: zipped("BTCUSDT-aggTrades-2024-01-01.csv", text),
}
BINANCE = {
    "futures with header": ("binance-aggtrades", AGG_FUTURES + AGG_ROWS),
    "futures without": ("binance-aggtrades", AGG_ROWS),
    "spot": ("binance-aggtrades", AGG_ROWS.replace("true", "True,True").replace("false",
                                                                              "False,True")),
    "spot in us": ("binance-aggtrades", AGG_ROWS.replace("123,true", "123000,True,True").replace(
        "124,false", "124000,False,True")),
    "futures trades with header": (
        "binance-trades", "id,price,qty,quote_qty,time,is_buyer_maker\n" + TRADE_ROWS),
    "coin-margined trades with header": (
        "binance-trades", "id,price,qty,base_qty,time,is_buyer_maker\n" + TRADE_ROWS),
    "futures trades": ("binance-trades", TRADE_ROWS),
    "spot trades": ("binance-trades", TRADE_ROWS.replace("true", "True,True").replace(
        "false", "False,True")),
}


@pytest.mark.parametrize("pack", PACK)
@pytest.mark.parametrize("kind", BINANCE)
def test_binance(tmp_path: Path, kind: str, pack: str) -> None:
    form, text = BINANCE[kind]
    path = tmp_path / "BTCUSDT-aggTrades-2024-01-01.misleading.parquet"
    path.write_bytes(PACK[pack](text))
    with open_source(path) as source:
        assert (source.format, source.container) == (form, pack)
        assert source.symbols == ["BTCUSDT"]
    tape = read(path)
    assert tape.error is None and not tape.rejects
    assert tape.ts_ns.tolist() == [NS, NS + 10**6]
    assert tape.price.tolist() == [42000.5, 42000.6] and tape.qty.tolist() == [0.25, 1]
    assert tape.side.tolist() == [-1, 1] and tape.id.tolist() == [7, 8]
    assert tape.symbol == ["BTCUSDT"] * 2 and tape.row.tolist() == [1, 2]


def test_a_damaged_first_row_does_not_hide_the_format(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("7,oops,0.25,10,11,1704067200123,true\n" + AGG_ROWS)
    tape = read(path)
    assert len(tape) == 2 and tape.rejected == {"bad_price": 1} and tape.symbol[0] == "default"


HEADERS = ["timestamp,price,quantity,side", "ts,px,size,aggressor", "Time,Price,Amount,Direction",
           "datetime,PRICE,volume,taker_side", "transact_time,p,q,side", "T,p,q,side",
           "ts_ms,price,qty,side", "ts_event,price,size,side", "exch_ts_ms,price,qty,side"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", HEADERS)
def test_usual_names(tmp_path: Path, header: str, delimiter: str) -> None:
    path = tmp_path / "t.csv"
    text = f"{header}\n1704067200123,1.5,2,buy\n1704067200123,1.5,0,sell\n"
    path.write_text(text.replace(",", delimiter))
    tape = read(path)
    assert tape.ts_ns.tolist() == [NS, NS] and tape.side.tolist() == [1, -1]
    assert tape.qty.tolist() == [2, 0]


def test_both_clocks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n"
                    "b,X,1704067200123000,1704067200124000,9,buy,1,2\n")
    tape = read(path)
    assert (tape.ts_ns[0], tape.recv_ns[0], tape.symbol) == (NS, NS + 10**6, ["X"])
    assert read(path, clock="recv").ts_ns[0] == NS + 10**6
    path.write_text("ts_ms,exch_ts_ms,price,qty,side\n1704067200124,1704067200123,1,2,buy\n")
    tape = read(path)
    assert (tape.ts_ns[0], tape.recv_ns[0]) == (NS, NS + 10**6)
    path.write_text("ts,price,qty,side\n1704067200124,1,2,buy\n")
    with pytest.raises(DataError, match=r't\.csv: .*clock="event"'):
        open_source(path, clock="recv")


def test_given_names_units_and_symbols(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1605499846,15993.5,1e-06,ANY\n")
    with pytest.raises(DataError, match=r't\.csv: row 1: .*header="time,price,qty,side"'):
        open_source(path)
    tape = read(path, header="time,price,qty,side", symbol_name="BTC")
    assert tape.ts_ns[0] == 1_605_499_846 * 10**9 and tape.qty[0] == 1e-6
    assert tape.side[0] == 0 and tape.symbol == ["BTC"]
    with pytest.raises(DataError, match='in s by their digits, not in ns.*time_unit="s"'):
        open_source(path, header=["time", "price", "qty", "side"], time_unit="ns")
    with pytest.raises(DataError, match='has 4 columns, header="time,price" names 2'):
        open_source(path, header="time,price")


def test_mapped_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("when,cost,lot,m1,who\n1704067200123,1.5,2,true,X\n")
    with pytest.raises(DataError, match=r'no column for ts among .*map="ts=COLUMN"'):
        open_source(path)
    mapping = {"time": "when", "price": "cost", "quantity": "lot", "maker": "m1", "symbol": "who"}
    tape = read(path, map=mapping)
    assert tape.side.tolist() == [-1] and tape.symbol == ["X"]
    with pytest.raises(DataError, match="no column 'nope'"):
        open_source(path, map={"price": "nope"})
    with pytest.raises(ConfigError, match="cannot map 'colour'"):
        open_source(path, map={"colour": "cost"})


def test_duplicate_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,price,qty,side\n1704067200123,1,2,3,buy\n")
    with pytest.raises(DataError, match=r"'price' \(for price\) more than once.*header="):
        open_source(path)
    assert read(path, header="time,price,old,qty,side").price.tolist() == [1]
    path.write_text("time,price,note,note,qty,side\n1704067200123,1,x,y,3,buy\n")
    assert len(read(path)) == 1  # a column that is not read may stand twice


def test_quotes_bom_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b'\xef\xbb\xbf"time","price","qty","side","symbol"\r\n\r\n'
                     b'"1704067200123","1.5",2,"buy","A,""B"""\r\n1704067200123,1,1,"sell,X\r\n'
                     b"1704067200124,1.5,2,sell,C")
    tape = read(path)
    assert tape.symbol == ['A,"B"', "C"] and tape.row.tolist() == [1, 3]
    assert tape.rejected == {"bad_fields": 1} and "quote" in tape.rejects[0].hint


def test_text_ids_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,qty,side,id\n1704067200123,1,1,buy,550e8400-e29b\n")
    assert "id" not in read(path).columns and len(read(path)) == 1
    path.write_text("time,price,qty,side,id\n" + "1704067200123,1,1,buy,8\n" * 10_000
                    + "1704067200123,1,1,buy,x\n")
    assert read(path).rejected == {"bad_id": 1}


def test_lean(tmp_path: Path) -> None:
    rows = "34200000,1674200,210,Q,2000,0\n34200001,1674300,200,Q,20002020,1\n"
    path = tmp_path / "20131008_trade.zip"
    path.write_bytes(zipped("20131008_spy_Trade_Tick.csv", rows))
    with pytest.raises(DataError, match='infer_side="tick"'):
        open_source(path)
    tape = read(path, infer_side="tick")
    assert tape.ts_ns[0] == 1_381_239_000 * 10**9  # 09:30 in New York, summer: 13:30 UTC
    assert tape.price.tolist() == [167.42, 167.43] and tape.side.tolist() == [0, 1]
    assert tape.symbol[0] == "SPY"
    plain = tmp_path / "ticks.csv"
    plain.write_text(rows)
    with pytest.raises(DataError, match=r"ticks\.csv: .*date="):
        open_source(plain, infer_side="tick")
    assert read(plain, infer_side="tick", date="2013-12-02").ts_ns[0] == 1_385_994_600 * 10**9
    plain.write_text("14400527,137400,3100,0,0,P,1,0\n")
    with pytest.raises(DataError, match="quote ticks"):
        open_source(plain)


EVENT = ('{"e":"trade","E":1,"T":1704067200123,"s":"BTCUSDT","t":5,"p":"1.5","q":"2","m":true}')


def raw(event: str, local: str = "1704067200122000000") -> str:
    return f'{local} {{"stream":"btcusdt@trade","data":{event}}}\n'


def test_raw_json(tmp_path: Path) -> None:
    path = tmp_path / "r"
    depth = raw('{"e":"depthUpdate","b":[["1","2"]],"a":[]}').replace("@trade", "@depth")
    spaced = EVENT.replace(":", ": ").replace(",", ", ").replace("5,", "6,")
    path.write_text(depth + raw(EVENT) + f"1704067200123000000 {EVENT}\n" + raw(spaced)
                    + '1704067200123000000 {"result":null,"params":["btcusdt@trade"]}\n')
    tape = read(path)
    assert tape.error is None and not tape.rejects and tape.row.tolist() == [1, 2, 3]
    assert tape.ts_ns[0] == NS and tape.recv_ns[0] == NS - 10**6
    assert tape.side.tolist() == [-1] * 3 and tape.symbol == ["BTCUSDT"] * 3
    assert read(path, symbol_name="X").symbol == ["X"] * 3


@pytest.mark.parametrize(("line", "reason"), [
    (raw(EVENT)[:60] + "\n", "bad_line"), (raw(EVENT)[:-10] + "}\n", "bad_fields"),
    (raw(EVENT.replace('"p":"1.5",', "")), "bad_price"),
    (raw(EVENT.replace("1.5", "0")), "bad_price"),
    (raw(EVENT.replace('"2"', '"-2"')), "bad_qty"), (raw(EVENT.replace("true", "7")), "bad_side"),
    (raw(EVENT.replace("1704067200123", "17")), "bad_timestamp"),
    (raw(EVENT, "5"), "bad_timestamp"), (raw(EVENT.replace(":5,", ':"x",')), "bad_id"),
    (raw(EVENT.replace("BTCUSDT", "")), "bad_fields"), ("junk\n", "bad_line"),
    (raw(EVENT.replace('"E":1', '"E":' + "[" * 100_000 + "]" * 99_999)), "bad_fields"),
])
def test_damaged_raw_json_is_refused_never_skipped(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "r"
    path.write_text(raw(EVENT) + line + raw(EVENT))
    tape = read(path)
    assert len(tape) == 2 and tape.rejected == {reason: 1} and tape.rejects[0].row == 2


def test_several_symbols_keep_order_of_appearance(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("ts,price,qty,side,ticker\n" + "".join(
        f"1704067200123,1,1,buy,{name}\n" for name in ("Z", "A", "Z", "é", "=cmd()", "../x")))
    with open_source(path) as source:
        list(source.batches())
        assert source.symbols == ["Z", "A", "é", "=cmd()", "../x"]
    assert read(path, symbol_name="one").symbol == ["one"] * 6


def test_options_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("ts,price,qty,side\n")
    for wrong in ({"format": "xls"}, {"time_unit": "min"}, {"infer_side": "guess"},
                  {"clock": "local"}, {"block_rows": 0}, {"date": "8.10.2013"}):
        with pytest.raises(ConfigError):
            open_source(path, **wrong)
    with pytest.raises(DataError, match="is not in the format parquet"):
        open_source(path, format="parquet")
    with open_source(path, format="csv") as source:
        assert list(source.batches()) == []
