"""Ctrl-C inside of a long batch acts long before its end, and what was fed stays fed."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tickeng import Engine, LateTickError

PROGRAM = """
import os, signal, threading, numpy as np
from tickeng import Engine, rolling
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & leaves it ignored
rng = np.random.default_rng(1)

def trades(n):
    return (10**18 + np.arange(n) * 10**6, 100 + rng.random(n), rng.random(n),
            rng.choice([-1, 1], n).astype(np.int8))

def interrupted(call, *given, after=0.05, **more):
    timer = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        call(*given, **more)
    except KeyboardInterrupt as error:
        return getattr(error, "__notes__", [""])[0]
    return "was not interrupted"
"""
ONE_SYMBOL = """
n, columns = 6_000_000, trades(6_000_000)
engine = Engine(kernels="k1,k3,k4,regime", _fused=False)
note = interrupted(engine.run, *columns, workers={workers})
done = engine.counters["0"]["processed"] if engine.counters else 0
twin = Engine(kernels="k1,k3,k4,regime")
if done:
    twin.run(*(c[:done] for c in columns))
"""
# Fewer rows than a stretch may have, but many a symbol's first, which takes its memory.
MANY_SYMBOLS = """
n, columns = 100_000, trades(100_000)
names = [f"S{k}" for k in range(4_000)]
engine, twin = Engine(), Engine()
codes, _ = (e.intern(names)[rng.integers(0, len(names), n)] for e in (engine, twin))
note = interrupted(engine.run, *columns, symbol=codes)
done = sum(c["processed"] for c in engine.counters.values())
if done:
    twin.run(*(c[:done] for c in columns), symbol=codes[:done])
"""
# Each row is a symbol's first: one takes as long as a thousand later ones.
NEW_SYMBOLS = """
n, columns = 16_000, trades(16_000)
names = range(n)
engine, twin = Engine(), Engine()
codes, _ = (e.intern(names) for e in (engine, twin))
note = interrupted(engine.run, *columns, symbol=codes, workers={workers}, after=0.002)
done = sum(c["processed"] for c in engine.counters.values())
assert done < 8_192, done
if done:
    twin.run(*(c[:done] for c in columns), symbol=codes[:done])
"""
PRIMITIVE = """
n, values = 8_000_000, rng.random(8_000_000)
engine, twin = (rolling.Quantile(100_000, 0.9) for _ in range(2))
note = interrupted(engine.run, values)
done = engine.accepted
twin.run(values[:done])
"""
CHECK = """
assert done < n, note
assert done == 0 or f"{done} of {n} " in note, (done, note)
assert twin.state() == engine.state()
print("stopped")
"""


@pytest.mark.parametrize("batch", [
    ONE_SYMBOL.format(workers=1), ONE_SYMBOL.format(workers=2), MANY_SYMBOLS,
    NEW_SYMBOLS.format(workers=1), NEW_SYMBOLS.format(workers=2), PRIMITIVE,
], ids=["one symbol", "two workers", "many symbols", "new symbols", "new symbols, two workers",
        "primitive"])
def test_an_interrupted_batch_stops_soon_and_can_go_on(batch):
    done = subprocess.run([sys.executable, "-c", PROGRAM + batch + CHECK], capture_output=True,
                          text=True, timeout=120,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.stdout == "stopped\n", done.stderr


def test_a_late_tick_ends_a_run_wherever_symbols_are_new():
    """Stops at new symbols and at an error are told apart, whatever the number of symbols."""
    n, late = 3_000, 2_345
    codes = np.arange(n, dtype=np.uint32) % 700
    columns = (np.full(n, 100.0), np.ones(n), np.ones(n, np.int8))
    for order in (np.arange(n), np.argsort(codes, kind="stable")):
        at = int(np.flatnonzero(order == late)[0])
        ts_ns = 10**18 + np.arange(n) * 10**6
        ts_ns[at] = 10**18 - 1
        engine = Engine(on_late="error")
        names = engine.intern([f"S{k}" for k in range(700)])
        with pytest.raises(LateTickError, match=f"row {at} "):
            engine.run(ts_ns, *columns, symbol=names[codes[order]])
        assert sum(c["processed"] for c in engine.counters.values()) == at
        assert engine.on_tick(10**18 + n * 10**6, 1.0, 1.0, 1, "S0").seq == at + 1
