"""Random streams of trades through every call; an own count of each row's end is the judge.

`python -m tests.verification.streams --count 2000` runs as many; a failure prints its seed.
"""

import argparse
import os
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

import tickeng as te
from tickeng._base import conservation

SHORT = 200
START_NS = 1_723_161_255_000_000_000
SYMBOLS = ("A", "B", "C", "?x", "=D")
BAD = ("oops", "-1", "nan", "", "0")


def trades(random):
    """Rows of one file: (ts_ns, price text, symbol, id), late, repeated and broken ones among."""
    rows = int(random.integers(1, 400))
    ts_ns = START_NS + np.cumsum(random.integers(0, 5_000_000, rows))
    late = random.random(rows) < random.choice([0, 0.1])
    ts_ns = ts_ns - late * random.integers(0, 50_000_000, rows)
    price = [f"{100 + step / 8}" for step in random.integers(-99, 99, rows)]
    broken = random.random(rows) < random.choice([0, 0.1])
    price = [str(random.choice(BAD)) if b else p for b, p in zip(broken, price, strict=True)]
    symbols = SYMBOLS[: int(random.integers(1, len(SYMBOLS) + 1))]
    names = [symbols[n] for n in random.integers(len(symbols), size=rows)]
    ids = random.integers(1, max(2, int(rows * random.choice([0.9, 20]))), rows)
    return list(zip(ts_ns.tolist(), price, names, ids.tolist(), strict=True))


def write(path, rows):
    lines = [f"{ts_ns},{price},1,buy,{name},{number}" for ts_ns, price, name, number in rows]
    Path(path).write_text("\n".join(["timestamp,price,qty,side,symbol,id", *lines]) + "\n")


def is_bad(price):
    return price in BAD


def ends(rows, dedupe):
    """What must become of rows in this order, per symbol."""
    found = {}
    newest, seen = {}, set()
    for ts_ns, price, name, number in rows:
        counts = found.setdefault(name, Counter())
        counts["in"] += 1
        if is_bad(price):
            counts["rejected"] += 1
        elif dedupe and (name, number) in seen:
            counts["duplicate"] += 1
        elif ts_ns < newest.get(name, 0):
            counts["late"] += 1
        else:
            counts["processed"] += 1
            newest[name] = ts_ns
            seen.add((name, number))
    return found


def agree(counters, wanted, why):
    """Counters hold the law and say what the own count says."""
    conservation.check({name: counts["in"] for name, counts in wanted.items()}, {
        name: counts for name, counts in counters.items() if counts["in"]})
    for name, counts in wanted.items():
        told = {end: counters[name][end] for end in conservation.ENDS}
        assert told == {end: counts[end] for end in conservation.ENDS}, (why, name)


def check(seed):
    """One stream through replay (with workers, filters, a limit, resumed), run and workers."""
    random = np.random.default_rng(seed)
    rows, dedupe = trades(random), bool(random.integers(2))
    settings = {"kernels": "k1"} | ({"dedupe": "id"} if dedupe else {})
    with tempfile.TemporaryDirectory() as folder:
        here = os.getcwd()
        os.chdir(folder)
        try:
            write("a.csv", rows)
            _replayed(random, rows, dedupe, settings)
            _read(rows)
        finally:
            os.chdir(here)
    _in_memory(random, [row for row in rows if not is_bad(row[1])], dedupe, settings)


def _replayed(random, rows, dedupe, settings):
    readable = [row for row in rows if not is_bad(row[1])]
    if not readable:
        return
    workers = int(random.integers(1, 3))
    given = {"config": settings, "max_rejected": 100, "workers": workers}
    report = te.replay("a.csv", **given)
    agree(report["counters"]["symbols"], ends(rows, dedupe), "replay")
    assert report["rows"] == len(readable) and report["conserved"]
    kept = sorted({row[2] for row in readable})[:2]
    report = te.replay("a.csv", symbols=kept, **given)
    wanted = ends([row for row in rows if row[2] in kept or is_bad(row[1])], dedupe)
    agree(report["counters"]["symbols"], wanted, "symbols")
    assert report["filtered"] == sum(row[2] not in kept for row in readable)
    limit = int(random.integers(1, len(readable) + 1))
    report = te.replay("a.csv", limit=limit, **given)
    taken = [end["in"] - end["rejected"] for end in report["counters"]["symbols"].values()]
    assert report["rows"] == limit == sum(taken) and report["conserved"]
    cut = int(random.integers(1, len(readable) + 1))
    reorder = {"reorder_ms": float(random.choice([0, 20]))}
    te.replay("a.csv", limit=cut, checkpoint="k", **given, **reorder)
    report = te.replay("a.csv", resume="k", **given, **reorder)
    whole = te.replay("a.csv", **given, **reorder)
    assert report["counters"] == whole["counters"] and report["conserved"], "resumed"


def _read(rows):
    """Readers and writers account for every row."""
    broken = sum(is_bad(row[1]) for row in rows)
    if broken == len(rows):
        return
    table = te.read("a.csv")
    assert table.counters["in"] == len(rows) and table.counters["rejected"] == broken
    assert te.inspect("a.csv")["trades"] == len(rows) - broken
    report = te.convert("a.csv", "b.zst", max_rejected=100)
    assert report["rows"] + sum(report["rejected"].values()) == len(rows)


def _in_memory(random, rows, dedupe, settings):
    if not rows:
        return
    ts_ns, price, names, ids = (list(column) for column in zip(*rows, strict=True))
    sides = np.ones(len(rows), np.int8)
    given = [np.array(ts_ns), np.array(price, float), np.ones(len(rows)), sides, names]
    engine = te.Engine(settings)
    cut = int(random.integers(len(rows) + 1))
    for part in (slice(cut), slice(cut, None)):
        engine.run(*(column[part] for column in given), id=np.array(ids)[part],
                   workers=int(random.integers(1, 3)))
    agree(engine.counters, ends(rows, dedupe), "run")
    with te.ParallelEngine(settings, workers=2, pin=False, decisions=False) as parallel:
        parallel.submit_batch(*given, id=np.array(ids))
        parallel.flush()
        agree(parallel.counters, ends(rows, dedupe), "workers")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    for seed in range(given.seed, given.seed + given.count):
        try:
            check(seed)
        except BaseException:
            print(f"seed {seed}")
            raise
    print(f"{given.count} streams from seed {given.seed} on keep the law")


if __name__ == "__main__":
    main()
