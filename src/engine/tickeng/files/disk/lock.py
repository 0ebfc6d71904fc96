"""One run at a time writes a file: a lock on `.NAME.lock` beside it, which says who holds it.

The lock belongs to the open file, so it ends with the process however that dies; the file itself
is removed at the end. What a run that died has left aside may be removed under the lock.
Trap: a lock file may be removed between its opening and its locking; then the lock is on a file
that nobody else finds, so the name is looked at again.
"""

import contextlib
import errno
import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from tickeng.files.disk.durable import failed, output_errors, write_all

_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)
_SHOWN = 200


class Hold:
    """The lock on `path`, until `release` or the end of the with statement.

    `warning` is a sentence where the file system has no locks, else None.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.warning: str | None = None
        self._name = path.with_name(f".{path.name}.lock")
        self._descriptor = -1
        with output_errors(path):
            self._descriptor = self._locked()
            try:
                os.ftruncate(self._descriptor, 0)
                write_all(self._descriptor, _me().encode())
            except OSError:
                self.release()
                raise

    def _locked(self) -> int:
        while True:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._name, flags, 0o666)
            try:
                self._lock(descriptor)
                if _is_under(self._name, descriptor):
                    return descriptor
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, _SHOWN).decode("utf-8", "replace").strip()
            raise failed(f"{self.path}: is being written by {holder or 'another run'}; wait for its"
                         " end or write to another file", error) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            self.warning = (f"{self.path}: its file system has no locks, so nothing keeps another"
                            " run from writing it at the same time")

    def release(self) -> None:
        """Let others write the file; harmless when that is so already."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        with contextlib.suppress(OSError):  # the folder may have gone; nobody misses the file
            if _is_under(self._name, descriptor):
                self._name.unlink()
        with contextlib.suppress(OSError):  # what was written is complete, and the lock ends
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def hold(path: Path) -> Hold:
    """Keeps other runs from writing `path`.

    Raises:
        OutputError: another run holds it, or its folder cannot be written.
    """
    return Hold(path)


def _me() -> str:
    now = datetime.now(UTC).isoformat(timespec="seconds").removesuffix("+00:00")
    return f"process {os.getpid()} on {os.uname().nodename} since {now}Z\n"


def _is_under(name: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(name), os.fstat(descriptor))
    except FileNotFoundError:
        return False
