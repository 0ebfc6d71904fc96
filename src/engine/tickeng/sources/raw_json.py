"""Recorded websocket lines, `local_ns {json}`, as hftbacktest's Binance collectors write them.

Only the `trade` stream is read; depth and book ticker lines pass by and are not rows. Both clocks
are there: T (exchange, ms) and the number in front of the line (local, ns).
"""

from __future__ import annotations

import re

from tickeng import _io
from tickeng.sources.batch import Reader
from tickeng.sources.options import Clock
from tickeng.sources.probe import Probe
from tickeng.sources.text import TextReader

_LINE = re.compile(r"\d{18,19} \{")


class RawJson:
    name = "exchange-json"

    def recognise(self, probe: Probe) -> bool:
        return any(_LINE.match(line) for line, _ in probe.lines)

    def open(self, probe: Probe) -> Reader:
        return TextReader(
            self.name, _io.raw_json_trades(Clock("ms"), Clock("ns")), probe.content,
            columns=("local_ns", "T", "p", "q", "m", "t", "s"),
            roles=("recv", "ts", "price", "qty", "maker", "id", "symbol"),
            symbol=probe.options.symbol, block_rows=probe.options.block_rows,
        )


FORMAT = RawJson()
