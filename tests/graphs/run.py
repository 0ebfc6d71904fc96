"""`python -m tests.graphs.run --count 500 --first 1`: random pipelines on random tapes, every way.

Passes if every way through a tape gives the bits of on_tick, trade by trade. A difference is told
with its seed, its way, its first row and column, and the pipeline's text. --kernels runs each
kernel of the registry alone on each hostile tape instead.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.graphs.draft import SPECS, Draft, alone, random_draft
from tests.graphs.tapes import HOSTILE, Array, Tape, hostile_tape, random_tape
from tests.graphs.ways import WAYS, Answer, Case
from tickeng import ConfigError

_CANONICAL = 0x7FF8000000000000
_HOSTILE_ROWS = 5_000


@dataclass
class Totals:
    """What was run, and the seeds of what is wrong."""

    graphs: int = 0
    nodes: int = 0
    rows: int = 0
    ways: int = 0
    chunked: int = 0
    node_by_node: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (f"{self.graphs:,} graphs, {self.nodes:,} nodes, {self.rows:,} trades, "
                f"{self.ways:,} ways, {self.chunked:,} graphs run in chunks, "
                f"{self.node_by_node:,} node by node over threads, {len(self.wrong)} differences")


def random_case(seed: int) -> Case:
    rng = random.Random(seed)
    options: dict[str, Any] = {"on_late": rng.choice(["drop", "drop", "clamp"])}
    if rng.random() < 0.2:
        options["leader_latency"] = rng.choice([1e-6, 0.001, 1.0])
    draft, tape = random_draft(rng), random_tape(seed)
    _size_bars(draft, tape, rng)
    return Case(draft, tape, seed, options)


def _size_bars(draft: Draft, tape: Tape, rng: random.Random) -> None:
    """Some thousand bars on this tape at most: a trade may complete ten thousand."""
    good = (tape.price > 0) & (tape.price <= 1e300) & (tape.qty >= 0) & (tape.qty <= 1e300)
    qty, price = tape.qty[good], tape.price[good]
    with np.errstate(over="ignore"):
        amounts = {"volume_bars": qty.sum(), "dollar_bars": (qty * price).sum()}
    for node in draft.nodes:
        amount = amounts.get(node.kernel, 0)
        if 0 < amount < 1e300:
            node.params["size"] = float(max(amount / rng.choice([5, 50, 3000]), 1e-12))
        elif amount:
            node.params["size"] = 1e300


def bits(column: Array) -> Array:
    return column.view(np.uint64) if column.dtype == np.float64 else column


def first_difference(want: Answer, got: Answer) -> str:
    """Where the first row differs, or "" if every bit is the same."""
    found: list[tuple[int, str]] = []
    for name, other in got.columns.items():
        column = want.columns[name]
        if other.dtype != column.dtype or len(other) != len(column):
            return f"column {name} is {len(other)} of {other.dtype}"
        unlike = np.flatnonzero(bits(column) != bits(other))
        if len(unlike):
            found.append((int(unlike[0]), name))
    if found:
        row, name = min(found)
        a, b = want.columns[name][row].item(), got.columns[name][row].item()
        more = ", ".join(other for _, other in sorted(found)[1:])
        return f"column {name}, row {row}: {b!r} for {a!r}{f' (also {more})' if more else ''}"
    if got.counters != want.counters:
        return f"counters {got.counters} for {want.counters}"
    return ""


def odd_nans(answer: Answer) -> str:
    """A NaN that is not the canonical one."""
    for name, column in answer.columns.items():
        if column.dtype == np.float64 and (bits(column)[np.isnan(column)] != _CANONICAL).any():
            return f"column {name} has a NaN that is not canonical"
    return ""


def check(case: Case, totals: Totals) -> Iterator[str]:
    """The differences of a case, in words; none where nothing says on which clock a node moves."""
    answers: dict[str, Answer] = {}
    try:
        case.engine()
    except ConfigError as error:
        if "say on which one it moves" in str(error):
            return
    for way, run in WAYS.items():
        try:
            answers[way] = run(case)
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            yield f"{way}: {type(error).__name__} {error} ({at.name}, line {at.lineno})"
    totals.graphs += 1
    totals.nodes += len(case.draft.nodes)
    totals.rows += len(case.tape)
    totals.ways += len(answers)
    totals.chunked += case.chunks > 1
    totals.node_by_node += case.wavefronts > 0
    truth = next(iter(answers.values()), None)
    state = next((answer.state for answer in answers.values() if answer.state), b"")
    for way, answer in answers.items():
        assert truth is not None
        if what := first_difference(truth, answer) or odd_nans(answer):
            yield f"{way}: {what}"
        elif answer.state and answer.state != state:
            yield f"{way}: another state at the end"


def story(case: Case, what: str, title: str) -> str:
    """A difference with what reproduces it."""
    text = "\n".join("    " + line for line in case.text.kernels.splitlines())
    return (f"{title}: {what}\n  {len(case.tape)} trades of {', '.join(case.tape.names)}, "
            f"options {case.options}, settings {case.text.settings}, kernels\n{text}")


def wrong(seed: int, totals: Totals | None = None) -> list[str]:
    """What differs in the graph of a seed."""
    case = random_case(seed)
    return [story(case, what, f"seed {seed}") for what in check(case, totals or Totals())]


def wrong_alone(kernel: str, totals: Totals | None = None) -> list[str]:
    """What differs where a kernel is alone on one of the hostile tapes."""
    found = []
    for seed, hostile in enumerate(HOSTILE):
        case = Case(alone(kernel, seed), hostile_tape(hostile, _HOSTILE_ROWS, seed), seed, {})
        found += [story(case, what, f"{kernel} on {hostile.__name__}")
                  for what in check(case, totals or Totals())]
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--kernels", action="store_true")
    given = parser.parse_args()
    totals, told = Totals(), time.monotonic()
    seeds = range(given.first, given.first + given.count)
    for one in SPECS if given.kernels else seeds:
        found = wrong_alone(one, totals) if isinstance(one, str) else wrong(one, totals)
        totals.wrong += found
        for what in found:
            print(what, flush=True)
        if time.monotonic() > told + 10:
            told = time.monotonic()
            print(f"{one}: {totals}", file=sys.stderr, flush=True)
    print(totals)
    sys.exit(1 if totals.wrong else 0)


if __name__ == "__main__":
    main()
