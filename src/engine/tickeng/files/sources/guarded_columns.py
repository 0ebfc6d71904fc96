"""Columns from outside made safe to read: validated, of flat types, with cells of bounded length.

Arrow's own buffers are offsets and codes that point into other buffers: nothing of a column is read
before `validate(full=True)` has followed them.
Trap: rows share the values of a dictionary and of text views, so a long value is short only until
it is copied for each row. A cell too long to be a value is cut, and marked so that it is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng.errors import DataError
from tickeng.files.limits import CELL_BYTES
from tickeng.files.sources.markets import place

_KEPT_CHARS = 200  # of a cell that is too long, for the list of rejects
_CUT = "\x01"  # a control character: no number, time, side or symbol ends so
_FLAT = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_decimal,
         pa.types.is_temporal, pa.types.is_null)
_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view,
           pa.types.is_fixed_size_binary)
_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
_CELLS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null, *_TEXT)
_CUTTABLE = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary,
             pa.types.is_large_binary)  # rows of the others may share a long value


def _is(kind: pa.DataType, tests: tuple[Any, ...]) -> bool:
    return any(test(kind) for test in tests)


def guarded(part: pa.RecordBatch) -> pa.RecordBatch:
    """The batch, fit to be read. Raises DataError, ArrowInvalid."""
    arrays = [guarded_array(name, part.column(i)) for i, name in enumerate(part.schema.names)]
    if all(new is None for new in arrays):
        return part
    columns = [part.column(i) if new is None else new for i, new in enumerate(arrays)]
    return pa.RecordBatch.from_arrays(columns, names=part.schema.names)


def guarded_sample(part: pa.RecordBatch, faults: dict[str, Exception]) -> pa.RecordBatch:
    """The batch with what can be read of it; other columns are empty, the reasons in `faults`."""
    columns = []
    for name, array in zip(part.schema.names, part.columns, strict=True):
        try:
            fit = guarded_array(name, array)
            columns.append(array if fit is None else fit)
        except (pa.ArrowException, DataError) as error:
            faults[name] = error
            columns.append(pa.nulls(part.num_rows, pa.string()))
    return pa.RecordBatch.from_arrays(columns, names=part.schema.names)


def is_single_value(kind: pa.DataType) -> bool:
    """Whether a row of this type is one value; others have no cells."""
    values = kind.value_type if pa.types.is_dictionary(kind) else kind
    return _is(values, (*_FLAT, *_TEXT, *_BINARY))


def is_levels(kind: pa.DataType) -> bool:
    """Whether a row of this type is a list of levels: numbers, or pairs or records of numbers."""
    if not _is(kind, _LISTS):
        return False
    level = kind.value_type
    if pa.types.is_struct(level):
        return all(_is(level.field(i).type, _CELLS) for i in range(level.num_fields))
    return _is(level.value_type if _is(level, _LISTS) else level, _CELLS)


def is_readable(name: str, kind: pa.DataType) -> bool:
    """Whether rows of this column can be read: values, or levels of a side of a book."""
    return is_single_value(kind) or (is_levels(kind) and place(name) is not None)


def guarded_array(name: str, array: pa.Array) -> pa.Array | None:
    """The array in a form that is fit to be read, None if it is so as it is."""
    kind = array.type
    if not is_readable(name, kind):
        raise DataError(f"column {name!r} is of type {str(kind)[:80]}, which holds no single "
                        "value a row: take the field that is meant into a column of its own")
    array.validate(full=True)
    if is_levels(kind):
        _check_levels(name, array)
        return None
    if pa.types.is_dictionary(kind):
        short = _flat(array.dictionary)
        return None if short is None else pa.DictionaryArray.from_arrays(array.indices, short)
    return _flat(array)


def _check_levels(name: str, array: pa.Array) -> None:
    """Raises DataError for levels with a cell that is too long to be a number."""
    level = array.values
    parts = level.flatten() if pa.types.is_struct(level.type) else (
        [level.values] if _is(level.type, _LISTS) else [level])
    if any(_is(part.type, _TEXT) and _has_long_cells(part) for part in parts):
        raise DataError(f"column {name!r} has levels of more than {CELL_BYTES} bytes, and no "
                        "number is that long: leave such rows or the column out")


def _flat(array: pa.Array) -> pa.Array | None:
    """The array with its long cells cut and not as views, which no kernel filters; None: as is."""
    short = _short(array)
    kept = array if short is None else short
    for view, plain in ((pa.types.is_string_view, pa.string()),
                        (pa.types.is_binary_view, pa.binary())):
        if view(kept.type):
            return kept.cast(plain)
    return short


def _short(array: pa.Array) -> pa.Array | None:
    """The array with its long cells cut; None if there are none."""
    kind = array.type
    if not _is(kind, _TEXT + _BINARY) or not _has_long_cells(array):
        return None
    if not _is(kind, _CUTTABLE):
        raise DataError(f"a column of type {kind} has values of more than {CELL_BYTES} bytes, "
                        "and no value is that long: leave such rows or the column out")
    text = _is(kind, _TEXT)
    long = pc.greater(pc.binary_length(array), CELL_BYTES)
    head = (pc.utf8_slice_codeunits(array, 0, _KEPT_CHARS) if text
            else pc.binary_slice(array, 0, _KEPT_CHARS))
    mark = pa.scalar(_CUT if text else _CUT.encode(), kind)
    return pc.if_else(long, pc.binary_join_element_wise(head, mark, mark), array)


def _has_long_cells(array: pa.Array) -> bool:
    kind = array.type
    if pa.types.is_fixed_size_binary(kind):
        return bool(kind.byte_width > CELL_BYTES)
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        return _longest_view(array) > CELL_BYTES
    return bool((pc.max(pc.binary_length(array)).as_py() or 0) > CELL_BYTES)


def _longest_view(array: pa.Array) -> int:
    """A view is 16 bytes, and the first four of them are the length."""
    views = np.frombuffer(array.buffers()[1] or b"", np.int32)[4 * array.offset:]
    lengths = views[:4 * len(array):4]
    return int(np.where(_nulls(array), 0, lengths).max(initial=0))


def _nulls(array: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(array.is_null().to_numpy(zero_copy_only=False), np.bool_)
