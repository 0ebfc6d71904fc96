"""How fast is it here: one file, or synthetic trades, through every path, alternating.

Each round times reading, batch, streaming and a whole replay one after the other, so that a busy
machine disturbs all alike; medians over the rounds are reported. Times are wall clock.
"""

import gc
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._native.core import build_info
from .config import Config
from .engine import Engine
from .errors import DataError
from .files.batch import EventBatch
from .files.sources import open_source
from .files.tickfile import TickFileWriter
from .replay import Options, replay

Columns = dict[str, NDArray[Any]]
Progress = Callable[[int, int], None]
_COLUMNS = ("ts_ns", "price", "qty", "side")
_STREAMED = 200_000  # a Python loop over more than that tells nothing new
_QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999, "p99.99": 0.9999}


def synthetic_trades(n: int, seed: int = 20240607) -> Columns:
    """Trades of one symbol: clustered times, persistent sides, heavy-tailed lots, 0.1 ticks.

    Returns ts_ns int64 (ns), price and qty float64, side int8, each of length n.
    """
    rng = np.random.default_rng(seed)
    gap_ms = np.where(rng.random(n) < 0.55, 0.0, np.exp(rng.normal(3.2, 1.4, n)))
    side = np.where(np.cumsum(rng.random(n) < 0.22) & 1, 1, -1).astype(np.int8)
    lots = np.exp(rng.normal(2.6, 1.5, n))
    lots *= np.where(rng.random(n) < 0.02, 1.0 + np.minimum(rng.pareto(1.3, n), 2e4), 1.0)
    moves = np.where(rng.random(n) < 0.45, rng.standard_t(4, n) + 0.25 * side, 0.0) * 6e-6
    ts_ms = 1_700_000_000_000 + np.cumsum(np.rint(gap_ms)).astype(np.int64)
    return {
        "ts_ns": ts_ms * 1_000_000,
        "price": np.rint(60_000.0 * np.exp(np.cumsum(moves - moves.mean())) * 10.0) / 10.0,
        "qty": np.maximum(np.rint(lots), 1.0) / 1000.0,
        "side": side,
    }


def benchmark(
    path: str | None = None,
    *,
    rows: int = 1_000_000,
    rounds: int = 5,
    config: Config | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Time the paths of tickeng on `path`, or on `rows` synthetic trades.

    `options` are those of `open_source`; of a file at most `rows` trades are used for batch and
    streaming, all of them for reading and replay. Returns a JSON-able report: for each path the
    median ns per trade over the rounds and trades a second, and the latency of one `on_tick`.

    `progress` is called before each round with its index and the number of rounds.

    Raises:
        DataError: the file is empty, unrecognised or truncated.
    """
    with tempfile.TemporaryDirectory(prefix="tickeng-bench-") as folder:
        config = config or Config()
        if path is None:
            trades = synthetic_trades(rows)
            file, form = str(Path(folder, "synthetic.zst")), "synthetic, as own .zst"
            writer = TickFileWriter(file)
            writer.write(EventBatch.of("trade", trades, ["SYN"]))
            writer.close()
        else:
            file = path
            trades, form = _head(path, rows, options)
        paths = _paths(trades, file, config, options)
        times: dict[str, list[float]] = {name: [] for name in paths}
        best: list[NDArray[np.int64]] = []
        for turn in range(rounds):
            if progress:
                progress(turn, rounds)
            for name, run in paths.items():
                times[name].append(run())
            best.append(_latencies(trades, config))
        return {
            "schema": "tickeng.bench/1",
            "machine": {"cpu": _processor(), "cores": os.cpu_count(), "build": build_info(),
                        "python": platform.python_version()},
            "input": {"path": path, "format": form, "rows": len(trades["ts_ns"])},
            "rounds": rounds,
            "paths": {name: _figures(values) for name, values in times.items()},
            "on_tick_latency_ns": _latency_figures(np.min(best, axis=0)),
        }


def _head(path: str, rows: int, options: dict[str, Any]) -> tuple[Columns, str]:
    """The first `rows` trades of a file, and its format."""
    source = open_source(path, **options)
    parts, count = [], 0
    try:
        for batch in source.batches():
            parts.append({name: batch.columns[name] for name in _COLUMNS})
            count += len(batch)
            if count >= rows:
                break
    finally:
        source.close()
    if count == 0:
        raise DataError(f"{path}: holds no trade to measure with")
    return ({name: np.concatenate([p[name] for p in parts])[:rows] for name in parts[0]},
            source.format)


def _paths(
    trades: Columns, file: str, config: Config, options: dict[str, Any]
) -> dict[str, Callable[[], float]]:
    """Each path as a function that runs it once and returns ns per trade."""
    ts, price, qty, side = (trades[name] for name in _COLUMNS)
    streamed = _rows(trades)

    def read() -> float:
        source, count = open_source(file, **options), 0
        with _Clock() as clock:
            for batch in source.batches():
                count += len(batch)
        source.close()
        return clock.ns / count

    def batch() -> float:
        engine = Engine(config)
        with _Clock() as clock:
            engine.run(ts, price, qty, side)
        return clock.ns / len(ts)

    def stream() -> float:
        on_tick = Engine(config).on_tick
        with _Clock() as clock:
            for at, p, q, s in streamed:
                on_tick(at, p, q, s)
        return clock.ns / len(streamed)

    def whole() -> float:
        with _Clock() as clock:
            outcome = replay(Options(files=[file], config=config, source=options))
        return clock.ns / max(1, int(outcome.report["ticks"]))

    return {"read": read, "batch": batch, "on_tick": stream, "replay": whole}


def _rows(trades: Columns) -> list[tuple[Any, ...]]:
    """Trades as a strategy has them: Python numbers."""
    return list(zip(*(trades[name][:_STREAMED].tolist() for name in _COLUMNS), strict=True))


class _Clock:
    """Wall time of a block, the collector of garbage held back."""

    ns = 0

    def __enter__(self) -> "_Clock":
        gc.collect()
        gc.disable()
        self._start = time.perf_counter_ns()
        return self

    def __exit__(self, *_: object) -> None:
        self.ns = time.perf_counter_ns() - self._start
        gc.enable()


def _latencies(trades: Columns, config: Config) -> NDArray[np.int64]:
    """Time of each single `on_tick`, that of reading the clock included."""
    streamed = _rows(trades)
    clock, on_tick = time.perf_counter_ns, Engine(config).on_tick
    taken = np.empty(len(streamed), np.int64)
    gc.disable()
    try:
        for i, (ts_ns, price, qty, side) in enumerate(streamed):
            before = clock()
            on_tick(ts_ns, price, qty, side)
            taken[i] = clock() - before
    finally:
        gc.enable()
    return taken


def _figures(times: list[float]) -> dict[str, float]:
    median = statistics.median(times)
    return {"ns_per_trade": round(median, 2), "best_ns_per_trade": round(min(times), 2),
            "trades_per_s": round(1e9 / median)}


def _latency_figures(best: NDArray[np.int64]) -> dict[str, float]:
    """Quantiles of each tick's best time over the rounds: the engine's tail, not the system's."""
    found = {name: float(np.quantile(best, q)) for name, q in _QUANTILES.items()}
    return {**found, "worst": float(best.max()), "clock": float(_clock_cost())}


def _clock_cost() -> int:
    clock = time.perf_counter_ns
    return min(-(clock() - clock()) for _ in range(1000))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")),
                "unknown")
