"""The command's files: a replay with all that it writes, a conversion, and inputs that fail."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.files.faults import KILLED, POWER, End, Fault, Forks
from tests.files.scenario import OLD, OLD_LOG, Scenario, Snapshot, command, content

MODES = ("new", "replaced", "resumed", "continued", "completed")
FIRST = 230  # rows before a resume


class Replay(Scenario):
    """`tickeng replay` with everything that it writes: output and manifest, rejects, checkpoint,
    plot and log."""

    def __init__(self, place: Path, forks: Forks, form: str, mode: str, *more: str) -> None:
        super().__init__(place, forks)
        self.form, self.forced = form, mode in (
            "replaced", "continued", "completed")
        self.out = self.folder / f"out.{form}"
        self.manifest = self.out.with_name(self.out.name + ".manifest.json")
        if form == "parquet":
            more = (*more, "--columns", "ts_ns,symbol,alpha")
        self.words = ("replay", self.tape, "-o", self.out.name, "--checkpoint", "k",
                      "--checkpoint-every", "150", "--rejects", "r.csv", "--log-file", "log", "-q",
                      "--set", "max_time=2030-01-01", *more, *(["-f"] if self.forced else []))
        self.plot = "p.html" if "p.html" in more else None
        self.begin(mode)
        self.keep()
        self.run = command(*self.words, *(["--resume", "k"] if mode in MODES[2:] else []))
        self.finish_by(self.run)
        self.rows, self.rejects = content(self.out), self.path("r.csv").read_bytes()
        self.beside = set(os.listdir(self.folder))
        if mode in MODES[2:]:
            self.remedies = (0, 4, 5)  # the checkpoint may be unreadable
        # Parquet of one part has its manifest inside.
        self.may_miss = {self.manifest.name} if form == "parquet" else set()

    def path(self, name: str) -> Path:
        return self.folder / name

    def begin(self, mode: str) -> None:
        self.path("log").write_bytes(OLD_LOG)
        if self.forced:
            self.out.write_bytes(OLD["out"])
            self.manifest.write_bytes(OLD["manifest"])
            for name in filter(None, ("r.csv", self.plot)):
                self.path(name).write_bytes(OLD[name])
        if mode == "resumed":
            self.finish_by(command(*self.words, "--limit", FIRST))
        elif mode == "continued":
            self.kill_with_draft()
        elif mode == "completed":
            self.kill_with_name()

    def kill_with_draft(self) -> None:
        """Ends a replacement in its second checkpoint, which gives the first a second name."""
        before = Snapshot(self.folder, self._kept)
        run = command(*self.words)
        calls = self.forks.run(run, self.folder).calls
        at = calls.index("link")
        before.restore()
        assert self.forks.run(run, self.folder, Fault(at, "kill")).code == KILLED
        assert self.path("k").exists() and self.out.read_bytes() == OLD["out"]

    def kill_with_name(self) -> None:
        """Ends a replacement when it has just got the name; the checkpoint is of its draft."""
        before = Snapshot(self.folder, self._kept)
        run = command(*self.words)
        calls = self.forks.run(run, self.folder).calls
        for at in [at + 1 for at, call in enumerate(calls) if call == "rename"]:
            before.restore()
            assert self.forks.run(run, self.folder, Fault(at, "kill")).code == KILLED
            if self.out.is_dir() or self.out.read_bytes() != OLD["out"]:
                break
        assert self.path("k").exists()

    def finish_by(self, run: Callable[[], int]) -> None:
        done = self.forks.run(run, self.folder)
        assert done.code == 0, f"then: exit {done.code}: {done.err}"

    def require_whole(self, end: End, fault: Fault) -> None:
        log = self.path("log").read_bytes()
        assert log.startswith(OLD_LOG), "the log has lost lines"
        self.require_code(end, fault)
        continued = {".r.csv.writing", *(f".out.{self.form}.{what}"
                                         for what in ("writing", "new", "redo"))}
        self.require_clean(end, fault, continued if self.path("k").exists() else set())
        if self.forced:
            self.require_old_or_new()
        elif self.form in ("csv", "jsonl") and fault.how not in POWER and self.out.exists():
            assert self.rows.startswith(self.out.read_bytes().rpartition(b"\n")[0]), "a stray row"
        if end.code == 0:
            assert content(self.out) == self.rows, "exit 0 and rows are missing"
            assert self.path("r.csv").read_bytes() == self.rejects, "exit 0 and rejects are missing"

    def require_old_or_new(self) -> None:
        out = content(self.out)
        old = self.out.is_file() and self.out.read_bytes() == OLD["out"]
        assert old or out == self.rows, "the output is neither old nor new"
        rejects = self.path("r.csv").read_bytes()
        assert rejects in (OLD["r.csv"], self.rejects), "the rejects are neither old nor new"
        if self.manifest.exists():
            assert old == (self.manifest.read_bytes() == OLD["manifest"]), "another's manifest"
        if self.plot:
            page = self.path(self.plot).read_bytes()
            assert page == OLD[self.plot] or page.endswith(b"</html>\n"), "the plot is torn"

    def finish(self) -> None:
        there = any(self.path(name).exists() for name in ("k", "k.1"))
        forced = [] if self.forced or there else ["-f"]
        self.finish_by(command(*self.words, *forced, *(["--resume", "k"] if there else [])))
        assert content(self.out) == self.rows, "then: the output differs"
        assert self.path("r.csv").read_bytes() == self.rejects, "then: the rejects differ"
        left = set(os.listdir(self.folder)) ^ self.beside
        assert left <= {"k.1", *self.may_miss}, f"then: left or missing: {sorted(left)}"


class Convert(Scenario):
    """`tickeng convert`, which is done anew."""

    def __init__(self, place: Path, forks: Forks, form: str, mode: str) -> None:
        super().__init__(place, forks)
        self.forced = mode == "replaced"
        self.out = self.folder / f"out.{form}"
        words = ("convert", self.tape, "-o", self.out.name, "--rejects", "r.csv", "-q")
        self.again = command(*words, "-f")
        self.run = self.again if self.forced else command(*words)
        if self.forced:
            self.out.write_bytes(OLD["out"])
            (self.folder / "r.csv").write_bytes(OLD["r.csv"])
        self.keep()
        assert self.attempt().code == 0
        self.rows = content(self.out)
        self.beside = set(os.listdir(self.folder))

    def require_whole(self, end: End, fault: Fault) -> None:
        self.require_code(end, fault)
        self.require_clean(end, fault, set())
        if self.forced:
            old = self.out.read_bytes() == OLD["out"]
            assert old or content(self.out) == self.rows, "the output is neither old nor new"
        if end.code == 0:
            assert content(self.out) == self.rows, "exit 0 and rows are missing"

    def finish(self) -> None:
        done = self.forks.run(self.again, self.folder)
        assert done.code == 0, f"then: exit {done.code}: {done.err}"
        assert content(self.out) == self.rows, "then: the output differs"
        assert set(os.listdir(self.folder)) == self.beside, "then: left or missing"


class Read(Scenario):
    """A replay of a file that cannot be read: exit 3, and nothing is written."""

    remedies = (0, 2, 3)  # 2 where it cannot be opened

    def __init__(self, place: Path, forks: Forks, form: str) -> None:
        super().__init__(place, forks)
        name = self.folder / f"in.{form}"
        self.again = command("replay", name.name, "--json")
        assert forks.run(command("convert", self.tape, "-o", name), place).code == 0
        self.keep()
        self.run = self.again

    def require_whole(self, end: End, fault: Fault) -> None:
        self.require_code(end, fault)

    def finish(self) -> None:
        done = self.forks.run(self.again, self.folder)
        assert done.code == 0, f"then: exit {done.code}: {done.err}"
