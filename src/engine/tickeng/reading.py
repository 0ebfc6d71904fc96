"""Files of events as tables: `read` the whole, `scan` a part at a time.

    table = tickeng.read("trades.csv", sides={"buy": 0, "sell": 1})
    table["price"], table.reading.words(), table.counters["rejected"]

What the command reads is read here by the same words; what it refuses is refused here with the
keyword to give. Rows that are no events are left out and counted.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tickeng.errors import ConfigError, DataError
from tickeng.files.batch import NO_ID, VALUES, plural
from tickeng.files.levels import LEVELS, level_columns

if TYPE_CHECKING:
    import pyarrow as pa

    from tickeng.files.sources import EventBatch, Source
    from tickeng.files.sources.reading import Reading

_REJECTED = 3  # Status.REJECTED
_BLOCK_ROWS = 65_536


class Table(Mapping[str, NDArray[Any]]):
    """Events of a file as columns of one length; `table["price"]` is a NumPy array.

    `kind` is "trade", "quote", "book" or "delta". Columns: `ts_ns` int64 ns UTC, `symbol` text; of
    trades `price`, `qty` float64, `side` int8 (+1 the buyer took, -1 the seller, 0 unknown); of
    quotes `bid`, `bid_qty`, `ask`, `ask_qty` float64 (an empty side has price NaN, quantity 0), of
    books the same as float64[n, levels], best first; of deltas, changes of books, a row is a level:
    `message` int64 (the row of the file that ends its message), `snapshot` bool (whether that
    replaces the book), `first`, `last`, `previous` int64 (numbers of updates, -2^63 where none is
    told), `side` int8 (+1 bid, -1 ask), `price`, and `qty`, what stands there now (a message
    without levels has no row, so that its number is missing); `recv_ns` and
    `id` int64 where the file has them (-2^63 in rows without, or whose id is no integer),
    `status` uint8 (0 ok, 3 rejected) where rejected rows are kept. Anything that takes
    `__arrow_c_stream__` takes a Table: `pandas.DataFrame.from_arrow`, `polars.DataFrame`,
    `pyarrow.table`, `Engine.run`.
    """

    def __init__(self, columns: dict[str, NDArray[Any]], codes: NDArray[np.uint32],
                 symbols: Sequence[str], reading: Reading, counters: dict[str, Any],
                 kind: str = "trade") -> None:
        self._columns = columns
        self.codes, self.symbols = codes, list(symbols)
        self.reading, self.counters = reading, counters
        self.kind = kind

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return ("ts_ns", "symbol", *(name for name in self._columns if name != "ts_ns"))

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name == "symbol":
            return np.array(self.symbols or [""], dtype=str)[self.codes]
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"no column {name!r}; there are {', '.join(self.columns)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.codes)

    def to_arrow(self) -> pa.Table:
        """A pyarrow Table; numbers share memory, symbols are a dictionary column."""
        import pyarrow as pa

        arrays = {name: pa.array(column) if column.ndim == 1 else _lists(column)
                  for name, column in self._columns.items()}
        names = pa.array(self.symbols or [""], pa.string())
        symbol = pa.DictionaryArray.from_arrays(pa.array(self.codes, pa.uint32()), names)
        return pa.table({name: symbol if name == "symbol" else arrays[name] for name in self})

    def to_pandas(self) -> Any:
        """A pandas DataFrame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> Any:
        """A polars DataFrame."""
        import polars as pl

        return pl.from_arrow(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        refused = f", {self.counters['rejected']} rejected" if self.counters["rejected"] else ""
        rows = ("levels of " if self.kind == "delta" else "") + plural(self.kind)
        return f"Table({len(self)} {rows}{refused}: {', '.join(self.columns)})"


def read(path: str | os.PathLike[str], *, format: str | None = None,
         symbols: Sequence[str] | None = None, rejects: str = "drop", **options: Any) -> Table:
    """Read a whole file of trades, quotes, books or changes of books.

    Parameters
    ----------
    path : a file of any format that the command reads; "-" is stdin.
    format : its format, where the content should not decide it.
    symbols : only the rows of these symbols.
    rejects : "drop" leaves rows out that are no events, "keep" keeps them with their `status`; of
        changes of books that is a row without a price for each message, behind which the book is
        not known, and none is left out without being asked for.
    options : how to read it, as the command's options: `kind`, `map`, `sides`, `side_is`,
        `qty_sign`, `price_scale`, `qty_scale`, `time_unit`, `tz`, `time_columns`, `time_format`,
        `date`, `decimal`, `delimiter`, `encoding`, `skip_lines`, `header`, `symbol_name`,
        `symbol_from`, `keep`, `infer_side`, `clock`.

    Returns
    -------
    Table with `reading` (what was decided) and `counters` (rows in, accepted, rejected, filtered).

    Raises
    ------
    DataError : the file is empty, ambiguous (the message says what to give), damaged, or none of
        its rows is an event.
    ConfigError : an option is unknown or has no such value.

    >>> table = tickeng.read("examples/ltcusdt_20250621.csv.gz")
    >>> len(table)
    53325
    """
    _check(rejects, symbols)
    with _opened(path, format, options) as source:
        batches = list(source.batches())
        table = _table(source, batches, symbols, rejects)
    if not len(table) and table.counters["rejected"]:
        first = next(reject for batch in batches for reject in batch.rejects)
        raise DataError(f"{source.name}: every row was rejected ({table.counters['rejected']}); "
                        f"row {first.row}: {first.reason} in {first.text[:80]!r}")
    return table


def scan(path: str | os.PathLike[str], rows: int = 1_000_000, *, format: str | None = None,
         symbols: Sequence[str] | None = None, rejects: str = "drop", **options: Any,
         ) -> Iterator[Table]:
    """Read a file of events as Tables of at most `rows` rows each, in bounded memory.

    The other parameters and errors are those of `read`; what comes before damage is given first.

    >>> sum(len(part) for part in tickeng.scan("examples/ltcusdt_20250621.csv.gz", 10_000))
    53325
    """
    _check(rejects, symbols)
    if rows < 1:
        raise ConfigError(f"rows must be at least 1, not {rows}")
    options["block_rows"] = min(rows, _BLOCK_ROWS)
    with _opened(path, format, options) as source:
        waiting: list[EventBatch] = []
        first_row = 0
        try:
            for batch in source.batches():
                waiting.append(batch)
                if batch.rows_end - first_row + options["block_rows"] > rows:
                    yield _table(source, waiting, symbols, rejects)
                    waiting, first_row = [], batch.rows_end
        except DataError:
            if waiting:
                yield _table(source, waiting, symbols, rejects)
            raise
        if waiting:
            yield _table(source, waiting, symbols, rejects)


def _lists(column: NDArray[Any]) -> pa.Array:
    """Rows of levels as a column of lists."""
    import pyarrow as pa

    return pa.FixedSizeListArray.from_arrays(pa.array(column.ravel()), column.shape[1])


def _check(rejects: str, symbols: Sequence[str] | None) -> None:
    if rejects not in ("drop", "keep"):
        raise ConfigError(f"rejects must be 'drop' or 'keep', not {rejects!r}")
    if isinstance(symbols, str):
        raise ConfigError(f"symbols must be a list of names such as [{symbols!r}]")


def _opened(path: str | os.PathLike[str], format: str | None, options: dict[str, Any]) -> Source:
    from tickeng.files.sources import open_source
    from tickeng.files.sources.options import refuse_by_quotes

    refuse_by_quotes(options)
    source = open_source(path, format=format, ids="lenient", takes=tuple(VALUES), **options)
    source.leave_hash()  # a table has none
    return source


def _table(source: Source, batches: Sequence[EventBatch], symbols: Sequence[str] | None,
           rejects: str) -> Table:
    """One table of batches that follow one another."""
    names = source.symbols
    is_delta = source.kind == "delta"
    parts = [_levels(source, batch, rejects == "keep") if is_delta
             else _part(batch, rejects == "keep") for batch in batches]
    parts = [part for part in parts if len(part["codes"])] or parts[:1]
    names_of = dict.fromkeys(name for part in parts for name in part)
    joined = {name: np.concatenate([
        part[name] if name in part else np.full(len(part["codes"]), NO_ID)
        for part in parts]) for name in names_of}  # of a file some stretches may have no ids
    if not parts:
        joined = {"ts_ns": np.empty(0, np.int64), "codes": np.empty(0, np.uint32),
                  **{name: np.empty((0, source.levels) if source.kind == "book" else 0, dtype)
                     for name, dtype in (LEVELS if is_delta else VALUES[source.kind]).items()}}
    filtered = sum(batch.filtered for batch in batches)
    if symbols is not None:
        wanted = [code for code, name in enumerate(names) if name in symbols]
        keep = np.isin(joined["codes"], wanted)
        filtered += int(len(keep) - keep.sum())
        joined = {name: column[keep] for name, column in joined.items()}
    codes = joined.pop("codes")
    counters = _counters(batches, len(codes), filtered)
    from tickeng.files.sources.feed import cut_ends

    cut = cut_ends([source.name] if source.may_be_cut else [])
    reading = source.reading._replace(warnings=(*source.reading.warnings, *cut))
    return Table(joined, codes, names, reading, counters, source.kind)


def _counters(batches: Sequence[EventBatch], rows: int, filtered: int) -> dict[str, Any]:
    reasons: Counter[str] = Counter()
    for batch in batches:
        reasons.update(batch.rejected)
    rejected = sum(reasons.values())
    accepted = sum(len(batch.accepted()) for batch in batches)
    return {"in": accepted + rejected, "accepted": accepted, "rejected": rejected,
            "filtered": filtered, "rows": rows, "reasons": dict(reasons)}


def _levels(source: Source, batch: EventBatch, keep: bool) -> dict[str, NDArray[Any]]:
    """A row for each level. Raises DataError for messages that are refused, unless they stay."""
    if batch.rejects and not keep:
        first = batch.rejects[0]
        raise DataError(f"{source.name}: row {first.row}: {first.reason} in {first.text[:80]!r}: a "
                        "book made without this message is wrong from there on; rejects=\"keep\" "
                        "keeps it as a row without a price, which ends the book")
    return level_columns(batch, _REJECTED if keep else None)


def _part(batch: EventBatch, keep: bool) -> dict[str, NDArray[Any]]:
    codes = np.zeros(len(batch), np.uint32) if batch.symbol is None else batch.symbol
    columns: dict[str, NDArray[Any]] = {**batch.columns, "codes": codes}
    if not keep:
        return columns
    columns["status"] = np.zeros(len(batch), np.uint8)
    refused = np.array([reject.row for reject in batch.rejects], np.int64)
    at = np.searchsorted(batch.row, refused)
    blank = {**dict.fromkeys(VALUES[batch.kind], np.nan), "side": 0, "status": _REJECTED,
             "ts_ns": -1}
    return {name: np.insert(column, at, blank.get(name, 0), axis=0)
            for name, column in columns.items()}


__all__ = ["Table", "read", "scan"]
