"""`tickeng kernels`: what the engine can compute."""

from typing import Annotated, Any

import typer

import tickeng
from tickeng import ConfigError

from .. import console, options

Word = Annotated[
    str | None, typer.Option(metavar="WORD", help="Those that have this word in name, summary,"
                             " formula or outputs.")
]
Room = Annotated[str | None, typer.Option(metavar="NAME", help="Those of one room, as flow.")]
Clock = Annotated[
    str | None, typer.Option(metavar="NAME", help="Those that move on trade or quote.")
]
Graph = Annotated[
    list[str] | None, typer.Option(metavar="TEXT|@FILE", help="Show what a pipeline comes to: its"
                                   " nodes, what each reads, and when its first value comes.")
]


def kernels(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A name, alias or id, or a preset.")
    ] = None,
    search: Word = None,
    room: Room = None,
    clock: Clock = None,
    presets: Annotated[bool, typer.Option("--presets", help="List the presets.")] = False,
    graph: Graph = None,
    json: options.Json = False,
) -> None:
    """List the kernels, or show one: formula, parameters, outputs. A preset is shown as its text.

    \b
    Examples:
      tickeng kernels
      tickeng kernels k1
      tickeng kernels pump > my_pump.txt
      tickeng kernels --room regime --search hurst
      tickeng kernels --graph 'chain; fast = signal(k1=k1(window=64))'
    """
    if graph:
        return _graph(options.pipeline(graph), json)
    chosen = [p for p in tickeng.config.presets() if presets or p["name"] == name]
    if chosen:
        return _presets(chosen, json)
    found = [k for k in tickeng.catalogue() if _chosen(k, name, search, room, clock)]
    if not found:
        known = ", ".join(k["name"] for k in (*tickeng.catalogue(), *tickeng.config.presets()))
        rooms = ", ".join(dict.fromkeys(kernel["room"] for kernel in tickeng.catalogue()))
        raise ConfigError(f"no kernel is that; there are {known}; the rooms are {rooms}"
                          if name is None else f"no kernel {name!r}; there are {known}")
    if json:
        console.print_json({"schema": "tickeng.kernels/1", "kernels": found})
    elif name is None:
        rows = [[k["id"], k["name"], k["room"], " ".join(k["clocks"]) or "inputs", k["memory"],
                 k["summary"]] for k in found]
        head = ["id", "name", "room", "moves on", "memory", "summary"]
        console.out().print(console.listing(head, rows))
    else:
        for kernel in found:
            _show(kernel)


def _chosen(kernel: dict[str, Any], name: str | None, search: str | None, room: str | None,
            clock: str | None) -> bool:
    texts = [kernel["name"], *kernel["aliases"], kernel["summary"], kernel["formula"],
             *(output["name"] for output in kernel["outputs"])]
    return ((name is None or _answers_to(kernel, name))
            and (search is None or any(search.lower() in text.lower() for text in texts))
            and (room is None or kernel["room"] == room)
            and (clock is None or clock in kernel["clocks"]))


def _presets(chosen: list[dict[str, str]], json: bool) -> None:
    """Each as a pipeline, so that one can be written to a file and changed."""
    if json:
        return console.print_json({"schema": "tickeng.presets/1", "presets": chosen})
    for at, preset in enumerate(chosen):
        console.out().print(f"{chr(10) if at else ''}# {preset['name']}: {preset['summary']}\n"
                            f"{preset['text']}", markup=False, highlight=False, soft_wrap=True)


def _graph(text: str, json: bool) -> None:
    nodes = tickeng.Config({"kernels": text}).nodes()
    if json:
        return console.print_json({"schema": "tickeng.graph/1", "nodes": nodes})
    engine = tickeng.Engine(kernels=text)
    warmup, times = engine.warmup, engine.warmup_ns
    rows = []
    for at, node in enumerate(nodes):
        read = [f"{nodes[int(i)]['name']}.{output}" for i, _, output in
                (item.partition(".") for item in node["inputs"])]
        named = [f"{word} {node[word]}" for word in ("leader", "zone") if node[word]]
        first = [warmup[column] for column in node["columns"]]
        rows.append([at, node["name"], node["kernel"], " ".join(node["clocks"]),
                     ", ".join(read + named) or "events",
                     ", ".join(node["columns"]) or "not written",
                     f"{max(first) + 1:,}" if first else "", _after(node["columns"], times),
                     node["memory"]])
    head = ["", "node", "kernel", "moves on", "reads", "columns", "first at row", "and after",
            "memory"]
    console.out().print(console.listing(head, rows))


def _after(columns: list[str], times: dict[str, int]) -> str:
    longest = max((times.get(column, 0) for column in columns), default=0)
    return f"{longest / 1e9:g} s" if longest else ""


def _answers_to(kernel: dict[str, Any], name: str) -> bool:
    names = [kernel["id"], kernel["name"], *kernel["aliases"]]
    return name.lower() in (known.lower() for known in names)


def _show(kernel: dict[str, Any]) -> None:
    screen = console.out()
    facts = [(key, kernel[key]) for key in ("id", "name", "summary", "formula", "reach", "source")]
    facts = [("memory" if key == "reach" else key, value) for key, value in facts]
    facts.insert(2, ("aliases", ", ".join(kernel["aliases"]) or "none"))
    clocks = ", ".join(f"{clock}s" for clock in kernel["clocks"])
    reads = ", ".join(kernel["inputs"])
    facts.append(("reads", f"any output as {reads}" if kernel["reads_any"] else reads or clocks))
    screen.print(console.pairs(facts))
    if kernel["params"]:
        rows = [
            [p["name"], p["default"], _bounds(p), p["unit"], p["doc"]] for p in kernel["params"]
        ]
        screen.print()
        screen.print(console.listing(["parameter", "default", "range", "unit", "meaning"], rows))
    rows = [[o["name"], o["unit"], o["range"]] for o in kernel["outputs"]]
    screen.print()
    screen.print(console.listing(["output", "unit", "range"], rows))


def _bounds(parameter: dict[str, Any]) -> str:
    if parameter["choices"]:
        return "|".join(str(choice) for choice in parameter["choices"])
    if parameter["low"] is None and parameter["high"] is None:
        return ""
    return f"{parameter['low']}..{parameter['high']}"
