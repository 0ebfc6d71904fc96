"""What a source yields: columns of trades, and the rows that could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not a trade: its number, the reason, its text and how it may be mended."""

    row: int
    reason: str
    text: str
    symbol: str | None = None
    hint: str = ""


@dataclass(slots=True)
class TradeBatch:
    """Trades in file order, arrays of one length.

    ts_ns int64 (ns UTC), price and qty float64, side int8 (+1 buyer took, -1 seller took, 0
    unknown), symbol uint32 indices into `symbols` or None (all are symbols[0]), row int64 (1-based
    data row of the file), recv_ns and id int64 or None. `rejects` are this stretch's unreadable
    rows, `rejected` their exact count by reason, `rows_end` the data rows consumed so far.
    """

    ts_ns: NDArray[Any]
    price: NDArray[Any]
    qty: NDArray[Any]
    side: NDArray[Any]
    symbol: NDArray[Any] | None
    symbols: list[str]
    row: NDArray[Any]
    recv_ns: NDArray[Any] | None = None
    id: NDArray[Any] | None = None
    rejects: list[Reject] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    rows_end: int = 0
