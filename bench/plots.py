"""Draws docs/performance.svg: `make plots`, or `python bench/plots.py [--quick] [--json FILE]`.

Four pictures of the chain in C++: how long ticks take, and what a tick costs against the length of
the windows, the number of symbols and the number of ticks. Times are the best of several runs on
the machine at hand; the latency is each tick's best of nine replays, clock included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.ticker import NullFormatter

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402
from bench.growth import WINDOWS  # noqa: E402

MODES = ("stream", "batch")


def ns_a_tick(binary: Path, mode: str, ticks: int, reps: int, *more: object) -> float:
    done = subprocess.run([binary, mode, *map(str, (ticks, reps, *more))], capture_output=True,
                          text=True, check=True)
    return float(done.stdout)


def measure(binary: Path, *, quick: bool) -> dict[str, Any]:
    """What is drawn: the latency and, by mode, {value on the x axis: ns a tick}."""
    ticks = 200_000 if quick else 1_000_000
    done = subprocess.run([binary, "latency", "100000" if quick else "300000", "9"],
                          capture_output=True, text=True, check=True)
    found: dict[str, Any] = {"latency": json.loads(done.stdout)}
    found["windows"] = {mode: {
        w: ns_a_tick(binary, mode, ticks, 3, 1, *(f"{name}={w}" for name in WINDOWS))
        for w in (256, 1_024, 4_096, 16_384)} for mode in MODES}
    found["symbols"] = {mode: {
        n: ns_a_tick(binary, mode, ticks if n == 1 else 4 * ticks, 1, n)
        for n in (1, 10, 100, 1_000)} for mode in MODES}
    found["ticks"] = {mode: {
        n: ns_a_tick(binary, mode, n, 3)
        for n in (ticks // 10, ticks // 3, ticks, 3 * ticks)} for mode in MODES}
    return found


def draw(found: dict[str, Any], out: Path) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(10, 7), layout="constrained")
    latency = found["latency"]
    rows = latency["ticks"]
    left, slower = sum(count for _, count in rows), []
    for ns, count in rows:
        slower.append((ns, left))
        left -= count
    total = slower[0][1]
    axes[0, 0].step(*zip(*((ns, part / total) for ns, part in slower), strict=True), where="post")
    title = f"One streaming tick: p50 {latency['p50']} ns, p99.9 {latency['p99.9']} ns"
    axes[0, 0].set(xscale="log", yscale="log", title=title, xlabel="ns",
                   ylabel="share of ticks that take longer")
    titles = {"windows": "trades in every window", "symbols": "symbols, Zipf, interleaved",
              "ticks": "ticks on the tape"}
    for ax, (what, label) in zip(axes.flat[1:], titles.items(), strict=True):
        for mode, row in found[what].items():
            ax.plot(list(row), list(row.values()), marker="o", label=mode)
        ax.set(xscale="log", xlabel=label, ylabel="ns a tick")
        ax.set_ylim(bottom=0)
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.legend()
    for ax in axes.flat:
        ax.grid(alpha=0.3)
    figure.savefig(out, metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer ticks: for a look")
    parser.add_argument("--level", choices=LEVELS, default="v4")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/performance.svg")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tickeng-plots-") as folder:
        binary = compile_bench(ROOT / "bench/cpp/chain.cpp", Path(folder, "chain"),
                               level=given.level)
        found = measure(binary, quick=given.quick)
    draw(found, given.out)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    print(f"drawn: {given.out}")
    for what in ("windows", "symbols", "ticks"):
        for mode, row in found[what].items():
            print(f"{what:<8} {mode:<7}", *(f"{x:,}: {ns:.0f} ns " for x, ns in row.items()))


if __name__ == "__main__":
    main()
