"""Recorded websocket lines, `local_clock {json}`, as hftbacktest's collectors write them.

The local clock has 19 digits (ns), 16 (us, the first collector) or 13 (ms). Binance's lines are
read in C++, in one pass: trades, quotes and changes of books in the order of the lines, or those
kinds alone that the caller needs; others pass by unread. Trades of other venues go the way of JSON
lines, with their clock as a column. Tickers and answers to subscriptions are no rows.
Trap: a recording that lacks what is asked for is no sound file; it is refused with what it holds.
Trap: events of one file must not be dated by two clocks, which may be seconds apart: what has no
time of the exchange (quotes of Binance's spot market) is read by the local clock or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tickeng._native import io as _io
from tickeng.errors import DataError
from tickeng.files.batch import SEVERAL, VALUES, EventBatch, Reject, count_reasons
from tickeng.files.sources.columns import MARKET
from tickeng.files.sources.json_events import TWICE, nothing_in
from tickeng.files.sources.kinds import check_taken
from tickeng.files.sources.layout import Clock, Layout
from tickeng.files.sources.options import Options
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import Reading, fixed
from tickeng.files.sources.text import TextReader

KINDS = ("trade", "quote", "delta")
_LINE = re.compile(r"(\d{13}|\d{16}|\d{18,19}) \{")
_UNITS = {13: "ms", 16: "us"}
_BINANCE = re.compile(r'"(?:stream|e)"\s*:\s*"')
_GATE = re.compile(r'"channel"\s*:\s*"(?:spot|futures)\.')  # whose depth has Binance's "e", too
_TOPIC = re.compile(r'"(?:topic|channel|table|stream|e|type|method)"\s*:\s*"(?:[^"@.]*@)?([^".@]+)')
_MESSAGES = re.compile(rb'"e"\s*:\s*"(?:bookTicker|depthUpdate)"|'
                       rb'"stream"\s*:\s*"[^"@]*@(?:bookTicker|depth)[@"]')
_COLUMNS = {  # the keys in the messages, and what each is read as
    "trade": {"local": "recv", "T": "ts", "p": "price", "q": "qty", "m": "maker", "t": "id",
              "s": "symbol"},
    "quote": {"local": "recv", "T": "ts", "b": "bid", "B": "bid_qty", "a": "ask", "A": "ask_qty",
              "u": "id", "s": "symbol"},
}
_OF_ALL = {"local": "recv", "T": "ts", "s": "symbol"}


class RecordingReading(Reading):
    """How a recording is read, and what to say of an event that does not fit."""

    def contradiction(self, fault: _io.Contradiction) -> str:
        if fault.role == "clock":
            remedy = ('clock="recv" dates all events by the local clock' if self.has_recv else
                      "record a local clock in front of each message")
            return (f"its {fault.text}s have no time of the exchange: {remedy}, or"
                    ' kind="trade" reads the trades alone')
        if fault.role == "snapshot" and fault.text:
            return (f"a depth snapshot names no symbol, and the depth messages are of {fault.text}:"
                    " give the lines of each symbol a file of their own")
        if fault.role == "snapshot":
            return ("a depth snapshot names no symbol, and no depth message before it does: give "
                    'symbol_name="NAME"')
        if fault.role == "levels":
            return ("depth messages name no stream and look like the best levels alone, which are "
                    "no changes: record the stream SYMBOL@depth")
        if fault.role == "product":
            return (f"{fault.text} is of futures here and of the spot market in rows before, or the"
                    " other way round: give the lines of each a file of their own")
        return super().contradiction(fault)


class RecordingReader(TextReader):
    """Lines of Binance; `topics` are those of the sample, `kinds` those that are read, `asked`
    those of them that must be there."""

    topics: frozenset[str] = frozenset()
    kinds: tuple[str, ...] = ("trade",)
    asked: tuple[str, ...] = ("trade",)
    _stretch: Sequence[EventBatch] = ()
    _parser: _io.RecordingParser

    @property
    def products(self) -> dict[str, tuple[str, str]]:
        """Symbol -> ("", "spot" or "futures"), of those whose messages tell."""
        found = self._parser.products
        names = [self._symbol] * len(found) if self._symbol else self.symbols
        return {name: ("", word) for name, word in zip(names, found, strict=False) if word}

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        alone = self.kinds == ("trade",)
        for batch in super().batches(start_row):
            if self._parser.twice:
                raise DataError(TWICE)
            yield from (batch,) if alone else self._stretch
        met = {"trade": self._parser.rows} if alone else self._parser.met
        lacks = [kind for kind in self.asked if not met[kind]]
        if lacks or not any(met.values()):
            raise DataError(nothing_in((lacks or self.kinds)[0], self._parser.lines, self.topics))

    def _take(self) -> EventBatch:
        if self.kinds == ("trade",):
            return super()._take()
        kinds, refused, filtered = self._parser.take_kinds()
        found = self._parser.new_symbols()
        if self._symbol is None:
            self.symbols.extend(found)
        parts = [(kind, columns) for kind, columns in kinds.items() if len(columns["row"])]
        parts.sort(key=lambda part: part[1]["row"][0])
        self._stretch = [self._batch(*part) for part in parts or [*kinds.items()][:1]]
        for batch in self._stretch[:-1]:
            batch.more = True
        last = self._stretch[-1]
        last.rejects = [Reject(row, reason, text, self._symbol or symbol, hint, kind)
                        for row, reason, text, symbol, hint, kind in refused]
        last.rejected, last.filtered = count_reasons(last.rejects), filtered
        self._parser.begin(self._block_rows)
        return last

    def _batch(self, kind: str, columns: dict[str, Any]) -> EventBatch:
        return EventBatch(
            kind, columns["ts_ns"], {name: columns[name] for name in VALUES[kind]},
            columns["symbol"] if self._symbol is None else None, self.symbols, columns["row"],
            columns.get("recv_ns"), columns.get("id"), rows_end=self._parser.rows,
        )


class RawJson:
    name = "exchange-json"

    def recognise(self, probe: Probe) -> bool:
        return any(_LINE.match(line) for line, _ in probe.lines)

    def open(self, probe: Probe) -> Reader:
        lines = [line for line, _ in probe.lines]
        clocks = [match[1] for line in lines if (match := _LINE.match(line))]
        kinds = kinds_of(probe)
        other = clocks and not any(_BINANCE.search(line) and not _GATE.search(line)
                                   for line in lines)
        if other and probe.options.kind != "quote":
            from tickeng.files.sources.json_records import JsonRecords

            return JsonRecords(probe, recorded=True)
        unit = _UNITS.get(len(clocks[0]), "ns") if clocks else "ns"
        return open_messages(probe, self.name, kinds, Clock(unit))


def kinds_of(probe: Probe) -> tuple[str, ...]:
    """The kinds to read: the one asked for, those that the caller needs, or all that it takes."""
    asked = probe.options.kind
    if asked:
        asked = "delta" if asked == "book" else asked  # which are books as they change
        check_taken(asked, probe.takes)
        return (asked,)
    wanted = probe.needs or (probe.takes if SEVERAL in probe.takes else ("trade",))
    kinds = tuple(kind for kind in KINDS if kind in wanted) or ("trade",)
    check_taken(kinds[0] if len(kinds) == 1 else SEVERAL, probe.takes)
    return kinds


def are_messages(head: bytes) -> bool:
    """Whether lines of JSON are messages of Binance that hold quotes or changes of books."""
    return bool(_MESSAGES.search(head)) and not _GATE.search(head[:4096].decode("latin-1"))


def open_messages(probe: Probe, name: str, kinds: tuple[str, ...], recv: Clock | None) -> Reader:
    """The reader of Binance's messages, behind a local clock or each alone (None)."""
    kind = kinds[0] if len(kinds) == 1 else SEVERAL
    ts, options = Clock(), probe.options
    parser = _io.raw_json_events(ts, recv, kinds, options.clock == "recv", options.symbol_name)
    reader = RecordingReader(name, parser, probe.content, reading=_reading(kind, ts, recv, options),
                             symbol=options.symbol_name, block_rows=options.block_rows)
    reader.kinds = kinds
    reader.has_side = "trade" in kinds
    reader.asked = kinds if probe.needs or kind != SEVERAL else ()
    reader.topics = frozenset(
        topic for line, _ in probe.lines for topic in _TOPIC.findall(line[:1000])[:1])
    return reader


def _reading(kind: str, ts: Clock, recv: Clock | None, options: Options) -> Reading:
    columns = _COLUMNS.get(kind, _OF_ALL)
    if recv is None:
        columns = {name: role for name, role in columns.items() if role != "recv"}
    roles = tuple(columns.values())
    market = tuple(map(roles.index, MARKET)) if kind == "quote" else ()
    layout = Layout(roles, ts=ts, recv=recv or Clock(), market=market)
    found = fixed(tuple(columns), layout, options._replace(kind=None), "a raw recording",
                  ("encoding",))
    return RecordingReading(*found)._replace(kind=kind, options=options)


FORMAT = RawJson()
