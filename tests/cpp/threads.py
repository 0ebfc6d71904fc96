"""Runs the stress programs of a ThreadSanitizer build: `threads.py FOLDER` (`make threads`).

Sound code must give no report at all; with --planted every mutant must give one. Exit code 1
otherwise.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = {"ring_stress": "400000", "parallel_stress": "6000", "wavefront_stress": "24000"}


def run(*command: str | Path) -> tuple[int, str, float]:
    """Exit code, what was printed, seconds; a report stops the program."""
    began = time.monotonic()
    env = os.environ | {"TSAN_OPTIONS": "halt_on_error=1 exitcode=66"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def mutants() -> list[str]:
    names = re.search(r"kMutants\[\] = \{(.*?)\};", (HERE / "ring_stress.cpp").read_text(), re.S)
    return [name for name in re.findall(r'"(\w+)"', names[1]) if name != "none"]


def sound(build: Path) -> bool:
    good = True
    for program, size in PROGRAMS.items():
        code, text, seconds = run(build / program, size)
        good &= code == 0
        print(f"{'ok  ' if code == 0 else 'FAIL'}  {program} {size}: {text.count('ok  ')} cases, "
              f"{seconds:.0f} s")
        if code != 0:
            print(text)
    return good


def planted(build: Path) -> bool:
    good = True
    for mutant in mutants():
        code, text, _ = run(build / "ring_stress", mutant)
        found = code == 66 and "WARNING: ThreadSanitizer: data race" in text
        good &= found
        print(f"{'ok  ' if found else 'FAIL'}  {mutant} {'is reported' if found else 'survives'}")
    return good


def main() -> None:
    build, *words = sys.argv[1:]
    check = planted if words == ["--planted"] else sound
    sys.exit(0 if check(Path(build)) else 1)


if __name__ == "__main__":
    main()
