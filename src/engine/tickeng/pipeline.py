"""What a pipeline is made of, as objects: nodes that print as their statements.

`tickeng.kernels` has one for each kernel of the registry. Called, a kernel takes inputs by position
or name and parameters by keyword; what comes back prints as its statement in the language of
pipelines, which is what `Engine(kernels=[...])` reads. It is immutable and compares by that text.

Operators and the functions of `tickeng.kernels` make formulas of them: `(0.5 * k.k1 -
k.k3).named("alpha2")`. `&`, `|` and `~` are `and`, `or` and `not` and bind tighter than `<`.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np

from tickeng.config import Config, catalogue
from tickeng.engine import Engine
from tickeng.errors import ConfigError
from tickeng.frame import Frame

__all__ = ["FUNCTIONS", "Columns", "Expression", "Formula", "Kernel", "Node", "Preset", "Stream"]

# How tightly an operator binds; what binds less is put in parentheses.
_STRENGTH = {"or": 1, "and": 2, "not ": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4,
             "+": 5, "-": 5, "*": 6, "/": 6}
_UNARY, _PRIMARY = 7, 8


class Preset:
    """A selection of kernels with a name of its own."""

    def __init__(self, name: str, summary: str, text: str) -> None:
        self.name, self.text, self.__doc__ = name, text, summary

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return self.name


class Expression:
    """A number for each event. Operators and functions make formulas of it."""

    _name: str | None = None
    _strength = _PRIMARY

    @property
    def expression(self) -> str:
        """Its text without a name, as another kernel's input."""
        raise NotImplementedError

    def named(self, name: str) -> Expression:
        """The same under a name, which is that of its column."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false; it is computed for each event. "
                        "Write &, | and ~ for and, or and not, (a < b) & (b < c) for a < b < c, "
                        "k.min, k.max and k.where for min, max and if")

    def __add__(self, other: Any) -> Formula:
        return _binary("+", self, other)

    def __radd__(self, other: Any) -> Formula:
        return _binary("+", other, self)

    def __sub__(self, other: Any) -> Formula:
        return _binary("-", self, other)

    def __rsub__(self, other: Any) -> Formula:
        return _binary("-", other, self)

    def __mul__(self, other: Any) -> Formula:
        return _binary("*", self, other)

    def __rmul__(self, other: Any) -> Formula:
        return _binary("*", other, self)

    def __truediv__(self, other: Any) -> Formula:
        return _binary("/", self, other)

    def __rtruediv__(self, other: Any) -> Formula:
        return _binary("/", other, self)

    def __lt__(self, other: Any) -> Formula:
        return _binary("<", self, other)

    def __le__(self, other: Any) -> Formula:
        return _binary("<=", self, other)

    def __gt__(self, other: Any) -> Formula:
        return _binary(">", self, other)

    def __ge__(self, other: Any) -> Formula:
        return _binary(">=", self, other)

    def __and__(self, other: Any) -> Formula:
        return _binary("and", self, other)

    def __rand__(self, other: Any) -> Formula:
        return _binary("and", other, self)

    def __or__(self, other: Any) -> Formula:
        return _binary("or", self, other)

    def __ror__(self, other: Any) -> Formula:
        return _binary("or", other, self)

    def __invert__(self) -> Formula:
        return Formula("not " + _inner(self, _STRENGTH["not "]), _STRENGTH["not "])

    def __neg__(self) -> Formula:
        return Formula("-" + _inner(self, _UNARY), _UNARY)

    def __abs__(self) -> Formula:
        return FUNCTIONS["abs"](self)

    def run(self, *columns: Any, **more: Any) -> Frame:
        """It alone over columns, as `Engine.run` takes them; the same bits."""
        return Engine(kernels=self._statement()).run(*columns, **more)

    def stream(self) -> Stream:
        """It alone, fed event by event; the same bits."""
        return Stream(self._statement())

    def _statement(self) -> str:
        return str(self)


class Formula(Expression):
    """Numbers, comparisons and functions over kernels; `named` makes it a statement."""

    def __init__(self, text: str, strength: int, name: str | None = None) -> None:
        self._text, self._strength, self._name = text, strength, name

    @property
    def expression(self) -> str:
        return self._text

    def named(self, name: str) -> Formula:
        """The same under a name, which is that of its column."""
        return Formula(self._text, self._strength, name)

    def __repr__(self) -> str:
        return f"{self._name} = {self._text}" if self._name else self._text

    def _statement(self) -> str:
        return repr(self if self._name else self.named("formula"))


class Columns:
    """The columns of a clock, as `k.trade.price`."""

    def __init__(self, clock: str, names: tuple[str, ...]) -> None:
        self._clock, self._columns = clock, names

    def __getattr__(self, name: str) -> Formula:
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(f"{self._clock} has no column {name!r}; there are "
                                 f"{', '.join(self._columns)}" if name[:1] != "_" else name)
        return Formula(f"{self._clock}.{name}", _PRIMARY)

    def __repr__(self) -> str:
        return self._clock


class Node(Expression):
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
        return self._text("()" if _gives(self._spec["name"]) not in (None, self._spec) else "")

    def _text(self, call: str) -> str:
        """`call`: what stands behind the kernel where it is told nothing and gives all outputs."""
        inner = f"({', '.join(self._arguments)})" if self._arguments else call
        if self._output:
            inner = f"{inner if self._arguments else ''}.{self._output}"
        return f"{self._spec['name']}{inner}"

    def __getattr__(self, name: str) -> Node:
        """One output of a kernel that has several."""
        if name in ("_spec", "_output") or self._output or name not in self.outputs:
            raise AttributeError(f"{self._spec['name']} has no output {name!r}; there are "
                                 f"{', '.join(self.outputs)}" if name != "_spec" else name)
        return Node(self._spec, self._arguments, None, name)

    def __str__(self) -> str:
        if self._output and not self._name:
            raise ConfigError(f"{self.expression} is an input of other kernels; name it, or select "
                              f"{self._spec['name']} to have it written")
        return repr(self)

    def __repr__(self) -> str:
        if not self._name:
            return self._text("")
        gives = _gives(self._spec["name"])
        one = gives is None or (gives is self._spec and len(self.outputs) == 1)
        return f"{self._name} = {self._text('' if one else '()')}"

    def named(self, name: str) -> Node:
        """The same under a name, which is that of its columns."""
        return Node(self._spec, self._arguments, name, self._output)


class Kernel(Node):
    """A kernel with its defaults; called, with others."""

    def __init__(self, spec: dict[str, Any]) -> None:
        super().__init__(spec)
        self.__doc__ = f"{spec['summary'].capitalize()}: {spec['formula']}. Spec: {spec['id']}."

    def __call__(self, *inputs: Any, name: str | None = None, on: str | None = None,
                 **more: Any) -> Node:
        sources = [*self._spec["inputs"], *(["bars"] if "bar" in self._spec["clocks"] else [])]
        known = [*sources, *(param["name"] for param in self._spec["params"])]
        texts = {param["name"] for param in self._spec["params"] if param["kind"] == "text"}
        given = [_input(value) for value in inputs]
        for word, value in more.items():
            if word not in known:
                near = difflib.get_close_matches(word, known, 3) or known
                told = f"there are {', '.join(near)}" if near else "it has none"
                raise ConfigError(f"{self._spec['name']} has no parameter and no input {word}; "
                                  f"{told}")
            text = _input(value) if word in sources else (
                _text(word, value) if word in texts else _value(value))
            given.append(f"{word}={text}")
        if on is not None:
            given.append(f"on={on}")
        return Node(self._spec, tuple(given), name)


class Stream:
    """A statement fed event by event: `update` takes what on_tick takes, or on_quote, on_book,
    on_bar or on_fill where it moves on those."""

    def __init__(self, statement: str) -> None:
        self._engine = Engine(kernels=statement)
        clocks = {clock for node in Config({"kernels": statement}).nodes()
                  if node["written"] for clock in node["clocks"]}
        feeds: dict[str, Callable[..., Any]] = {"quote": self._engine.on_quote,
                                                "book": self._engine.on_book,
                                                "bar": self._engine.on_bar,
                                                "own": self._engine.on_fill}
        self._feed = feeds[min(clocks)] if len(clocks) == 1 and clocks <= feeds.keys() else (
            self._engine.on_tick)
        self._names = self._engine.outputs.names

    def update(self, *event: Any) -> float | tuple[float, ...]:
        """Its outputs after this event; one output is a number, several are a tuple."""
        decision = self._feed(*event)
        values = tuple(getattr(decision, name) for name in self._names)
        return values if len(values) > 1 else values[0]


@cache
def _gives(name: str) -> dict[str, Any] | None:
    """The kernel with an output of this name, which goes before a kernel of that name."""
    return next((spec for spec in catalogue()
                 for output in spec["outputs"] if output["name"] == name), None)


def _function(name: str) -> Callable[..., Formula]:
    def call(*numbers: Any) -> Formula:
        return Formula(f"{name}({', '.join(_operand(x)[0] for x in numbers)})", _PRIMARY)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{name}` of numbers and kernels, as the language of pipelines has it."
    return call


FUNCTIONS: dict[str, Callable[..., Formula]] = {name: _function(name) for name in (
    "abs", "sign", "sqrt", "log", "exp", "min", "max", "clip", "where", "sdiv", "isnan")}


def _eq(a: Any, b: Any) -> Formula:
    """`a == b` of numbers and kernels; `==` compares objects."""
    return _binary("==", a, b)


def _ne(a: Any, b: Any) -> Formula:
    """`a != b` of numbers and kernels; `!=` compares objects."""
    return _binary("!=", a, b)


FUNCTIONS |= {"eq": _eq, "ne": _ne}


def _operand(value: Any) -> tuple[str, int]:
    """Its text, and how tightly that binds."""
    if isinstance(value, Expression):
        return value.expression, value._strength
    if (isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating)
            or not math.isfinite(value)):
        raise ConfigError("a formula is of kernels and finite numbers, an input is a kernel, a "
                          f"formula or the name of an output, not {value!r}")
    return _value(value), _UNARY if math.copysign(1, value) < 0 else _PRIMARY


def _inner(value: Any, least: int) -> str:
    text, strength = _operand(value)
    return text if strength >= least else f"({text})"


def _binary(operator: str, left: Any, right: Any) -> Formula:
    """Left to right; comparisons do not follow one another."""
    own = _STRENGTH[operator]
    first = _inner(left, own + 1 if own == _STRENGTH["<"] else own)
    return Formula(f"{first} {operator} {_inner(right, own + 1)}", own)


def _input(value: Any) -> str:
    return value if isinstance(value, str) else _operand(value)[0]


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{name} is a text, not {value!r}")
    return json.dumps(value, ensure_ascii=False)


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
