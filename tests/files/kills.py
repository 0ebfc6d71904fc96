"""Replays that are killed at random moments and continued until they come through.

Kills fall uniformly over the time that a run takes, so in whatever it does then. In the end the
output is that of a run that nobody killed, and nothing is left aside.
"""

import os
import random
import shutil
import time
from pathlib import Path

from tests.cli.conftest import write_tape
from tests.files.faults import KILLED, Forks
from tests.files.scenario import FORMS, OLD, command, content

ROWS, EVERY = 2_000, 60


class Victim:
    """A replay to an output of a format, by a number of workers, new or in place of another."""

    def __init__(self, place: Path, forks: Forks, form: str, workers: int, forced: bool) -> None:
        self.folder, self.forks, self.forced = place / "run", forks, forced
        self.out = self.folder / f"out.{form}"
        self.words = ("replay", place / "t.csv", "-o", self.out.name, "--checkpoint", "k",
                      "--checkpoint-every", EVERY, "--rejects", "r.csv", "--workers", workers, "-q")
        self.restore()
        began = time.monotonic()
        assert self.attempt(None) == 0
        self.seconds = time.monotonic() - began
        self.rows, self.rejects = content(self.out), (self.folder / "r.csv").read_bytes()

    def restore(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        if self.forced:
            self.out.write_bytes(OLD["out"])

    def attempt(self, kill_after: float | None) -> int:
        there = any((self.folder / name).exists() for name in ("k", "k.1"))
        more = (["-f"] if self.forced or not there else []) + (["--resume", "k"] if there else [])
        end = self.forks.run(command(*self.words, *more), self.folder, kill_after=kill_after)
        assert end.code in (0, KILLED), f"exit {end.code}: {end.err}"
        return end.code

    def live_through(self, dice: random.Random, most: int) -> int:
        """The number of kills until it came through, `most` at most."""
        self.restore()
        kills = 0
        while kills < most and self.attempt(dice.uniform(0, self.seconds)) == KILLED:
            kills += 1
            if self.forced and self.out.is_file() and self.out.read_bytes() != OLD["out"]:
                assert content(self.out) == self.rows, "the output is neither old nor new"
        assert self.attempt(None) == 0
        assert content(self.out) == self.rows, "the output differs"
        assert (self.folder / "r.csv").read_bytes() == self.rejects, "the rejects differ"
        left = [name for name in os.listdir(self.folder) if name.startswith(".")]
        assert not left, f"left aside: {left}"
        return kills


def killed(place: Path, forks: Forks, count: int, seed: int) -> int:
    """Kill `count` times, as many of each kind of replay; how many kinds went wrong."""
    dice, failed = random.Random(seed), 0
    kinds = [(form, workers, forced) for form in FORMS for workers in (1, 2)
             for forced in (False, True)]
    for at, (form, workers, forced) in enumerate(kinds):
        share = count * (at + 1) // len(kinds) - count * at // len(kinds)
        kills, runs, wrong = 0, 0, ""
        try:
            place.mkdir(parents=True, exist_ok=True)
            write_tape(str(place / "t.csv"), ROWS, late=0.02, bad=0.02)
            victim = Victim(place, forks, form, workers, forced)
            while kills < share:
                kills += victim.live_through(dice, share - kills)
                runs += 1
        except AssertionError as error:
            wrong = f": {error}"
        told = f"{form}, {workers} workers, {'replaced' if forced else 'new'}"
        print(f"{'FAIL' if wrong else 'ok  '}  {told}: {kills} kills, {runs} outputs{wrong}",
              flush=True)
        failed += bool(wrong)
    return failed
