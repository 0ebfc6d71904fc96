"""The contract of docs/threads.md with ordinary threads: what may be shared works, misuse is an
error that changes nothing. `make free-threaded` repeats this by an interpreter without a GIL.
"""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.contract.test_parallel_life import in_thread, ticks
from tickeng import Config, Engine, ParallelEngine, TickengError, catalogue, rolling

THREADS, CALLS = 4, 3_000
TAPE = 100 + np.random.default_rng(3).standard_normal(2_000)


@pytest.fixture(autouse=True)
def short_turns():
    """Threads that have a GIL change over often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def at_once(call, threads=THREADS):
    """What call(0), call(1), ... gave, each in a thread, all let go together."""
    gate = threading.Barrier(threads)

    def run(place):
        gate.wait()
        return call(place)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def attempts(call, refusal):
    """How many of CALLS calls went through; the others must raise TickengError like `refusal`."""
    done = 0
    for n in range(CALLS):
        try:
            call(n)
            done += 1
        except TickengError as error:
            assert refusal in str(error)
    return done


def test_an_engine_that_threads_share_takes_whole_calls_or_refuses_them():
    engine = Engine(min_time=0)
    refusal = "one thread at a time"

    def feed(place):
        """Without a GIL all calls of one turn may meet others: then they are made again."""
        done = 0
        while not done:
            done = attempts(lambda n: engine.on_tick(n, 100.0 + n % 7, 1.0, 1, f"S{place}"),
                            refusal)
        return done

    def look(_):
        for read in (lambda: engine.counters, lambda: engine.symbols, engine.state,
                     lambda: engine.progress, lambda: engine.health, engine.copy):
            attempts(lambda n, read=read: n % 50 or read(), refusal)

    taken = at_once(lambda place: look(place) if place == 0 else feed(place))
    for place in range(1, THREADS):
        assert engine.counters[f"S{place}"]["processed"] == taken[place] > 0
    assert engine.on_tick(10**6, 100.0, 1.0, 1, "S1").status == 0


def test_while_an_engine_runs_everything_else_is_refused():
    engine = Engine()
    columns = ticks(400_000)[:4]
    calls = {
        "on_tick": lambda: engine.on_tick(10**18, 1.0, 1.0, 1),
        "run": lambda: engine._feed(*columns),
        "on_leader": lambda: engine.on_leader(1, 1.0), "intern": lambda: engine.intern(["X"]),
        "halt": engine.halt, "reset": engine.reset, "state": engine.state, "copy": engine.copy,
        "counters": lambda: engine.counters, "symbols": lambda: engine.symbols,
        "symbol_count": lambda: engine.symbol_count, "progress": lambda: engine.progress,
        "leader_counters": lambda: engine.leader_counters, "health": lambda: engine.health,
        "leader_waiting": lambda: engine.leader_waiting,
    }
    codes = np.zeros(400_000, dtype=np.uint32)
    engine.intern(["S"])
    for name, call in calls.items():
        engine.reset()
        refused = threading.Event()
        thread = threading.Thread(target=repeat_run, args=(engine, columns, codes, refused))
        thread.start()
        while not refused.is_set():
            try:
                call()
            except TickengError as error:
                assert "one thread at a time" in str(error), name
                refused.set()
        thread.join()


def repeat_run(engine, columns, codes, enough):
    """Until something else was refused; its own turn may be refused, too."""
    while not enough.is_set():
        try:
            engine._feed(*columns, codes)
        except TickengError as error:
            assert "one thread at a time" in str(error)


def test_an_engine_a_thread_gives_the_bits_of_one():
    ts, price, qty, side, _ = ticks(20_000)
    want = Engine().run(ts, price, qty, side)["alpha"]
    for got in at_once(lambda _: Engine().run(ts, price, qty, side)["alpha"]):
        assert got.tobytes() == want.tobytes()


def test_an_engine_may_move_between_threads():
    engine, twin = Engine(), Engine()
    for n in range(200):
        def tick(n=n, to=engine):
            to.on_tick(n, 100.0 + n % 7, 1.0, 1)
        assert in_thread(tick) == []
        tick(to=twin)
    assert engine.state() == twin.state()


@pytest.mark.parametrize("make", [lambda: rolling.ZScore(64), lambda: rolling.Quantile(64, 0.9),
                                  lambda: rolling.EwmStd(span=10)], ids=["z", "quantile", "ewm"])
def test_a_rolling_primitive_takes_whole_calls_or_refuses_them(make):
    shared, refusal = make(), "one thread at a time"
    ways = (lambda n: shared.update(TAPE[n % 2_000]), lambda n: shared.run(TAPE[:3]),
            lambda n: shared.update(TAPE[n % 2_000]), lambda n: (shared.count, shared.state()))
    done = at_once(lambda place: attempts(ways[place], refusal))
    assert shared.accepted == done[0] + 3 * done[1] + done[2] > 0


def test_one_thread_of_many_gets_a_parallel_engine():
    engine = ParallelEngine(workers=2)

    def feed(place):
        return attempts(lambda n: engine.submit(n, 100.0, 1.0, 1, f"S{place}"), "hand")

    taken = at_once(feed)
    assert sorted(taken) == [0] * (THREADS - 1) + [CALLS]  # strangers do not get in its way
    for read in (lambda: engine.next_seq, lambda: engine.symbols, lambda: engine.counters,
                 lambda: engine.leader_counters, lambda: engine.symbol_count):
        with pytest.raises(TickengError, match="one submitting thread"):
            read()
    assert sum(facts["in"] for facts in engine.workers) == CALLS
    engine.close()


def test_looking_at_a_new_parallel_engine_does_not_claim_it():
    engine = ParallelEngine(workers=1)
    assert (engine.next_seq, engine.symbols) == (0, [])
    assert in_thread(lambda: engine.submit(10**18, 1.0, 1.0, 1)) == []
    engine.close()


def test_any_thread_watches_and_halts_a_parallel_engine():
    columns = ticks(200_000)
    stop = threading.Event()
    with ParallelEngine(workers=2, on_decisions=lambda frame: None) as engine:
        engine.submit_batch(*columns)

        def watch(place):
            seen = 0
            while not stop.is_set():
                for facts in engine.workers:
                    assert facts["processed"] + facts["held"] + facts["dropped"] == facts["in"]
                assert engine.unread >= 0 and not engine.closed
                engine.halt(on=seen % 2 == 0)
                engine.feed_down(on=False)
                seen += 1
            return seen

        with ThreadPoolExecutor(2) as pool:
            watchers = [pool.submit(watch, place) for place in range(2)]
            for n in range(1, 4):
                engine.submit_batch(columns[0] + n * 10**12, *columns[1:])
            engine.flush()
            stop.set()
            assert all(w.result() > 0 for w in watchers)
        assert sum(c["processed"] for c in engine.counters.values()) == 800_000


def test_a_mark_that_is_ready_is_for_any_thread():
    with ParallelEngine(workers=2) as engine:
        engine.submit_batch(*ticks(5_000))
        snapshot = engine.snapshot()
        refused = in_thread(snapshot.state)  # unless it is ready already
        assert all("one submitting thread" in str(error) for error in refused)
        want = snapshot.state()
        assert at_once(lambda _: snapshot.state()) == [want] * THREADS


def test_frames_configs_and_the_catalogue_are_for_any_thread():
    frame = Engine().run(*ticks(5_000)[:4])
    config = Config({"eps": "relative"})
    found = at_once(lambda _: (frame["alpha"].tobytes(), config.hash, repr(catalogue())))
    assert found == [found[0]] * THREADS
