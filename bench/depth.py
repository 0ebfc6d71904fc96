"""What a book costs that is built from messages of a depth feed, against its targets:
`bench/depth.py [--rounds 5]`, `make bench-depth`.

Compiles bench/cpp/depth.cpp. Recorded messages are those of tests/golden/depth and, where they are,
of the recordings in TICKENG_DATA; every level that was sent is kept. ns a changed level, the median
of the rounds, each the best of ten replays.
"""

import argparse
import statistics
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.conftest import DATA  # noqa: E402
from tests.golden.test_recorded_books import HERE, recorded  # noqa: E402

from bench.build import LEVELS, flags  # noqa: E402
from bench.core import levels, ns  # noqa: E402

RECORDED = {"BTCUSD coin-M, 1,500 messages": HERE / "btcusd_coinm_20240808.gz",
            "BTCUSDT usdm": DATA / "hftbacktest/usdm/btcusdt_20240808.gz",
            "ETHUSDT usdm": DATA / "hftbacktest/usdm/ethusdt_20240808.gz"}
NO_NUMBER = -2**63
REPS, PRICES = 10, 16


def write(messages: list, path: Path) -> None:
    """As depth.cpp reads them."""
    with path.open("wb") as file:
        for _, bids, asks, told in messages:
            head = [told.get(name) for name in ("first", "last", "previous")]
            file.write(struct.pack("<6q", *(NO_NUMBER if n is None else n for n in head),
                                   bool(told.get("snapshot")), len(bids), len(asks)))
            for side in (bids, asks):
                file.write(np.array(side, float).reshape(-1, 2).T.tobytes())


def build(out: Path, level: str) -> Path:
    subprocess.run(["g++", *flags(ROOT), *LEVELS[level], f"-I{ROOT}/include",
                    ROOT / "bench/cpp/depth.cpp", *sorted(ROOT.glob("cpp/book/*.cpp")), "-o", out],
                   check=True)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        feeds = {}
        for number, (name, path) in enumerate(RECORDED.items()):
            if path.exists():
                feeds[name] = Path(folder) / str(number)
                write(recorded(path)[0], feeds[name])
        for level in levels():
            binary = build(Path(folder) / f"depth_{level}", level)

            def median(*words: object, binary: Path = binary) -> float:
                return statistics.median(ns(binary, *words) for _ in range(rounds))

            for name, file in feeds.items():
                print(f"{level}  {name}: {median(file, REPS):.1f} ns a level (at most 100)")
            few, many = median(40, REPS), median(5_000, REPS)
            print(f"{level}  spread over 40 levels {few:.1f} ns, over 5,000 {many:.1f} ns: "
                  f"{many / few:.2f} times (at most 4)")
            with_one, with_more = median(40, REPS, 1), median(40, REPS, 1 + PRICES)
            print(f"{level}  microprice of five levels {(with_more - with_one) / PRICES:.1f} ns "
                  "(at most 50)")


if __name__ == "__main__":
    main()
