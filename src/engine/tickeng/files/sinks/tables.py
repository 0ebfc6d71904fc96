"""Columns as Arrow data; the only module besides `parquet` that loads pyarrow."""

from typing import Any

import pyarrow as pa

from tickeng.files.sinks.sink import Column, Columns

TYPES = {
    "float64": pa.float64(),
    "int64": pa.int64(),
    "int8": pa.int8(),
    "uint8": pa.uint8(),
    "str": pa.string(),
}


def arrow_schema(columns: Columns) -> Any:
    """The Arrow schema; no column has nulls."""
    return pa.schema([pa.field(name, TYPES[kind], nullable=False) for name, kind in columns])


def record_batch(schema: Any, columns: list[Column]) -> Any:
    """One record batch; numbers share the memory of the arrays, which must stay as they are."""
    arrays = []
    for field, column in zip(schema, columns, strict=True):
        if isinstance(column, tuple):
            codes, names = column
            arrays.append(pa.array(names, pa.string()).take(pa.array(codes)))
        else:
            arrays.append(pa.array(column, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def one_batch(schema: Any, batches: list[Any]) -> Any:
    """All rows of the batches in one."""
    if len(batches) == 1:
        return batches[0]
    table = pa.Table.from_batches(batches, schema).combine_chunks()
    return table.to_batches()[0]


def read_batch(schema: Any, message: bytes, rows: int) -> Any:
    """The first `rows` rows of a record batch message; ValueError when it has fewer."""
    batch = pa.ipc.read_record_batch(pa.ipc.read_message(message), schema)
    if batch.num_rows < rows:
        raise ValueError(f"it has {batch.num_rows} rows")
    return batch.slice(0, rows)
