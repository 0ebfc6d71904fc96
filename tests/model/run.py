"""Proves the queue protocol on models: `python -m tests.model.run`, `make model`.

Spin visits every state of each model (*.pml): none may be wrong, and the search must have been
complete. With --planted each mutant that a model names must be found wrong instead, in one of its
shapes. Needs spin and gcc. Exit code 1 when a proof fails or a mutant survives. Spec: REL-K2.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
DEPTH, MEMORY_MIB, SECONDS = 1_000_000, 2048, 300
SAFETY = ["-DSAFETY", "-DNOCLAIM", "-DCOLLAPSE"]
LIVENESS = ["-DNFAIR=3", "-DCOLLAPSE"]
# Model -> its shapes; "live": with its claim, and fair threads. The longest comes first.
SHAPES = {
    "snapshot": [""],
    "engine": ["", "UNREAD=4", "ON_FULL=DROP", "UNREAD=4 ON_FULL=DROP", "live", "UNREAD=4 live",
               "ON_FULL=DROP live", "WORKERS=2 TICKS=2"],
    "park": ["", "GIFTS=1 PATIENCE=2", "SPINS=1 live"],
    "ring": ["", "ON_FULL=DROP", "ON_FULL=REFUSE", "CAPACITY=4 ITEMS=5"],
}


class Search(NamedTuple):
    """What pan said: the first error (empty: none), states, seconds with the compilation."""

    error: str
    states: int
    seconds: float


def search(model: str, shape: str, mutant: str = "none") -> Search:
    """Raises RuntimeError when a program fails or not every state was visited."""
    began = time.monotonic()
    words = shape.split()
    live = "live" in words
    defines = [f"-D{word}" for word in [*words, f"MUTANT={mutant}"] if word != "live"]
    with tempfile.TemporaryDirectory() as folder:
        def call(*command: str) -> str:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                                  timeout=SECONDS)
            if done.returncode != 0:
                raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
            return done.stdout

        for source in HERE.glob("*.pml"):
            shutil.copy(source, folder)
        call("spin", "-a", *defines, f"{model}.pml")
        call("gcc", "-O1" if mutant == "none" else "-O0", "-w", f"-DMEMLIM={MEMORY_MIB}",
             *(LIVENESS if live else SAFETY), "-o", "pan", "pan.c")
        told = call("./pan", f"-m{DEPTH}", *(["-a", "-f"] if live else []))
    if found := re.search(r"^pan:1: (.*)", told, re.M):
        return Search(found[1], 0, time.monotonic() - began)
    whole = re.search(r"errors: 0$", told, re.M) and "Full statespace search" in told
    states = re.search(r"^ *([\d.e+]+) states, stored", told, re.M)
    if not whole or not states or re.search("too small|not completed|truncated|out of mem", told):
        raise RuntimeError(f"{model} {shape}: the search was not complete:\n{told}")
    return Search("", int(float(states[1])), time.monotonic() - began)


def mutants(model: str) -> list[str]:
    names = re.search(r"mtype:mutant = \{(.*?)\}", (HERE / f"{model}.pml").read_text(), re.S)
    if names is None:
        raise RuntimeError(f"{model}.pml names no mutants")
    return [name for name in re.findall(r"\w+", names[1]) if name != "none"]


def prove(model: str, shape: str) -> bool:
    result = search(model, shape)
    print(f"{'FAIL' if result.error else 'ok  '}  {model} {shape or 'as it is'}: "
          f"{result.error or f'{result.states:,} states'}, {result.seconds:.1f} s", flush=True)
    return not result.error


def catch(model: str, mutant: str) -> bool:
    for shape in SHAPES[model]:
        error = search(model, shape, mutant).error
        if error:
            print(f"ok    {model} {mutant}: {error}", flush=True)
            return True
    print(f"FAIL  {model} {mutant} survives", flush=True)
    return False


def main() -> None:
    missing = [tool for tool in ("spin", "gcc") if not shutil.which(tool)]
    if missing:
        sys.exit(f"Missing: {' '.join(missing)}. On Debian, as root: "
                 f"apt-get install {' '.join(missing)}")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--planted", action="store_true", help="find the mutants")
    planted = parser.parse_args().planted
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        jobs = ([pool.submit(catch, model, mutant) for model in SHAPES for mutant in mutants(model)]
                if planted else [pool.submit(prove, model, shape)
                                 for model, shapes in SHAPES.items() for shape in shapes])
        good = [job.result() for job in jobs]
    print(f"{len(jobs)} {'mutants' if planted else 'proofs'}, {time.monotonic() - began:.0f} s")
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
