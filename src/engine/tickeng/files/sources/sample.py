"""The first rows of a file as text cells: what a reading is decided from.

Text files, JSON records and Arrow tables all come down to this, so that the same words mean the
same thing whatever the file. Cells of a typed column are the text its value has in CSV.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import compress, islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng._native import io as _io

SAMPLE_ROWS = 10_000
SAMPLE_BYTES = 4 << 20
_LONGEST_LEVEL = 400  # characters that may come before the first price of a list, and it
_NUMBER = r"(-?\d[\d.eE+-]*)"
_FIRST_PRICE = re.compile(
    rf'"(?:price|px|prc|rate|p)"\s*:\s*"?{_NUMBER}|^\s*\[\s*(?:\[\s*)?"?{_NUMBER}')
_SAFE_DIGITS = 19  # so many may be more than 64 bits hold
Cells = Sequence[str] | _io.TextColumn

# Kinds of columns: a text file's are all "text".
TEXT, BOOL, INTEGER, REAL, TIME, LIST = "text", "bool", "integer", "real", "time", "list"


class Column(NamedTuple):
    """One column: its name in the file, its kind, and its cells on demand.

    ``load_reals``: its numbers, NaN where there is none, where they need not be read from cells.
    ``text``: what reads other things from the bytes of its cells, where those are at hand.
    ``load_first``: of a column of lists that have no cells as text, the first price in each.
    """

    name: str
    kind: str
    load: Callable[[], Sequence[str]]
    load_reals: Callable[[], NDArray[np.float64]] | None = None
    text: _io.TextColumn | None = None
    load_first: Callable[[], NDArray[np.float64]] | None = None


class Sample:
    """Columns of the first rows; `live` where no more than these have arrived yet.

    ``file`` is the name of the file that holds them, for what only a name tells.
    """

    def __init__(self, columns: Sequence[Column], rows: int, *, live: bool = False,
                 file: str = "") -> None:
        self.columns = list(columns)
        self.names = [column.name for column in columns]
        self.rows, self.live, self.file = rows, live, file
        self._numbers: Sequence[int] = range(1, rows + 1)
        self._cells = cache(lambda index: list(map(str.strip, self.columns[index].load())))
        self._reals = cache(self._load_reals)
        self._values = cache(self._load_values)

    def cells(self, index: int) -> list[str]:
        """The trimmed cells of a column, "" where there is none."""
        cells: list[str] = self._cells(index)
        return cells

    def first(self, index: int, count: int) -> list[str]:
        """The first so many cells of a column."""
        text = self.columns[index].text
        return text.texts(count) if text else self.cells(index)[:count]

    def filled(self, index: int, count: int) -> list[str]:
        """The first so many cells of a column that are not empty."""
        text = self.columns[index].text
        return (text.filled(count) if text
                else list(islice(filter(None, self.cells(index)), count)))

    def values(self, index: int) -> list[str]:
        """The different cells of a column, by first appearance."""
        values: list[str] = self._values(index)
        return values

    def only(self, rows: Sequence[bool]) -> Sample:
        """The sample of the rows that are set."""
        def column(index: int) -> Column:
            def load() -> list[str]:
                return list(compress(self.cells(index), rows))

            known = self.columns[index].load_reals or self.columns[index].text
            return Column(self.names[index], self.kind(index), load,
                          (lambda: self.reals(index)[np.asarray(rows)]) if known else None,
                          load_first=lambda: self.first_prices(index)[np.asarray(rows)])

        kept = Sample([column(i) for i in range(len(self.columns))], sum(rows), live=self.live,
                      file=self.file)
        kept._numbers = list(compress(self._numbers, rows))
        return kept

    def reals(self, index: int) -> NDArray[np.float64]:
        """The cells of a column as numbers, NaN where there is none."""
        found: NDArray[np.float64] = self._reals(index)
        return found

    def first_prices(self, index: int) -> NDArray[np.float64]:
        """Of a column of lists the first price in each, NaN where there is none."""
        load = self.columns[index].load_first
        return load() if load else np.array(
            [_first_price(cell) for cell in self.cells(index)], np.float64)

    def _load_reals(self, index: int) -> NDArray[np.float64]:
        column = self.columns[index]
        if column.load_reals:
            return column.load_reals()
        found = column.text.numbers() if column.text else None
        return _numbers(self.cells(index)) if found is None else found

    def _load_values(self, index: int) -> list[str]:
        text = self.columns[index].text
        return text.values() if text else list(dict.fromkeys(self.cells(index)))

    def times(self, index: int, field: _io.TimeField) -> tuple[NDArray[np.int64], NDArray[np.bool_],
                                                               NDArray[np.uint8]]:
        """What ``field.parse_many`` gives for the cells of a column."""
        text = self.columns[index].text
        return (text.times(field) if text
                else field.parse_many([cell.encode() for cell in self.cells(index)]))

    def integers(self, index: int) -> bool:
        """Whether all cells of a column are integers of 64 bits."""
        text = self.columns[index].text
        return text.integers() if text else all_integers(self.cells(index))

    def kind(self, index: int) -> str:
        return self.columns[index].kind

    def number(self, place: int) -> int:
        """The number in the file of the row at this place, from 1."""
        return self._numbers[place]

    def row_of(self, index: int, cell: str) -> int:
        """The 1-based number of the first row with this cell."""
        return self._numbers[self.cells(index).index(cell)]


def _first_price(cell: str) -> float:
    """Of a list in JSON: of numbers, of pairs whose first is the price, or of records."""
    found = _FIRST_PRICE.search(cell[:_LONGEST_LEVEL])
    try:
        return float(found[1] or found[2]) if found else math.nan
    except ValueError:
        return math.nan


def _numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    try:
        return np.array(list(map(float, cells)), dtype=np.float64)
    except ValueError:  # some are none
        found = (_io.parse_decimal(cell.encode()) for cell in cells)
        return np.array([np.nan if v is None else v for v in found], dtype=np.float64)


def all_integers(cells: Sequence[str]) -> bool:
    """Whether all cells are integers of 64 bits."""
    digits = "".join(cells)
    if cells and digits.isascii() and digits.isdigit():  # no signs: the lengths say it
        lengths = set(map(len, cells))
        if min(lengths) and max(lengths) < _SAFE_DIGITS:
            return True
    return all(cell.isascii() and cell.removeprefix("-").isdigit() and abs(int(cell)) < 1 << 63
               for cell in cells)


def of_cells(names: Sequence[str], columns: Sequence[Cells], *, live: bool = False,
             file: str = "") -> Sample:
    """A sample of text whose cells are known."""
    def column(index: int) -> Column:
        cells = columns[index]
        if isinstance(cells, _io.TextColumn):
            return Column(names[index], TEXT, cells.texts, text=cells)
        return Column(names[index], TEXT, lambda: cells)

    return Sample([column(i) for i in range(len(names))], len(columns[0]), live=live, file=file)
