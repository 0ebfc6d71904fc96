"""Lean ticks: trades `ms,price*10000,size,exchange,condition,suspicious`, no header, no side;
quotes `ms,bid,bid size,ask,ask size,exchange,condition,suspicious`, of which a price of 0 says
that this side is as it was.

Times are milliseconds since midnight in New York; the date and the symbol are in the names
(20131008_trade.zip holding 20131008_spy_Trade_Tick.csv). Source: QuantConnect/Lean, Data/equity.
On the two days a year when clocks change the milliseconds are read as the clock on the wall.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import numpy as np

from tickeng._native import io as _io
from tickeng.errors import DataError
from tickeng.files.batch import EventBatch
from tickeng.files.sources.layout import Clock, Layout, Scale
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.quantities import check_prices
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import fixed
from tickeng.files.sources.text import TextReader

_TRADE = re.compile(r"\d{1,8}(?:\.\d+)?,\d+,\d+,[A-Za-z ]*,[0-9A-Fa-f]*,[01]\s*")
_QUOTE = re.compile(r"\d{1,8}(?:\.\d+)?,\d+,\d+,\d+,\d+,[A-Za-z ]*,[0-9A-Fa-f]*,[01]\s*")
_MEMBER = re.compile(r"\d{8}_([A-Za-z0-9.]+)_(?:trade|quote)_tick", re.IGNORECASE)
_DATE = re.compile(r"(\d{8})_")
_COLUMNS = ("time", "price", "size", "exchange", "sale_condition", "suspicious")
_ROLES = ("ts", "price", "qty", "ignore", "ignore", "ignore")
_QUOTE_COLUMNS = ("time", "bid", "bid_size", "ask", "ask_size", "exchange", "condition",
                  "suspicious")
_QUOTE_ROLES = ("ts", "bid", "bid_qty", "ask", "ask_qty", "ignore", "ignore", "ignore")
_ZONE = "America/New_York"
_LEAST_SCALED = 10_000  # one dollar


class QuoteReader(TextReader):
    """A side that a row does not change is that of the row before, so all rows before are read."""

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        last = {"bid": np.nan, "bid_qty": 0.0, "ask": np.nan, "ask_qty": 0.0}
        for batch in super().batches(0):
            for side in ("bid", "ask"):
                known = ~np.isnan(batch.values[side])
                at = np.maximum.accumulate(np.where(known, np.arange(1, len(batch) + 1), 0))
                for name in (side, f"{side}_qty"):
                    filled = np.append(last[name], batch.values[name])[at]
                    batch.values[name] = filled
                    last[name] = float(filled[-1]) if len(filled) else last[name]
            if batch.rows_end > start_row:
                yield batch.after(start_row)


class Lean:
    name = "lean-tick"

    def recognise(self, probe: Probe) -> bool:
        if probe.options.header or not probe.lines:
            return False
        fits = [bool(_TRADE.fullmatch(line) or _QUOTE.fullmatch(line)) for line, _ in probe.lines]
        return 2 * sum(fits) > len(fits)

    def open(self, probe: Probe) -> Reader:
        is_quote = any(_QUOTE.fullmatch(line) for line, _ in probe.lines)
        kind = "quote" if is_quote else "trade"
        if is_quote and kind not in probe.takes:
            raise DataError("holds Lean quote ticks, no trades: give the _trade file of the day")
        clock = Clock("ms", any_range=True, day=local_day(self._date(probe)))
        layout = Layout(_QUOTE_ROLES if is_quote else _ROLES, ts=clock,
                        market=(1, 2, 3, 4) if is_quote else (),
                        price_scale=self._scale(probe, _QUOTE if is_quote else _TRADE))
        return (QuoteReader if is_quote else TextReader)(
            self.name, _io.csv_events(layout), probe.content,
            reading=fixed(_QUOTE_COLUMNS if is_quote else _COLUMNS, layout, probe.options,
                          "a Lean file", ("date", "price_scale", "symbol_from", "encoding"), kind,
                          tz=_ZONE, delimiter=",", decimal="point"),
            symbol=self._symbol(probe), block_rows=probe.options.block_rows,
        )

    def _scale(self, probe: Probe, line_: re.Pattern[str]) -> Scale:
        """Equities are written in 1/10000; prices that would then be cents may be as they are."""
        if probe.options.price_scale is not None:
            return Scale.of(probe.options.price_scale)
        prices = [int(line.split(",")[at]) for line, _ in probe.lines if line_.fullmatch(line)
                  for at in ((1,) if line_ is _TRADE else (1, 3))]
        if prices and max(prices) < _LEAST_SCALED:
            raise DataError(f"holds Lean ticks with prices such as {prices[0]}, which may be units "
                            'of 1/10000, as equities have, or prices: say with price_scale="1e-4" '
                            'or price_scale="1"')
        check_prices([str(price // 10_000) for price in prices])
        return Scale(places=4)

    def _date(self, probe: Probe) -> dt.date:
        if probe.options.date:
            return probe.options.date
        for name in probe.names:
            if match := _DATE.match(name):
                try:
                    return dt.date.fromisoformat(match[1])
                except ValueError:
                    continue
        raise DataError("holds Lean ticks (milliseconds of a day), but no name tells the day: "
                        "give it with date=\"2013-10-08\"")

    def _symbol(self, probe: Probe) -> str:
        found = (_MEMBER.match(name) for name in probe.names)
        named = next((match[1].upper() for match in found if match), None)
        asked = probe.options.symbol_name or probe.options.symbol_from
        return probe.symbol if asked or not named else named


def local_day(date: dt.date) -> tuple[int, int, int]:
    """(UTC ns of New York's midnight, ms of the clock change, midnight by the later offset)."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # for these files only

    try:
        zone = ZoneInfo(_ZONE)
    except ZoneInfoNotFoundError:
        raise DataError("needs the time zone database: install the package tzdata") from None

    def midnight_ns(hour: int) -> int:
        """Midnight by the offset that holds at `hour`."""
        wall = dt.datetime.combine(date, dt.time(hour), tzinfo=zone)
        offset = wall.utcoffset() or dt.timedelta()
        start = dt.datetime.combine(date, dt.time(), tzinfo=dt.UTC) - offset
        return int(start.timestamp()) * 1_000_000_000

    first, last = midnight_ns(0), midnight_ns(23)
    switch_hour = next((hour for hour in range(24) if midnight_ns(hour) == last), 0)
    return first, switch_hour * 3_600_000, last


FORMAT = Lean()
