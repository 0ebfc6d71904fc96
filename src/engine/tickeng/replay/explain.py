"""What a pipeline comes to on given files, before it is run: `replay --explain`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .._native.core import symbol_bytes
from ..config import Config
from ..engine import Engine
from ..files.sources import describe_file
from .delays import need, words
from .files import expand
from .fitting import Fitting
from .inputs import open_as
from .ledger import ENGINE_KINDS
from .options import Options, Table, needed, with_sides
from .quote_age import report as report_age
from .quote_age import with_quote_age

SCHEMA = "tickeng.explain/1"


@dataclass(slots=True)
class Tape:
    """What files hold: events, and the seconds they span, by clock and symbol."""

    events: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    spans: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, found: Mapping[str, Any]) -> None:
        """Add a file, as `describe_file` describes it."""
        for kind, facts in found.get("kinds", {found["kind"]: found}).items():
            clock = ENGINE_KINDS[kind]
            self.events[clock].update(facts["symbols"])
            for symbol in facts["symbols"]:
                self.spans[clock][symbol] += facts["span_s"]

    def quotes_from_books(self) -> None:
        """Where there are no quotes, books give them."""
        if not self.events["quote"]:
            self.events["quote"], self.spans["quote"] = self.events["book"], self.spans["book"]


def explain(files: Sequence[str], config: Config, leaders: Collection[str] = (),
            quotes: Sequence[str] = (), books: Sequence[str] = (),
            rows: str | Sequence[str] = "trade", **reading: Any,
            ) -> dict[str, Any]:
    """Every node with its clock, its memory, when its first values come, and whether they come on
    these files; the events of each kind and symbol, and the bytes that a symbol takes at most.

    leaders: their names. `delays` (ns by word) are shown. `reading` is of
    `tickeng.inspect`. Raises as that does, and ConfigError.
    """
    tape, progress = Tape(), reading.pop("progress", None)
    late = dict(reading.pop("delays", None) or {})
    config = with_sides(config, reading)
    clock, *others = [rows] if isinstance(rows, str) else rows
    asked = Options(files=[*files], config=config, quotes=[*quotes], books=[*books], rows=clock,
                    source=reading, also=[Table(other, "") for other in others])
    fitting = Fitting({**reading, "needs": needed(asked)}, several=asked.several)
    for kind, paths in ((None, files), ("quote", quotes), ("book", books)):
        given = fitting.reading(kind) | ({"kind": kind} if kind else {})
        for path in expand(list(paths)):
            tape.add(describe_file(path, progress=progress, opened=partial(fitting.opened, kind),
                                  **given))
    fitting.check()
    need(late, (kind for kind, symbols in tape.events.items() if symbols))
    config = with_quote_age(asked, config, open_as)
    told = {clock: dict(symbols) for clock, symbols in tape.events.items() if symbols}
    if config["quotes"] != "native" and not quotes:
        tape.quotes_from_books()
    engine, nodes = Engine(config), config.nodes()
    warm, times = engine.warmup, engine.warmup_ns
    found = []
    for node in nodes:
        first = max((warm[column] for column in node["columns"]), default=0)
        after_s = max((times.get(column, 0) for column in node["columns"]), default=0) / 1e9
        found.append({"name": node["name"], "kernel": node["kernel"], "clocks": node["clocks"],
                      "reads": _reads(node, nodes), "columns": node["columns"],
                      "first_row": first + 1, "after_s": after_s, "memory": node["memory"],
                      "here": _here(node, first, after_s, tape, leaders)})
    return {"schema": SCHEMA, "nodes": found, "trades": told.get("trade", {}), "events": told,
            "delay": words(late),
            "quote_age": report_age(config, told) if "-" not in (*files, *books) else None,
            "symbol_bytes": symbol_bytes(str(config["kernels"]), config.engine_settings())}


def _reads(node: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    parted = (item.partition(".") for item in node["inputs"])
    return [*(f"{nodes[int(at)]['name']}.{output}" for at, _, output in parted),
            *([f"the leader {node['leader']}"] if node["leader"] else [])]


def _here(node: Mapping[str, Any], first: int, after_s: float, tape: Tape,
          leaders: Collection[str]) -> str:
    """Whether values come, and why not."""
    unfed = [clock for clock in node["clocks"]
             if clock in ("trade", "quote", "book", "bar", "own") and not tape.events[clock]]
    if unfed:
        return f"never: it moves on {unfed[0]}s, and no file holds any"
    if node["leader"] and node["leader"] not in leaders:
        return f"never: no leader; give leaders={{{node['leader']!r}: 'FILE'}}"
    if node["kernel"] in ("k2", "leader") and not leaders:
        return "never: no leader; give leaders=FILE"
    if node["builds"]:
        return "with its first row"
    (clock, *others) = node["clocks"]
    then = f", after {after_s:g} s" if after_s else ""
    if others or clock not in tape.events:
        return f"from row {first + 1:,} of {' '.join(node['clocks'])} on{then}"
    events, spans = tape.events[clock], tape.spans[clock]
    ready = [symbol for symbol, count in events.items()
             if count > first and spans[symbol] >= after_s]
    most = max(events.values(), default=0)
    if not ready:
        what = (f"{first + 1:,} {clock}s of a symbol, here are {most:,} at most" if most <= first
                else f"{after_s:g} s, the files span {max(spans.values(), default=0.0):g}")
        return f"never: it needs {what}"
    share = "" if len(ready) == len(events) else f", for {len(ready):,} of {len(events):,} symbols"
    return f"from {clock} {first + 1:,} on{then}{share}"
