"""A disk that remembers: what was done to a folder, and every state in which power may go.

`recorded` notes the system calls that a piece of code makes on files of a folder. `states` gives
what may be found there afterwards: until a file is synced, any prefix of what was written or any
set of its sectors may have reached the disk; until the folder is synced, any of its changes. A file
whose sync failed has lost what was not on disk, whatever a later sync says.
"""

import contextlib
import itertools
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
SAMPLED = 48  # sets of sectors for each moment
Names = dict[str, int]
Op = tuple  # ("write", file, offset, bytes) | ("sync", file) | ("lost", file) | ("names", Names)...


@dataclass
class Disk:
    """A folder's files before the first call, and the calls."""

    files: dict[int, bytes] = field(default_factory=dict)
    names: Names = field(default_factory=dict)
    log: list[Op] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> "Disk":
        disk = cls()
        for path in sorted(folder.iterdir()):
            disk.names[path.name] = len(disk.files)
            disk.files[len(disk.files)] = path.read_bytes()
        return disk


@contextlib.contextmanager
def recorded(folder: Path, fail_sync: int = -1, most: int = 1 << 30) -> Iterator[Disk]:
    """Notes what is done to the files of `folder`; the sync of that number fails, and a write takes
    at most so many bytes."""
    disk = Disk.of(folder)
    recorder = _Recorder(folder, disk, fail_sync, most)
    real = {name: getattr(os, name) for name in _Recorder.CALLS}
    for name, call in real.items():
        setattr(os, name, recorder.wrapped(name, call))
    try:
        yield disk
    finally:
        for name, call in real.items():
            setattr(os, name, call)


class _Recorder:
    CALLS = ("open", "close", "write", "fsync", "link", "replace", "rename", "unlink")

    def __init__(self, folder: Path, disk: Disk, fail_sync: int, most: int) -> None:
        self.folder, self.disk, self.fail_sync, self.most = folder, disk, fail_sync, most
        self.names, self.count, self.syncs = dict(disk.names), len(disk.files), 0
        self.open_files: dict[int, list[int]] = {}
        self.folders: set[int] = set()

    def wrapped(self, name, call):
        return lambda *words, **more: getattr(self, name)(call, *words, **more)

    def _name(self, path) -> str | None:
        path = Path(os.fspath(path)) if not isinstance(path, int) else None
        return path.name if path is not None and path.parent == self.folder else None

    def open(self, call, path, flags, *words, **more):
        handle = call(path, flags, *words, **more)
        name = self._name(path)
        if Path(path) == self.folder:
            self.folders.add(handle)
        elif name and flags & (os.O_WRONLY | os.O_RDWR):
            if name not in self.names:
                self._rename({**self.names, name: self.count})
                self.count += 1
            elif flags & os.O_TRUNC:
                self.disk.log.append(("cut", self.names[name]))
            self.open_files[handle] = [self.names[name], 0]
        return handle

    def close(self, call, handle):
        self.open_files.pop(handle, None)
        self.folders.discard(handle)
        return call(handle)

    def write(self, call, handle, data):
        done = call(handle, data[: self.most])
        if handle in self.open_files:
            file, offset = self.open_files[handle]
            self.disk.log.append(("write", file, offset, bytes(data[:done])))
            self.open_files[handle][1] += done
        return done

    def fsync(self, call, handle):
        self.syncs += 1
        failing = self.syncs - 1 == self.fail_sync
        if handle in self.folders:
            self.disk.log.append(("noop",) if failing else ("sync names",))
        elif handle in self.open_files:
            kind = "lost" if failing else "sync"
            self.disk.log.append((kind, self.open_files[handle][0]))
        if failing:
            raise OSError(5, "Input/output error")
        return call(handle)

    def link(self, call, source, target):
        call(source, target)
        self._rename({**self.names, self._name(target): self.names[self._name(source)]})

    def replace(self, call, source, target):
        call(source, target)
        names = dict(self.names)
        names[self._name(target)] = names.pop(self._name(source))
        self._rename(names)

    rename = replace

    def unlink(self, call, path, **more):
        call(path, **more)
        names = dict(self.names)
        names.pop(self._name(path), None)
        self._rename(names)

    def _rename(self, names: Names) -> None:
        changed = {name: names.get(name) for name in {*names, *self.names}
                   if names.get(name) != self.names.get(name)}
        self.names = names
        if changed:
            self.disk.log.append(("names", changed))


def states(disk: Disk, seed: int = 0) -> Iterator[tuple[int, dict[str, bytes]]]:
    """(calls made, name -> content) of every state in which power may go."""
    dice = random.Random(seed)
    for moment in range(len(disk.log) + 1):
        names, changes, safe, newest, lost = _replayed(disk, disk.log[:moment])
        for chosen in itertools.product((True, False), repeat=len(changes)):
            found = dict(names)
            for change in itertools.compress(changes, chosen):
                found.update(change)
            found = {name: file for name, file in found.items() if file is not None}
            for contents in _contents(safe, newest, lost, dice):
                yield moment, {name: contents[file] for name, file in found.items()}


def _replayed(disk: Disk, log: list[Op]):
    """Names on disk, changes of them that wait, contents on disk, contents written, files lost."""
    names, changes = dict(disk.names), []
    safe, newest, lost = dict(disk.files), dict(disk.files), set()
    for op in log:
        if op[0] == "names":
            changes.append(op[1])
            for file in op[1].values():
                if file is not None:
                    newest.setdefault(file, b"")
                    safe.setdefault(file, b"")
        elif op[0] == "sync names":
            for change in changes:
                names.update(change)
            names, changes = {n: f for n, f in names.items() if f is not None}, []
        elif op[0] == "write":
            _, file, offset, data = op
            newest[file] = newest[file][:offset].ljust(offset, b"\0") + data
        elif op[0] == "cut":
            newest[op[1]] = b""
        elif op[0] == "lost":
            lost.add(op[1])
        elif op[0] == "sync" and op[1] not in lost:
            safe[op[1]] = newest[op[1]]
    return names, changes, safe, newest, lost


def _contents(safe, newest, lost, dice) -> Iterator[dict[int, bytes]]:
    waiting = [file for file in newest if newest[file] != safe[file]]
    yield safe
    yield {**newest, **{file: safe[file] for file in lost}}
    for file in waiting:
        for torn in torn_forms(newest[file], dice):
            yield {**newest, file: torn}


def torn_forms(data: bytes, dice: random.Random) -> Iterator[bytes]:
    """Every prefix, and sampled sets of sectors with zeros for those that are missing."""
    for length in range(len(data)):
        yield data[:length]
    sectors = [data[at : at + SECTOR] for at in range(0, len(data), SECTOR)]
    for _ in range(SAMPLED):
        yield b"".join(s if dice.random() < 0.5 else bytes(len(s)) for s in sectors)
