"""Events one by one: what each call of the engine takes between the time and the symbol, and by
name."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..files.batch import NO_ID, NUMBERS

METHODS = {"trade": "on_tick", "quote": "on_quote", "book": "on_book", "delta": "on_delta"}

Given = tuple[tuple[Any, ...], dict[str, Any]]


def arguments(kind: str, values: Mapping[str, NDArray[Any]]) -> Iterator[Given]:
    """Those of each event of a kind, in order."""
    if kind == "delta":
        yield from _messages(values)
    elif kind == "book":
        sides = [np.stack((values[side], values[f"{side}_qty"]), axis=-1)
                 for side in ("bid", "ask")]
        for book in zip(*sides, strict=True):
            yield book, {}
    else:
        for event in zip(*(column.tolist() for column in values.values()), strict=True):
            yield event, {}


def _messages(values: Mapping[str, NDArray[Any]]) -> Iterator[Given]:
    levels = np.stack((values["price"], values["qty"]), axis=-1)
    counts = (values[name].tolist() for name in ("bids", "asks", "snapshot", *NUMBERS))
    at = 0
    for bids, asks, snapshot, *numbers in zip(*counts, strict=True):
        told = {name: number for name, number in zip(NUMBERS, numbers, strict=True)
                if number != NO_ID}
        middle, end = at + bids, at + bids + asks
        yield (levels[at:middle], levels[middle:end]), {"snapshot": bool(snapshot), **told}
        at = end
