"""Thins a stream of ticks to at most 2,048 buckets while it runs.

Each symbol has buckets of equal time width. When the ticks outgrow them the width doubles and
neighbours are merged, so memory is fixed and extremes survive: every bucket keeps minimum and
maximum, not a sample. The picture shows the symbol with the most ticks.
"""


from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BUCKETS = 2048
_SYMBOLS_MAX = 16
_FIRST_WIDTH_NS = 1_000_000

BANDS = {"signal": "signal", "spread": "spread_bps", "depth": "depth_imbalance_1",
         "pump": "pump_score", "exhaust": "exhaust_score"}  # of outputs

Floats = NDArray[np.float64]


class Band(NamedTuple):
    """One of BANDS: its least, greatest and mean value in each bucket."""

    name: str
    low: Floats
    high: Floats
    mean: Floats


class Picture(NamedTuple):
    """What is drawn: columns of one length, a row per bucket that holds ticks."""

    symbol: str
    symbols: int
    ticks: int
    first_ns: int
    last_ns: int
    width_ns: int
    ts_ns: NDArray[np.int64]
    price_low: Floats
    price_high: Floats
    price_last: Floats
    signal_low: Floats
    signal_high: Floats
    signal_mean: Floats
    size_mean: Floats
    open_share: Floats
    weight: Floats
    has_gate: bool
    market: tuple[Band, ...]

    @property
    def gate_open(self) -> float:
        """Share of all ticks with the gate open."""
        return float(np.dot(self.open_share, self.weight) / max(1, self.ticks))


class Series:
    """Buckets of one symbol."""

    def __init__(self, start_ns: int) -> None:
        self.start_ns, self.width_ns = start_ns, _FIRST_WIDTH_NS
        self.last_ns = start_ns
        self.ticks = 0
        self._low = {name: np.full(BUCKETS, np.inf) for name in ("price", *BANDS)}
        self._high = {name: np.full(BUCKETS, -np.inf) for name in ("price", *BANDS)}
        self._sum = {n: np.zeros(BUCKETS) for n in ("ticks", "open", "size", *BANDS)}
        self._known = {name: np.zeros(BUCKETS) for name in BANDS}
        self._has_gate = False
        self._last = np.full(BUCKETS, np.nan)

    def add(self, ts_ns: NDArray[np.int64], price: Floats, outputs: dict[str, Any]) -> None:
        """Gather ticks of this symbol, at least one, in order of time."""
        offset = np.maximum.accumulate(np.maximum(ts_ns - self.start_ns, 0))
        while int(offset[-1]) // self.width_ns >= BUCKETS:
            self._double()
        bucket = offset // self.width_ns
        first = np.flatnonzero(np.diff(bucket, prepend=-1))
        at = bucket[first]
        self.ticks += len(ts_ns)
        self.last_ns = self.start_ns + int(offset[-1])
        self._has_gate |= "gate" in outputs
        bands = {name: np.asarray(outputs[output]) for name, output in BANDS.items()
                 if output in outputs}
        for name, values in (("price", price), *bands.items()):
            self._low[name][at] = np.fmin(self._low[name][at], np.fmin.reduceat(values, first))
            self._high[name][at] = np.fmax(self._high[name][at], np.fmax.reduceat(values, first))
        ones = np.ones(len(price))
        for name, values in (
            ("ticks", ones),
            ("open", outputs.get("gate", 0 * ones) != 0),
            ("size", outputs.get("size", ones)),
            *((name, np.nan_to_num(band)) for name, band in bands.items()),
        ):
            self._sum[name][at] += np.add.reduceat(values.astype(np.float64), first)
        for name, band in bands.items():
            self._known[name][at] += np.add.reduceat((~np.isnan(band)).astype(np.float64), first)
        self._last[at] = price[np.append(first[1:], len(price)) - 1]

    def _double(self) -> None:
        """Merge neighbouring buckets; the upper half becomes free."""
        half = BUCKETS // 2

        def merged(values: Floats, pairs: Floats, rest: float) -> None:
            values[:half], values[half:] = pairs, rest

        for low in self._low.values():
            merged(low, low.reshape(-1, 2).min(axis=1), np.inf)
        for high in self._high.values():
            merged(high, high.reshape(-1, 2).max(axis=1), -np.inf)
        for total in (*self._sum.values(), *self._known.values()):
            merged(total, total.reshape(-1, 2).sum(axis=1), 0.0)
        left, right = self._last[0::2].copy(), self._last[1::2].copy()
        merged(self._last, np.where(np.isnan(right), left, right), np.nan)
        self.width_ns *= 2

    def picture(self, symbol: str, symbols: int) -> Picture:
        """The buckets that hold ticks."""
        full = np.flatnonzero(self._sum["ticks"])
        ticks = self._sum["ticks"][full]
        bands = {name: self._band(name, full) for name in BANDS}
        signal = bands.pop("signal")
        return Picture(
            symbol, symbols, self.ticks, self.start_ns, self.last_ns, self.width_ns,
            self.start_ns + full * self.width_ns + self.width_ns // 2,
            self._low["price"][full], self._high["price"][full], self._last[full],
            signal.low, signal.high, signal.mean,
            self._sum["size"][full] / ticks, self._sum["open"][full] / ticks, ticks,
            self._has_gate,
            tuple(band for band in bands.values() if not np.isnan(band.mean).all()),
        )

    def _band(self, name: str, full: NDArray[np.intp]) -> Band:
        """Its values in the buckets that hold ticks, NaN where none is known."""
        known = self._known[name][full]

        def where(values: Floats) -> Floats:
            return np.where(known > 0, values[full], np.nan)

        return Band(name, where(self._low[name]), where(self._high[name]),
                    where(self._sum[name]) / np.maximum(known, 1.0))


class Plot:
    """The series of the first symbols of a replay."""

    def __init__(self) -> None:
        self._series: dict[str, Series] = {}
        self._seen: set[str] = set()

    def add(
        self, symbol: str, ts_ns: NDArray[np.int64], price: Floats, outputs: dict[str, Any]
    ) -> None:
        """Gather accepted ticks of one symbol with the engine's outputs, at least one."""
        self._seen.add(symbol)
        if symbol not in self._series:
            if len(self._series) >= _SYMBOLS_MAX:
                return
            self._series[symbol] = Series(int(ts_ns[0]))
        self._series[symbol].add(ts_ns, price, outputs)

    def picture(self) -> Picture:
        """The busiest symbol; an empty picture when no tick came."""
        if not self._series:
            return Series(0).picture("no ticks", 0)
        symbol = max(self._series, key=lambda name: self._series[name].ticks)
        return self._series[symbol].picture(symbol, len(self._seen))
