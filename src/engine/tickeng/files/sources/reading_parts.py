"""Parts of the decision how a file is read, which those of several kinds have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tickeng.errors import DataError
from tickeng.files.sources import clocks, markets, quantities, sides
from tickeng.files.sources import columns as names_
from tickeng.files.sources.options import Options
from tickeng.files.sources.sample import Sample

_FRACTIONS = ("updatemillisec", "millisec", "millisecond", "milliseconds", "microsec",
              "microsecond", "microseconds")


def sound(sample: Sample, times: clocks.Clocks, amounts: quantities.Amounts,
          options: Options) -> Sample:
    """The rows whose time, price and quantity can be read: broken ones decide nothing."""
    price, qty = (sample.reals(i) for i in (amounts.price, amounts.qty))
    whole = (times.ts.ns > 0) & np.isfinite(price) & np.isfinite(qty)
    return sample.only(whole.tolist()) if whole.any() and not whole.all() else sample


def side_of(sample: Sample, plain: list[str], given: dict[str, list[int]],
            options: Options) -> sides.Sides | None:
    """The side column; with `qty_sign` only to see that there is none that it would contradict."""
    if not options.qty_sign or "side" in given or "maker" in given:
        return sides.choose(sample, plain, given, options)
    try:
        return sides.choose(sample, plain, given, options._replace(sides=None, side_is=None))
    except DataError:
        if not names_.candidates(plain, names_.SIDES):
            return None
        raise


def ids_of(
    sample: Sample, found: list[int], wanted: str
) -> tuple[list[int], bool, tuple[str, ...]]:
    """The column of ids, if it is read, whether they are texts (no integers of 64 bits), a note.

    `wanted`: "integer" reads integers, and a row that has none is bad; "lenient" reads integers,
    and a row that has none is kept without; "any" reads texts too, as numbers that stand for them;
    "none" reads none.
    """
    if wanted == "none":
        return [], False, ()
    if not found or sample.integers(found[0]):
        return found, False, ()
    note = f"not all ids in {sample.names[found[0]]} are integers: their gaps are not counted"
    return found if wanted == "any" else [], wanted == "any", (
        () if wanted == "integer" else (note,))


def check_live(sample: Sample, side: sides.Sides | None) -> None:
    """Raises DataError where the rows that have come of a pipe are too few to decide."""
    if sample.live and side is not None and not sides.unmistakable(side, sample):
        raise DataError(
            f"the first row of the pipe has {sample.values(side.index)[:1]} as its side, which "
            'does not say what the others mean: tell it with sides="buy=VALUE,sell=VALUE"')


def roles_of(columns: int, used: Mapping[str, int], others: Mapping[str, int | None],
             symbols: Sequence[int], events: Sequence[int]) -> tuple[str, ...]:
    roles = ["ignore"] * columns
    for role, index in (*((role, i) for role, i in others.items() if i is not None),
                        *used.items(), *(("symbol", i) for i in symbols),
                        *(("event", i) for i in events)):
        roles[index] = role
    return tuple(roles)


def check_fraction(sample: Sample, plain: list[str], ts: clocks.TimeColumn) -> None:
    """Raises DataError where the milliseconds of the times stand in a column of their own."""
    for index, name in enumerate(plain):
        if name in _FRACTIONS and ts.step_ns >= 10**9 and sample.filled(index, 1):
            raise DataError(f"its times are whole seconds, and its column {sample.names[index]!r} "
                            "has their fractions: write both into one column, and name that with "
                            'map="ts=COLUMN"')


def check_scale(sample: Sample, price: int | None, qty: int | None, options: Options) -> None:
    if price is not None:
        quantities.check_scale(sample, price, price if qty is None else qty, sample.reals(price),
                               options)


def with_market(roles: tuple[str, ...], ts: int, market: markets.Market) -> tuple[str, ...]:
    found = [*roles]
    for role, columns in zip(reversed(names_.MARKET), reversed(market.columns), strict=True):
        for index in columns:
            if index is not None:
                found[index] = role
    found[ts] = "ts"
    return tuple(found)
