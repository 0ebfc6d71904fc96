"""Recorded websocket lines, `local_ns {json}`, as hftbacktest's Binance collectors write them.

Only the `trade` stream is read; depth and book ticker lines pass by and are not rows. Both clocks
are there: T (exchange, ms) and the number in front of the line (local, ns).
"""

from __future__ import annotations

import re

from tickeng import _io
from tickeng.sources.batch import Reader
from tickeng.sources.layout import Clock, Layout
from tickeng.sources.probe import Probe
from tickeng.sources.reading import fixed
from tickeng.sources.text import TextReader

_LINE = re.compile(r"\d{18,19} \{")


class RawJson:
    name = "exchange-json"

    def recognise(self, probe: Probe) -> bool:
        return any(_LINE.match(line) for line, _ in probe.lines)

    def open(self, probe: Probe) -> Reader:
        ts, recv = Clock("ms"), Clock("ns")
        columns = ("local_ns", "T", "p", "q", "m", "t", "s")
        layout = Layout(("recv", "ts", "price", "qty", "maker", "id", "symbol"), ts=ts, recv=recv)
        return TextReader(
            self.name, _io.raw_json_trades(ts, recv), probe.content,
            reading=fixed(columns, layout, probe.options, "a raw recording"),
            symbol=probe.options.symbol_name, block_rows=probe.options.block_rows,
        )


FORMAT = RawJson()
