"""The text of a draft: the plainest one, and others that mean the same.

Another spelling has other names and another order, gives names to what had none and takes them
from others, writes defaults out, binds inputs by name or by position, and tells a node its
parameters by settings.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from tests.graphs.draft import ALL, CHAIN, FORMULA, GIVES, TRADE, Draft, Node, Ref, Value
from tests.reference.graph import formulas

_WORDS = ("a", "b", "x", "mine", "fast", "slow", "flow2", "under_score", "z9")


@dataclass
class Text:
    """A pipeline as an engine takes it, and the column of each output that is written."""

    kernels: str
    settings: dict[str, Value]
    columns: dict[Ref, str]


@dataclass
class _Names:
    """What a text calls its nodes: None like their kernel. Which of them it writes."""

    names: list[str | None] = field(default_factory=list)
    written: list[bool] = field(default_factory=list)


def text_of(draft: Draft) -> Text:
    """The plainest text."""
    names = _Names([None if node.own else f"n{n}" for n, node in enumerate(draft.nodes)],
                   [node.written for node in draft.nodes])
    lines = [_statement(draft, names, n, None) for n in range(len(draft.nodes)) if names.written[n]]
    return Text("\n".join(_with_preset(draft, names, lines)), draft.settings,
                _columns(draft, names))


def other_text(draft: Draft, rng: random.Random) -> Text:
    """Another text for the same draft."""
    names = _other_names(draft, rng)
    settings, lines = draft.settings, []
    for n, name in enumerate(names.names):
        if not names.written[n]:
            continue
        told = {}
        if name is not None and rng.random() < 0.3:
            told = {f"{name}.{param}": value for param, value in draft.nodes[n].params.items()}
            settings = settings | told
        lines.append(_statement(draft, names, n, rng, bool(told)))
    if rng.random() < 0.5:
        lines = _with_preset(draft, names, lines)
    rng.shuffle(lines)
    ends = [rng.choice(["\n", "; ", ", ", "  # so\n", ";\n\n"]) for _ in lines]
    return Text("".join(line + end for line, end in zip(lines, ends, strict=True)), settings,
                _columns(draft, names))


def _other_names(draft: Draft, rng: random.Random) -> _Names:
    found = _Names()
    own = {node.kernel for node in draft.nodes if node.own}
    fresh = iter(rng.sample([f"{word}{n}" for word in _WORDS for n in range(40)],
                            len(draft.nodes)))
    for node in draft.nodes:
        name: str | None = next(fresh)
        written = True
        if node.kernel == TRADE:
            name, written = None, False
        elif node.kernel == FORMULA:
            written = node.written
        elif node.own and rng.random() < 0.7:
            name = None
            # What no text writes reads what kernels' names mean, and nothing else.
            bound = any(found.names[ref.node] is not None for ref in node.inputs)
            written = node.written or bound or rng.random() < 0.3
        elif (not node.own and node.kernel not in own and not ALL[node.kernel]["builds"]
              and rng.random() < 0.3):
            name = None
            own.add(node.kernel)
        found.names.append(name)
        found.written.append(written)
    return found


def _columns(draft: Draft, names: _Names) -> dict[Ref, str]:
    found = {}
    for n, node in enumerate(draft.nodes):
        name, outputs = names.names[n], node.outputs
        for o, output in enumerate(outputs):
            if names.written[n]:
                found[Ref(n, o)] = (output if name is None else
                                    name if len(outputs) == 1 else f"{name}_{output}")
    return found


def _with_preset(draft: Draft, names: _Names, lines: list[str]) -> list[str]:
    """Its kernels in one word, where the text has them all at their defaults."""
    own = {node.kernel for n, node in enumerate(draft.nodes)
           if names.names[n] is None and names.written[n]}
    if not own.issuperset(CHAIN) or not set(lines).issuperset(CHAIN):
        return lines
    return ["chain", *(line for line in lines if line not in CHAIN)]


def _statement(draft: Draft, names: _Names, n: int, rng: random.Random | None,
               told: bool = False) -> str:
    """`told`: settings say its parameters."""
    node, name = draft.nodes[n], names.names[n]
    if node.tree is not None:
        return f"{name} = {_expression(draft, names, node, rng)}"
    arguments = _inputs(draft, names, node, rng) + ([] if told else _params(draft, node, rng))
    kernel = node.kernel
    if rng and ALL[kernel]["aliases"] and rng.random() < 0.2:
        kernel = rng.choice(ALL[kernel]["aliases"])
    # With a name it is a call even so: the kernel's name alone may mean another node's output.
    call = f"{kernel}({', '.join(arguments)})" if arguments or name is not None else kernel
    return call if name is None else f"{name} = {call}"


def _expression(draft: Draft, names: _Names, node: Node, rng: random.Random | None) -> str:
    """Of a formula; for another spelling with more parentheses than it needs. What it reads of
    other formulas goes by their names: written out it would be part of this one."""
    said = {f"#{n}": _name_of(draft, names, ref, rng, inside=False)
            for n, ref in enumerate(node.inputs)}

    def renamed(tree: formulas.Tree) -> formulas.Tree:
        if isinstance(tree, tuple):
            return (tree[0], *(renamed(part) for part in tree[1:]))
        return said.get(tree, tree) if isinstance(tree, str) else tree
    return formulas.text(renamed(node.tree), rng)


def _inputs(draft: Draft, names: _Names, node: Node, rng: random.Random | None) -> list[str]:
    """Those that are not what they would be anyway; for another spelling some others too."""
    wanted = ALL[node.kernel]["inputs"]
    said = []
    for name, ref in zip(wanted, node.inputs, strict=True):
        output = draft.nodes[ref.node].outputs[ref.output]
        usual = names.names[ref.node] is None and output == name
        said.append("" if usual and (rng is None or rng.random() < 0.5)
                    else _name_of(draft, names, ref, rng))
    if rng and said and all(said) and rng.random() < 0.5:
        return said
    return [f"{name}={text}" for name, text in zip(wanted, said, strict=True) if text]


def _name_of(draft: Draft, names: _Names, ref: Ref, rng: random.Random | None,
             inside: bool = True) -> str:
    node, name = draft.nodes[ref.node], names.names[ref.node]
    output = node.outputs[ref.output]
    if node.kernel == TRADE:
        return f"{TRADE}.{output}"
    if node.kernel == FORMULA:
        inside = inside and rng is not None and rng.random() < 0.2
        return f"({_expression(draft, names, node, rng)})" if inside else str(name)
    if name is None:
        if rng is None or rng.random() < 0.5:
            return output
        kernel = rng.choice([node.kernel, *ALL[node.kernel]["aliases"]])
        # An output goes before a kernel of its name: hurst is the one of regime.
        brief = len(node.outputs) == 1 and (kernel == output or kernel not in GIVES) and (
            rng.random() < 0.5)
        return kernel if brief else f"{kernel}.{output}"
    if len(node.outputs) > 1 or (rng is not None and rng.random() < 0.2):
        return f"{name}.{output}"
    return name


def _params(draft: Draft, node: Node, rng: random.Random | None) -> list[str]:
    """Those that are not the default here; for another spelling some others too, in any order."""
    said = []
    for param in ALL[node.kernel]["params"]:
        value = node.params[param["name"]]
        if param["kind"] == "duration" and not value:
            continue  # what is not given has no text
        if (value != draft.defaults[node.kernel][param["name"]]
                or (rng is not None and rng.random() < 0.3)):
            text = json.dumps(value) if param["kind"] == "text" else (
                _literal(value, param["unit"], rng))
            said.append(f"{param['name']}={text}")
    if rng is not None:
        rng.shuffle(said)
    return said


def _literal(value: Value, unit: str, rng: random.Random | None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and unit == "s" and value >= 0.001 and rng:
        return rng.choice([repr(value), f"{round(value * 1000)}ms"])
    return str(value)
