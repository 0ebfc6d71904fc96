"""An engine's life against a truth kept beside it: what becomes of each row, and of each symbol.

Rows are fed one by one, in batches and through workers; symbols are reset, go stale, ids start
again at 1, states are saved and loaded. After each step every count is what the truth says.
"""

import os
import struct
from collections import Counter
from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

import tickeng as te
from tickeng._base import conservation

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
START_NS = 10**18  # far enough from today for every jump
SECOND, DAY = 10**9, 86_400 * 10**9
JUMP = 30 * DAY
STALE = 5 * SECOND
SYMBOLS = ("A", "B", "C")
SHORT = {"k1.window": 20, "k1.flow_window": 5, "k3.window": 15, "k4.window": 25, "regime_step": 40}
OK, LATE, DUPLICATE, REJECTED = range(4)
ENDS = {OK: "processed", LATE: "late", DUPLICATE: "duplicate", REJECTED: "rejected"}
SOAK = "TICKENG_SOAK" in os.environ
EXAMPLES = 2_000 if SOAK else 120

# What a row is to be: a step in time from the newest of its symbol, a price, a quantity, a side.
STEPS = {"next": 10**6, "same": 0, "late": -1, "later": -3 * SECOND, "far": JUMP, "jump": JUMP + 1,
         "beyond time": None}
PRICES = {"good": 100.0, "higher": 101.5, "nan": np.nan, "zero": 0.0, "infinite": np.inf,
          "too large": 1e301}


def rows(steps, prices, sizes, sides):
    return st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(steps), st.sampled_from(prices),
                     st.sampled_from(sizes), st.sampled_from(sides),
                     st.sampled_from(["new", "old", "again"]))


SOUND = (["good", "higher"], [1.0], [1, -1, 0])
GOOD, TIMED = rows(["next", "same"], *SOUND), rows(list(STEPS), *SOUND)
ANY = rows(list(STEPS), list(PRICES), [1.0, 0.0, -1.0, np.nan], [1, -1, 2])


class Truth:
    """What must become of rows, as the documentation says it."""

    def __init__(self, dedupe, on_late):
        self.dedupe, self.on_late = dedupe, on_late
        self.counts = {name: Counter() for name in SYMBOLS}
        self.known = []  # in the order of their first row
        for name in SYMBOLS:
            self.restart(name)

    def restart(self, name):
        vars(self).setdefault("last_ns", {})[name] = None
        vars(self).setdefault("awaited", {})[name] = None
        vars(self).setdefault("seen", {})[name] = set()

    def row(self, name, ts_ns, price, qty, side, number):
        """The status of one row, which it counts."""
        if name not in self.known:
            self.known.append(name)
        status = self.judge(name, ts_ns, price, qty, side, number)
        self.counts[name]["in"] += 1
        self.counts[name][ENDS[status]] += 1
        if status == OK:
            self.last_ns[name] = max(ts_ns, self.last_ns[name] or 0)
            self.awaited[name] = None
            self.seen[name].add(number)
        return status

    def judge(self, name, ts_ns, price, qty, side, number):
        if not (0 < price <= 1e300 and qty >= 0 and ts_ns < 2**62 and abs(side) <= 1):
            return REJECTED
        if self.dedupe and number in self.seen[name]:
            return DUPLICATE
        if self.last_ns[name] is None:
            return OK
        if self.is_late(ts_ns, self.last_ns[name]):
            return OK if self.on_late == "clamp" else LATE
        awaited = self.awaited[name]
        if ts_ns - self.last_ns[name] <= JUMP or (
                awaited is not None and 0 <= ts_ns - awaited <= JUMP):
            return OK
        self.awaited[name] = ts_ns
        return REJECTED

    def is_late(self, ts_ns, last_ns):
        return ts_ns < last_ns

    def is_stale(self, name, now_ns):
        return self.last_ns[name] is not None and now_ns - self.last_ns[name] > STALE


def counted(before, after):
    """How many numbers of a state grew by one; None where anything else differs."""
    if len(before) != len(after):
        return None
    found, at = 0, 0
    while (rest := np.flatnonzero(
            np.frombuffer(before[at:], np.uint8) != np.frombuffer(after[at:], np.uint8))).size:
        at += int(rest[0])
        (old,), (new,) = (struct.unpack_from("<Q", s.ljust(at + 8, b"\0"), at)
                          for s in (before, after))
        if new != old + 1:
            return None
        found, at = found + 1, at + 8
    return found


def same(a, b):
    return {n: a[n].tobytes() for n in a.columns} == {n: b[n].tobytes() for n in b.columns}


class Life(RuleBasedStateMachine):
    """`one` gets rows one by one, `batch` and `workers` in batches."""

    truth_kind = Truth

    @initialize(dedupe=st.booleans(), on_late=st.sampled_from(["drop", "clamp"]),
                stale=st.booleans())
    def begin(self, dedupe, on_late, stale):
        self.given = SHORT | {"on_late": on_late} | ({"dedupe": "id"} if dedupe else {})
        self.workers = None
        if stale:
            self.given |= {"stale_after": "5s"}
        else:
            self.workers = te.ParallelEngine(self.given, workers=2, pin=False, order="total")
        self.one, self.batch = te.Engine(self.given), te.Engine(self.given)
        self.truth = self.truth_kind(dedupe, on_late)
        self.numbers = count(1)
        self.number = next(self.numbers)

    def made(self, rows):
        """Columns of rows as they are to be, and the status that each must get."""
        columns, status = [], []
        for name, step, price, qty, side, which in rows:
            last = self.truth.last_ns[name] or START_NS
            ts_ns = 2**62 if STEPS[step] is None else last + STEPS[step]
            if which == "new":
                self.number = next(self.numbers)
            elif which == "old":
                self.number = max(1, self.number - 1)
            row = (ts_ns, PRICES[price], qty, side, name, self.number)
            columns.append(row)
            status.append(self.truth.row(name, *row[:4], row[5]))
        return [np.array(c) for c in zip(*columns, strict=True)], status

    @rule(rows=st.lists(GOOD, min_size=1, max_size=40)
          | st.lists(TIMED | ANY, min_size=1, max_size=12))
    def feed(self, rows):
        columns, status = self.made(rows)
        *arrays, names, ids = columns
        frame = self.batch._feed(*arrays, names, id=ids)
        assert frame["status"].tolist() == status
        for at, ending in enumerate(status):
            row = slice(at, at + 1)
            before = self.one.state() if names[at] in self.one.symbols else None
            found = self.one._feed(*(a[row] for a in arrays), names[row], id=ids[row])
            assert same(found, frame[row]), at
            if before is not None and ending in (LATE, DUPLICATE):
                conflict = 0 if ending == LATE else self.conflicts(names[at])
                assert counted(before, self.one.state()) == 2 + conflict
        if self.workers is not None:
            self.workers.submit_batch(*arrays, names, id=ids)
            self.workers.flush()
            got = self.workers.poll()
            assert all(got[n].tobytes() == frame[n].tobytes() for n in frame.columns)
        self.agree()

    def conflicts(self, name):
        """Whether the last duplicate of a symbol came with another price or quantity."""
        now = self.one.counters[name]["duplicate_conflict"]
        before, self.told[name] = self.told[name], now
        return now - before

    @initialize()
    def nothing_told(self):
        self.told = Counter()

    @rule()
    def ids_start_again(self):
        self.numbers = count(1)
        self.number = next(self.numbers)

    def engines(self):
        return [e for e in (self.one, self.batch, self.workers) if e is not None]

    @precondition(lambda self: self.truth.known)
    @rule(data=st.data())
    def reset(self, data):
        name = data.draw(st.sampled_from(self.truth.known))
        for engine in self.engines():
            engine.reset(name)
            assert not engine.decision(name).accepted
        self.truth.restart(name)

    @precondition(lambda self: self.truth.known)
    @rule(workers=st.integers(1, 3))
    def save_and_load(self, workers):
        state = self.one.state()
        assert self.batch.state() == state
        self.one = te.Engine.from_state(state, self.one.config)
        if self.workers is not None:
            assert self.workers.state() == state
            self.workers.close()
            self.workers = te.ParallelEngine.from_state(
                state, self.given, workers=workers, pin=False, order="total")

    @precondition(lambda self: self.workers is None and self.truth.known)
    @rule(data=st.data(), wait=st.sampled_from([0, 1, STALE - 1, STALE, STALE + 1, 3 * STALE]))
    def time_passes(self, data, wait):
        """A decision is stale before anybody can act on it."""
        name = data.draw(st.sampled_from(self.truth.known))
        if self.truth.last_ns[name] is None:
            return
        self.now_ns = max(vars(self).get("now_ns", 0), self.truth.last_ns[name] + wait)
        stale = self.truth.is_stale(name, self.now_ns)
        for engine in (self.one, self.batch):
            before = engine.decision(name)
            told = engine.on_time(self.now_ns, name)
            assert bool(told.reason & te.Reason.FEED) == (stale or bool(before.reason & 8))
            if stale:
                assert (told.gate, told.alpha) == (0, 0.0)

    def agree(self):
        """Every count of every engine, and the law."""
        for engine in self.engines():
            found = engine.counters
            assert list(found) == self.truth.known
            for name, counts in found.items():
                wanted = self.truth.counts[name]
                told = {end: counts[end] for end in conservation.ENDS}
                assert counts["in"] == wanted["in"] == sum(told.values())
                assert told == {end: wanted[end] for end in conservation.ENDS}

    def teardown(self):
        if vars(self).get("workers") is not None:
            self.workers.close()


def live(machine, examples=EXAMPLES):
    """The long form alone makes a failure small, which takes minutes."""
    run_state_machine_as_test(machine, settings=settings(
        max_examples=examples, stateful_step_count=12, deadline=None, derandomize=not SOAK,
        phases=list(Phase) if SOAK else [Phase.generate], report_multiple_bugs=False,
        database=None, suppress_health_check=list(HealthCheck)))


def test_every_row_and_every_symbol_ends_as_it_must():
    live(Life)


class LateIsProcessed(Truth):
    def row(self, name, *given):
        status = super().row(name, *given)
        moved = status == LATE
        self.counts[name]["late"] -= moved
        self.counts[name]["processed"] += moved
        return status


class SameTimeIsLate(Truth):
    def is_late(self, ts_ns, last_ns):
        return ts_ns <= last_ns


class IdsOutliveAReset(Truth):
    def restart(self, name):
        kept = vars(self).get("seen", {}).get(name, set())
        super().restart(name)
        self.seen[name] = kept


class NothingIsADuplicate(Truth):
    def __init__(self, dedupe, on_late):
        super().__init__(False, on_late)


class StaleTooSoon(Truth):
    def is_stale(self, name, now_ns):
        return self.last_ns[name] is not None and now_ns - self.last_ns[name] >= STALE


class JumpIsForgotten(Truth):
    def judge(self, name, *given):
        self.awaited[name] = None
        return super().judge(name, *given)


@pytest.mark.parametrize("wrong", [
    LateIsProcessed, SameTimeIsLate, IdsOutliveAReset, NothingIsADuplicate, StaleTooSoon,
    JumpIsForgotten])
def test_another_truth_is_contradicted(wrong):
    """Every rule of the truth is met by the rows of the test above."""
    with pytest.raises(AssertionError):
        live(type("Wrong", (Life,), {"truth_kind": wrong}), 1_000)


def test_a_trace_in_the_state_is_seen():
    engine = te.Engine(SHORT, dedupe="id")
    rows = [START_NS + np.arange(3), np.ones(3), np.ones(3), np.ones(3, np.int8), ["A"] * 3]
    engine._feed(*rows, id=np.arange(3))
    before = engine.state()
    assert counted(before, before) == 0
    engine._feed(*(c[2:] for c in rows), id=np.array([2]))
    assert counted(before, engine.state()) == 2
    engine._feed(*(c[2:] for c in rows), id=np.array([3]))
    assert counted(before, engine.state()) is None


@pytest.mark.parametrize("wait", [0, STALE - 1, STALE, STALE + 1, 2 * STALE])
def test_a_decision_is_stale_from_a_nanosecond_behind_on(wait):
    engine = te.Engine(SHORT, stale_after="5s")
    engine.on_tick(START_NS, 1.0, 1.0, 1, "A")
    told = engine.on_time(START_NS + wait, "A")
    assert bool(told.reason & te.Reason.FEED) == (wait > STALE)
