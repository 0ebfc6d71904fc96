"""Public layouts of quotes and book snapshots, with their right readings.

The truth is written down after the makers' documentation: time, bids and asks, best first, each as
price x quantity.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.layouts.entry import Bytes, Columns, Records, Text, ns, text

Levels = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class MarketLayout:
    """As `entry.Layout`; the truth has the symbol, or None, behind each row's asks.

    Of a file that is refused: ``mended`` is what it is after what the refusal says was done, to be
    read as the truth; ``then`` are options that the refusal names and that read it.
    """

    name: str
    source: str
    file: str
    content: Text | Records | Columns | Bytes
    kind: str = "quote"
    truth: tuple[tuple[int, Levels, Levels, str | None], ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, Any] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    mended: Text | Bytes | None = None
    then: dict[str, Any] = field(default_factory=dict)


def rows(body: str) -> tuple[tuple[int, Levels, Levels, str | None], ...]:
    """Lines `UTC bids asks [symbol]`; a side is 9x1/8x2, or - where it is empty."""
    def levels(text: str) -> Levels:
        found = [] if text == "-" else [part.split("x") for part in text.split("/")]
        return tuple((float(price), float(qty)) for price, qty in found)

    cells = (line.split() for line in body.strip().splitlines())
    return tuple((ns(c[0]), levels(c[1]), levels(c[2]), c[3] if len(c) > 3 else None)
                 for c in cells)


def lines(*records: dict[str, Any]) -> Bytes:
    """JSON, an object a line."""
    return Bytes("".join(json.dumps(record) + "\n" for record in records).encode())


NONE = {"map": {"bid_qty": "none", "ask_qty": "none"}}
BTC = rows("2024-03-01T10:00:00.123456 61800x2.1 61800.1x1.3 BTCUSDT")
MS_BTC = rows("2024-03-01T10:00:00.123 61800x2.1 61800.1x1.3 BTCUSDT")
LEVELS = ",".join(f"asks[{n}].price,asks[{n}].amount,bids[{n}].price,bids[{n}].amount"
                  for n in range(5))
MBP = ",".join(f"bid_px_{n:02},ask_px_{n:02},bid_sz_{n:02},ask_sz_{n:02},bid_ct_{n:02},"
               f"ask_ct_{n:02}" for n in range(2))

LAYOUTS = (
    MarketLayout("Tardis quotes", "docs.tardis.dev (quotes)",
                 "binance_quotes_2024-03-01_BTCUSDT.csv", text("""
exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount
binance,BTCUSDT,1709287200123456,1709287200130001,1.3,61800.1,61800,2.1
""", ""), truth=BTC),
    MarketLayout("Tardis book_ticker, an empty side", "docs.tardis.dev (book_ticker)",
                 "deribit_book_ticker_2024-03-01_OPTIONS.csv", text("""
exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount
deribit,BTC-1MAR24-60000-P,1709287200123456,1709287200130001,1.3,0.0005,,
""", ""), truth=rows("2024-03-01T10:00:00.123456 - 0.0005x1.3 BTC-1MAR24-60000-P")),
    MarketLayout("Tardis book_snapshot_5", "docs.tardis.dev (book_snapshot_5)",
                 "binance_book_snapshot_5_2024-03-01_BTCUSDT.csv.gz", text(
        f"exchange,symbol,timestamp,local_timestamp,{LEVELS}\n"
        "binance,BTCUSDT,1709287200123456,1709287200130001,101,1,100,2,102,3,99,4,103,5,98,6,"
        "104,7,97,8,,,,\n", "", container="gz"), kind="book", truth=rows(
            "2024-03-01T10:00:00.123456 100x2/99x4/98x6/97x8 101x1/102x3/103x5/104x7 BTCUSDT")),
    MarketLayout("Binance bookTicker dump", "binance/binance-public-data (bookTicker)",
                 "BTCUSDT-bookTicker-2024-03-01.csv", text("""
update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time
4060000001,61800,2.1,61800.1,1.3,1709287200123,1709287200125
""", ""), truth=MS_BTC),
    MarketLayout("Binance bookTicker dump without header", "binance/binance-public-data",
                 "BTCUSDT-bookTicker-2024-03-01.zip", text("""
4060000001,61800,2.1,61800.1,1.3,1709287200123,1709287200125
4060000002,61800,2.0,61800.1,1.3,1709287200124,1709287200126
""", "", header=False, container="zip:BTCUSDT-bookTicker-2024-03-01.csv"),
                 truth=(*MS_BTC, *rows(
                     "2024-03-01T10:00:00.124 61800x2.0 61800.1x1.3 BTCUSDT"))),
    MarketLayout("Binance bookTicker stream", "Binance websocket docs (futures bookTicker)",
                 "quotes.jsonl", lines(
        {"u": 400900217, "s": "BTCUSDT", "b": "61800", "B": "2.1", "a": "61800.1", "A": "1.3",
         "T": 1709287200123, "E": 1709287200125}), truth=MS_BTC),
    MarketLayout("Binance combined streams: quotes between trades", "Binance websocket docs",
                 "streams.jsonl", lines(
        {"stream": "btcusdt@aggTrade", "data": {
            "e": "aggTrade", "E": 1709287200125, "s": "BTCUSDT", "a": 1, "p": "61800", "q": "1",
            "f": 1, "l": 1, "T": 1709287200120, "m": True}},
        {"stream": "btcusdt@bookTicker", "data": {
            "e": "bookTicker", "u": 400900217, "s": "BTCUSDT", "b": "61800", "B": "2.1",
            "a": "61800.1", "A": "1.3", "T": 1709287200123, "E": 1709287200125}}),
                 given={"kind": "quote"}, truth=MS_BTC),
    MarketLayout("Databento mbp-1", "databento.com/docs (mbp-1)", "glbx.mbp-1.csv", text("""
ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,depth,price,size,flags,ts_in_delta,\
sequence,bid_px_00,ask_px_00,bid_sz_00,ask_sz_00,bid_ct_00,ask_ct_00,symbol
2024-03-01T10:00:00.000200000Z,2024-03-01T10:00:00.000100000Z,1,1,118,A,B,0,5090.25,3,130,14990,9,\
5090.25,5090.50,13,22,5,9,ESH4
2024-03-01T10:00:00.000300000Z,2024-03-01T10:00:00.000200000Z,1,1,118,C,A,0,5090.50,2,130,14990,10,\
5090.25,5090.50,13,20,5,8,ESH4
""".replace("\\\n", ""), ""), given={"kind": "quote"}, truth=rows("""
2024-03-01T10:00:00.0001 5090.25x13 5090.5x22 ESH4
2024-03-01T10:00:00.0002 5090.25x13 5090.5x20 ESH4
""")),
    MarketLayout("Databento mbp-10", "databento.com/docs (mbp-10)", "glbx.mbp-10.csv", text(
        f"ts_recv,ts_event,action,side,depth,price,size,sequence,{MBP},symbol\n"
        "2024-03-01T10:00:00.0002Z,2024-03-01T10:00:00.0001Z,A,B,0,9,3,1,9,10,3,4,1,1,8,11,5,6,2,2,"
        "ESH4\n", ""), kind="book", given={"kind": "book"}, truth=rows(
            "2024-03-01T10:00:00.0001 9x3/8x5 10x4/11x6 ESH4")),
    MarketLayout("Polygon quotes", "polygon.io flat files (quotes_v1)", "2024-03-01.csv", text("""
ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,\
participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp
AAPL,11,179.6,1,12,179.55,2,1,,1709287200100000017,1083,1709287200100350211,3,0
""".replace("\\\n", ""), ""), truth=rows("2024-03-01T10:00:00.100000017 179.55x2 179.6x1 AAPL")),
    MarketLayout("Alpaca quotes", "docs.alpaca.markets (stocks quotes)", "quotes.json", Bytes(
        json.dumps({"quotes": [{"t": "2024-03-01T10:00:00.123456789Z", "ax": "V", "ap": 179.6,
                                "as": 1, "bx": "Q", "bp": 179.55, "bs": 2, "c": ["R"], "z": "C"}],
                    "symbol": "AAPL", "next_page_token": None}).encode()),
                 truth=rows("2024-03-01T10:00:00.123456789 179.55x2 179.6x1 AAPL")),
    MarketLayout("CoinAPI quotes", "CoinAPI flat files docs (quotes)", "T-QUOTES.csv", text("""
time_exchange;time_coinapi;ask_px;ask_sx;bid_px;bid_sx
2024-03-01T10:00:00.1234560;2024-03-01T10:00:00.2234560;61800.1;1.3;61800;2.1
""", "", delimiter=";"), given={"map": {"bid_qty": "bid_sx", "ask_qty": "ask_sx"}},
                 truth=rows("2024-03-01T10:00:00.123456 61800x2.1 61800.1x1.3")),
    MarketLayout("HistData ticks", "histdata.com (ASCII ticks)", "DAT_ASCII_EURUSD_T_202403.csv",
                 text("""
time,bid,ask
20240301 100000123,1.08101,1.08112
""", ""), given={"time_format": "%Y%m%d %H%M%S%f", "tz": "UTC"}, asks=NONE, truth=rows(
            "2024-03-01T10:00:00.123 1.08101x0 1.08112x0")),
    MarketLayout("Dukascopy ticks", "dukascopy.com (historical data export)",
                 "EURUSD_Ticks_2024.03.01.csv", text("""
Gmt time,Ask,Bid,AskVolume,BidVolume
01.03.2024 10:00:00.123,1.08112,1.08101,1.12,0.9
""", ""), given={"time_format": "%d.%m.%Y %H:%M:%S.%f", "map": {"ts": "Gmt time"}}, truth=rows(
            "2024-03-01T10:00:00.123 1.08101x0.9 1.08112x1.12")),
    MarketLayout("MetaTrader 5 ticks of a currency", "MetaTrader 5 help (ticks)", "EURUSD.csv",
                 text("""
<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>
2024.03.01\t12:00:00.017\t1.08101\t1.08112\t\t\t6
""", "", delimiter="\t"), given={"tz": "Europe/Athens", "time_columns": ["<DATE>", "<TIME>"]},
                 asks=NONE, truth=rows("2024-03-01T10:00:00.017 1.08101x0 1.08112x0")),
    MarketLayout("TrueFX", "truefx.com (tick data)", "EURUSD-2024-03.csv", text("""
pair,time,bid,ask
EUR/USD,20240301 10:00:00.123,1.08101,1.08112
""", ""), given={"time_format": "%Y%m%d %H:%M:%S.%f"}, asks=NONE, truth=rows(
            "2024-03-01T10:00:00.123 1.08101x0 1.08112x0 EUR/USD")),
    MarketLayout("Crypto Lake book", "crypto-lake.com (book, 2 of 20 levels)", "book.parquet",
                 Columns(("received_time", "sequence_number", "bid_0_price", "bid_0_size",
                          "bid_1_price", "bid_1_size", "ask_0_price", "ask_0_size",
                          "ask_1_price", "ask_1_size", "symbol", "exchange"),
                         ((1709287200123456000, 7, 9.0, 1.0, 8.0, 2.0, 10.0, 3.0, 11.0, 4.0,
                           "BTC-USDT", "BINANCE"),), (), (
                     "int64", "int64", *["float64"] * 8, "string", "string")), kind="book",
                 truth=rows("2024-03-01T10:00:00.123456 9x1/8x2 10x3/11x4 BTC-USDT")),
    MarketLayout("ccxt order books, one a line", "docs.ccxt.com (order book structure)",
                 "books.jsonl", lines(
        {"symbol": "BTC/USDT", "timestamp": 1709287200123, "datetime": "2024-03-01T10:00:00.123Z",
         "nonce": 7, "bids": [[9, 1], [8, 2]], "asks": [[10, 3]]}), kind="book",
                 truth=rows("2024-03-01T10:00:00.123 9x1/8x2 10x3 BTC/USDT")),
    MarketLayout("Bybit orderbook messages: changes among snapshots", "Bybit docs (v5 orderbook)",
                 "BTCUSDT_ob500.data", lines(
        {"topic": "orderbook.500.BTCUSDT", "type": "snapshot", "ts": 1709287200123, "data": {
            "s": "BTCUSDT", "b": [["9", "1"]], "a": [["10", "3"]], "u": 1, "seq": 1}},
        {"topic": "orderbook.500.BTCUSDT", "type": "delta", "ts": 1709287200223, "data": {
            "s": "BTCUSDT", "b": [["9", "0"]], "a": [], "u": 2, "seq": 2}}), kind="book",
                 refuses=("orderbook",)),
    MarketLayout("Kraken futures book: a list for each side", "docs.kraken.com (book snapshot)",
                 "book.jsonl", lines(
        {"product_id": "PI_XBTUSD", "timestamp": 1709287200123, "seq": 7,
         "bids": [{"price": 9, "qty": 1}], "asks": [{"price": 10, "qty": 3}]}), kind="book",
                 truth=rows("2024-03-01T10:00:00.123 9x1 10x3 PI_XBTUSD")),
    MarketLayout("joinquant ticks: levels beside the last price", "joinquant.com docs (get_ticks)",
                 "ticks.csv", text("""
time,current,high,low,volume,money,a1_p,a1_v,a2_p,a2_v,b1_p,b1_v,b2_p,b2_v
2024-03-01 10:00:00.500,9.5,9.9,9.1,100,950,10,3,11,4,9,1,8,2
""", ""), kind="book", given={"kind": "book"}, truth=rows(
            "2024-03-01T10:00:00.5 9x1/8x2 10x3/11x4")),
)
