"""A stretch of rows through the engine, and what is to be written of it."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._engine.ordered import Part, run_ordered
from ..engine import Engine, Status
from ..errors import DataError, LateTickError
from ..files.batch import none_of
from . import rows as rows_
from .ledger import ENGINE_KINDS
from .rows import Rows


class Fed(NamedTuple):
    """`status` of each row; `outputs` of the rows of the kind asked for, or of a builder's, then
    behind `ts_ns` and `codes`; `sides` of trades, where the engine infers them. `also`: the same
    for each of the other rows that are written."""

    status: NDArray[np.uint8]
    outputs: dict[str, NDArray[Any]]
    ts_ns: NDArray[np.int64] | None = None
    codes: NDArray[np.uint32] | None = None
    sides: NDArray[np.int8] | None = None
    also: tuple["Fed", ...] = ()


class Result(NamedTuple):
    """Rows to write: times, symbols as engine codes, what came with each, the outputs for it.
    `rows`: the accepted events that they are of, None for rows of bars. `also`: those of the same
    stretch that other outputs get."""

    ts_ns: NDArray[np.int64]
    codes: NDArray[np.uint32]
    inputs: dict[str, NDArray[Any]]
    outputs: dict[str, NDArray[Any]]
    rows: Rows | None = None
    also: tuple["Result", ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no output gets a row."""
        return not (len(self.ts_ns) or any(len(other.ts_ns) for other in self.also))


def feed(engine: Engine, rows: Rows, codes: NDArray[np.uint32], written: tuple[str, ...],
         workers: int) -> Fed:
    """`codes`: the engine's, of each row. `written`: whose rows are written, kinds of events or
    builders. Raises LateTickError where on_late is error and a row is late."""
    alone = rows_.sole(codes) == 0  # without symbols all are the first
    if written == ("trade",) and rows.kinds in ([], ["trade"]):
        trades = rows.values["trade"]
        frame = engine._feed(rows.ts_ns, trades["price"], trades["qty"], trades["side"],
                             None if alone else codes, None, rows.id, workers=workers)
        outputs = {name: frame[name] for name in engine.schema}
        return Fed(frame["status"], outputs,
                   sides=frame["side"] if "side" in frame.columns else None)
    kinds = rows.kinds
    if {"book", "delta"} <= set(kinds):
        raise DataError("books come as snapshots in one file and as changes in another: give one"
                        " of them")
    parts = {}
    for kind in kinds:
        mine = np.flatnonzero(rows.is_of(kind))
        ids = rows.id[mine] if rows.id is not None and kind == "trade" else None
        parts[kind] = Part(rows.ts_ns[mine], rows.values[kind],
                           None if alone else np.array(codes[mine]), mine, ids)
    tables, status, fed, sides = run_ordered(engine, parts, written, workers)
    of_row = np.zeros(len(rows), np.uint8)
    for kind, part in parts.items():
        done = fed[ENGINE_KINDS[kind]]
        if done < len(part.rank) and status[ENGINE_KINDS[kind]][done] == Status.LATE:
            raise LateTickError(f"{kind} {done} is older than the last accepted one of its symbol")
        of_row[part.rank] = status[ENGINE_KINDS[kind]]
    first, *others = (
        _fed(engine.outputs.names, columns, status[clock], of_row, sides)
        if clock in ENGINE_KINDS.values() else _built(engine.outputs.names, columns, of_row)
        for clock, columns in zip(written, tables, strict=True))
    return first._replace(also=tuple(others))


def _fed(names: tuple[str, ...], columns: list[NDArray[Any]], status: NDArray[np.uint8],
         of_row: NDArray[np.uint8], sides: NDArray[np.int8] | None = None) -> Fed:
    return Fed(of_row, dict(zip(names, columns, strict=True)) | {"status": status}, sides=sides)


def _built(names: tuple[str, ...], columns: list[NDArray[Any]],
           of_row: NDArray[np.uint8]) -> Fed:
    """Rows of a builder, behind their stamps and symbols."""
    ts_ns, symbols, *outputs = columns
    return _fed(names, outputs, np.zeros(len(ts_ns), np.uint8), of_row)._replace(
        ts_ns=ts_ns, codes=symbols)


def written(rows: Rows, codes: NDArray[np.uint32], fed: Fed, kinds: tuple[str, ...]) -> Result:
    """What is written of a stretch: accepted rows of a kind, or all of a builder's."""
    first, *others = (_accepted(rows, codes, part, kind)
                      for kind, part in zip(kinds, (fed, *fed.also), strict=True))
    return first._replace(also=tuple(others))


def _accepted(rows: Rows, codes: NDArray[np.uint32], fed: Fed, kind: str) -> Result:
    whole = every_row(rows, codes, fed, kind)
    if whole.rows is None or not whole.outputs["status"].max(initial=0):
        return whole
    accepted = whole.outputs["status"] == Status.OK
    kept = whole.rows.take(accepted)
    inputs, outputs = ({name: values[accepted] for name, values in columns.items()}
                       for columns in (whole.inputs, whole.outputs))
    return Result(kept.ts_ns, whole.codes[accepted], inputs, outputs, kept)


def every_row(rows: Rows, codes: NDArray[np.uint32], fed: Fed, kind: str) -> Result:
    """The rows of a kind, accepted or not, or those of a builder."""
    if fed.ts_ns is not None and fed.codes is not None:
        return Result(fed.ts_ns, fed.codes, {}, fed.outputs)
    if any(ENGINE_KINDS[other] != kind for other in rows.kinds):
        mine = np.isin(rows.kind, [code for code, name in enumerate(rows_.KINDS)
                                   if ENGINE_KINDS[name] == kind])
        rows, codes = rows.take(mine), codes[mine]
    inputs = _inputs(rows, kind)
    if kind == "trade" and fed.sides is not None:
        inputs["side"] = fed.sides
    return Result(rows.ts_ns, codes, inputs, fed.outputs, rows)


def _inputs(rows: Rows, kind: str) -> dict[str, NDArray[Any]]:
    """The columns that rows of a kind are written with; the levels of books are not."""
    if kind == "book":
        return {}
    return dict(rows.values.get(kind, none_of(kind)))
