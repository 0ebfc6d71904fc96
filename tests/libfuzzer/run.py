"""Fuzzes the C++ that reads bytes: `python -m tests.libfuzzer.run --seconds 60`, `make libfuzzer`.

Each target first replays its corpus (tests/libfuzzer/corpus, and states of sound engines), then
runs for so long under ASan and UBSan. With --planted each fault of plants.py must be found instead,
in the same time. Needs clang with its sanitizers. Exit code 1 when a target finds a fault or a
planted one survives; what was found is kept in build/libfuzzer/found.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bits.run import compiler

from . import plants

ROOT = plants.ROOT
HERE = Path(__file__).parent
BUILD = ROOT / "build/libfuzzer"
TARGETS = sorted(path.stem for path in HERE.glob("*.cpp"))
SANITIZE = "fuzzer-no-link,address,undefined"
LIMITS = ["-timeout=10", "-rss_limit_mb=512", "-max_len=4096"]  # timeout: of one input
# Binary inputs are larger, and lengths in them must agree.
BINARY = {"block": ["-use_value_profile=1"], "state": ["-use_value_profile=1", "-max_len=16384"]}
ENVIRONMENT = {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
               "ASAN_OPTIONS": "allocator_may_return_null=0:detect_stack_use_after_return=1"}


def build(targets: list[str]) -> None:
    """The targets as they are and with plants. Raises SystemExit without clang."""
    clang = compiler("clang++")
    if clang is None:
        sys.exit("clang is missing; on Debian, as root: "
                 "apt-get install clang-16 libclang-rt-16-dev")
    plants.write(BUILD / "planted")
    cmake = shutil.which("cmake", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    names = [f"{kind}_{target}" for target in targets for kind in ("fuzz", "planted")]
    for words in (["-S", ROOT / "cpp", "-B", BUILD, f"-DTICKENG_SANITIZE={SANITIZE}",
                   f"-DCMAKE_CXX_COMPILER={clang}"],
                  ["--build", BUILD, "-j", str(len(os.sched_getaffinity(0))), "--target", *names]):
        subprocess.run([cmake or "cmake", *words], check=True, stdout=subprocess.DEVNULL)


def corpus(target: str) -> Path:
    """The folder of its seeds; sound states are written by the build that reads them."""
    kept, folder = HERE / "corpus" / target, BUILD / "states"
    if target != "state":
        return kept
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept, folder)
    subprocess.run([BUILD / "fuzz_state", "--seeds", folder], check=True)
    return folder


def call(program: str, target: str, *words: str | Path, plant: str = "") -> tuple[int, str]:
    """Exit code and what was printed."""
    found = BUILD / "found"
    found.mkdir(exist_ok=True)
    done = subprocess.run(
        [BUILD / program, *LIMITS, *BINARY.get(target, []), "-print_final_stats=1",
         f"-artifact_prefix={found}/{plant or target}-", *words],
        env=os.environ | ENVIRONMENT | {"TICKENG_PLANT": plant}, capture_output=True, text=True,
        errors="replace")
    return done.returncode, done.stdout + done.stderr


def executed(text: str) -> int:
    count = re.search(r"stat::number_of_executed_units: (\d+)", text)
    return int(count[1]) if count else 0


def fuzz(target: str, seeds: Path, seconds: int) -> bool:
    """Replays, then fuzzes."""
    replayed, text = call(f"fuzz_{target}", target, "-runs=0", seeds)
    if replayed == 0:
        with tempfile.TemporaryDirectory() as new:
            replayed, text = call(f"fuzz_{target}", target, f"-max_total_time={seconds}", new,
                                  seeds)
    coverage = re.findall(r"cov: (\d+)", text)
    print(f"{'FAIL' if replayed else 'ok  '}  {target}: {executed(text):,} inputs, "
          f"{coverage[-1] if coverage else 0} edges", flush=True)
    if replayed:
        print(text[-4000:])
    return replayed == 0


def catch(plant: plants.Plant, seeds: Path, seconds: int) -> bool:
    """Whether the fault is found; switched off it must not be there."""
    program, target = f"planted_{plant.target}", plant.target
    sound, text = call(program, target, "-runs=0", seeds)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as new:
        code, text = call(program, target, f"-max_total_time={seconds}", new, seeds,
                          plant=plant.name)
    caught = sound == 0 and code != 0
    said = re.search(r"ERROR: (.{1,60}?)(?: on | \(|$)|WRONG: .*|runtime error: .*", text, re.M)
    print(f"{'ok  ' if caught else 'FAIL'}  {plant.name} "
          f"{f'is found in {time.monotonic() - began:.0f} s' if caught else 'survives'}"
          f"{f': {said[0]}' if said else ''}", flush=True)
    return caught


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target or plant")
    parser.add_argument("--planted", action="store_true", help="find planted faults")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("targets", nargs="*", default=TARGETS)
    given = parser.parse_args()
    build(given.targets)
    seeds = {target: corpus(target) for target in given.targets}
    with ThreadPoolExecutor(given.jobs) as pool:
        if given.planted:
            jobs = [pool.submit(catch, plant, seeds[plant.target], given.seconds)
                    for plant in plants.PLANTS if plant.target in seeds]
        else:
            jobs = [pool.submit(fuzz, target, seeds[target], given.seconds)
                    for target in given.targets]
    return 0 if all(job.result() for job in jobs) else 1


if __name__ == "__main__":
    sys.exit(main())
