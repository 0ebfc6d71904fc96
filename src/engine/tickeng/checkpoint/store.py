"""Two generations of a checkpoint on disk: `FILE` is the newest, `FILE.1` the one before.

A file is written beside its place, synced, and renamed, so a crash leaves the old one or the new
one. A damaged or missing `FILE` is noticed and `FILE.1` is read instead, with a warning.

Trap: only damage falls back. A checkpoint that is sound and cannot be used (too large, of a newer
format, unreadable for this user) is an error: the one before would silently be older state.
"""

import contextlib
import errno
import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import FallbackWarning, OutputError, StateError
from ..limits import DEFAULT_MEMORY
from .container import Content, DamagedError, encode, header
from .description import Meta
from .layout import MAGIC

_MENDABLE = (errno.EIO, errno.ESTALE)  # what a disk says of bytes that it has lost
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def previous(path: str | os.PathLike[str]) -> Path:
    """Where the generation before the newest one is kept."""
    return Path(f"{os.fspath(path)}.1")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file for reading; its faults are StateErrors, a missing one FileNotFoundError."""
    if "\0" in os.fspath(path):
        raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for
            raise StateError(f"{path}: is no file, and a checkpoint is one")
        with path.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise
    except OSError as error:
        kind = DamagedError if error.errno in _MENDABLE else StateError
        raise kind(f"{path}: cannot be read: {error.strerror}") from error


def read_checkpoint(
    path: str | os.PathLike[str], *, max_bytes: int | None = DEFAULT_MEMORY
) -> tuple[bytes, Meta]:
    """Engine state and description from the newest sound generation of `path`.

    `max_bytes` is the most that they may take (None: anything).

    When `path` is damaged or missing, or older than `path.1`, and `path.1` is sound, a
    `FallbackWarning` says so and `meta["fallback"]` holds the reason.

    Raises:
        StateError: neither generation can be used.
        FileNotFoundError: neither exists.
    """
    target, older = Path(path), previous(path)
    reason, fault = "", None
    try:
        with opened(target) as file:
            content = Content(file, str(target), max_bytes)
            reason = _overtaken(content.head["generation"], target, older)
            if not reason:
                return content.whole_state(), content.meta
    except (DamagedError, FileNotFoundError) as error:
        reason = str(error) if isinstance(error, StateError) else f"{target}: missing"
        fault = error
    try:
        with opened(older) as file:
            content = Content(file, str(older), max_bytes)
            state, meta = content.whole_state(), content.meta
    except FileNotFoundError:
        raise fault or StateError(reason) from None
    except StateError as second:
        raise StateError(f"{reason}; {second}") from fault
    meta["fallback"] = reason
    warnings.warn(f"{reason}; continuing from the generation before, {older}", FallbackWarning,
                  stacklevel=2)
    return state, meta


def _overtaken(generation: int, target: Path, older: Path) -> str:
    """Why `older` is the newer of the two, "" if it is not.

    Raises:
        StateError: it is newer by more than the one that a swap makes.
    """
    try:
        with opened(older) as file:
            other = header(file, str(older))["generation"]
    except (StateError, FileNotFoundError):
        return ""
    if other > generation + 1:
        raise StateError(
            f"{target} is generation {generation} and {older} is generation {other}, so they are"
            f" not of one run: move {older} away to continue from generation {generation}"
        )
    told = f"{target}: is generation {generation}, and {older} is the newer one, {other}"
    return told if other > generation else ""


def write_checkpoint(path: str | os.PathLike[str], state: bytes, meta: Meta) -> int:
    """Make `path` the newest generation and keep the one before; returns the generation number.

    After return the file and its folder entry are on disk. On an error `path` is what it was, or
    the new one whole where only the last sync of the folder failed.

    Raises:
        OutputError: the file cannot be written.
    """
    target = Path(path)
    newest = None
    try:
        newest = _standing(target)
        generation = max(newest or 0, _standing(previous(target)) or 0) + 1
        _require_ours(target, newest)
        _place(target, encode(state, meta, generation=generation), keep=newest is not None)
    except StateError as error:
        raise OutputError(f"{error}; give another name") from error
    except (OSError, ValueError) as error:
        raise _failed(target, newest, error) from error
    return generation


def _failed(target: Path, newest: int | None, error: OSError | ValueError) -> OutputError:
    why = getattr(error, "strerror", None) or error
    kept = f"; generation {newest} stays" if newest else ""
    failed = OutputError(f"{target}: the checkpoint cannot be written: {why}{kept}")
    failed.errno = getattr(error, "errno", None)
    return failed


def _standing(path: Path) -> int | None:
    """The generation of a sound file; None where it is missing or damaged.

    Raises:
        StateError: it is there and may be worth keeping.
    """
    try:
        with opened(path) as file:
            generation: int = header(file, str(path))["generation"]
            return generation
    except (DamagedError, FileNotFoundError):
        return None


def _require_ours(target: Path, newest: int | None) -> None:
    """Refuse to replace a file that no checkpoint ever was; a damaged one may be replaced."""
    if newest is not None or not target.exists() or previous(target).exists():
        return
    with target.open("rb") as file:
        start = file.read(len(MAGIC))
    if start.strip(b"\0") and start[:4] != MAGIC[:4]:
        raise StateError(f"{target}: is no checkpoint, so it is not replaced by one")


def _place(target: Path, data: bytes, *, keep: bool) -> None:
    """Put `data` under the name; the file that stood there becomes the one before.

    A damaged current file must not push out a good previous one, so it is not kept.
    """
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    second = target.with_name(f".{target.name}.{os.getpid()}.1.tmp")
    try:
        _write_synced(beside, data)
        if keep:
            _second_name(target, second)
            os.replace(second, previous(target))
        os.replace(beside, target)
        _sync_folder(target.parent)
    except OSError:
        for rest in (beside, second):
            with contextlib.suppress(OSError):
                rest.unlink(missing_ok=True)
        raise


def _second_name(target: Path, second: Path) -> None:
    """Give the file a second name beside its first, so that at no moment there is none."""
    second.unlink(missing_ok=True)
    try:
        os.link(target, second)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _write_synced(second, target.read_bytes())


def _write_synced(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
