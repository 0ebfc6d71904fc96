"""How ticks a second grow with threads, from what each part of a tick costs. Arithmetic only.

    live     one thread submits and polls, the others are workers; the least of four rates holds:
             sequencer 1 / (submit + poll), workers n / worker, the busiest worker 1 / (worker x its
             share of the ticks), memory bandwidth / bytes a tick
    chunks   one symbol's batch: each chunk but the first takes in `memory` rows more
    replay   stages that overlap: the slowest, or all of their work spread over the threads
Times are ns a tick, rates million ticks a second, bandwidth GB a second. `Machine` is what is
assumed of a machine with more threads than the one that was measured.
"""

import math
from dataclasses import dataclass

STRETCH = 1 << 20  # rows that a worker's share of a batch may have at once (engine_chunks.cpp)
Rate = tuple[float, str]  # and what ends it


@dataclass(frozen=True)
class Machine:
    """`smt`: what the second thread of a core adds to it, 0 to 1. `bandwidth`: all together."""

    cores: int
    smt: float
    bandwidth: float

    def speed(self, threads: int) -> float:
        """Of one of so many busy threads, 1 for one that has its core alone."""
        if threads <= self.cores:
            return 1.0
        return (self.cores + self.smt * (threads - self.cores)) / threads


def worker_of(name: str, workers: int) -> int:
    """Where ParallelEngine puts a symbol: FNV-1a of its name."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = (h ^ byte) * 0x100000001B3 % (1 << 64)
    return h % workers


def shares(symbols: int) -> list[float]:
    """Of the ticks that symbol k has on the tape of the benches (tape.hpp: Zipf by inversion)."""
    edges = [math.log(k + 1) / math.log(symbols) for k in range(symbols)]
    return [b - a for a, b in zip(edges, [*edges[1:], 1.0], strict=True)]


def busiest(symbols: int, workers: int) -> float:
    """The share of the ticks that the worker with most has."""
    load = [0.0] * workers
    for k, share in enumerate(shares(symbols)):
        load[worker_of(f"S{k}", workers)] += share
    return max(load)


def least(limits: dict[str, float]) -> Rate:
    what = min(limits, key=lambda name: limits[name])
    return limits[what], what


def live(threads: int, parts: dict[str, float], share: float | None, machine: Machine) -> Rate:
    """Many symbols through a ParallelEngine with `threads` - 1 workers; one thread: an Engine.

    share: of the busiest worker, None for one that has no more than the others. parts: engine,
    submit, poll, worker (ns) and bytes (of memory traffic a tick).
    """
    memory = 1e3 * machine.bandwidth / parts["bytes"]
    if threads == 1:
        return least({"engine": 1e3 / parts["engine"], "memory": memory})
    workers, speed = threads - 1, machine.speed(threads)
    limits = {"sequencer": 1e3 * speed / (parts["submit"] + parts["poll"]),
              "workers": 1e3 * speed * workers / parts["worker"], "memory": memory}
    if share is not None:
        limits["busiest worker"] = 1e3 * speed / (parts["worker"] * share)
        if limits["busiest worker"] <= 1.001 * limits["workers"]:
            del limits["workers"]
    return least(limits)


def live_on_two(workers: int, parts: dict[str, float], share: float) -> float:
    """ns a tick where submitting thread and workers share two cores: what was measured."""
    own = parts["submit"] + parts["poll"]
    if workers == 1:
        return max(own, parts["worker"])
    return max((own + parts["worker"]) / 2, parts["worker"] * share)


def chunks(threads: int, rows: int, parts: dict[str, float], machine: Machine) -> Rate:
    """One symbol's batch of `rows`. parts: batch, start (ns to start a thread), memory (rows) and
    bytes."""
    speed, took, again = machine.speed(threads), 0.0, 0.0
    left = float(rows)
    while left > 0:
        size = min(left, float(threads * STRETCH))
        warm = parts["memory"] if threads > 1 and size > parts["memory"] else 0.0
        took += ((size - warm) / threads + warm) * parts["batch"] / speed
        took += parts["start"] * (threads - 1)
        again += warm * (threads - 1)
        left -= size
    return least({"cores": 1e3 * rows / took,
                  "memory": 1e3 * machine.bandwidth / (parts["bytes"] * (1 + again / rows))})


def replay(threads: int, parts: dict[str, float], machine: Machine) -> Rate:
    """A replay with as many workers. parts: decode, around, engine, output (ns), repeat (share of
    rows run twice, a worker more) and bytes."""
    stages = ("decode", "around", "engine", "output")
    whole = sum(parts[stage] for stage in stages)
    if threads == 1:
        return 1e3 / whole, "one thread"
    speed = machine.speed(threads)
    engine = parts["engine"] * (1 + parts["repeat"] * (threads - 1)) / threads
    limits = {"decoding": 1e3 * speed / parts["decode"],
              "main thread": 1e3 * speed / (parts["around"] + engine),
              "all cores": 1e3 * speed * threads / (whole + parts["engine"] * parts["repeat"]),
              "memory": 1e3 * machine.bandwidth / parts["bytes"]}
    if parts["output"] > 0:
        limits["writing"] = 1e3 * speed / parts["output"]
    return least(limits)
