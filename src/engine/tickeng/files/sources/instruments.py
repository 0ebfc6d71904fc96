"""Whose trades these are: the column, the option or the file's name that names the instrument.

Rows of several instruments that go into one series give numbers of none. So a column that may name
instruments or venues is either read as the symbol or asked about, and so is any column of a few
words that part the prices into levels.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tickeng._base.control_text import has_control
from tickeng.errors import DataError
from tickeng.files.sources import columns as names_
from tickeng.files.sources import markets
from tickeng.files.sources.options import Options
from tickeng.files.sources.sample import TEXT, Sample

_NAMING = re.compile(r"symbol|instr|ticker|contract|isin|cusip|sedol|figi|pair|coin|asset|security|"
                     r"product|underlying|expir|strike|maturity|putcall|optiontype|currency")
Known = tuple[int, tuple[str, ...]]  # a column and the texts that it may have
_MOST_WORDS = 200
_LEVELS = 2.0  # prices of one instrument stay within this factor of one another


def choose(sample: Sample, plain: Sequence[str], given: dict[str, list[int]], taken: set[int],
           prices: NDArray[np.float64], options: Options) -> tuple[list[int], list[Known]]:
    """The columns whose cells, joined by a colon, name the symbol; [] where one name is all rows'.

    Beside them the columns that would name another instrument, with the text that they have.
    Raises DataError where several instruments or venues would become one series.
    """
    if options.symbol_name or "symbol" in given:
        return ([] if options.symbol_name else given["symbol"]), []
    free = [i for i in range(len(plain)) if i not in taken]
    found = [i for i in names_.candidates(plain, names_.SYMBOLS) if i in free and _names(sample, i)]
    if not found and markets.kind_by_name(sample):  # a quote has no side that S may be
        found = [i for i in free if plain[i] == "S" and sample.kind(i) == TEXT]
    if not found:
        found = [i for i in free if _NAMING.search(plain[i]) and _names(sample, i)
                 and len(sample.values(i)) == 1]
    if not found or options.symbol_from:
        _check_others(sample, plain, free, prices, None)
        return [], _known(sample, plain, free)
    symbol = found[0]
    free = [i for i in free if i != symbol]
    _check_others(sample, plain, free, prices, symbol)
    return [symbol], _known(sample, plain, free)


def _known(sample: Sample, plain: Sequence[str], free: Sequence[int]) -> list[Known]:
    """The columns that name one instrument or venue at most, and must do so to the end."""
    found: list[Known] = []
    for index in free:
        texts = sample.values(index)
        named = [text for text in texts if text]
        naming = is_naming(plain[index]) or (not named and plain[index] in names_.SYMBOLS)
        codes = named and plain[index] in names_.VENUES and _are_codes(named)
        if naming and len(named) <= 1 and not codes and (
                texts and sample.names.count(sample.names[index]) == 1):
            found.append((index, tuple(texts)))
    return found


def is_naming(plain: str) -> bool:
    """Whether a column of this plain name tells instruments or venues apart."""
    return plain in names_.VENUES or plain in names_.PRODUCTS or _NAMING.search(plain) is not None


def question(column: str, known: Sequence[str], text: str, symbol: str | None) -> str:
    """What to say of a name of an instrument or venue that comes later than those known."""
    apart = column if symbol is None else f"{column}+{symbol}"
    one = 'symbol_name="NAME"' if symbol is None else f'map="symbol={symbol}"'
    apart = f'map="symbol={apart}" keeps them apart, ' if symbol or "" not in known else ""
    return (f"its column {column!r} holds {text[:30]!r}, unlike the rows before, and so names "
            f"another instrument or venue: {apart}{one} makes them one series")


def _names(sample: Sample, index: int) -> bool:
    """Whether a column has cells at all, none of them all blank."""
    return bool(sample.filled(index, 1))


def _check_others(sample: Sample, plain: Sequence[str], free: Sequence[int],
                  prices: NDArray[np.float64], symbol: int | None) -> None:
    for index in free:
        naming = is_naming(plain[index])
        if not naming and (symbol is not None or _is_numeric(sample, index)):
            continue  # what parts nothing need not be looked at
        values = [cell for cell in sample.values(index) if cell]
        if len(values) < 2 or (symbol is not None and _follows(sample, symbol, index)):
            continue
        if plain[index] in names_.PRODUCTS:
            _ask(sample, index, values, symbol, "names several markets")
        elif plain[index] in names_.VENUES:
            if not _are_codes(values):
                _ask(sample, index, values, symbol, "names several venues")
        elif _NAMING.search(plain[index]) and len(values) <= sample.rows // 2 + 1:
            _ask(sample, index, values, symbol, "names several instruments")
        elif symbol is None and _parts(sample, index, values, prices):
            _ask(sample, index, values, symbol, "parts the prices into levels, as of several "
                 "instruments")


def _is_numeric(sample: Sample, index: int) -> bool:
    """Whether the first cells are numbers and so no names of instruments."""
    return sample.kind(index) != TEXT or all(
        re.fullmatch(r"[-+]?[\d.,eE:+-]*", cell) for cell in sample.first(index, 50))


def _follows(sample: Sample, symbol: int, index: int) -> bool:
    """Whether each symbol has one word in the other column, which then parts nothing."""
    pairs = set(zip(sample.cells(symbol), sample.cells(index), strict=True))
    return len(pairs) == len({name for name, _ in pairs})


def _are_codes(values: Sequence[str]) -> bool:
    """Whether venues are codes of a consolidated tape (a letter, a number), which is one market."""
    return all(len(value) <= 2 or value.isdigit() for value in values)


def _ask(sample: Sample, index: int, values: Sequence[str], symbol: int | None,
         what: str) -> None:
    column = sample.names[index]
    shown = ", ".join(value[:30] for value in values[:4])
    whole, apart, one = "", column, 'symbol_name="NAME"'
    if symbol is not None:
        name = sample.names[symbol]
        whole, apart, one = f" of one {name}", f"{column}+{name}", f'map="symbol={name}"'
    raise DataError(f"its column {column!r} {what}{whole} ({shown}): "
                    f'map="symbol={apart}" keeps them apart, {one} makes them one series')


def _parts(sample: Sample, index: int, values: Sequence[str],
           prices: NDArray[np.float64]) -> bool:
    """Whether a few repeated words go with prices far from one another."""
    if not 2 <= len(values) <= _MOST_WORDS:
        return False
    cells = np.array(sample.cells(index))
    middles = []
    for value in values:
        mine = prices[cells == value]
        mine = mine[np.isfinite(mine) & (mine > 0)]
        if len(mine):
            middles.append(float(np.median(mine)))
    return len(middles) >= 2 and max(middles) > _LEVELS * min(middles)


def name_from_file(file: str) -> str:
    """The file's name up to the first -trades, _trades, -aggTrades or dot."""
    stem = re.split(r"[-_](?:agg)?trades|\.", file, maxsplit=1, flags=re.IGNORECASE)[0]
    if has_control(stem):
        raise DataError(f'its name has a control character, {stem!r}, and cannot be a symbol: give'
                        ' symbol_name="NAME"')
    return stem or file
