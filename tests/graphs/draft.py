"""A random pipeline as a list of nodes, before it has a text.

A statement of the language is one function of STATEMENTS: it adds nodes to a Draft. Parameters come
from the registry, small where they are windows, so that a short tape warms all of it up.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tests.feeds import OF_TRADES
from tests.reference.graph import formulas
from tickeng import catalogue

SPECS: dict[str, dict[str, Any]] = {kernel["name"]: kernel for kernel in catalogue()
                                    if (kernel in OF_TRADES and kernel["outputs"])
                                    or kernel["reads_any"]}
# With all their inputs, and outputs that have names of their own.
WHOLE = [name for name, spec in SPECS.items() if not spec["reads_any"] and not spec["builds"]]
# What is in a text without being a kernel: the columns of trades, and formulas.
TRADE, FORMULA = "trade", "formula"
ALL: dict[str, dict[str, Any]] = SPECS | {
    TRADE: {"params": [], "inputs": [], "aliases": [], "builds": 0,
            "outputs": [{"name": name} for name in ("price", "qty", "side")]},
    FORMULA: {"params": [], "inputs": [], "aliases": [], "builds": 0,
              "outputs": [{"name": "value"}]}}
CHAIN = ("k1", "k2", "k3", "k4", "regime", "signal", "size", "ready", "gate", "alpha")
GIVES = {output["name"]: (kernel, place) for kernel in WHOLE
         for place, output in enumerate(SPECS[kernel]["outputs"])}
_LONGEST = 90  # of nearly all windows

Value = int | float | bool | str


class Ref(NamedTuple):
    """An output of a node of the draft."""

    node: int
    output: int

# Of parameters that are texts.
TEXTS = {"leader": ["", "", "ETH", 'B"TC \u00e4'], "zone": ["", "America/New_York"]}

@dataclass
class Node:
    """One kernel with all its parameters and inputs.

    `own`: it is called like its kernel, which one node of a text can be; no builder is, because all
    of them call their outputs alike. `written`: a statement names it; else it is there because
    another node reads it. `tree`: of a formula, over "#0", "#1" and so on, which are its inputs.
    """

    kernel: str
    params: dict[str, Value]
    inputs: list[Ref] = field(default_factory=list)
    own: bool = False
    written: bool = True
    tree: formulas.Tree = None

    @property
    def outputs(self) -> list[str]:
        return [output["name"] for output in ALL[self.kernel]["outputs"]]


class Draft:
    """Nodes, inputs before their readers, and what parameters are by default in this pipeline."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.nodes: list[Node] = []
        self.defaults = {kernel: _small(rng, spec) for kernel, spec in SPECS.items()}
        if rng.random() < 0.6:
            self._can_be_fused()

    def _can_be_fused(self) -> None:
        """The chain is one group where the windows of its scores are alike."""
        for name in ("window", "warmup", "eps"):
            value = self.rng.choice([self.defaults[k][name] for k in ("k1", "k2", "k4")])
            for kernel in ("k1", "k2", "k4"):
                self.defaults[kernel][name] = value
        for kernel in ("signal", "gate"):
            self.defaults[kernel]["leader"] = self.defaults["k2"]["leader"]

    @property
    def settings(self) -> dict[str, Value]:
        """The defaults that differ from the registry's, as an engine is told them."""
        return {f"{kernel}.{p['name']}": self.defaults[kernel][p["name"]]
                for kernel, spec in SPECS.items() for p in spec["params"]
                if self.defaults[kernel][p["name"]] != p["default"]}

    def own(self, kernel: str) -> int | None:
        """The node that this kernel's name alone means."""
        return next((n for n, node in enumerate(self.nodes)
                     if node.own and node.kernel == kernel), None)

    def plain(self, kernel: str, written: bool = False) -> int:
        """That node, added if need be: with default parameters, reading others of that kind."""
        found = self.own(kernel)
        if found is None:
            inputs = [self.default_input(name) for name in SPECS[kernel]["inputs"]]
            self.nodes.append(Node(kernel, dict(self.defaults[kernel]), inputs, True, written))
            found = len(self.nodes) - 1
        self.nodes[found].written |= written
        return found

    def default_input(self, name: str) -> Ref:
        """Of a series kernel: any."""
        kernel, output = GIVES.get(name) or (self.rng.choice(WHOLE), 0)
        return Ref(self.plain(kernel), output)

    def some_input(self, name: str) -> Ref:
        """Most often an output of any node there is."""
        if not self.nodes or self.rng.random() < 0.25:
            return self.default_input(name)
        node = self.rng.randrange(len(self.nodes))
        return Ref(node, self.rng.randrange(len(self.nodes[node].outputs)))

    def trades(self) -> int:
        """The node of their columns."""
        found = self.own(TRADE)
        if found is None:
            self.nodes.append(Node(TRADE, {}, own=True, written=False))
            found = len(self.nodes) - 1
        return found

    def add(self, node: Node) -> None:
        self.nodes.append(node)

    def only(self, last: int) -> tuple[Draft, dict[int, int]]:
        """A node and all that it reads, alone; and where each of them is in that draft."""
        read = {last}
        for n in range(last, -1, -1):
            if n in read:
                read |= {ref.node for ref in self.nodes[n].inputs}
        places = {n: place for place, n in enumerate(sorted(read))}
        found = Draft(self.rng)
        found.defaults = self.defaults
        found.nodes = [replace(self.nodes[n], inputs=[
            Ref(places[ref.node], ref.output) for ref in self.nodes[n].inputs]) for n in places]
        return found, places


def _small(rng: random.Random, spec: dict[str, Any]) -> dict[str, Value]:
    return {p["name"]: _value(rng, p) if rng.random() < 0.5 or p["kind"] == "integer"
            else p["default"] for p in spec["params"]}


def _value(rng: random.Random, param: dict[str, Any]) -> Value:
    """A legal one."""
    if param["kind"] == "text":
        return rng.choice(TEXTS[param["name"]])
    if param["choices"]:
        return str(rng.choice(param["choices"]))
    if param["kind"] == "bool":
        return rng.random() < 0.5
    low, high = param["low"], param["high"]
    if param["name"] == "utc_offset":  # not beside a zone
        return 0.0
    if param["name"] in ("period", "size", "brick"):  # of bars: not so many that nothing else runs
        return rng.choice([5.0, 60.0, 3600.0, 1000.0] if low != 1 else [2, 7, 60])
    if param["kind"] == "duration":
        return rng.choice(["2s", "300ms", "40us"]) if low else 0
    if param["kind"] == "window" and rng.random() < 0.7:
        return rng.choice(["2s", "300ms", "40us", "1h"])
    if param["kind"] in ("integer", "window"):
        longest = 300 if rng.random() < 0.02 else _LONGEST
        return int(min(max(rng.choice([low, low + 1, 16, 31, 32, 33, 64, 65,
                                       rng.randint(2, longest)]), low), high))
    some = [param["default"], 0.0, 0.001, 0.5, 1.0, 2.5, 60.0, round(rng.uniform(-3, 3), 3)]
    return float(rng.choice([x for x in some if (low is None or x >= low)
                             and (high is None or x <= high)]))


def chain(draft: Draft) -> None:
    """The preset, as long as none of its kernels is there in another form."""
    if not draft.nodes:
        for kernel in CHAIN:
            draft.plain(kernel, written=True)


def plain(draft: Draft) -> None:
    """A kernel with its defaults, called like itself."""
    draft.plain(draft.rng.choice(WHOLE), written=True)


def instance(draft: Draft) -> None:
    """A kernel with parameters of its own, under a name or the kernel's."""
    kernel = draft.rng.choice(WHOLE)
    spec = SPECS[kernel]
    inputs = [draft.some_input(name) for name in spec["inputs"]]
    params = dict(draft.defaults[kernel])
    for param in spec["params"]:
        if draft.rng.random() < 0.5:
            params[param["name"]] = _value(draft.rng, param)
    own = not spec["builds"] and draft.own(kernel) is None and draft.rng.random() < 0.3
    draft.add(Node(kernel, params, inputs, own))


def reader(draft: Draft) -> None:
    """A kernel that reads others, its inputs bound to what there is."""
    kernel = draft.rng.choice([name for name in WHOLE if SPECS[name]["inputs"]])
    inputs = [draft.some_input(name) for name in SPECS[kernel]["inputs"]]
    draft.add(Node(kernel, dict(draft.defaults[kernel]), inputs))


def series(draft: Draft) -> None:
    """A kernel over any outputs, with parameters that go together."""
    kernel = draft.rng.choice([name for name in SPECS if name not in WHOLE])
    params = {p["name"]: _value(draft.rng, p) for p in SPECS[kernel]["params"]}
    if kernel == "ema":
        given = draft.rng.choice(["span", "halflife", "alpha", "tau"])
        params |= dict.fromkeys(["span", "halflife", "alpha"], 0.0) | {"tau": 0}
        params[given] = draft.rng.choice({"alpha": [1.0], "tau": ["300ms", "2s", "1h"]}.get(
            given, [1.0, 7.5, 64.0]))
        params["weights"] = draft.rng.choice(["rows", "time"]) if given == "tau" else "auto"
    if kernel in ("lag", "diff"):
        params |= draft.rng.choice([{"rows": 7, "time": 0}, {"rows": 0, "time": "300ms"}])
    if isinstance(params.get("window"), str):
        params["excl"] = False
    draft.add(Node(kernel, params, [draft.some_input(x) for x in SPECS[kernel]["inputs"]]))


def twin(draft: Draft) -> None:
    """A node that is equal to another, or nearly so: one parameter apart."""
    if not draft.nodes:
        plain(draft)
        return
    like = draft.rng.choice(draft.nodes)
    if like.kernel != TRADE:
        params = dict(like.params)
        if params and like.kernel in WHOLE and draft.rng.random() < 0.5:
            name = draft.rng.choice(list(params))
            params[name] = _value(draft.rng, next(p for p in SPECS[like.kernel]["params"]
                                                  if p["name"] == name))
        draft.add(Node(like.kernel, params, list(like.inputs), tree=like.tree))


def formula(draft: Draft) -> None:
    """Numbers and functions over what there is, columns of trades and plain kernels."""
    rng = draft.rng
    inputs = [Ref(draft.trades(), rng.randrange(3)) if rng.random() < 0.3 else
              draft.some_input(rng.choice(list(GIVES))) for _ in range(rng.randint(1, 4))]
    tree = formulas.draw(rng, [f"#{n}" for n in range(len(inputs))], rng.randint(1, 4))
    draft.add(Node(FORMULA, {}, inputs, tree=tree))


STATEMENTS: tuple[tuple[Callable[[Draft], None], int], ...] = (
    (plain, 2), (instance, 4), (reader, 2), (twin, 2), (formula, 3), (series, 1))


def extend(draft: Draft, most: int) -> None:
    """Some statements more."""
    makers, weights = zip(*STATEMENTS, strict=True)
    for make in draft.rng.choices(makers, weights, k=draft.rng.randint(1, most)):
        make(draft)


def random_draft(rng: random.Random) -> Draft:
    draft = Draft(rng)
    if rng.random() < 0.35:
        chain(draft)
    extend(draft, 7)
    return draft


def alone(kernel: str, seed: int) -> Draft:
    """One kernel at its defaults, made small; over any outputs, if it reads what it is told."""
    draft = Draft(random.Random(seed))
    if kernel in WHOLE:
        draft.plain(kernel, written=True)
    while not draft.nodes or kernel not in (node.kernel for node in draft.nodes):
        draft.nodes.clear()
        series(draft)
    return draft
