"""Parquet: one file, or a folder of part files once the output is continued.

A Parquet file cannot grow after its footer is written, so `flush` ends the current part. Parts are
written as `.NAME.writing` and renamed when complete: no reader ever sees half a file. The first
part is the file itself; when a second one comes, the file becomes part 0 of a folder of its name
(prepared beside it as `.NAME.parts`, so that a crash loses nothing). Resuming removes the parts
beyond the recorded position.
"""

import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tickeng.errors import OutputError, StateError
from tickeng.sinks.files import (
    manifest_path,
    output_errors,
    refuse_overwrite,
    sync_folder,
    write_manifest,
)
from tickeng.sinks.sink import Column, Columns, Position, Sink
from tickeng.sinks.tables import arrow_schema, record_batch

ROW_GROUP = 262_144
_REPEATING = ("price", "qty", "size")  # float64 that takes few values in a row group
PART = re.compile(r"part-(\d{5,})\.parquet")


class ParquetSink(Sink):
    """A Parquet file or folder of parts, zstd-compressed, row groups of at most 262,144 rows."""

    def __init__(
        self,
        path: Path,
        columns: Columns,
        *,
        force: bool,
        resume: Position | None,
        parts: bool,
    ) -> None:
        super().__init__("parquet", columns, resume)
        self._path = path
        self._as_folder = parts
        self._parts = 0
        self._schema = arrow_schema(columns)
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._writer: Any = None
        self._draft = path.with_name(f".{path.name}.writing")
        with output_errors(path):
            if resume is not None:
                self._resume(int(resume["parts"]))
            else:
                refuse_overwrite(path, force)
                self._remove_parts(keep=0)
                if path.is_dir() and not parts:
                    path.rmdir()
            self._draft.touch()  # an output that cannot be written is refused now, not at the end
            manifest_path(path).unlink(missing_ok=True)

    def _write(self, columns: list[Column], rows: int) -> None:
        self._waiting.append(record_batch(self._schema, columns))
        self._waiting_rows += rows
        if self._waiting_rows >= ROW_GROUP:
            self._write_groups(self._waiting_rows // ROW_GROUP * ROW_GROUP)

    def _write_groups(self, rows: int) -> None:
        """Writes the first `rows` waiting rows."""
        table = pa.Table.from_batches(self._waiting, self._schema)
        with output_errors(self._path):
            self._open_part()
            if rows:
                self._writer.write_table(table.slice(0, rows), row_group_size=ROW_GROUP)
        self._waiting = table.slice(rows).to_batches()
        self._waiting_rows -= rows

    def _open_part(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self._draft, self._schema, compression="zstd",
                use_dictionary=[name for name, kind in self.columns if _repeats(name, kind)],
            )

    def _close_part(self) -> None:
        """Completes the part and gives it its name."""
        with output_errors(self._path):
            self._writer.close()
            self._writer = None
            with open(self._draft, "rb") as file:
                os.fsync(file.fileno())
            if self._parts or self._as_folder:
                self._make_folder()
            final = self._part(self._parts)
            os.replace(self._draft, final)
            sync_folder(final.parent)
        self._parts += 1

    def _flush(self) -> Position:
        if self._waiting_rows:
            self._write_groups(self._waiting_rows)
        if self._writer is not None:
            self._close_part()
        if self._parts and not self._part(0).exists():
            raise OutputError(f"{self._path}: has vanished while being written")
        return {"parts": self._parts}

    def _finish(self, manifest: Mapping[str, Any] | None) -> None:
        if self._waiting_rows or not self._parts:
            self._write_groups(self._waiting_rows)
        if manifest is None:
            return
        if self._writer is None:
            write_manifest(self._path, manifest)
        else:
            text = json.dumps(manifest, sort_keys=True, default=str)
            self._writer.add_key_value_metadata({"tickeng": text})

    def _release(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):  # its file is thrown away
                self._writer.close()
            self._writer = None
        with output_errors(self._path):
            self._draft.unlink(missing_ok=True)

    def _part(self, index: int) -> Path:
        """The finished part; part 0 is the file itself while there is no folder."""
        if self._path.is_dir():
            return self._path / f"part-{index:05d}.parquet"
        return self._path

    def _make_folder(self) -> None:
        """Makes the output a folder; a finished file becomes its part 0."""
        if self._path.is_dir():
            return
        staged = self._path.with_name(f".{self._path.name}.parts")
        staged.mkdir(exist_ok=True)
        if self._path.exists():
            os.rename(self._path, staged / "part-00000.parquet")
            sync_folder(staged)
        os.rename(staged, self._path)
        sync_folder(self._path.parent)

    def _resume(self, parts: int) -> None:
        staged = self._path.with_name(f".{self._path.name}.parts")
        if staged.is_dir() and not self._path.exists():
            os.rename(staged, self._path)
        self._parts = parts
        there = len(list(self._path.iterdir())) if self._path.is_dir() else self._path.is_file()
        if there < parts:
            raise StateError(f"{self._path}: has {there:d} parts, the checkpoint says {parts}")
        self._remove_parts(keep=parts)

    def _remove_parts(self, keep: int) -> None:
        """Removes the parts from number `keep` on."""
        if not self._path.is_dir():
            if keep == 0:
                self._path.unlink(missing_ok=True)
            return
        for entry in sorted(self._path.iterdir()):
            name = PART.fullmatch(entry.name)
            if name is None:
                raise OutputError(f"{entry}: is not a part of this output; remove it by hand")
            if int(name[1]) >= keep:
                entry.unlink()


def _repeats(name: str, kind: str) -> bool:
    """Whether a dictionary makes a column smaller; for one of ever new values, trying one takes
    longer than all else of writing it."""
    return kind in ("str", "int8", "uint8") or name in _REPEATING
