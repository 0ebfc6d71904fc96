"""What a pipeline comes to on given files, before it is run: `replay --explain`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .._native.core import symbol_bytes
from ..config import Config
from ..engine import Engine
from ..files.sources import inspect_file

SCHEMA = "tickeng.explain/1"


def explain(files: Sequence[str], config: Config, leaders: Collection[str] = (),
            fed: Collection[str] = (), **reading: Any) -> dict[str, Any]:
    """Every node with its clock, its memory, when its first values come, and whether they come on
    these files; the trades of each symbol, and the bytes that a symbol takes at most.

    leaders: their names. fed: kinds of events, "quote" and "book", that other files give. `reading`
    is of `tickeng.inspect`. Raises as that does, and ConfigError.
    """
    trades: Counter[str] = Counter()
    spans: dict[str, float] = {}
    for file in files:
        found = inspect_file(file, **reading)
        trades.update(found["symbols"])
        for symbol in found["symbols"]:
            spans[symbol] = spans.get(symbol, 0.0) + found["span_s"]
    engine, nodes = Engine(config), config.nodes()
    rows, times = engine.warmup, engine.warmup_ns
    told = []
    for node in nodes:
        first = max((rows[column] for column in node["columns"]), default=0)
        after_s = max((times.get(column, 0) for column in node["columns"]), default=0) / 1e9
        told.append({"name": node["name"], "kernel": node["kernel"], "clocks": node["clocks"],
                     "reads": _reads(node, nodes), "columns": node["columns"],
                     "first_row": first + 1, "after_s": after_s, "memory": node["memory"],
                     "here": _here(node, first, after_s, trades, spans, leaders, fed)})
    return {"schema": SCHEMA, "nodes": told, "trades": dict(trades),
            "symbol_bytes": symbol_bytes(str(config["kernels"]), config.engine_settings())}


def _reads(node: Mapping[str, Any], nodes: Sequence[Mapping[str, Any]]) -> list[str]:
    parted = (item.partition(".") for item in node["inputs"])
    return [*(f"{nodes[int(at)]['name']}.{output}" for at, _, output in parted),
            *([f"the leader {node['leader']}"] if node["leader"] else [])]


def _here(node: Mapping[str, Any], first: int, after_s: float, trades: Mapping[str, int],
          spans: Mapping[str, float], leaders: Collection[str], fed: Collection[str]) -> str:
    """Whether values come, and why not."""
    given = {*fed, *(["quote"] if "book" in fed else [])}
    unfed = [clock for clock in node["clocks"]
             if clock in ("quote", "book", "bar", "own") and clock not in given]
    if unfed:
        return f"never: it moves on {unfed[0]}s, and no file holds any"
    if node["leader"] and node["leader"] not in leaders:
        return f"never: no leader; give leaders={{{node['leader']!r}: 'FILE'}}"
    if node["kernel"] in ("k2", "leader") and not leaders:
        return "never: no leader; give leaders=FILE"
    if node["builds"]:
        return "with its first row"
    if node["clocks"] != ["trade"]:
        return f"from row {first + 1:,} of {' '.join(node['clocks'])} on"
    ready = [symbol for symbol, count in trades.items()
             if count > first and spans[symbol] >= after_s]
    most = max(trades.values(), default=0)
    if not ready:
        what = (f"{first + 1:,} trades of a symbol, here are {most:,} at most" if most <= first
                else f"{after_s:g} s, the files span {max(spans.values(), default=0.0):g}")
        return f"never: it needs {what}"
    share = "" if len(ready) == len(trades) else f", for {len(ready):,} of {len(trades):,} symbols"
    return f"from trade {first + 1:,} on{share}"
