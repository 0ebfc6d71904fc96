"""The result of a batch: named columns, one row per input row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


_ONE_PIECE = 32 << 20  # bytes


def new_columns(rows: int, flags: tuple[bool, ...]) -> list[np.ndarray]:
    """Uninitialised columns: uint8 for flags, else float64.

    Those that are small together are one piece of memory: an allocator gives that back to us at the
    next call, where it returns many middling ones to the system each time, and touching new pages
    would take as long as a third of the kernels.
    """
    reals = len(flags) - sum(flags)
    if rows * reals * 8 > _ONE_PIECE:
        return [np.empty(rows, dtype=np.uint8 if f else np.float64) for f in flags]
    piece = iter(np.empty((reals, rows)))
    return [np.empty(rows, dtype=np.uint8) if f else next(piece) for f in flags]


class Frame:
    """Columns of a run, without copies. `frame["alpha"]` is a NumPy array.

    Numbers are float64 (NaN before warm-up and on rows that were not accepted); `gate`, `ready`,
    `reason` and `status` are uint8 (status: 0 ok, 1 late, 2 duplicate, 3 rejected).
    """

    __slots__ = ("_columns",)

    def __init__(self, columns: dict[str, np.ndarray]) -> None:
        self._columns = columns

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in order; `status` is the last."""
        return tuple(self._columns)

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"no column {name!r}; there are {', '.join(self._columns)}") from None

    def __len__(self) -> int:
        return len(self._columns["status"])

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def to_dict(self) -> dict[str, np.ndarray]:
        """The columns by name (no copies)."""
        return dict(self._columns)

    def to_arrow(self) -> pa.Table:
        """A pyarrow Table; numbers share memory with the frame."""
        import pyarrow as pa

        return pa.table({name: pa.array(column) for name, column in self._columns.items()})

    def to_pandas(self) -> Any:
        """A pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self._columns, copy=False)

    def to_polars(self) -> Any:
        """A polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self._columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def join(self, table: Any) -> Any:
        """The input table with these columns added, in its own kind (pandas, polars, pyarrow).

        Rows correspond by position. Raises ValueError when lengths or names do not fit.
        """
        if len(self) != (table.num_rows if hasattr(table, "num_rows") else len(table)):
            raise ValueError(f"the table has another number of rows than the frame's {len(self)}")
        names = getattr(table, "column_names", None) or list(table.columns)
        clash = sorted(set(map(str, names)) & set(self._columns))
        if clash:
            raise ValueError(f"the table already has columns called {', '.join(clash)}")
        module = type(table).__module__.partition(".")[0]
        if module == "pandas":
            return table.assign(**self._columns)
        if module == "polars":
            import polars as pl

            return table.with_columns(*(pl.Series(n, c) for n, c in self._columns.items()))
        import pyarrow as pa

        joined = pa.table(table)
        for name, column in self._columns.items():
            joined = joined.append_column(name, pa.array(column))
        return joined

    def __repr__(self) -> str:
        return f"Frame({len(self)} rows: {', '.join(self._columns)})"
