"""Events on their way from the sources to the engine: parallel columns with their origin.

Each row remembers the source it came from and its number there, so that a message, a reject and a
resume position can name it. Symbols are indices into one table of names for the whole replay.
Rows of several kinds stand in one order; what each kind has beside is in `values`, in that order.

A column that is mostly one value, symbol, source and kind, is a view with stride 0 where it is all
one: nothing is written for it, and `sole` finds that out without looking at the rows.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StateError
from ..files import values as values_
from ..files.batch import VALUES, none_of
from ..files.values import Values

KINDS = tuple(VALUES)  # in their order at one time
TRADE = KINDS.index("trade")
_TYPES = {
    "ts_ns": np.int64,
    "name": np.uint32,
    "source": np.uint16,
    "row": np.int64,
}
_COLUMNS = attrgetter(*_TYPES, "id")


@dataclass(slots=True, eq=False, repr=False)
class Rows:
    """Columns of one length. `name` indexes the replay's names, `source` its list of sources,
    `kind` KINDS, `id` is None where ids are not wanted. `values`: by kind, of its rows in order;
    a kind of which there is no row may be missing."""

    ts_ns: NDArray[np.int64]
    name: NDArray[np.uint32]
    source: NDArray[np.uint16]
    row: NDArray[np.int64]
    id: NDArray[np.int64] | None
    kind: NDArray[np.uint8]
    values: dict[str, Values]

    def __len__(self) -> int:
        return len(self.ts_ns)

    def take(self, which: Any) -> "Rows":
        """The rows a slice, mask or index array names, in its order."""
        common: list[Any] = [None if c is None else c[which] for c in self._columns()]
        alone = sole(self.kind)
        if alone is not None:
            kind = KINDS[alone]
            values = {kind: values_.take(kind, self.values[kind], which)}
        else:
            values = {kind: values_.take(kind, columns, self._ranks(kind, which))
                      for kind, columns in self.values.items()}
        return _rows(common, self.kind[which], values)

    def _ranks(self, kind: str, which: Any) -> Any:
        """The rows of a kind that are taken, counted among those of that kind."""
        mine = self.is_of(kind)
        if isinstance(which, slice):
            start, stop, _ = which.indices(len(self))
            first = int(np.count_nonzero(mine[:start]))
            return slice(first, first + int(np.count_nonzero(mine[start:max(start, stop)])))
        ranks = np.cumsum(mine) - 1
        return ranks[which][mine[which]]

    def is_of(self, kind: str) -> NDArray[np.bool_]:
        """Which rows are of a kind."""
        mine: NDArray[np.bool_] = self.kind == KINDS.index(kind)
        return mine

    def are_refused(self) -> NDArray[np.bool_]:
        """Which rows stand for messages that their source could not read."""
        found = np.zeros(len(self), np.bool_)
        if "delta" in self.kinds:
            found[self.is_of("delta")] = values_.is_refused(self.values["delta"])
        return found

    @property
    def kinds(self) -> list[str]:
        """Those of which there are rows."""
        alone = sole(self.kind)
        if alone is not None:
            return [KINDS[alone]]
        return [kind for kind in KINDS if kind in self.values and self.is_of(kind).any()]

    def _columns(self) -> tuple[Any, ...]:
        columns: tuple[Any, ...] = _COLUMNS(self)
        return columns

    def pack(self) -> dict[str, Any]:
        """JSON-able copy: little-endian columns in base64; those of kinds but trades by kind."""
        packed: dict[str, Any] = {
            name: _text(column) for name, column in zip((*_TYPES, "id"), self._columns(),
                                                        strict=True) if column is not None}
        trades = self.values.get("trade") or none_of("trade")
        packed |= {name: _text(column) for name, column in trades.items()}
        if others := [kind for kind in self.kinds if kind != "trade"]:
            packed["kind"] = _text(self.kind)
            packed["values"] = {kind: {name: _text(column)
                                       for name, column in self.values[kind].items()}
                                for kind in others}
        return packed


def _text(column: NDArray[Any]) -> str:
    return base64.b64encode(column.astype(column.dtype.newbyteorder("<")).tobytes()).decode()


def constant(value: Any, rows: int) -> NDArray[Any]:
    """A column of one value, a numpy scalar: all rows are one place of memory. Read only."""
    column: NDArray[Any] = np.ndarray(rows, value.dtype, np.array([value]), strides=(0,))
    column.flags.writeable = False
    return column


def kind_of(kind: str, rows: int) -> NDArray[np.uint8]:
    """The column `kind` of rows that are all of one."""
    return constant(np.uint8(KINDS.index(kind)), rows)


def sole(column: NDArray[Any]) -> int | None:
    """The value of a `constant` column; None where rows may differ."""
    return int(column[0]) if column.strides == (0,) and len(column) else None


def empty(*, ids: bool = False) -> Rows:
    """No rows, with or without the id column."""
    columns: list[Any] = [np.empty(0, kind) for kind in _TYPES.values()]
    return _rows([*columns, np.empty(0, np.int64) if ids else None], kind_of("trade", 0),
                 {"trade": none_of("trade")})


def _rows(common: Sequence[Any], kind: NDArray[np.uint8], values: dict[str, Values]) -> Rows:
    ts_ns, name, source, row, ids = common
    return Rows(ts_ns, name, source, row, ids, kind, values)


def concat(parts: list[Rows]) -> Rows:
    """The rows of all parts, one after another; at least one part. One alone is not copied."""
    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part._columns() for part in parts), strict=True)
    joined: list[Any] = [None if c[0] is None else np.concatenate(c) for c in columns]
    return _rows(joined, _kinds([part.kind for part in parts]),
                 {kind: values_.join(kind, [part.values[kind] for part in parts
                                            if kind in part.values])
                  for kind in KINDS if any(kind in part.values for part in parts)})


def _kinds(columns: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    alone = {sole(column) for column in columns}
    if len(alone) == 1 and None not in alone:
        return constant(columns[0][0], sum(map(len, columns)))
    return np.concatenate(columns)


def unpack(packed: dict[str, Any]) -> Rows:
    """What `Rows.pack` wrote."""
    types = {**_TYPES, **({"id": np.int64} if "id" in packed else {})}
    try:
        common = {name: _column(packed[name], kind) for name, kind in types.items()}
        values = {"trade": {name: _column(packed[name], dtype)
                            for name, dtype in VALUES["trade"].items()}}
        kind: NDArray[np.uint8] = kind_of("trade", len(common["ts_ns"]))
        if "kind" in packed:
            kind = _column(packed["kind"], np.uint8)
            for other, columns in packed["values"].items():
                values[other] = {name: _column(columns[name], dtype)
                                 for name, dtype in VALUES[other].items()}
                if other == "book":
                    values[other] = _in_rows(values[other], int(np.count_nonzero(
                        kind == KINDS.index(other))))
    except (KeyError, ValueError, TypeError) as error:
        raise StateError(f"checkpoint: held rows are unreadable ({error})") from error
    rows = _rows([*(common[name] for name in _TYPES), common.get("id")], kind, values)
    if not _fit(rows):
        raise StateError("checkpoint: held rows have columns of different lengths")
    return rows


def _column(text: str, kind: Any) -> NDArray[Any]:
    return np.frombuffer(base64.b64decode(text, validate=True), np.dtype(kind))


def _in_rows(books: Values, rows: int) -> Values:
    """The levels of so many books, a row a book. Raises ValueError."""
    return {name: column.reshape(rows, -1) for name, column in books.items()}


def _fit(rows: Rows) -> bool:
    """Whether all columns have a value for each row, and the levels of deltas are all there."""
    lengths = {len(column) for column in (*rows._columns(), rows.kind) if column is not None}
    if len(lengths) != 1 or (rows.kind >= len(KINDS)).any():
        return False
    for kind, columns in rows.values.items():
        count = int(np.count_nonzero(rows.is_of(kind)))
        each = {name: column for name, column in columns.items()
                if kind != "delta" or name not in ("price", "qty")}
        if any(len(column) != count for column in each.values()):
            return False
        if kind == "delta":
            levels = int(columns["bids"].sum(dtype=np.int64) + columns["asks"].sum(dtype=np.int64))
            if len(columns["price"]) != levels or len(columns["qty"]) != levels:
                return False
    return all(kind in rows.values for kind in rows.kinds)
