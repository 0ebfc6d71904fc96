"""Do the tests find what they are for? `python -m tests.mutants.run [NAME]`, part of `make teeth`.

Builds a copy of the package with the faults of plants.py in build/mutants, once, for one
instruction set. Without a fault the tests must pass there; with each of them some must fail. Exit
code 1 where a fault survives.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .plants import PLANTS, ROOT, SWITCH, planted

TREE = ROOT / "build/mutants/tree"
# What the copy is built without: the second instruction set, and errors of warnings.
WITHOUT = {"setup.py": re.compile(r'^    "v4": .*\n', re.M),
           "cpp/cxxflags.txt": re.compile(r"^-Werror.*\n", re.M)}


def put(path: Path, data: bytes) -> None:
    """Writes a file; one that would not change keeps its time."""
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def copy() -> None:
    """The files under version control, the plants and the window that tests have onto the core."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
                            check=True).stdout.splitlines()
    broken = {plant.file for plant in PLANTS}
    for name in listed:
        data = (ROOT / name).read_bytes()
        if name in broken:
            data = planted(ROOT / name).encode()
        if name in WITHOUT:
            data = WITHOUT[name].sub("", data.decode()).replace("-O3 ", "-O1 ").encode()
        put(TREE / name, data)
    put(TREE / "include/mutant.hpp", SWITCH.encode())
    for probe in (ROOT / "src/engine").glob("tickeng_probe*.so"):
        shutil.copy(probe, TREE / "src/engine")


def tests(names: list[str], mutant: str = "") -> tuple[int, str]:
    """Exit code and output of tests of the copy."""
    source = os.pathsep.join(str(TREE / folder) for folder in ("src/engine", "cli"))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *names], cwd=TREE,
        env=os.environ | {"TICKENG_LEVEL": "v3", "TICKENG_MUTANT": mutant, "PYTHONPATH": source},
        capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout + done.stderr


def main() -> int:
    chosen = [plant for plant in PLANTS if plant.name in sys.argv[1:] or len(sys.argv) == 1]
    copy()
    subprocess.run([sys.executable, "setup.py", "-q", "build_ext", "--inplace"], cwd=TREE,
                   stdout=subprocess.DEVNULL, check=True)
    code, text = tests(list(dict.fromkeys(plant.tests for plant in chosen)))
    if code:
        print(text[-4000:], "the tests fail without a fault", sep="\n")
        return 1
    survived = 0
    for plant in chosen:
        began = time.monotonic()
        code, text = tests([plant.tests], plant.name)
        caught = code == 1
        survived += not caught
        failed = re.search(r"^FAILED \S+?::(.{1,60})", text, re.M)
        print(f"{'ok  ' if caught else 'FAIL'}  {plant.name} "
              f"{'is found' if caught else 'survives'} in {time.monotonic() - began:.0f} s"
              f"{f': {failed[1]}' if failed else ''}", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
