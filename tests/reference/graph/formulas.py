"""Formulas as trees: drawn at random, written as text, and worked out number by number.

A tree is a number, the name of an input, or (operator or function, tree, ...). Unary minus is
"neg". Arithmetic is Python's, one operation after another; log and exp are the engine's own
algorithms once more, in plain Python, held to `math` by a test.
"""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable, Mapping
from typing import Any

Tree = Any
NAN = math.nan
_LN2_HIGH = float.fromhex("0x1.62e42fefa3800p-1")
_LN2_LOW = float.fromhex("0x1.ef35793c76730p-45")
_LOG2_E = float.fromhex("0x1.71547652b82fep+0")
_BINDS = {"or": 1, "and": 2, "not": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4,
          "+": 5, "-": 5, "*": 6, "/": 6, "neg": 7}
FUNCTIONS = {"abs": 1, "sign": 1, "sqrt": 1, "log": 1, "exp": 1, "isnan": 1, "min": 2, "max": 2,
             "clip": 3, "where": 3, "sdiv": 3}
NUMBERS = (0.0, 1.0, 2.0, 0.5, 3.0, 0.1, 1e-300, 1e300, 1.7e308, 5e-324, 700.0, 123456.789)


def exp(x: float) -> float:
    x = min(max(x, -746.0), 710.0)
    k = math.floor(x * _LOG2_E + 0.5)
    high, low = x - k * _LN2_HIGH, k * _LN2_LOW
    r = high - low
    tail = 1.0 / math.factorial(13)
    for n in range(12, 1, -1):
        tail = tail * r + 1.0 / math.factorial(n)
    y = 1.0 + (high + (tail * (r * r) - low))
    half = int(k / 2)
    return y * 2.0 ** half * (2.0 ** (k - half) if k - half < 1024 else math.inf)


def log(x: float) -> float:
    k = 0
    if x < 2.0 ** -1022:
        x, k = x * 2.0 ** 54, -54
    bits = struct.unpack("<Q", struct.pack("<d", x))[0]
    k += (bits >> 52) - 1023
    m = struct.unpack("<d", struct.pack("<Q", bits & (1 << 52) - 1 | 1023 << 52))[0]
    if m >= float.fromhex("0x1.6a09e667f3bcdp+0"):
        m, k = m * 0.5, k + 1
    t = (m - 1.0) / (m + 1.0)
    s = t * t
    tail = 1.0 / 25
    for n in range(23, 2, -2):
        tail = tail * s + 1.0 / n
    twice = t + t
    return k * _LN2_HIGH + (twice + twice * s * tail + k * _LN2_LOW)


def _finite(x: float) -> float:
    return x if math.isfinite(x) else NAN


def _ratio(a: float, b: float) -> float:
    return _finite(a / b) if b != 0 else NAN


def _compared(holds: Callable[[float, float], bool]) -> Callable[..., float]:
    return lambda a, b: NAN if math.isnan(a) or math.isnan(b) else float(holds(a, b))


def _and(a: float, b: float) -> float:
    if a == 0 or b == 0:
        return 0.0
    return NAN if math.isnan(a) or math.isnan(b) else 1.0


def _or(a: float, b: float) -> float:
    if any(x != 0 and not math.isnan(x) for x in (a, b)):
        return 1.0
    return NAN if math.isnan(a) or math.isnan(b) else 0.0


def _smallest(a: float, b: float) -> float:
    return NAN if math.isnan(a) or math.isnan(b) else b if b < a else a


def _largest(a: float, b: float) -> float:
    return NAN if math.isnan(a) or math.isnan(b) else b if b > a else a


def _sdiv(a: float, b: float, d: float) -> float:
    if math.isnan(a) or math.isnan(b):
        return NAN
    ratio = _ratio(a, b)
    return d if math.isnan(ratio) else ratio


WORK: dict[str, Callable[..., float]] = {
    "+": lambda a, b: _finite(a + b), "-": lambda a, b: _finite(a - b),
    "*": lambda a, b: _finite(a * b), "/": _ratio, "neg": lambda x: -x,
    "<": _compared(lambda a, b: a < b), "<=": _compared(lambda a, b: a <= b),
    ">": _compared(lambda a, b: a > b), ">=": _compared(lambda a, b: a >= b),
    "==": _compared(lambda a, b: a == b), "!=": _compared(lambda a, b: a != b),
    "and": _and, "or": _or, "not": lambda x: NAN if math.isnan(x) else float(x == 0),
    "abs": abs, "sign": lambda x: NAN if math.isnan(x) else float((x > 0) - (x < 0)),
    "sqrt": lambda x: math.sqrt(x) if x >= 0 else NAN,
    "log": lambda x: log(x) if x > 0 else NAN,
    "exp": lambda x: NAN if math.isnan(x) else _finite(exp(x)),
    "isnan": lambda x: float(math.isnan(x)),
    "min": lambda first, *more: _fold(_smallest, first, more),
    "max": lambda first, *more: _fold(_largest, first, more),
    "clip": lambda x, low, high: _smallest(_largest(x, low), high),
    "where": lambda c, a, b: NAN if math.isnan(c) else a if c != 0 else b, "sdiv": _sdiv}


def _fold(of: Callable[[float, float], float], first: float, more: tuple[float, ...]) -> float:
    for x in more:
        first = of(first, x)
    return first


def value(tree: Tree, inputs: Mapping[str, float]) -> float:
    """What the formula is where the inputs are these."""
    if isinstance(tree, tuple):
        return WORK[tree[0]](*(value(part, inputs) for part in tree[1:]))
    return _finite(inputs[tree] if isinstance(tree, str) else tree)


def draw(rng: random.Random, names: list[str], depth: int) -> Tree:
    """A random tree over these inputs."""
    if depth == 0 or rng.random() < 0.12:
        return rng.choice(names) if rng.random() < 0.7 else rng.choice(NUMBERS)
    word = rng.choice([*_BINDS, *FUNCTIONS])
    of = FUNCTIONS.get(word, 1 if word in ("neg", "not") else 2)
    if word in ("min", "max"):
        of = rng.choice([2, 2, 3, 4])
    return (word, *(draw(rng, names, depth - 1) for _ in range(of)))


def text(tree: Tree, rng: random.Random | None = None) -> str:
    """As the language has it: with the parentheses it needs, and by chance some more."""
    if not isinstance(tree, tuple):
        return tree if isinstance(tree, str) else repr(tree)
    word, *parts = tree
    if word in FUNCTIONS:
        return f"{word}({', '.join(text(part, rng) for part in parts)})"
    own = _BINDS[word]
    if word in ("neg", "not"):
        return ("-" if word == "neg" else "not ") + _inner(parts[0], own, rng)
    left = _inner(parts[0], own + 1 if own == 4 else own, rng)
    return f"{left} {word} {_inner(parts[1], own + 1, rng)}"


def _inner(tree: Tree, least: int, rng: random.Random | None) -> str:
    own = _BINDS.get(tree[0], 8) if isinstance(tree, tuple) else 8
    if own < least or (rng is not None and rng.random() < 0.1):
        return f"({text(tree, rng)})"
    return text(tree, rng)
