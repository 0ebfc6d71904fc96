"""Depth messages of venues' websocket feeds, a message a line, with their right readings.

The messages are made up after the venues' documentation. All tell of one book: 61800 x 2 against
61801 x 1, of which the bid moves to 61799 x 5.
"""

from __future__ import annotations

import json
from typing import Any

from tests.layouts.entry import Bytes
from tests.layouts.table_levels import BOOK, LevelLayout, messages

MS = 1709287200000
ISO = "2024-03-01T10:00:00.{}Z"
BIDS, ASKS, GONE, NEW = ["61800", "2"], ["61801", "1"], ["61800", "0"], ["61799", "5"]


def feed(name: str, source: str, *sent: dict[str, Any], symbol: str = "BTCUSDT",
         numbers: tuple[Any, Any] = ("-", "-"), truth: str = "", **more: Any) -> LevelLayout:
    """A layout of one message a line."""
    body = "".join(json.dumps(message) + "\n" for message in sent).encode()
    expected = truth or """
2024-03-01T10:00:00.000 snapshot 61800x2 61801x1 {0} {2}
2024-03-01T10:00:00.100 change 61800x0/61799x5 - {1} {2}
"""
    return LevelLayout(name, source, "feed.jsonl", Bytes(body),
                       messages(expected.format(*numbers, symbol)) if not more.get("refuses")
                       else (), given=BOOK, **more)


def okx(channel: str, action: str | None, late: int, bids: list[Any], asks: list[Any],
        numbers: tuple[int, int]) -> dict[str, Any]:
    data = {"asks": [[*level, "0", "1"] for level in asks], "checksum": -855196043,
            "bids": [[*level, "0", "1"] for level in bids], "ts": str(MS + late),
            "prevSeqId": numbers[0], "seqId": numbers[1]}
    said = {"action": action} if action else {}
    return {"arg": {"channel": channel, "instId": "BTC-USDT"}, **said, "data": [data]}


def bybit(kind: str, late: int, bids: list[Any], asks: list[Any], number: int,
          depth: int = 50) -> dict[str, Any]:
    return {"topic": f"orderbook.{depth}.BTCUSDT", "type": kind, "ts": MS + late + 3, "data": {
        "s": "BTCUSDT", "b": bids, "a": asks, "u": number, "seq": 7961638724 + late},
        "cts": MS + late}


def kraken(kind: str, bids: list[Any], asks: list[Any], **time: str) -> dict[str, Any]:
    def levels(side: list[Any]) -> list[Any]:
        return [{"price": float(price), "qty": float(qty)} for price, qty in side]

    return {"channel": "book", "type": kind, "data": [{
        "symbol": "BTC/USD", "bids": levels(bids), "asks": levels(asks), "checksum": 1, **time}]}


def coinbase(kind: str, time: str, *levels: tuple[str, str, str]) -> dict[str, Any]:
    updates = [{"side": side, "event_time": "1970-01-01T00:00:00Z", "price_level": price,
                "new_quantity": qty} for side, price, qty in levels]
    return {"channel": "l2_data", "client_id": "", "timestamp": time, "sequence_num": 4,
            "events": [{"type": kind, "product_id": "BTC-USD", "updates": updates}]}


def bitget(action: str, late: int, bids: list[Any], asks: list[Any]) -> dict[str, Any]:
    return {"action": action, "arg": {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"},
            "data": [{"asks": asks, "bids": bids, "checksum": 0, "seq": 123 + 7 * late,
                      "ts": str(MS + late)}], "ts": MS + late + 1}


def gate(name: str, symbol: str, late: int, numbers: tuple[int, int], bids: list[Any],
         asks: list[Any]) -> dict[str, Any]:
    def levels(side: list[Any]) -> list[Any]:
        return side if name == "spot" else [{"p": price, "s": int(qty)} for price, qty in side]

    own = {"e": "depthUpdate", "E": MS // 1000} if name == "spot" else {}
    return {"time": MS // 1000, "time_ms": MS + late + 5, "event": "update",
            "channel": f"{name}.order_book_update", "result": {
                "t": MS + late, "s": symbol, "U": numbers[0], "u": numbers[1], **own,
                "b": levels(bids), "a": levels(asks)}}


def kucoin(late: int, numbers: tuple[int, int], bids: list[Any], asks: list[Any]) -> dict[str, Any]:
    return {"topic": "/market/level2:BTC-USDT", "type": "message", "subject": "trade.l2update",
            "data": {"changes": {"asks": asks, "bids": bids}, "sequenceStart": numbers[0],
                     "sequenceEnd": numbers[1], "symbol": "BTC-USDT", "time": MS + late}}


def deribit(data: dict[str, Any], group: str = "100ms") -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "subscription", "params": {
        "channel": f"book.BTC-PERPETUAL.{group}", "data": {
            "instrument_name": "BTC-PERPETUAL", **data}}}


def bitmex(action: str, *levels: dict[str, Any], table: str = "orderBookL2") -> dict[str, Any]:
    return {"table": table, "action": action,
            "data": [{"symbol": "XBTUSD", **level} for level in levels]}


CHANGES_ONLY = """
2024-03-01T10:00:00.000 change 61800x2 61801x1 {0} {2}
2024-03-01T10:00:00.100 change 61800x0/61799x5 - {1} {2}
"""
SNAPSHOTS = """
2024-03-01T10:00:00.000 snapshot 61800x2 61801x1 {0} {2}
2024-03-01T10:00:00.100 snapshot 61799x5 61801x1 {1} {2}
"""
LATER = """
2024-03-01T10:00:00.100 snapshot 61800x2 61801x1 {0} {2}
2024-03-01T10:00:00.100 change 61800x0/61799x5 - {1} {2}
"""
FEEDS = (
    feed("Bybit orderbook.50, the time of the engine", "bybit-exchange.github.io v5 (orderbook)",
         bybit("snapshot", 0, [BIDS], [ASKS], 100), bybit("delta", 100, [GONE, NEW], [], 101),
         numbers=(100, 101)),
    feed("Bybit trades beside the book", "bybit-exchange.github.io v5",
         {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": MS, "data": [{
             "T": MS, "s": "BTCUSDT", "S": "Buy", "v": "1", "p": "61801", "i": "a-b"}]},
         {"success": True, "ret_msg": "", "conn_id": "c", "op": "subscribe"},
         bybit("snapshot", 0, [BIDS], [ASKS], 100), bybit("delta", 100, [GONE, NEW], [], 101),
         numbers=(100, 101), has_trades=True),
    feed("Bybit orderbook.1 beside orderbook.50", "bybit-exchange.github.io v5 (orderbook)",
         bybit("snapshot", 0, [BIDS], [ASKS], 100),
         bybit("snapshot", 50, [BIDS], [ASKS], 9, depth=1),
         refuses=("orderbook.1 and orderbook.50, which tell of the same books",)),
    feed("OKX books", "okx.com docs v5 (order book channel)",
         {"event": "subscribe", "arg": {"channel": "books", "instId": "BTC-USDT"}},
         okx("books", "snapshot", 0, [BIDS], [ASKS], (-1, 100)),
         okx("books", "update", 50, [], [], (100, 100)),
         okx("books", "update", 100, [GONE, NEW], [], (100, 105)),
         symbol="BTC-USDT", numbers=(100, 105)),
    feed("OKX books5: a snapshot each", "okx.com docs v5 (order book channel)",
         okx("books5", None, 0, [BIDS], [ASKS], (-1, 100)),
         okx("books5", None, 100, [NEW], [ASKS], (-1, 105)),
         symbol="BTC-USDT", numbers=("100", "105"), truth=SNAPSHOTS),
    feed("Bitget books", "bitget.com docs (depth channel)", bitget("snapshot", 0, [BIDS], [ASKS]),
         bitget("update", 100, [GONE, NEW], [])),
    feed("Coinbase Advanced Trade level2", "docs.cdp.coinbase.com (level2)",
         coinbase("snapshot", ISO.format("000000"), ("bid", *BIDS), ("offer", *ASKS)),
         coinbase("update", ISO.format("100000"), ("bid", *GONE), ("bid", *NEW)),
         symbol="BTC-USD"),
    feed("Coinbase Exchange level2: a snapshot without a time", "docs.cdp.coinbase.com (exchange)",
         {"type": "subscriptions", "channels": []},
         {"type": "snapshot", "product_id": "BTC-USD", "bids": [BIDS], "asks": [ASKS]},
         {"type": "l2update", "product_id": "BTC-USD", "time": ISO.format("100000"),
          "changes": [["buy", *GONE], ["buy", *NEW]]}, symbol="BTC-USD", truth=LATER),
    feed("Kraken book v2: a snapshot without a time", "docs.kraken.com (book v2)",
         {"channel": "status", "type": "update", "data": [{"system": "online"}]},
         kraken("snapshot", [BIDS], [ASKS]),
         {"channel": "heartbeat"},
         kraken("update", [GONE, NEW], [], timestamp=ISO.format("100000")), symbol="BTC/USD",
         truth=LATER),
    feed("Gate spot: changes between numbers", "gate.io docs (spot.order_book_update)",
         gate("spot", "BTC_USDT", 0, (98, 100), [BIDS], [ASKS]),
         gate("spot", "BTC_USDT", 100, (101, 105), [GONE, NEW], []), symbol="BTC_USDT",
         numbers=(100, 105), truth=CHANGES_ONLY),
    feed("Gate futures: levels as objects", "gate.io docs (futures.order_book_update)",
         gate("futures", "BTC_USDT", 0, (98, 100), [BIDS], [ASKS]),
         gate("futures", "BTC_USDT", 100, (101, 105), [GONE, NEW], []), symbol="BTC_USDT",
         numbers=(100, 105), truth=CHANGES_ONLY),
    feed("KuCoin level2: a price of 0 is a number alone", "kucoin.com docs (level2)",
         kucoin(0, (98, 100), [[*BIDS, "99"]], [[*ASKS, "98"]]),
         kucoin(50, (101, 101), [["0", "0", "101"]], []),
         kucoin(100, (102, 105), [[*GONE, "102"], [*NEW, "105"]], []), symbol="BTC-USDT",
         numbers=(100, 105), truth=CHANGES_ONLY),
    feed("KuCoin level2Depth5: a snapshot each", "kucoin.com docs (level2Depth5)",
         *({"topic": "/spotMarket/level2Depth5:BTC-USDT", "type": "message", "subject": "level2",
            "data": {"asks": [ASKS], "bids": [bid], "timestamp": MS + late}}
           for bid, late in ((BIDS, 0), (NEW, 100))), symbol="BTC-USDT", truth=SNAPSHOTS),
    feed("Deribit book: what became of each level", "docs.deribit.com (book.instrument.interval)",
         deribit({"type": "snapshot", "timestamp": MS, "change_id": 100,
                  "bids": [["new", 61800.0, 2.0]], "asks": [["new", 61801.0, 1.0]]}),
         deribit({"type": "change", "timestamp": MS + 100, "change_id": 105, "asks": [],
                  "prev_change_id": 100,
                  "bids": [["delete", 61800.0, 0.0], ["new", 61799.0, 5.0]]}),
         symbol="BTC-PERPETUAL", numbers=(100, 105)),
    feed("Deribit book, grouped: a snapshot each", "docs.deribit.com (book, group and depth)",
         deribit({"timestamp": MS, "change_id": 100, "bids": [[61800.0, 2.0]],
                  "asks": [[61801.0, 1.0]]}, "none.20.100ms"),
         deribit({"timestamp": MS + 100, "change_id": 105, "bids": [[61799.0, 5.0]],
                  "asks": [[61801.0, 1.0]]}, "none.20.100ms"),
         symbol="BTC-PERPETUAL", numbers=("100", "105"), truth=SNAPSHOTS),
    feed("BitMEX orderBookL2: a price that the id tells", "bitmex.com docs (orderBookL2)",
         {"info": "Welcome", "version": "2.0.0", "timestamp": ISO.format("000")},
         bitmex("partial",
                {"id": 8, "side": "Sell", "size": 1, "price": 61801,
                 "timestamp": "2024-03-01T09:00:00.000Z"},
                {"id": 9, "side": "Buy", "size": 2, "price": 61800,
                 "timestamp": ISO.format("000")}),
         bitmex("delete", {"id": 9, "side": "Buy", "timestamp": ISO.format("100")}),
         bitmex("insert", {"id": 7, "side": "Buy", "size": 5, "price": 61799,
                           "timestamp": ISO.format("200")}), symbol="XBTUSD", truth="""
2024-03-01T10:00:00.000 snapshot 61800x2 61801x1 - {2}
2024-03-01T10:00:00.100 change 61800x0 - - {2}
2024-03-01T10:00:00.200 change 61799x5 - - {2}
"""),
    feed("Hyperliquid l2Book: a snapshot each", "hyperliquid.gitbook.io (websocket)",
         *({"channel": "l2Book", "data": {"coin": "BTC", "time": MS + late, "levels": [
             [{"px": bid[0], "sz": bid[1], "n": 1}], [{"px": "61801", "sz": "1", "n": 2}]]}}
           for bid, late in ((BIDS, 0), (NEW, 100))), symbol="BTC", truth=SNAPSHOTS),
    feed("HTX mbp: changes", "huobiapi.github.io (market.mbp)",
         *({"ch": "market.btcusdt.mbp.150", "ts": MS + late, "tick": {
             "seqNum": last, "prevSeqNum": before, "bids": bids, "asks": asks}}
           for late, before, last, bids, asks in (
               (0, 98, 100, [BIDS], [ASKS]), (100, 100, 105, [GONE, NEW], []))),
         symbol="btcusdt", numbers=(100, 105), truth=CHANGES_ONLY),
    feed("Bitstamp diff_order_book", "bitstamp.net websocket v2",
         {"event": "bts:subscription_succeeded", "channel": "diff_order_book_btcusd", "data": {}},
         *({"event": "data", "channel": "diff_order_book_btcusd", "data": {
             "timestamp": str(MS // 1000), "microtimestamp": str(1000 * (MS + late)),
             "bids": bids, "asks": asks}}
           for late, bids, asks in ((0, [BIDS], [ASKS]), (100, [GONE, NEW], []))),
         symbol="btcusd", truth=CHANGES_ONLY),
    feed("OKX files of order books", "okx.com (historical data, L2 order book)",
         {"instId": "BTC-USDT", "action": "snapshot", "ts": str(MS), "asks": [[*ASKS, "1"]],
          "bids": [[*BIDS, "3"]]},
         {"instId": "BTC-USDT", "action": "update", "ts": str(MS + 100), "asks": [],
          "bids": [[*GONE, "0"], [*NEW, "1"]]}, symbol="BTC-USDT"),
    feed("depth of two venues", "recorders", bybit("snapshot", 0, [BIDS], [ASKS], 100),
         okx("books", "update", 100, [GONE, NEW], [], (100, 105)),
         refuses=("messages of several venues (Bybit, OKX)",)),
)
