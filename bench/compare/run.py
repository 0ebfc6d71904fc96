"""tickeng beside its peers in one run: `python bench/compare/run.py [--rounds 3] [--json FILE]`.

Every contestant runs in a fresh process, in turn, round after round; ratios are taken within a
round and their medians quoted. A peer that is not installed is named and left out.
"""

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = {"tickeng_batch": 1_000_000, "polars_batch": 1_000_000, "numba_batch": 1_000_000,
        "tickeng_stream": 300_000, "pure_python_stream": 60_000, "screamer_stream": 60_000,
        "csp_stream": 100_000, "numba_stream": 200_000}
PEERS = {"polars_batch": "polars", "screamer_stream": "screamer", "csp_stream": "csp",
         "numba_batch": "numba", "numba_stream": "numba"}
# what, ours, theirs, target
TARGETS = (("batch against polars on one thread", "tickeng_batch", "polars_batch", 7.0),
           ("batch against numba by hand", "tickeng_batch", "numba_batch", 4.0),
           ("on_tick against pure Python", "tickeng_stream", "pure_python_stream", 10.0),
           ("on_tick against screamer", "tickeng_stream", "screamer_stream", 15.0),
           ("on_tick against csp", "tickeng_stream", "csp_stream", 18.0),
           ("on_tick against a numba step", "tickeng_stream", "numba_stream", 4.0))
STATE_TARGET = 500_000


def measure(name: str) -> float | None:
    """Seconds per tick in a fresh process; None when it could not run."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", name], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"POLARS_MAX_THREADS": "1", "PYTHONPATH": str(ROOT)})
    return float(done.stdout) if done.returncode == 0 else None


def state_bytes() -> int:
    """Saved state of one warm symbol."""
    from bench.compare.data import make_trades
    from tickeng import Engine

    d = make_trades(12_000)
    engine = Engine()
    engine.run(d["ts_ms"] * 1_000_000, d["price"], d["qty"], d["side"])
    return len(engine.state())


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--one", choices=ROWS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if given.one:
        from bench.compare.contestants import ALL
        from bench.compare.data import make_trades

        print(ALL[given.one](make_trades(ROWS[given.one])))
        return
    rounds = []
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds} ...", file=sys.stderr, flush=True)
        rounds.append({name: measure(name) for name in ROWS})
    met: list[dict[str, object]] = []
    for name in ROWS:
        times = [r[name] for r in rounds if r[name] is not None]
        what = f" ({PEERS[name]} {version(PEERS[name])})" if name in PEERS else ""
        text = f"{statistics.median(times) * 1e9:9.1f} ns/tick" if times else "   could not run"
        print(f"{name:20}{text}{what}")
    for what, ours, theirs, target in TARGETS:
        ratios = [r[theirs] / r[ours] for r in rounds if r[ours] and r[theirs]]
        if not ratios:
            print(f"{what:36}  not measured")
            continue
        ratio = statistics.median(ratios)
        verdict = "ok" if ratio >= target else "missed"
        print(f"{what:36}{ratio:7.2f}x  target {target:g}x  {verdict}")
        met.append({"what": what, "ratio": ratio, "target": target})
    size = state_bytes()
    verdict = "ok" if size <= STATE_TARGET else "missed"
    print(f"{'state per symbol':36}{size:9,} bytes  target {STATE_TARGET:,}  {verdict}")
    if given.json:
        report = {"schema": "tickeng.bench/1", "rounds": rounds, "targets": met,
                  "state_bytes": size}
        given.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
