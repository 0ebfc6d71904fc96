"""Binance Vision aggTrades, trades and bookTicker, with or without header.

Columns (binance/binance-public-data, README.md): aggTrades have 8 in spot and 7 in futures
files; trades have 7 and 6; bookTicker, which are quotes, have 7. The timestamp is in ms, in spot
files from 2025 on in us; the maker flag is True/False in spot files, true/false in futures
files. The symbol is in the name of the file.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tickeng._native import io as _io
from tickeng.files.sources.dialect import is_header
from tickeng.files.sources.kinds import check_taken
from tickeng.files.sources.layout import Clock, Layout
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.quantities import check_prices
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import fixed
from tickeng.files.sources.sides import FLAG_WORDS
from tickeng.files.sources.text import TextReader

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_TIME = r"\d{13}(?:\d{3})?"
_FLAG = r"(?i:true|false)"


class _Kind(NamedTuple):
    name: str
    line: re.Pattern[str]
    columns: tuple[str, ...]
    roles: tuple[str, ...]
    least: int  # of its columns
    kind: str = "trade"


_KINDS = (
    _Kind(
        "binance-aggtrades",
        re.compile(rf"\d+,{_NUMBER},{_NUMBER},-?\d+,-?\d+,{_TIME},{_FLAG}(?:,{_FLAG})?\s*"),
        ("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time",
         "is_buyer_maker", "is_best_match"),
        ("id", "price", "qty", "ignore", "ignore", "ts", "maker", "ignore"), 7,
    ),
    _Kind(
        "binance-trades",
        re.compile(rf"\d+,{_NUMBER},{_NUMBER},{_NUMBER},{_TIME},{_FLAG}(?:,{_FLAG})?\s*"),
        ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"),
        ("id", "price", "qty", "ignore", "ts", "maker", "ignore"), 6,
    ),
    _Kind(
        "binance-bookticker",
        re.compile(rf"\d+,{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER},{_TIME},{_TIME}\s*"),
        ("update_id", "best_bid_price", "best_bid_qty", "best_ask_price", "best_ask_qty",
         "transaction_time", "event_time"),
        ("id", "bid", "bid_qty", "ask", "ask_qty", "ts", "recv"), 7, "quote",
    ),
)


class Binance:
    name = "binance"

    def recognise(self, probe: Probe) -> bool:
        if probe.options.header or (found := self._kind(probe)) is None:
            return False
        return not (probe.options.map and found[2])  # without a header there is nothing to map

    def _kind(self, probe: Probe) -> tuple[_Kind, int, bool] | None:
        """(kind, number of columns, has a header). A header of other names is not Binance's."""
        first = probe.lines[0][0].strip().split(",") if probe.lines else []
        if is_header(first) and not any(self._is_header(kind, first) for kind in _KINDS):
            return None
        for kind in _KINDS:
            for i, (line, _) in enumerate(probe.lines):
                names = line.strip().split(",")
                if i == 0 and self._is_header(kind, names):
                    return kind, len(names), True
                if kind.line.fullmatch(line):
                    return kind, line.count(",") + 1, False
        return None

    def _is_header(self, kind: _Kind, names: list[str]) -> bool:
        # base_qty stands for quote_qty in coin-margined files; the 7th column may be missing.
        known = [("quote_qty" if name == "base_qty" else name) for name in names]
        return len(names) >= kind.least and tuple(known) == kind.columns[:len(names)]

    def open(self, probe: Probe) -> Reader:
        found = self._kind(probe)
        kind, count, has_header = found or (_KINDS[0], 7, False)
        check_taken(kind.kind, probe.takes)
        at = 1  # of a price
        check_prices([fields[at] for line, _ in probe.lines[has_header:]
                      if len(fields := line.split(",")) > at])
        roles = tuple("ignore" if role == "id" and probe.ids == "none" else role
                      for role in kind.roles[:count])
        unit = probe.options.time_unit
        clock = Clock(unit or "auto", any_range=unit is not None)
        is_quote = kind.kind == "quote"
        layout = Layout(roles, ts=clock, recv=clock if is_quote else Clock(),
                        market=(1, 2, 3, 4) if is_quote else (), side=FLAG_WORDS,
                        lenient_ids=probe.ids == "lenient")
        return TextReader(
            kind.name, _io.csv_events(layout), probe.content,
            reading=fixed(kind.columns[:count], layout, probe.options, f"a file of {kind.name}",
                          ("time_unit", "symbol_from", "encoding"), kind.kind, delimiter=",",
                          decimal="point"),
            symbol=probe.symbol, block_rows=probe.options.block_rows,
            skip_bytes=probe.lines[0][1] if has_header else 0,
        )


FORMAT = Binance()
