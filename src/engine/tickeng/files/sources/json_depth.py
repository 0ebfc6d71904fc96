"""Which messages of the venues' websocket feeds are depth, and the levels that they tell of.

Each message becomes a row for each of its levels: time, symbol, whether it replaces the book, side,
price, the quantity that stands there now, and the numbers of its updates; as text, for the reader
of changes of books. Everything else in such a feed is filtered, under the name of its stream.
Sources: the public documentation of Bybit, OKX, Bitget, Coinbase (Advanced Trade and Exchange),
Kraken (v2), Gate, KuCoin, Deribit, BitMEX, HTX, Bitstamp and Hyperliquid; docs/decisions/0063.
Trap: snapshots of Kraken and of Coinbase Exchange have no time. They get that of the next update of
their symbol, with which the book is known; an earlier one would show trades a book of their future.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tickeng.files.sources.json_events import LOCAL_CLOCK, Row

DEPTH_COLUMNS = ("timestamp", "symbol", "is_snapshot", "side", "price", "qty", "first_update_id",
                 "last_update_id", "prev_update_id")
OF_ANOTHER_FORM = (AttributeError, IndexError, KeyError, TypeError, ValueError)  # than documented
Level = tuple[Any, Any, Any]  # side, price, quantity
_SIDE_OF = {"buy": "bid", "sell": "ask"}
Found = tuple[str, str, "list[Message]"]  # venue, stream, what it tells


class Message(NamedTuple):
    """A change of one symbol's book, or all of it. ``first``, ``last``, ``previous``: the numbers
    of its updates, None where it has none."""

    time: Any
    symbol: Any
    snapshot: bool
    levels: list[Level]
    first: Any = None
    last: Any = None
    previous: Any = None


class Depth:
    """Messages to rows. It knows what later messages leave out: prices by id, the numbers of
    messages without levels; and snapshots that wait for a time."""

    def __init__(self) -> None:
        self._prices: dict[tuple[Any, Any], Any] = {}
        self._passed: dict[Any, Message] = {}  # without levels, by symbol
        self._waiting: dict[Any, list[Row]] = {}

    @property
    def waits(self) -> bool:
        """Whether a snapshot waits for a time."""
        return bool(self._waiting)

    def rows(self, value: Row) -> tuple[str, str, list[Row]] | None:
        """(venue, stream, rows) of a message, None where it is no depth of a known feed."""
        found = next((found for key, read in _SHAPES
                      if key in value and (found := read(value)) is not None), None)
        found = found or self._bitmex(value)
        if found is None:
            return None
        venue, stream, messages = found
        clock = {LOCAL_CLOCK: value[LOCAL_CLOCK]} if LOCAL_CLOCK in value else {}
        return venue, stream, [row for message in messages for row in self._of(message, clock)]

    def _of(self, message: Message, clock: Row) -> Iterator[Row]:
        levels = message.levels
        if message.snapshot and not levels:
            levels = [("bid", None, None)]  # no book: it is refused, and the one before ends
        before = self._passed.pop(message.symbol, None)
        if before is not None and not message.snapshot:
            message = message._replace(first=before.first and message.first and before.first,
                                       previous=before.previous)
        if not levels:
            self._passed[message.symbol] = message
            return
        numbers = zip(DEPTH_COLUMNS[-3:], message[-3:], strict=True)
        whole = {"timestamp": message.time, "symbol": message.symbol,
                 "is_snapshot": "true" if message.snapshot else "false", **dict(numbers), **clock}
        rows = [{**whole, "side": side, "price": price, "qty": qty} for side, price, qty in levels]
        if message.time is None and message.snapshot:
            self._waiting[message.symbol] = rows
            return
        for row in self._waiting.pop(message.symbol, ()):
            yield {**row, "timestamp": message.time}
        yield from rows

    def _bitmex(self, value: Row) -> Found | None:
        """Of orderBookL2 a level has an id, and later messages may tell no more of it."""
        table, data = value.get("table"), value.get("data")
        if not isinstance(table, str) or not table.startswith("orderBook") or (
                not isinstance(data, list)):
            return None
        if table == "orderBook10":
            return "BitMEX", table, [
                Message(item.get("timestamp"), item.get("symbol"), True, _sides(item))
                for item in data if isinstance(item, dict)]
        if not table.startswith("orderBookL2"):
            return None
        action = value.get("action")
        of: dict[Any, list[Level]] = {}
        for item in data:
            key, price = (item.get("symbol"), item.get("id")), item.get("price")
            price = self._prices.get(key) if price is None else price
            self._prices[key] = price
            side = {"Buy": "bid", "Sell": "ask"}.get(item.get("side"), item.get("side"))
            qty = "0" if action == "delete" else item.get("size")
            of.setdefault(item.get("symbol"), []).append((side, price, qty))
        newest = max((str(item["timestamp"]) for item in data if item.get("timestamp")),
                     default=None)
        return "BitMEX", table, [Message(newest, symbol, action == "partial", levels)
                                 for symbol, levels in of.items()]


def _pairs(side: str, levels: Any) -> Iterator[Level]:
    """The levels of a side, each [price, quantity, ...], or an object of both."""
    for level in levels if isinstance(levels, list) else ():
        if isinstance(level, dict):
            price, qty = (next((level[name] for name in names if name in level), None)
                          for names in (("price", "px", "p"), ("qty", "sz", "s", "size")))
            yield side, price, qty
        elif isinstance(level, list) and len(level) > 1:
            yield side, level[0], level[1]
        else:
            yield side, None, None


def _sides(source: Row, bids: str = "bids", asks: str = "asks") -> list[Level]:
    return [*_pairs("bid", source.get(bids)), *_pairs("ask", source.get(asks))]


def _bybit(value: Row) -> Found | None:
    topic, data = str(value["topic"]), value.get("data")
    if not topic.startswith("orderbook.") or not isinstance(data, dict):
        return None
    time = value["cts"] if "cts" in value else value.get("ts")  # of the engine, as trades have it
    return "Bybit", ".".join(topic.split(".")[:2]), [Message(
        time, data.get("s"), value.get("type") == "snapshot", _sides(data, "b", "a"),
        last=data.get("u"))]


def _kucoin(value: Row) -> Found | None:
    topic, data = str(value["topic"]), value.get("data")
    name, _, symbol = topic.partition(":")
    if not isinstance(data, dict) or "level2" not in name:
        return None
    stream = name.removeprefix("/")
    if not name.endswith("/level2"):
        return "KuCoin", stream, [Message(data.get("timestamp", data.get("ts")), symbol, True,
                                          _sides(data))]
    if isinstance(changes := data.get("changes"), dict):
        levels = [level for level in _sides(changes) if level[1] != "0"]  # 0: a number alone
        return "KuCoin", stream, [Message(
            data.get("time"), data.get("symbol"), False, levels, data.get("sequenceStart"),
            data.get("sequenceEnd"))]
    price, side, qty = (*str(data.get("change")).split(","), None, None)[:3]
    level = (_SIDE_OF.get(str(side), side), price, qty)
    return "KuCoin", stream, [Message(data.get("timestamp"), symbol, False,
                                      [level] if price != "0" else [], data.get("sequence"),
                                      data.get("sequence"))]


def _arg(value: Row) -> Found | None:
    """OKX and Bitget: an argument names the channel, which tells partial books from whole ones."""
    arg, data = value["arg"], value.get("data")
    channel = str(arg.get("channel")) if isinstance(arg, dict) else ""
    if not channel.startswith(("books", "bbo-tbt")) or not isinstance(data, list):
        return None

    def number(item: Row, name: str) -> Any:
        return None if item.get(name) == "-1" else item.get(name)

    return "Bitget" if "instType" in arg else "OKX", channel, [Message(
        item.get("ts"), arg.get("instId"), value.get("action", "snapshot") == "snapshot",
        _sides(item), last=number(item, "seqId"), previous=number(item, "prevSeqId"))
        for item in data if isinstance(item, dict)]


def _channel(value: Row) -> Found | None:
    name, data = str(value["channel"]), value.get("data")
    if name == "book" and isinstance(data, list):
        return "Kraken", name, [Message(
            item.get("timestamp"), item.get("symbol"), value.get("type") == "snapshot",
            _sides(item)) for item in data if isinstance(item, dict)]
    if name == "l2Book" and isinstance(data, dict):
        bids, asks = (*data.get("levels", ()), None, None)[:2]
        return "Hyperliquid", name, [Message(data.get("time"), data.get("coin"), True,
                                             _sides({"bids": bids, "asks": asks}))]
    if name == "l2_data":
        return "Coinbase", name, [Message(
            value.get("timestamp"), event.get("product_id"), event.get("type") == "snapshot",
            [({"offer": "ask"}.get(item.get("side"), item.get("side")), item.get("price_level"),
              item.get("new_quantity")) for item in event.get("updates") or ()])
            for event in value.get("events") or ()]
    if "order_book_" in name and isinstance(data, dict) and "microtimestamp" in data:
        form, _, pair = name.rpartition("order_book_")
        return ("Bitstamp", f"{form}order_book", [Message(
            data["microtimestamp"], pair, form != "diff_", _sides(data))])
    result = value.get("result")
    if ".order_book" not in name or not isinstance(result, dict):
        return None
    symbol = result.get("s", result.get("contract"))
    if not name.endswith("_update"):
        return ("Gate", name, [Message(result.get("t"), symbol, True, _sides(result))]) if (
            "bids" in result) else None
    if "U" not in result:
        return None
    return "Gate", name, [Message(result.get("t"), symbol, result.get("full") is True,
                                  _sides(result, "b", "a"), result["U"], result.get("u"))]


def _htx(value: Row) -> Found | None:
    """mbp.N are changes, mbp.refresh.N and depth.stepN books."""
    parts, tick = str(value["ch"]).split(".", 2), value.get("tick")
    if len(parts) < 3 or not parts[2].startswith(("mbp.", "depth.")) or not isinstance(tick, dict):
        return None
    is_change = parts[2].removeprefix("mbp.").isdigit()
    return "HTX", parts[2], [Message(value.get("ts"), parts[1], not is_change, _sides(tick),
                                     last=tick.get("seqNum"), previous=tick.get("prevSeqNum"))]


def _deribit(value: Row) -> Found | None:
    params = value["params"]
    channel = str(params.get("channel")) if isinstance(params, dict) else ""
    data = params.get("data") if channel.startswith("book.") else None
    if not isinstance(data, dict):
        return None
    numbers = {"last": data.get("change_id"), "previous": data.get("prev_change_id")}
    levels = [(side, *level[-2:]) if isinstance(level, list) and len(level) > 1 else (
        side, None, None) for side in ("bid", "ask") for level in data.get(f"{side}s") or ()]
    return "Deribit", "book." + channel.split(".", 2)[-1], [Message(
        data.get("timestamp"), data.get("instrument_name"),
        data.get("type", "snapshot") == "snapshot", levels, **numbers)]


def _coinbase(value: Row) -> Found | None:
    """Coinbase Exchange."""
    if value.get("type") == "snapshot" and "bids" in value and "asks" in value:
        return "Coinbase", "level2", [Message(value.get("time"), value["product_id"], True,
                                              _sides(value))]
    changes = value.get("changes")
    if value.get("type") != "l2update" or not isinstance(changes, list):
        return None
    return "Coinbase", "level2", [Message(value.get("time"), value["product_id"], False, [
        (_SIDE_OF.get(change[0], change[0]), *change[1:3]) if len(change) == 3 else (
            None, None, None) for change in changes])]


def _okx_file(value: Row) -> Found | None:
    """A line of the files of books that OKX gives away."""
    if "asks" not in value or value.get("action") not in ("snapshot", "update"):
        return None
    return "OKX", "books", [Message(value.get("ts"), value["instId"],
                                    value["action"] == "snapshot", _sides(value))]


_SHAPES: tuple[tuple[str, Callable[[Row], Found | None]], ...] = (
    ("topic", _bybit), ("topic", _kucoin), ("arg", _arg), ("channel", _channel),
    ("params", _deribit), ("product_id", _coinbase), ("instId", _okx_file),
    ("ch", _htx),
)


def is_depth(value: Row) -> bool:
    """Whether a message is depth that is read."""
    try:
        return Depth().rows(value) is not None
    except OF_ANOTHER_FORM:
        return False
