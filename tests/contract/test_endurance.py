"""A long run holds on to nothing: bytes in use, memory, files and threads stand still.

A child process runs the same cycle again and again: batches and single ticks of symbols that stay,
symbols that come and are forgotten, workers, checkpoints of both. Planted leaks must be seen.
"""

import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from tickeng import Engine, ParallelEngine

CYCLES = 1_500 if "TICKENG_SOAK" in os.environ else 90
ROWS, SYMBOLS, GUESTS = 4_000, 50, 40
SHORT = {"k1.window": 20, "k1.flow_window": 5, "k2.window": 20, "k3.window": 15,
         "k3.mean_window": 10, "k4.window": 25, "k4.mean_window": 10, "k4.norm_window": 15,
         "regime.step": 40}


class Leak:
    """What a planted fault keeps, a cycle of some thousand ticks after the other."""

    def __init__(self, plant):
        self.plant, self.cycle, self.kept = plant, 0, []

    def names(self):
        """Of the symbols that come and go: the same again, or (planted) always others."""
        self.cycle += 1
        first = self.cycle * GUESTS if self.plant == "names" else 0
        return [f"guest {first + k}" for k in range(GUESTS)]

    def ticks(self, count):
        if self.plant == "bytes":
            for _ in range(count // 1_000):
                LIBC.malloc(16)
        elif self.plant == "file":
            self.kept.append(os.open(os.devnull, os.O_RDONLY))
        elif self.plant == "thread" and self.cycle % 10 == 0:
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        elif self.plant == "pages":
            self.kept.append(np.ones(10_000))


PLANTS = {"bytes": "bytes", "names": "bytes", "file": "files", "thread": "threads",
          "pages": "memory"}


class Allocated(ctypes.Structure):
    """struct mallinfo2"""

    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost")]


LIBC = ctypes.CDLL(None)
LIBC.mallinfo2.restype = Allocated
LIBC.malloc.restype = ctypes.c_void_p
# What a thread of glibc keeps for its next calls would count as in use.
EXACT = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
SLACK = {"memory": 1 << 20}
MEASURES = ("bytes", "files", "threads", "memory")


def measured():
    """What is in use now, as MEASURES."""
    gc.collect()
    told = LIBC.mallinfo2()
    resident = int(Path("/proc/self/statm").read_text().split()[1])
    return (told.uordblks + told.hblkhd, len(os.listdir("/proc/self/fd")),
            len(os.listdir("/proc/self/task")), resident * 4096)


def trades(start_ns, names, rows=ROWS):
    random = np.random.default_rng(len(names))
    return (start_ns + np.arange(rows) * 10**6, 100 + random.integers(0, 50, rows) / 8,
            random.integers(1, 90, rows) / 8, random.choice([-1, 1], rows).astype(np.int8),
            [names[k] for k in random.integers(0, len(names), rows)])


def one_cycle(engine, workers, leak, start_ns, folder):
    stay = [f"S{k}" for k in range(SYMBOLS)]
    columns = trades(start_ns, stay)
    engine.run(*columns)
    workers.submit_batch(*columns)
    workers.on_leader(start_ns, 100.0)
    engine.on_leader(start_ns, 100.0)
    for ts_ns, price, qty, side, name in zip(*(c[:300] for c in columns), strict=True):
        engine.on_tick(int(ts_ns) + ROWS * 10**6, price, qty, side, name)
    guests = leak.names()
    engine.run(*trades(start_ns, guests, 1_000))
    for name in guests:
        engine.forget(name)
    workers.flush()
    workers.poll()
    engine.save(folder / "engine.ckpt")
    workers.save(folder / "workers.ckpt")
    Engine.load(folder / "engine.ckpt").on_tick(start_ns + 10**12, 1.0, 1.0, 1, "S1")
    leak.ticks(2 * ROWS + 1_300)


def run(cycles, plant):
    leak, found = Leak(plant), np.zeros((cycles, len(MEASURES)), np.int64)
    with (tempfile.TemporaryDirectory() as folder,
          ParallelEngine(SHORT, workers=2, pin=False, unread=8_192) as workers):
        engine = Engine(SHORT)
        for cycle in range(cycles):
            one_cycle(engine, workers, leak, 10**18 + cycle * 10**11, Path(folder))
            found[cycle] = measured()
    print(json.dumps(found.tolist()))


def endured(cycles, plant=""):
    """What grew from the middle third of the cycles to the last one."""
    code = f"from tests.contract.test_endurance import run; run({cycles}, {plant!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env=os.environ | EXACT | {"PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.stderr
    told = np.array(json.loads(done.stdout))
    third = cycles // 3
    grown = told[2 * third:].max(axis=0) - told[third:2 * third].max(axis=0)
    return {what: n for what, n in zip(MEASURES, grown.tolist(), strict=True)
            if n > SLACK.get(what, 0)}


def test_nothing_grows():
    assert endured(CYCLES) == {}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_leak_is_seen(plant):
    assert PLANTS[plant] in endured(45, plant)
