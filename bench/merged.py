"""Trades, quotes and depth messages merged from a tick file through the chain and three kernels of
quotes: `bench/merged.py [FILE] [--messages 300000] [--rounds 5]`, `make bench-merged`.

A row is a trade, a quote or one change of a level; where a message of several levels is one, that
is printed too. Each round replays the file and runs the same events from memory, in turn; quoted
are medians of processor time on one thread, and of it the shares of reading, of the engine and of
what is between them. Instructions a row are counted by callgrind at level v3: a replay less one of
half as many messages, so that start-up drops out. FILE is a tick file of yours.
"""

import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.replay import SHARES, Clock  # noqa: E402
from tickeng import Engine, build_info, read  # noqa: E402
from tickeng.config import Config  # noqa: E402
from tickeng.files.sources import open_source  # noqa: E402
from tickeng.replay import Options, replay  # noqa: E402
from tickeng.synthetic import generate  # noqa: E402
from tickeng_cli.memory import keep_freed_memory  # noqa: E402

KERNELS = "chain; quote_imbalance; microprice; quote_ofi"
PLUS_BOOKS = KERNELS + "; depth_imbalance"  # without a kernel of books none are read
KINDS = ("trade", "quote", "delta", "several")
LEAST = 5.0  # M rows a second
COUNTED = 40_000  # messages


def machine() -> str:
    """Processor, level of the build, Python."""
    name = next((line.split(":", 1)[1].strip() for line in
                 Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
                platform.processor())
    return f"{name}, {os.cpu_count()} cores, {build_info()}, Python {platform.python_version()}"


def counts(path: str) -> dict[str, int]:
    """Events of a file by kind, and levels of its messages."""
    found = dict.fromkeys((*KINDS[:3], "level"), 0)
    with open_source(path, takes=KINDS) as source:
        for batch in source.batches():
            found[batch.kind] += len(batch)
            if batch.kind == "delta":
                found["level"] += len(batch.values["price"])
    return found


def one_replay(path: str) -> dict[str, float]:
    """Seconds of a replay and its shares."""
    clock = Clock(time.thread_time)
    with clock.watching():
        began = time.thread_time()
        outcome = replay(Options(files=[path], config=Config(kernels=PLUS_BOOKS, quotes="native")))
        whole = time.thread_time() - began
    if outcome.error:
        raise outcome.error
    return {"whole": whole, **{share: clock.spent[share] for share in SHARES},
            "around": whole - sum(clock.spent.values())}


def in_memory(path: str) -> Callable[[], float]:
    """Runs the events of a file from tables."""
    tables = {f"{kind}s": read(path, kind=kind) for kind in KINDS[:3]}

    def run() -> float:
        engine = Engine(kernels=PLUS_BOOKS, quotes="native")
        began = time.thread_time()
        engine.run(**tables)
        return time.thread_time() - began

    return run


def instructions(messages: int, folder: Path) -> float | None:
    """Of a replay of a made-up market, a row; None: there is no valgrind."""
    if not shutil.which("valgrind"):
        return None
    found = []
    for size in (messages // 2, messages):
        path = str(folder / f"{size}.zst")
        report = generate("market", path, rows=size, force=True)
        words = [sys.executable, "-m", "tickeng_cli", "replay", path, "--kernels", PLUS_BOOKS,
                 "--set", "quotes=native", "-q"]
        environment = {**os.environ, "TICKENG_LEVEL": "v3", "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *words],
            env=environment, capture_output=True, text=True, check=True)
        rows = report["events"]["trade"] + report["events"]["quote"] + counts(path)["level"]
        found.append((rows, int(re.search(r"Collected : (\d+)", done.stderr)[1])))
    (few, first), (many, second) = found
    return (second - first) / (many - few)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?")
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-count", action="store_true", help="no instructions")
    given = parser.parse_args()
    keep_freed_memory()  # as the command does
    print(machine())
    with tempfile.TemporaryDirectory(prefix="tickeng-merged-") as name:
        path = given.file or str(Path(name, "market.zst"))
        if not given.file:
            generate("market", path, rows=given.messages)
        found = counts(path)
        events, rows = sum(found[kind] for kind in KINDS[:3]), found["trade"] + found["quote"]
        rows += found["level"]
        print(f"{found['trade']:,} trades, {found['quote']:,} quotes, {found['delta']:,} messages"
              f" of {found['level']:,} levels; {PLUS_BOOKS}")
        alone, replays, bare = in_memory(path), [], []
        for _ in range(given.rounds):
            replays.append(one_replay(path))
            bare.append(alone())
        took = {part: statistics.median(r[part] for r in replays) for part in replays[0]}
        rate = rows / took["whole"] / 1e6
        print(f"replay: {rate:.2f} M rows/s (at least {LEAST:g}: "
              f"{'met' if rate >= LEAST else 'missed'}), {events / took['whole'] / 1e6:.2f} M"
              " where a message is a row")
        print("ns a row: " + ", ".join(f"{part} {seconds / rows * 1e9:.1f}" for part, seconds
                                       in took.items() if part != "output"))
        print(f"the same events from memory: {statistics.median(bare) / rows * 1e9:.1f} ns a row, "
              f"{statistics.median(b / r['whole'] for b, r in zip(bare, replays, strict=True)):.2f}"
              " of the replay")
        counted = None if given.no_count else instructions(COUNTED, Path(name))
        if counted is not None:
            print(f"instructions: {counted:,.0f} a row of a replay")


if __name__ == "__main__":
    main()
