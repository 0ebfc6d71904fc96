"""Does the cost of a tick grow? `python bench/growth.py [--each] [--json FILE]`, `make growth`.

Counts instructions a tick of the chain, streaming and batch, with valgrind (at level v3: it knows
no AVX-512): over the second half of a tape, so that start-up and warm-up drop out. Once with tapes
of growing length, once with growing windows, all of K1..K5 together or (`--each`) one by one. Exit
code 1 where more ticks or a larger window take more than GROWTH times the instructions of the
fewest or smallest. Counts do not depend on the load of the machine.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from bench.build import compile_bench  # noqa: E402
from bench.perf import MODES, instructions  # noqa: E402

GROWTH = 1.1
WINDOWS = ("k1.flow_window", "k1.window", "k2.window", "k3.mean_window", "k3.window",
           "k4.norm_window", "k4.mean_window", "k4.window", "regime.step")


def late_cost(binary: Path, mode: str, ticks: int, settings: list[str]) -> float:
    """Instructions a tick over the second half of `ticks`."""
    half = ticks // 2
    whole = instructions(binary, mode, 2 * half, settings)
    first = instructions(binary, mode, half, settings)
    assert whole is not None and first is not None  # main() has looked for valgrind
    return 2 * whole - first


def series(binary: Path, given: argparse.Namespace) -> dict[str, dict[int, float]]:
    """What grows -> its value -> instructions a tick."""
    found: dict[str, dict[int, float]] = {}
    span = 8 * max(given.windows)  # K4 is warm after three windows in a row, so at half of it
    groups = [(name,) for name in WINDOWS] if given.each else [WINDOWS]
    for mode in MODES:
        found[f"{mode}: ticks"] = {n: late_cost(binary, mode, n, []) for n in given.ticks}
        for names in groups:
            what = names[0] if given.each else "every window"
            found[f"{mode}: {what}"] = {
                w: late_cost(binary, mode, span, [f"{name}={w}" for name in names])
                for w in given.windows}
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ticks", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--windows", type=int, nargs="+", default=[256, 16_384])
    parser.add_argument("--each", action="store_true", help="the windows one by one")
    parser.add_argument("--json", type=Path, help="write the figures here, too")
    given = parser.parse_args()
    if not shutil.which("valgrind"):
        raise SystemExit("valgrind is missing; on Debian, as root: apt-get install valgrind")
    with tempfile.TemporaryDirectory(prefix="tickeng-growth-") as folder:
        binary = compile_bench(ROOT / "bench/cpp/chain.cpp", Path(folder, "chain"))
        found = series(binary, given)
    grown = []
    for what, row in found.items():
        ratio = max(row.values()) / row[min(row)]
        print(f"{what:<24}", *(f"{at:,}: {count:.0f}  " for at, count in row.items()),
              f"at most {ratio:.3f} times")
        if ratio > GROWTH:
            grown.append(what)
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")
    print(f"grows: {', '.join(grown)}" if grown else f"nothing grows beyond {GROWTH} times")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
