"""Which messages of the venues' websocket feeds are trades, and what their fields mean.

Each known shape gives rows of one form: timestamp, symbol, price, qty, side (the taker's), id, as
the text that the message holds; a kind that a recorder added stays in the row. Everything else in
such a feed (depth, tickers, answers to subscriptions, snapshots of earlier trades) is filtered,
under the name of its stream.
Sources: the public documentation of Binance, Bybit, OKX, Hyperliquid, Kraken (v2), BitMEX, Deribit,
Bitget, Gate (spot and futures) and Coinbase Exchange, whose `side` is the maker's.
Trap: a Binance print whose `X` is not MARKET (insurance fund, liquidation by ADL) is no trade of
the market, nor is Gate's with `is_internal`; `trade` and `aggTrade` tell of the same trades twice;
Bitget's messages begin with their newest trade.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

from tickeng.errors import DataError
from tickeng.files.sources.columns import plain
from tickeng.files.sources.kinds import EVENT_COLUMNS

Row = dict[str, Any]
NEEDED = ("timestamp", "price", "qty", "side")  # without one of them a trade is damaged
LOCAL_CLOCK = "local_ts"  # the recorder's, in front of the message
COLUMNS = ("timestamp", "symbol", "price", "qty", "side", "id")
PRICES = ("price", "px", "p", "rate")  # an object with one of them is no envelope
_NO_DATA = ("subscribe", "unsubscribe", "subscribed", "info", "conf", "error", "login", "pong",
            "systemStatus", "subscriptionStatus", "heartbeat")
_TURNED = {"buy": "sell", "sell": "buy"}
_TRADES = ("trade", "aggTrade")
_FEEDS = ("stream", "channel")  # kinds of a feed, not of one message
_VENUES = {("topic", "publicTrade"): "Bybit", ("channel", "trades"): "Hyperliquid",
           ("channel", "trade"): "Kraken", ("channel", "spot.trades"): "Gate",
           ("arg", "trades"): "OKX", ("arg", "trade"): "Bitget", ("table", "trade"): "BitMEX",
           ("method", "trades"): "Deribit", ("type", "match"): "Coinbase"}

_MOST_TOPICS = 10
TWICE = "holds the streams trade and aggTrade, which tell of the same trades: record one of them"
_REMEDIES = {
    "trade": "record the trades of the venue, too",
    "quote": "quotes are read from Binance's bookTicker, not from messages of other venues",
    "delta": "record the depth of the venue; of Binance depthUpdate and its snapshots are read, no"
             " partial books",
}


class NotATrade(Exception):
    """A message of a known feed that is no trade; its argument is the stream's name."""


def nothing_in(kind: str, lines: int, topics: Collection[str], has_depth: bool = False) -> str:
    """What is said of a recording without an event of a kind that is asked for; `has_depth`: there
    is depth that could be read."""
    named = sorted(topics)
    listed = ", ".join(named[:_MOST_TOPICS]) + (" ..." if len(named) > _MOST_TOPICS else "")
    kind = "delta" if kind == "book" else kind
    word, remedy = "depth" if kind == "delta" else kind, _REMEDIES[kind]
    if kind == "trade" and has_depth:
        remedy += '; kind="book" reads its depth'
    return f"no {word} line among {lines} (topics seen: {listed or 'none'}): {remedy}"


def trades_of(message: Row) -> tuple[str, str, list[Row | None]] | None:
    """(venue, stream, trades) of a message, None where it has no known shape. A trade that is None
    is a print off the market.

    Raises:
        NotATrade: the message is of a known feed and of another stream.
    """
    shapes = _FLAT if any(name in message for name in PRICES) else _SHAPES
    for key, read in shapes:
        if isinstance(message.get(key), str):
            found = read(message)
            if found is not None:
                return _VENUES.get((key, found[0]), "Binance"), *found
    if shapes is _FLAT:
        return None
    _pass_answer(message)
    if isinstance(message.get("arg"), dict):
        found = _arg(message)
        return None if found is None else (_VENUES["arg", found[0]], *found)
    data = message.get("data")
    found = _binance(data) if isinstance(data, dict) else None
    return None if found is None else ("Binance", *found)


def check_one_form(venues: Collection[str], streams: Collection[str], rows: bool) -> None:
    """Raises DataError for what would count trades twice or make two instruments one.

    `rows`: there are objects that are rows themselves, beside the messages of the venues.
    """
    if len(venues) > 1:
        raise DataError(f"holds messages of several venues ({', '.join(sorted(venues))}), whose "
                        "symbols may be the same: give those of each venue a file of their own")
    if "Binance" in venues and len(streams) > 1:
        raise DataError(TWICE)
    if venues and rows:
        raise DataError(f"holds messages of a venue's feed ({', '.join(sorted(streams))}) and rows "
                        "of another form: give each a file of its own")


@lru_cache(maxsize=256)
def _added_kinds(keys: tuple[str, ...], own: str) -> tuple[str, ...]:
    """The keys of a message that say its kind as well, beside the venue's own."""
    return tuple(key for key in keys if plain(key) in EVENT_COLUMNS and key not in (own, *_FEEDS))


def _pass_answer(message: Row) -> None:
    """Answers to subscriptions and heartbeats."""
    result = message.get("result", ())
    none = result is None or isinstance(result, bool | str) or (
        isinstance(result, list) and result and isinstance(result[0], str))
    bitmex = isinstance(message.get("request"), dict) or {"info", "version"} <= message.keys()
    if none or bitmex or "op" in message or message.get("event") in _NO_DATA:
        raise NotATrade("answer")


def _row(source: Row, names: str, **given: Any) -> Row:
    """The values under six names in the order of COLUMNS; "-" where `given` has one."""
    return {column: given[column] if name == "-" else source.get(name)
            for column, name in zip(COLUMNS, names.split(), strict=True)}


def _kinds(message: Row, own: str) -> Row:
    return {key: message[key] for key in _added_kinds(tuple(message), own)}


def _rows(data: Any, make: Callable[[Row], Row | None]) -> list[Row | None]:
    listed = data if isinstance(data, list) else [data]
    return [make(item) if isinstance(item, dict) else {} for item in listed]


def _oldest_first(rows: list[Row | None]) -> list[Row | None]:
    """Trades of a message by their stamps and numbers, which are whole numbers as text."""
    def age(row: Row | None) -> list[tuple[int, str]]:
        texts = [str((row or {}).get(name)) for name in ("timestamp", "id")]
        return [(len(text), text) for text in texts]

    return rows[::-1] if age(rows[0]) > age(rows[-1]) else rows


def _binance(message: Row) -> tuple[str, list[Row | None]] | None:
    kind = message.get("e")
    if kind not in _TRADES:
        if isinstance(kind, str) and "E" in message:
            raise NotATrade(kind)
        return None
    if message.get("X", "MARKET") != "MARKET":
        raise NotATrade(f"{kind} X={message['X']}")
    number, maker = "t" if kind == "trade" else "a", message.get("m")
    if not isinstance(maker, bool):
        return kind, [{}]  # says nothing of who took: refused
    row = _row(message, f"T s p q - {number}", side="sell" if maker else "buy")
    return kind, [row | _kinds(message, "e")]


def _stream(message: Row) -> tuple[str, list[Row | None]] | None:
    data = message.get("data")
    found = _binance(data) if isinstance(data, dict) else None
    if found is None:
        raise NotATrade(str(message["stream"]).partition("@")[2] or "other")
    return found


def _bybit(message: Row) -> tuple[str, list[Row | None]] | None:
    topic = str(message["topic"]).partition(".")[0]
    if topic != "publicTrade":
        raise NotATrade(topic)
    return topic, _rows(message.get("data"), lambda item: _row(item, "T s p v S i"))


def _channel(message: Row) -> tuple[str, list[Row | None]] | None:
    name, data = message["channel"], message.get("data")
    if name == "trades" and isinstance(data, list):  # Hyperliquid
        def hyperliquid(item: Row) -> Row:
            side = {"B": "buy", "A": "sell"}.get(str(item.get("side")), str(item.get("side")))
            return _row(item, "time coin px sz - tid", side=side)

        return name, _rows(data, hyperliquid)
    if name == "trade" and message.get("type") == "update":  # Kraken
        return name, _rows(data, lambda item: _row(
            item, "timestamp symbol price qty side trade_id"))
    if name == "spot.trades" and message.get("event") == "update":  # Gate
        return name, _rows(message.get("result"), lambda item: _row(
            item, "create_time_ms currency_pair price amount side id"))
    if name == "futures.trades" and message.get("event") == "update":  # Gate
        return name, _rows(message.get("result"), _gate_future)
    raise NotATrade(name)


def _gate_future(item: Row) -> Row | None:
    """The sign of its size is the taker's side."""
    if item.get("is_internal") is True:
        return None
    size = item.get("size")
    if not isinstance(size, str) or not size.strip("-0."):
        return {}
    return {**_row(item, "create_time_ms contract price size - id",
                   side="sell" if size.startswith("-") else "buy"), "qty": size.removeprefix("-")}


def _arg(message: Row) -> tuple[str, list[Row | None]] | None:
    arg = message["arg"]
    name = str(arg.get("channel") or "other")
    if name == "trades" and "data" in message:  # OKX
        return name, _rows(message["data"], lambda item: _row(
            item, "ts instId px sz side tradeId"))
    if name == "trade" and message.get("action") == "update":  # Bitget
        rows = _rows(message.get("data"), lambda item: _row(
            item, "ts - price size side tradeId", symbol=arg.get("instId")))
        return name, _oldest_first(rows) if rows else rows
    raise NotATrade(name)


def _bitmex(message: Row) -> tuple[str, list[Row | None]] | None:
    name = message["table"]
    if name != "trade" or message.get("action") != "insert":
        raise NotATrade(name)
    return name, _rows(message.get("data"), lambda item: _row(
        item, "timestamp symbol price size side trdMatchID"))


def _deribit(message: Row) -> tuple[str, list[Row | None]] | None:
    params, result = message.get("params"), message.get("result")
    if params is None and isinstance(result, dict) and any(
            isinstance(value, list) for value in result.values()):
        return None  # an answer that holds what was asked for, perhaps trades
    name = str(params.get("channel")) if isinstance(params, dict) else "other"
    if not isinstance(params, dict) or not name.startswith("trades."):
        raise NotATrade(name.partition(".")[0])
    return "trades", _rows(params.get("data"), lambda item: _row(
        item, "timestamp instrument_name price amount direction trade_id"))


def _coinbase(message: Row) -> tuple[str, list[Row | None]] | None:
    if "maker_order_id" in message and message["type"] == "match":
        side = _TURNED.get(str(message.get("side")), str(message.get("side")))
        row = _row(message, "time product_id price size - trade_id", side=side)
        return "match", [row | _kinds(message, "type")]
    if ("product_id" in message and "sequence" in message) or message["type"] == "subscriptions":
        raise NotATrade(message["type"])
    return None


_FLAT: tuple[tuple[str, Callable[[Row], tuple[str, list[Row | None]] | None]], ...] = (
    ("e", _binance), ("type", _coinbase),
)
_SHAPES = (
    *_FLAT, ("stream", _stream), ("topic", _bybit), ("channel", _channel), ("table", _bitmex),
    ("method", _deribit),
)
