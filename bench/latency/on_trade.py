"""Latency of one streaming tick in C++: `on_trade.py [--rows N] [--level v4] [--json FILE]`.

Of each tick of one tape the best of nine replays counts: what remains is the engine's own
tail, not the system's. The time of reading the clock is included.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
from bench.build import LEVELS, compile_bench  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--replays", type=int, default=9)
    parser.add_argument("--level", choices=LEVELS, default="v3")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tickeng-latency-") as folder:
        binary = compile_bench(ROOT / "bench/cpp/chain.cpp", Path(folder, "chain"),
                               level=given.level)
        done = subprocess.run([binary, "latency", str(given.rows), str(given.replays)],
                              capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    print("  ".join(f"{name} {ns:,.0f} ns" for name, ns in found.items()
                    if name not in ("ticks", "worst ticks")))
    print("the worst: " + ", ".join(f"tick {i:,} {ns:,} ns" for i, ns in found["worst ticks"]))
    print(f"p99.9 is {found['p99.9'] / found['p50']:.1f} times p50")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
