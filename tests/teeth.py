"""Every planted fault of every battery, in one list: `python -m tests.teeth`, `make teeth`.

A battery is a command that plants faults and prints a line "ok    NAME ..." for each that it finds.
Each is compiled once, its faults are switched at run time. Exit code 1 when a fault of the list
survives, when a battery finds one that is not in the list, or when its command fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

from tests.bits import run as bits
from tests.cpp import threads
from tests.files import planted
from tests.fuzz import run as fuzz
from tests.libfuzzer import plants
from tests.model import run as model
from tests.mutants import plants as mutants
from tests.ways import run as ways

PYTHON = sys.executable


class Battery(NamedTuple):
    """What must be found by what."""

    name: str
    command: tuple[str, ...]
    faults: list[str]


def batteries() -> Iterable[Battery]:
    yield Battery("models", (PYTHON, "-m", "tests.model.run", "--planted"),
                  [f"{name} {mutant}" for name in model.SHAPES for mutant in model.mutants(name)])
    yield Battery("threads", (PYTHON, "-m", "tests.cpp.threads", "build/threads", "--planted"),
                  threads.mutants())
    yield Battery("readers", (PYTHON, "-m", "tests.fuzz.run", "--planted"), list(fuzz.PLANTS))
    yield Battery("ways", (PYTHON, "-m", "tests.ways.run", "--planted"), list(ways.PLANTS))
    yield Battery("parsers", (PYTHON, "-m", "tests.libfuzzer.run", "--planted"),
                  [plant.name for plant in plants.PLANTS])
    yield Battery("files", (PYTHON, "-m", "tests.files.crash", "--planted"), list(planted.PLANTS))
    yield Battery("suite", (PYTHON, "-m", "tests.mutants.run"),
                  [plant.name for plant in mutants.PLANTS])
    yield Battery("bits", (PYTHON, "-m", "tests.bits.run", "--planted"), list(bits.PLANTED))


def missed(battery: Battery, code: int, text: str) -> list[str]:
    """What is wrong with what a battery printed."""
    told = re.findall(r"^(ok  |FAIL)  (.*)", text, re.M)
    found = [name for name in battery.faults
             if any(verdict == "ok  " and re.match(rf"{re.escape(name)}\b", line)
                    for verdict, line in told)]
    wrong = [f"{name} survives" for name in battery.faults if name not in found]
    if len(told) != len(battery.faults):
        wrong.append(f"{len(battery.faults)} faults are listed, {len(told)} were planted")
    return wrong or ([f"exit code {code}"] if code else [])


def main() -> int:
    chosen = [b for b in batteries() if b.name in sys.argv[1:] or len(sys.argv) == 1]
    wrong, planted = 0, 0
    for battery in chosen:
        began = time.monotonic()
        done = subprocess.run(battery.command, stdout=subprocess.PIPE, text=True)
        faults = missed(battery, done.returncode, done.stdout)
        print(done.stdout, end="")
        print(f"{'FAIL' if faults else 'ok  '}  {battery.name}: {len(battery.faults)} planted, "
              f"{time.monotonic() - began:.0f} s", *faults, sep="\n      ", flush=True)
        wrong += len(faults)
        planted += len(battery.faults)
    print(f"{planted} planted faults, {wrong} not as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
