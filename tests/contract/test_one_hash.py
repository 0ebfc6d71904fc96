"""Law 1 in one table: every way through a real tape of four symbols has one SHA-256.

`pytest -s tests/contract/test_one_hash.py` shows it. The hash is over every output and status of
every trade, in the order of submission; rows of a file have no status, and a hash without it.
"""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from tests.bits.tapes import tape
from tickeng import Engine, ParallelEngine, replay
from tickeng._native import core, cpu

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


@pytest.fixture(scope="module")
def folder(feed, tmp_path_factory):
    """The feed as files, and what the package makes of it, from the command and from replay()."""
    folder = tmp_path_factory.mktemp("feed")
    names = ("ts", "price", "qty", "side", "symbol")
    pq.write_table(pa.table(dict(zip(names, feed.columns, strict=True))), folder / "t.parquet")
    ts, price = feed.leader
    pq.write_table(pa.table({"ts": ts, "price": price, "qty": np.ones(len(ts)),
                             "side": 1 - 2 * (np.arange(len(ts)) % 2)}), folder / "leader.parquet")
    return folder


def written(path):
    """Outputs in a file, as columns."""
    table = pyarrow.feather.read_table(path) if path.suffix == ".arrow" else pq.read_table(path)
    return {name: table[name].combine_chunks().to_numpy(zero_copy_only=False)
            for name in table.column_names}


def by_command(form, workers, level, folder):
    out = folder / f"command{workers}{level}.{form}"
    subprocess.run(
        [sys.executable, "-m", "tickeng_cli", "replay", "t.parquet", "--leader", "leader.parquet",
         "-o", out.name, "--workers", workers, "-q", "-f"], cwd=folder, check=True,
        env=os.environ | {"TICKENG_LEVEL": level, "PYTHONPATH": os.pathsep.join(sys.path)})
    return written(out)


def by_replay(form, workers, folder):
    out = folder / f"replay{workers}.{form}"
    replay(folder / "t.parquet", out=out, leaders=folder / "leader.parquet", workers=workers)
    return written(out)


def replayed_in_halves(folder):
    """Stopped at half of the rows with two workers, continued with three."""
    out, kept = folder / "halves.arrow", folder / "halves.ckpt"
    given = {"out": out, "leaders": folder / "leader.parquet", "checkpoint": kept}
    rows = pq.read_metadata(folder / "t.parquet").num_rows
    replay(folder / "t.parquet", limit=rows // 2, workers=2, **given)
    replay(folder / "t.parquet", resume=kept, workers=3, **given)
    return written(out)


LEVELS = [level for level in core.LEVELS if int(level[1:]) <= cpu.level()]
FROM_FILES = {
    **{f"command, {level}, --workers {n}": partial(by_command, form, n, level)
       for level in LEVELS for n, form in (("1", "arrow"), ("2", "parquet"))},
    "replay(), workers=1": partial(by_replay, "parquet", 1),
    "replay(), workers=8": partial(by_replay, "arrow", 8),
    "replay(), stopped half-way": replayed_in_halves,
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # the squeezed leader hardly varies
def test_files_and_the_command_give_that_hash(feed, folder):
    frame = batch(1, feed, None)
    found = {name: way(folder) for name, way in FROM_FILES.items()}
    outputs = [name for name in frame if all(name in columns for columns in found.values())]
    assert set(frame) - set(outputs) <= {"status", "ready"} and len(outputs) > 10
    hashes = {"Engine, batch": digest({name: frame[name] for name in outputs})}
    for name, columns in found.items():
        hashes[name] = digest({output: columns[output].astype(frame[output].dtype)
                               for output in outputs})
    print()
    for name, sha256 in hashes.items():
        print(f"{name:36} {sha256}")
    assert len(set(hashes.values())) == 1
