"""What a scenario is: something that writes files, is left at a call, and is then done again.

It restores what was there before, acts in a fork, says what may be there after a fault, and comes
to its end; then all must be as if nothing had happened.
"""

import hashlib
import os
import re
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.cli.conftest import write_tape
from tests.files.faults import KILLED, LASTING, POWER, End, Fault, Forks
from tickeng_cli import app

FORMS = ("csv", "jsonl", "arrow", "arrows", "csv.zst", "jsonl.zst", "arrows.zst", "parquet")
ROWS = 420
OLD = {
    "out": b"yesterday's rows\n",
    "manifest": b'{"config": {}}\n',
    "r.csv": b'"file","row","reason","text"\n"old.csv",1,"bad_price","x"\n',
    "p.html": "<html><title>old · tickeng replay</title></html>\n".encode(),
}
OLD_LOG = b"2026-01-01T00:00:00.000Z tickeng 0.1.0: replay old.csv\n"
ASIDE = re.compile(r"(\.(writing|lock|redo|parts|new|old|1|manifest\.json))+\b|/.*")
KILLS = ("kill", "torn", *POWER)


def command(*words: object) -> Callable[[], int]:
    """The command, to be run in a fork."""
    def act() -> int:
        sys.argv = ["tickeng", *map(str, words)]
        try:
            app.main()
        except SystemExit as stopped:
            return int(stopped.code or 0)
        raise AssertionError("the command has not ended")
    return act


def content(path: Path) -> object:
    """What an output holds: its bytes, or the rows of Parquet."""
    if not path.name.endswith(".parquet"):
        return path.read_bytes()
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        return f"unreadable: {error}"
    return [(name, column.to_pylist() if pa.types.is_string(column.type)
             else column.to_numpy().tobytes())
            for name, column in zip(table.column_names, table.columns, strict=True)]


class Snapshot:
    """The files of a folder and their inodes, by which a continued run knows its output."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self._folder = folder
        self._files: list[tuple[Path, Path, bytes]] = []
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            held = kept / str(len(self._files))
            os.link(path, held)
            self._files.append((path, held, path.read_bytes()))

    def restore(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        for path, held, data in self._files:
            held.write_bytes(data)
            path.parent.mkdir(exist_ok=True)
            os.link(held, path)


class Scenario(ABC):
    """`folder` is what is watched; `run` what is left at a call."""

    run: Callable[[], int]
    remedies: tuple[int, ...] = (0, 5)  # exit codes after an error

    def __init__(self, place: Path, forks: Forks) -> None:
        self.forks = forks
        self.folder, self._kept = place / "run", place / "kept"
        shutil.rmtree(place, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.tape = place / "t.csv"
        write_tape(str(self.tape), ROWS, late=0.02, bad=0.02)

    def keep(self) -> None:
        """What is in the folder now is there before each case."""
        self._snapshot = Snapshot(self.folder, self._kept)
        self._before = set(os.listdir(self.folder))

    def restore(self) -> None:
        self._snapshot.restore()

    def attempt(self, fault: Fault | None = None) -> End:
        return self.forks.run(self.run, self.folder, fault)

    def require_code(self, end: End, fault: Fault) -> None:
        """The exit code says what happened, and the message names the file."""
        if end.code == KILLED:
            assert fault.how in KILLS, "it was killed"
        elif len(end.calls) <= fault.at:
            assert end.code == 0, f"exit {end.code}: {end.err}"
        else:
            assert fault.how not in KILLS, f"it lives: exit {end.code}"
            assert fault.how != "short" or end.code == 0, f"exit {end.code}: {end.err}"
            assert end.code in self.remedies, f"exit {end.code}: {end.err}"
        assert "Traceback" not in end.err and "internal error" not in end.err, end.err
        if end.code > 0 and fault.how not in ("full", "read-only"):
            name = ASIDE.sub("", end.path).strip(".")
            assert name in end.err, f"{end.path} is not named: {end.err}"

    def require_clean(self, end: End, fault: Fault, drafts: set[str]) -> None:
        """A process that has ended by itself leaves nothing aside but what continues, and the file
        that could not be removed."""
        if fault.how in KILLS or fault.how in LASTING:
            return
        left = {name for name in os.listdir(self.folder) if name.startswith(".")}
        left -= self._before | drafts | {Path(end.path).name}
        assert not left, f"left aside: {sorted(left)}"

    def state(self) -> str:
        """What a further run finds: names, contents, and which are files from before."""
        known = {os.stat(held).st_ino for held in self._kept.iterdir()}
        found = sorted(
            (str(path), "" if path.name == "log" or path.name.endswith(".lock")
             else hashlib.sha1(path.read_bytes()).hexdigest(), path.stat().st_ino in known)
            for path in self.folder.rglob("*") if path.is_file())
        return repr(found)

    @abstractmethod
    def require_whole(self, end: End, fault: Fault) -> None:
        """What is there is old or new."""

    @abstractmethod
    def finish(self) -> None:
        """Do it again until it is done, and compare."""
