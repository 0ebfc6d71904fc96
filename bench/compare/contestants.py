"""One function a contestant: takes the trades, returns seconds per tick of its best repetition."""

import bisect
import math
import time
from collections import deque

import numpy as np

WARM = 12_000  # every output is defined from tick 11,277 on


def best(repeat, rows, work):
    """Seconds per row of the fastest of `repeat` runs after a warm-up."""
    times = []
    for _ in range(repeat + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times[1:]) / rows


def tickeng_batch(d):
    from tickeng import Engine

    ts_ns = d["ts_ms"] * 1_000_000
    leader = (ts_ns - 1, 100.0 * np.exp(np.cumsum(d["lead"])))
    return best(3, len(ts_ns), lambda: Engine().run(
        ts_ns, d["price"], d["qty"], d["side"], leader=leader))


def polars_batch(d):
    import polars as pl

    frame, col = pl.DataFrame(d), pl.col

    def z(x, w):
        return (x - x.rolling_mean(w)) / (x.rolling_std(w, ddof=0) + 1e-8)

    def work():
        lazy = frame.lazy().with_columns(
            v=col.qty * col.side.cast(pl.Float64), r=col.price.log().diff().abs(),
            dt=col.ts_ms.diff().cast(pl.Float64) / 1000.0,
            flip=col.side.cast(pl.Float64).diff().abs())
        lags = sum(w * col.lead.shift(k) for k, w in enumerate((0.4, 0.3, 0.2, 0.1)))
        norm = col.qty.rolling_quantile(0.9, interpolation="linear", window_size=10_000)
        lazy = lazy.select(
            k1=0.75 * z(col.v.rolling_sum(64), 1024)
            + 0.25 * z(col.v / (col.dt.sqrt() + 0.001), 1024),
            k2=z(lags, 1024), k3=z((col.v.abs() * col.flip).rolling_mean(1024), 10_000),
            k4=-z((col.r / (col.qty + 0.01 * norm)).rolling_mean(256), 1024))
        lazy = lazy.with_columns(
            signal=(col.k1 + 0.5 * col.k2).clip(-2.0, 2.0),
            size=pl.when(col.k3 > 2.0).then(0.2).when(col.k3 > 1.0).then(0.5).otherwise(1.0),
            gate=(col.k4 > -1.0).cast(pl.Float64))
        return lazy.with_columns(alpha=col.signal * col.size * col.gate).collect()

    return best(3, frame.height, work)


def rows_of(d):
    return list(zip(*(d[k].tolist() for k in ("ts_ms", "price", "qty", "side", "lead")),
                    strict=True))


def timed_stream(rows, tick):
    for row in rows[:WARM]:
        tick(*row)
    start = time.perf_counter()
    for row in rows[WARM:]:
        tick(*row)
    return (time.perf_counter() - start) / (len(rows) - WARM)


def tickeng_stream(d):
    from tickeng import Engine

    engine = Engine()
    on_tick = engine.on_tick
    rows = [(ts * 1_000_000, p, q, s) for ts, p, q, s, _ in rows_of(d)]
    engine.on_leader(rows[0][0] - 1, 100.0)
    for row in rows[:WARM]:
        on_tick(*row)
    start = time.perf_counter()
    for ts_ns, price, qty, side in rows[WARM:]:
        on_tick(ts_ns, price, qty, side).alpha  # noqa: B018 - reading it is what a strategy does
    return (time.perf_counter() - start) / (len(rows) - WARM)


class Window:
    """A deque with running sums, as the usual pure-Python engine keeps it."""

    def __init__(self, size):
        self.size, self.values, self.sum, self.squares = size, deque(), 0.0, 0.0

    def add(self, x):
        self.values.append(x)
        self.sum += x
        self.squares += x * x
        if len(self.values) > self.size:
            old = self.values.popleft()
            self.sum -= old
            self.squares -= old * old
        return len(self.values) == self.size

    def z(self, x):
        mean = self.sum / self.size
        return (x - mean) / (math.sqrt(max(self.squares / self.size - mean * mean, 0.0)) + 1e-8)


class PurePython:
    def __init__(self):
        sizes = (64, 1024, 1024, 1024, 1024, 10_000, 256, 1024)
        (self.flow, self.flow_z, self.speed_z, self.lead_z, self.tox, self.tox_z, self.impact,
         self.impact_z) = map(Window, sizes)
        self.sorted, self.ring, self.before, self.lags = [], deque(), None, (0.0, 0.0, 0.0)

    def on_tick(self, ts_ms, price, qty, side, lead):
        v, log_price = qty * side, math.log(price)
        k1a = k1b = k2 = k3 = k4 = math.nan
        if self.flow.add(v) and self.flow_z.add(self.flow.sum):
            k1a = self.flow_z.z(self.flow.sum)
        r = math.nan
        if self.before:
            ts, log_before, side_before = self.before
            r = abs(log_price - log_before)
            speed = v / (math.sqrt((ts_ms - ts) / 1000.0) + 0.001)
            if self.speed_z.add(speed):
                k1b = self.speed_z.z(speed)
            if self.tox.add(abs(v) * abs(side - side_before)):
                mean = self.tox.sum / 1024
                if self.tox_z.add(mean):
                    k3 = self.tox_z.z(mean)
        self.before = (ts_ms, log_price, side)
        a, b, c = self.lags
        signal = 0.4 * lead + 0.3 * a + 0.2 * b + 0.1 * c
        self.lags = (lead, a, b)
        if self.lead_z.add(signal):
            k2 = self.lead_z.z(signal)
        bisect.insort(self.sorted, qty)
        self.ring.append(qty)
        if len(self.ring) > 10_000:
            del self.sorted[bisect.bisect_left(self.sorted, self.ring.popleft())]
        if len(self.ring) == 10_000:
            low = self.sorted[8999]
            norm = low + (self.sorted[9000] - low) * 0.1
            if self.impact.add(r / (qty + 0.01 * norm)):
                mean = self.impact.sum / 256
                if self.impact_z.add(mean):
                    k4 = -self.impact_z.z(mean)
        alpha = max(-2.0, min(2.0, 0.75 * k1a + 0.25 * k1b + 0.5 * k2))
        size = 0.2 if k3 > 2.0 else 0.5 if k3 > 1.0 else 1.0
        return alpha * size if k4 > -1.0 else 0.0


def pure_python_stream(d):
    return timed_stream(rows_of(d), PurePython().on_tick)


def screamer_stream(d):
    from bench.compare.screamer_chain import Chain

    return timed_stream(rows_of(d), Chain().on_tick)


def csp_stream(d):
    from bench.compare.csp_chain import run

    return run(d)


def numba_batch(d):
    from bench.compare.numba_chain import run_batch

    return run_batch(d, best)


def numba_stream(d):
    from bench.compare.numba_chain import run_stream

    return run_stream(rows_of(d), WARM)


ALL = {f.__name__: f for f in (tickeng_batch, polars_batch, numba_batch, tickeng_stream,
                               pure_python_stream, screamer_stream, csp_stream, numba_stream)}
