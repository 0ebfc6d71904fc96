"""Where converted events go: tickeng's own file, or a table with the columns that readers know.

A table is of one kind; of changes of books each level is a row, and `message` numbers the messages
from 1. Levels of books are numbered from 0, the best: bid_0, bid_qty_0, ask_0,
ask_qty_0, bid_1 and so on. Trap: columns of one level are those of quotes, so a table of books has
two, of which the second may be empty.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base.conservation import check_file
from ..errors import DataError
from ..files.arrivals import by_symbol
from ..files.batch import INPUT_COLUMNS, NO_ID, NUMBERS, VALUES, EventBatch
from ..files.disk import refuse_overwrite
from ..files.levels import level_columns
from ..files.sinks import FORMATS, Sink, format_of, open_sink
from ..files.sinks.rejects import RejectList
from ..files.sources.columns import MARKET
from ..files.tickfile import TickFileWriter

_OPTIONAL = ("recv_ns", "id")
_OTHERS = {f".{form.partition('.')[0]}" for form in (*FORMATS, "feather")}


def is_own(out: str) -> bool:
    """Whether a name is that of tickeng's own format. Raises ConfigError for one of no format."""
    inside = [part.lower() for part in Path(out).suffixes[-2:]]
    if inside[-1:] == [".zst"] and inside[0] not in _OTHERS:
        return True
    format_of(out)
    return False


class Writer:
    """The output, opened by the first events, so that an input without any replaces no file; and
    the list of rejects, which ends with it.

    `kinds` are those that may come, `depth` is that of books in a table.
    """

    def __init__(self, out: str, force: bool, listed: RejectList | None) -> None:
        self._out, self._force, self._listed = out, force, listed
        self._is_own = is_own(out)
        refuse_overwrite(Path(out), force)
        self.kinds: Sequence[str] = ("trade",)
        self.depth = 1
        self._own: TickFileWriter | None = None
        self._sink: Sink | None = None
        self._optional: list[str] = []
        self.written: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._levels = 0  # of changes of books, which are the rows of a table

    @property
    def rows(self) -> int:
        """Events that were written."""
        return sum(counts.total() for counts in self.written.values())

    def write(self, stretch: list[EventBatch]) -> None:
        """Append the events of a stretch."""
        stretch = [batch for batch in stretch if len(batch)]
        if self._is_own and stretch:
            self._tick_file().write(*stretch)
        for batch in stretch:
            if not self._is_own:
                self._write_table(batch)
            self.written[batch.kind].update(by_symbol(batch))

    def _write_table(self, batch: EventBatch) -> None:
        if self._sink is None:
            self._optional = [name for name in _OPTIONAL if name in batch.columns]
        self._refuse_other(batch)
        codes = np.zeros(len(batch), np.uint32) if batch.symbol is None else batch.symbol
        given: dict[str, Any] = {**batch.columns, "symbol": (codes, batch.symbols)}
        given.setdefault("id", np.full(len(batch), NO_ID))
        if batch.kind == "book":
            given |= _levels(batch.values, self.depth)
        elif batch.kind == "delta":
            given = self._changes(batch)
            self._levels += len(given["ts_ns"])
        self._opened().write({name: given[name] for name, _ in self._columns()})

    def _changes(self, batch: EventBatch) -> dict[str, Any]:
        """A row for each level. Raises DataError for a message that has none."""
        levels = batch.values["bids"].astype(np.int64) + batch.values["asks"]
        if not levels.all():
            first = self.rows + int(np.argmin(levels)) + 1
            raise DataError(f"{self._out}: message {first:,} has no level, and a table has a row"
                            f' for each; out="{self._other}" takes messages without any')
        columns = level_columns(batch, None)
        codes, side = columns.pop("codes"), columns["side"]
        return {**columns, "symbol": (codes, batch.symbols), "snapshot": columns["snapshot"].astype(
                    np.uint8), "side": ((side < 0).astype(np.uint32), ["bid", "ask"]),
                "message": np.repeat(np.arange(len(batch)) + self.rows + 1, levels)}

    def _refuse_other(self, batch: EventBatch) -> None:
        """Raises DataError for what the columns of the first rows have no place for."""
        wanted = "recv_ns" in self._optional
        has = batch.recv_ns is not None and not (batch.recv_ns == NO_ID).any()
        if has != wanted:
            raise DataError(f"{self._out}: some rows have receive times and some, from row"
                            f" {self.rows + 1:,} on, have none: a table has them of all rows or of"
                            f' none; out="{self._other}" takes both')
        if "id" in batch.columns and "id" not in self._optional:
            raise DataError(f"{self._out}: rows from {self.rows + 1:,} on have ids, those before"
                            f' none, and the table no column for them; out="{self._other}" takes'
                            " both")
        if batch.kind == "book" and batch.values["bid"].shape[1] > self.depth:
            raise DataError(f"{self._out}: books from row {self.rows + 1:,} on have more levels"
                            f' than its {self.depth}; out="{self._other}" takes all')

    @property
    def _other(self) -> str:
        return own_name(self._out)

    def _columns(self) -> list[tuple[str, str]]:
        return [*table_columns(self.kinds[0], self.depth).items(),
                *((name, "int64") for name in self._optional)]

    def _tick_file(self) -> TickFileWriter:
        if self._own is None:
            self._own = TickFileWriter(self._out, force=self._force, kinds=tuple(self.kinds))
        return self._own

    def _opened(self) -> Sink:
        if self._sink is None:
            self._sink = open_sink(self._out, self._columns(), force=self._force)
        return self._sink

    @property
    def _file(self) -> TickFileWriter | Sink | None:
        return self._own if self._is_own else self._sink

    @property
    def warnings(self) -> list[str]:
        """Sentences on what the output cannot promise."""
        return self._file.warnings if self._file else []

    def close(self) -> None:
        """Complete the output, which has a header also when no row came."""
        file: TickFileWriter | Sink = self._tick_file() if self._is_own else self._opened()
        file.close()
        check_file(self._out, file.rows, self._levels or self.rows)
        self._end_list()

    def stop(self) -> None:
        """End the output where the input broke off: rows of a new one stay."""
        if self._file and self.rows and not self._file.replaces:
            self.close()
        self._end_list()

    def _end_list(self) -> None:
        if self._listed:
            self._listed.close()

    def discard(self) -> None:
        """Let go of the output after an error; harmless when it is closed."""
        if self._file and not self._file.closed:
            self._file.discard()


def own_name(out: str) -> str:
    """The name of an output in tickeng's own format instead."""
    path = Path(out)
    while path.suffix.lower() in (*_OTHERS, ".zst"):
        path = path.with_suffix("")
    return f"{path}.zst"


def table_columns(kind: str, depth: int) -> dict[str, str]:
    """The columns of a table of a kind with their types; of books so many levels a side."""
    if kind == "trade":
        return dict(INPUT_COLUMNS)
    if kind == "delta":
        return {"ts_ns": "int64", "symbol": "str", "message": "int64", "snapshot": "uint8",
                **dict.fromkeys(NUMBERS, "int64"), "side": "str", "price": "float64",
                "qty": "float64"}
    names = [*MARKET] if kind == "quote" else [
        f"{name}_{level}" for level in range(depth) for name in MARKET]
    return {"ts_ns": "int64", "symbol": "str", **dict.fromkeys(names, "float64")}


def _levels(values: dict[str, NDArray[Any]], depth: int) -> dict[str, NDArray[np.float64]]:
    """A column for each level of books; those behind the last are empty."""
    found: dict[str, NDArray[np.float64]] = {}
    for name in VALUES["book"]:
        column = values[name]
        empty = np.full(len(column), 0.0 if name.endswith("qty") else np.nan)
        found |= {f"{name}_{level}": column[:, level] if level < column.shape[1] else empty
                  for level in range(depth)}
    return found
