"""Killed, or with a failing disk, at any call: the output ends as if nothing had happened.

Each run is left at one call and continued until it comes through. A file that is to be replaced
is whole at every moment. A sample of the calls is tried, each of them where TICKENG_SOAK is set.
"""

import errno
import os
import shutil
import warnings
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import write_tape
from tests.files.crash import Fault, run
from tickeng import replay

FORMS = ("csv", "jsonl", "arrow", "arrows", "csv.zst", "arrows.zst", "parquet")
STEP = 1 if os.environ.get("TICKENG_SOAK") else 13
OLD = b"yesterday's rows\n"
ERRORS = (errno.EIO, errno.ENOSPC, errno.EROFS)


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """What a run imports late is imported before the forks, which would each do it again."""
    folder = tmp_path_factory.mktemp("warm")
    write_tape(str(folder / "t.csv"), 50)
    for form in ("csv", "arrow", "parquet", "csv.zst"):
        with warnings.catch_warnings(action="ignore"):
            replay(folder / "t.csv", folder / f"out.{form}", checkpoint=folder / "k",
                   rejects=folder / f"{form}.rejects")


class Case:
    """One replay with an output of a format, its files, and what they are in the end."""

    def __init__(self, folder: Path, form: str, forced: bool, workers: int = 1) -> None:
        self.folder, self.forced = folder / "run", forced
        self.out = self.folder / f"out.{form}"
        write_tape(str(folder / "t.csv"), 420, late=0.02, bad=0.02)
        self.words = ("replay", folder / "t.csv", "-o", self.out.name, "--checkpoint", "k",
                      "--checkpoint-every", "100", "--rejects", "r.csv", "--workers", workers,
                      "-q", *(["-f"] if forced else []))
        self.prepare()
        whole = run(self.folder, *self.words)
        assert whole.code == 0, whole.err
        self.calls = whole.calls
        self.rows, self.rejects = self.content(), self.rejected()

    def prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if self.forced:
            self.out.write_bytes(OLD)

    def content(self) -> object:
        if not self.out.name.endswith(".parquet"):
            return self.out.read_bytes()
        table = pq.read_table(self.out)
        return [(name, column.to_pylist() if pa.types.is_string(column.type)
                 else column.to_numpy().tobytes())
                for name, column in zip(table.column_names, table.columns, strict=True)]

    def rejected(self) -> bytes:
        return (self.folder / "r.csv").read_bytes()

    def require_whole(self, told: str) -> None:
        """The file under the name is the old one or the new one."""
        if self.forced:
            old = self.out.is_file() and self.out.read_bytes() == OLD
            assert old or self.content() == self.rows, f"{told}: the output is neither"

    def finish(self, told: str) -> None:
        """Continue until the run comes through, and compare."""
        again = ("--resume", "k") if (self.folder / "k").exists() else ("-f",)
        done = run(self.folder, *self.words, *again)
        assert done.code == 0, f"{told}: {done.err}"
        assert self.content() == self.rows, f"{told}: the output differs"
        assert self.rejected() == self.rejects, f"{told}: the list of rejects differs"
        left = [name for name in os.listdir(self.folder)
                if name.startswith(".") and not name.endswith(".tmp")]
        assert left == [], told


@pytest.mark.parametrize("forced", [False, True], ids=["new", "replaced"])
@pytest.mark.parametrize("form", FORMS)
def test_killed_at_a_call(warm, tmp_path, form, forced):
    case = Case(tmp_path, form, forced)
    for at in range(sum(map(ord, form)) % STEP, len(case.calls), STEP):
        for how in ("before", "torn"):
            if how == "torn" and case.calls[at] != "write":
                continue
            case.prepare()
            told = f"killed {how} call {at}, {case.calls[at]}"
            assert run(case.folder, *case.words, fault=Fault(at, how)).code == -9, told
            case.require_whole(told)
            case.finish(told)


@pytest.mark.parametrize("form", ["csv", "arrow", "parquet"])
def test_killed_at_a_call_with_two_workers(warm, tmp_path, form):
    case = Case(tmp_path, form, forced=True, workers=2)
    for at in range(0, len(case.calls) - 8, 2 * STEP):
        case.prepare()
        run(case.folder, *case.words, fault=Fault(at, "before"))
        case.require_whole(f"call {at}")
        case.finish(f"call {at}")


@pytest.mark.parametrize("form", ["csv", "arrow", "csv.zst", "parquet"])
def test_a_disk_that_fails_at_a_call(warm, tmp_path, form):
    """The run says so, and a later one is as if nothing had been; exit 0 only with all there."""
    case = Case(tmp_path, form, forced=True)
    for at in range(3 % STEP, len(case.calls), STEP):
        case.prepare()
        told = f"error at call {at}, {case.calls[at]}"
        failed = run(case.folder, *case.words, fault=Fault(at, ERRORS[at % len(ERRORS)]))
        assert failed.code in (0, 5), f"{told}: exit {failed.code}, {failed.err}"
        case.require_whole(told)
        if failed.code == 0:
            assert case.content() == case.rows, told
        else:
            assert any(name in failed.err for name in (case.out.name, "k:", "r.csv")), (
                f"{told}: {failed.err}")
        case.finish(told)
