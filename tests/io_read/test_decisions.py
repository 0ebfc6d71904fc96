"""What is decided once a file, from its names and first rows: right, or refused with a remedy."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.io_read.conftest import read
from tickeng.errors import ConfigError, DataError, TickengError
from tickeng.files.sources import open_source

MS = 1_704_067_200_123


def rows(*sides: str, head: str = "timestamp,price,qty,side", qty: str = "2") -> str:
    lines = [f"{MS + i},{100 + i % 3}.5,{qty},{side}" for i, side in enumerate(sides)]
    return "\n".join([head, *lines]) + "\n"


def signs(path: Path, **options: object) -> list[int]:
    tape = read(path, **options)
    if tape.error:
        raise tape.error
    return tape.side.tolist()


@pytest.mark.parametrize(("words", "expected"), [
    (("buy", "Sell", "BUY", ""), [1, -1, 1, 0]), (("B", "S", "N"), [1, -1, 0]),
    (("1", "-1", "0"), [1, -1, 0]), (("1.0", "-1.0", "+1"), [1, -1, 1]), (("-1",), [-1]),
    (("buyer", "seller"), [1, -1]), (("BUY_ESTIMATED", "SELL", "UNKNOWN"), [1, -1, 0]),
    (("s", "S"), [-1, -1]), (("", ""), [0, 0]), (("unknown", "buy"), [0, 1]),
])
def test_known_words_need_no_question(tmp_path: Path, words: tuple[str, ...],
                                      expected: list[int]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows(*words))
    assert signs(path) == expected


@pytest.mark.parametrize("words", [
    ("0", "1"), ("1", "2"), ("1",), ("0",), ("2", "2"), ("A", "B"), ("B",), ("bid", "ask"),
    ("long", "short"), ("true", "false"), ("up", "down"), ("buy", "short"), ("X", "Y"),
    ("buy", "1"), ("Kauf", "Verkauf"),
])
def test_other_words_are_asked_and_the_answer_works(tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows(*words))
    with pytest.raises(DataError, match=r"t\.csv: .*side.*holds.*sides="):
        open_source(path)
    other = words[1] if len(set(words)) > 1 else "other"
    told = {"buy": [words[0]], "sell": [other]}
    assert signs(path, sides=told) == [1 if w == words[0] else -1 for w in words]
    assert signs(path, sides=f"buy={other},sell={words[0]}") == [
        -1 if w == words[0] else 1 for w in words]


@pytest.mark.parametrize("words", [
    ("buy", "sell", "s"), ("Buy", "sell", "buy", "b"), ("bought", "x", "sold", "SELL", "s"),
])
def test_words_that_are_known_keep_their_meaning_in_the_answer(
        tmp_path: Path, words: tuple[str, ...]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows(*words))
    with pytest.raises(DataError) as fault:
        open_source(path)
    found = re.search('sides="(.*)"', str(fault.value))
    assert found and signs(path, sides=found[1]) == [
        {"b": 1, "s": -1}.get(word[0].lower(), 0) if len(word) > 1 else 0 for word in words]


def test_told_words_are_exact_and_numbers_match_by_value(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows("0", "1.0", "0.0"))
    assert signs(path, sides={"buy": 0, "sell": 1}) == [1, -1, 1]
    path.write_text(rows("false", "0"))
    with pytest.raises(DataError, match="'false'"):
        signs(path, sides={"buy": 0, "sell": 1})
    assert signs(path, sides={"buy": 0, "sell": 1, "unknown": "*"}) == [0, 1]
    path.write_text(rows("Buy", "buy"))
    with pytest.raises(DataError, match="'buy'"):
        signs(path, sides="buy=Buy,sell=Sell")
    path.write_text(rows("", "a"))
    assert signs(path, sides='buy=a,sell=b,unknown=""') == [0, 1]
    path.write_text(rows('"a,b"', "c|d"))
    assert signs(path, sides=r"buy=a\,b,sell=c\|d") == [1, -1]
    for wrong in ("buy=1", "buy=1,sell=1", "buy,sell", "long=1,sell=2"):
        with pytest.raises(ConfigError):
            open_source(path, sides=wrong)


def test_whose_side_it_is(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows("buy", "sell"))
    assert signs(path, side_is="maker") == [-1, 1] and signs(path, side_is="taker") == [1, -1]
    path.write_text(rows("buy", "sell", head="timestamp,price,qty,maker_side"))
    assert signs(path) == [-1, 1]
    with pytest.raises(ConfigError, match="leave side_is out"):
        open_source(path, side_is="maker")
    path.write_text(rows("bid", "ask", head="timestamp,price,qty,maker_side"))
    assert signs(path) == [-1, 1]
    for name, true in (("is_buyer_maker", -1), ("is_buy", 1), ("taker_side_sell", -1)):
        path.write_text(rows("true", "false", "1", head=f"timestamp,price,qty,{name}"))
        assert signs(path) == [true, -true, true]
        with pytest.raises(ConfigError, match="leave side_is out"):
            open_source(path, side_is="maker")


def test_a_word_that_comes_later_ends_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows(*["buy"] * 12_000, "short", "sell"))
    tape = read(path)
    assert len(tape) == 12_000
    assert re.search(r"row 12001: .*'short'.*sides=.*unknown=short", str(tape.error))
    frame = pd.read_csv(path)
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "t.parquet")
    tape = read(tmp_path / "t.parquet")
    assert len(tape) == 12_000 and "row 12001" in str(tape.error)


def test_negative_quantities(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"timestamp,price,amount\n{MS},1,0.5\n{MS},1,-0.25\n{MS},1,0\n{MS},1,-0\n")
    with pytest.raises(DataError, match=r"'amount' holds -0.25 \(row 2\).*qty_sign=\"side\""):
        open_source(path, infer_side="tick")
    tape = read(path, qty_sign="side")
    assert tape.side.tolist() == [1, -1, 0, 0] and tape.qty.tolist() == [0.5, 0.25, 0, 0]
    path.write_text(rows("buy", "sell"))
    with pytest.raises(ConfigError, match="give one of them"):
        open_source(path, qty_sign="side")
    path.write_text(rows("buy", "sell", qty="-2"))
    with pytest.raises(DataError, match=r'map="side=none" with qty_sign="side"'):
        open_source(path)
    assert signs(path, qty_sign="side", map="side=none") == [-1, -1]


def test_stored_integers(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"timestamp,price,qty,side\n{MS},100500000000,2000000000,buy\n"
                    f"{MS},9223372036854775807,1000000000,sell\n"
                    f"{MS},100600000001,1000000000,sell\n")
    with pytest.raises(DataError, match='price_scale="1e-9"'):
        open_source(path)
    tape = read(path, price_scale=1e-9, qty_scale="1e-9")
    assert tape.price.tolist() == [100.5, 100.600000001] and tape.qty.tolist() == [2.0, 1.0]
    assert tape.rejected == {"bad_price": 1}
    assert len(read(path, price_scale=1, qty_scale=1)) == 2
    table = pa.table({"timestamp": [MS, MS, MS], "side": ["buy", "sell", "sell"],
                      "price": pa.array([100500000000, 2**63 - 1, 9007199254740993], pa.int64()),
                      "qty": pa.array([2000000000, 1000000000, 1000000000], pa.uint64())})
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(DataError, match="price_scale"):
        open_source(tmp_path / "t.parquet")
    tape = read(tmp_path / "t.parquet", price_scale="1e-9", qty_scale="1e-9")
    assert tape.price.tolist() == [100.5, 9007199.254740993] and tape.qty.tolist() == [2.0, 1.0]


def ns(year: int, *rest: int, zone: str = "UTC", fraction: int = 0, fold: int = 0) -> int:
    at = datetime(year, *rest, tzinfo=ZoneInfo(zone), fold=fold)
    return int(at.astimezone(UTC).timestamp()) * 10**9 + fraction


@pytest.mark.parametrize(("cell", "options", "expected"), [
    ("2019-05-04D00:00:01.250913000", {}, ns(2019, 5, 4, 0, 0, 1, fraction=250_913_000)),
    ("2024-02-14T13:30:01.5851480", {}, ns(2024, 2, 14, 13, 30, 1, fraction=585_148_000)),
    ("2024.03.21 10:00:00.123", {}, ns(2024, 3, 21, 10, fraction=123_000_000)),
    ("2024/03/21 10:00:00", {}, ns(2024, 3, 21, 10)),
    ("21/03/2024 10:00:00.5", {}, ns(2024, 3, 21, 10, fraction=500_000_000)),
    ("03/21/2024 10:00:00 PM", {}, ns(2024, 3, 21, 22)),
    ("20240321 100000", {"tz": "UTC"}, ns(2024, 3, 21, 10)),
    ("20240321-10:00:00.5", {}, ns(2024, 3, 21, 10, fraction=500_000_000)),
    ("21-Mar-2024 10:00:00", {}, ns(2024, 3, 21, 10)),
    ("1.7e+18", {}, 1_700_000_000 * 10**9), ("1581811199.9823", {}, 1_581_811_199_982_300_000),
    ("03/04/2024 10:00:00", {"time_format": "%d/%m/%Y %H:%M:%S"}, ns(2024, 4, 3, 10)),
    ("2024-07-01 10:00:00", {"tz": "America/New_York"},
     ns(2024, 7, 1, 10, zone="America/New_York")),
    ("2024-01-01T10:00:00-05:00", {"tz": "Asia/Tokyo"}, ns(2024, 1, 1, 15)),
    ("10:00:00.5", {"date": "2024-02-14"}, ns(2024, 2, 14, 10, fraction=500_000_000)),
])
def test_forms_of_time(tmp_path: Path, cell: str, options: dict, expected: int) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"time,price,qty,side\n{cell},1,2,buy\n{cell},1,2,sell\n")
    assert read(path, **options).ts_ns.tolist() == [expected] * 2
    pq.write_table(pa.table({"time": [cell] * 2, "price": [1.0] * 2, "qty": [2.0] * 2,
                             "side": ["buy", "sell"]}), tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet", **options).ts_ns.tolist() == [expected] * 2


@pytest.mark.parametrize(("cells", "message"), [
    (("03/04/2024 10:00:00", "05/06/2024 10:00:00"),
     r'2024-04-03.* or 2024-03-04.*time_format="%d/%m/%Y'),
    (("10:00:00", "10:00:01"), 'date="'), (("2024-02-14", "2024-02-15"), "without a time of day"),
    (("soon", "later"), 'time_format="'), (("34200.5", "34201.5"), "since midnight"),
    (("2024-11-03 01:59:59.9", "2024-11-03 01:00:00.1"), 'tz="America/New_York"'),
])
def test_times_that_are_asked(tmp_path: Path, cells: tuple[str, str], message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,qty,side\n" + "".join(f"{c},1,2,buy\n" for c in cells))
    with pytest.raises(DataError, match=message):
        open_source(path)


def test_day_and_month_are_told_by_any_row(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,qty,side\n03/04/2024 10:00:00,1,2,buy\n"
                    "04/13/2024 10:00:00,1,2,buy\n")
    assert read(path).ts_ns.tolist() == [ns(2024, 3, 4, 10), ns(2024, 4, 13, 10)]


def test_the_hour_that_comes_twice(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    cells = ("2024-11-03 01:59:59.900", "2024-11-03 01:00:00.100", "2024-11-03 01:30:00",
             "2024-11-03 02:00:00")
    path.write_text("time,price,qty,side\n" + "".join(f"{c},1,2,buy\n" for c in cells))
    first = ns(2024, 11, 3, 5, 59, 59, fraction=900_000_000)
    expected = [first, first + 200_000_000, ns(2024, 11, 3, 6, 30), ns(2024, 11, 3, 7)]
    assert read(path, tz="America/New_York").ts_ns.tolist() == expected
    frame = pd.read_csv(path, parse_dates=["time"])
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet", tz="America/New_York").ts_ns.tolist() == expected
    path.write_text("time,price,qty,side\n2024-03-10 01:59:00,1,2,buy\n"
                    "2024-03-10 02:30:00,1,2,buy\n")
    assert read(path, tz="America/New_York").rejected == {"bad_timestamp": 1}


def test_date_and_time_in_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Date,Time,Price,Volume,side\n03/21/2024,10:00:00.5,1,2,buy\n"
                    "03/21/2024,10:00:01.5,1,2,buy\n")
    half = 500_000_000
    expected = [ns(2024, 3, 21, 10, fraction=half), ns(2024, 3, 21, 10, 0, 1, fraction=half)]
    assert read(path).ts_ns.tolist() == expected
    path.write_text("D,price,T0,qty,side\n2024-03-21,1,10:00:00.5,2,buy\n"
                    "2024-03-21,1,10:00:01.5,2,buy\n")
    assert read(path, time_columns="D,T0").ts_ns.tolist() == expected


@pytest.mark.parametrize("rows", ["", ";;1;2;buy\n"])
def test_date_and_time_in_two_columns_without_a_row_to_tell_by(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("date;time;price;qty;side\n" + rows)
    if not rows:
        assert len(read(path, time_columns="date,time")) == 0
        return
    assert read(path, time_columns="date,time").rejected == {"bad_timestamp": 1}
    path.write_text(path.read_text() + "2024-01-05;10:00:00.5;2;3;sell\n")
    table = read(path, time_columns="date,time")
    assert table.ts_ns.tolist() == [ns(2024, 1, 5, 10, fraction=500_000_000)]


def test_the_finer_of_two_clocks_that_agree(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    text = "2023-11-14 22:13:20"
    for head, cells in (("unix,date", f"1700000000123,{text}"),
                        ("datetime,timestamp", f"{text},1700000000123"),
                        ("trade_time,timestamp_ms", f"{text},1700000000123")):
        path.write_text(f"{head},price,qty,side\n{cells},1,2,buy\n")
        assert read(path).ts_ns[0] == 1_700_000_000_123 * 10**6


def test_shapes_of_text(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    body = f"timestamp,price,qty,side\n{MS},1.5,2,buy\n{MS},1.25,3,sell\n"
    for text in (
        "# by my recorder\n# unit: ms\n" + body, "https://example.org\n" + body,
        "A title\n\n" + body,
        body.replace(",", ";"), body.replace(",", "\t"), body.replace(",", "|"),
        body.replace("side\n", "side,\n").replace("buy\n", "buy,\n").replace("sell\n", "sell,\n"),
        body.replace("buy\n", "buy,\n").replace("sell\n", "sell,\n"),
        body.replace(",", ";").replace(".", ","), "#" + body, body.replace("\n", "\r\n"),
    ):
        path.write_text(text, newline="")
        tape = read(path)
        assert (tape.price.tolist(), tape.qty.tolist()) == ([1.5, 1.25], [2, 3]), text
    path.write_bytes(body.encode("utf-16"))
    assert read(path).price.tolist() == [1.5, 1.25]
    path.write_bytes(b"x\ny\n" + body.replace("buy", "b\xfcy").encode("latin-1"))
    tape = read(path, encoding="latin-1", skip_lines=2, sides="buy=b\xfcy,sell=sell")
    assert tape.side.tolist() == [1, -1]
    path.write_text(body.replace(f"{MS},1.5", f"0,{MS},1.5").replace(f"{MS},1.25", f"1,{MS},1.25"))
    with pytest.raises(DataError, match="names 4 columns, its rows have 5"):
        open_source(path)


def test_the_quantity_is_not_the_turnover(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"time,price,amount,volume,side\n{MS},100,2500,25,buy\n{MS},101,101,1,sell\n")
    assert read(path).qty.tolist() == [25, 1]
    path.write_text(f"time,price,amount,volume,side\n{MS},100,3,25,buy\n{MS},101,7,1,sell\n")
    with pytest.raises(DataError, match="'amount' and 'volume'"):
        open_source(path)
    assert read(path, map="qty=volume").qty.tolist() == [25, 1]


def several(column: str, names: tuple[str, ...], prices: tuple[str, ...]) -> str:
    return f"time,{column},price,qty,side\n" + "".join(
        f"{MS + i},{name},{price},1,buy\n"
        for i, (name, price) in enumerate(zip(names * 2, prices * 2, strict=True)))


def test_instruments_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for column in ("symbol", "ticker", "instrument_name", "pair", "contract"):
        path.write_text(several(column, ("A", "B"), ("100", "7")))
        assert read(path).symbol == ["A", "B"] * 2
    for column in ("base_asset_code_x", "foo"):
        path.write_text(several(column, ("A", "B"), ("100", "7")))
        with pytest.raises(DataError, match=f'map="symbol={column}".*symbol_name="NAME"'):
            open_source(path)
        assert read(path, map=f"symbol={column}").symbol == ["A", "B"] * 2
        assert read(path, symbol_name="X").symbol == ["X"] * 4
    path.write_text(several("foo", ("A", "B"), ("100", "101")))
    assert len(read(path)) == 4  # words that part nothing
    path.write_text(several("exchange", ("okx", "binance"), ("100", "101")))
    with pytest.raises(DataError, match=r"venues \(okx, binance\).*map=\"symbol=exchange\""):
        open_source(path)
    path.write_text(several("exchange,symbol", ("okx,X", "binance,X"), ("100", "101")))
    with pytest.raises(DataError, match=r'map="symbol=exchange\+symbol"'):
        open_source(path)
    assert read(path, map="symbol=exchange+symbol").symbol == ["okx:X", "binance:X"] * 2
    assert read(path, map="symbol=symbol").symbol == ["X"] * 4
    path.write_text(several("exchange,symbol", ("Q,X", "N,X"), ("100", "101")))
    assert read(path).symbol == ["X"] * 4  # a consolidated tape


def test_the_name_of_the_file_names_the_symbol(tmp_path: Path) -> None:
    for name, symbol in (("BTC-USD-trades-2024.csv", "BTC-USD"), ("ethusd.2024.csv", "ethusd"),
                         ("XBT_trades.csv", "XBT")):
        path = tmp_path / name
        path.write_text(rows("buy"))
        assert read(path, symbol_from="file").symbol == [symbol]


def test_other_kinds_of_events_are_named(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for text, message in (
        ("timestamp,side,update_type,price,qty\n1704067200123,buy,snap,1,2\n", "order book"),
        ("timestamp,is_snapshot,side,price,amount\n1704067200123,true,buy,1,2\n", "order book"),
        ("timestamp,bid,ask\n1704067200123,1,2\n", "quotes"),
        ("timestamp,open,high,low,close,volume\n1704067200123,1,2,1,2,5\n", "bars"),
    ):
        path.write_text(text)
        with pytest.raises(DataError, match=message):
            open_source(path, infer_side="tick")
    path = tmp_path / "btc_liquidations.csv"
    path.write_text(rows("buy"))
    with pytest.raises(DataError, match='format="csv"'):
        open_source(path)
    assert len(read(path, format="csv")) == 1


def test_mixed_kinds_are_kept_by_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    head = "timestamp,price,qty,side,action"
    path.write_text(f"{head}\n{MS},1,1,buy,trade\n{MS},1,1,buy,cancel\n{MS},1,1,sell,trade\n")
    with pytest.raises(DataError, match='keep="trade"'):
        open_source(path)
    with open_source(path, keep="trade") as source:
        batch = next(iter(source.batches()))
    assert len(batch) == 2 and batch.filtered == 1 and batch.rows_end == 3
    path.write_text(f"{head}\n" + f"{MS},1,1,buy,trade\n" * 11_000 + f"{MS},1,1,buy,cancel\n")
    tape = read(path)
    assert len(tape) == 11_000 and "'cancel'" in str(tape.error) and "keep=" in str(tape.error)


def test_what_was_decided_can_be_said_again(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("# x\n" + rows("B", "S").replace(",", ";").replace(".5", ",5"))
    with open_source(path) as source:
        said = source.reading.keywords()
    first, again = read(path), read(path, **said)
    for name, column in first.columns.items():
        np.testing.assert_array_equal(column, again.columns[name])
    assert said["delimiter"] == ";" and said["decimal"] == "comma" and said["time_unit"] == "ms"


def test_options_that_exclude_one_another(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(rows("buy", "sell"))
    for wrong in ({"symbol_name": "A", "symbol_from": "file"}, {"tz": "Mars/Base"},
                  {"time_format": "x"}, {"delimiter": ";;"}, {"encoding": "nope"},
                  {"price_scale": 0}, {"skip_lines": -1}, {"decimal": "comma"}, {"colour": 1},
                  {"side_is": "mine"}, {"time_columns": "a"}, {"map": "price"}):
        with pytest.raises(TickengError):
            open_source(path, **wrong)
