"""The result of a batch: named columns, one row per input row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tickeng.errors import ConfigError, DataError

if TYPE_CHECKING:
    import pyarrow as pa


_ONE_PIECE = 32 << 20  # bytes
_STATUS = ("ok", "late", "duplicate", "rejected")
_PLOTTED = ("alpha", "gate", "k1", "k2", "k3", "k4")


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


class Frame(dict[str, np.ndarray]):
    """Columns of a run, without copies: a mapping from names to NumPy arrays, whose length is that
    of its rows.

    Numbers are float64 (NaN before warm-up; on rows that were not accepted all are NaN but alpha,
    which is 0.0); `gate`, `ready`, `reason` and `status` are uint8 (status: 0 ok, 1 late,
    2 duplicate, 3 rejected). `frame["alpha"]` is a column, `frame[10:20]` are rows.

    It is a dict underneath, because pandas and polars make columns of nothing else that is a
    mapping; it does not change.
    """

    _clock = "trade"
    _beside: Mapping[str, Frame] = MappingProxyType({})

    def at(self, rows: str) -> Frame:
        """The rows of another clock that the same run wrote.

        Raises ConfigError where it wrote none.

        >>> from tickeng import Engine
        >>> trades = {"ts_ns": [10**18, 10**18 + 1], "price": [9.0, 9.5], "qty": [1.0, 2.0],
        ...           "side": [1, -1]}
        >>> engine = Engine(kernels="speed; two = tick_bars(size=2)")
        >>> frame = engine.run(trades=trades, rows=["trade", "two"])
        >>> len(frame), len(frame.at("two"))
        (2, 1)
        """
        if rows == self._clock:
            return self
        if rows not in self._beside:
            there = ", ".join((self._clock, *self._beside))
            raise ConfigError(f"the run wrote no rows of {rows!r}, only of {there}: give"
                              f' rows=["{self._clock}", "{rows}"]')
        return self._beside[rows]

    def beside(self, rows: str, frames: Mapping[str, Frame]) -> Frame:
        """This frame, of these rows, with the frames of the same run by their rows."""
        frame = self.copy()
        frame._clock = rows
        frame._beside = {clock: other for clock, other in frames.items() if clock != rows}
        return frame

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in order; `status` is the last."""
        return tuple(self)

    def __getitem__(self, name: Any) -> Any:
        if isinstance(name, slice):
            return Frame({column: values[name] for column, values in self.items()})
        try:
            return super().__getitem__(name)
        except (KeyError, TypeError):
            raise KeyError(f"no column {name!r}; there are {', '.join(self)}") from None

    def __len__(self) -> int:
        return len(super().__getitem__("status"))

    def head(self, n: int = 5) -> Frame:
        """The first n rows (no copies)."""
        rows: Frame = self[:max(n, 0)]
        return rows

    def to_dict(self) -> dict[str, np.ndarray]:
        """The columns by name (no copies)."""
        return dict(self.items())

    def to_arrow(self) -> pa.Table:
        """A pyarrow Table; numbers share memory with the frame."""
        import pyarrow as pa

        return pa.table({name: pa.array(column) for name, column in self.items()})

    def to_pandas(self) -> Any:
        """A pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.to_dict(), copy=False)

    def to_polars(self) -> Any:
        """A polars DataFrame."""
        import polars as pl

        return pl.DataFrame(self.to_dict())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def join(self, table: Any, suffix: str = "") -> Any:
        """The input table with these columns added, in its own kind (pandas, polars, pyarrow).

        Rows correspond by position. suffix: added to the names that the table has already, so that
        `size` becomes "size_alpha" with suffix="_alpha". Raises DataError, a ValueError, when
        lengths or names do not fit.
        """
        rows = table.num_rows if hasattr(table, "num_rows") else len(table)
        if len(self) != rows:
            raise DataError(f"the table has {rows:,} rows, the frame {len(self):,}")
        taken = set(map(str, getattr(table, "column_names", None) or list(table.columns)))
        added = {name + suffix if name in taken else name: values
                 for name, values in self.items()}
        clash = sorted(taken & set(added))
        if clash or len(added) < len(self.columns):
            raise DataError(f"the table already has columns called {', '.join(clash)}; join(table, "
                            f'suffix="_tickeng") adds {clash[0] if clash else "size"}_tickeng')
        module = type(table).__module__.partition(".")[0]
        if module == "pandas":
            return table.assign(**added)
        if module == "polars":
            import polars as pl

            return table.with_columns(*(pl.Series(n, c) for n, c in added.items()))
        import pyarrow as pa

        joined = pa.table(table)
        for name, column in added.items():
            joined = joined.append_column(name, pa.array(column))
        return joined

    def plot(self) -> Any:
        """A matplotlib Figure of alpha, gate and K1 to K4 (those that there are) over the rows.

        Shows itself in a notebook; `frame.plot().savefig("alpha.png")` elsewhere. Raises
        ConfigError without matplotlib, or where there is none of these outputs.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ConfigError("plot() needs matplotlib: pip install 'tickeng[plot]'") from None
        names = [name for name in _PLOTTED if name in self]
        if not names:
            raise ConfigError(f"plot() shows {', '.join(_PLOTTED)}, and this frame has none of "
                              "them")
        figure = Figure(figsize=(10, 1.6 * len(names)), layout="constrained")
        panels = figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0]
        for panel, name in zip(panels, names, strict=True):
            panel.plot(self[name], linewidth=0.8, drawstyle="steps-post")
            panel.set_ylabel(name)
        panels[-1].set_xlabel("row")
        return figure

    def _not_accepted(self) -> str:
        counts = np.bincount(self["status"], minlength=4)[1:]
        if not counts.any():
            return ""
        said = ", ".join(f"{n:,} {name}" for name, n in zip(_STATUS[1:], counts, strict=False) if n)
        return f"; {counts.sum():,} not accepted: {said}"

    def __repr__(self) -> str:
        return f"Frame({len(self):,} rows{self._not_accepted()}; {', '.join(self)})"

    def _repr_html_(self) -> str:
        import html  # for a notebook only

        top = self.head(10)
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self)
        body = "".join(
            "<tr>" + "".join(f"<td>{column[row]:.6g}</td>" for column in top.values()) + "</tr>"
            for row in range(len(top)))
        return (f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
                f"<p>{len(self):,} rows{html.escape(self._not_accepted())}</p>")

    def __eq__(self, other: object) -> bool:
        return self is other  # columns have no one truth value

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Frame, (self.to_dict(),), {"_clock": self._clock, "_beside": dict(self._beside)}

    def copy(self) -> Frame:
        """The same columns in another frame (no copies of the columns)."""
        frame = Frame(self.to_dict())
        frame._clock, frame._beside = self._clock, self._beside
        return frame

    def _fixed(self, *_: object, **__: object) -> NoReturn:
        """Raises TypeError: a Frame does not change."""
        raise TypeError("a Frame does not change; dict(frame) does")

    __setitem__ = __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _fixed
