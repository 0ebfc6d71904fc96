"""What a source yields: trades as columns, and the rows it refused.

A batch covers a fixed stretch of data rows, accepted and refused together, so that its limits do
not depend on how the bytes arrived. Rows are numbered from 1, the header not counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["INPUT_COLUMNS", "NO_ID", "Reject", "TradeBatch"]
INPUT_COLUMNS = {  # of every trade, with the types that outputs give them
    "ts_ns": "int64", "symbol": "str", "price": "float64", "qty": "float64", "side": "int8",
}
NO_ID = int(np.iinfo(np.int64).min)  # stands for no id


class Reject(NamedTuple):
    """A row that is no trade: why, its first 200 bytes, its symbol if known, what may help."""

    row: int
    reason: str
    text: str
    symbol: str | None
    hint: str = ""


@dataclass(slots=True, eq=False)
class TradeBatch:
    """Trades of one stretch of a source; arrays of one length n.

    ``ts_ns`` int64 ns UTC, ``price`` and ``qty`` float64, ``side`` int8 (+1 buyer took, -1 seller
    took, 0 unknown), ``symbol`` uint32 codes into ``symbols`` (None: every row is ``symbols[0]``),
    ``row`` int64, ``recv_ns`` and ``id`` int64 or None. ``rejects`` lists every refused row of the
    stretch, ``rows_end`` is the number of the stretch's last row: the position to resume from,
    ``filtered`` counts its rows of kinds that are not kept.
    """

    ts_ns: NDArray[np.int64]
    price: NDArray[np.float64]
    qty: NDArray[np.float64]
    side: NDArray[np.int8]
    symbol: NDArray[np.uint32] | None
    symbols: list[str]
    row: NDArray[np.int64]
    recv_ns: NDArray[np.int64] | None
    id: NDArray[np.int64] | None
    rejects: list[Reject] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    rows_end: int = 0
    filtered: int = 0

    def __len__(self) -> int:
        return len(self.ts_ns)

    def after(self, row: int) -> TradeBatch:
        """The part of the batch behind `row`."""
        keep = slice(int(np.searchsorted(self.row, row, side="right")), None)
        rejects = [reject for reject in self.rejects if reject.row > row]
        return TradeBatch(
            self.ts_ns[keep], self.price[keep], self.qty[keep], self.side[keep],
            None if self.symbol is None else self.symbol[keep], self.symbols, self.row[keep],
            None if self.recv_ns is None else self.recv_ns[keep],
            None if self.id is None else self.id[keep],
            rejects, count_reasons(rejects), self.rows_end, self.filtered,
        )


def count_reasons(rejects: list[Reject]) -> dict[str, int]:
    return dict(Counter(reject.reason for reject in rejects))
