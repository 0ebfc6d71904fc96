"""LOBSTER: `SYMBOL_DAY_START_END_message_LEVELS.csv`, what became of Nasdaq's orders, and
`..._orderbook_LEVELS.csv`, the book behind each of its lines; neither has a header.

A message is `seconds,type,order,size,price,direction`: the types 4 and 5 are executions of a
visible and of a hidden order, 7 is a halt. A book is `ask,ask size,bid,bid size` for each level.
Times are seconds since midnight in New York, prices 1/10000 dollars; a level that is empty has the
price 9999999999 or -9999999999. Source: lobsterdata.com, DataStructure and help pages.
Trap: the direction is that of the order that rested, so the taker's side is the other one; of a
hidden order it is always 1 since 2014-07-14, which says nothing. Type 6, a cross, adds up
executions of an auction. Docs: docs/decisions/0063.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import NamedTuple

from tickeng._native import io as _io
from tickeng.errors import DataError, TruncatedError
from tickeng.files.sources.columns import MARKET
from tickeng.files.sources.containers import Content
from tickeng.files.sources.layout import Clock, Layout, Scale, SideRule
from tickeng.files.sources.lean import local_day
from tickeng.files.sources.markets import MOST_LEVELS, Market
from tickeng.files.sources.probe import Probe, not_in_format
from tickeng.files.sources.raw import RawInput
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import fixed
from tickeng.files.sources.text import Blocks, TextReader

_NAME = re.compile(r"([A-Za-z0-9.-]+)_(\d{4}-\d\d-\d\d)_\d+_\d+_(message|orderbook)_(\d+)\.")
_MESSAGE = re.compile(r"\d{1,5}(?:\.\d{1,12})?,[1-7],-?\d+,\d+,-?\d+,-?1\s*")
_BOOK = re.compile(r"(?:-?\d+,\d+,-?\d+,\d+,)*-?\d+,\d+,-?\d+,\d+\s*")
_COLUMNS = ("time", "type", "order_id", "size", "price", "direction")
_ROLES = ("ts", "event", "ignore", "qty", "price", "side")
_KEPT = (("4", True), ("5", True), ("*", False))
_TAKERS = SideRule((("1", -1), ("-1", 1), ("0", 0)))
_NO_SIDES_SINCE = dt.date(2014, 7, 14)  # of hidden orders
_HIDDEN = re.compile(rb"(?m)^([^,\n]*,5,[^\n]*,)-?1(?=\s*$)")
_EMPTY = re.compile(rb"(?<![\d.])-?9999999999(?=,0(?:[,\s]|$))")
_ANSWERS = ("date", "symbol_from", "encoding")
_ZONE = "America/New_York"
_UNKNOWN = ("the sides of its hidden executions are unknown: since 2014-07-14 all of them are "
            'written as 1; infer_side="tick" infers them')

Edit = Callable[[Iterator[list[bytes]]], Iterator[bytes]]


class _Named(NamedTuple):
    """What a file's name says."""

    symbol: str
    date: dt.date | None
    what: str
    levels: int


class Lobster:
    name = "lobster"

    def recognise(self, probe: Probe) -> bool:
        if probe.options.header or not probe.lines:
            return False
        lines = [line for line, _ in probe.lines]
        named = _named(probe)
        if named and named.what == "orderbook":
            return bool(_BOOK.fullmatch(lines[0]))
        fits = sum(bool(_MESSAGE.fullmatch(line)) for line in lines)
        if named:
            return 2 * fits > len(lines)
        return fits == len(lines) and any("." in line.partition(",")[0] for line in lines)

    def open(self, probe: Probe) -> Reader:
        if not self.recognise(probe):
            raise not_in_format(self.name)
        named = _named(probe)
        if named and named.what == "orderbook":
            return _open_books(probe, named)
        return _open_messages(probe, named)


def _named(probe: Probe) -> _Named | None:
    for name in probe.names:
        if match := _NAME.match(name):
            try:
                date = dt.date.fromisoformat(match[2])
            except ValueError:
                date = None
            return _Named(match[1], date, match[3], int(match[4]))
    return None


def _day(probe: Probe, named: _Named | None) -> dt.date:
    date = probe.options.date or (named.date if named else None)
    if date is None:
        raise DataError("holds LOBSTER messages (seconds of a day), but no name tells the day: "
                        'give it with date="2012-06-21"')
    return date


def _symbol(probe: Probe, named: _Named | None) -> str:
    asked = probe.options.symbol_name or probe.options.symbol_from
    return probe.symbol if asked or not named else named.symbol


def _clock(date: dt.date) -> Clock:
    return Clock("s", any_range=True, day=local_day(date))


def _open_messages(probe: Probe, named: _Named | None) -> Reader:
    """The trades: executions of orders, on the side of who took."""
    kind = probe.options.kind
    if kind not in (None, "trade") or "trade" not in probe.takes:
        other = _beside(probe.raw.name, "message", "orderbook")
        raise DataError(f"holds LOBSTER messages, of which the executions are trades: "
                        f"give {other}, which has the books")
    date = _day(probe, named)
    layout = Layout(_ROLES, ts=_clock(date), side=_TAKERS, events=(_KEPT,),
                    price_scale=Scale(places=4))
    content: Blocks = probe.content
    if late := date >= _NO_SIDES_SINCE:
        content = _Edited(probe.content, _without_hidden_sides)
    reader = TextReader(
        "lobster", _io.csv_events(layout), content,
        reading=fixed(_COLUMNS, layout, probe.options, "a LOBSTER file", _ANSWERS, tz=_ZONE,
                      delimiter=",", decimal="point")._replace(notes=(_UNKNOWN,) if late else ()),
        symbol=_symbol(probe, named), block_rows=probe.options.block_rows)
    reader.has_side = True
    return reader


def _open_books(probe: Probe, named: _Named) -> Reader:
    """The books, each at the time of its message, or their best levels as quotes."""
    kind = probe.options.kind or next((k for k in ("book", "quote") if k in probe.takes), "book")
    if kind not in ("book", "quote") or kind not in probe.takes:
        other = _beside(probe.raw.name, "orderbook", "message")
        raise DataError(f"holds LOBSTER order books, no trades: give {other}, which has them")
    levels = (probe.lines[0][0].count(",") + 1) // 4
    if levels != named.levels:
        raise DataError(f"has {levels} levels, and its name says {named.levels}: fetch it again")
    messages = _messages_of(probe)
    read = 1 if kind == "quote" else min(levels, MOST_LEVELS)
    columns = ("time", *(f"{name}_{n}" for n in range(1, levels + 1)
                         for name in ("ask", "ask_qty", "bid", "bid_qty")))
    market = [tuple(columns.index(f"{name}_{n}") for n in range(1, read + 1)) for name in MARKET]
    roles = ["ts", *["ignore"] * 4 * levels]
    for name, found in zip(MARKET, market, strict=True):
        for index in found:
            roles[index] = name
    layout = Layout(tuple(roles), ts=_clock(_day(probe, named)), price_scale=Scale(places=4),
                    market=tuple(index for found in market for index in found),
                    is_book=kind == "book")
    notes = (f"its times are those of {os.path.basename(messages)}",
             *Market((), "columns", levels if kind == "book" else 1).notes)
    return TextReader(
        "lobster", _io.csv_events(layout),
        _Edited(probe.content, lambda lines: _with_times(lines, messages, probe)),
        reading=fixed(columns, layout, probe.options, "a LOBSTER file", _ANSWERS, kind, tz=_ZONE,
                      delimiter=",", decimal="point")._replace(notes=notes),
        symbol=_symbol(probe, named), block_rows=probe.options.block_rows)


def _beside(name: str, one: str, other: str) -> str:
    """The name of the other file of a pair."""
    swapped = name.replace(f"_{one}_", f"_{other}_")
    return swapped if swapped != name else f"the _{other}_ file"


def _messages_of(probe: Probe) -> str:
    """The path of the message file that belongs to a file of books. Raises DataError."""
    folder, name = os.path.split(probe.raw.path)
    other = _beside(name, "orderbook", "message")
    path = os.path.join(folder, other)
    if probe.raw.size is None or probe.raw.may_grow or other == name or not _NAME.match(name):
        raise DataError("holds LOBSTER order books, whose times are in their message file: give "
                        "it as a file of its own name, with the message file beside it")
    if not os.path.isfile(path):
        raise DataError(f"holds LOBSTER order books, whose times are in {other}: put that file "
                        "beside it")
    return path


def _with_times(books: Iterator[list[bytes]], path: str, probe: Probe) -> Iterator[bytes]:
    """The lines of books behind the times of their messages. Raises DataError."""
    name = os.path.basename(path)
    raw = RawInput(path)
    try:
        blocks = Content(raw, probe.limits).blocks()
        messages = chain.from_iterable(_whole_lines(blocks))
        count = 0
        for lines in books:
            times = [_time(line) for line in islice(messages, len(lines))]
            yield _EMPTY.sub(b"", b"".join(map(b",".join, zip(times, lines, strict=False))))
            count += len(times)
            if len(times) < len(lines):
                raise TruncatedError(f"{name}, which has the times, ends behind row {count}: "
                                     "fetch both files again")
        if next(messages, None) is not None:
            raise TruncatedError(f"{name} has more rows than the {count} here: fetch both files "
                                 "again")
    finally:
        raw.close()


def _time(message: bytes) -> bytes:
    time, comma, _ = message.partition(b",")
    return time if comma else b""  # one that was cut is none


def _without_hidden_sides(messages: Iterator[list[bytes]]) -> Iterator[bytes]:
    for lines in messages:
        yield _HIDDEN.sub(rb"\g<1>0", b"".join(lines))


def _whole_lines(blocks: Iterator[bytes], keep_rest: bool = False) -> Iterator[list[bytes]]:
    """The lines that are complete, of each block; blank ones are none. The last one needs no
    newline, unless `keep_rest`: somebody may still be writing it."""
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        yield [line + b"\n" for line in lines if line.strip()]
    if rest.strip() and not keep_rest:
        yield [rest]


class _Edited:
    """Content whose lines are edited before they are read."""

    def __init__(self, content: Content, edit: Edit) -> None:
        self.raw, self.head = content.raw, content.head
        self._content, self._edit = content, edit

    @property
    def ends_open(self) -> bool:
        """Whether the lines that are edited end without a line end."""
        return self._content.ends_open

    def blocks(self) -> Iterator[bytes]:
        lines = _whole_lines(self._content.blocks(), self.raw.may_grow)
        yield from self._edit(lines)


FORMAT = Lobster()
