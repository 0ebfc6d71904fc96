"""Outputs: CSV, JSONL, Arrow streams (each also .zst), Parquet, and text on stdout.

    sink = open_sink("out.csv.zst", [("ts_ns", "int64"), ("symbol", "str"), ("alpha", "float64")])
    sink.write({"ts_ns": ts_ns, "symbol": (codes, names), "alpha": alpha})
    position = sink.flush()          # durable; goes into the checkpoint
    sink.close({"version": "0.1.0"})

An output that is stopped after `flush` and opened again with `resume=position` ends up byte for
byte (Parquet: row for row) like one written without the stop, whatever was written in between.
"""

from pathlib import Path
from typing import Any

from tickeng.errors import ConfigError
from tickeng.sinks.framed import FRAME_ROWS, ArrowFrames, FramedSink, Frames, TextFrames
from tickeng.sinks.sink import Column, OutputClosed, Position, Schema, Sink, normal_schema
from tickeng.sinks.text import StdoutSink, TextSink

__all__ = ["Column", "OutputClosed", "Position", "Schema", "Sink", "format_of", "open_sink"]

FORMATS = ("csv", "jsonl", "arrow", "csv.zst", "jsonl.zst", "arrow.zst", "parquet")


def open_sink(
    path: str | Path,
    schema: Schema,
    *,
    format: str | None = None,
    force: bool = False,
    resume: Position | None = None,
    parts: bool = False,
    frame_rows: int = FRAME_ROWS,
) -> Sink:
    """Opens an output for columns of `schema`, pairs of a name and a type.

    Types are float64, int64, int8, uint8 and "str". `format` is one of .csv .jsonl .arrow (each
    also with .zst) and .parquet, by default the extension of `path`; "-" is stdout (csv or jsonl).
    `resume` is a position returned by `flush` or `close`: the output is cut there and continues.
    `parts` makes a Parquet output a folder of part files from the start. `frame_rows` is the
    number of rows in a compressed frame or an Arrow batch.

    OutputError: the output exists and neither `force` nor `resume` is given, or cannot be written.
    StateError: the output is not the one the position was taken from.
    """
    columns = normal_schema(schema)
    form = format or ("csv" if str(path) == "-" else format_of(path))
    if form not in FORMATS:
        raise ConfigError(f"unknown output format {form!r}; choose one of {', '.join(FORMATS)}")
    if str(path) == "-":
        return StdoutSink(form, columns, resume)
    target = Path(path)
    if form == "parquet":
        from tickeng.sinks.parquet import ParquetSink  # pyarrow is loaded when it is needed

        return ParquetSink(target, columns, force=force, resume=resume, parts=parts)
    if form in ("csv", "jsonl"):
        return TextSink(target, form, columns, force=force, resume=resume)
    options: dict[str, Any] = {"force": force, "resume": resume, "frame_rows": frame_rows}
    kind = form.removesuffix(".zst")
    frames: Frames = ArrowFrames(columns) if kind == "arrow" else TextFrames(kind, columns)
    return FramedSink(target, form, columns, frames, **options)


def format_of(path: str | Path) -> str:
    """The output format that the extension of `path` names."""
    name = Path(path).name.lower()
    for form in FORMATS:
        if name.endswith("." + form):
            return form
    known = " ".join("." + form for form in FORMATS)
    raise ConfigError(f"{path}: no output format has this extension; use one of {known}")
