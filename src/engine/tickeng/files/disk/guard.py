"""What no output may replace: a file that is read, another output, a file of another kind.

Files are compared by device and inode, so that no link or other spelling hides one; a file that
does not exist yet by its folder's and its name. The standard streams are compared too, for the
shell may have led them to a file.
"""

import os
import stat
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from tickeng.errors import ConfigError, OutputError
from tickeng.files.disk.durable import failed

_HEAD_BYTES = 4096

Identity = tuple[int, int, str]


class Named(NamedTuple):
    """A file and what a message calls it, as ``rejects="r.csv"``. "-" is a standard stream.

    Files of one `group` may be the same.
    """

    word: str
    path: str | Path
    written: bool = False
    group: str | None = None


def refuse_shared(files: Iterable[Named]) -> None:
    """Compare every file that is written with every other.

    Raises:
        ConfigError: two are one file, or one lies in a folder that is written.
    """
    known = [(named, found) for named in files if (found := _identity(named)) is not None]
    for (one, first), (other, second) in combinations(known, 2):
        if not (one.written or other.written) or (one.group and one.group == other.group):
            continue
        if first == second:
            raise ConfigError(f"{one.word} and {other.word} are the same file: give one of them"
                              " another name")
        for outer, inner in ((one, other), (other, one)):
            if outer.written and _holds(outer, inner):
                raise ConfigError(f"{inner.word} lies in the folder {outer.word}: give one of them"
                                  " another name")


def same_file(one: str | Path, other: str | Path) -> bool:
    """Whether two names stand for one file, which need not exist yet."""
    return _identity(Named("", one)) == _identity(Named("", other))


def require_kind(path: Path, what: str, is_one: Callable[[bytes], bool]) -> None:
    """Compare the beginning of a file that is to be replaced, if there is one with content.

    Raises:
        OutputError: it is no `what`.
    """
    if path.exists() and not path.is_file():
        return  # a pipe would be waited for
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise failed(f"{path}: cannot be written: {error.strerror}", error) from error
    if head and not is_one(head):
        raise OutputError(f"{path}: exists and is no {what}: remove it or give another name")


def _identity(named: Named) -> Identity | None:
    try:
        if str(named.path) == "-":
            found = os.fstat(1 if named.written else 0)
            return (found.st_dev, found.st_ino, "") if stat.S_ISREG(found.st_mode) else None
        path = os.path.realpath(named.path)
        if os.path.lexists(path):
            found = os.stat(path)
            return found.st_dev, found.st_ino, ""
        folder = os.stat(os.path.dirname(path))
        return folder.st_dev, folder.st_ino, os.path.basename(path)
    except (OSError, ValueError):
        return None  # there is no such folder: opening it will say so


def _holds(outer: Named, inner: Named) -> bool:
    """Whether a folder of parts is, or is to be, above a file."""
    if "-" in (str(outer.path), str(inner.path)):
        return False
    folder = os.path.dirname(os.path.realpath(inner.path))
    return os.path.isdir(outer.path) and os.path.samefile(outer.path, folder)
