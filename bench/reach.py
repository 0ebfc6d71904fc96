"""What the frame costs around kernels, against its targets: `bench/reach.py [--rounds 5]
[--level v3] [--symbols 20000] [--json FILE]`, `make bench-frame`.

Compiles bench/cpp/reach.cpp. For each pipeline, one event at a time (stream: Engine::on_trade and
on_quote) and as columns (batch: Engine::run): instructions an event, two replays less one so that
set-up drops out, at level v3 (valgrind knows no AVX-512); and ns, where a pipeline and the one that
it stands beside alternate, the median of the rounds counts, and a target is met or missed if
every round says so. A `+` marks what a pipeline costs more than that one. Then symbols of a few
trades each: first tick, state, and a replay of a file, where tickeng is installed.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402
from bench.core import levels, ns  # noqa: E402
from bench.perf import COUNTED, instructions  # noqa: E402

MODES = ("stream", "batch")
REPS = 20  # short ones, so that some are undisturbed
TRADES = 3  # of each of many symbols
START_MS = 1_723_161_255_000


class Case(NamedTuple):
    what: str
    text: str
    most: Mapping[str, float] = MappingProxyType({})  # mode -> ns an event
    beside: str = ""  # the pipeline whose cost is taken off
    quotes: int = 0  # a trade

    def settings(self, text: str) -> list[str]:
        """As reach.cpp takes them; only the chain has a leader."""
        return [text, str(self.quotes), *(["led"] if "chain" in text else [])]


class Row(NamedTuple):
    what: str
    mode: str
    level: str
    count: float | None  # instructions
    figure: float | None
    unit: str
    most: float | None
    extra: bool = False
    rounds: Sequence[float] = ()  # what the figure is the median of

    def verdict(self, figure: float, most: float) -> str:
        """Where the rounds do not agree, on a busy machine, nothing is claimed."""
        low, high = min([*self.rounds, figure]), max([*self.rounds, figure])
        if low <= most < high:
            return f"unclear, rounds from {low:.1f} to {high:.1f}"
        return "met" if high <= most else "missed"

    def __str__(self) -> str:
        def shown(x: float | None, digits: int) -> str:
            return "-" if x is None else f"{x:{'+' if self.extra else ''},.{digits}f}"

        end = ""
        if self.most and self.figure is not None:
            end = f"  at most {self.most:g}  {self.verdict(self.figure, self.most)}"
        return (f"{self.what:46} {self.mode:6} {self.level:2} {shown(self.count, 0):>9} "
                f"{shown(self.figure, 1):>9} {self.unit:2}{end}")


CASES = (
    Case("chain", "chain"),
    Case("a column of the trade, no kernel", "p = trade.price"),
    Case("chain, amihud", "chain; amihud", {"stream": 15, "batch": 4}, "chain"),
    Case("chain, x = 0.5*z(k1, window=200) - k3", "chain; x = 0.5*z(k1, window=200) - k3",
         {"stream": 25, "batch": 5}, "chain"),
    Case("chain and quotes, 4 a trade", "chain", quotes=4),
    Case("  with quote_imbalance, effective_spread", "chain; quote_imbalance; effective_spread",
         {"stream": 30, "batch": 15}, quotes=4),
    Case("trade_imbalance over 1, 10 and 60 s", "a = trade_imbalance(window=1s); "
         "b = trade_imbalance(window=10s); c = trade_imbalance(window=60s)",
         {"stream": 45, "batch": 20}),
    Case("pump, 4 quotes a trade", "pump", quotes=4),
    Case("time_bars(period=60s), rsi", "m1 = time_bars(period=60s); r = rsi(m1)", {"stream": 15}),
)


def cost(binary: Path, case: Case, mode: str, *, counted: bool) -> float | None:
    """Instructions or ns an event, less those of the pipeline beside it."""
    def one(text: str) -> float | None:
        settings = case.settings(text)
        if counted:
            return instructions(binary, mode, COUNTED, settings)
        return ns(binary, mode, COUNTED, REPS, 1, *settings)

    base = one(case.beside) if case.beside else 0.0
    ours = one(case.text)
    return None if base is None or ours is None else ours - base


def events(built: dict[str, Path], rounds: int) -> list[Row]:
    rows = []
    for case in CASES:
        print(case.what, "...", file=sys.stderr, flush=True)
        for mode in MODES:
            for level, binary in built.items():
                count = cost(binary, case, mode, counted=True) if level == "v3" else None
                took = [t for _ in range(rounds)
                        if (t := cost(binary, case, mode, counted=False)) is not None]
                rows.append(Row(case.what, mode, level, count, statistics.median(took), "ns",
                                case.most.get(mode), bool(case.beside), took))
    return rows


def replay_mib(symbols: int) -> float | None:
    """The most memory that a replay of a file of them has; None where tickeng is not installed."""
    if not find_spec("tickeng_cli"):
        return None
    with tempfile.TemporaryDirectory(prefix="tickeng-reach-") as folder:
        path = Path(folder, "trades.csv")
        with path.open("w") as out:
            out.write("timestamp,symbol,price,qty,side\n")
            for i in range(symbols * TRADES):
                out.write(f"{START_MS + i},S{i % symbols},{100 + i % 7},1,buy\n")
        child = subprocess.Popen([sys.executable, "-m", "tickeng_cli", "replay", "-q", path, "-o",
                                  Path(folder, "rows.parquet")])
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_maxrss / 2**10 if child.returncode == 0 else None


def symbols(built: dict[str, Path], n: int, rounds: int) -> list[Row]:
    """Streaming; the replay as it is installed."""
    rows = []
    for level, binary in built.items():
        print(f"{n:,} symbols ...", file=sys.stderr, flush=True)
        found = [json.loads(subprocess.run([binary, "symbols", str(TRADES), str(n), "1", "chain"],
                                           capture_output=True, text=True, check=True).stdout)
                 for _ in range(rounds)]

        def middle(of: str, found: Sequence[dict[str, float]] = found) -> float:
            return statistics.median(f[of] for f in found)

        count = instructions(binary, "symbols", 1, ["chain"]) if level == "v3" else None
        rows += [Row("first tick of a symbol, mean", "stream", level, count, middle("mean_us"),
                     "us", 20),
                 Row("  median", "stream", level, None, middle("p50_us"), "us", None),
                 Row("  99th of a hundred", "stream", level, None, middle("p99_us"), "us", None),
                 Row(f"state of a symbol after {TRADES} trades", "stream", level, None,
                     middle("state_kb"), "KB", 12)]
    return [*rows, Row(f"replay of {n:,} symbols, resident", "replay", "", None, replay_mib(n),
                       "MB", 400)]


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((x.partition(": ")[2] for x in lines if x.startswith("model name")), "unknown")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--level", choices=sorted(LEVELS), help="only this one")
    parser.add_argument("--symbols", type=int, default=20_000)
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    given = parser.parse_args()
    if not shutil.which("valgrind"):
        print("valgrind is missing, instructions are not counted", file=sys.stderr)
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory(prefix="tickeng-reach-") as folder:
        built = {level: compile_bench(ROOT / "bench/cpp/reach.cpp", Path(folder, level),
                                      level=level)
                 for level in ([given.level] if given.level else levels())}
        rows = events(built, given.rounds) + symbols(built, given.symbols, min(given.rounds, 3))
    load.append(os.getloadavg()[0])
    print(f"{machine()}, {os.cpu_count()} processors, load {load[0]:.1f} before, {load[1]:.1f} "
          f"after; medians of {given.rounds} rounds")
    print(f"{'':46} {'':6} {'':2} {'instr.':>9} {'time':>9}")
    for row in rows:
        print(row)
    if given.json:
        report = {"schema": "tickeng.reach/1", "machine": machine(), "load": load,
                  "figures": [row._asdict() for row in rows]}
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
