"""More answers of venues in JSON: other envelopes, other words, letters for names.

What is a buy is written down after the venue's documentation: the taker's side throughout.
"""

import json

from tests.layouts.entry import Bytes, Layout, records, trades

THREE = trades("""
2024-03-01T10:00:00.123 61800.1 0.5 +
2024-03-01T10:00:00.456 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
""")
SECONDS = trades("""
2024-03-01T10:00:00 61800.1 0.5 +
2024-03-01T10:00:00 61800 0.25 -
2024-03-01T10:00:01 61799.5 1.25 -
""")

NAMED_FIELDS = (
    Layout("Bitvavo trades", "Bitvavo API docs (trades)", "trades.json",
           records("timestamp id amount price side", [
               [1709287200123, "57b1159b-01", "0.5", "61800.1", "buy"],
               [1709287200456, "57b1159b-02", "0.25", "61800", "sell"],
               [1709287201000, "57b1159b-03", "1.25", "61799.5", "sell"],
           ], "ts id qty price side"), THREE),
    Layout("CEX.IO trade history: everything is text", "CEX.IO API docs (trade history)",
           "trade_history.json", records("type date amount price tid", [
               ["buy", "1709287200", "0.5", "61800.1", "2310"],
               ["sell", "1709287200", "0.25", "61800", "2311"],
               ["sell", "1709287201", "1.25", "61799.5", "2312"],
           ], "side ts qty price id"), SECONDS),
    Layout("BTC Markets trades: Ask is a sell", "BTC Markets API v3 docs (trades)", "trades.json",
           records("id price amount timestamp side", [
               ["4107372341", "61800.1", "0.5", "2024-03-01T10:00:00.123000Z", "Bid"],
               ["4107372342", "61800", "0.25", "2024-03-01T10:00:00.456000Z", "Ask"],
               ["4107372343", "61799.5", "1.25", "2024-03-01T10:00:01.000000Z", "Ask"],
           ], "id price qty ts side"), THREE, asks={"sides": {"buy": ["Bid"], "sell": ["Ask"]}}),
    Layout("Zaif trades: trade_type says bid or ask", "Zaif public API docs (trades)",
           "trades.json", records("date price amount tid currency_pair trade_type", [
               [1709287200, 61800.1, 0.5, 43, "btc_jpy", "bid"],
               [1709287200, 61800.0, 0.25, 44, "btc_jpy", "ask"],
               [1709287201, 61799.5, 1.25, 45, "btc_jpy", "ask"],
           ], "ts price qty id symbol side"),
           tuple(row._replace(symbol="btc_jpy") for row in SECONDS),
           asks={"map": {"side": "trade_type"}, "sides": {"buy": ["bid"], "sell": ["ask"]}}),
    Layout("Polymarket trades: many outcomes in one answer", "Polymarket data API docs (trades)",
           "trades.json", records("proxyWallet side asset conditionId size price timestamp outcome",
               [["0xa1", "BUY", "7132", "0xc1", 150, 0.62, 1709287200, "Yes"],
                ["0xa2", "SELL", "7133", "0xc1", 40.5, 0.38, 1709287200, "No"],
                ["0xa3", "SELL", "7132", "0xc1", 10, 0.61, 1709287201, "Yes"]],
               "- side symbol - qty price ts -"), trades("""
2024-03-01T10:00:00 0.62 150 + 7132
2024-03-01T10:00:00 0.38 40.5 - 7133
2024-03-01T10:00:01 0.61 10 - 7132
"""), asks={"map": {"symbol": "asset"}}, known=True),
)

ENVELOPES = (
    Layout("Bitso trades: the maker's side in a payload", "Bitso API docs (trades)", "trades.json",
           records("book created_at amount maker_side price tid", [
               ["btc_mxn", "2024-03-01T10:00:00+0000", "0.5", "sell", "61800.1", 35341],
               ["btc_mxn", "2024-03-01T10:00:00+0000", "0.25", "buy", "61800", 35342],
               ["btc_mxn", "2024-03-01T10:00:01+0000", "1.25", "buy", "61799.5", 35343],
           ], "- ts qty - price id", form='{"success": true, "payload": %}'), SECONDS),
    Layout("Independent Reserve trades: long names",
           "Independent Reserve API docs (GetRecentTrades)", "trades.json",
           records("TradeTimestampUtc PrimaryCurrencyAmount SecondaryCurrencyTradePrice Taker", [
               ["2024-03-01T10:00:00.123Z", 0.5, 61800.1, "Buy"],
               ["2024-03-01T10:00:00.456Z", 0.25, 61800.0, "Sell"],
               ["2024-03-01T10:00:01.000Z", 1.25, 61799.5, "Sell"],
           ], "ts qty price side", form='{"Trades": %, "PrimaryCurrencyCode": "Xbt", '
           '"CreatedTimestampUtc": "2024-03-01T10:00:02Z"}'), THREE,
           asks={"map": {"ts": "TradeTimestampUtc", "qty": "PrimaryCurrencyAmount",
                         "price": "SecondaryCurrencyTradePrice", "side": "Taker"}}),
    Layout("Luno trades: is_buy is the taker's", "Luno API docs (list trades)", "trades.json",
           records("sequence timestamp price volume is_buy", [
               [84, 1709287200123, "61800.1", "0.5", True],
               [85, 1709287200456, "61800", "0.25", False],
               [86, 1709287201000, "61799.5", "1.25", False],
           ], "- ts price qty -", form='{"trades": %}'), THREE),
    Layout("EXMO trades under the pair: amount is the turnover", "EXMO API docs (trades)",
           "trades.json", records("trade_id date type quantity price amount", [
               [3, 1709287200, "buy", "0.5", "61800.1", "30900.05"],
               [4, 1709287200, "sell", "0.25", "61800", "15450"],
               [5, 1709287201, "sell", "1.25", "61799.5", "77249.375"],
           ], "id ts side qty price -", form='{"BTC_USD": %}'), SECONDS,
           may_refuse=("JSON",)),
    Layout("Liquid executions: taker_side among models", "Liquid API docs (executions)",
           "executions.json", records("id quantity price taker_side created_at", [
               [512, "0.5", "61800.1", "buy", 1709287200],
               [513, "0.25", "61800", "sell", 1709287200],
               [514, "1.25", "61799.5", "sell", 1709287201],
           ], "id qty price - ts", form='{"models": %, "current_page": 1}'), SECONDS),
    Layout("Crypto.com trades: s is the side, i the instrument",
           "Crypto.com Exchange docs (public/get-trades)", "trades.json",
           records("d t tn q p s i", [
               ["47552155281", 1709287200123, "1709287200123000000", "0.5", "61800.1", "BUY",
                "BTC_USD"],
               ["47552155282", 1709287200456, "1709287200456000000", "0.25", "61800", "SELL",
                "BTC_USD"],
               ["47552155283", 1709287201000, "1709287201000000000", "1.25", "61799.5", "SELL",
                "BTC_USD"],
           ], "- ts - qty price side -",
           form='{"id": 1, "method": "public/get-trades", "code": 0, "result": {"data": %}}'),
           THREE, asks={"map": {"side": "s", "ts": "t"}}, known=True),
    Layout("WOO X trades: executed_price", "WOO X API docs (market trades)", "trades.json",
           records("symbol side source executed_price executed_quantity executed_timestamp", [
               ["SPOT_BTC_USDT", "BUY", 0, 61800.1, 0.5, "1709287200.123"],
               ["SPOT_BTC_USDT", "SELL", 1, 61800.0, 0.25, "1709287200.456"],
               ["SPOT_BTC_USDT", "SELL", 0, 61799.5, 1.25, "1709287201.000"],
           ], "symbol side - price qty ts", form='{"success": true, "rows": %}'),
           tuple(row._replace(symbol="SPOT_BTC_USDT") for row in THREE),
           asks={"map": {"price": "executed_price", "qty": "executed_quantity",
                         "ts": "executed_timestamp"}}, known=True),
    Layout("Delta Exchange trades: microseconds", "Delta Exchange API docs (public trades)",
           "trades.json", records("side size price timestamp", [
               ["buy", 5, "61800.1", 1709287200123456], ["sell", 12, "61800", 1709287200456001],
               ["sell", 1, "61799.5", 1709287201000000],
           ], "side qty price ts", form='{"success": true, "result": %}'), trades("""
2024-03-01T10:00:00.123456 61800.1 5 +
2024-03-01T10:00:00.456001 61800 12 -
2024-03-01T10:00:01 61799.5 1 -
""")),
    Layout("Kalshi trades: the taker bought yes or no", "Kalshi API docs (get trades)",
           "trades.json", records(
               "trade_id ticker count yes_price no_price taker_side created_time", [
                   ["d91bc706-1", "FED-24MAR", 15, 62, 38, "yes", "2024-03-01T10:00:00.123456Z"],
                   ["d91bc706-2", "FED-24MAR", 4, 61, 39, "no", "2024-03-01T10:00:00.456001Z"],
                   ["d91bc706-3", "FED-24MAR", 10, 61, 39, "no", "2024-03-01T10:00:01.000000Z"],
               ], "- symbol qty price - side ts", form='{"cursor": "", "trades": %}'), trades("""
2024-03-01T10:00:00.123456 62 15 + FED-24MAR
2024-03-01T10:00:00.456001 61 4 - FED-24MAR
2024-03-01T10:00:01 61 10 - FED-24MAR
"""), asks={"map": {"price": "yes_price", "qty": "count"},
            "sides": {"buy": ["yes"], "sell": ["no"]}}),
    Layout("Phemex trades: lists in 1e-4 and nanoseconds", "Phemex API docs (query trades)",
           "trades.json", Bytes(json.dumps({"error": None, "id": 0, "result": {
               "type": "snapshot", "sequence": 77766796, "symbol": "BTCUSD", "trades": [
                   [1709287200123000000, "Buy", 618001000, 5],
                   [1709287200456000000, "Sell", 618000000, 12],
                   [1709287201000000000, "Sell", 617995000, 1]]}}).encode()), trades("""
2024-03-01T10:00:00.123 61800.1 5 +
2024-03-01T10:00:00.456 61800 12 -
2024-03-01T10:00:01 61799.5 1 -
"""), given={"price_scale": "1e-4"},
           asks={"map": {"ts": "0", "side": "1", "price": "2", "qty": "3"}}),
    Layout("Kraken websocket v1: lists within lists", "Kraken websocket v1 docs (trade)",
           "trades.jsonl", Bytes("".join(json.dumps(line) + "\n" for line in (
               [119930880, [["61800.1", "0.5", "1709287200.123", "b", "l", ""]], "trade",
                "XBT/USD"],
               [119930880, [["61800", "0.25", "1709287200.456", "s", "m", ""],
                            ["61799.5", "1.25", "1709287201.000", "s", "m", ""]], "trade",
                "XBT/USD"])).encode()), THREE, may_refuse=("JSON", "column")),
)

LAYOUTS = NAMED_FIELDS + ENVELOPES
