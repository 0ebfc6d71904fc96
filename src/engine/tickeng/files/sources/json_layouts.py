"""JSON of trades that does not name its fields: rows that are lists, and lists within objects.

Positions are named where a venue's layout cannot be mistaken in the sample; otherwise a position's
name is its number, so that --map ts=0,price=1 works.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from tickeng.errors import DataError
from tickeng.files.sources import dialect
from tickeng.files.sources.columns import VENUES, plain
from tickeng.files.sources.instruments import is_naming
from tickeng.files.sources.json_events import PRICES
from tickeng.files.sources.kinds import EVENT_COLUMNS, STATUSES
from tickeng.files.sources.markets import place

_WRAPPERS = ("data", "trades", "quotes", "books", "list", "result", "results", "rows", "items",
             "ticks", "payload", "models")
_OF_TRADES = ("trade", "trades")
_DEPTH = 3
_NAMES_ABOVE = {"symbol", "ticker", "instrument", "instid", "pair", "currencypair", "productid",
                "market", "contract", *VENUES, *EVENT_COLUMNS} - {*STATUSES}  # of an answer


def _number(value: Any) -> float | None:
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _freqtrade(row: Sequence[Any]) -> bool:
    return _is_ms(row[0]) and row[3] in ("buy", "sell") and None not in map(_number, row[4:])


def _kraken(row: Sequence[Any]) -> bool:
    return (row[3] in ("b", "s") and row[4] in ("m", "l")
            and None not in map(_number, row[:3]) and 1e9 < (_number(row[2]) or 0) < 1e10)


def _bitfinex(row: Sequence[Any]) -> bool:
    price = _number(row[3])
    return _is_ms(row[1]) and _number(row[2]) is not None and price is not None and price > 0


def _is_ms(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 13 and value.isdigit()


_FREQTRADE = ("timestamp", "id", "type", "side", "price", "amount", "cost")
_KRAKEN = ("price", "volume", "time", "side", "ordertype", "misc", "trade_id")
BITFINEX = ("id", "timestamp", "amount", "price")
_LAYOUTS: tuple[tuple[tuple[int, ...], Callable[[Sequence[Any]], bool], tuple[str, ...]], ...] = (
    ((7,), _freqtrade, _FREQTRADE), ((6, 7), _kraken, _KRAKEN), ((4,), _bitfinex, BITFINEX),
)


def is_header(row: Sequence[Any]) -> bool:
    """Whether a row that is a list has the names of the columns."""
    return all(isinstance(cell, str) for cell in row) and dialect.is_header(row)


def names_of(sample: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """Names of the positions of rows that are lists."""
    width = max(map(len, sample))
    for widths, fits, names in _LAYOUTS:
        if all(len(row) in widths and fits(row) for row in sample):
            # Four numbers are Bitfinex's only if some amount is negative, which says its side.
            if names is BITFINEX and not any(str(row[2]).startswith("-") for row in sample):
                continue
            return names[:width]
    return tuple(map(str, range(width)))


def bitfinex_row(row: Sequence[Any]) -> dict[str, Any]:
    """Its amount's sign is the taker's side."""
    number, stamp, amount, price = row
    sells = str(amount).startswith("-")
    return {"id": number, "timestamp": stamp, "amount": str(amount).removeprefix("-"),
            "price": price, "side": "sell" if sells else "buy"}


def inner_list(record: dict[str, Any]) -> tuple[str, list[Any]] | None:
    """(its key, the list of rows) in an answer of a venue; None for a row of its own.

    Raises:
        DataError: it has several such lists.
    """
    if any(name in record for name in PRICES):
        return None
    found = list(_lists(record, "", _DEPTH))
    if len(found) > 1 and any(rows for _, rows in found):
        found = [(key, rows) for key, rows in found if rows]
    if len(found) > 1:
        names = ", ".join(key for key, _ in found)
        raise DataError(f"holds several lists in one object ({names[:200]}): give one a file")
    return found[0] if found else None


def _lists(record: dict[str, Any], above: str, depth: int) -> Any:
    sides = {key: known[0] for key in record if (known := place(key))}
    is_book = {"bid", "ask"} <= {*sides.values()}
    for key, value in record.items():
        if isinstance(value, dict) and depth > 1:
            yield from _lists(value, key, depth - 1)
        elif isinstance(value, list) and not (is_book and key in sides) and (
                not value or isinstance(value[0], dict | list)) and (
                key.lower() in _WRAPPERS or above.lower() in _WRAPPERS):
            yield key, value


def above(record: dict[str, Any], key: str, depth: int = _DEPTH) -> dict[str, str]:
    """What an object says of all rows in its list: their instrument, venue, kind of event.

    Rows under a `key` such as trades are trades, whatever kind of message brings them.
    """
    found: dict[str, str] = {}
    own = _NAMES_ABOVE - {*EVENT_COLUMNS} if key.lower() in _OF_TRADES else _NAMES_ABOVE
    for name, value in record.items():
        if isinstance(value, dict) and depth > 1:
            found = above(value, key, depth - 1) | found
        elif isinstance(value, str) and plain(name) in own:
            found[name] = value
    return found


def check_new_names(row: dict[str, Any], known: Collection[str]) -> None:
    """Raises DataError where a row has a member that would have been decided upon."""
    for name in row.keys() - known:
        if row[name] is None:
            continue
        event = plain(name) in EVENT_COLUMNS
        if event or plain(name) == "symbol" or is_naming(plain(name)):
            what = "the kind of event" if event else "the instrument or venue"
            raise DataError(f"has a member {name!r} ({str(row[name])[:30]!r}), which says {what} "
                            "and which no row of the sample had: give the rows from here on as a "
                            "file of their own")


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """Members of members under `outer.inner`, behind the record's own."""
    inner = {f"{key}.{name}": value for key, nested in record.items() if isinstance(nested, dict)
             for name, value in nested.items()}
    own = {key: value for key, value in record.items() if not isinstance(value, dict)}
    return own | inner
