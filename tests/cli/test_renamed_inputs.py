"""A run continues with its files where they have moved or have another name."""

import shutil
from pathlib import Path

import pytest

from .conftest import START_NS, write_tape

WORDS = ("--set", "warmup=expanding", "--kernels", "chain", "-o")
TOLD = "b.csv: is a.csv of the checkpoint under a new name, and continues it"


def begun(tickeng, rows=3_000):
    """A run of a.csv that has stopped, and what all of it comes to."""
    write_tape("a.csv", rows, seed=1)
    assert tickeng("replay", "a.csv", *WORDS, "whole.csv").code == 0
    assert tickeng("replay", "a.csv", *WORDS, "o.csv", "--limit", 1_000, "--checkpoint",
                   "k").code == 0


def resumed(tickeng, *files):
    return tickeng("replay", *files, *WORDS, "o.csv", "--resume", "k", "--checkpoint", "k")


def same():
    return Path("o.csv").read_bytes() == Path("whole.csv").read_bytes()


@pytest.mark.parametrize("rows", [1_200, 3_000])
def test_a_file_that_has_another_name_is_continued(tickeng, rows):
    begun(tickeng, rows)
    Path("a.csv").rename("b.csv")
    run = resumed(tickeng, "b.csv")
    assert run.code == 0 and TOLD in " ".join(run.err.split()) and same()
    assert "0 ticks" in resumed(tickeng, "b.csv").err and same()


def test_a_file_that_has_moved_is_continued(tickeng):
    begun(tickeng)
    Path("old").mkdir()
    Path("a.csv").rename("old/a.csv")
    run = resumed(tickeng, "old/a.csv")
    assert run.code == 0 and "under a new name" not in run.err and same()


def test_a_renamed_file_may_have_grown(tickeng):
    write_tape("all.csv", 3_000, seed=1)
    text = Path("all.csv").read_text()
    Path("a.csv").write_text("".join(text.splitlines(keepends=True)[:2_001]))
    assert tickeng("replay", "all.csv", *WORDS, "whole.csv").code == 0
    assert tickeng("replay", "a.csv", *WORDS, "o.csv", "--checkpoint", "k").code == 0
    Path("a.csv").unlink()
    Path("b.csv").write_text(text)
    assert resumed(tickeng, "b.csv").code == 0 and same()


def test_the_next_file_and_a_copy_beside_are_sources_of_their_own(tickeng):
    begun(tickeng)
    newest_ns = write_tape("c.csv", 500, seed=2, start_ns=START_NS + 10**11)
    assert newest_ns > START_NS
    run = resumed(tickeng, "a.csv", "c.csv")
    assert run.code == 0 and "under a new name" not in run.err
    assert len(Path("o.csv").read_text().splitlines()) == 3_501
    shutil.copy("a.csv", "copy.csv")
    run = resumed(tickeng, "a.csv", "c.csv", "copy.csv")
    assert "under a new name" not in run.err


def test_another_file_of_the_same_header_is_none(tickeng):
    begun(tickeng)
    write_tape("b.csv", 3_000, seed=7, start_ns=START_NS + 10**11)
    run = resumed(tickeng, "b.csv")
    assert run.code == 0 and "under a new name" not in run.err
    assert len(Path("o.csv").read_text().splitlines()) == 4_001


def test_a_leader_that_has_another_name_is_continued(tickeng):
    write_tape("a.csv", 3_000, seed=1)
    write_tape("l.csv", 3_000, seed=2)
    words = ("replay", "a.csv", "--leader")
    assert tickeng(*words, "l.csv", *WORDS, "whole.csv").code == 0
    assert tickeng(*words, "l.csv", *WORDS, "o.csv", "--limit", 1_000, "--checkpoint",
                   "k").code == 0
    Path("l.csv").rename("m.csv")
    run = tickeng(*words, "m.csv", *WORDS, "o.csv", "--resume", "k")
    assert run.code == 0 and same(), run.err
