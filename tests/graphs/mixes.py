"""`python -m tests.graphs.mixes --count 200 --first 1`: several symbols through random pipelines.

Events of five kinds of up to six symbols, columns that are late in places, fed by `run` to 1 to 3
workers, whole and in parts, must give the bits, the state and the counts of one event after the
other, in rows of every clock.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tests.graphs.clocks import (
    CLOCKS,
    KINDS,
    Case,
    Columns,
    _wide,
    difference,
    feed,
    order,
    random_case,
    random_market,
)
from tests.graphs.command import run_seeds
from tickeng import ConfigError, DataError, Engine


def mixed(case: Case, seed: int) -> dict[str, Columns]:
    """Columns of several symbols, their rows in a mix; stamps of a column may fall."""
    rng = np.random.default_rng(seed)
    markets = [case.given, *(random_market(seed + n * 10**6) for n in range(1, rng.integers(2, 7)))]
    levels = max(_levels(market) for market in markets)
    found = {}
    for kind in KINDS:
        parts = [{n: _wide(c, levels if kind == "book" else 0) for n, c in market[kind].items()}
                 for market in markets]
        both = {n: np.concatenate([part[n] for part in parts]) for n in parts[0]}
        names = np.repeat(np.array([f"s{n}" for n in range(len(parts))], dtype=object),
                          [len(part["ts_ns"]) for part in parts])
        way = np.argsort(both["ts_ns"] + rng.choice([0, 10**7]) * rng.random(len(names)),
                         kind="stable")
        found[kind] = {n: c[way] for n, c in both.items()} | {"symbol": names[way]}
    return found


def _levels(market: dict[str, Columns]) -> int:
    return int(market["book"]["bid"].shape[1])


def one_by_one(engine: Engine, given: dict[str, Columns]) -> dict[str, Columns]:
    names = (*engine.outputs.names, "status")
    rows: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    for kind, i in order(given):
        decision = feed(engine, kind, {n: c[i] for n, c in given[kind].items()})
        rows[kind].append([getattr(decision, name) for name in names])
    return {kind: dict(zip(names, np.array(found, float).reshape(-1, len(names)).T, strict=True))
            for kind, found in rows.items()}


def fed(engine: Engine, given: dict[str, Columns], rows: str, workers: int,
        cuts: list[int]) -> Columns:
    """Through run(), cut before these events."""
    events, at, frames = order(given), dict.fromkeys(KINDS, 0), []
    for begin, end in zip([0, *cuts], [*cuts, len(events)], strict=True):
        upto = {kind: at[kind] + sum(k == kind for k, _ in events[begin:end]) for kind in KINDS}
        part = {kind: {n: c[at[kind]:upto[kind]] for n, c in given[kind].items()} for kind in KINDS}
        at = upto
        if end == begin:
            continue
        try:
            frames.append(engine.run(trades=part["trade"], quotes=part["quote"], books=part["book"],
                                     bars=part["bar"], fills=part["fill"], workers=workers,
                                     rows=CLOCKS.get(rows, rows)))
        except DataError:  # a single bad event completes no bar
            if end != begin + 1 or rows in KINDS:
                raise
    return {name: np.concatenate([frame[name] for frame in frames]) for name in frames[0].columns}


def of_builders(engine: Engine, given: dict[str, Columns], name: str) -> Columns:
    """Rows of a builder where each event is a run of its own."""
    cuts = list(range(1, len(order(given))))
    return fed(engine, given, name, 1, cuts)


def wrong(seed: int) -> list[str]:
    """What differs, in words; none where a text cannot be."""
    case, rng = random_case(seed), random.Random(seed)
    try:
        truth = case.engine()
    except ConfigError:
        return []
    given, found = mixed(case, seed), []
    names = sorted({name for columns in given.values() for name in columns["symbol"]})
    if not names:
        return []

    def engine() -> Engine:
        made = case.engine()
        made.intern(names)
        return made

    truth = engine()
    want: dict[str, Any] = one_by_one(truth, given)
    total = len(order(given))
    for rows in (*KINDS, *case.bars[:1]):
        if rows not in want:
            want[rows] = of_builders(engine(), given, rows)
        for workers, parts in ((1, 0), (2, 0), (3, 3)):
            one = engine()
            cuts = sorted(rng.randrange(1, total) for _ in range(parts)) if total > 1 else []
            try:
                got = fed(one, given, rows, workers, cuts)
            except DataError as error:  # a part without a good row
                if "every one of" in str(error):
                    continue
                raise
            told = f"seed {seed}, rows {rows}, workers {workers}, cuts {cuts}"
            symbols, wanted = got.pop("symbol", None), dict(want[rows])
            if symbols is not None and list(wanted.pop("symbol")) != list(symbols):
                found.append(f"{told}: symbols of bars\n{case.text}")
            if what := difference(wanted, got):
                found.append(f"{told}: {what}\n{case.settings}\n{case.text}")
            if one.state() != truth.state() or list(one._refused) != list(truth._refused):
                found.append(f"{told}: another state\n{case.settings}\n{case.text}")
    return found


if __name__ == "__main__":
    run_seeds(__doc__, wrong, "pipelines on several symbols", 200)
