"""Where a replay's time goes: every kind of source times every kind of output, in turns.

    python bench/replay.py [--rows N] [--rounds N] [--workers N,M] [--file FILE ...] [--json FILE]

Made-up trades are written once as tickeng's own file, as aggTrades CSV (plain, gzip, zip) and as
Parquet; `--file` adds a file of yours. Each round replays each source into each output and takes
the clock around reading (`decode`: bytes, checks, SHA-256), the engine's batch call (`engine`:
admission and chain) and the sink (`output`); what is left is `around`: order, counts, summary.
`alone` are the bare costs beside them: inflating and hashing the same bytes, and the engine on
columns in memory. Quoted are medians over the rounds in ns a row, of processor time, which other
work on the machine disturbs less; where `--workers` has a number above 1 of wall time, and as the
threads then overlap the shares sum to more than the whole (`around` is below 0).
"""

import argparse
import gc
import gzip
import hashlib
import json
import os
import statistics
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tickeng import Engine, convert
from tickeng.benchmark import synthetic_trades
from tickeng.config import Config
from tickeng.files.batch import EventBatch
from tickeng.files.sources import Source, open_source
from tickeng.files.tickfile import TickFileWriter
from tickeng.replay import Options, replay
from tickeng.replay import stream as stream_module
from tickeng.replay.outputs import Output
from tickeng_cli.memory import keep_freed_memory

OUTPUTS = ("none", "parquet", "csv", "arrow")
KINDS = ("zst", "csv", "csv.gz", "zip", "parquet")
SHARES = ("decode", "engine", "output")


def make_sources(folder: Path, rows: int) -> dict[str, str]:
    """The same trades in every kind of file; kind -> path."""
    trades = synthetic_trades(rows)
    names = {kind: str(folder / f"SYN-aggTrades.{kind}") for kind in KINDS}
    with TickFileWriter(names["zst"]) as writer:
        writer.write(EventBatch.of("trade", trades, ["SYN"]))
    columns = (trades[name].tolist() for name in ("ts_ns", "price", "qty", "side"))
    text = "".join(
        f"{2_000_000_000 + i},{price:.2f},{qty:.3f},{5_000_000_000 + 2 * i},"
        f"{5_000_000_001 + 2 * i},{ts_ns // 1_000_000},{'true' if side < 0 else 'false'}\n"
        for i, (ts_ns, price, qty, side) in enumerate(zip(*columns, strict=True))
    ).encode()
    Path(names["csv"]).write_bytes(text)
    Path(names["csv.gz"]).write_bytes(gzip.compress(text, 6))
    with zipfile.ZipFile(names["zip"], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("SYN-aggTrades.csv", text)
    convert(names["zst"], names["parquet"])
    return names


class Clock:
    """Time spent in a few functions of the replay while `watching`; seconds by share."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.spent, self._now = dict.fromkeys(SHARES, 0.0), now

    def timed(self, share: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time added to `share`."""

        def run(*given: Any, **named: Any) -> Any:
            began = self._now()
            try:
                return function(*given, **named)
            finally:
                self.spent[share] += self._now() - began

        return run

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Put the clock around the seams between reading, engine and sink."""
        read, seams = Source.batches, [
            (stream_module.Stream, "_feed", "engine"), (Output, "write", "output"),
            (Output, "close", "output"),
        ]
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in seams]

        def batches(source: Source, *given: Any) -> Iterator[Any]:
            step = self.timed("decode", read(source, *given).__next__)
            while (batch := _next(step)) is not None:
                yield batch

        Source.batches = batches  # type: ignore[method-assign]
        for owner, name, share in seams:
            setattr(owner, name, self.timed(share, getattr(owner, name)))
        try:
            yield
        finally:
            Source.batches = read  # type: ignore[method-assign]
            for owner, name, function in before:
                setattr(owner, name, function)


def _next(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except StopIteration:
        return None


def one_replay(
    path: str, out: str, workers: int, folder: Path, options: argparse.Namespace
) -> dict[str, float]:
    """One replay's ns a row: the whole and its shares."""
    target = None if out == "none" else str(folder / f"out.{out}")
    now = options.now
    clock = Clock(now)
    gc.collect()
    with clock.watching():
        began = now()
        outcome = replay(Options(
            files=[path], config=Config(), out=target, force=True, workers=workers,
            source={"infer_side": "tick"} if options.infer_side else {},
        ))
        whole = now() - began
    if outcome.error:
        raise outcome.error
    rows = max(1, int(outcome.report["ticks"]))
    spent = clock.spent | {"around": whole - sum(clock.spent.values()), "whole": whole}
    return {"rows": rows} | {share: seconds / rows * 1e9 for share, seconds in spent.items()}


def alone(path: str, rows: float, now: Callable[[], float]) -> dict[str, float]:
    """ns a row of hashing the file and, where it is deflated, of inflating it."""
    data = Path(path).read_bytes()
    found = {"sha256": lambda: hashlib.sha256(data)}
    if path.endswith(".gz"):
        found["inflate"] = lambda: _inflate(data, 31)
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            info = archive.infolist()[0]
        lengths = data[info.header_offset + 26:info.header_offset + 30]  # of name and extra field
        start = info.header_offset + 30 + sum(struct.unpack("<HH", lengths))
        deflated = data[start:start + info.compress_size]
        found["inflate"] = lambda: _inflate(deflated, -15)
    return {name: _seconds(run, now) / rows * 1e9 for name, run in found.items()}


def _inflate(data: bytes, wbits: int) -> None:
    """All of it, a mebibyte at a time, thrown away."""
    stream = zlib.decompressobj(wbits)
    while data:
        stream.decompress(data, 1 << 20)
        data = stream.unconsumed_tail


def engine_alone(path: str, options: argparse.Namespace) -> float:
    """ns a row of the engine's batch call on the columns of the whole file."""
    extra = {"infer_side": "tick"} if options.infer_side else {}
    with open_source(path, **extra) as source:
        batches = list(source.batches())
    engine = Engine()

    def run() -> None:
        for b in batches:
            engine.run(b.ts_ns, *b.values.values())

    took = _seconds(run, options.now)
    return took / sum(map(len, batches)) * 1e9


def _seconds(run: Callable[[], Any], now: Callable[[], float]) -> float:
    began = now()
    run()
    return now() - began


def measure(sources: dict[str, str], folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Medians over the rounds, by source and output."""
    first = options.outputs[0], options.workers[0]
    cases = [(kind, out, n) for kind in sources for out in options.outputs for n in options.workers]
    found: dict[tuple[str, str, int], list[dict[str, float]]] = {case: [] for case in cases}
    for turn in range(options.rounds):
        for kind, out, workers in cases:
            if sys.stderr.isatty():
                print(f"round {turn + 1}: {kind} -> {out}    ", end="\r", file=sys.stderr)
            one = one_replay(sources[kind], out, workers, folder, options)
            if (out, workers) == first:
                one |= alone(sources[kind], one["rows"], options.now)
                one["engine_alone"] = engine_alone(sources[kind], options)
            found[kind, out, workers].append(one)
    return {
        f"{kind} -> {out}" + (f", {workers} workers" if workers > 1 else ""): {
            name: round(statistics.median(r[name] for r in runs), 2) for name in runs[0]}
        for (kind, out, workers), runs in found.items()
    }


def table(report: dict[str, Any]) -> Iterator[str]:
    """Lines for people."""
    names = ("decode", "around", "engine", "output", "whole")
    yield f"{'source -> output':30} M rows/s " + " ".join(f"{n:>8}" for n in names) + "   alone"
    for case, r in report.items():
        bare = ", ".join(f"{n} {r[n]:.1f}" for n in ("engine_alone", "sha256", "inflate") if n in r)
        figures = " ".join(f"{r[n]:8.1f}" for n in names)
        yield f"{case:30} {1e3 / r['whole']:8.2f} {figures}   {bare}"


def _words(text: str) -> list[str]:
    return text.split(",")


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=_numbers, default=[1])
    parser.add_argument("--kinds", type=_words, default=list(KINDS), help="of made-up trades")
    parser.add_argument("--outputs", type=_words, default=list(OUTPUTS))
    parser.add_argument("--file", action="append", default=[], help="a file of yours; again")
    parser.add_argument("--infer-side", action="store_true", help="sides by the tick rule")
    parser.add_argument("--json", help="write the figures to this file")
    options = parser.parse_args()
    options.now = time.thread_time if options.workers == [1] else time.perf_counter
    keep_freed_memory()  # as the command does
    with tempfile.TemporaryDirectory(prefix="tickeng-replay-") as name:
        folder = Path(name)
        made = {} if options.file else make_sources(folder, options.rows)
        sources = {kind: made[kind] for kind in options.kinds if kind in made}
        sources |= {os.path.basename(path): path for path in options.file}
        report = measure(sources, folder, options)
    print("\n".join(["ns a row, medians:", *table(report)]))
    if options.json:
        document = {"schema": "tickeng.bench-replay/1", "rows": options.rows,
                    "rounds": options.rounds, "workers": options.workers, "cases": report}
        Path(options.json).write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
