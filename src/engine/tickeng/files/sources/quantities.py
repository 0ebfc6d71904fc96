"""Price and quantity: which columns, in which unit they are stored, and what a sign means.

Whole numbers far above any price are doubted: they are stored in units of a fixed scale or are not
prices. Of two columns that may be the quantity one is often the turnover, price times quantity.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import ConfigError, DataError
from tickeng.files.sources import columns as names_
from tickeng.files.sources.options import Options
from tickeng.files.sources.sample import Sample
from tickeng.files.sources.sides import own_columns

Reals = NDArray[np.float64]

DOUBTFUL_PRICE = 1e10  # a coin in Iranian rials costs 1e11, so that a scale of 1 may be meant
DOUBTFUL_QTY, DOUBTFUL_STEP = 10**8, 10**6
_WHOLE = re.compile(r"[-+]?\d+(\.0*)?|[-+]?\d(\.\d+)?[eE]\+?\d+")
_TWICE = re.compile(r"(?i)\b(b|buys?) ?\+ ?(s|sells?)\b")
SENTINELS = (2.0**63, 2.0**64, 2.0**63 / 1e9, 1.7976931348623157e308)


class Amounts(NamedTuple):
    """The columns of price and quantity; ``signed``: the quantity's sign is the side."""

    price: int
    qty: int
    signed: bool


def choose(sample: Sample, plain: Sequence[str], given: dict[str, list[int]], taken: set[int],
           options: Options) -> Amounts:
    """The columns, checked against the sample. Raises DataError, ConfigError."""
    price = _price(sample, plain, given, taken)
    prices = sample.reals(price)
    qty = _quantity(sample, plain, given, taken | {price}, prices)
    check_scale(sample, price, qty, prices, options)
    return Amounts(price, qty, options.qty_sign == "side")


def _price(sample: Sample, plain: Sequence[str], given: dict[str, list[int]],
           taken: set[int]) -> int:
    if given.get("price"):
        return given["price"][0]
    found = [i for i in names_.candidates(plain, names_.PRICES) if i not in taken]
    if not found:
        raise DataError(f"has no column for price among {', '.join(sample.names)[:300]}; "
                        'name it with map="price=COLUMN"')
    return found[0]


def _quantity(sample: Sample, plain: Sequence[str], given: dict[str, list[int]], taken: set[int],
              prices: Reals) -> int:
    if given.get("qty"):
        return given["qty"][0]
    if own_columns(sample.names):  # whose `size` is the decision's
        return sample.names.index("qty")
    found = [i for i in names_.candidates(plain, names_.QUANTITIES) if i not in taken]
    if not found:  # the size, where there is no other and it is no side or symbol
        found = [i for i, name in enumerate(plain) if name == "s" and i not in taken
                 and np.isfinite(sample.reals(i)).any()]
    if not found:
        raise DataError(f"has no column for qty among {', '.join(sample.names)[:300]}; "
                        'name it with map="qty=COLUMN"')
    best = found[0]
    for other in found[1:]:
        best = _base(sample, best, other, prices)
    return best


def _base(sample: Sample, one: int, other: int, prices: Reals) -> int:
    """Of two quantities the one that is not price times the other."""
    a, b = np.abs(sample.reals(one)), np.abs(sample.reals(other))
    known = np.isfinite(a) & np.isfinite(b) & np.isfinite(prices) & (prices > 0)
    if not known.any() or bool((a == b)[known].all()):
        return one
    if _close(b, a * prices, known):
        return one
    if _close(a, b * prices, known):
        return other
    raise DataError(f"has two columns that may be the quantity, {sample.names[one]!r} and "
                    f"{sample.names[other]!r}: name it with "
                    f'map="qty={sample.names[one]}" or map="qty={sample.names[other]}"')


def _close(turnover: Reals, product: Reals, known: NDArray[np.bool_]) -> bool:
    gap = np.abs(turnover - product)[known]
    return bool((gap <= 0.01 * np.abs(product)[known] + 0.02).mean() > 0.9)


def check_scale(sample: Sample, price: int, qty: int, prices: Reals, options: Options) -> None:
    """Raises DataError for numbers that look stored in a fixed unit that nobody gave."""
    if options.qty_scale is None and _TWICE.search(sample.names[qty]):
        raise DataError(f"its column {sample.names[qty]!r} counts buys and sells, and so each "
                        'trade twice: give qty_scale="0.5", or qty_scale="1" if it does not')
    if options.price_scale is None:
        usual = np.flatnonzero(np.isfinite(prices) & (prices > 0))
        if len(usual) and prices[usual].max() >= DOUBTFUL_PRICE:
            usual = usual[~np.isin(prices[usual], SENTINELS)]
        if len(usual) and prices[usual].max() >= DOUBTFUL_PRICE and all(
                _WHOLE.fullmatch(sample.cells(price)[row]) for row in usual):
            shown = sample.cells(price)[usual[int(prices[usual].argmax())]]
            raise DataError(f"its prices are whole numbers such as {shown}, which look stored in a "
                            'fixed unit: give it with price_scale="1e-9" (or 1e-8, 1e-4; '
                            'price_scale="1" if they are prices)')
    if options.price_scale is not None and options.qty_scale is None and not options.qty_sign:
        sizes = sample.reals(qty)
        whole = sizes[np.isfinite(sizes) & (sizes > 0) & (sizes < 2.0**53)]
        if len(whole) and (whole == np.rint(whole)).all() and whole.min() >= DOUBTFUL_QTY:
            step = int(np.gcd.reduce(whole.astype(np.int64)))
            if step >= DOUBTFUL_STEP:
                raise DataError("its quantities are whole multiples of "
                                f"{step}, which look stored in a fixed unit as the prices are: "
                                'give it with qty_scale="1e-9" (qty_scale="1" if they are not)')


def check_prices(cells: Sequence[str]) -> None:
    """Raises DataError where a format without a scale has prices stored in a fixed unit."""
    doubtful = [cell for cell in cells if _WHOLE.fullmatch(cell) and float(cell) >= DOUBTFUL_PRICE]
    if doubtful:
        raise DataError(f"its prices are whole numbers such as {doubtful[0]}, which look stored in "
                        'a fixed unit: name its columns with header="..." and give the unit, such '
                        'as price_scale="1e-9"')


def check_signs(sample: Sample, amounts: Amounts, side: str | None, options: Options) -> None:
    """Raises DataError for negative quantities that nobody explained, ConfigError for both."""
    if options.qty_sign and side is not None:
        raise ConfigError(f"qty_sign takes the side from the quantity, but the column {side!r} has "
                          "one: give one of them")
    if options.qty_sign:
        return
    sizes = sample.reals(amounts.qty)
    below = np.flatnonzero(sizes < 0)
    if len(below):
        raise DataError(negative(sample.names[amounts.qty], sample.cells(amounts.qty)[below[0]],
                                 sample.number(int(below[0])), side))


def negative(column: str, cell: str, row: int | None, side: str | None) -> str:
    """What to say of a quantity below zero."""
    where = f" (row {row})" if row else ""
    remedy = ('qty_sign="side"' if side is None
              else f'map="side=none" with qty_sign="side", which leaves {side!r} out')
    return (f"its column {column!r} holds {cell}{where}, a quantity below zero: if the sign says "
            f"who took (negative is a sell), give {remedy}")


def decimal_text(value: Decimal) -> str:
    """A scale as the user would write it."""
    return f"{value.normalize():E}".replace("E+", "e").replace("E", "e")
