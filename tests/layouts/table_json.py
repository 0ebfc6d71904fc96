"""Trades as venues' interfaces and recorders hand them out: JSON arrays, lines and envelopes."""

import json

from tests.layouts.entry import Bytes, Layout, records, trades

THREE = trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
""")
NAMED = tuple(row._replace(symbol="BTC/USDT") for row in THREE)
BTCUSDT = tuple(row._replace(symbol="BTCUSDT") for row in THREE)


def ccxt(form: str, container: str = ""):
    rows = [[i, ts, when, "BTC/USDT", None, None, side, None, price, qty, price * qty, None]
            for i, ts, when, side, price, qty in (
                ("7001", 1709287200123, "2024-03-01T10:00:00.123Z", "buy", 61800.1, 0.5),
                ("7002", 1709287200456, "2024-03-01T10:00:00.456Z", "sell", 61800.0, 0.25),
                ("7003", 1709287201000, "2024-03-01T10:00:01.000Z", "sell", 61799.5, 1.25))]
    keys = "id timestamp datetime symbol order type side takerOrMaker price amount cost fee"
    return records(keys, rows, "id ts - symbol - - side - price qty - -",
                   form=form, container=container)


def lines(*found: object) -> Bytes:
    return Bytes("".join(json.dumps(record) + "\n" for record in found).encode())


COMMON = (
    Layout("ccxt trades, JSON array", "ccxt docs (trade structure)", "ccxt.json", ccxt("array"),
           NAMED),
    Layout("ccxt trades, JSON lines", "ccxt docs (trade structure)", "ccxt.jsonl", ccxt("lines"),
           NAMED),
    Layout("ccxt trades, JSON lines, gzip", "ccxt docs (trade structure)", "ccxt.jsonl.gz",
           ccxt("lines", "gz"), NAMED),
    Layout("freqtrade trades: lists without names", "freqtrade docs (trades, jsongz)",
           "BTC_USDT-trades.json.gz", records("timestamp id type side price amount cost", [
               [1709287200123, "9001", None, "buy", 61800.1, 0.5, 30900.05],
               [1709287200456, "9002", None, "sell", 61800.0, 0.25, 15450.0],
               [1709287201000, "9003", None, "sell", 61799.5, 1.25, 77249.375],
           ], "ts id - side price qty -", form="lists", container="gz"), THREE,
           asks={"header": ["timestamp", "id", "type", "side", "price", "amount", "cost"]},
           known=True, may_refuse=("lists", "arrays", "names")),
    Layout("Binance REST trades", "Binance API docs (trades)", "trades.json", records(
        "id price qty quoteQty time isBuyerMaker isBestMatch", [
            [901, "61800.10", "0.50000000", "30900.05", 1709287200123, False, True],
            [902, "61800.00", "0.25000000", "15450.00", 1709287200456, True, True],
            [903, "61799.50", "1.25000000", "77249.37", 1709287201000, True, True],
        ], "id price qty - ts maker -"), THREE),
    Layout("KuCoin trade histories: nanoseconds in an envelope",
           "KuCoin API docs (trade histories)",
           "histories.json", records("sequence price size side time", [
               ["15458966685", "61800.1", "0.5", "buy", 1709287200123000000],
               ["15458966686", "61800", "0.25", "sell", 1709287200456000000],
               ["15458966687", "61799.5", "1.25", "sell", 1709287201000000000],
           ], "- price qty side ts", form='{"code": "200000", "data": %}'), THREE),
    Layout("bitbank transactions: two envelopes", "bitbank public API docs (transactions)",
           "transactions.json", records("transaction_id side price amount executed_at", [
               [11, "buy", "61800.1", "0.5", 1709287200123],
               [12, "sell", "61800", "0.25", 1709287200456],
               [13, "sell", "61799.5", "1.25", 1709287201000],
           ], "id side price qty ts", form='{"success": 1, "data": {"transactions": %}}'), THREE,
           asks={"map": {"ts": "executed_at"}}, known=True, may_refuse=("JSON", "envelope")),
    Layout("Gemini trades: two clocks of other detail, auctions",
           "Gemini REST docs (trade history)",
           "btcusd.json", records("timestamp timestampms tid price amount exchange type", [
               [1709287200, 1709287200123, 5335307668, "61800.1", "0.5", "gemini", "buy"],
               [1709287200, 1709287200456, 5335307669, "61800", "0.25", "gemini", "sell"],
               [1709287201, 1709287201000, 5335307670, "61800", "3", "gemini", "auction"],
           ], "- ts id price qty - side"), trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61800 3 0
"""), asks={"map": {"side": "type", "ts": "timestampms"}, "keep": ["buy", "sell", "auction"],
            "sides": {"buy": ["buy"], "sell": ["sell"], "unknown": ["auction"]}}, known=True),
    Layout("dYdX trades", "dYdX indexer docs (trades)", "trades.json", records(
        "id side size price type createdAt createdAtHeight", [
            ["a1", "BUY", "0.5", "61800.1", "LIMIT", "2024-03-01T10:00:00.123Z", "9001"],
            ["a2", "SELL", "0.25", "61800", "LIMIT", "2024-03-01T10:00:00.456Z", "9001"],
            ["a3", "SELL", "1.25", "61799.5", "LIMIT", "2024-03-01T10:00:01.000Z", "9002"],
        ], "id side qty price - ts -", form='{"trades": %}'), THREE,
           asks={"map": {"ts": "createdAt"}}, known=True, may_refuse=("JSON", "envelope")),
    Layout("Hyperliquid recent trades", "nautilus-hyperliquid test data; ccxt", "BTC.json", records(
        "coin side px sz hash time tid users", [
            ["BTC", "B", "61800.1", "0.5", "0x01", 1709287200123, 3001, ["0xb", "0xs"]],
            ["BTC", "A", "61800.0", "0.25", "0x02", 1709287200456, 3002, ["0xb", "0xs"]],
            ["BTC", "A", "61799.5", "1.25", "0x03", 1709287201000, 3003, ["0xb", "0xs"]],
        ], "symbol side price qty - ts id -"), tuple(r._replace(symbol="BTC") for r in THREE),
           asks={"map": {"symbol": "coin"}, "sides": {"buy": ["B"], "sell": ["A"]}}, known=True),
    Layout("Coincheck trades: order_type", "Coincheck API docs (trades)", "btc_jpy.json", records(
        "id amount rate pair order_type created_at", [
            [82, "0.5", "61800.1", "btc_jpy", "buy", "2024-03-01T10:00:00.123Z"],
            [83, "0.25", "61800.0", "btc_jpy", "sell", "2024-03-01T10:00:00.456Z"],
            [84, "1.25", "61799.5", "btc_jpy", "sell", "2024-03-01T10:00:01.000Z"],
        ], "id qty price symbol side ts", form='{"success": true, "data": %}'),
           tuple(r._replace(symbol="btc_jpy") for r in THREE),
           asks={"map": {"price": "rate", "side": "order_type", "ts": "created_at"}}, known=True,
           may_refuse=("JSON", "envelope")),
    Layout("Kraken futures history: type fill", "Kraken futures docs (history)", "history.json",
           records("time trade_id price size side type uid", [
               ["2024-03-01T10:00:00.123Z", 1, 61800.1, 0.5, "buy", "fill", "u1"],
               ["2024-03-01T10:00:00.456Z", 2, 61800.0, 0.25, "sell", "fill", "u2"],
               ["2024-03-01T10:00:01.000Z", 3, 61799.5, 1.25, "sell", "fill", "u3"],
           ], "ts id price qty side - -", form='{"result": "success", "history": %}'), THREE,
           known=True, may_refuse=("JSON", "envelope")),
)

STREAMS = (
    Layout("Binance aggTrade stream, one message a line", "Binance websocket docs (aggTrade)",
           "btcusdt.jsonl", records("e E s a p q f l T m M", [
               ["aggTrade", 1709287200125, "BTCUSDT", 31, "61800.10", "0.5", 5, 5, 1709287200123,
                False, True],
               ["aggTrade", 1709287200458, "BTCUSDT", 32, "61800.00", "0.25", 6, 6, 1709287200456,
                True, True],
               ["aggTrade", 1709287201002, "BTCUSDT", 33, "61799.50", "1.25", 7, 9, 1709287201000,
                True, True],
           ], "- - symbol id price qty - - ts maker -", form="lines"), BTCUSDT),
    Layout("Binance combined streams: trades between quotes", "Binance websocket docs (streams)",
           "combined.jsonl", lines(
               {"stream": "btcusdt@aggTrade", "data": {
                   "e": "aggTrade", "E": 1709287200125, "s": "BTCUSDT", "a": 31, "p": "61800.10",
                   "q": "0.5", "f": 5, "l": 5, "T": 1709287200123, "m": False, "M": True}},
               {"stream": "btcusdt@bookTicker", "data": {
                   "u": 400, "s": "BTCUSDT", "b": "61800.00", "B": "3.1", "a": "61800.10",
                   "A": "4.6"}},
               {"stream": "btcusdt@aggTrade", "data": {
                   "e": "aggTrade", "E": 1709287200458, "s": "BTCUSDT", "a": 32, "p": "61800.00",
                   "q": "0.25", "f": 6, "l": 6, "T": 1709287200456, "m": True, "M": True}}),
           BTCUSDT[:2], may_refuse=("JSON", "aggTrade", "stream")),
    Layout("Coinbase match messages: the maker's side", "Coinbase Exchange websocket docs (match)",
           "matches.jsonl", lines(*(
               {"type": "match", "trade_id": 10 + i, "maker_order_id": "m", "taker_order_id": "t",
                "side": side, "size": qty, "price": price, "product_id": "BTC-USD",
                "sequence": 50 + i, "time": when}
               for i, (side, qty, price, when) in enumerate((
                   ("sell", "0.5", "61800.1", "2024-03-01T10:00:00.123000Z"),
                   ("buy", "0.25", "61800.0", "2024-03-01T10:00:00.456000Z"),
                   ("buy", "1.25", "61799.5", "2024-03-01T10:00:01.000000Z"))))),
           tuple(r._replace(symbol="BTC-USD") for r in THREE), asks={"side_is": "maker"},
           known=True),
    Layout("Bybit publicTrade messages", "Bybit v5 docs (public trade); hftbacktest#261",
           "bybit.jsonl", lines(*(
               {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": ts + 2, "data": [
                   {"T": ts, "s": "BTCUSDT", "S": side, "v": qty, "p": price, "L": "PlusTick",
                    "i": f"u{ts}", "BT": False}]}
               for ts, side, qty, price in ((1709287200123, "Buy", "0.5", "61800.10"),
                                            (1709287200456, "Sell", "0.25", "61800.00"),
                                            (1709287201000, "Sell", "1.25", "61799.50")))),
           BTCUSDT, may_refuse=("JSON", "publicTrade", "topic")),
    Layout("Binance depth stream: no trades in it", "Binance websocket docs (depth)", "depth.jsonl",
           lines({"e": "depthUpdate", "E": 1709287200125, "s": "BTCUSDT", "U": 1, "u": 2,
                  "b": [["61800.0", "2.1"]], "a": [["61800.1", "1.3"]]},
                 {"e": "depthUpdate", "E": 1709287200225, "s": "BTCUSDT", "U": 3, "u": 4,
                  "b": [["61800.0", "0"]], "a": []}), refuses=("book", "depth", "trade")),
    Layout("an error saved in place of data", "any REST interface", "trades.json",
           Bytes(b'{"code": -1121, "msg": "Invalid symbol."}\n'), refuses=("JSON", "trade",
           "object")),
)

LAYOUTS = COMMON + STREAMS
