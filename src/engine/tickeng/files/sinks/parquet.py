"""Parquet: one file, or a folder of part files once the output is continued.

A Parquet file cannot grow after its footer is written, so `flush` ends the current part. Parts are
written as `.NAME.writing` and renamed when complete: no reader ever sees half a file. The first
part is the file itself; when a second one comes, a folder `.NAME.parts` of both takes its place at
one stroke. An output that replaces another is all that under the name `.NAME.new`, until `close`.
Resuming removes the parts beyond the recorded position.
"""

import contextlib
import json
import os
import re
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tickeng.errors import OutputError, StateError
from tickeng.files.disk import (
    draft_of,
    hold,
    link,
    manifest_path,
    output_errors,
    recover,
    refuse_overwrite,
    remove,
    remove_manifest,
    replace,
    resolved,
    sync_file,
    sync_folder,
    take_name,
    write_manifest,
)
from tickeng.files.sinks.sink import Column, Columns, Position, Sink
from tickeng.files.sinks.tables import arrow_schema, record_batch

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
        self._path = resolved(path)
        self._as_folder = parts
        self._parts = 0
        self._schema = arrow_schema(columns)
        self._waiting: list[Any] = []
        self._waiting_rows = 0
        self._writer: Any = None
        self._draft = draft_of(self._path)
        self._hold = hold(self._path)
        try:
            with output_errors(self._path):
                recover(self._path)
                if resume is None:
                    self._begin(force)
                else:
                    self._continue(resume)
                for left in (self._draft, self._staged, draft_of(manifest_path(self._path))):
                    remove(left)
                if not self._aside:
                    remove_manifest(self._path)
        except BaseException:
            self._hold.release()
            raise

    @property
    def warnings(self) -> list[str]:
        return [self._hold.warning] if self._hold.warning else []

    @property
    def replaces(self) -> bool:
        return self._aside

    @property
    def _root(self) -> Path:
        """The file or folder of the finished parts."""
        return _new(self._path) if self._aside else self._path

    @property
    def _staged(self) -> Path:
        return _staged(self._path)

    def _begin(self, force: bool) -> None:
        refuse_overwrite(self._path, force)
        self._aside = os.path.lexists(self._path)
        if self._path.is_dir():
            _parts_of(self._path)
        elif self._aside and not stat.S_ISREG(os.stat(self._path).st_mode):
            raise OutputError(f"{self._path}: is no file that can be replaced; remove it or write"
                              " to another one")
        remove(_new(self._path))

    def _continue(self, place: Position) -> None:
        self._parts = int(place["parts"])
        self._aside = bool(place.get("aside"))
        recover(self._root)
        if self._staged.is_dir() and not os.path.lexists(self._root):
            os.rename(self._staged, self._root)  # as older versions left it
        if self._aside and self._parts:
            if _is_part_of(self._path, place):
                self._make_aside()
            elif not self._root.exists():
                raise StateError(f"{self._path}: the output to be continued does not exist")
        there = len(_parts_of(self._root)) if self._root.is_dir() else self._root.is_file()
        if there < self._parts:
            raise StateError(
                f"{self._path}: has {there:d} parts, the checkpoint says {self._parts}")
        self._remove_parts_behind()

    def _make_aside(self) -> None:
        """Gives the parts of the position a second name: parts behind them will be removed, so
        the complete output that has got the name keeps them until then."""
        remove(self._root)
        if self._path.is_dir():
            parts = _parts_of(self._path)
            remove(self._staged)
            self._staged.mkdir()
            try:
                for _, part in parts[:self._parts]:
                    _link(part, self._staged / part.name)
                sync_folder(self._staged)
                os.rename(self._staged, self._root)
            except BaseException:
                remove(self._staged)
                raise
        else:
            _link(self._path, self._root)

    def _remove_parts_behind(self) -> None:
        """Removes what was written after the position."""
        if self._root.is_dir():
            for number, part in _parts_of(self._root):
                if number >= self._parts:
                    self._require_mine(part)
                    part.unlink()
            if not self._parts:
                self._root.rmdir()
        elif not self._parts and self._root.exists():
            self._require_mine(self._root)
            self._root.unlink()

    def _require_mine(self, part: Path) -> None:
        try:
            mine = pq.read_schema(part).names == self._schema.names
        except (pa.ArrowException, OSError):
            mine = False
        if not mine:
            raise OutputError(f"{part}: is not a part of this output; remove it by hand")

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
            sync_file(self._draft)
            if self._root.is_dir():
                os.rename(self._draft, self._part(self._parts))
                sync_folder(self._root)
            elif self._parts or self._as_folder:
                self._make_folder()
            else:
                take_name(self._draft, self._root)
        self._parts += 1

    def _make_folder(self) -> None:
        """Makes the output a folder of the part before, if there is one, and the new one."""
        staged = self._staged
        remove(staged)
        staged.mkdir()
        if self._parts:
            _link(self._root, staged / _name(0))
        os.rename(self._draft, staged / _name(self._parts))
        sync_folder(staged)
        if self._parts:
            replace(staged, self._root)
        else:
            take_name(staged, self._root)

    def _flush(self) -> Position:
        if self._waiting_rows:
            self._write_groups(self._waiting_rows)
        if self._writer is not None:
            self._close_part()
        if self._parts and not self._part(0).exists():
            raise OutputError(f"{self._path}: has vanished while being written")
        place = {"aside": 1} if self._aside else {}
        if self._aside and self._parts:
            place["inode"] = _inode(self._part(0))
        return {"parts": self._parts, **place}

    def _finish(self, manifest: Mapping[str, Any] | None) -> None:
        if self._waiting_rows or not self._parts:
            self._write_groups(self._waiting_rows)
        beside = self._writer is None
        if manifest is not None and not beside:
            text = json.dumps(manifest, sort_keys=True, default=str)
            self._writer.add_key_value_metadata({"tickeng": text})
        self._flush()
        if self._aside:
            remove_manifest(self._path)
            replace(self._root, self._path)
            self._aside = False
        if manifest is not None and beside:
            write_manifest(self._path, manifest)

    def _release(self) -> None:
        self._abandon(keep=True)

    def _abandon(self, *, keep: bool) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):  # its file is thrown away
                self._writer.close()
            self._writer = None
        try:
            with output_errors(self._path):
                remove(self._draft)
                remove(self._staged)
                if self._aside and not keep:
                    remove(self._root)
        finally:
            self._hold.release()

    def _part(self, index: int) -> Path:
        """The finished part; part 0 is the file itself while there is no folder."""
        return self._root / _name(index) if self._root.is_dir() else self._root


def is_there(path: Path, position: Position) -> bool:
    """Whether the output of a position can be looked for; before its first part there is none."""
    return not position["parts"] or any(
        found.exists() for found in (path, _new(path), _staged(path)))


def _new(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _staged(path: Path) -> Path:
    return path.with_name(f".{path.name}.parts")


def _name(index: int) -> str:
    return f"part-{index:05d}.parquet"


def _parts_of(folder: Path) -> list[tuple[int, Path]]:
    """The part files with their numbers. OutputError when there is anything else."""
    found = []
    for entry in sorted(folder.iterdir()):
        name = PART.fullmatch(entry.name)
        if name is None:
            raise OutputError(f"{entry}: is not a part of this output; remove it by hand")
        found.append((int(name[1]), entry))
    return found


def _is_part_of(path: Path, place: Position) -> bool:
    """Whether a replacement has got its name: its first part is under it, by its inode."""
    first = path / _name(0) if path.is_dir() else path
    return first.exists() and _inode(first) == place["inode"]


def _inode(path: Path) -> int:
    return os.stat(path).st_ino


def _link(source: Path, target: Path) -> None:
    """The same file under a second name or, where there are no links, a copy."""
    if not link(source, target):
        shutil.copyfile(source, target)
        sync_file(target)


def _repeats(name: str, kind: str) -> bool:
    """Whether a dictionary makes a column smaller; for one of ever new values, trying one takes
    longer than all else of writing it."""
    return kind in ("str", "int8", "uint8") or name in _REPEATING
