"""DBN files written by hand, and read by hand: a record at a time, numbers as exact fractions."""

from __future__ import annotations

import datetime as dt
import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import databento_dbn as dbn

FILES = Path(__file__).parents[1] / "golden/dbn"  # from the vendor
SAMPLES = sorted(path for path in FILES.glob("*.dbn*") if ".mbo." not in path.name)
DAY = 86_400 * 10**9
START = 18_624 * DAY  # 2020-12-28
NO_PRICE, NO_TIME, NO_SIZE = (1 << 63) - 1, (1 << 64) - 1, (1 << 32) - 1
LAST, MAYBE_BAD_BOOK = 0x80, 0x04
RTYPES = {"trades": 0, "tbbo": 1, "mbp-1": 1, "mbp-10": 10, "mbo": 0xA0, "cbbo-1s": 0xC0,
          "cbbo-1m": 0xC1, "tcbbo": 0xC2, "bbo-1s": 0xC3, "bbo-1m": 0xC4, "cmbp-1": 0xB1}
LEVELS = {"trades": 0, "mbo": 0, "mbp-10": 10}
SAMPLED = ("bbo-1s", "bbo-1m", "cbbo-1s", "cbbo-1m")
KINDS = {"trades": "trade", "mbo": "trade", "mbp-10": "book", "tbbo": "trade", "tcbbo": "trade"}
_TRADE, _SAMPLED, _ORDER = "<qIBBBBQiI", "<qI1xBB1xQ8x", "<QqIBBBBQiI"


def write(path: Path, head: bytes, *records: bytes) -> Path:
    path.write_bytes(head + b"".join(records))
    return path


def metadata(schema: str | None = "trades", mappings: Any = (), version: int = 3,
             ts_out: bool = False, inverse: bool = False) -> bytes:
    """`mappings`: (symbol, [(first date, date behind the last, instrument), ...]) each."""
    def interval(first: str, behind: str, symbol: object) -> SimpleNamespace:
        return SimpleNamespace(start_date=dt.date.fromisoformat(first), symbol=str(symbol),
                               end_date=dt.date.fromisoformat(behind))

    types = [dbn.SType.RAW_SYMBOL, dbn.SType.INSTRUMENT_ID]
    stype_in, stype_out = types[::-1] if inverse else types
    return dbn.Metadata(
        "GLBX.MDP3", START, stype_in, stype_out, dbn.Schema(schema) if schema else None,
        symbols=[name for name, _ in mappings], ts_out=ts_out, version=version, end=START + DAY,
        mappings=[SimpleNamespace(raw_symbol=name, intervals=[interval(*part) for part in parts])
                  for name, parts in mappings]).encode()


def record(schema: str, *, instrument: int = 7, publisher: int = 1, event: int = START,
           recv: int | None = None, price: int = 10**9, size: int = 1, action: str = "T",
           side: str = "B", flags: int = LAST, levels: Any = (),
           ts_out: int | None = None, order: int = 5) -> bytes:
    """`levels`: (bid, ask, bid size, ask size) each; those that are left out are empty."""
    recv = event if recv is None else recv
    letters = (ord(action), ord(side))
    if schema in SAMPLED:
        body = struct.pack(_SAMPLED, price, size, letters[1], flags, recv)
    elif schema == "mbo":
        body = struct.pack(_ORDER, order, price, size, flags, 0, *letters, recv, 3, 4)
    else:
        body = struct.pack(_TRADE, price, size, *letters, flags, 0, recv, 3, 4)
    for n in range(LEVELS.get(schema, 1)):
        level = levels[n] if n < len(levels) else (NO_PRICE, NO_PRICE, 0, 0)
        body += struct.pack("<qqII8x", *level)
    if ts_out is not None:
        body += struct.pack("<Q", ts_out)
    words = (16 + len(body)) // 4
    return struct.pack("<BBHIQ", words, RTYPES[schema], publisher, instrument, event) + body


def message(rtype: int = 0x17, words: int = 80) -> bytes:
    """What a gateway says between the records."""
    return struct.pack("<BBHIQ", words, rtype, 1, 0, START) + bytes(4 * words - 16)


def _decimal(price: int) -> float | None:
    return None if price == NO_PRICE else float(Fraction(price, 10**9))


def _side(levels: list[tuple[float | None, int]], way: int) -> list[tuple[float | None, int]] | str:
    """A side as the readers have it, or why there is none."""
    is_empty = [price is None or (price == 0 and size in (0, NO_SIZE)) for price, size in levels]
    depth = is_empty.index(True) if True in is_empty else len(levels)
    before = None
    for price, size in levels[:depth]:
        if price <= 0 or (before is not None and way * price <= way * before):
            return "bad_price"
        if size == NO_SIZE:
            return "bad_qty"
        before = price
    if not all(is_empty[depth:]):
        return "bad_price"
    return levels[:depth] + [(None, 0)] * (len(levels) - depth)


def _sound(stamp: int) -> bool:
    return 631_152_000 * 10**9 <= stamp < 4_102_444_800 * 10**9


def events(schema: str, body: bytes, kind: str) -> tuple[list[tuple], dict[int, str], int]:
    """(row, time, receive time, instrument, values) each, reasons by row, rows that are filtered.

    The slow reference: every record is taken apart by itself.
    """
    records, at = [], 0
    while at < len(body):
        size = 4 * body[at]
        records.append(body[at:at + size])
        at += size
    found, rejected, filtered = [], {}, 0
    for row, data in enumerate(records, 1):
        behind = records[row] if row < len(records) else b""
        event = None
        if data[1] == RTYPES[schema]:
            event = _event(schema, data, behind, kind)
        if event is None:
            filtered += 1
        elif isinstance(event, str):
            rejected[row] = event
        else:
            found.append((row, *event))
    return found, rejected, filtered


def _keys(schema: str, data: bytes) -> tuple[int, int, int, int]:
    """Instrument, both times, flags."""
    instrument, event = struct.unpack_from("<IQ", data, 4)
    flags_at, recv_at = {"mbo": (36, 40)}.get(schema, (30, 32))
    return instrument, event, struct.unpack_from("<Q", data, recv_at)[0], data[flags_at]


def _event(schema: str, data: bytes, behind: bytes, kind: str) -> tuple | str | None:
    *keys, flags = _keys(schema, data)
    instrument, event, recv = keys
    price, size = struct.unpack_from("<qI", data, 24 if schema == "mbo" else 16)
    action, side = data[38:40] if schema == "mbo" else data[28:30]
    same_event = behind and behind[1] == RTYPES[schema] and [*_keys(schema, behind)[:3]] == keys
    if schema in SAMPLED:
        event = recv
    elif kind == "trade" or schema in ("tbbo", "tcbbo"):
        if action != ord("T"):
            return None
    elif same_event and not flags & LAST:
        return None
    if not (_sound(event) and _sound(recv)):
        return "bad_timestamp"
    if kind == "trade":
        paid = _decimal(price)
        values = (paid if paid and paid > 0 else None, None if size == NO_SIZE else float(size),
                  {"A": -1, "B": 1, "N": 0}.get(chr(side)))
        names = ("bad_price", "bad_qty", "bad_side")
        bad = next((name for name, value in zip(names, values, strict=True) if value is None), None)
        return bad or (event, recv, instrument, values)
    levels = [struct.unpack_from("<qqII", data, 48 + 32 * n) for n in range(LEVELS.get(schema, 1))]
    if flags & MAYBE_BAD_BOOK:
        levels = [(NO_PRICE, NO_PRICE, 0, 0)] * len(levels)
    bids = _side([(_decimal(bid), bid_size) for bid, _, bid_size, _ in levels], -1)
    asks = _side([(_decimal(ask), ask_size) for _, ask, _, ask_size in levels], 1)
    for side_ in (bids, asks):
        if isinstance(side_, str):
            return side_
    return event, recv, instrument, (bids, asks)
