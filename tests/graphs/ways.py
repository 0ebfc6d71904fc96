"""Every way to run a pipeline over a tape. Each gives the columns of the plain text.

A way is one function of WAYS. The first is the truth: trade by trade, which is what a kernel says.
"""

from __future__ import annotations

import itertools
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from tests.graphs.draft import ALL, Draft, Ref, extend
from tests.graphs.spelling import Text, other_text, text_of
from tests.graphs.tapes import Array, Tape
from tickeng import Engine, Frame, ParallelEngine

Columns = dict[str, Array]
_SUBMITTED = 900  # at once, at most: in a longer column sides of 1 and 0 alone are no accident


@dataclass
class Answer:
    """What came out, and where it can be compared, the state after it."""

    columns: Columns
    counters: dict[str, Any]
    state: bytes = b""


@dataclass
class Case:
    """A pipeline, a tape, and what else an engine is told."""

    draft: Draft
    tape: Tape
    seed: int
    options: dict[str, Any]
    text: Text = field(init=False)
    chunks: int = 0
    wavefronts: int = 0

    def __post_init__(self) -> None:
        self.text = text_of(self.draft)

    def rng(self, way: str) -> random.Random:
        return random.Random(f"{self.seed} {way}")

    def engine(self, text: Text | None = None, **more: Any) -> Engine:
        text = text or self.text
        engine = Engine(text.settings | self.options, kernels=text.kernels, **more)
        engine.intern(self.tape.names)
        return engine

    def feed(self, engine: Engine, part: slice, leader: bool = True, workers: int = 1) -> Frame:
        """Rows of the tape; `leader`: with the ticks that the first of them to be seen by sees."""
        tape = self.tape
        symbol = None if tape.symbol is None else tape.symbol[part]
        ticks = self.ticks(engine, part.start, part.stop) if leader and tape.leader else None
        frame = engine._feed(*(c[part] for c in tape.columns), symbol=symbol, leader=ticks,
                             workers=workers)
        self.chunks += engine._chunks
        self.wavefronts += engine._wavefronts
        return frame

    def ticks(self, engine: Engine, begin: int, end: int) -> dict[str | None, tuple[Array, Array]]:
        """The leaders' ticks that a row from `begin` to `end` is the first to see."""
        assert self.tape.leader
        first, last = np.searchsorted(self.seen_from, [begin, end])
        if end == len(self.tape):
            last = len(self.seen_from)
        times, prices = (column[first:last] for column in self.tape.leader)
        return {name: (times[mine], prices[mine]) for name, mine in (
            (name, np.arange(first, last) % every_nth(name) == 0)
            for name in (None, *engine.named_leaders))}

    def push(self, engine: Engine | ParallelEngine, tick: int) -> None:
        """One of the leaders' ticks in call order."""
        assert self.tape.leader
        for name in (None, *engine.named_leaders):
            if tick % every_nth(name) == 0:
                engine.on_leader(int(self.tape.leader[0][tick]), float(self.tape.leader[1][tick]),
                                 leader=name)

    @cached_property
    def seen_from(self) -> Array:
        """The row that is the first to see each tick of the leader: the first accepted one that is
        later; never before that of the tick before it."""
        assert self.tape.leader
        engine, tape = self.engine(), self.tape
        status = engine._feed(*tape.columns, symbol=tape.symbol)["status"]
        stamps = np.where(status == 0, tape.ts_ns, np.iinfo(np.int64).min)
        latency = round(self.options.get("leader_latency", 0.0) * 1e9)
        row = np.searchsorted(np.maximum.accumulate(stamps), tape.leader[0] + latency,
                              side="right")
        row[~((tape.leader[1] > 0) & (tape.leader[1] <= 1e300))] = 0  # refused, it holds up none
        return np.maximum.accumulate(row)

    def answer(self, engine: Engine | ParallelEngine, columns: Columns | Frame,
               text: Text | None = None, state: bool = False) -> Answer:
        """Under the names that the plain text gives the columns."""
        given = (text or self.text).columns
        found = {name: np.asarray(columns[given[ref]]) for ref, name in self.text.columns.items()}
        found["status"] = np.asarray(columns["status"])
        return Answer(found, engine.counters, engine.state() if state else b"")


def every_nth(leader: str | None) -> int:
    """A leader that kernels name has each so many-th tick of the tape's."""
    return 1 if leader is None else 2 + len(leader) % 2


def _joined(frames: list[Frame]) -> Columns:
    return {name: np.concatenate([f[name] for f in frames]) for name in frames[0].columns}


def _parts(case: Case, rng: random.Random) -> Iterator[slice]:
    """Stretches of one row and more, between cuts at any place."""
    rows = len(case.tape)
    cuts = {rng.randrange(rows) for _ in range(rng.randint(1, 8))}
    cuts |= {min(c + rng.choice([1, 2, 7, 8, 256]), rows) for c in list(cuts)}
    edges = sorted({0, rows} | cuts)
    for begin, end in itertools.pairwise(edges):
        yield slice(begin, end)


def trade_by_trade(case: Case) -> Answer:
    """on_tick, with the leader's ticks by on_leader where they come between trades, or queued."""
    engine, tape = case.engine(), case.tape
    pushed: list[list[int]] = [[] for _ in range(len(tape) + 1)]
    if tape.leader and case.rng("leader").random() < 0.5:
        for tick, row in enumerate(case.seen_from):
            pushed[row].append(tick)
    elif tape.leader:
        engine._feed(*(c[:0] for c in tape.columns), leader=case.ticks(engine, 0, len(tape)))
    names = tape.names
    codes = [0] * len(tape) if tape.symbol is None else tape.symbol.tolist()
    rows = []
    for n, trade in enumerate(zip(*(c.tolist() for c in tape.columns), strict=True)):
        for tick in pushed[n]:
            case.push(engine, tick)
        rows.append(engine.on_tick(*trade, names[codes[n]]))
    like = case.feed(case.engine(), slice(0, 0), leader=False)
    return case.answer(engine, {name: np.array([getattr(row, name) for row in rows],
                                               like[name].dtype) for name in like.columns})


def whole(case: Case) -> Answer:
    engine = case.engine()
    return case.answer(engine, case.feed(engine, slice(0, len(case.tape))), state=True)


def pieces(case: Case) -> Answer:
    engine = case.engine()
    frames = [case.feed(engine, part) for part in _parts(case, case.rng("pieces"))]
    return case.answer(engine, _joined(frames), state=True)


def _through_a_checkpoint(engine: Engine) -> Engine:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c"
        engine.save(path)
        return Engine.load(path)


def resumed(case: Case) -> Answer:
    """By another engine after each cut: from a checkpoint, a state or a copy."""
    engine, frames, rng = case.engine(), [], case.rng("resumed")
    for part in _parts(case, rng):
        frames.append(case.feed(engine, part, workers=rng.choice([1, 1, 2])))
        engine = rng.choice([_through_a_checkpoint, Engine.copy,
                             lambda e: Engine.from_state(e.state())])(engine)
    return case.answer(engine, _joined(frames), state=True)


def on_workers(workers: int, fused: bool = True) -> Callable[[Case], Answer]:
    def way(case: Case) -> Answer:
        engine = case.engine(_fused=fused)
        frame = case.feed(engine, slice(0, len(case.tape)), workers=workers)
        return case.answer(engine, frame, state=fused)
    return way


def other_names(case: Case) -> Answer:
    """The same nodes under other names, in another order, with some more beside them."""
    rng = case.rng("names")
    beside = Draft(rng)
    beside.nodes = [replace(node) for node in case.draft.nodes]
    beside.defaults = case.draft.defaults
    if rng.random() < 0.5 and not any(ALL[node.kernel]["builds"] for node in beside.nodes):
        extend(beside, 3)  # on one clock
    text = other_text(beside, rng)
    engine = case.engine(text)
    frame = case.feed(engine, slice(0, len(case.tape)), workers=rng.choice([1, 2]))
    return case.answer(engine, frame, text)


def apart(case: Case) -> Answer:
    """Some nodes, each with nothing beside it but what it reads."""
    rng, engine = case.rng("apart"), case.engine()
    written = sorted({ref.node for ref in case.text.columns})
    found: Columns = {}
    for node in rng.sample(written, min(4, len(written))):
        only, places = case.draft.only(node)
        text = text_of(only)
        engine = case.engine(text)
        frame = case.feed(engine, slice(0, len(case.tape)), workers=rng.choice([1, 2]))
        for ref, name in case.text.columns.items():
            if ref.node == node:
                found[name] = frame[text.columns[Ref(places[node], ref.output)]]
        found["status"] = frame["status"]
    return Answer(found, engine.counters)


def parallel(case: Case) -> Answer:
    """ParallelEngine, which gets the leader's ticks between the trades."""
    tape, rng = case.tape, case.rng("parallel")
    places = set(case.seen_from.tolist()) if tape.leader else set()
    edges = sorted({*range(0, len(tape), _SUBMITTED), len(tape)}
                   | {at for at in places if at < len(tape)})
    names = tape.names
    with ParallelEngine(case.text.settings | case.options, kernels=case.text.kernels, workers=2,
                        pin=False, ring=rng.choice([64, 1024]), unread=1 << 14) as engine:
        codes = engine.intern(names)
        symbol = np.zeros(len(tape), np.uint32) if tape.symbol is None else tape.symbol
        for begin, end in itertools.pairwise(edges):
            if tape.leader:
                first, last = np.searchsorted(case.seen_from, [begin, begin + 1])
                for n in range(first, last):
                    case.push(engine, n)
            engine.submit_batch(*(c[begin:end] for c in tape.columns), codes[symbol[begin:end]])
        engine.flush()
        columns = engine.poll()
        order = np.argsort(columns["seq"], kind="stable")
        return case.answer(engine, {name: c[order] for name, c in columns.items()})


WAYS: dict[str, Callable[[Case], Answer]] = {
    "trade by trade": trade_by_trade,
    "whole": whole,
    "in pieces": pieces,
    "resumed": resumed,
    "2 workers": on_workers(2),
    "3 workers": on_workers(3),
    "kernel by kernel": on_workers(1, fused=False),
    "kernel by kernel, 3 workers": on_workers(3, fused=False),
    "other names": other_names,
    "each node apart": apart,
    "ParallelEngine": parallel,
}
