"""What every source has in common: identity, progress, side and clock rules, batches."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tickeng._io import TickRule
from tickeng.errors import DataError, TickengError
from tickeng.sources.batch import TradeBatch
from tickeng.sources.raw import Raw


@dataclass(frozen=True, slots=True)
class Clock:
    """How a time column is read: its unit ("auto": by the first row's size), whether any range is
    allowed, and for times of day the UTC offsets of that day (see `lean`)."""

    unit: str = "auto"
    any_range: bool = False
    day: tuple[int, int, int] | None = None


@dataclass(slots=True)
class Options:
    """The keyword arguments of open_source."""

    columns: dict[str, str] | None = None
    header: list[str] | None = None
    time_unit: str | None = None
    symbol: str | None = None
    infer_side: str | None = None
    date: str | None = None
    clock: str = "event"
    block_rows: int = 65_536

    def time(self) -> Clock:
        """The clock of a plain time column."""
        return Clock(self.time_unit or "auto", self.time_unit is not None)


class Source:
    """Trades of one file. `batches(start_row)` yields TradeBatch; errors name the file.

    Subclasses give `_batches(start_row)` and set format, columns, symbols and has_side.
    """

    format = ""

    def __init__(self, raw: Raw, options: Options) -> None:
        self._raw, self._options = raw, options
        self.path = raw.path
        self.name = "stdin" if raw.path == "-" else os.path.basename(raw.path)
        self.size = raw.size
        self.container = "plain"
        self.columns: list[str] = []
        self.symbols: list[str] = []
        self.has_side = True
        self.rows_read = 0
        self._rule = TickRule() if options.infer_side else None
        self._carried: dict[str, tuple[float, int]] = {}
        self._primed = 0

    def _batches(self, start_row: int) -> Iterator[TradeBatch]:
        raise NotImplementedError

    def check(self) -> None:
        """Raises DataError where side or clock cannot be had."""
        if not self.has_side and self._rule is None:
            raise DataError(f"{self.name}: no column says which side took; "
                            "let it be inferred with --infer-side tick (the tick rule), or name "
                            "the column with --map side=COLUMN")

    def batches(self, start_row: int = 0) -> Iterator[TradeBatch]:
        """Trades from data row `start_row` on. Inferred sides need every row before it, so these
        are read too. Raises DataError or TruncatedError, after the batches before the damage."""
        self.check()
        try:
            for batch in self._batches(0 if self._rule else start_row):
                self.rows_read = batch.rows_end
                self._finish(batch)
                if batch.rows_end <= start_row:
                    continue
                if len(batch.row) and batch.row[0] <= start_row:
                    _cut(batch, int(np.searchsorted(batch.row, start_row, "right")))
                batch.rejects = [r for r in batch.rejects if r.row > start_row]
                batch.rejected = dict(Counter(r.reason for r in batch.rejects))
                yield batch
        except TickengError as error:
            if str(error).startswith(self.name):
                raise
            raise type(error)(f"{self.name}: {error} (after row {self.rows_read})") from error

    def _finish(self, batch: TradeBatch) -> None:
        if self._options.clock == "recv":
            if batch.recv_ns is None:
                raise DataError("has no receive clock; use --clock event")
            batch.ts_ns = batch.recv_ns
        if self._rule is not None:
            for code in range(self._primed, len(batch.symbols)):
                if batch.symbols[code] in self._carried:
                    self._rule.restore(code, *self._carried[batch.symbols[code]])
            self._primed = len(batch.symbols)
            batch.side = np.ascontiguousarray(batch.side)
            self._rule.apply(batch.price, batch.symbol, batch.side)

    def carry_state(self) -> dict[str, tuple[float, int]]:
        """Symbol -> (last price, last direction) of the tick rule, for the file that follows."""
        if self._rule is None:
            return {}
        return {name: self._rule.state(code) for code, name in enumerate(self.symbols)}

    def restore(self, carried: dict[str, Any]) -> None:
        """Continues the tick rule of the file before."""
        self._carried = {name: (float(p), int(d)) for name, (p, d) in carried.items()}

    def fraction(self) -> float | None:
        """Share of the raw bytes consumed, None where unknown."""
        return self._raw.fraction()

    def fingerprint(self) -> dict[str, Any]:
        """Name, size and hash of the first 64 KiB."""
        return self._raw.fingerprint()

    def sha256(self) -> str | None:
        """Hash of all raw bytes, None while a stream has not ended."""
        return self._raw.sha256()

    def close(self) -> None:
        """Lets go of the file."""
        self._raw.close()


def _cut(batch: TradeBatch, first: int) -> None:
    """Drops the rows before `first`."""
    for name in ("ts_ns", "price", "qty", "side", "symbol", "row", "recv_ns", "id"):
        column = getattr(batch, name)
        if column is not None:
            setattr(batch, name, column[first:])
