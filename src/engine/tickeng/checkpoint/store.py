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
from ..files.disk import draft_of, remove, replace, resolved, write_synced
from ..files.disk.guard import require_kind
from ..files.limits import DEFAULT_MEMORY
from .container import Content, DamagedError, encode, header, is_ours
from .description import Meta

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
    target = resolved(os.fspath(path))
    older = previous(target)
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
    then = f"the generation before, {older}" if fault else "that one"
    warnings.warn(f"{reason}; continuing from {then}", FallbackWarning, stacklevel=2)
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
    the new one whole where only the last sync of the folder failed. The caller holds `path`.

    Raises:
        OutputError: the file cannot be written.
    """
    target = resolved(os.fspath(path))
    newest = None
    try:
        newest = _standing(target)
        generation = max(newest or 0, _standing(previous(target)) or 0) + 1
        for file in (target, previous(target)):
            require_kind(file, "checkpoint of tickeng", is_ours)
        _place(target, encode(state, meta, generation=generation), keep=newest is not None)
    except StateError as error:
        raise OutputError(f"{error}; give another name") from error
    except OutputError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        kept = f"; generation {newest} stays" if newest else ""
        raise OutputError(getattr(error, "errno", None),
                          f"{path}: the checkpoint cannot be written: {why}{kept}") from error
    return generation


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


def _place(target: Path, data: bytes, *, keep: bool) -> None:
    """Put `data` under the name; the file that stood there becomes the one before.

    A damaged current file must not push out a good previous one, so it is not kept.
    """
    draft, second = draft_of(target), draft_of(previous(target))
    try:
        remove(draft)  # what a dead run left may be the second name of another file
        write_synced(draft, data)
        if target.exists():
            os.chmod(draft, stat.S_IMODE(os.stat(target).st_mode))
        if keep:
            _second_name(target, second)
            os.replace(second, previous(target))
            remove(second)  # which is still there where both were names of one file
        replace(draft, target)
    except OSError:
        for rest in (draft, second):
            with contextlib.suppress(OSError):
                remove(rest)
        raise


def _second_name(target: Path, second: Path) -> None:
    """Give the file a second name beside its first, so that at no moment there is none."""
    remove(second)
    try:
        os.link(target, second)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        write_synced(second, target.read_bytes())
