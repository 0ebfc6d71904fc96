"""Windows whose memory grows with what they have seen: the same bits, little memory, and no way to
write beyond it."""

import subprocess
import sys

import numpy as np
import pytest

from tests.checkpoint.state_bytes import pieces
from tests.contract.test_bits import bits, cut, joined, tape
from tests.feeds import OF_TRADES
from tickeng import DataError, Engine

N = 2_400
GROWS = [4, 32, 256, 2_048]  # rows with memory for which windows begin, and grow by
EDGES = sorted({0, N, *(g + d for g in GROWS for d in (-1, 0, 1, 2))})
KERNELS = [k["name"] for k in OF_TRADES if not k["builds"]]
PIPELINES = [*KERNELS, "chain",
             "a = mean(speed, window=2000); b = rank(speed, window=70); std(speed, window=999)",
             "a = quantile(speed, window=1500); b = median(speed, window=900)",
             "a = corr(k1, speed, window=600); b = highest(speed, window=2000); lag(k1, rows=1100)"]


@pytest.mark.parametrize("kernels", PIPELINES)
def test_every_way_gives_the_same_bits_around_each_growth(kernels):
    columns, _ = tape(N)
    settings = {"kernels": kernels, "warmup": "expanding"}
    whole = Engine(settings).run(*columns)
    want = bits(whole)
    resumed, copied, frames, copies = Engine(settings), Engine(settings), [], []
    for part, _ in cut(columns, (columns[0][:0], columns[1][:0]), EDGES):
        frames.append(resumed.run(*part))
        resumed = Engine.from_state(resumed.state(), resumed.config)
        copies.append(copied.run(*part))
        copied = copied.copy()
    assert joined(frames) == joined(copies) == want
    streamed = Engine(settings)
    rows = zip(*(c.tolist() for c in columns), strict=True)
    got = [streamed.on_tick(*row) for row in rows]
    for name in want:
        values = np.array([getattr(d, name) for d in got], whole[name].dtype)
        assert values.tobytes() == want[name], name
    assert streamed.state() == resumed.state()


MEMORY = """
import sys
from tickeng import Engine

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

engine, symbols = Engine(), int(sys.argv[1])
engine.on_tick(10**18, 100.0, 1.0, 1, symbol="first")
before = resident()
for row in range(3):
    for symbol in range(symbols):
        engine.on_tick(10**18 + row, 100.0 + symbol % 7, 1.0, 1, symbol=str(symbol))
print((resident() - before) / symbols)
"""


def test_a_symbol_of_three_trades_takes_little():
    done = subprocess.run([sys.executable, "-c", MEMORY, "4000"], capture_output=True, text=True,
                          check=True, timeout=120)
    assert float(done.stdout) < 16_384  # a full one takes 250 KB


EXHAUSTED = """
import resource, sys
from tickeng import Engine

def feed(engine, symbol, first, last):
    return [engine.on_tick(10**18 + i, 100.0 + i % 7, 1.0 + i % 3, 1 - 2 * (i % 2), symbol=symbol)
            for i in range(first, last)]

def text(decisions):
    return [repr(d) for d in decisions]

SETTINGS = {"kernels": "a = quantile(speed, window=2000000); b = mean(speed, window=1000000)",
            "warmup": "expanding"}
engine = Engine(SETTINGS)
feed(engine, "A", 0, 2_048)
size = int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 16), resource.RLIM_INFINITY))
at = 2_048
try:
    for at in range(2_048, 200_000):
        feed(engine, "A", at, at + 1)
except MemoryError:
    print("refused at", at)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
anew = text(feed(engine, "A", at + 1, at + 400))
fresh = text(feed(Engine(SETTINGS), "A", at + 1, at + 400))
print([a.split("seq")[0] for a in anew] == [f.split("seq")[0] for f in fresh])
print(engine.counters["A"]["processed"] == at + 400)
"""


def test_where_memory_ends_a_symbol_starts_anew():
    done = subprocess.run([sys.executable, "-c", EXHAUSTED], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stderr[-1500:]
    refused, *rest = done.stdout.splitlines()
    assert int(refused.split()[-1]) in (4 * 8**k for k in range(3, 6))
    assert rest == ["True", "True"]


@pytest.mark.parametrize("kernels", [*KERNELS, "chain"])
@pytest.mark.parametrize("claimed", [0, 3, 40])
def test_a_state_of_more_rows_than_it_says_is_refused(kernels, claimed):
    """Its windows would be written beyond their memory."""
    engine = Engine(kernels=kernels)
    engine.run(*tape(300)[0])
    state = bytearray(engine.state())
    base = next(p for p in pieces(bytes(state)) if p.path == "0/base series/0 index")
    state[base.start:base.end] = claimed.to_bytes(base.end - base.start, "little")
    try:
        forged = Engine.from_state(bytes(state), engine.config)
    except DataError:
        return
    forged.run(*(c[300:] for c in tape(N)[0]))  # nothing in it counts rows
