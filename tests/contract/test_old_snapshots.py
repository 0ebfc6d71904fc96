"""Snapshots that the book is ahead of, as recorders ask for while changes come; feeds that begin
anew; levels that are too many."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.test_depth import START, feed_of, push, table
from tests.reference.depth_book import DepthBook, Message
from tickeng import Engine, ParallelEngine

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")
NUMBERED = ("spot", "futures", "single")
OPTIONS = {"kernels": "b = book.bid; a = book.ask", "max_quote_age": "off", "on_late": "clamp"}


def book_of(engine):
    book = engine.book("0")
    return None if book is None else [side.tolist() for side in book]


def whole_feed(seed, style, number=100):
    """A snapshot, and changes of which none is missing."""
    feed = [m for m in feed_of(seed, style, lost=0.0) if m.bids or m.asks]
    feed = feed[next(n for n, m in enumerate(feed) if m.snapshot):]
    sent = []
    for n, message in enumerate(feed):
        first, before = number + 1 + (n % 3) * (style == "futures"), number
        number = first + (n % 4 if style != "single" else 0)
        sent.append(Message(message.ts_ns, message.bids, message.asks, n == 0,
                            None if n == 0 or style == "single" else first, number,
                            before if n and style == "futures" else None))
    return sent


def with_answers(feed, seed, asked):
    """The feed, with true snapshots of up to five messages ago between its messages."""
    rng, book, past, sent = np.random.default_rng(seed), DepthBook(), [], []
    for message in feed:
        sent.append(message)
        assert book.apply(message) in ("shown", "unchanged")
        past.append((list(book.bids.items()), list(book.asks.items()), book.number))
        if rng.random() < asked:
            bids, asks, number = past[max(0, len(past) - 1 - int(rng.integers(0, 6)))]
            sent.append(Message(message.ts_ns, bids, asks, True, None, number, None))
    return sent


@given(seed=st.integers(0, 2**32), style=st.sampled_from(NUMBERED))
@settings(max_examples=40, deadline=None)
def test_snapshots_of_the_past_leave_the_book_as_it_is(seed, style):
    feed = whole_feed(seed, style)
    engine, alone = Engine(OPTIONS), Engine(OPTIONS)
    behind, number = 0, None
    for message in with_answers(feed, seed, 0.2):
        decision = push(engine, message, "0")
        assert decision.status == 0
        if not message.snapshot or number is None:
            push(alone, message, "0")
            number = message.last
        else:
            behind += message.last < number
        assert book_of(engine) == book_of(alone) is not None
    counters = engine.book_counters["0"]
    assert (counters["gaps"], counters["behind"]) == (0, behind)


@given(seed=st.integers(0, 2**32), style=st.sampled_from(NUMBERED))
@settings(max_examples=40, deadline=None)
def test_a_feed_that_begins_anew_is_followed_from_its_first_change(seed, style):
    old, new = whole_feed(seed, style, 10**6), whole_feed(seed + 1, style)
    new = [dataclasses.replace(m, ts_ns=m.ts_ns + old[-1].ts_ns - START) for m in new]
    engine, alone = Engine(OPTIONS), Engine(OPTIONS)
    for message in old:
        push(engine, message, "0")
    before = book_of(engine)
    for n, message in enumerate(new):
        push(engine, message, "0")
        push(alone, message, "0")
        assert book_of(engine) == (before if n == 0 else book_of(alone)) is not None
    assert engine.book_counters["0"]["gaps"] == 0
    assert engine.book_counters["0"]["behind"] == 1


def mixed(seed, style, count=300):
    """Everything at once: lost and repeated messages, old snapshots, feeds that begin anew."""
    rng, sent, number = np.random.default_rng(seed), [], 0
    for message in feed_of(seed, style, count):
        number = message.last if message.last is not None else number
        sent.append(message)
        if rng.random() < 0.1:
            back = int(rng.integers(0, 30))
            sent.append(Message(message.ts_ns, [(99.0, 1.0)], [(101.0, 2.0)], True, None,
                                max(0, number - back), None))
        if rng.random() < 0.05 and len(sent) > 9:
            k = len(sent) - int(rng.integers(1, 9))
            sent.append(dataclasses.replace(sent[k], ts_ns=message.ts_ns, snapshot=False))
    return [m for m in sent if m.bids or m.asks]


@given(seed=st.integers(0, 2**32), style=st.sampled_from(NUMBERED))
@settings(max_examples=60, deadline=None)
def test_a_book_among_old_snapshots_is_that_of_the_reference(seed, style):
    engine, book, behind, gaps, resumed = Engine(OPTIONS), DepthBook(), 0, 0, seed % 7 + 2
    for n, message in enumerate(mixed(seed, style)):
        outcome = book.apply(message)
        assert push(engine, message, "0").status == (2 if outcome == "old" else 0)
        behind, gaps = behind + (outcome == "behind"), gaps + (outcome == "gap")
        if n % resumed == 0:
            engine = Engine.from_state(engine.state())
        expected = [[list(level) for level in sorted(book.bids.items())[::-1]],
                    [list(level) for level in sorted(book.asks.items())]] if book.valid else None
        assert book_of(engine) == expected
    counters = engine.book_counters["0"]
    assert (counters["behind"], counters["gaps"]) == (behind, gaps)


@pytest.mark.parametrize("style", NUMBERED)
def test_one_by_one_as_a_table_and_by_workers_are_one(style):
    messages = mixed(4, style)
    alone = Engine(OPTIONS)
    rows = np.array([(d.b, d.a) for d in (push(alone, m, "0") for m in messages)])
    assert alone.book_counters["0"]["behind"] > 5 < alone.book_counters["0"]["gaps"]
    together = Engine(OPTIONS)
    frame = together.run(deltas=table(messages, symbol=np.array(
        ["0"] * sum(len(m.bids) + len(m.asks) for m in messages))), rows="book")
    assert together.state() == alone.state()
    assert np.array([frame["b"], frame["a"]]).T.tobytes() == rows.tobytes()
    with ParallelEngine(OPTIONS, workers=2, pin=False) as engine:
        for message in messages:
            push(engine, message, "0")
        engine.flush()
        assert engine.state() == alone.state()


def test_a_snapshot_without_numbers_is_always_taken():
    engine = Engine(OPTIONS)
    for numbers in ({"last": 10}, {}, {"last": 5}):
        engine.on_delta(START, [(99.0, 1.0)], [(101.0, 1.0)], snapshot=True, **numbers)
        engine.on_delta(START, [(98.0, 1.0)], [])
        engine.on_delta(START, [(97.0, 1.0)], [(101.0, 1.0)], snapshot=True)
        assert engine.book()[0].tolist() == [[97.0, 1.0]]


def test_a_message_that_names_the_books_number_may_count_anew():
    engine = Engine(OPTIONS)
    engine.on_delta(START, [(99.0, 1.0)], [(101.0, 1.0)], snapshot=True, last=10)
    assert engine.on_delta(START, [(99.5, 1.0)], [], last=3, previous=10).b == 99.5
    assert engine.on_delta(START, [(99.5, 0.0)], [], last=4, previous=3).b == 99.0
    assert engine.on_delta(START, [(99.5, 1.0)], [], last=3, previous=2).status == 2


def test_a_feed_of_snapshots_alone_that_counts_anew_is_followed():
    engine = Engine(OPTIONS)
    for number, best in ((100, 99.0), (101, 98.0), (1, 97.0), (2, 96.0), (3, 95.0)):
        engine.on_delta(START, [(best, 1.0)], [(101.0, 1.0)], snapshot=True, last=number)
        assert engine.book()[0].tolist() == [[98.0 if number == 1 else best, 1.0]]


def test_behind_a_loss_a_snapshot_is_taken_whatever_its_number():
    engine = Engine(OPTIONS)
    engine.on_delta(START, [(99.0, 1.0)], [(101.0, 1.0)], snapshot=True, last=10)
    engine.on_delta(START, [(99.0, -1.0)], [])
    engine.on_delta(START, [(98.0, 1.0)], [(101.0, 1.0)], snapshot=True, last=5)
    assert engine.book()[0].tolist() == [[98.0, 1.0]]


def ladder(best, count):
    return [(best - 0.01 * k, 1.0) for k in range(count)]


def test_of_too_many_levels_the_worst_are_unknown_not_gone():
    engine = Engine(kernels="n = book.bid_levels", max_quote_age="off")
    bids = ladder(500.0, 10_000)
    assert engine.on_delta(START, bids, [(501.0, 1.0)], snapshot=True, last=1).n == 20
    engine.on_delta(START, [(500.5, 1.0)], [], last=2)  # the worst goes
    engine.on_delta(START, [(300.0, 1.0), bids[-1]], [], last=3)  # behind what is known
    assert len(engine.book()[0]) == 10_000 and engine.book()[0][-1, 0] == bids[-2][0]
    assert engine.book_counters["0"]["left_out"] == 3
    gone = [(price, 0.0) for price, _ in [(500.5, 0), *bids]]
    engine.on_delta(START, gone[:9_980], [], last=4)
    assert len(engine.book()[0]) == 20
    engine = Engine.from_state(engine.state())
    row = engine.on_delta(START, gone[9_980:9_981], [], last=5)
    assert engine.book() is None and row.n != row.n
    assert engine.book_counters["0"]["gaps"] == 1
    row = engine.on_delta(START, bids[:3], [(501.0, 1.0)], snapshot=True, last=5)
    assert row.n == 3 and len(engine.book()[0]) == 3


def test_a_whole_side_may_end_empty():
    engine = Engine(kernels="n = book.bid_levels", max_quote_age="off")
    bids = ladder(500.0, 10_000)
    engine.on_delta(START, bids, [(501.0, 1.0)], snapshot=True)
    row = engine.on_delta(START, [(price, 0.0) for price, _ in bids], [])
    assert row.n == 0 and engine.book_counters["0"]["left_out"] == 0
