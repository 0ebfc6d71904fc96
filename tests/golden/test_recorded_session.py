"""One recorded session of trades, quotes and changes of books: one hash from every file, in every
way."""

import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import tickeng
from tickeng import Engine

RAW = Path(__file__).parent / "session/btcusdt_usdm_20240808.gz"
TEXT = """chain; quote_imbalance; depth_imbalance; microprice; mid_spread; effective_spread
    trade_side; ti = trade_imbalance(window=500ms); tilt = depth_imbalance_4 - depth_imbalance_1
    edge = 1e4*(microprice - mid)/mid; z_edge = z(edge, window=50); lag_mid = lag(mid, time=1s)"""
SETTINGS = {"warmup": "expanding"}
HASH = "f0057bd4e47ee6b9"


def numbers(levels):
    return np.array(levels, float).reshape(-1, 2)


def fed():
    """Rows of trades of an engine that Python feeds line by line, by the local clock."""
    engine, rows = Engine(SETTINGS, kernels=TEXT), []
    for line in gzip.decompress(RAW.read_bytes()).decode().splitlines():
        clock, _, text = line.partition(" ")
        ns, message = int(clock), json.loads(text)
        event = message.get("data", message)
        kind = event.get("e", "snapshot")
        if kind == "trade":
            decision = engine.on_tick(ns, float(event["p"]), float(event["q"]),
                                      -1 if event["m"] else 1, "BTCUSDT")
            rows.append([getattr(decision, name) for name in NAMES])
        elif kind == "bookTicker":
            engine.on_quote(ns, *(float(event[name]) for name in ("b", "B", "a", "A")), "BTCUSDT")
        elif kind == "depthUpdate":
            engine.on_delta(ns, numbers(event["b"]), numbers(event["a"]), "BTCUSDT",
                            first=event["U"], last=event["u"], previous=event["pu"])
        else:
            engine.on_delta(ns, numbers(event["bids"]), numbers(event["asks"]), "BTCUSDT",
                            last=event["lastUpdateId"], snapshot=True)
    return np.array(rows, float)


def digest(rows):
    return hashlib.sha256(np.where(np.isnan(rows), np.nan, rows).tobytes()).hexdigest()[:16]


NAMES = [name for name in Engine(SETTINGS, kernels=TEXT).outputs.names if name != "ready"]
ROWS = fed()
pytestmark = pytest.mark.filterwarnings("ignore")


def written(path):
    """The digest of a replay's output."""
    table = pq.read_table(path)
    assert len(table) == len(ROWS)
    return digest(np.array([table[name].to_numpy(zero_copy_only=False) for name in NAMES], float).T)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The arguments of a replay: the recording, a tick file of it, a table of each kind."""
    folder = tmp_path_factory.mktemp("session")
    tickeng.convert(RAW, folder / "session.zst")
    for kind in ("trade", "quote", "delta"):
        tickeng.convert(RAW, folder / f"{kind}.parquet", kind=kind)
    return {"raw": (RAW, {}), "zst": (folder / "session.zst", {}),
            "parquet": (folder / "trade.parquet", {"quotes": folder / "quote.parquet",
                                                   "books": folder / "delta.parquet"})}


WORDS = {"clock": "recv", "config": {**SETTINGS, "kernels": TEXT}}


def test_line_by_line():
    assert digest(ROWS) == HASH and len(ROWS) == 469
    undefined = {name for name, column in zip(NAMES, ROWS.T, strict=True)
                 if not np.isfinite(column).any()}
    assert undefined == {"k2", "hurst", "efficiency"}  # no leader; 5,000 rows


@pytest.mark.parametrize("form", ["raw", "zst", "parquet"])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_replayed(tmp_path, files, form, workers):
    path, beside = files[form]
    report = tickeng.replay(path, tmp_path / "o.parquet", workers=workers, **beside, **WORDS)
    assert written(tmp_path / "o.parquet") == HASH and report["conserved"]


@pytest.mark.parametrize("form", ["raw", "zst", "parquet"])
@pytest.mark.parametrize("seed", [1, 2])
def test_resumed(tmp_path, files, form, seed):
    """Of a table of trades a row is counted for each kind's file, of the others for each event."""
    path, beside = files[form]
    rng, state, cut, lives = np.random.default_rng(seed), tmp_path / "state.ckpt", 0, 0
    while cut is not None:
        cut += int(rng.integers(1, 700))
        cut = cut if cut < 3000 else None
        resumed = {"resume": state} if state.exists() else {}
        tickeng.replay(path, tmp_path / "o.parquet", checkpoint=state, limit=cut, force=True,
                       workers=int(rng.integers(1, 4)), **resumed, **beside, **WORDS)
        lives += 1
    assert written(tmp_path / "o.parquet") == HASH and lives > 5


@pytest.mark.parametrize("form", ["raw", "parquet"])
def test_as_arrays(files, form):
    path, beside = files[form]
    told = {key: tickeng.read(beside.get(of, path), kind=kind, clock="recv") for key, of, kind in (
        ("trades", "", "trade"), ("quotes", "quotes", "quote"), ("deltas", "books", "delta"))}
    for workers in (1, 2):
        frame = Engine(SETTINGS, kernels=TEXT).run(**told, rows="trade", workers=workers)
        rows = np.array([frame[name] for name in NAMES], float).T
        assert digest(rows) == HASH
