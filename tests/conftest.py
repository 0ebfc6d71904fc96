"""Real tapes for the tests: `ltc`, `btc_with_leader` and `spy`, each a reference.Trades.

The small ones are in examples/. The large recordings are found by the environment variable
TICKENG_DATA or in ../shared/data beside the repository; without them a test skips with the reason.
A tape holds the trades an engine accepts: a trade older than its predecessors is left out.
"""

import csv
import gzip
import json
import os
import zipfile
from datetime import datetime
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.reference import Trades, merge_leader, without_leader

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
DATA = Path(os.environ.get("TICKENG_DATA", ROOT / "../shared/data"))
SPY_ROWS = 60_000


def tape(rows: list[tuple[int, float, float, int]]) -> Trades:
    """From (ts_ns, price, qty, side), late ones dropped."""
    ts, price, qty, side = (np.array(c) for c in zip(*rows, strict=True))
    kept = ts >= np.maximum.accumulate(ts)
    return without_leader(ts[kept], price[kept], qty[kept], side[kept].astype(np.int8))


def websocket_trades(path: Path) -> Trades:
    """Raw lines `local_ns {json}` of the trade stream; m says that the buyer was the maker."""
    rows = []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if '"e":"trade"' in line:
                t = json.loads(line.partition(" ")[2])["data"]
                side = -1 if t["m"] else 1
                rows.append((t["T"] * 1_000_000, float(t["p"]), float(t["q"]), side))
    return tape(rows)


def tick_rule(prices: list[float]) -> list[int]:
    """The sign of the last price change; 0 before the first."""
    sides, side = [0], 0
    for before, price in pairwise(prices):
        side = 1 if price > before else -1 if price < before else side
        sides.append(side)
    return sides


@pytest.fixture(scope="session")
def ltc() -> Trades:
    """LTCUSDT, one day, 53,325 signed trades."""
    with gzip.open(EXAMPLES / "ltcusdt_20250621.csv.gz", "rt", newline="") as lines:
        return tape([(int(r["timestamp"]) * 1_000_000, float(r["price"]), float(r["quantity"]),
                      1 if r["side"] == "buy" else -1) for r in csv.DictReader(lines)])


@pytest.fixture(scope="session")
def btc_with_leader() -> Trades:
    """BTCUSDT perpetual, 21,313 signed trades, with BTCUSDT spot as its leader."""
    lead = websocket_trades(EXAMPLES / "btcusdt_spot_20240808.gz")
    trades = websocket_trades(EXAMPLES / "btcusdt_usdm_20240808.gz")
    return merge_leader(trades, lead.ts_ns, lead.price)


@pytest.fixture(scope="session")
def spy() -> Trades:
    """SPY, the first 60,000 trades of 2013-10-09, signed by the tick rule."""
    path = DATA / "lean/spy/20131009_trade.zip"
    if not path.exists():
        pytest.skip("the SPY recording is not in examples/; set TICKENG_DATA to the data folder")
    midnight = datetime(2013, 10, 9, tzinfo=ZoneInfo("America/New_York"))
    start_ns = int(midnight.timestamp()) * 10**9
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as lines:
        rows = [line.decode().split(",") for line in islice(lines, SPY_ROWS)]
    prices = [int(r[1]) / 10_000 for r in rows]
    return tape([(start_ns + int(r[0]) * 1_000_000, price, float(r[2]), side)
                 for r, price, side in zip(rows, prices, tick_rule(prices), strict=True)])
