"""Recorded websocket lines, `local_clock {json}`, as hftbacktest's collectors write them.

The local clock has 19 digits (ns), 16 (us, the first collector) or 13 (ms). Binance's lines are
read in C++: most of them are depth, and pass by unread. Those of other venues go the way of JSON
lines, with their clock as a column. Depth, tickers and answers to subscriptions are no rows.
Trap: a recording without a trade is no sound file of trades; it is refused with what it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tickeng._native import io as _io
from tickeng.errors import DataError
from tickeng.files.batch import EventBatch
from tickeng.files.sources.layout import Clock, Layout
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import fixed
from tickeng.files.sources.text import TextReader

_LINE = re.compile(r"(\d{13}|\d{16}|\d{18,19}) \{")
_UNITS = {13: "ms", 16: "us"}
_BINANCE = re.compile(r'"(?:stream|e)"\s*:\s*"')
_TOPIC = re.compile(r'"(?:topic|channel|table|stream|e|type|method)"\s*:\s*"(?:[^"@.]*@)?([^".@]+)')
_MOST_TOPICS = 10


class RecordingReader(TextReader):
    """Lines of Binance; `topics` are those of the sample."""

    topics: frozenset[str] = frozenset()

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        for batch in super().batches(start_row):
            if self._parser.recorded[1]:
                raise DataError("holds the streams trade and aggTrade, which tell of the same "
                                "trades: record one of them")
            yield batch
        if not self._parser.rows:
            raise DataError(nothing_in(self._parser.recorded[0], self.topics))


def nothing_in(lines: int, topics: frozenset[str]) -> str:
    """What is said of a recording without a trade."""
    named = sorted(topics)
    listed = ", ".join(named[:_MOST_TOPICS]) + (" ..." if len(named) > _MOST_TOPICS else "")
    return (f"no trade line among {lines} (topics seen: {listed or 'none'}): record the "
            "trades of the venue, too")


class RawJson:
    name = "exchange-json"

    def recognise(self, probe: Probe) -> bool:
        return any(_LINE.match(line) for line, _ in probe.lines)

    def open(self, probe: Probe) -> Reader:
        lines = [line for line, _ in probe.lines]
        clocks = [match[1] for line in lines if (match := _LINE.match(line))]
        unit = _UNITS.get(len(clocks[0]), "ns") if clocks else "ns"
        if clocks and not any(map(_BINANCE.search, lines)):
            from tickeng.files.sources.json_records import JsonRecords

            return JsonRecords(probe, recorded=True)
        ts, recv = Clock(), Clock(unit)
        columns = ("local", "T", "p", "q", "m", "t", "s")
        layout = Layout(("recv", "ts", "price", "qty", "maker", "id", "symbol"), ts=ts, recv=recv)
        reader = RecordingReader(
            self.name, _io.raw_json_trades(ts, recv), probe.content,
            reading=fixed(columns, layout, probe.options, "a raw recording", ("encoding",)),
            symbol=probe.options.symbol_name, block_rows=probe.options.block_rows,
        )
        reader.topics = frozenset(
            topic for line in lines for topic in _TOPIC.findall(line[:1000])[:1])
        return reader


FORMAT = RawJson()
