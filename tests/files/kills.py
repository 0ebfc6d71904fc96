"""Replays that are killed at random moments and continued until they come through.

Kills fall uniformly over the time that a run takes, so in whatever it does then. In the end the
output is that of a run that nobody killed, and nothing is left aside. `killed` has trades alone, to
outputs of every form; `killed_markets` trades, quotes, books and changes of books together, given
as files of each, as one tick file and as a recording, with rows of each.
"""

import os
import random
import shutil
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from tests.cli.conftest import write_tape
from tests.files.faults import KILLED, Forks
from tests.files.scenario import FORMS, OLD, command, content
from tests.files.several import ROWS_OF, SOURCES, write_sources

ROWS, EVERY = 2_000, 60


class Victim:
    """A replay of `words` to an output of a format, by a number of workers, new or in place of
    another."""

    def __init__(self, place: Path, forks: Forks, words: Sequence[object], form: str, workers: int,
                 forced: bool) -> None:
        self.folder, self.forks, self.forced = place / "run", forks, forced
        self.resumed = 0  # attempts that began with a checkpoint
        self.out = self.folder / f"out.{form}"
        self.words = ("replay", *words, "-o", self.out.name, "--checkpoint", "k", "--rejects",
                      "r.csv", "--workers", workers, "-q")
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
        self.resumed += there
        more = (["-f"] if self.forced or not there else []) + (["--resume", "k"] if there else [])
        end = self.forks.run(command(*self.words, *more), self.folder, kill_after=kill_after)
        assert end.code in (0, KILLED), f"exit {end.code}: {end.err}"
        return end.code

    def live_through(self, dice: random.Random, most: int) -> int:
        """The number of kills until it came through, `most` at most."""
        self.restore()
        kills, began = 0, time.monotonic()
        while kills < most and self.attempt(dice.uniform(0, self.seconds)) == KILLED:
            kills += 1
            if not (self.folder / "k").exists():
                self.seconds *= 1.2  # it is slower now than when it was timed
            if self.forced and self.out.is_file() and self.out.read_bytes() != OLD["out"]:
                assert content(self.out) == self.rows, "the output is neither old nor new"
            began = time.monotonic()
        if kills < most:  # it came through before its kill
            self.seconds = min(self.seconds, 2 * (time.monotonic() - began))
        assert self.attempt(None) == 0
        assert content(self.out) == self.rows, "the output differs"
        assert (self.folder / "r.csv").read_bytes() == self.rejects, "the rejects differ"
        left = [name for name in os.listdir(self.folder) if name.startswith(".")]
        assert not left, f"left aside: {left}"
        return kills


def killed(place: Path, forks: Forks, count: int, seed: int) -> int:
    """Kill `count` times, as many of each kind of replay; how many kinds went wrong."""
    place.mkdir(parents=True, exist_ok=True)
    write_tape(str(place / "t.csv"), ROWS, late=0.02, bad=0.02)
    words = (place / "t.csv", "--checkpoint-every", EVERY)
    kinds = [(form, workers, forced) for form in FORMS for workers in (1, 2)
             for forced in (False, True)]
    return _shared_out(count, seed, [
        (f"{form}, {workers} workers, {'replaced' if forced else 'new'}",
         partial(Victim, place, forks, words, form, workers, forced))
        for form, workers, forced in kinds])


def killed_markets(place: Path, forks: Forks, count: int, seed: int) -> int:
    """The same of replays of several kinds of events."""
    place.mkdir(parents=True, exist_ok=True)
    write_sources(place, np.random.default_rng(seed))
    kinds = []
    for turn, source in enumerate(SOURCES):
        for at, rows in enumerate(ROWS_OF):
            words = (*SOURCES[source](place), *ROWS_OF[rows])
            form, workers = FORMS[(5 * turn + at) % len(FORMS)], 1 + (turn + at) % 2
            forced = (turn + at) % 3 == 0
            told = f"{source}, rows of {rows}, {form}, {workers} workers"
            kinds.append((f"{told}, {'replaced' if forced else 'new'}",
                          partial(Victim, place, forks, words, form, workers, forced)))
    return _shared_out(count, seed, kinds)


def _shared_out(count: int, seed: int, kinds: list[tuple[str, Callable[[], Victim]]]) -> int:
    """As many kills of each; how many went wrong. A line is printed for each."""
    dice, failed = random.Random(seed), 0
    for at, (told, victim_of) in enumerate(kinds):
        share = count * (at + 1) // len(kinds) - count * at // len(kinds)
        kills, runs, resumed, wrong = 0, 0, 0, ""
        try:
            victim = victim_of()
            while kills < share:
                kills += victim.live_through(dice, share - kills)
                runs, resumed = runs + 1, victim.resumed
        except AssertionError as error:
            wrong = f": {error}"
        print(f"{'FAIL' if wrong else 'ok  '}  {told}: {kills} kills, {runs} outputs, "
              f"{resumed} resumed{wrong}", flush=True)
        failed += bool(wrong)
    return failed
