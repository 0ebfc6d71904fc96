"""What holds quotes and books in it and comes through a pipe counts as the file does."""

from pathlib import Path

import pytest

from tests.cli.test_recorded_feeds import TEXT, recording
from tests.cli.test_remedies_of_kinds import KERNELS, written

__all__ = ["recording"]

WORDS = ("--kernels", KERNELS + "; mid_spread", "-f", "-o")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_own_quotes_count_in_a_pipe_too(tickeng, rows):
    written()
    assert tickeng("convert", "t.csv", "q.csv", "-o", "tq.zst").code == 0
    run = tickeng("replay", "tq.zst", "--books", "b.csv", *WORDS, "file.csv", "--rows", rows)
    assert run.code == 0, run.err
    piped = tickeng("replay", "-", "--books", "b.csv", *WORDS, "pipe.csv", "--rows", rows,
                    stdin=Path("tq.zst").read_bytes(), own_process=True)
    assert piped.code == 0, piped.err
    assert Path("pipe.csv").read_bytes() == Path("file.csv").read_bytes()
    books = tickeng("replay", "tq.zst", "--books", "-", *WORDS, "books.csv", "--rows", rows,
                    stdin=Path("b.csv").read_bytes(), own_process=True)
    assert books.code == 0, books.err
    assert Path("books.csv").read_bytes() == Path("file.csv").read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_a_recording_with_both_is_one_through_a_pipe(tickeng, recording):
    assert tickeng("replay", recording, "--kernels", TEXT, "-o", "file.csv").code == 0
    piped = tickeng("replay", "-", "--kernels", TEXT, "-o", "pipe.csv", own_process=True,
                    stdin=Path(recording).read_bytes())
    assert piped.code == 0, piped.err
    assert Path("pipe.csv").read_bytes() == Path("file.csv").read_bytes()
    twice = tickeng("replay", "-", "--books", "-", "--kernels", TEXT, "-o", "x.csv",
                    own_process=True, stdin=Path(recording).read_bytes())
    assert twice.code == 2 and "stdin (-) can be only one" in twice.err
