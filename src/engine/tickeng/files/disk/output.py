"""An output that grows, can be continued after a crash, and is held by one run.

A free name is taken at once and the file grows under it, so that it can be followed. A file that
is replaced stays until `complete`: the new one grows as its draft. The tail of an output may be
replaced; the replacement is written to `.NAME.redo` first, so that a crash at any moment leaves
the old tail or, once the file is opened again, the new one. A failed append leaves the file as it
was before.
Trap: the removal of a redo file may be lost with the power. It is durable before anything else is
written, and one that lies elsewhere than at the tail to be continued is never applied.

Redo file: offset u64, length u64, CRC-32 of the data u32 (little endian), then the data.
"""

import contextlib
import json
import os
import shutil
import stat
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickeng.errors import OutputError, StateError
from tickeng.files.disk.durable import (
    draft_of,
    keep_mode,
    link,
    output_errors,
    remove,
    resolved,
    sync_file,
    sync_folder,
    write_all,
    write_aside,
)
from tickeng.files.disk.lock import hold

REDO_HEAD = struct.Struct("<QQI")

Place = dict[str, int]


def refuse_overwrite(path: Path, force: bool) -> None:
    """OutputError when `path` exists and may not be replaced."""
    if os.path.lexists(path) and not force:
        raise OutputError(f"{path}: exists; force=True overwrites it")


def manifest_path(path: Path) -> Path:
    """Where the manifest of an output lies when it is not inside."""
    return path.with_name(path.name + ".manifest.json")


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Writes the manifest of the output `path` beside it."""
    text = json.dumps(manifest, indent=2, sort_keys=True, default=str)
    write_aside(manifest_path(path), text.encode() + b"\n")


def remove_manifest(path: Path) -> None:
    """Takes away the manifest of an output that is no longer the one it describes."""
    beside = manifest_path(path)
    with output_errors(beside):
        remove(beside)


class OutputFile:
    """An open output file; `size` is where the next append goes.

    `resume` is what `place` returned when the output was left. `aside` says that it grows as a
    draft; `warning` is a sentence where the file system has no locks.
    """

    def __init__(
        self, path: Path, *, force: bool = False, resume: Mapping[str, Any] | None = None
    ) -> None:
        self.path = resolved(path)
        self._hold = hold(self.path)
        self.warning = self._hold.warning
        self._descriptor = -1
        try:
            with output_errors(self.path):
                if resume is None:
                    self._begin(force)
                else:
                    self._continue(resume)
                self.size = os.fstat(self._descriptor).st_size
                if not self.aside:
                    remove_manifest(self.path)
                sync_folder(self.path.parent)
        except BaseException:
            if resume is None:
                self.drop()
            else:
                self.close()
            raise

    @property
    def _at(self) -> Path:
        """Where the bytes are now."""
        return draft_of(self.path) if self.aside else self.path

    @property
    def _redo(self) -> Path:
        return self.path.with_name(f".{self.path.name}.redo")

    def _begin(self, force: bool) -> None:
        refuse_overwrite(self.path, force)
        self.aside = os.path.lexists(self.path)
        if self.aside and not stat.S_ISREG(os.stat(self.path).st_mode):
            raise OutputError(f"{self.path}: is no file that can be replaced; remove it or write"
                              " to another one")
        draft = draft_of(self.path)
        for left in (draft, draft_of(draft), draft_of(manifest_path(self.path)), self._redo,
                     draft_of(self._redo)):
            remove(left)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._at, flags, 0o666)
        if self.aside:
            keep_mode(self._at, self.path)

    def _continue(self, place: Mapping[str, Any]) -> None:
        draft, there = draft_of(self.path), self.path.exists()
        self.aside = bool(place.get("aside"))
        if self.aside and there and os.stat(self.path).st_ino == place.get("inode"):
            self._make_draft()
        elif not (draft.exists() if self.aside else there):
            raise StateError(f"{self.path}: the output to be continued does not exist")
        self._descriptor = os.open(self._at, os.O_RDWR | os.O_CLOEXEC)

    def _make_draft(self) -> None:
        """Makes a draft again of the complete file that has got the name: it will be shortened, so
        the name keeps a copy until then. The draft is known by its inode where there are links."""
        draft = draft_of(self.path)
        copy = draft_of(draft)
        try:
            shutil.copyfile(self.path, copy)
            keep_mode(copy, self.path)
            sync_file(copy)
            remove(draft)
            if link(self.path, draft):
                sync_folder(self.path.parent)
                os.replace(copy, self.path)
            else:
                os.replace(copy, draft)
        except BaseException:
            remove(copy)
            raise

    def place(self) -> Place:
        """JSON-able: how to find the file again."""
        if not self.aside:
            return {}
        with output_errors(self.path):
            return {"aside": 1, "inode": os.fstat(self._descriptor).st_ino}

    def append(self, data: bytes | memoryview) -> None:
        """Writes at the end; on failure the file is cut back to what it was."""
        with output_errors(self.path):
            try:
                self._put(self.size, data)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, self.size)
                raise
            self.size += len(data)

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at `offset`; fewer at the end of the file."""
        with output_errors(self.path):
            return os.pread(self._descriptor, length, offset)

    def cut(self, size: int) -> None:
        """Drops everything from `size` on; StateError when the file is shorter."""
        self.require(size)
        with output_errors(self.path):
            os.ftruncate(self._descriptor, size)
        self.size = size

    def require(self, size: int) -> None:
        """StateError when the file is shorter than `size`."""
        if self.size < size:
            raise StateError(f"{self.path}: holds {self.size} bytes, the checkpoint says {size}")

    def replace(self, offset: int, data: bytes | memoryview) -> None:
        """Replaces everything from `offset` on by `data`, durably."""
        head = REDO_HEAD.pack(offset, len(data), zlib.crc32(data))
        write_aside(self._redo, b"".join((head, data)))
        with output_errors(self.path):
            self._apply(offset, data)
            self._redo.unlink()
            sync_folder(self.path.parent)

    def redo(self, offset: int) -> None:
        """Finishes a replacement from `offset` on that a crash interrupted; any other redo file is
        a stale one, or of what will be written again."""
        with output_errors(self.path):
            if not self._redo.exists():
                return
            redo = self._redo.read_bytes()
            if len(redo) >= REDO_HEAD.size:
                at, length, crc = REDO_HEAD.unpack_from(redo)
                data = redo[REDO_HEAD.size:]
                if at == offset and len(data) == length and zlib.crc32(data) == crc:
                    self._apply(offset, data)
            self._redo.unlink()
            sync_folder(self.path.parent)

    def sync(self) -> None:
        """Makes the content durable; OutputError when the file is no longer under its name."""
        with output_errors(self.path):
            os.fsync(self._descriptor)
            if not os.path.samestat(os.stat(self._at), os.fstat(self._descriptor)):
                raise OutputError(f"{self.path}: was replaced by another file while being written")

    def complete(self) -> None:
        """Makes the content durable under the name of the output."""
        self.sync()
        if not self.aside:
            return
        remove_manifest(self.path)
        with output_errors(self.path):
            os.replace(self._at, self.path)
            self.aside = False
            sync_folder(self.path.parent)

    def close(self) -> None:
        """Closes the file as it is and lets others write it; harmless when it is closed."""
        descriptor, self._descriptor = self._descriptor, -1
        try:
            if descriptor >= 0:
                with output_errors(self.path):
                    os.close(descriptor)
        finally:
            self._hold.release()

    def drop(self) -> None:
        """Closes the file and removes it: the draft, or what has grown under the name."""
        if self._descriptor >= 0:
            for left in (self._at, self._redo, draft_of(self._redo)):
                with contextlib.suppress(OSError):
                    remove(left)
        self.close()

    def _put(self, offset: int, data: bytes | memoryview) -> None:
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        write_all(self._descriptor, data)

    def _apply(self, offset: int, data: bytes | memoryview) -> None:
        self._put(offset, data)
        os.ftruncate(self._descriptor, offset + len(data))
        os.fsync(self._descriptor)
        self.size = offset + len(data)
