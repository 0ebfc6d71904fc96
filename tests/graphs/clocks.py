"""`python -m tests.graphs.clocks --count 300 --first 1`: random pipelines on several clocks.

Trades, quotes, books, bars and own fills of one symbol, with ties, gaps, crossed, one-sided, late
and refused rows, go through a random pipeline event by event, which is the truth, as merged
columns, in pieces, from state to state, beside another symbol, and with it through the workers of a
ParallelEngine; rows of every clock must have the same bits.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.graphs.command import run_seeds
from tests.graphs.draft import _value
from tickeng import (
    ConfigError,
    DataError,
    Engine,
    ParallelEngine,
    catalogue,
)

Columns = dict[str, Any]
KINDS = ("trade", "quote", "book", "bar", "fill")
CLOCKS = {kind: "own" if kind == "fill" else kind for kind in KINDS}
_BEGIN = 1_600_000_000 * 10**9
_SIDES = ("bid", "bid_qty", "ask", "ask_qty")
_SPECS = {spec["name"]: spec for spec in catalogue()}
_SOURCES = [f"trade.{name}" for name in ("price", "qty", "side")] + [
    f"{kind}.{name}" for kind in ("quote", "book") for name in _SIDES] + [
    "book.bid_levels", "bar.close", "bar.volume", "own.price", "own.side"]


def sizes(rng: np.random.Generator, *shape: int) -> Any:
    found = rng.integers(0, 9, shape) * rng.choice([1.0, 0.001])
    found[rng.random(shape) < rng.choice([0, 0, 0.003])] *= 1e12  # of too many bars
    bad = rng.choice([0, 0, 0.005]) if shape[0] > 20 else 0  # a table without a good row is refused
    found[rng.random(shape) < bad] = rng.choice([-1, np.nan])
    return found


def random_market(seed: int) -> dict[str, Columns]:
    """Columns by kind; a kind may be missing altogether, or begin late."""
    rng = np.random.default_rng(seed)
    rows = {kind: int(rng.integers(0, 900)) for kind in KINDS}
    for kind, share in (("quote", 0.4), ("bar", 0.5), ("fill", 0.5)):
        rows[kind] *= rng.random() > share
    span = int(rng.choice([10**6, 10**9, 40 * 10**9, 3600 * 10**9]))
    grid = max(1, span // int(rng.choice([50, 3000, 10**6])))

    def stamps(n: int) -> Any:
        since = rng.integers(0, span // 2) if rng.random() < 0.2 else 0
        times = _BEGIN + np.sort(rng.integers(since, span, n)) // grid * grid
        times[rng.random(n) < rng.choice([0, 0, 0.01])] -= span // 10
        return times

    def prices(n: int) -> Any:
        return 100 + 0.01 * np.cumsum(rng.choice([-1, 0, 0, 1], n))

    trades = {"ts_ns": stamps(rows["trade"]), "price": prices(rows["trade"]),
              "qty": sizes(rng, rows["trade"]),
              "side": rng.choice([-1, 0, 1], rows["trade"], p=[0.4, 0.2, 0.4]).astype(np.int8)}
    found = {"trade": trades}
    for kind, levels in (("quote", 1), ("book", int(rng.integers(1, 7)))):
        n = rows[kind]
        away = 0.01 * np.arange(1, levels + 1)
        mid = prices(n)[:, None]
        columns = {"bid": mid - away, "bid_qty": sizes(rng, n, levels), "ask": mid + away,
                   "ask_qty": sizes(rng, n, levels)}
        columns["bid"][rng.random(n) < 0.05] += 0.03
        for side in ("bid", "ask"):
            for row in np.flatnonzero(rng.random(n) < 0.05):
                left = rng.integers(0, levels)
                columns[side][row, left:] = np.nan
                columns[f"{side}_qty"][row, left:] = 0
        if levels == 1 and kind == "quote":
            columns = {name: column[:, 0].copy() for name, column in columns.items()}
        found[kind] = {"ts_ns": stamps(n)} | columns
    close = prices(rows["bar"])
    found["bar"] = {"ts_ns": stamps(len(close)), "open": close, "high": close + 0.02,
                    "low": close - rng.choice([0.01, -0.01], len(close), p=[0.99, 0.01]),
                    "close": close + 0.01, "volume": sizes(rng, len(close))}
    found["fill"] = {"ts_ns": stamps(rows["fill"]), "price": prices(rows["fill"]),
                     "qty": sizes(rng, rows["fill"]),
                     "side": rng.choice([-1, 1, 0], rows["fill"], p=[0.49, 0.5, 0.01])}
    return found


class Text:
    """A random pipeline: statements that read what stands before them."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.lines, self.bars = rng, [], []
        self.reads = list(_SOURCES)
        while len(self.lines) < rng.randint(2, 9):
            rng.choice([self.kernel, self.kernel, self.builder, self.series, self.series,
                        self.formula, self.score])()

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def input(self) -> str:
        return self.rng.choice(self.reads)

    def params(self, spec: dict[str, Any]) -> list[str]:
        return [f"{p['name']}={str(_value(self.rng, p)).lower()}" for p in spec["params"]
                if p["kind"] == "integer" or (p["kind"] not in ("duration", "text")
                                              and self.rng.random() < 0.3)]

    def add(self, spec: dict[str, Any], arguments: list[str]) -> None:
        name = f"n{len(self.lines)}"
        self.lines.append(f"{name} = {spec['name']}({', '.join(arguments)})")
        outputs = [output["name"] for output in spec["outputs"]]
        self.reads += [f"{name}.{output}" for output in outputs]
        if spec["builds"]:
            self.bars.append(name)

    def kernel(self) -> None:
        spec = self.rng.choice([s for s in _SPECS.values()
                                if not s["reads_any"] and not s["builds"] and s["outputs"]])
        arguments = self.params(spec)
        if "bar" in spec["clocks"]:
            arguments.insert(0, self.rng.choice([*self.bars, "bar"]))
        for name in spec["inputs"]:
            if self.rng.random() < 0.4:
                arguments.append(f"{name}={self.input()}")
        self.add(spec, arguments)

    def builder(self) -> None:
        if len(self.bars) < 3:
            name, size = self.rng.choice([("tick_bars", "size=7"), ("time_bars", "period=1"),
                                          ("timer", "period=0.1"), ("session", "start=44820"),
                                          ("trade_grid", "period=0.1"),
                                          ("volume_bars", "size=50"), ("renko_bars", "brick=0.02")])
            if name in _SPECS:
                self.add(_SPECS[name], [size])

    def series(self) -> None:
        spec = self.rng.choice([s for s in _SPECS.values() if s["reads_any"]])
        arguments = [self.input() for _ in spec["inputs"]]
        if spec["name"] == "ema":
            arguments.append(self.rng.choice(["span=7", "alpha=0.5", "halflife=3", "tau=20ms",
                                              "tau=1s"]))
        elif spec["name"] in ("lag", "diff"):
            arguments.append(self.rng.choice(["rows=3", "time=20ms", "time=1s"]))
        elif any(p["name"] == "window" for p in spec["params"]):
            by_time = spec["name"] in ("sum", "mean") and self.rng.random() < 0.4
            window = self.rng.choice(["50ms", "2s"] if by_time else ["2", "5", "33"])
            arguments.append(f"window={window}")
        if self.rng.random() < 0.6:
            arguments.append(f"on={self.rng.choice([*CLOCKS.values(), *self.bars])}")
        self.add(spec, arguments)

    def score(self) -> None:
        """A z-score on a grid of time, of something that moves on another clock."""
        grids = [line.split()[0] for line in self.lines if "= timer(" in line or "_grid(" in line]
        if grids:
            grid = self.rng.choice(grids)
            of = self.rng.choice([self.input(), f"sample({self.input()}, on={grid})"])
            self.add(_SPECS["z"], [of, f"window={self.rng.choice([2, 20, 300])}",
                                   f"eps={self.rng.choice(['absolute', 'relative'])}",
                                   f"on={grid}"])
        elif len(self.bars) < 3:
            self.add(_SPECS[self.rng.choice(["timer", "trade_grid"])],
                     [f"period={self.rng.choice(['10ms', '0.1', '1s'])}"])

    def formula(self) -> None:
        a, b, c = self.input(), self.input(), self.input()
        name = f"n{len(self.lines)}"
        self.lines.append(f"{name} = " + self.rng.choice(
            [f"0.5*{a} - {b}/{c}", f"where({a} > {b}, {c}, -{a})", f"{a}", f"sdiv({a}, {b}, 0)"]))
        self.reads.append(name)


@dataclass
class Case:
    """A pipeline with what it is told, and what it is fed."""

    text: str
    settings: Columns
    bars: list[str]
    given: dict[str, Columns]

    def engine(self) -> Engine:
        return Engine(self.settings, kernels=self.text)


def random_case(seed: int) -> Case:
    rng = random.Random(seed)
    settings: Columns = {"on_late": rng.choice(["drop", "drop", "clamp"]),
                         "warmup": rng.choice(["expanding", "strict"])}
    if rng.random() < 0.5:
        settings |= {"max_quote_age": rng.choice([0.01, 1.0]), "hold_good": rng.choice([0.0, 0.1])}
    text = Text(rng)
    return Case(str(text), settings, text.bars, random_market(seed))


def order(given: dict[str, Columns]) -> list[tuple[str, int]]:
    """(kind, row) as they are fed: the head with the earliest stamp, trades before quotes."""
    heads, found = dict.fromkeys(KINDS, 0), []
    while left := [kind for kind in KINDS if heads[kind] < len(given[kind]["ts_ns"])]:
        kind = min(left, key=lambda of: (given[of]["ts_ns"][heads[of]], KINDS.index(of)))
        found.append((kind, heads[kind]))
        heads[kind] += 1
    return found


def feed(engine: Engine | ParallelEngine, kind: str, row: dict[str, Any]) -> Any:
    symbol = row.pop("symbol", 0)
    if kind == "book":
        return engine.on_book(row["ts_ns"], np.c_[row["bid"], row["bid_qty"]],
                              np.c_[row["ask"], row["ask_qty"]], symbol)
    on_trade = engine.on_tick if isinstance(engine, Engine) else engine.submit
    feeds = {"trade": on_trade, "quote": engine.on_quote, "bar": engine.on_bar,
             "fill": engine.on_fill}
    return feeds[kind](*row.values(), symbol)


def event_by_event(case: Case) -> tuple[dict[str, Columns], bytes]:
    """Rows of each kind."""
    engine = case.engine()
    names = (*engine.outputs.names, "status")
    rows: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
    for kind, i in order(case.given):
        decision = feed(engine, kind, {n: c[i] for n, c in case.given[kind].items()})
        rows[kind].append([getattr(decision, name) for name in names])
    return {kind: dict(zip(names, np.array(found, float).reshape(-1, len(names)).T, strict=True))
            for kind, found in rows.items()}, engine.state()


def together(engine: Engine, given: dict[str, Columns], rows: str) -> Columns:
    frame = engine.run(trades=given["trade"], quotes=given["quote"], books=given["book"],
                       bars=given["bar"], fills=given["fill"], rows=CLOCKS.get(rows, rows))
    return {name: np.asarray(frame[name]) for name in frame.columns}


def parts(case: Case, rng: random.Random) -> Iterator[dict[str, Columns]]:
    """Stretches of the order of events."""
    events = order(case.given)
    cuts = sorted({0, len(events), *(rng.randrange(len(events) + 1) for _ in range(4))})
    at = dict.fromkeys(KINDS, 0)
    for begin, end in itertools.pairwise(cuts):
        upto = {kind: at[kind] + sum(k == kind for k, _ in events[begin:end]) for kind in KINDS}
        yield {kind: {n: c[at[kind]:upto[kind]] for n, c in case.given[kind].items()}
               for kind in KINDS}
        at = upto


def in_parts(case: Case, rows: str, rng: random.Random, reload: bool) -> tuple[Columns, bytes]:
    engine, frames = case.engine(), []
    for part in parts(case, rng):
        frames.append(together(engine, part, rows))
        if reload:
            engine = Engine.from_state(engine.state()) if rng.random() < 0.7 else engine.copy()
    return ({name: np.concatenate([f[name] for f in frames]) for name in frames[0]}
            if frames else {}), engine.state()


def beside_another(case: Case, rows: str, seed: int) -> Columns:
    """The rows of one of two symbols."""
    other, both = random_market(seed + 10**6), {}
    for kind in KINDS:
        mine, its = case.given[kind], other[kind]
        levels = 7 if kind == "book" else 0
        lots = [np.concatenate([_wide(side[n], levels) for side in (mine, its)]) for n in mine]
        names = np.array(["a"] * len(mine["ts_ns"]) + ["b"] * len(its["ts_ns"]), dtype=object)
        # Each symbol's own order stays; the heads of both are merged, which late rows may bend.
        way = np.argsort(np.concatenate([np.maximum.accumulate(s["ts_ns"]) if len(s["ts_ns"])
                                         else s["ts_ns"] for s in (mine, its)]), kind="stable")
        both[kind] = {n: c[way] for n, c in zip(mine, lots, strict=True)} | {"symbol": names[way]}
    engine = case.engine()
    found = together(engine, both, rows)
    own = both[rows]["symbol"] == "a" if rows in KINDS else found.pop("symbol") == "a"
    return {name: column[own] for name, column in found.items()}


def on_workers(case: Case, seed: int) -> str:
    """What differs where five symbols go through 1 to 3 workers; the ring may be small."""
    rng = random.Random(seed)
    markets = {f"s{n}": case.given if n == 0 else random_market(seed + n * 10**6) for n in range(5)}
    left = {name: events for name, given in markets.items() if (events := order(given))}
    one, rows = case.engine(), rng.choice(KINDS)
    names, table, answers = (*one.outputs.names, "status"), [], []
    with ParallelEngine(case.settings, kernels=case.text, workers=rng.randint(1, 3), pin=False,
                        ring=rng.choice([16, 4096]), rows=CLOCKS[rows], order="total") as engine:
        while left:
            name, count = rng.choice(list(left)), rng.choice([1, 5, 300])
            for kind, i in left[name][:count]:
                row = {n: c[i] for n, c in markets[name][kind].items()} | {"symbol": name}
                feed(engine, kind, row.copy())
                decision = feed(one, kind, row)
                if kind == rows:
                    table.append([getattr(decision, output) for output in names])
            left[name] = left[name][count:]
            if not left[name]:
                del left[name]
            if rng.random() < 0.1:
                answers.append(engine.poll())
        engine.flush()
        answers.append(engine.poll())
        if engine.state() != one.state():
            return "another state"
    want = dict(zip(names, np.array(table, float).reshape(-1, len(names)).T, strict=True))
    return difference(want, {name: np.concatenate([f[name] for f in answers]) for name in names})


def _wide(column: Any, levels: int) -> Any:
    if not levels or column.ndim == 1:
        return column
    return np.pad(column, ((0, 0), (0, levels - column.shape[1])), constant_values=np.nan)


def difference(want: Columns, got: Columns) -> str:
    for name, column in want.items():
        a, b = np.asarray(column, float), np.asarray(got[name], float)
        if len(a) != len(b):
            return f"{name} has {len(b)} rows for {len(a)}"
        unlike = np.flatnonzero(a.view(np.uint64) != b.view(np.uint64))
        if len(unlike):
            return f"{name}, row {unlike[0]}: {b[unlike[0]]!r} for {a[unlike[0]]!r}"
    return ""


def is_sorted(case: Case) -> bool:
    """Whether no row is late, so that another symbol's rows cannot change the order."""
    return all((np.diff(c["ts_ns"]) >= 0).all() for c in case.given.values())


def wrong(seed: int) -> list[str]:
    """What differs, in words; none where a text cannot be."""
    case = random_case(seed)
    try:
        case.engine()
    except ConfigError as error:
        if any(said in str(error) for said in ("say on which one it moves", "moves on a clock of",
                                               "is given", "takes one of", "reads no",
                                               "is at most")):
            return []
        return [f"seed {seed}: {error}\n{case.text}"]
    return wrong_of(case, seed)


def wrong_of(case: Case, seed: int) -> list[str]:
    """The same of one case."""
    found, rng = [], random.Random(seed)
    if what := on_workers(case, seed):
        found.append(f"seed {seed}, workers: {what}\n{case.settings}\n{case.text}")
    truth, state = event_by_event(case)
    for rows in (*KINDS, *case.bars):
        engine = case.engine()
        whole = together(engine, case.given, rows)
        answers = {"whole": whole}
        ends = {"whole": engine.state()}
        for way in ("parts", "resumed"):
            try:
                answers[way], ends[way] = in_parts(case, rows, rng, way == "resumed")
            except DataError as error:  # a part without a good row
                if "every one of" not in str(error):
                    raise
        if is_sorted(case) and rng.random() < 0.5:
            answers["beside another"] = beside_another(case, rows, seed)
        for way, got in answers.items():
            if got and (what := difference(truth.get(rows, whole), got)):
                found.append(f"seed {seed}, rows {rows}, {way}: {what}\n{case.settings}\n"
                             f"{case.text}")
        found += [f"seed {seed}, rows {rows}, {way}: another state\n{case.text}"
                  for way, end in ends.items() if end != state]
    return found


if __name__ == "__main__":
    run_seeds(__doc__, wrong, "pipelines on several clocks", 300)
