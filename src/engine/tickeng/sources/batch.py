"""What a source yields: trades as columns, and the rows it refused.

A batch covers a fixed stretch of data rows, accepted and refused together, so that its limits do
not depend on how the bytes arrived. Rows are numbered from 1, the header not counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tickeng._io import REASONS

if TYPE_CHECKING:
    from tickeng.sources.reading import Reading

__all__ = ["NO_ID", "REASONS", "Reader", "Reject", "TradeBatch"]
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


class Reader(Protocol):
    """One format's half of a Source: it turns content into batches and knows nothing of files.

    ``columns`` are the file's column names, ``roles`` says what each is read as. ``has_side`` and
    ``has_recv`` say whether the content carries them, ``reading`` what was decided of it.
    """

    @property
    def reading(self) -> Reading: ...

    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def roles(self) -> dict[str, str]: ...
    @property
    def symbols(self) -> list[str]: ...
    @property
    def has_side(self) -> bool: ...
    @property
    def has_recv(self) -> bool: ...

    def batches(self, start_row: int) -> Iterator[TradeBatch]:
        """Batches behind data row `start_row`. Raises DataError with the row, without the file."""
        ...
