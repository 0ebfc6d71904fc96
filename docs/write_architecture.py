"""Prints docs/architecture.md from what the code includes and imports: `make docs`.

The pictures are transitive reductions: an arrow is left out where a longer way says the same. A
room without a paragraph here, or a paragraph without a room, is an error.
"""

import ast
import re
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
Arrows = dict[str, set[str]]

HEAD = """# Architecture

Written by `make docs`: the pictures from what the code includes and imports, the paragraphs from
`docs/write_architecture.py`. An arrow means "knows"; one is left out where a longer way says the
same. `tests/layout` and import-linter refuse every other arrow.

"""
CORE = {
    "base": "Errors, time in nanoseconds, bytes in and out, one logarithm for all builds, memory"
            " for state on huge pages.",
    "event": "What can happen, one plain struct for each kind, and the 64-byte record that"
             " crosses a ring.",
    "queue": "A ring for one writer and one reader, and how a thread sleeps until there is work.",
    "stat": "Rolling statistics of plain numbers: sums, moments, z-scores, quantiles, extrema,"
            " exponential weights. Each is anchored at absolute indices, so that it forgets exactly"
            " and does not drift.",
    "book": "A book from what a depth feed sends: snapshots, changes of levels, gaps between them.",
    "kernel": "What a kernel is: its spec, the steps it sees, the clocks it moves on, its state as"
              " a visitor meets it.",
    "kernels": "The kernels, in rooms of their own: one header each and two lines in the room's"
               " list.",
    "graph": "One symbol's computation: the language of pipelines, formulas, nodes in the order of"
             " their inputs, fused groups, clocks and what one sees of another, columns.",
    "engine": "Many symbols, on one thread or shared out by a batch: names, admission of events,"
              " leaders, quotes, batches, saved state.",
    "parallel": "The same over pinned threads: rings in, outboxes back, snapshots at a mark of the"
                " stream.",
    "registry": "Joins the rooms of kernels, and names the groups that are fused. Nothing below"
                " knows which kernels there are.",
    "io": "Parsers and writers of bytes: text, JSON, times, decimals, the tick file's blocks.",
    "facade": "What bindings include: plain structs and functions. It does not grow with the"
              " kernels.",
}
PYTHON = {
    "_base": "What every other module may use: version, notation of times and numbers, the law of"
             " conservation.",
    "_engine": "Around the engine: arrays and tables checked and made into columns, described"
               " states, saving.",
    "_native": "Cython over the facade, and the choice of the build that the processor runs.",
    "benchmark": "`tickeng bench`: reading, batch, streaming and replay on your machine.",
    "checkpoint": "The file that a run continues from: container, two generations, description.",
    "config": "Settings: typed, named, with an origin and a hash of what changes numbers.",
    "conversion": "Files of events in another format, or several as one.",
    "engine": "`Engine`, the public class over the core.",
    "errors": "One tree of errors under `TickengError`.",
    "files": "Everything that is a file of events: sources in all formats, sinks, the tick file,"
             " locks and whole writes.",
    "frame": "Columns of a run, without copies.",
    "inspection": "`tickeng.inspect`: what is in a file, and what becomes of its books.",
    "kernels": "Every kernel and preset by name, as an object with types.",
    "parallel": "`ParallelEngine`.",
    "pipeline": "What a pipeline is made of, as objects that print as their statements.",
    "plotting": "A replay as a picture: PNG or a page.",
    "reading": "`tickeng.read` and `scan`: files as tables.",
    "replay": "Files through an engine into files: merging, outputs, checkpoints, report.",
    "rolling": "Rolling statistics for arrays and streams.",
    "synthetic": "Made-up tapes in which is planted what kernels are to find, and files of them.",
    "verification": "`tickeng verify`: law 1 on your data.",
    "tickeng_cli": "The command: one verb a file, no arithmetic.",
}
WAYS = """## The way of a trade

1. `Engine.on_tick` (`_native/core.pxi`) makes a `Trade` and calls `Engine::on_trade`
   (`cpp/engine/engine.cpp`) on the symbol's code.
2. `admit` says what becomes of it: late, duplicate, rejected, or accepted with the time it counts
   with. What is not accepted leaves everything as it is and comes back with its status.
3. The leader's register moves up to the trade (`LeaderFeed`), then the symbol's graph takes it:
   `BaseSeries` makes the step (return, signed quantity, seconds since the last), and the nodes
   that move on trades run in the order of their inputs (`Graph`, `ClockPlan`). The chain of
   decisions is one fused node (`Fused`).
4. Outputs stand in the symbol's row; a `Decision` copies it.

In a batch the same trades come as columns: `Engine::run` admits stretches at once, `TradeBlock`
holds 256 rows on the symbol's own grid, and each node runs over the block. Many symbols are put
in order first (`SymbolBatch`), a long stretch of one symbol is cut into chunks over threads
(`engine_chunks.cpp`) or, where nodes remember too much for that, run node by node (`Wavefront`),
events of several kinds are merged in stretches (`MergedRunner`), each symbol's by itself
(`EventMix`), so that threads share the symbols. A file comes in by
`files/sources`, is merged and checked by `replay`, and goes out by `files/sinks`.

Over threads the same events cross a ring as records of 64 bytes (`event/record.hpp`): a trade,
quote or fill as one, a bar as two, a book as one a level. `ParallelEngine` writes them all or none;
the `Worker` of the symbol feeds its own `Engine` once the last one has come, so that every kind
passes the same checks, and puts a row in its `Outbox` for events of the kind that has decisions.

In a `Wavefront` a unit, which is a node or a fused group, runs over block b once it has run over
block b - 1 and the units that it reads have run over block b. Threads take units that are ready,
each the ones that it ran before, then those of others; at most 8 blocks are in flight. A unit sees
the same rows in the same order with any number of threads.

## The way of a setting

1. `Config` takes it from a keyword, a TOML file or `--set`, checks it against the key that the
   kernel's spec declares (`ParamSpec`), and keeps where it came from.
2. `engine_options` hands the core rows of (kernel or node, parameter, number).
3. `Pipeline` resolves the text of the selection: `Params` of a node are the kernel's defaults,
   then what its kernel is told, then its statement, then what the node is told. Equal nodes are
   one.
4. The kernel's constructor reads its `Params`, once for each symbol. A checkpoint keeps a hash of
   them with the node's state; `Config.hash` covers what changes numbers and nothing else.
"""


def core_arrows() -> Arrows:
    """Room of the C++ core -> rooms that it includes."""
    found: Arrows = {}
    for folder in ("include/tickeng", "cpp"):
        for path in (ROOT / folder).rglob("*.[ch]pp"):
            inner = path.relative_to(ROOT / folder).parts
            room = "registry" if folder == "cpp" and inner[0] in ("kernels", "registry.cpp") else (
                inner[0])
            known = found.setdefault(room, set())
            known |= set(re.findall(r'#include "tickeng/(\w+)/', path.read_text())) - {room}
    return found


def modules(text: str, package: str) -> Iterator[str]:
    """What a Python or Cython module imports when it runs, with dots counted from `package`."""
    if package == "cython":
        yield from re.findall(r"^\s*from (tickeng[\w.]*) ", text, re.M)
        return
    for node in ast.walk(ast.parse(re.sub(r"(?m)^if TYPE_CHECKING:\n(?:(?: .*)?\n)+", "\n", text))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[:1 - node.level or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def python_arrows() -> Arrows:
    """Module or package at the top of tickeng, and the command -> those that it imports."""
    found: Arrows = {"tickeng_cli": set()}
    top = ROOT / "src/engine/tickeng"
    sources = [path for pattern in ("*.py", "*.pyx", "*.pxi") for path in top.rglob(pattern)]
    for path in [*sources, *(ROOT / "cli").rglob("*.py")]:
        inner = path.relative_to(top if top in path.parents else ROOT / "cli").parts
        room = inner[0].removesuffix(".py")
        if room == "__init__":
            continue
        python = path.suffix == ".py"
        package = ".".join(["tickeng", *inner[:-1]]) if python else "cython"
        known = found.setdefault(room, set())
        for name in modules(path.read_text(), package):
            parts = name.split(".")
            if parts[0] == "tickeng" and len(parts) > 1:
                known.add(parts[1])
    return {room: known & found.keys() - {room} for room, known in found.items()}


def depths(arrows: Arrows) -> dict[str, int]:
    """How many rooms lie below each, on the longest way down."""
    found: dict[str, int] = {}
    for room in TopologicalSorter(arrows).static_order():
        found[room] = max((found[x] + 1 for x in arrows[room]), default=0)
    return found


def reduced(arrows: Arrows) -> Arrows:
    """Without arrows that a longer way says."""
    below: Arrows = {}
    for room in TopologicalSorter(arrows).static_order():
        below[room] = set().union(*({x} | below[x] for x in arrows[room]), set())
    return {room: {x for x in known if not any(x in below[y] for y in known - {x})}
            for room, known in arrows.items()}


def picture(arrows: Arrows) -> list[str]:
    drawn = reduced(arrows)
    lines = [f"  {room} --> {x}" for room in sorted(drawn) for x in sorted(drawn[room])]
    return ["```mermaid", "flowchart TD", *lines, "```", ""]


def section(title: str, arrows: Arrows, words: dict[str, str]) -> list[str]:
    if arrows.keys() != words.keys():
        sys.exit(f"{title}: {sorted(arrows.keys() ^ words.keys())} has a room or a paragraph, "
                 "not both")
    depth = depths(arrows)
    order = sorted(arrows, key=lambda room: (depth[room], room))
    rooms = [f"- **{room}**: {words[room]}" for room in order]
    return [f"## {title}", "", *picture(arrows), *rooms, ""]


if __name__ == "__main__":
    print(HEAD + "\n".join([*section("The core, in C++", core_arrows(), CORE),
                            *section("The package and the command", python_arrows(), PYTHON)])
          + "\n" + WAYS, end="")
