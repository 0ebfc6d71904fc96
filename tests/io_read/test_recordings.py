"""Recorded websocket lines: each venue's trades, both clocks, and nothing that is no trade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import tickeng
from tickeng.errors import DataError
from tickeng_cli import app

from .conftest import Tape, read

MS = 1_723_000_000_000


def binance(i: int, kind: str = "trade", **more: Any) -> dict[str, Any]:
    number = {"trade": "t", "aggTrade": "a"}[kind]
    data = {"e": kind, "E": MS + i, "s": "BTCUSDT", number: 7_000 + i, "p": f"{60_000 + i}.5",
            "q": "0.01", "T": MS + i, "m": i % 2 == 1, **more}
    return {"stream": f"btcusdt@{kind}", "data": data}


def bybit(i: int) -> dict[str, Any]:
    trade = {"T": MS + i, "s": "BTCUSDT", "S": ("Buy", "Sell")[i % 2], "v": "0.01",
             "p": f"{60_000 + i}.5", "L": "PlusTick", "i": f"aaaa-{i}", "BT": False}
    return {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": MS + i, "data": [trade]}


def hyperliquid(i: int) -> dict[str, Any]:
    trade = {"coin": "BTC", "side": "BA"[i % 2], "px": f"{60_000 + i}.5", "sz": "0.01",
             "time": MS + i, "hash": "0x0", "tid": 1_000 + i}
    return {"channel": "trades", "data": [trade]}


def okx(i: int) -> dict[str, Any]:
    return {"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [
        {"instId": "BTC-USDT", "tradeId": str(i), "px": f"{60_000 + i}.5", "sz": "0.01",
         "side": ("buy", "sell")[i % 2], "ts": str(MS + i)}]}


def deribit(i: int) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "subscription", "params": {
        "channel": "trades.BTC-PERPETUAL.raw", "data": [
            {"instrument_name": "BTC-PERPETUAL", "trade_id": str(i), "price": 60_000.5 + i,
             "amount": 0.01, "direction": ("buy", "sell")[i % 2], "timestamp": MS + i}]}}


def coinbase(i: int) -> dict[str, Any]:
    stamp = f"2024-08-07T03:06:40.{i:03d}000Z"
    return {"type": "match", "trade_id": i, "maker_order_id": "x", "taker_order_id": "y",
            "side": ("sell", "buy")[i % 2], "size": "0.01", "price": f"{60_000 + i}.5",
            "product_id": "BTC-USD", "sequence": i, "time": stamp}


def kraken(i: int) -> dict[str, Any]:
    return {"channel": "trade", "type": "update", "data": [
        {"symbol": "BTC/USD", "side": ("buy", "sell")[i % 2], "price": 60_000.5 + i, "qty": 0.01,
         "ord_type": "market", "trade_id": i, "timestamp": f"2024-08-07T03:06:40.{i:03d}000Z"}]}


def bitget(*trades: int, action: str = "update") -> dict[str, Any]:
    """Its newest trade comes first."""
    return {"action": action, "ts": MS + 9,
            "arg": {"instType": "USDT-FUTURES", "channel": "trade", "instId": "BTCUSDT"},
            "data": [{"ts": str(MS + i), "price": f"{60_000 + i}.5", "size": "0.01",
                      "side": ("buy", "sell")[i % 2], "tradeId": str(999_999_998 + i)}
                     for i in reversed(trades)]}


def bitmex(*trades: int, action: str = "insert") -> dict[str, Any]:
    return {"table": "trade", "action": action, "data": [
        {"timestamp": f"2024-08-07T03:06:40.{i:03d}Z", "symbol": "XBTUSD",
         "side": ("Buy", "Sell")[i % 2], "size": 0.01, "price": 60_000.5 + i,
         "tickDirection": "PlusTick", "trdMatchID": f"00000000-006d-1000-0000-00000000000{i}",
         "grossValue": 1_667, "homeNotional": 0.00001667, "foreignNotional": 1,
         "trdType": "Regular"} for i in trades]}


def gate(i: int, event: str = "update") -> dict[str, Any]:
    return {"time": MS // 1000, "time_ms": MS + i + 3, "channel": "spot.trades", "event": event,
            "result": {"id": 309_143_071 + i, "create_time": MS // 1000,
                       "create_time_ms": f"{MS + i}.0000", "side": ("buy", "sell")[i % 2],
                       "currency_pair": "BTC_USDT", "amount": "0.0100000000",
                       "price": f"{60_000 + i}.5000000000"}}


def gate_futures(*trades: int, **more: Any) -> dict[str, Any]:
    return {"time": MS // 1000, "time_ms": MS + 9, "channel": "futures.trades", "event": "update",
            "result": [{"size": (0.01, -0.01)[i % 2], "id": 27_753_479 + i,
                        "create_time": MS // 1000, "create_time_ms": MS + i,
                        "price": f"{60_000 + i}.5", "contract": "BTC_USDT", **more}
                       for i in trades]}


VENUES = {"binance": binance, "bybit": bybit, "hyperliquid": hyperliquid, "okx": okx,
          "deribit": deribit, "coinbase": coinbase, "kraken": kraken, "bitget": bitget,
          "bitmex": bitmex, "gate": gate, "gate futures": gate_futures,
          "binance aggTrade": lambda i: binance(i, "aggTrade")}
ANSWERS = [{"result": None, "id": 1}, {"event": "subscribe", "arg": {"channel": "trades"}},
           {"success": True, "op": "subscribe"}, {"jsonrpc": "2.0", "id": 1, "result": ["a"]}]
OTHERS = [{"topic": "orderbook.50.BTCUSDT", "type": "delta", "data": {"b": [["1", "2"]]}},
          {"channel": "l2Book", "data": {"coin": "BTC"}}, {"success": True, "op": "subscribe"}]


def recorded(messages: list[Any], scale: int = 1_000_000) -> str:
    return "".join(f"{(MS + 5 + i) * scale} {json.dumps(message, separators=(',', ':'))}\n"
                   for i, message in enumerate(messages))


def four_trades(found: Tape) -> None:
    assert found.error is None
    assert not found.rejects
    assert found.ts_ns.tolist() == [(MS + i) * 10**6 for i in range(4)]
    assert found.price.tolist() == [60_000.5 + i for i in range(4)]
    assert found.side.tolist() == [1, -1, 1, -1]
    assert set(found.qty.tolist()) == {0.01}


@pytest.mark.parametrize("venue", VENUES)
def test_each_venues_trades(tmp_path: Path, venue: str) -> None:
    messages = [VENUES[venue](i) for i in range(4)]
    (tmp_path / "r.dat").write_text(recorded(messages))
    found = read(tmp_path / "r.dat")
    four_trades(found)
    assert found.recv_ns.tolist() == [(MS + 5 + i) * 10**6 for i in range(4)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(m) + "\n" for m in messages))
    four_trades(read(tmp_path / "r.jsonl"))
    four_trades(read(tmp_path / "r.jsonl", block_rows=3))


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000], ids=["ms", "us", "ns"])
@pytest.mark.parametrize("venue", ["binance", "bybit"])
def test_local_clock_of_each_unit(tmp_path: Path, venue: str, scale: int) -> None:
    (tmp_path / "r.dat").write_text(recorded([VENUES[venue](i) for i in range(4)], scale))
    found = read(tmp_path / "r.dat", clock="recv")
    assert found.ts_ns.tolist() == [(MS + 5 + i) * 10**6 for i in range(4)]


@pytest.mark.parametrize("venue", [v for v in VENUES if "binance" not in v and v != "coinbase"])
def test_other_messages_are_no_rows(tmp_path: Path, venue: str) -> None:
    trades = [VENUES[venue](i) for i in range(4)]
    mixed = [*OTHERS, trades[0], *OTHERS, *trades[1:], OTHERS[2]]
    (tmp_path / "r.dat").write_text(recorded(mixed))
    four_trades(read(tmp_path / "r.dat"))


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_ahead_of_the_trades_is_no_row(tmp_path: Path, answer: Any) -> None:
    messages = [answer, *[bybit(i) for i in range(4)]]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(m) + "\n" for m in messages))
    four_trades(read(tmp_path / "r.jsonl"))


@pytest.mark.parametrize("column", ["channel", "topic", "table", "method", "stream", "op", "arg"])
def test_a_column_named_like_a_feeds_key_is_a_column(tmp_path: Path, column: str) -> None:
    rows = [{"timestamp": MS + i, "price": 60_000.5 + i, "qty": 0.01, column: "web",
             "side": ("buy", "sell")[i % 2]} for i in range(4)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    four_trades(read(tmp_path / "r.jsonl"))


def test_pages_of_two_pairs_are_refused(tmp_path: Path) -> None:
    pages = [{"error": [], "result": {pair: [["1.5", "2", 1_700_000_000.5, "b", "l", "", 7]],
                                      "last": "1"}} for pair in ("XBTUSD", "ETHUSD")]
    (tmp_path / "k.jsonl").write_text("".join(json.dumps(page) + "\n" for page in pages))
    with pytest.raises(DataError, match="XBTUSD and of ETHUSD"):
        read(tmp_path / "k.jsonl")


def test_several_trades_in_a_message(tmp_path: Path) -> None:
    message = bybit(0)
    message["data"] = [bybit(i)["data"][0] for i in range(4)]
    (tmp_path / "r.dat").write_text(recorded([message]))
    four_trades(read(tmp_path / "r.dat"))
    four_trades(read(tmp_path / "r.dat", block_rows=3))


@pytest.mark.parametrize("line", ["dat", "jsonl"])
def test_prints_off_the_market_are_filtered(tmp_path: Path, line: str) -> None:
    fund = binance(9, X="NA", p="0", q="0")
    adl = binance(9, X="ADL")
    messages = [fund, *[binance(i, X="MARKET") for i in range(4)], adl]
    text = recorded(messages) if line == "dat" else "".join(json.dumps(m) + "\n" for m in messages)
    (tmp_path / "r").write_text(text)
    four_trades(read(tmp_path / "r"))


@pytest.mark.parametrize("line", ["dat", "jsonl"])
def test_one_trade_in_two_streams_is_refused(tmp_path: Path, line: str) -> None:
    messages = [binance(0), binance(0, "aggTrade")]
    text = recorded(messages) if line == "dat" else "".join(json.dumps(m) + "\n" for m in messages)
    (tmp_path / "r").write_text(text)
    with pytest.raises(DataError, match="trade and aggTrade"):
        found = read(tmp_path / "r")
        if found.error:
            raise found.error


@pytest.mark.parametrize(("messages", "says"), [
    ([OTHERS[0]] * 4, r"no trade line among 4 \(topics seen: orderbook\)"),
    ([{"stream": "btcusdt@depth", "data": {"e": "depthUpdate", "E": 1}}] * 5,
     r"no trade line among 5 \(topics seen: depth\)"),
])
def test_a_recording_without_trades_says_what_it_holds(
        tmp_path: Path, messages: list[Any], says: str) -> None:
    (tmp_path / "r.dat").write_text(recorded(messages))
    with pytest.raises(DataError, match=says):
        found = read(tmp_path / "r.dat")
        if found.error:
            raise found.error


def test_trades_that_come_late_are_found(tmp_path: Path) -> None:
    messages = [OTHERS[0]] * 30_000 + [bybit(i) for i in range(4)]
    (tmp_path / "r.dat").write_text(recorded(messages))
    four_trades(read(tmp_path / "r.dat"))


@pytest.mark.parametrize("damage", [{"data": [7]}, {"data": [{"T": MS}]}, {"data": "x"}])
def test_a_message_without_its_fields_is_a_reject(tmp_path: Path, damage: Any) -> None:
    messages = [bybit(0), bybit(1), {**bybit(2), **damage}, bybit(2), bybit(3)]
    (tmp_path / "r.dat").write_text(recorded(messages))
    found = read(tmp_path / "r.dat")
    assert found.rejected == {"bad_line": 1}
    assert len(found) == 4


def test_damaged_lines_are_refused_and_counted(tmp_path: Path) -> None:
    text = recorded([bybit(i) for i in range(4)]).splitlines()
    text.insert(2, text[2][:80])
    text.insert(1, "garbage")
    (tmp_path / "r.dat").write_text("\n".join(text))
    found = read(tmp_path / "r.dat")
    assert found.rejected == {"bad_line": 2}
    assert len(found) == 4


# What else comes on the connection, by the venue: answers, other channels, trades of before.
AROUND = {
    "bitget": [{"event": "subscribe", "arg": bitget(0)["arg"]}, bitget(0, 1, action="snapshot"),
               {"action": "snapshot", "arg": {**bitget(0)["arg"], "channel": "books5"},
                "data": [{"asks": [["60001", "2"]], "bids": [["60000", "1"]], "ts": str(MS)}]},
               {"action": "snapshot", "arg": {**bitget(0)["arg"], "channel": "ticker"},
                "data": [{"instId": "BTCUSDT", "lastPr": "60000.5", "ts": str(MS)}]},
               {"event": "error", "arg": bitget(0)["arg"], "code": 30001, "msg": "not there"}],
    "bitmex": [{"info": "Welcome to the BitMEX Realtime API.", "version": "v2",
                "timestamp": "2024-08-07T03:06:40.000Z", "docs": "https://www.bitmex.com/app/wsAPI",
                "limit": {"remaining": 37}},
               {"success": True, "subscribe": "trade:XBTUSD",
                "request": {"op": "subscribe", "args": ["trade:XBTUSD"]}},
               bitmex(0, 1, action="partial"),
               {"table": "orderBookL2_25", "action": "update",
                "data": [{"symbol": "XBTUSD", "id": 8_799_999, "side": "Sell", "size": 5}]},
               {"table": "quote", "action": "insert",
                "data": [{"timestamp": "2024-08-07T03:06:40.000Z", "symbol": "XBTUSD",
                          "bidSize": 1, "bidPrice": 60_000, "askPrice": 60_001, "askSize": 2}]},
               {"status": 400, "error": "unknown", "meta": {},
                "request": {"op": "subscribe", "args": ["x"]}}],
    "gate": [gate(0, "subscribe") | {"result": {"status": "success"}},
             {"time": 1, "channel": "spot.pong", "event": "", "result": None},
             {"time": 1, "channel": "spot.book_ticker", "event": "update",
              "result": {"t": MS, "u": 2, "s": "BTC_USDT", "b": "1", "B": "2", "a": "3", "A": "4"}},
             {"time": 1, "channel": "spot.trades", "event": "subscribe", "result": None,
              "error": {"code": 2, "message": "unknown currency pair"}}],
    "gate futures": [gate_futures(0) | {"event": "subscribe", "result": {"status": "success"}},
                     {"time": 1, "channel": "futures.tickers", "event": "update",
                      "result": [{"contract": "BTC_USDT", "last": "60000.5"}]}],
}
SYMBOLS = {"bitget": "BTCUSDT", "bitmex": "XBTUSD", "gate": "BTC_USDT", "gate futures": "BTC_USDT"}


def session(venue: str) -> list[Any]:
    """Four trades, two a message where the venue does that, and all that is around them."""
    make, around = VENUES[venue], AROUND[venue]
    trades = [make(i) for i in range(4)] if venue == "gate" else [make(0, 1), make(2, 3)]
    return [*around, trades[0], *around[2:4], *trades[1:], *around[2:]]


def written(folder: Path, messages: list[Any], form: str) -> Path:
    path = folder / f"r.{form}"
    path.write_text(recorded(messages) if form == "dat" else
                    "".join(json.dumps(message) + "\n" for message in messages))
    return path


@pytest.mark.filterwarnings("ignore:K4 needs")
@pytest.mark.parametrize("form", ["dat", "jsonl"])
@pytest.mark.parametrize("venue", AROUND)
def test_a_session_of_a_venue_is_read_and_run(tmp_path: Path, venue: str, form: str) -> None:
    messages = session(venue)
    path = written(tmp_path, messages, form)
    for found in (read(path), read(path, block_rows=3)):
        four_trades(found)
        assert found.symbol == [SYMBOLS[venue]] * 4
    table = tickeng.read(path)
    assert list(table["price"]) == [60_000.5 + i for i in range(4)]
    report = tickeng.replay(path)
    trades = sum(message in [VENUES[venue](i) for i in range(4)] for message in messages)
    assert report["ticks"] == 4 and report["rejected"] == {}
    assert report["filtered"] == len(messages) - (trades or 2)
    outputs = tickeng.Engine().run(path)
    assert len(outputs["alpha"]) == 4


@pytest.mark.parametrize("venue", AROUND)
def test_a_session_goes_through_the_command(
        tmp_path: Path, venue: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, session(venue), "jsonl")
    out = tmp_path / "o.csv"
    with pytest.raises(SystemExit) as stopped, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["tickeng", "convert", str(path), "-o", str(out)])
        app.main()
    assert not stopped.value.code, capsys.readouterr().err
    head, *rows = out.read_text().splitlines()
    names = head.split(",")
    cells = [dict(zip(names, row.split(","), strict=True)) for row in rows]
    assert [cell["ts_ns"] for cell in cells] == [str((MS + i) * 10**6) for i in range(4)]
    assert [cell["side"] for cell in cells] == ["1", "-1", "1", "-1"]
    assert {cell["symbol"] for cell in cells} == {SYMBOLS[venue]}
    if venue.startswith("gate"):
        assert [int(cell["id"]) for cell in cells] == [
            (309_143_071 if venue == "gate" else 27_753_479) + i for i in range(4)]


@pytest.mark.filterwarnings("ignore:K4 needs")
def test_internal_prints_of_gate_are_no_trades_of_the_market(tmp_path: Path) -> None:
    messages = [gate_futures(0, 1), gate_futures(2, is_internal=True),
                gate_futures(2, 3, is_internal=False)]
    messages[0]["result"].insert(1, gate_futures(7, is_internal=True)["result"][0])
    path = written(tmp_path, messages, "jsonl")
    four_trades(read(path))
    assert tickeng.replay(path)["filtered"] == 2


@pytest.mark.parametrize("venue", ["bitget", "bitmex", "gate"])
def test_a_side_that_nobody_documents_is_asked_about(tmp_path: Path, venue: str) -> None:
    messages = [VENUES[venue](i) for i in range(4)]
    rows = messages[2].get("data") or [messages[2]["result"]]
    rows[0]["side"] = "maker"
    with pytest.raises(DataError, match="sides="):
        tickeng.read(written(tmp_path, messages, "jsonl"))


def test_the_size_of_a_future_that_is_none_is_a_reject(tmp_path: Path) -> None:
    messages = [gate_futures(i) for i in range(4)]
    messages.insert(2, gate_futures(9, size=0))
    messages.insert(2, gate_futures(9, size=None))
    found = read(written(tmp_path, messages, "jsonl"))
    assert found.rejected == {"bad_line": 2}
    assert len(found) == 4
