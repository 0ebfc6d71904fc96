"""Files that a crash leaves as they were or as they are to be, never half.

A file is written beside its name as `.NAME.writing`, synced, renamed, and its folder synced. A
name that must be free is taken without replacing what may have come there meanwhile; folders are
exchanged. Every failure is an OutputError that names the path.
Trap: a file whose fsync failed may have lost data and yet sync the next time: its draft is thrown
away, never synced again.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from tickeng.errors import OutputError

_NO_SUCH_CALL = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
_NO_REPLACE, _EXCHANGE = 1, 2
_HERE = -100  # AT_FDCWD


@contextlib.contextmanager
def output_errors(path: Path | str) -> Iterator[None]:
    """Turns an OSError into an OutputError that names `path`."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise failed(f"{path}: cannot be written: {error.strerror or error}", error) from error


def failed(message: str, error: OSError) -> OutputError:
    """An OutputError of this message, with the number of the system's error."""
    found = OutputError(message)
    found.errno = error.errno
    return found


def resolved(path: Path | str) -> Path:
    """The file that a name stands for: behind a symbolic link the one it leads to."""
    return Path(os.path.realpath(path)) if os.path.islink(path) else Path(path)


def draft_of(path: Path) -> Path:
    """Where `path` is written before it has its name."""
    return path.with_name(f".{path.name}.writing")


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """os.write until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view):]


class _Stream(Protocol):
    def write(self, data: memoryview, /) -> int | None: ...
    def flush(self) -> None: ...


def write_stream(stream: _Stream, data: bytes | memoryview) -> None:
    """Writes and flushes everything; a stream without a buffer takes a part at a time."""
    view = memoryview(data)
    while view:
        taken = stream.write(view)
        if taken is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        view = view[taken:]
    stream.flush()


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Makes the content of a closed file durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_aside(path: Path, data: bytes | memoryview) -> None:
    """Makes `data` the content of `path`; a crash leaves the old file or the new one.

    The caller holds `path` (see `hold`) or is the only one that can write it.
    """
    draft = draft_of(path)
    with output_errors(path):
        try:
            write_synced(draft, data)
            keep_mode(draft, path)
            os.replace(draft, path)
        except BaseException:
            remove(draft)
            raise
        sync_folder(path.parent)


def write_synced(path: Path, data: bytes | memoryview) -> None:
    """Writes a new file, or over a stale one, and syncs it; not yet its folder."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o666)
    try:
        write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_mode(draft: Path, path: Path) -> None:
    """Gives a draft the permissions of the file that it is to replace."""
    with contextlib.suppress(FileNotFoundError):
        os.chmod(draft, os.stat(path).st_mode & 0o777)


def link(source: Path, target: Path) -> bool:
    """Gives a file a second name; False where the file system has no links."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def take_name(draft: Path, path: Path) -> None:
    """Renames a synced draft to a name that must be free.

    Raises:
        OutputError: the name is taken.
    """
    with output_errors(path):
        try:
            if not _rename_with(draft, path, _NO_REPLACE):
                if os.path.lexists(path):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
                os.rename(draft, path)
        except FileExistsError as error:
            raise failed(f"{path}: another file has come there while it was written",
                         error) from error
        sync_folder(path.parent)


def replace(draft: Path, path: Path) -> None:
    """Puts a synced draft, a file or a folder, in the place of `path`, which is then removed.

    At no moment is there none, unless the file system cannot exchange two names; then a crash
    leaves the old one as `.NAME.old`, which `recover` brings back.
    """
    with output_errors(path):
        if not (draft.is_dir() or path.is_dir()):
            os.replace(draft, path)
        elif not os.path.lexists(path):
            os.rename(draft, path)
        elif _rename_with(draft, path, _EXCHANGE):
            sync_folder(path.parent)
            remove(draft)
        else:
            os.rename(path, _old(path))
            os.rename(draft, path)
            sync_folder(path.parent)
            remove(_old(path))
        sync_folder(path.parent)


def recover(path: Path) -> None:
    """Ends a replacement that a crash interrupted: what was there is there again."""
    with output_errors(path):
        if not os.path.lexists(path) and os.path.lexists(_old(path)):
            os.rename(_old(path), path)
        remove(_old(path))


def remove(path: Path) -> None:
    """Removes a file or a folder of ours; none is fine."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _old(path: Path) -> Path:
    return path.with_name(f".{path.name}.old")


def _rename_with(source: Path, target: Path, flag: int) -> bool:
    """renameat2(2); False where it does not exist for this system or file system."""
    import ctypes  # is needed seldom

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if call(_HERE, os.fsencode(source), _HERE, os.fsencode(target), flag) == 0:
        return True
    fault = ctypes.get_errno()
    if fault in _NO_SUCH_CALL:
        return False
    raise OSError(fault, os.strerror(fault), str(source), None, str(target))
