"""Real tapes, bundled and large, as reference Trades."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.reference import Trades, with_leader
from tickeng.sources import open_source

ROOT = Path(__file__).parents[2]
LARGE = Path(os.environ.get("TICKENG_DATA", ROOT.parent / "shared" / "data"))


def columns(path, **options):
    batches = list(open_source(path, **options).batches())
    return [np.concatenate([getattr(b, name) for b in batches])
            for name in ("ts_ns", "price", "qty", "side")]


def large(name):
    path = LARGE / name
    if not path.exists():
        pytest.skip(f"the large tapes are not here ({name}); set TICKENG_DATA")
    return path


@cache
def tape(name) -> Trades:
    """ltc: bundled LTCUSDT; btc: bundled perpetual with spot as leader; spy: large, tick rule."""
    if name == "btc":
        lead = columns(ROOT / "examples/btcusdt_spot_20240808.gz")
        return with_leader(*columns(ROOT / "examples/btcusdt_usdm_20240808.gz"), lead[0], lead[1])
    if name == "ltc":
        ts, price, qty, side = columns(ROOT / "examples/ltcusdt_20250621.csv.gz")
    else:
        ts, price, qty, side = columns(large("lean/spy/20131008_trade.zip"), infer_side="tick")
    nothing = np.full(len(ts), np.nan)
    return Trades(ts, price, qty, side.astype(float), nothing, nothing, np.zeros(len(ts), int))


def head(t, n):
    return Trades(*(getattr(t, name)[:n] for name in t.__dataclass_fields__))
