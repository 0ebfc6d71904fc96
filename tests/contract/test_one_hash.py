"""Law 1 in one table: every way through a real tape of four symbols has one SHA-256.

`pytest -s tests/contract/test_one_hash.py` shows it. The hash is over every output and status of
every trade, in the order of submission.
"""

import hashlib
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from tests.bits.tapes import tape
from tickeng import Engine, ParallelEngine

SPAN_NS = 300 * 10**9  # all tapes are squeezed into the five minutes of the shortest one
NAMES = ("ltc", "btc_spot", "btc_usdm", "btc_perp")


@dataclass
class Feed:
    """Trades in order of time, and where a leader tick comes before one of them."""

    columns: tuple  # ts_ns, price, qty, side, symbol
    leader: tuple  # ts_ns, price

    def pieces(self, longest=4_000):
        """(leader tick or None, trades up to the next tick); the two halves part at a piece."""
        ts, size = self.columns[0], len(self.columns[0])
        ticks = np.searchsorted(ts, self.leader[0], side="right")  # at a tie it is not seen yet
        starts = {at: None for at in (*range(0, size, longest), size // 2)}
        starts |= {int(at): (int(t), float(p))
                   for at, t, p in zip(ticks, *self.leader, strict=True)}
        starts.pop(size, None)
        places = sorted(starts)
        for at, end in zip(places, [*places[1:], size], strict=True):
            yield at, starts[at], tuple(c[at:end] for c in self.columns)


@pytest.fixture(scope="module")
def feed():
    def squeezed(ts):
        return np.rint((ts - ts[0]) / (ts[-1] - ts[0]) * SPAN_NS).astype(np.int64) + 10**18

    tapes = [tape(name) for name in NAMES]
    parts = [(squeezed(t.ts_ns), *t.columns[1:], np.full(len(t.ts_ns), name))
             for name, t in zip(NAMES, tapes, strict=True)]
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    led = tapes[-1].leader
    ts, first = np.unique(squeezed(led[0]), return_index=True)
    columns = tuple(c[order] for c in columns)
    # One tick before a trade, so that the order of calls says what the order of times says.
    place = np.searchsorted(columns[0], ts, side="right")
    kept = np.flatnonzero(np.diff(place, prepend=-1))[::20]
    return Feed(columns, (ts[kept], led[1][first][kept]))


def digest(columns):
    """Over outputs and status; seq and symbol are the feed's affair."""
    whole = hashlib.sha256()
    for name, column in columns.items():
        if name not in ("seq", "symbol"):
            whole.update(name.encode())
            whole.update(np.ascontiguousarray(column).tobytes())
    return whole.hexdigest()


def joined(frames):
    return {name: np.concatenate([f[name] for f in frames]) for name in frames[0].columns}


def tick_by_tick(feed, _):
    engine, rows = Engine(), []
    for _, tick, trades in feed.pieces():
        if tick:
            engine.on_leader(*tick)
        rows += [engine.on_tick(*trade) for trade in zip(*(c.tolist() for c in trades),
                                                         strict=True)]
    like = Engine().run([10**18], [1.0], [1.0], [1])
    return {name: np.array([getattr(row, name) for row in rows], like[name].dtype)
            for name in like.columns}


def batch(workers, feed, _):
    frame = Engine().run(*feed.columns, leader=feed.leader, workers=workers)
    return {name: frame[name] for name in frame.columns}


def through(engine, pieces):
    """Decisions of a ParallelEngine in the order of submission."""
    frames = []
    for n, (_, tick, trades) in enumerate(pieces):
        if tick:
            engine.on_leader(*tick)
        engine.submit_batch(*trades)
        if n % 5 == 0:
            frames.append(engine.poll())
    engine.flush()
    columns = joined([*frames, engine.poll()])
    order = np.argsort(columns["seq"], kind="stable")
    return {name: column[order] for name, column in columns.items()}


def parallel(workers, feed, _):
    with ParallelEngine(workers=workers, unread=1 << 17) as engine:
        return through(engine, feed.pieces())


def halves(feed):
    pieces, half = list(feed.pieces()), len(feed.columns[0]) // 2
    return [p for p in pieces if p[0] < half], [p for p in pieces if p[0] >= half]


def resumed(before, after, feed, folder):
    """Half of it, a checkpoint file, and the rest by another engine from that file."""
    one, two = halves(feed)
    with ParallelEngine(workers=before, unread=1 << 17) as engine:
        first = through(engine, one)
        engine.save(folder / "half.ckpt")
    with ParallelEngine.load(folder / "half.ckpt", workers=after, unread=1 << 17) as engine:
        return joined([Columns(first), Columns(through(engine, two))])


class Columns(dict):
    """Columns by name, as a Frame has them."""

    @property
    def columns(self):
        return tuple(self)


WAYS = {
    "Engine, tick by tick": tick_by_tick,
    "Engine, batch, workers=1": partial(batch, 1),
    "Engine, batch, workers=2": partial(batch, 2),
    "ParallelEngine, 1 worker": partial(parallel, 1),
    "ParallelEngine, 2 workers": partial(parallel, 2),
    "ParallelEngine, 3 workers": partial(parallel, 3),
    "ParallelEngine, 8 workers": partial(parallel, 8),
    "resumed half-way, 2 workers, then 3": partial(resumed, 2, 3),
    "resumed half-way, 3 workers, then 1": partial(resumed, 3, 1),
}


def test_every_way_gives_one_hash(feed, tmp_path):
    columns = {name: way(feed, tmp_path) for name, way in WAYS.items()}
    found = {name: digest(c) for name, c in columns.items()}
    print(f"\n{len(feed.columns[0]):,} trades of {len(NAMES)} symbols, "
          f"{len(feed.leader[0])} leader ticks")
    for name, sha256 in found.items():
        print(f"{name:36} {sha256}")
    assert len(set(found.values())) == 1
    seen = columns["ParallelEngine, 2 workers"]
    assert (seen["status"] == 0).all() and seen["gate"].any() and not seen["gate"].all()
    assert np.isfinite(seen["k2"]).any()


def test_the_hash_sees_one_bit(feed):
    columns = batch(1, feed, None)
    want = digest(columns)
    assert list(columns)[-1] == "status"
    columns["k4"] = columns["k4"].copy()
    columns["k4"].view(np.uint64)[-1] ^= 1
    assert digest(columns) != want
