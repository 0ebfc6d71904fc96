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

__all__ = ["INPUT_COLUMNS", "NO_ID", "VALUES", "EventBatch", "Reject"]
INPUT_COLUMNS = {  # of every trade, with the types that outputs give them
    "ts_ns": "int64", "symbol": "str", "price": "float64", "qty": "float64", "side": "int8",
}
_BOTH_SIDES = dict.fromkeys(("bid", "bid_qty", "ask", "ask_qty"), np.float64)
VALUES: dict[str, dict[str, type[np.generic]]] = {  # by kind; of books each is float64[n, levels]
    "trade": {"price": np.float64, "qty": np.float64, "side": np.int8},
    "quote": {**_BOTH_SIDES},
    "book": {**_BOTH_SIDES},
}
NO_ID = int(np.iinfo(np.int64).min)  # stands for no id


class Reject(NamedTuple):
    """A row that is no event: why, its first 200 bytes, its symbol if known, what may help."""

    row: int
    reason: str
    text: str
    symbol: str | None
    hint: str = ""


@dataclass(slots=True, eq=False)
class EventBatch:
    """Events of one kind, of one stretch of a source; arrays of one length n.

    ``ts_ns`` int64 ns UTC, ``values`` the columns of its ``kind``, as VALUES has them: ``side`` is
    +1 buyer took, -1 seller took, 0 unknown; an empty side of a quote and what is behind the last
    level of a book have the price NaN and the quantity 0. ``symbol`` uint32 codes into ``symbols``
    (None: every row is ``symbols[0]``), ``row`` int64, ``recv_ns`` and ``id`` int64 or None; ids
    are those of trades or of updates. ``rejects`` lists every refused row of the stretch,
    ``rows_end`` is the number of the stretch's last row: the position to resume from,
    ``filtered`` counts its rows of kinds that are not kept.
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

    @classmethod
    def of(cls, kind: str, columns: Mapping[str, Any], symbols: list[str],
           symbol: NDArray[np.uint32] | None = None) -> EventBatch:
        """A batch of columns from elsewhere than a file, by their names; rows count from 1."""
        values = {name: np.ascontiguousarray(columns[name], dtype)
                  for name, dtype in VALUES[kind].items()}
        row = np.arange(1, len(columns["ts_ns"]) + 1)
        return cls(kind, columns["ts_ns"], values, symbol, symbols, row, columns.get("recv_ns"),
                   columns.get("id"), rows_end=len(row))

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

        return EventBatch(
            self.kind, taken(self.ts_ns),
            {name: taken(column) for name, column in self.values.items()}, taken(self.symbol),
            self.symbols, taken(self.row), taken(self.recv_ns), taken(self.id),
            self.rejects, self.rejected, self.rows_end, self.filtered,
        )

    def after(self, row: int) -> EventBatch:
        """The part of the batch behind `row`."""
        part = self.take(slice(int(np.searchsorted(self.row, row, side="right")), None))
        part.rejects = [reject for reject in self.rejects if reject.row > row]
        part.rejected = count_reasons(part.rejects)
        return part


def count_reasons(rejects: list[Reject]) -> dict[str, int]:
    return dict(Counter(reject.reason for reject in rejects))
