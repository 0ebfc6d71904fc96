"""Durable files: everything that the sinks do to a disk.

An OutputFile grows at its end and may have its tail replaced. The replacement is written to
`NAME.redo` first, so that a crash at any moment leaves the old tail or, once the file is opened
again, the new one. Every failure is an OutputError that names the path; a failed append leaves the
file as it was before.

Redo file: offset u64, length u64, CRC-32 of the data u32 (little endian), then the data.
"""

import contextlib
import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tickeng.errors import OutputError, StateError

REDO_HEAD = struct.Struct("<QQI")


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turns an OSError into an OutputError that names `path`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def refuse_overwrite(path: Path, force: bool) -> None:
    """OutputError when `path` exists and may not be replaced."""
    if path.exists() and not force:
        raise OutputError(f"{path}: exists; force=True overwrites it")


def sync_folder(path: Path) -> None:
    """Makes the names in the folder durable."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """os.write until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_durably(path: Path, data: bytes) -> None:
    """Writes a whole file so that a crash leaves the old one or the new one."""
    with output_errors(path):
        draft = path.with_name(f".{path.name}.writing")
        try:
            with open(draft, "wb", buffering=0) as file:
                write_all(file.fileno(), data)
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def manifest_path(path: Path) -> Path:
    """Where the manifest of an output lies when it is not inside."""
    return path.with_name(path.name + ".manifest.json")


def write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Writes the manifest of the output `path` beside it."""
    text = json.dumps(manifest, indent=2, sort_keys=True, default=str)
    write_durably(manifest_path(path), text.encode() + b"\n")


class OutputFile:
    """An open output file; `size` is where the next append goes."""

    def __init__(self, path: Path, *, force: bool, resume: bool) -> None:
        self.path = path
        self._redo = path.with_name(path.name + ".redo")
        if resume and not path.exists():
            raise StateError(f"{path}: the output to be continued does not exist")
        if not resume:
            refuse_overwrite(path, force)
        with output_errors(path):
            mode = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | (0 if resume else os.O_TRUNC)
            self._descriptor = os.open(path, mode, 0o666)
            if resume:
                self._recover()
            self.size = os.fstat(self._descriptor).st_size
            self._redo.unlink(missing_ok=True)
            manifest_path(path).unlink(missing_ok=True)
            sync_folder(path.parent)

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
        return os.pread(self._descriptor, length, offset)

    def cut(self, size: int) -> None:
        """Drops everything from `size` on; StateError when the file is shorter."""
        if self.size < size:
            raise StateError(f"{self.path}: holds {self.size} bytes, the checkpoint says {size}")
        with output_errors(self.path):
            os.ftruncate(self._descriptor, size)
        self.size = size

    def replace(self, offset: int, data: bytes | memoryview) -> None:
        """Replaces everything from `offset` on by `data`, durably."""
        head = REDO_HEAD.pack(offset, len(data), zlib.crc32(data))
        write_durably(self._redo, b"".join((head, data)))
        with output_errors(self.path):
            self._apply(offset, data)
            self._redo.unlink()

    def sync(self) -> None:
        """Makes the content durable; OutputError when the file is no longer under its name."""
        with output_errors(self.path):
            os.fsync(self._descriptor)
            if not os.path.samestat(os.stat(self.path), os.fstat(self._descriptor)):
                raise OutputError(f"{self.path}: was replaced by another file while being written")

    def close(self) -> None:
        """Closes the file; harmless when it is closed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _put(self, offset: int, data: bytes | memoryview) -> None:
        os.lseek(self._descriptor, offset, os.SEEK_SET)
        write_all(self._descriptor, data)

    def _apply(self, offset: int, data: bytes | memoryview) -> None:
        self._put(offset, data)
        os.ftruncate(self._descriptor, offset + len(data))
        os.fsync(self._descriptor)
        self.size = offset + len(data)

    def _recover(self) -> None:
        """Finishes a replacement that a crash interrupted."""
        if not self._redo.exists():
            return
        redo = self._redo.read_bytes()
        if len(redo) < REDO_HEAD.size:
            return
        offset, length, crc = REDO_HEAD.unpack_from(redo)
        data = redo[REDO_HEAD.size :]
        if len(data) == length and zlib.crc32(data) == crc:
            self._apply(offset, data)
