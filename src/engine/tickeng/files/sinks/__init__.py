"""Outputs: CSV, JSONL, Arrow streams (each also .zst), Arrow files, Parquet, and text on stdout.

    sink = open_sink("out.csv.zst", [("ts_ns", "int64"), ("symbol", "str"), ("alpha", "float64")])
    sink.write({"ts_ns": ts_ns, "symbol": (codes, names), "alpha": alpha})
    position = sink.flush()          # durable; goes into the checkpoint
    sink.close({"version": "0.1.0"})

An output that is stopped after `flush` and opened again with `resume=position` ends up byte for
byte (Parquet: row for row) like one written without the stop, whatever was written in between.
One run at a time holds an output, and a file that it replaces stays until `close`.
"""

from pathlib import Path
from typing import Any

from tickeng.errors import ConfigError
from tickeng.files.disk import draft_of, resolved
from tickeng.files.sinks.framed import FRAME_ROWS, FramedSink
from tickeng.files.sinks.frames import Frames, TextFrames
from tickeng.files.sinks.sink import Column, OutputClosed, Position, Schema, Sink, normal_schema
from tickeng.files.sinks.text import StdoutSink, TextSink

__all__ = ["Column", "OutputClosed", "Position", "Schema", "Sink", "format_of", "is_there",
           "open_sink"]

FORMATS = ("csv", "jsonl", "arrow", "arrows", "csv.zst", "jsonl.zst", "arrows.zst", "parquet")
_OLD = "arrow.zst"  # was a stream; an output of this name can still be continued


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

    Types are float64, int64, int8, uint8 and "str". `format` is one of .csv .jsonl .arrows (each
    also with .zst), .arrow and .parquet, by default the extension of `path`; "-" is stdout (csv or
    jsonl). `resume` is a position returned by `flush`, `suspend` or `close`: the output is cut
    there and continues. `parts` makes a Parquet output a folder of part files from the start.
    `frame_rows` is the number of rows in a compressed frame or an Arrow batch.

    OutputError: the output exists and neither `force` nor `resume` is given, another run holds it,
    or it cannot be written.
    StateError: the output is not the one the position was taken from.
    """
    columns = normal_schema(schema)
    form = format or ("csv" if str(path) == "-" else _format_of(path, resume))
    if form not in FORMATS and not (resume and form == _OLD):
        raise ConfigError(f"unknown output format {form!r}; choose one of {', '.join(FORMATS)}")
    if str(path) == "-":
        return StdoutSink(form, columns, resume)
    target = Path(path)
    if form == "parquet":
        from tickeng.files.sinks.parquet import ParquetSink  # pyarrow is loaded when it is needed

        return ParquetSink(target, columns, force=force, resume=resume, parts=parts)
    if form in ("csv", "jsonl"):
        return TextSink(target, form, columns, force=force, resume=resume)
    frames, marks = _frames(form, columns, resume)
    return FramedSink(target, form, columns, frames, force=force, resume=resume,
                      frame_rows=frame_rows, marks=marks)


def _frames(
    form: str, columns: list[tuple[str, str]], resume: Position | None
) -> tuple[Frames, Position]:
    """The frames of a format; a .arrow that was begun as a stream continues as one."""
    if "arrow" not in form:
        return TextFrames(form.removesuffix(".zst"), columns), {}
    from tickeng.files.sinks.arrow import ArrowFileFrames, ArrowStreamFrames  # loads pyarrow

    if form == "arrow" and (resume is None or "footer" in resume):
        return ArrowFileFrames(columns), {"footer": 1}
    return ArrowStreamFrames(columns), {}


def _format_of(path: str | Path, resume: Position | None) -> str:
    if resume is not None and str(path).lower().endswith("." + _OLD):
        return _OLD
    return format_of(path)


def format_of(path: str | Path) -> str:
    """The output format that the extension of `path` names."""
    name = Path(path).name.lower()
    if name.endswith("." + _OLD):
        raise ConfigError(f"{path}: .arrow has its buffers compressed inside and needs no .zst;"
                          " a compressed stream is .arrows.zst")
    if name.endswith(".feather"):
        return "arrow"
    for form in FORMATS:
        if name.endswith("." + form):
            return form
    known = " ".join("." + form for form in FORMATS)
    raise ConfigError(f"{path}: no output format has this extension; use one of {known}")


def is_there(path: str | Path, position: dict[str, Any]) -> bool:
    """Whether the output that a position was taken from can be looked for at `path`."""
    target = resolved(path)
    if position.get("format") == "parquet":
        from tickeng.files.sinks.parquet import is_there as folder_or_file

        return folder_or_file(target, position)
    return target.exists() or (bool(position.get("aside")) and draft_of(target).exists())
