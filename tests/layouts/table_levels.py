"""Public layouts of changes of books, one row per level, with their right readings.

The truth is written down after the makers' documentation: time, whether the message replaces the
book, its levels, bids first, each as price x quantity, the number of its last update, the symbol.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from tests.layouts.entry import Bytes, Columns, Text, ns, text

Truth = tuple[int, bool, tuple[tuple[int, float, float], ...], int | None, str | None]


@dataclass(frozen=True)
class LevelLayout:
    """As `entry.Layout`."""

    name: str
    source: str
    file: str
    content: Text | Columns | Bytes
    truth: tuple[Truth, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, Any] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    has_trades: bool = False  # beside the changes


def messages(body: str) -> tuple[Truth, ...]:
    """Lines `UTC snapshot|change bids asks number symbol`; a side is 9x1/8x2, what is none is -."""
    def levels(side: int, cell: str) -> list[tuple[int, float, float]]:
        found = [] if cell == "-" else [part.split("x") for part in cell.split("/")]
        return [(side, float(price), float(qty)) for price, qty in found]

    cells = (line.split() for line in body.strip().splitlines())
    return tuple((ns(c[0]), c[1] == "snapshot", (*levels(1, c[2]), *levels(-1, c[3])),
                  None if c[4] == "-" else int(c[4]), None if c[5] == "-" else c[5])
                 for c in cells)


def columns(names: tuple[str, ...], types: tuple[Any, ...], *rows: tuple[Any, ...]) -> Columns:
    return Columns(names, rows, ("-",) * len(names), types)


BOOK = {"kind": "book"}
ALL_CHANGES = {"map": {"snapshot": "none"}}
PLAIN = messages("""
2024-03-01T10:00:00.000 snapshot 61800x2 61801x1 - BTCUSDT
2024-03-01T10:00:00.100 change 61800x0/61799x5 - - BTCUSDT
""")
NUMBERED = messages("""
2024-03-01T10:00:00.000 snapshot 61800x2 61801x1 100 BTCUSDT
2024-03-01T10:00:00.100 change 61800x0/61799x5 - 105 BTCUSDT
2024-03-01T10:00:00.100 change - 61801x3 109 BTCUSDT
""")
HFT_NAMES = ("received_time", "event_time", "transaction_time", "symbol", "event_type",
             "first_update_id", "final_update_id", "prev_final_update_id", "last_update_id", "side",
             "price", "quantity", "order_count")
HFT_TYPES = (pa.int64(), pa.int64(), pa.int64(), pa.string(), pa.string(), pa.float64(),
             pa.float64(), pa.float64(), pa.float64(), pa.string(), pa.string(), pa.string(),
             pa.float64())


def hft(ms: int, kind: str, numbers: tuple[Any, ...], *level: str) -> tuple[Any, ...]:
    return (ms * 10**6 + 5, ms, ms, "BTCUSDT", kind, *numbers, *level, None)


MS = 1709287200000
LAYOUTS = (
    LevelLayout("Tardis incremental_book_L2", "docs.tardis.dev (incremental_book_L2)",
                "binance_incremental_book_L2_2024-03-01_BTCUSDT.csv.gz", text("""
exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount
binance,BTCUSDT,1709287200000000,1709287200004000,true,bid,61800,2
binance,BTCUSDT,1709287200000000,1709287200004000,true,ask,61801,1
binance,BTCUSDT,1709287200100000,1709287200104000,false,bid,61800,0
binance,BTCUSDT,1709287200100000,1709287200104000,false,bid,61799,5
""", "", container="gz"), PLAIN),
    LevelLayout("Binance T_DEPTH updates", "nkaz001/hftbacktest (binancehistmktdata)",
                "BTCUSDT_T_DEPTH_2024-03-01_depth_update.csv", text("""
symbol,timestamp,first_update_id,last_update_id,side,update_type,price,qty,pu
BTCUSDT,1709287200100,101,105,b,set,61800,0.000,99
BTCUSDT,1709287200100,101,105,b,set,61799,5,99
BTCUSDT,1709287200100,106,109,a,set,61801,3,105
""", ""), NUMBERED[1:]),
    LevelLayout("Binance T_DEPTH snapshots", "nkaz001/hftbacktest (binancehistmktdata)",
                "BTCUSDT_T_DEPTH_2024-03-01_depth_snap.csv", text("""
symbol,timestamp,trans_id,first_update_id,last_update_id,side,update_type,price,qty
BTCUSDT,1709287200000,100,100,100,b,snap,61800,2
BTCUSDT,1709287200000,100,100,100,a,snap,61801,1
""", ""), NUMBERED[:1]),
    LevelLayout("CryptoHFTData order books", "cryptohftdata.com (orderbook)",
                "BTCUSDT_orderbook_2024-03-01.parquet", columns(HFT_NAMES, HFT_TYPES, *(
                    hft(MS, "snapshot", (None, None, None, 100.0), "bid", "61800", "2"),
                    hft(MS, "snapshot", (None, None, None, 100.0), "ask", "61801", "1"),
                    hft(MS + 100, "update", (101.0, 105.0, 99.0, None), "bid", "61800", "0"),
                    hft(MS + 100, "update", (101.0, 105.0, 99.0, None), "bid", "61799", "5"),
                    hft(MS + 100, "update", (106.0, 109.0, 105.0, None), "ask", "61801", "3"),
                )), NUMBERED),
    LevelLayout("BitMEX orderBookL2", "public.bitmex.com (orderBookL2)", "orderBookL2.csv", text("""
timestamp,symbol,action,side,id,size,price
2024-03-01T10:00:00.000Z,BTCUSDT,partial,Buy,8799938200,2,61800
2024-03-01T10:00:00.000Z,BTCUSDT,partial,Sell,8799938199,1,61801
2024-03-01T10:00:00.100Z,BTCUSDT,delete,Buy,8799938200,,61800
2024-03-01T10:00:00.100Z,BTCUSDT,insert,Buy,8799938201,5,61799
""", ""), PLAIN),
    LevelLayout("Deribit book, snapshot and action apart", "docs.deribit.com (book)",
                "deribit_book.csv", text("""
timestamp,instrument_name,type,change_id,prev_change_id,side,action,price,amount
1709287200000,BTCUSDT,snapshot,100,,bids,new,61800,2
1709287200000,BTCUSDT,snapshot,100,,asks,new,61801,1
1709287200100,BTCUSDT,change,105,100,bids,delete,61800,0
1709287200100,BTCUSDT,change,105,100,bids,new,61799,5
1709287200100,BTCUSDT,change,109,105,asks,change,61801,3
""", ""), NUMBERED),
    LevelLayout("Kraken book, version 2", "docs.kraken.com (book v2)", "kraken_book.csv", text("""
channel,type,symbol,timestamp,side,price,qty,checksum
book,snapshot,BTCUSDT,2024-03-01T10:00:00.000000Z,bid,61800,2,3310070434
book,snapshot,BTCUSDT,2024-03-01T10:00:00.000000Z,ask,61801,1,3310070434
book,update,BTCUSDT,2024-03-01T10:00:00.100000Z,bid,61800,0,2439117997
book,update,BTCUSDT,2024-03-01T10:00:00.100000Z,bid,61799,5,2439117997
""", ""), PLAIN),
    LevelLayout("Crypto Lake book_delta_v2", "crypto-lake.com (book_delta_v2)",
                "BTC-USDT_book_delta_v2.parquet", columns(
                    ("origin_time", "received_time", "sequence_number", "side_is_bid", "price",
                     "size"), (pa.timestamp("ns"), pa.timestamp("ns"), pa.int64(), pa.bool_(),
                               pa.float64(), pa.float64()),
                    ((MS + 100) * 10**6, (MS + 104) * 10**6, 7, True, 61800.0, 0.0),
                    ((MS + 100) * 10**6, (MS + 104) * 10**6, 7, True, 61799.0, 5.0)),
                tuple((*m[:4], None) for m in PLAIN[1:]),
                {**BOOK, "map": {"ts": "origin_time"}}, ALL_CHANGES),
    LevelLayout("Gate futures order book, JSON lines", "gate.io (futures.order_book_update)",
                "gate.jsonl", Bytes("".join(json.dumps(dict(zip(
                    ("t", "contract", "U", "u", "event", "side", "p", "size"), row,
                    strict=True))) + "\n" for row in (
                        (MS, "BTCUSDT", 100, 100, "snapshot", "bid", "61800", 2),
                        (MS, "BTCUSDT", 100, 100, "snapshot", "ask", "61801", 1),
                        (MS + 100, "BTCUSDT", 101, 105, "update", "bid", "61800", 0),
                        (MS + 100, "BTCUSDT", 101, 105, "update", "bid", "61799", 5),
                        (MS + 100, "BTCUSDT", 106, 109, "update", "ask", "61801", 3))).encode()),
                NUMBERED),
    LevelLayout("a recorder with sides of 0 and 1, semicolons", "bybit recorders", "book.csv",
                text("""
ts;pair;is_snapshot;side;px;sz
1709287200000;BTCUSDT;1;0;61800;2
1709287200000;BTCUSDT;1;1;61801;1
1709287200100;BTCUSDT;0;0;61800;0
1709287200100;BTCUSDT;0;0;61799;5
""", "", delimiter=";"), PLAIN, {}, {"sides": {"buy": [0], "sell": [1]}}),
    LevelLayout("what tickeng.read gives, written by pandas", "tickeng", "levels.csv", text("""
ts_ns,symbol,message,snapshot,first,last,previous,side,price,qty
1709287200000000000,BTCUSDT,2,True,-9223372036854775808,100,-9223372036854775808,1,61800,2
1709287200000000000,BTCUSDT,2,True,-9223372036854775808,100,-9223372036854775808,-1,61801,1
1709287200100000000,BTCUSDT,4,False,101,105,-9223372036854775808,1,61800,0
1709287200100000000,BTCUSDT,4,False,101,105,-9223372036854775808,1,61799,5
1709287200100000000,BTCUSDT,5,False,106,109,-9223372036854775808,-1,61801,3
""", ""), NUMBERED),
    LevelLayout("Kaiko raw snapshots, one row per level",
                "docs.kaiko.com (raw order book snapshot)",
                "oe_btcusdt_2024-03-01.csv", text("""
date,type,price,amount
1709287200000,b,61800,2
1709287200000,a,61801,1
1709287230000,b,61790,2
1709287230000,a,61791,1
""", ""), given=BOOK, refuses=("says which rows are of a snapshot", "no column for the bids")),
    LevelLayout("Databento mbo by its kind", "databento/dbn (mbo)", "mbo.csv", text("""
ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size,channel_id,order_id,flags
1709287200000000005,1709287200000000000,160,1,5482,A,B,61800,2,0,647784973,128
1709287200100000005,1709287200100000000,160,1,5482,C,B,61800,2,0,647784973,128
1709287200100000006,1709287200100000001,160,1,5482,A,A,61801,1,0,647784974,128
""", ""), given=BOOK, refuses=("names orders",)),
    LevelLayout("Coinbase level2 dump", "docs.cdp.coinbase.com (level2)", "l2_data.csv", text("""
type,product_id,event_time,side,price_level,new_quantity
snapshot,BTCUSDT,2024-03-01T10:00:00.000Z,bid,61800,2
snapshot,BTCUSDT,2024-03-01T10:00:00.000Z,offer,61801,1
update,BTCUSDT,2024-03-01T10:00:00.100Z,bid,61800,0
update,BTCUSDT,2024-03-01T10:00:00.100Z,bid,61799,5
""", ""), PLAIN, {}, {"map": {"price": "price_level", "qty": "new_quantity"}}),
    LevelLayout("Bybit ob500, whole messages", "bybit.com (ob500)", "ob500.jsonl", Bytes(
        json.dumps({"topic": "orderbook.500.BTCUSDT", "type": "snapshot", "ts": MS, "cts": MS,
                    "data": {"s": "BTCUSDT", "b": [["61800", "2"]], "a": [["61801", "1"]],
                             "u": 100, "seq": 5}}).encode() + b"\n"), NUMBERED[:1], given=BOOK),
    LevelLayout("Binance bookDepth: shares of the mid price", "binance-public-data (bookDepth)",
                "BTCUSDT-bookDepth-2024-03-01.csv", text("""
timestamp,percentage,depth,notional
2024-03-01 10:00:00,-5,6893.1,405361453.2
2024-03-01 10:00:00,5,6893.1,405361453.2
""", ""), given=BOOK, refuses=("no column",)),
)
