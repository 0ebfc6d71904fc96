"""Recorded sessions: trades with quotes, trades with books; each one hash in every way."""

import hashlib
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import tickeng
from tickeng import Engine, ParallelEngine

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXT = {
    "quotes": """chain; mid_spread; microprice; quote_imbalance; quote_ofi; effective_spread
        prevailing_quote; trade_side; ti = trade_imbalance(window=2s); back = window_return
        edge = 1e4*(microprice - mid)/mid; z_edge = z(edge, window=200)
        m = time_bars(period=5); r = rsi(m); x = adx(m)""",
    "books": """chain; depth_imbalance; mid_spread; quote_imbalance; quote_ofi; effective_spread
        trade_side; amihud; cvd; kyle_lambda; tilt = depth_imbalance_4 - depth_imbalance_1
        smooth = ema(tilt, span=20); v = volume_bars(size=20); rv = realized_vol(v)"""}
# Of the rows of trades, then of quotes or books.
HASHES = {"quotes": ("32b962f583d49d4e", "13bc8e91b25aa43d"),
          "books": ("164b1c62110f56f6", "5efd9350a58a294d")}


def session(kind):
    """Keywords of run: columns of trades and of what is beside them."""
    if kind == "quotes":
        trades = tickeng.read(EXAMPLES / "btcusdt_usdm_20240808.gz", clock="event")
        beside = pq.read_table(EXAMPLES / "btcusdt_usdm_20240808_quotes.parquet")
    else:
        trades = tickeng.read(EXAMPLES / "btcusdt_perp_20260216.parquet", clock="recv")
        beside = pq.read_table(EXAMPLES / "btcusdt_perp_20260216_books.parquet")
    columns = {name: (np.array(column.to_pylist()) if kind == "books" and name != "ts_ns"
                      else column.to_numpy())
               for name, column in zip(beside.column_names, beside.columns, strict=True)}
    last = int(np.searchsorted(trades["ts_ns"], columns["ts_ns"][-1]))
    return {"trades": {name: np.asarray(trades[name])[:last] for name in (
        "ts_ns", "price", "qty", "side")}, kind: columns}


def digest(columns):
    """Of every cell in order."""
    found = hashlib.sha256()
    for name in sorted(columns):
        found.update(np.ascontiguousarray(columns[name], np.float64).tobytes())
    return found.hexdigest()[:16]


def whole(kind, given, rows, **more):
    frame = Engine(kernels=TEXT[kind], warmup="expanding").run(**given, rows=rows, **more)
    return digest({name: frame[name] for name in frame.columns})


def of_three(kind, given, rows, workers):
    """Digests of three symbols, each of which is fed the session, with the others in between."""
    columns = {key: {name: np.repeat(column, 3, axis=0) for name, column in table.items()}
               | {"symbol": np.tile(["A", "B", "C"], len(table["ts_ns"]))}
               for key, table in given.items()}
    engine = Engine(kernels=TEXT[kind], warmup="expanding")
    frame = engine.run(**columns, rows=rows, workers=workers)
    return {digest({name: frame[name][n::3] for name in frame.columns}) for n in range(3)}


def in_parts(kind, given, rows, parts=7):
    """Each part by an engine that was loaded from the one before."""
    trades, beside = given["trades"], given[kind]
    edges = np.quantile(trades["ts_ns"], np.linspace(0, 1, parts + 1)[1:-1]).astype(np.int64)
    cuts = [np.r_[0, np.searchsorted(c["ts_ns"], edges), len(c["ts_ns"])] for c in (trades, beside)]
    engine, frames = Engine(kernels=TEXT[kind], warmup="expanding"), []
    for n in range(parts):
        part = {"trades": {k: v[cuts[0][n]:cuts[0][n + 1]] for k, v in trades.items()},
                kind: {k: v[cuts[1][n]:cuts[1][n + 1]] for k, v in beside.items()}}
        frames.append(engine.run(**part, rows=rows))
        engine = Engine.from_state(engine.state())
    return digest({name: np.concatenate([f[name] for f in frames]) for name in frames[0].columns})


def fed(kind, given, on_trade, engine, *symbols):
    """(whether of a trade, what came back) of each event in order; of each symbol in turn."""
    trades, beside = given["trades"], given[kind]
    stamps = np.r_[trades["ts_ns"], beside["ts_ns"]]
    for i in np.argsort(stamps, kind="stable").tolist():
        is_trade = i < len(trades["ts_ns"])
        row = ({n: c[i] for n, c in trades.items()} if is_trade
               else {n: c[i - len(trades["ts_ns"])] for n, c in beside.items()})
        for symbol in symbols:
            if is_trade:
                yield True, on_trade(*row.values(), symbol)
            elif kind == "quotes":
                yield False, engine.on_quote(*row.values(), symbol)
            else:
                yield False, engine.on_book(row["ts_ns"], np.c_[row["bid"], row["bid_qty"]],
                                            np.c_[row["ask"], row["ask_qty"]], symbol)


def by_workers(kind, given, rows, workers, symbols=("A", "B", "C")):
    """Digests of the symbols, each of which is fed the session."""
    with ParallelEngine(kernels=TEXT[kind], warmup="expanding", workers=workers, rows=rows,
                        unread=1 << 17, pin=False) as engine:
        assert all(taken for _, taken in fed(kind, given, engine.submit, engine, *symbols))
        engine.flush()
        frame, names = engine.poll(), (*engine.outputs.names, "status")
    return {digest({name: frame[name][frame["symbol"] == code] for name in names})
            for code in range(len(symbols))}


def one_by_one(kind, given):
    """Both digests."""
    engine = Engine(kernels=TEXT[kind], warmup="expanding")
    names = (*engine.outputs.names, "status")
    found = {True: [], False: []}
    for is_trade, decision in fed(kind, given, engine.on_tick, engine, 0):
        found[is_trade].append([getattr(decision, name) for name in names])
    return tuple(digest(dict(zip(names, np.array(found[of_trades]).T, strict=True)))
                 for of_trades in (True, False))


@pytest.mark.parametrize("kind", TEXT)
def test_a_recorded_session_is_one_hash(kind):
    given = session(kind)
    assert len(given["trades"]["ts_ns"]) > 5_000
    assert one_by_one(kind, given) == HASHES[kind]
    for rows, want in zip(("trade", kind[:-1]), HASHES[kind], strict=True):
        assert whole(kind, given, rows) == want
        assert in_parts(kind, given, rows) == want
        for workers in (2, 3):
            assert whole(kind, given, rows, workers=workers) == want
        for workers in (1, 2, 3):
            assert of_three(kind, given, rows, workers) == {want}
            assert by_workers(kind, given, rows, workers) == {want}


@pytest.mark.parametrize("kind", TEXT)
def test_a_session_means_something(kind):
    """Nearly every output of the session is defined, and quotes are near the trades."""
    given = session(kind)
    frame = Engine(kernels=TEXT[kind], warmup="expanding").run(**given)
    late = {name: frame[name][-500:] for name in frame.columns}
    defined = {name for name, column in late.items() if np.isfinite(column).mean() > 0.9}
    assert {"mid", "effective_spread_bps", "trade_side", "quote_ofi", "k1", "k4"} <= defined
    assert np.median(late["effective_spread_bps"]) < 1
    assert abs(np.median(late["mid"] / given["trades"]["price"][-500:]) - 1) < 1e-4
