"""Trades on their way from the sources to the engine: parallel columns with their origin.

Each row remembers the source it came from and its number there, so that a message, a reject and a
resume position can name it. Symbols are indices into one table of names for the whole replay.

A column that is mostly one value, symbol and source, is a view with stride 0 where it is all one:
nothing is written for it, and `sole` finds that out without looking at the rows.
"""

import base64
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import StateError

_TYPES = {
    "ts_ns": np.int64,
    "price": np.float64,
    "qty": np.float64,
    "side": np.int8,
    "name": np.uint32,
    "source": np.uint16,
    "row": np.int64,
}


_COLUMNS = attrgetter(*_TYPES, "id")


@dataclass(slots=True, eq=False, repr=False)
class Rows:
    """Columns of one length. `name` indexes the replay's names, `source` its list of sources."""

    ts_ns: NDArray[np.int64]
    price: NDArray[np.float64]
    qty: NDArray[np.float64]
    side: NDArray[np.int8]
    name: NDArray[np.uint32]
    source: NDArray[np.uint16]
    row: NDArray[np.int64]
    id: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.ts_ns)

    def take(self, which: Any) -> "Rows":
        """The rows a slice, mask or index array names, in its order."""
        taken: list[Any] = [None if c is None else c[which] for c in self._columns()]
        return Rows(*taken)

    def _columns(self) -> tuple[Any, ...]:
        columns: tuple[Any, ...] = _COLUMNS(self)
        return columns

    def pack(self) -> dict[str, str]:
        """JSON-able copy: little-endian columns in base64."""
        named = zip((*_TYPES, "id"), self._columns(), strict=True)
        return {
            name: base64.b64encode(column.astype(column.dtype.newbyteorder("<"))).decode()
            for name, column in named
            if column is not None
        }


def constant(value: Any, rows: int) -> NDArray[Any]:
    """A column of one value, a numpy scalar: all rows are one place of memory. Read only."""
    column: NDArray[Any] = np.ndarray(rows, value.dtype, np.array([value]), strides=(0,))
    column.flags.writeable = False
    return column


def sole(column: NDArray[Any]) -> int | None:
    """The value of a `constant` column; None where rows may differ."""
    return int(column[0]) if column.strides == (0,) and len(column) else None


def empty(*, ids: bool = False) -> Rows:
    """No rows, with or without the id column."""
    columns: list[Any] = [np.empty(0, kind) for kind in _TYPES.values()]
    return Rows(*[*columns, np.empty(0, np.int64) if ids else None])


def concat(parts: list[Rows]) -> Rows:
    """The rows of all parts, one after another; at least one part. One alone is not copied."""
    parts = [part for part in parts if len(part)] or parts[:1]
    if len(parts) == 1:
        return parts[0]
    columns = zip(*(part._columns() for part in parts), strict=True)
    joined: list[Any] = [None if c[0] is None else np.concatenate(c) for c in columns]
    return Rows(*joined)


def unpack(packed: dict[str, str]) -> Rows:
    """What `Rows.pack` wrote."""
    types = {**_TYPES, **({"id": np.int64} if "id" in packed else {})}
    try:
        columns: dict[str, Any] = {
            key: np.frombuffer(base64.b64decode(packed[key], validate=True), np.dtype(kind))
            for key, kind in types.items()
        }
    except (KeyError, ValueError) as error:
        raise StateError(f"checkpoint: held rows are unreadable ({error})") from error
    if len({len(column) for column in columns.values()}) != 1:
        raise StateError("checkpoint: held rows have columns of different lengths")
    return Rows(**columns)
