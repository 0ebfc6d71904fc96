"""What a source yields: events as columns, and the rows it refused.

A batch covers a fixed stretch of data rows, accepted and refused together, so that its limits do
not depend on how the bytes arrived. Rows are numbered from 1, the header not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickeng.files.values import Values, is_refused, take

__all__ = ["INPUT_COLUMNS", "NO_ID", "NUMBERS", "SEVERAL", "VALUES", "EventBatch", "Reject",
           "none_of", "plural"]
INPUT_COLUMNS = {  # of every trade, with the types that outputs give them
    "ts_ns": "int64", "symbol": "str", "price": "float64", "qty": "float64", "side": "int8",
}
_BOTH_SIDES = dict.fromkeys(("bid", "bid_qty", "ask", "ask_qty"), np.float64)
VALUES: dict[str, dict[str, type[np.generic]]] = {  # by kind; of books each is float64[n, levels]
    "trade": {"price": np.float64, "qty": np.float64, "side": np.int8},
    "quote": {**_BOTH_SIDES},
    "book": {**_BOTH_SIDES},
    "delta": {"snapshot": np.uint8, "first": np.int64, "last": np.int64, "previous": np.int64,
              "bids": np.uint32, "asks": np.uint32, "price": np.float64, "qty": np.float64},
}
NUMBERS = ("first", "last", "previous")  # of the updates in a delta
NO_ID = int(np.iinfo(np.int64).min)  # stands for no id
SEVERAL = "several"  # the kind of a source whose events are of several
_PLURALS = {"delta": "changes of books", SEVERAL: "events of several kinds"}


def plural(kind: str) -> str:
    """Events of a kind as messages call them, such as "trades"."""
    return _PLURALS.get(kind, f"{kind}s")


class Reject(NamedTuple):
    """A row that is no event: why, its first 200 bytes, its symbol if known, what may help; of a
    file of several kinds its own, if known.

    ``fed``: it stands for a message that is among the events all the same (see `messages`), and is
    counted by what takes these.
    """

    row: int
    reason: str
    text: str
    symbol: str | None
    hint: str = ""
    kind: str = ""
    fed: bool = False


@dataclass(slots=True, eq=False)
class EventBatch:
    """Events of one kind, of one stretch of a source; arrays of one length n.

    ``ts_ns`` int64 ns UTC, ``values`` the columns of its ``kind``, as VALUES has them: ``side`` is
    +1 buyer took, -1 seller took, 0 unknown; an empty side of a quote and what is behind the last
    level of a book have the price NaN and the quantity 0. A delta is a message of changes to a
    book: ``snapshot`` 1 if it replaces the book, the update ids ``first``, ``last`` and
    ``previous`` (of the message before; NO_ID: not told), the numbers of ``bids`` and ``asks`` it
    changes, and ``price`` and ``qty`` of all these levels in one run, each message's bids before
    its asks. ``symbol`` uint32 codes into ``symbols`` (None: every row is ``symbols[0]``), ``row``
    int64, ``recv_ns`` and ``id`` int64 or None; ids are those of trades or of updates.
    ``rejects`` lists every refused row of the stretch, ``rows_end`` is the number of the stretch's
    last row: the position to resume from, ``filtered`` counts its rows of kinds that are not kept.
    ``seq`` int64 numbers the events in the order of their arrival over all kinds of a file; None
    where nothing but ``row`` tells it. ``more``: the next batch is of another kind and of the same
    stretch, and ``row`` gives the order of both. ``of_rows``: the rows that its events and rejects
    were made of, None where each is one.
    """

    kind: str
    ts_ns: NDArray[np.int64]
    values: dict[str, NDArray[Any]]
    symbol: NDArray[np.uint32] | None
    symbols: list[str]
    row: NDArray[np.int64]
    recv_ns: NDArray[np.int64] | None = None
    id: NDArray[np.int64] | None = None
    rejects: list[Reject] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    rows_end: int = 0
    filtered: int = 0
    seq: NDArray[np.int64] | None = None
    more: bool = False
    of_rows: int | None = None

    @property
    def known(self) -> int:
        """The rows of the file that it accounts for."""
        whole = len(self) + sum(self.rejected.values())
        return whole if self.of_rows is None else self.of_rows

    @classmethod
    def of(cls, kind: str, columns: Mapping[str, Any], symbols: list[str],
           symbol: NDArray[np.uint32] | None = None) -> EventBatch:
        """A batch of columns from elsewhere than a file, by their names; rows count from 1."""
        values = {name: np.ascontiguousarray(columns[name], dtype)
                  for name, dtype in VALUES[kind].items()}
        row = np.arange(1, len(columns["ts_ns"]) + 1)
        return cls(kind, columns["ts_ns"], values, symbol, symbols, row, columns.get("recv_ns"),
                   columns.get("id"), rows_end=len(row), seq=columns.get("seq"))

    def __len__(self) -> int:
        return len(self.ts_ns)

    @property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Time, values, and receive times and ids where there are any, by name."""
        optional = {"recv_ns": self.recv_ns, "id": self.id}
        return {"ts_ns": self.ts_ns, **self.values,
                **{name: column for name, column in optional.items() if column is not None}}

    def take(self, which: slice | NDArray[Any]) -> EventBatch:
        """The events that a slice, a mask or an array of indices selects, in its order; rejects
        and counts stay as they are."""
        def taken(column: NDArray[Any] | None) -> Any:
            return None if column is None else np.ascontiguousarray(column[which])

        values = {name: np.ascontiguousarray(column)
                  for name, column in take(self.kind, self.values, which).items()}
        return EventBatch(
            self.kind, taken(self.ts_ns), values, taken(self.symbol),
            self.symbols, taken(self.row), taken(self.recv_ns), taken(self.id),
            self.rejects, self.rejected, self.rows_end, self.filtered,
            taken(self.seq), self.more, self.of_rows,
        )

    def accepted(self) -> EventBatch:
        """Without those that stand for refused messages."""
        if not any(reject.fed for reject in self.rejects):
            return self
        return self.take(~is_refused(self.values))

    def after(self, row: int) -> EventBatch:
        """The part of the batch behind `row`."""
        part = self.take(slice(int(np.searchsorted(self.row, row, side="right")), None))
        part.rejects = [reject for reject in self.rejects if reject.row > row]
        part.rejected = count_reasons(part.rejects)
        return part


def none_of(kind: str) -> Values:
    """The values of no event of a kind."""
    return {name: np.empty((0, 1) if kind == "book" else 0, dtype)
            for name, dtype in VALUES[kind].items()}


def count_reasons(rejects: list[Reject]) -> dict[str, int]:
    return dict(Counter(reject.reason for reject in rejects))
