"""The first cell in which two runs differ, and by how much."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import Block

_SIGN = 1 << 63


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell: `row` counts the rows of the run from 1; `ulp` is the distance in units of the last
    place, of whole numbers the difference, None between a number and no number."""

    row: int
    column: str
    expected: float | int | str
    found: float | int | str
    expected_bits: str
    found_bits: str
    ulp: int | None
    cells: int  # that differ in this block

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


def first_difference(expected: Block, found: Block) -> Difference | None:
    """The first differing cell, by row and then by column; None if all bits agree."""
    rows = min(len(expected), len(found))
    first: tuple[int, str] | None = None
    cells = 0
    theirs = found.compared()
    for name, column in expected.compared().items():
        unequal = np.flatnonzero(bits(column[:rows]) != bits(theirs[name][:rows]))
        cells += len(unequal)
        if len(unequal) and (first is None or unequal[0] < first[0]):
            first = int(unequal[0]), name
    if first is None:
        return None
    at, name = first
    return difference(expected.first + at + 1, name, expected.columns[name][at],
                      found.columns[name][at], cells)


def difference(row: int, name: str, expected: Any, found: Any, cells: int) -> Difference:
    """The difference of two cells, numpy scalars of one type."""
    one, two = (int(bits(np.atleast_1d(value))[0]) for value in (expected, found))
    width = 2 * expected.dtype.itemsize
    return Difference(
        row, name, _value(expected), _value(found), f"0x{one:0{width}x}", f"0x{two:0{width}x}",
        distance(expected, found), cells,
    )


def bits(column: NDArray[Any]) -> NDArray[Any]:
    """The bits of a column as unsigned numbers."""
    column = np.ascontiguousarray(column)
    return column.view(f"u{column.dtype.itemsize}")


def distance(expected: Any, found: Any) -> int | None:
    """Steps from one number to the other; of doubles over all doubles between them."""
    if expected.dtype.kind != "f":
        return abs(int(expected) - int(found))
    if np.isnan(expected) != np.isnan(found):
        return None
    return abs(_rank(expected) - _rank(found))


def _rank(value: Any) -> int:
    """The place of a double among all doubles, -0.0 just below 0.0."""
    raw = int(np.atleast_1d(value).view(np.uint64)[0])
    return _SIGN - 1 - raw if raw & _SIGN else raw


def _value(value: Any) -> float | int | str:
    """JSON-able: NaN and infinities as text."""
    plain = value.item()
    return plain if isinstance(plain, int) or np.isfinite(plain) else str(plain)
