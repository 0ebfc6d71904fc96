"""How fields are read, as decided for a whole file: what travels to the parsers."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

EARLIEST_NS, LATEST_NS = 631_152_000 * 10**9, 4_102_444_800 * 10**9  # 1990, 2100


class Clock(NamedTuple):
    """How a time column is read.

    ``unit``: auto, iso, s, ms, us, ns or pattern. ``any_range``: the unit was stated by the user,
    so times outside 1990..2100 are believed. ``pattern``: directives of strptime (%Y %m %d %H %M
    %S %f ...) for unit "pattern". ``zone``: (UTC second from which it holds, offset in seconds) in
    rising order, for texts without an offset; () is UTC. ``day``: (offset ns, switch ms, offset ns
    after the switch) for milliseconds since local midnight. ``offsets``: either, with or without;
    a text that has an offset where the file's have none, or the other way round, ends the file.
    """

    unit: str = "auto"
    any_range: bool = False
    pattern: str = ""
    zone: tuple[tuple[int, int], ...] = ()
    day: tuple[int, int, int] | None = None
    offsets: str = "either"


class SideRule(NamedTuple):
    """What the texts of a side column mean: +1 the buyer took, -1 the seller took, 0 unknown.

    ``words`` hold trimmed texts; those that are numbers match by value. Without ``exact`` they are
    in lower case and match any case. ``other``: the sign of every other text; None: there is no
    other, one that comes contradicts what was decided and ends the file.
    """

    words: tuple[tuple[str, int], ...]
    exact: bool = False
    other: int | None = None


class Scale(NamedTuple):
    """Stored number to real one: times ``multiplier``, or exactly divided by 10^``places``."""

    multiplier: float = 1.0
    places: int = 0

    @classmethod
    def of(cls, value: Decimal | None) -> Scale:
        """1e-9 divides by 10^9; what is no negative power of ten multiplies."""
        if value is None or value == 1:
            return cls()
        sign, digits, exponent = value.normalize().as_tuple()
        if not sign and digits == (1,) and isinstance(exponent, int) and -22 <= exponent < 0:
            return cls(places=-exponent)
        return cls(multiplier=float(value))


OF_SNAPSHOT, GONE, OTHER = 1, 2, 4  # a row of a snapshot, of a level that goes, of another kind


class Layout(NamedTuple):
    """Delimited text: a role for each column (see ``_io.ROLES``), and how fields are read.

    ``side``: the words of the column of role "side" or "maker". ``signed_qty``: a negative
    quantity is a sell, a positive one a buy, zero has no side; the quantity is its size.
    ``events``: (text, whether it is kept) for each column of role "event", any case, * for all
    others; without it a text that is not listed ends the file, and a blank one costs the row.
    ``decimal_comma``: 1,5 is one and a half. ``text_ids``: ids are texts, and are hashed.
    ``lenient_ids``: one that is no integer is none, and its row is kept. ``line_end``: a newline,
    or the carriage return of old files. Roles "date" and "ts": the text of the time is date, blank,
    ts. Several columns of role "symbol" are joined by a colon, in the order of ``symbol_columns``
    if that is given. ``market``: of quotes and books the columns of the bids' prices, of their
    quantities, and of those of the asks, as many of each, best first; None is a column that is not
    there. ``is_delta``: rows are levels that changed, their side +1 for bids; ``changes``: (text,
    what it says: OF_SNAPSHOT, GONE, OTHER or 0) for each column of role "snapshot", * for all
    others.
    ``form``: columns of numbers, of lists, or of pairs (see `markets.Market`). ``known``:
    (column, the texts that it may have); another one ends the file.
    """

    roles: tuple[str, ...]
    symbol_columns: tuple[int, ...] = ()
    known: tuple[tuple[int, tuple[str, ...]], ...] = ()
    delimiter: str = ","
    ts: Clock = Clock()
    recv: Clock = Clock()
    market: tuple[int | None, ...] = ()
    is_book: bool = False
    form: str = "columns"
    is_delta: bool = False
    changes: tuple[tuple[tuple[str, int], ...], ...] = ()
    price_scale: Scale = Scale()
    qty_scale: Scale = Scale()
    side: SideRule | None = None
    signed_qty: bool = False
    events: tuple[tuple[tuple[str, bool], ...], ...] = ()
    decimal_comma: bool = False
    text_ids: bool = False
    lenient_ids: bool = False
    line_end: str = "\n"

    @property
    def symbols(self) -> tuple[int, ...]:
        """The columns that name the symbol, in the order in which they are joined."""
        return self.symbol_columns or tuple(
            i for i, role in enumerate(self.roles) if role == "symbol")
