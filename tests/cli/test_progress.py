"""The bar of long runs: every verb that may take seconds has one, and its share only rises."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from tickeng import checkpoint
from tickeng.conversion import convert_files

from .conftest import COMMAND, write_tape


@pytest.fixture
def files(tickeng):
    """A tape and two checkpoints of it."""
    write_tape("a.csv", 30_000)
    for name in ("k", "other", "k"):
        assert tickeng("replay", "a.csv", "-o", "o.csv", "-f", "--checkpoint", name).code == 0
    return tickeng


def on_a_terminal(*words: str) -> str:
    """What stderr shows where it is a terminal."""
    reader, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen([*COMMAND, *words], stdin=subprocess.DEVNULL, stderr=terminal,
                               stdout=subprocess.DEVNULL, env=environment)
    os.close(terminal)
    shown = b""
    try:
        while piece := os.read(reader, 65_536):
            shown += piece
    except OSError:  # the terminal has no writer any more
        pass
    os.close(reader)
    assert process.wait() in (0, 1)
    return shown.decode()


@pytest.mark.parametrize(("words", "unit"), [
    (("replay", "a.csv", "-o", "p.csv"), "ticks"),
    (("replay", "a.csv", "--warm", "a.csv", "-o", "p.csv"), "ticks"),
    (("inspect", "a.csv"), "ticks"),
    (("convert", "a.csv", "-o", "p.zst"), "ticks"),
    (("convert", "a.csv", "-o", "p.zst", "--reverse"), "ticks"),
    (("checkpoint", "show", "k"), "bytes"),
    (("checkpoint", "diff", "k", "other"), "bytes"),
    (("checkpoint", "verify", "k"), "bytes"),
])
def test_a_verb_shows_how_far_it_is(files, words, unit):
    shown = on_a_terminal(*words)
    assert f" {unit} " in shown and " left " in shown
    assert "100%" in shown
    quiet = on_a_terminal(*words, "-q", *(["-f"] if "-o" in words else []))
    assert " left " not in quiet


@pytest.mark.parametrize("look", [
    lambda told: checkpoint.describe("k", progress=told),
    lambda told: checkpoint.compare("k", "other", progress=told),
    lambda told: checkpoint.verify("k", progress=told),
    lambda told: convert_files(["a.csv"], "b.csv", progress=told, block_rows=4_096),
    lambda told: convert_files(["a.csv"], "b.csv", progress=told, block_rows=4_096, reverse=True),
])
def test_the_share_rises_to_one(files, look):
    told: list[tuple[int, float]] = []
    look(lambda *entry: told.append(entry))
    amounts, shares = zip(*told, strict=True)
    assert list(shares) == sorted(shares) and list(amounts) == sorted(amounts)
    assert len(set(shares)) > 1 or len(shares) == 1
    assert shares[-1] == pytest.approx(1)


def test_a_damaged_checkpoint_is_still_found(files):
    data = bytearray(Path("k").read_bytes())
    data[-9] ^= 1
    Path("k").write_bytes(data)
    told: list[tuple[int, float]] = []
    found = checkpoint.verify("k", progress=lambda *entry: told.append(entry))
    assert [entry["sound"] for entry in found] == [False, True]
    assert 0 < told[-1][1] < 1
