"""What a caller does wrong is an error with a sentence: never the end of the process, never another
number. The worst of it runs in processes of its own."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import tickeng
from tickeng import ConfigError, DataError, Engine, ParallelEngine, SymbolError, TickengError
from tickeng._native.codec import TextFormatter
from tickeng._native.core import Schema, TickSummary
from tickeng._native.io import LineParser, TickRule
from tickeng.parallel import Snapshot

ROOT = Path(__file__).parents[2]
MEMBERS = ("symbols", "symbol_count", "counters", "leader_counters", "begin_source",
           "max_time_ns", "id_conflict", "health", "config", "checkpoints", "schema",
           "outputs", "warmup", "progress", "leader_waiting", "state", "reset", "halt", "feed_down",
           "copy", "workers", "unread", "closed", "next_seq", "flush", "poll", "snapshot",
           "__repr__")


class Forgetful(Engine):
    def __init__(self):
        pass


class Stubborn(Engine):
    def __init__(self):
        with pytest.raises(ConfigError):
            super().__init__(nonsense=1)


def attempts(thing):
    """Every member of an object, called where it can be without arguments."""
    for name in MEMBERS:
        if hasattr(type(thing), name) and (name, type(thing)) != ("reset", ParallelEngine):
            member = getattr(type(thing), name)
            yield lambda m=member: m.__get__(thing)() if callable(m) else m.__get__(thing)
    for call in (lambda: thing.on_tick(1, 1.0, 1.0, 1), lambda: thing.submit(1, 1.0, 1.0, 1),
                 lambda: thing.run([1], [1.0], [1.0], [1]), lambda: thing.on_leader(1, 1.0),
                 lambda: thing.submit_batch([1], [1.0], [1.0], [1]), lambda: thing.decision("A"),
                 lambda: thing.intern(["A"]), lambda: thing.worker_of("A"),
                 lambda: thing.reset("A"), lambda: thing.forget("A"), lambda: thing.on_time(10**18),
                 lambda: thing.save("never.ckpt"), lambda: thing._load(b"", [])):
        if hasattr(type(thing), re.search(r"thing\.(\w+)", call.__code__.co_names[0] and
                                          "thing." + call.__code__.co_names[0])[1]):
            yield call


@pytest.mark.parametrize("make", [
    lambda: Engine.__new__(Engine), Forgetful, Stubborn,
    lambda: ParallelEngine.__new__(ParallelEngine)],
    ids=["new", "without super", "constructor raised", "parallel"])
def test_what_was_not_constructed_says_so(make):
    thing = make()
    calls = list(attempts(thing))
    assert len(calls) > 15
    for call in calls:
        with pytest.raises(TickengError, match="never constructed"):
            call()


def test_small_objects_that_were_not_made_say_so():
    kind = type(Engine().on_tick(10**18, 1.0, 1.0, 1))
    empty = kind.__new__(kind)
    for call in (lambda: empty.alpha, lambda: empty.reasons, lambda: empty.k1,
                 lambda: empty.anything, empty.to_dict, lambda: repr(empty)):
        with pytest.raises(TickengError, match="never made"):
            call()
    for call in (lambda: Snapshot(None, 0).ready, lambda: Snapshot.__new__(Snapshot).state(),
                 lambda: Snapshot(None, 0).save("never.ckpt")):
        with pytest.raises(TickengError, match="no engine"):
            call()
    assert (Schema.__new__(Schema).names, TickSummary.__new__(TickSummary).ticks) == (None, 0)
    parser = LineParser.__new__(LineParser)
    for call in (lambda: parser.begin(3), lambda: parser.feed(b"x"), parser.finish, parser.take,
                 lambda: parser.full, lambda: parser.rows, parser.new_symbols):
        with pytest.raises(TickengError, match="LineParser"):
            call()
    with pytest.raises(DataError, match="one length"):
        TickRule().apply(np.ones(5), None, np.zeros(2, np.int8))
    with pytest.raises(ValueError, match="3 columns, and names for 1"):
        TextFormatter("csv", ["a"]).rows([np.zeros(2)] * 3)


def test_an_object_is_constructed_once():
    engine = Engine()
    engine.on_tick(10**18, 1.0, 1.0, 1)
    with pytest.raises(TickengError, match="constructed already"):
        engine.__init__(eps="relative")
    assert engine.counters["0"]["processed"] == 1 and engine.config["k1.eps"] != "relative"
    with ParallelEngine(workers=2) as many:
        many.submit(10**18, 1.0, 1.0, 1)
        with pytest.raises(TickengError, match="constructed already"):
            many.__init__(workers=2)
        many.flush()
        assert many.counters["0"]["processed"] == 1


def columns(n):
    return 10**18 + np.arange(n), np.ones(n), np.ones(n), np.ones(n, np.int8)


@pytest.mark.parametrize("batch", [lambda e, c, s: e.run(*c, symbol=s),
                                   lambda e, c, s: e.submit_batch(*c, symbol=s)],
                         ids=["run", "submit_batch"])
def test_codes_that_another_thread_writes_are_those_of_the_call(batch):
    """The array is written over as soon as the call is under way: it is not looked at again."""
    n = 300_000
    engine = (Engine() if "run" in batch.__code__.co_names else
              ParallelEngine(workers=1, decisions=False))
    engine.intern(["a", "b"])
    codes, stop = np.zeros(n, np.uint32), threading.Event()

    def under_way():
        if isinstance(engine, ParallelEngine):  # of another thread it says this alone
            return engine.workers[0]["in"] > 0
        try:
            engine.symbol_count  # noqa: B018
        except TickengError:
            return True
        return False

    def scribble():
        while not stop.is_set():
            if under_way():
                codes[:] = 0x7FFFFFFF
                return
    writer = threading.Thread(target=scribble)
    writer.start()
    batch(engine, columns(n), codes)
    stop.set()
    writer.join()
    if isinstance(engine, ParallelEngine):
        engine.flush()
    assert engine.counters["a"]["processed"] == n
    if isinstance(engine, ParallelEngine):
        engine.close()
    for bad in (np.array([0, 5]), np.array([-1, 0]), np.array([2**33, 0])):
        with pytest.raises(DataError, match="intern"):
            Engine().run(*columns(2), symbol=bad)


NAMES = {"a NUL": "name\0", "a NUL inside": "na\0me", "an escape": "\x1b[2J", "a newline": "a\nb",
         "DEL": "a\x7f", "C1": "a\x9bb", "empty": "", "long": "A" * 256, "surrogate": "\ud800"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_that_cannot_be_kept_is_refused_everywhere(name):
    engine, many = Engine(), ParallelEngine(workers=1)
    rows = columns(2)
    for call in (lambda: engine.on_tick(10**18, 1.0, 1.0, 1, name), lambda: engine.intern([name]),
                 lambda: engine.run(*rows, symbol=[name, "name"]),
                 lambda: engine.run(*rows, symbol=np.array([name, "name"], dtype=object)),
                 lambda: engine.on_leader(1, 1.0, leads=name), lambda: engine.halt(name),
                 lambda: many.submit(10**18, 1.0, 1.0, 1, name), lambda: many.intern([name]),
                 lambda: many.submit_batch(*rows, symbol=["name", name])):
        with pytest.raises(DataError, match="symbol"):
            call()
    assert set(engine.symbols) | set(many.symbols) <= {"name"}
    many.close()


@pytest.mark.parametrize("symbol", [None, 1.0, True, b"a", float("nan"), object()])
def test_a_symbol_is_text_or_an_integer(symbol):
    engine = Engine()
    with ParallelEngine(workers=1) as many:
        many.intern(["1"])
        for call in (lambda: engine.on_tick(10**18, 1.0, 1.0, 1, symbol),
                     lambda: many.submit(10**18, 1.0, 1.0, 1, symbol),
                     lambda: engine.run(*columns(2), symbol=np.array(["a", symbol], dtype=object))):
            with pytest.raises(DataError, match="symbol"):
                call()
    assert engine.on_tick(10**18, 1.0, 1.0, 1, np.int64(7)).symbol == "7"


def test_names_as_long_as_the_cap_are_kept_whole():
    names = ["A" * 255, "é" * 127, "名" * 85]
    engine = Engine()
    for n, name in enumerate(names):
        assert engine.on_tick(10**18 + n, 1.0, 1.0, 1, name).symbol == name
    assert engine.symbols == names
    assert Engine(max_symbol_bytes=1_000).on_tick(10**18, 1.0, 1.0, 1, "A" * 1_000).status == 0


@pytest.mark.parametrize("code", [
    "e.on_tick(T, 1., 1., 1, 'BTCUSDT'); e.on_tick(T, 1., 1., 1, 'ETHUSDT')",
    "e.run([T, T], [1., 1.], [1., 1.], [1, 1], symbol=['BTCUSDT', 'ETHUSDT'])",
    "e.intern(['BTCUSDT', 'ETHUSDT'])",
    "e = tickeng.ParallelEngine(workers=1); e.submit(T, 1., 1., 1, 'BTCUSDT'); "
    "e.submit(T, 1., 1., 1, 'ETHUSDT')"], ids=["stream", "batch", "intern", "parallel"])
def test_names_outlive_the_call_that_brought_them(code):
    """With the debug allocator freed bytes are overwritten at once."""
    program = (f"import tickeng; e = tickeng.Engine(); T = 10**18\n{code}\n"
               "assert e.symbols == ['BTCUSDT', 'ETHUSDT'], e.symbols\n"
               "e.close() if hasattr(e, 'close') else 0")
    done = subprocess.run([sys.executable, "-X", "dev", "-c", program], capture_output=True,
                          text=True, cwd=ROOT, env={"PYTHONPATH": f"{ROOT}/src/engine"})
    assert (done.returncode, done.stderr) == (0, "")


def test_no_view_is_made_of_bytes_that_nobody_holds():
    bindings = sorted((ROOT / "src/engine/tickeng/_native").glob("*.p[yx][xi]"))
    assert bindings
    for path in bindings:
        for argument in re.findall(r"(?<!cdef string_view )view_of\(([^)]*)", path.read_text()):
            assert re.fullmatch(r"\w+|bytes raw|", argument), f"{path.name}: view_of({argument})"


def test_too_many_symbols_say_what_they_would_take():
    engine = Engine(max_symbols=2)
    engine.intern(["a", "b"])
    with pytest.raises(DataError, match=r"max_symbols = 2 .* up to [\d.]+ MB .*max_symbols=4 "):
        engine.intern(["c"])
    assert engine.symbols == ["a", "b"]


def test_an_unknown_symbol_has_no_decision():
    engine = Engine()
    engine.intern(["known"])
    with ParallelEngine(workers=1) as many:
        for thing in (engine, many):
            with pytest.raises(KeyError, match="no symbol 'unknown'") as caught:
                thing.decision("unknown")
            assert isinstance(caught.value, SymbolError) and isinstance(caught.value, TickengError)
            assert "unknown" not in thing.symbols
    waiting = engine.decision("known")
    assert (waiting.ts_ns, waiting.accepted, waiting.gate, waiting.alpha) == (None, False, 0, 0.0)


def test_a_leader_of_unequal_columns_is_refused_and_queues_nothing():
    engine = Engine()
    for leader in (([1, 2, 3], [1.0]), ([1], [1.0, 2.0]), ([1, 2],), 7):
        with pytest.raises(DataError, match="leader"):
            engine.run(*columns(3), leader=leader)
    with pytest.raises(DataError, match="price has"):
        engine.run([10**18] * 2, [1.0], [1.0], [1], leader=([10**18], [1.0]))
    assert engine.leader_waiting == 0


def test_the_configuration_is_not_assigned():
    for thing in (Engine(), ParallelEngine(workers=1)):
        with pytest.raises(AttributeError):
            thing.config = tickeng.Config()
        if isinstance(thing, ParallelEngine):
            thing.close()
