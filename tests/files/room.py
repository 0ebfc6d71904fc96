"""A disk that is full, read-only, limited or gone while something is written to it: every output of
a replay, new or in place of another, a converted tick file and a plot.

The disk is a tmpfs of this process's own mount namespace. A replay ends with exit 5 and says which
file it was; what was there before is there still; and with room again it continues to the bytes of
a run that always had it.
"""

import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.cli.conftest import write_tape
from tests.files.faults import Forks
from tests.files.kills import EVERY, ROWS
from tests.files.scenario import FORMS, OLD, command, content
from tickeng.replay import run as replay_run

SIZE, LARGEST = "4m", 4_096  # of the disk; of a file where there is a limit
STRIKES_AT = 4  # the checkpoint at which a disk fills up or goes


def mounted(*words: object) -> None:
    subprocess.run(["mount", *map(str, words)], check=True)


def fill(disk: Path) -> None:
    with open(disk / "filler", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def fill_but_a_page(disk: Path) -> None:
    fill(disk)
    os.truncate(disk / "filler", os.path.getsize(disk / "filler") - 2 * 4096)


def limit(_: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))


def move_away(disk: Path) -> None:
    os.rename(disk / "inner", disk / "elsewhere")


class Cramped:
    """A replay on a disk; `strike` comes in its process at a checkpoint, `before` it begins, and
    `mend` ends it."""

    def __init__(self, disk: Path, forks: Forks, form: str, forced: bool) -> None:
        self.disk, self.folder, self.forks, self.forced = disk, disk / "inner", forks, forced
        self.out = self.folder / f"out.{form}"
        self.words = ("replay", disk.parent / "t.csv", "-o", self.out, "--checkpoint",
                      self.folder / "k", "--checkpoint-every", EVERY, "--rejects",
                      self.folder / "r.csv", "-q")
        self.folder.mkdir()
        if forced:
            self.out.write_bytes(OLD["out"])

    def run(self, *more: str, strike: Callable[[Path], None] | None = None) -> tuple[int, str]:
        resumed = ["--resume", self.folder / "k"] if (self.folder / "k").exists() else ["-f"]
        again = [*(["-f"] if self.forced else []), *resumed]
        act = command(*self.words, *again, *more)
        end = self.forks.run(struck(act, strike, self.disk) if strike else act, self.disk.parent)
        return end.code, end.err

    def require_old(self) -> None:
        assert not self.forced or self.out.read_bytes() == OLD["out"], "the old output is gone"

    def require_done(self, rows: object) -> None:
        code, err = self.run()
        assert code == 0, f"then: exit {code}: {err}"
        assert content(self.out) == rows, "then: the output differs"
        left = [name for name in os.listdir(self.folder) if name.startswith(".")]
        assert not left, f"then: left aside: {left}"


def struck(act: Callable[[], int], strike: Callable[[Path], None], disk: Path) -> Callable[[], int]:
    real, calls = replay_run.write_checkpoint, []

    def write_checkpoint(*given):
        calls.append(1)
        if len(calls) == STRIKES_AT:
            strike(disk)
        return real(*given)

    def acts() -> int:
        with patch.object(replay_run, "write_checkpoint", write_checkpoint):
            return act()
    return acts


def full(run: Cramped) -> tuple[int, str]:
    end = run.run(strike=fill)
    run.require_old()
    (run.disk / "filler").unlink()
    return end


def vanished(run: Cramped) -> tuple[int, str]:
    end = run.run(strike=move_away)
    os.rename(run.disk / "elsewhere", run.disk / "inner")
    run.require_old()
    return end


def limited(run: Cramped) -> tuple[int, str]:
    end = run.run(strike=limit)
    run.require_old()
    return end


def read_only(run: Cramped) -> tuple[int, str]:
    assert run.run("--limit", "700")[0] == 0
    was = {path: path.read_bytes() for path in run.folder.rglob("*") if path.is_file()}
    mounted("-o", "remount,ro", run.disk)
    end = run.run()
    mounted("-o", "remount,rw", run.disk)
    assert {p: p.read_bytes() for p in run.folder.rglob("*") if p.is_file()} == was, "it changed"
    return end


ONCE = {"out.zst": ("convert", "-o"), "p.html": ("replay", "--plot")}


def written_once(disk: Path, forks: Forks, name: str, forced: bool,
                 strike: Callable[[Path], None]) -> None:
    """A file that is written in one go on a disk that is so from the beginning."""
    verb, option = ONCE[name]
    path = disk / "inner" / name
    path.parent.mkdir()
    old = OLD.get(name, OLD["out"]) if forced else None
    if old:
        path.write_bytes(old)
    words = (verb, disk.parent / "t.csv", option, path, "-q")

    def act() -> int:
        strike(disk)
        return command(*words, *(["-f"] if forced else []))()

    end = forks.run(act, disk.parent)
    assert end.code == 5 and str(path) in end.err, f"exit {end.code}: {end.err}"
    assert not old or path.read_bytes() == old, "the old file is gone"
    assert set(os.listdir(path.parent)) <= {name}, "left aside"
    (disk / "filler").unlink(missing_ok=True)
    end = forks.run(command(*words, "-f"), disk.parent)
    assert end.code == 0, f"then: exit {end.code}: {end.err}"
    assert os.listdir(path.parent) == [name], "then: left aside"


def replayed(disk: Path, forks: Forks, form: str, forced: bool,
             ends: Callable[[Cramped], tuple[int, str]]) -> None:
    """A replay whose disk ends so, and its continuation."""
    run = Cramped(disk, forks, form, forced)
    code, err = ends(run)
    assert code == 5, f"exit {code}: {err}"
    assert str(run.folder) in err, err
    whole = disk.parent / run.out.name
    if not whole.exists():
        assert forks.run(command("replay", disk.parent / "t.csv", "-o", whole, "-q"),
                         disk.parent).code == 0
    run.require_done(content(whole))


def no_room(place: Path, forks: Forks) -> int:
    """How many outputs went wrong."""
    disk, failed = place / "disk", 0
    disk.mkdir(parents=True)
    write_tape(str(place / "t.csv"), ROWS, late=0.02, bad=0.02)
    tried: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
        (replayed, (form, forced, ends)) for form in FORMS for forced in (False, True)
        for ends in (full, vanished, limited, read_only)]
    tried += [(written_once, (name, forced, strike)) for name in ONCE for forced in (False, True)
              for strike in (fill, fill_but_a_page, limit)]
    for what, (name, forced, how) in tried:
        mounted("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", disk)
        wrong = ""
        try:
            what(disk, forks, name, forced, how)
        except (AssertionError, OSError) as error:
            wrong = f": {error}"
        finally:
            subprocess.run(["umount", "-l", str(disk)], check=True)
        told = f"{name} {'replaced' if forced else 'new'}, {how.__name__.replace('_', ' ')}"
        print(f"{'FAIL' if wrong else 'ok  '}  {told}{wrong}", flush=True)
        failed += bool(wrong)
    return failed
