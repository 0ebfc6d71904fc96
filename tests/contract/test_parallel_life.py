"""How a ParallelEngine lives with slow workers, full rings, other threads, signals and its end.

Spec of the batteries: start and stop without leaks, back-pressure, one submitting thread.
"""

import contextlib
import faulthandler
import gc
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from tickeng import (
    BackpressureError,
    ConfigError,
    Engine,
    ParallelEngine,
    TickengError,
)

# A pipeline some ten times slower than a submission: erased kernels with odd windows.
SLOW = {"k1.window": 500, "k2.window": 300, "k4.window": 400}


def ticks(n, symbols=5):
    """Arrays of n trades, symbols in a mix so that workers go tick by tick."""
    rng = np.random.default_rng(7)
    ts_ns = 10**18 + np.arange(n) * 1_000_000
    return (ts_ns, 100 + rng.integers(0, 50, n) / 100, rng.random(n) + 0.1,
            rng.choice([-1, 1], n).astype(np.int8), np.array([f"S{k % symbols}" for k in range(n)]))


def sums_up(engine, submitted):
    total = 0
    for name, c in engine.counters.items():
        parts = ("processed", "duplicate", "late", "rejected", "dropped", "held")
        assert c["in"] == sum(c[p] for p in parts), name
        total += c["in"]
    assert total == submitted
    for facts in engine.workers:
        assert facts["in"] == facts["processed"] + facts["dropped"] + facts["held"]
        assert sum(n for _, n in facts["latency_ns"]) == facts["processed"]


def threads_and_files():
    return len(os.listdir("/proc/self/task")), len(os.listdir("/proc/self/fd"))


@pytest.fixture
def watchdog():
    """A hang ends the test run with the stacks of all threads."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def test_a_thousand_starts_and_stops_leave_nothing(watchdog):
    columns = ticks(40)
    ParallelEngine(workers=8).close()
    gc.collect()
    before = threads_and_files()
    for n in range(1_000):
        engine = ParallelEngine(workers=8, ring=(2, 8, 64)[n % 3], unread=64,
                                on_full=("block", "drop")[n % 2], spin=n % 50 == 49)
        if n % 4:
            engine.submit_batch(*columns)
        if n % 5 == 0:
            engine.flush()
        if n % 7 == 0:
            snapshot = engine.snapshot()
        if n % 3:
            engine.close()
            engine.close()
            sums_up(engine, 40 if n % 4 else 0)
        del engine
    del snapshot
    gc.collect()
    assert threads_and_files() == before


def test_more_workers_than_processors_are_not_pinned():
    usable = len(os.sched_getaffinity(0))
    with ParallelEngine(workers=usable + 1) as engine:
        assert all(w["cpu"] is None for w in engine.workers)
    with ParallelEngine(workers=1) as engine:
        assert engine.workers[0]["cpu"] in os.sched_getaffinity(0)
    with ParallelEngine(workers=1, pin=False) as engine:
        assert engine.workers[0]["cpu"] is None and engine.workers[0]["pin_warning"] == ""


PIN_REFUSED = """
import ctypes, struct, sys
from tickeng import ParallelEngine
libc = ctypes.CDLL(None, use_errno=True)
# seccomp: sched_setaffinity (203 on x86-64) fails with EPERM, all else is allowed.
code = [(0x20, 0, 0, 0), (0x15, 0, 1, 203), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
raw = b"".join(struct.pack("HBBI", *c) for c in code)
buffer = ctypes.create_string_buffer(raw)
class Program(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
program = Program(len(code), ctypes.addressof(buffer))
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
    sys.exit("no seccomp here")
with ParallelEngine(workers=1) as engine:
    engine.submit(10**18, 1.0, 1.0, 1)
    print(engine.workers[0]["cpu"], engine.workers[0]["pin_warning"])
"""


def test_a_refused_pin_is_a_warning():
    done = subprocess.run([sys.executable, "-c", PIN_REFUSED], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert (done.stdout, done.stderr) == ("None Operation not permitted\n", "")


def test_block_loses_nothing(watchdog):
    columns = ticks(60_000)
    with ParallelEngine(SLOW, workers=2, ring=64, decisions=False) as engine:
        assert engine.submit_batch(*columns) == 0
        engine.flush()
        sums_up(engine, 60_000)
        assert sum(c["processed"] for c in engine.counters.values()) == 60_000
        assert max(w["ring_high_water"] for w in engine.workers) <= 64


def test_drop_counts_exactly(watchdog):
    """What came through gives the bits of an Engine that saw only that."""
    ts, price, qty, side, names = ticks(60_000)
    with ParallelEngine(SLOW, workers=2, ring=64, unread=1 << 16, on_full="drop") as engine:
        lost = engine.submit_batch(ts, price, qty, side, names)
        engine.flush()
        frame = engine.poll()
        sums_up(engine, 60_000)
        taken = np.sort(frame["seq"].astype(np.int64))
        counters = engine.counters
    assert 0 < lost == 60_000 - len(taken) == sum(c["dropped"] for c in counters.values())
    for name in np.unique(names):
        assert counters[name]["dropped"] == (names == name).sum() - (names[taken] == name).sum()
    want = Engine(SLOW).run(ts[taken], price[taken], qty[taken], side[taken], names[taken])
    order = np.argsort(frame["seq"])
    for column in want.columns:
        assert np.array_equal(frame[column][order], want[column], equal_nan=True), column


def test_error_names_the_first_tick_that_was_not_taken(watchdog):
    columns = ticks(30_000)
    with ParallelEngine(SLOW, workers=2, ring=64, decisions=False, on_full="error") as engine:
        at = errors = 0
        while at < 30_000:
            try:
                engine.submit_batch(*(c[at:] for c in columns))
                at = 30_000
            except BackpressureError as error:
                at += error.taken
                errors += 1
                assert engine.next_seq == at
        engine.flush()
        assert errors > 0
        sums_up(engine, 30_000)
    assert all(c["dropped"] == 0 for c in engine.counters.values())


def test_memory_is_bounded_by_the_rings():
    columns = ticks(100_000)
    with ParallelEngine(workers=2, ring=64, unread=128, on_full="drop") as engine:
        engine.submit_batch(*columns)
        engine.flush()
        before = resident()
        for _ in range(10):
            engine.submit_batch(columns[0] + engine.next_seq * 1_000_000, *columns[1:])
        assert resident() - before < 8 << 20
        assert engine.unread <= 256


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_close_is_prompt_with_full_rings_and_halt_acts_on_what_waits(watchdog):
    columns = ticks(200_000, symbols=300)  # a batch has few ticks of each, which makes workers slow
    engine = ParallelEngine(SLOW, workers=2, ring=65536, unread=65536, on_full="drop")
    engine.submit_batch(*columns)
    engine.halt()  # goes ahead of the rings
    before = [w["processed"] for w in engine.workers]
    while any(w["processed"] < n + 4_096 for w, n in zip(engine.workers, before, strict=True)):
        time.sleep(0)
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 30
    sums_up(engine, 200_000)
    held = sum(c["held"] for c in engine.counters.values())
    assert held > 0, "nothing waited; the test shows nothing"
    reason = engine.poll()["reason"]
    assert reason[-1] & 16
    for call in (engine.flush, engine.snapshot, lambda: engine.submit(10**18, 1.0, 1.0, 1)):
        with pytest.raises(TickengError, match="closed"):
            call()


def test_a_flag_that_changes_after_a_mark_is_not_in_it(watchdog):
    """Flags of a symbol act ahead of the ring, so they overtake a snapshot that waits there."""
    one, columns, n = Engine(SLOW), ticks(60_000), 0
    with ParallelEngine(SLOW, workers=1, pin=False, ring=1 << 16, decisions=False) as engine:
        for e in (one, engine):
            e.intern(["quiet", *(f"S{k}" for k in range(5)), "calm"])
        for feed in (one.run, engine.submit_batch):
            feed([10**18], [1.0], [1.0], [1], ["calm"])
        waited = False
        while not waited and n < 100:  # until one was overtaken; all must be right
            later = (columns[0] + 2 + n * 10**12, *columns[1:])
            one.run(*later)
            engine.submit_batch(*later)
            snapshot = engine.snapshot()
            for name in ("calm", "quiet"):
                engine.halt(name, on=n % 2 == 0)
            waited = not snapshot.ready
            assert snapshot.state() == one.state()
            for name in ("calm", "quiet"):
                one.halt(name, on=n % 2 == 0)
            n += 1
        assert waited, "no snapshot waited; the test shows nothing"
        assert engine.state() == one.state()
    with ParallelEngine.from_state(one.state(), SLOW, workers=2) as engine:
        assert engine.state() == one.state()


def in_thread(call):
    """What a call in another thread raised."""
    found = []

    def run():
        try:
            call()
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found


def test_one_thread_submits():
    with ParallelEngine(workers=1) as engine:
        engine.submit(10**18, 1.0, 1.0, 1)
        for call in (lambda: engine.submit(10**18 + 1, 1.0, 1.0, 1), engine.flush, engine.poll,
                     lambda: engine.counters, lambda: engine.on_leader(1, 1.0), engine.snapshot):
            error, = in_thread(call)
            assert isinstance(error, TickengError) and "one submitting thread" in str(error)
        assert in_thread(lambda: (engine.workers, engine.halt(), engine.unread)) == []


def test_the_first_user_is_the_submitting_thread():
    engine = ParallelEngine(workers=1)
    assert in_thread(lambda: engine.submit(10**18, 1.0, 1.0, 1)) == []
    with pytest.raises(TickengError, match="SimpleQueue"):
        engine.submit(10**18 + 1, 1.0, 1.0, 1)
    engine.close()  # any thread may, while no other is inside a call


def test_an_engine_in_use_refuses_another_thread():
    """While run() works without the GIL, every other call says so."""
    engine = Engine()
    columns = ticks(400_000)[:4]
    codes = np.zeros(400_000, dtype=np.uint32)
    engine.intern(["S"])
    errors = []

    def run():
        """Again and again, later each time: on a busy machine one run may pass unseen."""
        for at in range(1000):
            if errors:
                return
            with contextlib.suppress(TickengError):  # without a GIL it may be refused itself
                engine.run(columns[0] + at * 400_000 * 1_000_000, *columns[1:], codes)

    thread = threading.Thread(target=run)
    thread.start()
    while thread.is_alive() and not errors:
        try:
            engine.on_tick(10**18, 1.0, 1.0, 1, "S")
        except TickengError as error:
            errors.append(str(error))
    thread.join()
    assert errors and "one thread at a time" in errors[0]
    engine.on_tick(10**18, 1.0, 1.0, 1, "S")  # and is free again


FORKED = """
import os
from tickeng import ParallelEngine, TickengError
engine = ParallelEngine(workers=2)
engine.submit(10**18, 1.0, 1.0, 1)
pid = os.fork()
if pid == 0:
    try:
        engine.flush()
    except TickengError as error:
        print(error, flush=True)
    del engine
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
engine.flush()
engine.close()
"""


def test_a_forked_child_is_told_and_ends():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED], capture_output=True,
                          text=True, timeout=60,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0 and "after a fork" in done.stdout, done


def endless(engine, stop=None):
    """Feeds the same trades again and again, later each time, up to `stop` of them."""
    columns = ticks(100_000)
    codes = engine.intern([f"S{k}" for k in range(5)])[np.arange(100_000) % 5]
    feed = engine.run if stop is not None else engine.submit_batch
    for at in range(0, 1 << 40 if stop is None else stop, 100_000):
        size = 100_000 if stop is None else min(100_000, stop - at)
        feed(*(c[:size] for c in (columns[0] + at * 1_000_000, *columns[1:4], codes)))


INTERRUPTED = """
import os, signal, sys, threading
from tests.contract.test_parallel_life import SLOW, endless
from tickeng import ParallelEngine
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & leaves it ignored
engine = ParallelEngine(SLOW, workers=2, ring=64, decisions=False)
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    endless(engine)
except KeyboardInterrupt:
    engine.save(sys.argv[1])
    print(engine.next_seq)
    engine.close()
    sys.exit(130)
"""


def test_an_interrupt_in_a_blocked_submit_leaves_a_checkpoint(tmp_path, watchdog):
    path = tmp_path / "stopped.ckpt"
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, path], capture_output=True,
                          text=True, timeout=60,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 130 and done.stderr == ""
    taken = int(done.stdout)
    want = Engine(SLOW)
    endless(want, taken)
    with ParallelEngine.load(path, workers=3) as engine:
        assert taken > 0 and engine.state() == want.state()


def test_pickle_and_bad_maps_are_refused():
    with ParallelEngine(workers=1) as engine, pytest.raises(TypeError):
        engine.__reduce__()
    with pytest.raises(ConfigError, match="map"):
        ParallelEngine(map={1: 0})
