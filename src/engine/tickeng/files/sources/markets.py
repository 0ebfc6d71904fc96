"""The columns of quotes and books: prices and quantities of bids and asks, by level.

A name says the side, whether it is a price or a quantity, and the level, in any order and however
it is written: bid_px_00, bids[0].price, BidVolume1, ask1p, best_ask_qty, a (Binance's). Levels are
gapless from 0 or 1 on. A column may also hold a list, of prices, of quantities or of both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import DataError
from tickeng.files.sources import columns as names_
from tickeng.files.sources.columns import MARKET
from tickeng.files.sources.sample import LIST, Sample

MOST_LEVELS = 20  # what kernels read at most
BLANKS = ("", "nan", "null", "none")  # what an empty side has in place of numbers
_SIDE = r"(?P<bid>bids?)|(?P<ask>asks?|offers?|ofr)"
_QTY = (r"(?P<qty>qtys?|quantity|quantities|sizes?|sz|amounts?|amt|volumes?|vol|lots|shares|qt|v|q|"
        r"s)")
_WHAT = rf"(?:(?:prices?|px|prc|rate|p)|{_QTY})"
_LEVEL = r"\d{1,9}"  # longer ones number no level
_BEST = r"(?:best|top|nbbo)?"
_NAMES = tuple(map(re.compile, (
    rf"{_BEST}(?:{_SIDE})\[?(?P<one>{_LEVEL})?\]?(?P<what>{_WHAT})?\[?(?P<two>{_LEVEL})?\]?",
    rf"(?P<what>{_WHAT}){_BEST}(?:{_SIDE})(?P<one>{_LEVEL})?(?P<two>)",
    rf"l(?:evel)?(?P<one>{_LEVEL})(?:{_SIDE})(?P<what>{_WHAT})?(?P<two>)",
    rf"(?:(?P<bid>b)|(?P<ask>a))(?P<one>{_LEVEL})(?P<what>{_WHAT})(?P<two>)",
    rf"(?:(?P<bid>b)|(?P<ask>a))(?P<what>{_WHAT})(?P<one>{_LEVEL})?(?P<two>)",
)))
_LETTERS = {"b": ("bid", None), "B": ("bid_qty", None), "a": ("ask", None), "A": ("ask_qty", None)}
_WORDS = {"bid": "the bids' prices", "bid_qty": "the bids' quantities",
          "ask": "the asks' prices", "ask_qty": "the asks' quantities"}
Found = dict[str, dict[int | None, list[int]]]  # role -> level -> columns


class Market(NamedTuple):
    """The columns of each of MARKET, best level first, None where it has none; of one length.

    ``form``: "columns" of numbers, "lists" (a column of each) or "pairs" (of price and quantity in
    a column of each side). ``levels``: how many the file has, of lists 0.
    """

    columns: tuple[tuple[int | None, ...], ...]
    form: str
    levels: int

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for people."""
        if self.form != "columns":
            return (f"of lists of more than {MOST_LEVELS} levels the best {MOST_LEVELS} are read",)
        return ((f"of its {self.levels} levels the best {MOST_LEVELS} are read",)
                if self.levels > MOST_LEVELS else ())

    @property
    def taken(self) -> set[int]:
        """All columns that are read."""
        return {i for found in self.columns for i in found if i is not None}


def place(name: str) -> tuple[str, int | None] | None:
    """(one of MARKET, level) that a column's name says, None where it says another thing."""
    short = names_.plain(name)
    if short in _LETTERS:
        return _LETTERS[short]
    for text in (short, names_.plain(name.rpartition(".")[2])):
        for pattern in _NAMES:
            found = pattern.fullmatch(text)
            if found and not (found["one"] and found["two"]):
                level = found["one"] or found["two"]
                role = "bid" if found["bid"] else "ask"
                return role + ("_qty" if found["qty"] else ""), int(level) if level else None
    return None


def by_name(sample: Sample) -> Found:
    """The columns whose names are those of sides."""
    found: Found = {role: {} for role in MARKET}
    for index, name in enumerate(sample.names):
        if known := place(name):
            found[known[0]].setdefault(known[1], []).append(index)
    if not (found["bid"] and found["ask"]):
        return {role: {} for role in MARKET}
    return found


def check_filled(sample: Sample, plain: Sequence[str], market: Market) -> None:
    """Raises DataError where a blank cell says that a number is as it was, not that there is none.
    """
    if not {"ric", "domain", "type"} <= {*plain} or market.form != "columns":
        return
    for index in sorted(market.taken):
        if blank := next((row for row, cell in enumerate(sample.cells(index)) if not cell), None):
            raise DataError(
                f"row {sample.number(blank)}: {sample.names[index]!r} is blank, which says in a "
                "file of LSEG's Tick History that it is as it was: fill each column of the market "
                'from the rows before, as groupby("#RIC").ffill() of pandas does')


def kind_by_name(sample: Sample) -> str | None:
    """Whether the columns are those of quotes or of books, None where they are of neither."""
    found = by_name(sample)
    if not (found["bid"] and found["ask"]):
        return None
    if any(is_list(sample, i) for i in _all(found["bid"])):
        return "book"
    return "book" if None not in found["bid"] and len(found["bid"]) > 1 else "quote"


def kind_by_columns(sample: Sample, given: Mapping[str, Sequence[int]]) -> str:
    """Whether the columns that the user named are those of quotes or of books."""
    return "book" if any(is_list(sample, i) for role in ("bid", "ask")
                         for i in given.get(role, ())) else "quote"


def _all(levels: Mapping[int | None, list[int]]) -> list[int]:
    return [i for found in levels.values() for i in found]


def is_list(sample: Sample, index: int) -> bool:
    """Whether the cells of a column are lists."""
    return sample.kind(index) == LIST or any(
        cell.startswith("[") for cell in sample.filled(index, 1))


def choose(sample: Sample, given: Mapping[str, list[int]], kind: str) -> Market:
    """The columns of a file of quotes or books; `given` are those that the user named.

    Raises DataError where some are missing or ambiguous.
    """
    found = _of_kind(sample, by_name(sample), kind)
    columns: dict[str, list[int | None]] = {}
    for role in MARKET:
        columns[role] = ([*given[role]] or [None] if role in given
                         else _levels(sample, found, role, kind))
    _check_sides(sample, columns, kind)
    lists = {is_list(sample, i) for i in columns["bid"] + columns["ask"] if i is not None}
    if True in lists:
        return _of_lists(sample, columns, kind)
    for role in ("bid", "ask"):
        _check_quantities(columns, role, kind)
        _check_numbers(sample, columns, role)
    levels = max(map(len, columns.values()))
    return Market(tuple((*columns[role], *[None] * levels)[:min(levels, MOST_LEVELS)]
                        for role in MARKET), "columns", levels)


def _of_kind(sample: Sample, found: Found, kind: str) -> Found:
    """Those columns that are lists, where books are in lists; of quotes those that are none."""
    lists = {i for levels in found.values() for i in _all(levels) if is_list(sample, i)}
    wants_lists = kind == "book" and bool(lists & {*_all(found["bid"])})
    kept: Found = {}
    for role, levels in found.items():
        fit = {level: [i for i in columns if (i in lists) == wants_lists]
               for level, columns in levels.items()}
        kept[role] = {level: columns for level, columns in fit.items() if columns}
    return kept if any(kept["bid"].values()) else found


def _levels(sample: Sample, found: Found, role: str, kind: str) -> list[int | None]:
    """The columns of one of MARKET by level."""
    levels = found[role]
    price = found[role.removesuffix("_qty")]
    whole = None in levels and (kind == "quote" or len(price) == 1)
    if whole or not levels:
        return [_only(sample, levels[None], role)] if whole else []
    numbers = sorted(level for level in levels if level is not None)
    starts = [min(level for level in found[other] if level is not None) for other in MARKET
              if any(level is not None for level in found[other])]
    start = min(starts, default=0)
    if start > 1:
        raise DataError(f"its levels begin with {start}: name {_WORDS[role]} best first with "
                        f'map="{role}=A+B"')
    if kind == "quote":
        numbers = [n for n in numbers if n == start]
    elif numbers[-1] - start >= len(numbers):
        lacking = next(at for at, number in enumerate(numbers, start) if at != number)
        raise DataError(f"has levels {start} to {numbers[-1]} of {_WORDS[role]}, but none for level"
                        f' {lacking}: name them, best first, with map="{role}=A+B"')
    return [_only(sample, levels[number], role) for number in numbers]


def _only(sample: Sample, found: list[int], role: str) -> int:
    if len(found) > 1:
        one, other = (sample.names[i] for i in found[:2])
        raise DataError(f"has two columns that may be {_WORDS[role]}, {one!r} and {other!r}: name "
                        f'it with map="{role}={one}"')
    return found[0]


def _check_sides(sample: Sample, columns: Mapping[str, list[int | None]], kind: str) -> None:
    for role in ("bid", "ask"):
        if not any(i is not None for i in columns[role]):
            raise DataError(f"has no column for {_WORDS[role]} among "
                            f'{", ".join(sample.names)[:300]}; name it with map="{role}=COLUMN"')


def _check_quantities(columns: Mapping[str, list[int | None]], role: str, kind: str) -> None:
    """Raises DataError where prices of a side lack their quantities."""
    prices, sizes = columns[role], columns[f"{role}_qty"]
    if sizes == [None]:  # mapped to none
        return
    if not sizes and kind == "quote":
        raise DataError(f"holds quotes, but no column for {_WORDS[role + '_qty']}: name them with "
                        'map="bid_qty=COLUMN,ask_qty=COLUMN"; if there are none, '
                        'map="bid_qty=none,ask_qty=none" reads each as 0')
    if len(sizes) != len(prices):
        raise DataError(f"has {len(prices)} levels of {_WORDS[role]} and {len(sizes)} of "
                        f'{_WORDS[role + "_qty"]}: name them, best first, with '
                        f'map="{role}_qty=A+B"')


def _check_numbers(sample: Sample, columns: Mapping[str, list[int | None]], role: str) -> None:
    """Raises DataError where a column has no number at all."""
    for name in (role, f"{role}_qty"):
        for index in columns[name]:
            cells = [] if index is None else [
                cell for cell in sample.filled(index, 100) if cell.lower() not in BLANKS]
            if index is not None and cells and not np.isfinite(sample.reals(index)).any():
                raise DataError(f"its column {sample.names[index]!r} holds {cells[0][:30]!r}, no "
                                f'number: name another with map="{name}=COLUMN"')


def best_prices(sample: Sample, market: Market) -> NDArray[np.float64]:
    """The best bid of each row, NaN where there is none; of lists the first price in each."""
    best = market.columns[0][0]
    if best is None:
        return np.full(sample.rows, np.nan)
    return sample.reals(best) if market.form == "columns" else sample.first_prices(best)


def _of_lists(sample: Sample, columns: Mapping[str, list[int | None]], kind: str) -> Market:
    one = {role: tuple(found) for role, found in columns.items()}
    sizes = {one[role] for role in ("bid_qty", "ask_qty")}
    if any(len(found) > 1 for found in one.values()) or (len({*map(len, sizes)}) > 1):
        raise DataError("its sides are neither all lists nor all numbers: name the columns with "
                        'map="bid=COLUMN,ask=COLUMN"')
    if kind == "quote":
        raise DataError('holds lists of levels, books: kind="book" reads them')
    if sizes == {()}:
        return Market((one["bid"], one["bid"], one["ask"], one["ask"]), "pairs", 0)
    return Market(tuple(one[role] for role in MARKET), "lists", 0)
