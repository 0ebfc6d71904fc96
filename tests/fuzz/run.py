"""`python -m tests.fuzz.run --count 10000 --seed 1`: mutated inputs through every reader.

Passes if no mutant crashes the process, hangs it, raises anything but a TickengError, ends the
command with another exit code than those it documents, or takes more memory than it was allowed;
and of quotes, books and their changes, if no event is read that the engine would have to refuse.
--room markets makes mutants of these alone, --room trades of all others; by default both, so many
each. A mutant is known by its room, seed and number: --first N --count 1 reads it alone, --keep
FOLDER keeps those that failed. --planted breaks the reader instead, in each way that must be
noticed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tests.planted import report

from .mutate import ROOMS, mutant

PATIENCE_S = 30.0  # for one mutant; they take milliseconds
START_S = 600.0  # for a worker to reach its first mutant: on a busy machine imports take their time
# How the reader may be broken -> what is said of it.
PLANTS = {"KeyError": "KeyError: 'planted'", "crash": "died: SIGSEGV", "memory": "MiB, more than",
          "hang": "hangs", "ladder": "do not lead away", "hole": "behind an empty one",
          "quantity": "a quantity without a price", "nan": "a level without a price"}


@dataclass(slots=True)
class Lane:
    """One worker after the other on every `step`-th mutant."""

    folder: Path
    first: int
    end: int
    step: int
    process: subprocess.Popen[str] | None = None
    seen: int = -1
    since: float = 0.0

    def start(self, seed: int, plant: str, room: str, out: IO[str]) -> None:
        """Start a worker at `first`."""
        words = [sys.executable, "-m", "tests.fuzz.worker", str(self.first), str(self.end),
                 str(self.step), str(seed), str(self.folder), "--room", room]
        self._write(-1)
        self.seen, self.since = -1, time.monotonic()
        self.process = subprocess.Popen(
            [*words, "--plant", plant] if plant else words, stdout=out, text=True)

    def _write(self, number: int) -> None:
        (self.folder / "progress").write_bytes(struct.pack("<q", number))

    def at(self) -> int:
        """The mutant being read, -1 before the first."""
        return int(struct.unpack("<q", (self.folder / "progress").read_bytes())[0])

    def hangs(self) -> bool:
        """Whether one mutant takes too long."""
        now, at = time.monotonic(), self.at()
        if at != self.seen:
            self.seen, self.since = at, now
        return now - self.since > (START_S if at < 0 else PATIENCE_S)


def run(count: int, seed: int, *, first: int = 0, workers: int = 2, plant: str = "",
        room: str = "trades") -> list[dict[str, Any]]:
    """What was found wrong; each with `number`, `file` and `found`."""
    with ExitStack() as closing:
        out = closing.enter_context(tempfile.TemporaryFile("w+"))
        lanes = [Lane(Path(closing.enter_context(tempfile.TemporaryDirectory())), first + lane,
                      first + count, workers) for lane in range(min(workers, count))]
        crashes = list(_drive(lanes, seed, plant, room, out))
        out.seek(0)
        return crashes + [json.loads(line) for line in out]


def _drive(lanes: list[Lane], seed: int, plant: str, room: str, out: IO[str],
           ) -> Iterator[dict[str, Any]]:
    """Runs the lanes to their ends; gives the mutants at which a worker died."""
    for lane in lanes:
        lane.start(seed, plant, room, out)
    while running := [lane for lane in lanes if lane.process is not None]:
        time.sleep(0.05)
        for lane in running:
            process = lane.process
            assert process is not None
            hangs = lane.hangs()
            if hangs:
                process.kill()
                process.wait()
            code = process.poll()
            if code is None:
                continue
            lane.process = None
            if code == 0:
                continue
            number = lane.at()
            if number < 0:
                raise RuntimeError(f"a worker ends with {code} before its first mutant")
            died = signal.Signals(-code).name if code < 0 else f"exit {code}"
            yield {"number": number, "file": mutant(seed, number, room)[0],
                   "found": f"hangs for {PATIENCE_S:g} s" if hangs else f"the process died: {died}"}
            lane.first = number + lane.step
            if lane.first < lane.end:
                lane.start(seed, plant, room, out)


def catch(plant: str) -> bool:
    """Whether a broken reader is noticed, on the mutant on which it is broken and no other."""
    found = run(8, seed=1, workers=1, plant=plant)
    return [fault["number"] for fault in found] == [3] and PLANTS[plant] in found[0]["found"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--plant", default="", choices=["", *PLANTS])
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--room", action="append", choices=ROOMS)
    given = parser.parse_args()
    if given.planted:
        sys.exit(report(PLANTS, catch))
    sys.exit(1 if sum([_told(given, room) for room in given.room or ROOMS]) else 0)


def _told(given: argparse.Namespace, room: str) -> int:
    """Run the mutants of a room and print what was found; how many faults."""
    began = time.monotonic()
    found = run(given.count, given.seed, first=given.first, workers=given.workers,
                plant=given.plant, room=room)
    for fault in found:
        print(f"mutant {fault['number']} of seed {given.seed}, {room} ({fault['file']}): "
              f"{fault['found']}")
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            name, data = mutant(given.seed, fault["number"], room)
            (given.keep / f"{fault['number']}.{name}").write_bytes(data)
    print(f"{given.count} mutants of {room}, seed {given.seed}: {len(found)} faults, "
          f"{time.monotonic() - began:.0f} s", flush=True)
    return len(found)


if __name__ == "__main__":
    main()
