"""What a pipeline is made of, as objects: nodes that print as their statements.

`tickeng.kernels` has one for each kernel of the registry. Called, a kernel takes inputs by position
or name and parameters by keyword; what comes back prints as its statement in the language of
pipelines, which is what `Engine(kernels=[...])` reads. It is immutable and compares by that text.
"""

from __future__ import annotations

import difflib
from datetime import timedelta
from typing import Any

import numpy as np

from tickeng.engine import Engine
from tickeng.errors import ConfigError
from tickeng.frame import Frame

__all__ = ["Kernel", "Node", "Preset", "Stream"]


class Preset:
    """A selection of kernels with a name of its own."""

    def __init__(self, name: str, summary: str, text: str) -> None:
        self.name, self.text, self.__doc__ = name, text, summary

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name


class Node:
    """A kernel with parameters, inputs and a name; what it prints is its statement."""

    def __init__(self, spec: dict[str, Any], arguments: tuple[str, ...] = (),
                 name: str | None = None, output: str | None = None) -> None:
        self._spec, self._arguments, self._name, self._output = spec, arguments, name, output

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of its outputs, as the kernel has them."""
        return tuple(output["name"] for output in self._spec["outputs"])

    @property
    def expression(self) -> str:
        """Its text without a name, as another kernel's input."""
        inner = f"({', '.join(self._arguments)})" if self._arguments else ""
        member = f".{self._output}" if self._output else ""
        return f"{self._spec['name']}{inner}{member}"

    def __getattr__(self, name: str) -> Node:
        """One output of a kernel that has several."""
        if name in ("_spec", "_output") or self._output or name not in self.outputs:
            raise AttributeError(f"{self._spec['name']} has no output {name!r}; there are "
                                 f"{', '.join(self.outputs)}" if name != "_spec" else name)
        return Node(self._spec, self._arguments, self._name, name)

    def __str__(self) -> str:
        if self._output:
            raise ConfigError(f"{self.expression} is an input of other kernels; select "
                              f"{self._spec['name']} to have it written")
        return f"{self._name} = {self.expression}" if self._name else self.expression

    def __repr__(self) -> str:
        return self.expression if self._output else str(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false; it is computed for each event")

    def run(self, *columns: Any, **more: Any) -> Frame:
        """It alone over columns, as `Engine.run` takes them; the same bits."""
        return Engine(kernels=str(self)).run(*columns, **more)

    def stream(self) -> Stream:
        """It alone, fed event by event; the same bits."""
        return Stream(self)


class Kernel(Node):
    """A kernel with its defaults; called, with others."""

    def __init__(self, spec: dict[str, Any]) -> None:
        super().__init__(spec)
        self.__doc__ = f"{spec['summary'].capitalize()}: {spec['formula']}. Spec: {spec['id']}."

    def __call__(self, *inputs: Any, name: str | None = None, on: str | None = None,
                 **more: Any) -> Node:
        known = [*self._spec["inputs"], *(param["name"] for param in self._spec["params"])]
        given = [_input(value) for value in inputs]
        for word, value in more.items():
            if word not in known:
                near = difflib.get_close_matches(word, known, 3) or known
                told = f"there are {', '.join(near)}" if near else "it has none"
                raise ConfigError(f"{self._spec['name']} has no parameter and no input {word}; "
                                  f"{told}")
            is_input = word in self._spec["inputs"]
            given.append(f"{word}={_input(value) if is_input else _value(value)}")
        if on is not None:
            given.append(f"on={on}")
        return Node(self._spec, tuple(given), name)


class Stream:
    """One kernel fed event by event: `update` takes a trade, or a quote if it moves on quotes."""

    def __init__(self, node: Node) -> None:
        self._engine = Engine(kernels=str(node))
        clocks = next(found["clocks"] for found in self._engine.config.nodes() if found["written"])
        self._feed = self._engine.on_quote if clocks == ["quote"] else self._engine.on_tick
        self._names = self._engine.outputs.names

    def update(self, *event: Any) -> float | tuple[float, ...]:
        """Its outputs after this event; one output is a number, several are a tuple."""
        decision = self._feed(*event)
        values = tuple(getattr(decision, name) for name in self._names)
        return values if len(values) > 1 else values[0]


def _input(value: Any) -> str:
    if isinstance(value, Node):
        return value.expression
    if isinstance(value, str):
        return value
    raise ConfigError(f"an input is a kernel or the name of an output, not {value!r}")


def _value(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)}us"
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return repr(float(value))
    raise ConfigError(f"a parameter is a number, a bool, a word or a timedelta, not {value!r}")
