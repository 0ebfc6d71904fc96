"""The law of counters: `in = processed + duplicate + late + rejected + dropped + held`, per symbol.

`in` is counted where rows come in and the ends where rows end, in different places, so that a row
that is lost or counted twice shows. Rows without a readable symbol belong to `?`; rows that a
filter leaves out are not `in`.
"""

from collections.abc import Mapping
from typing import Any

from ..errors import ConservationError

UNKNOWN = "?"  # the symbol of rows that tell none

ENDS = ("processed", "duplicate", "late", "rejected", "dropped", "held")

Counts = Mapping[str, Any]


def ended(counts: Counts) -> int:
    """Rows of one symbol that are accounted for."""
    return sum(counts.get(end, 0) for end in ENDS)


def known(counters: Mapping[str, Counts]) -> dict[str, int]:
    """Rows accounted for, per symbol."""
    return {symbol: ended(counts) for symbol, counts in counters.items()}


def faults(
    came_in: Mapping[str, int], counters: Mapping[str, Counts]
) -> list[ConservationError]:
    """An error for each symbol that breaks the law; `came_in` is the count of its rows."""
    found = []
    for symbol in sorted(came_in.keys() | counters.keys()):
        counts, rows = counters.get(symbol, {}), came_in.get(symbol, 0)
        if not ended(counts) == rows == counts.get("in", ended(counts)):
            found.append(unaccounted(symbol, rows, counts))
    return found


def check(came_in: Mapping[str, int], counters: Mapping[str, Counts]) -> None:
    """Hold counters against the rows that came in.

    Raises:
        ConservationError: names the first symbol that breaks the law, with its numbers.
    """
    for fault in faults(came_in, counters):
        raise fault


def unaccounted(symbol: str, came_in: int, counts: Counts) -> ConservationError:
    """The error of a symbol that breaks the law."""
    parts = " + ".join(f"{counts.get(end, 0):,} {end}" for end in ENDS if counts.get(end, 0))
    return ConservationError(
        f"{symbol}: {came_in:,} rows came in, but {ended(counts):,} are accounted for"
        f" ({parts or 'none'}; in {counts.get('in', came_in):,}); do not use the output, and report"
        " this with what `tickeng doctor` prints", symbol, came_in, counts,
    )


def check_file(name: str, rows: int, known: int, filtered: int = 0) -> None:
    """Hold the rows of a file, as it numbers them, against those given to it or taken from it; rows
    that are filtered are numbered in some formats and in others not.

    Raises:
        ConservationError: some are missing, or given twice.
    """
    if rows not in (known, known + filtered):
        raise unaccounted(name, rows, {"processed": known, "in": rows})
