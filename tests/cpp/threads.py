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
WAVEFRONT = HERE.parents[1] / "cpp/engine/wavefront.cpp"
# Program -> the one order in its copy of the wavefront that is weaker.
WEAKER = {"wavefront_publishes_early": "p.done.store(block + 1, std::memory_order_release)",
          "wavefront_reads_early": "done.load(std::memory_order_acquire)",
          "wavefront_takes_early": "p.is_taken.exchange(true, std::memory_order_acquire)",
          "wavefront_gives_early": "p.is_taken.store(false, std::memory_order_release)"}
PROGRAMS = {"ring_stress": "400000", "parallel_stress": "6000", "wavefront_stress": "24000",
            "mix_stress": "24000"}


def run(*command: str | Path) -> tuple[int, str, float]:
    """Exit code, what was printed, seconds; a report stops the program."""
    began = time.monotonic()
    env = os.environ | {"TSAN_OPTIONS": "halt_on_error=1 exitcode=66"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout + done.stderr, time.monotonic() - began


def mutants() -> list[str]:
    return [*of_rings(), *WEAKER]


def of_rings() -> list[str]:
    names = re.search(r"kMutants\[\] = \{(.*?)\};", (HERE / "ring_stress.cpp").read_text(), re.S)
    return [name for name in re.findall(r'"(\w+)"', names[1]) if name != "none"]


def build_weaker(build: Path) -> None:
    """Raises ValueError for an order that does not stand in the source exactly once."""
    text = WAVEFRONT.read_text()
    (build / "planted").mkdir(exist_ok=True)
    for name, order in WEAKER.items():
        if text.count(order) != 1:
            raise ValueError(f"{name}: {order!r} stands {text.count(order)} times in {WAVEFRONT}")
        broken = re.sub("acquire|release", "relaxed", order)
        (build / f"planted/{name}.cpp").write_text(text.replace(order, broken))
    cmake = Path(sys.executable).with_name("cmake")
    for command in ((cmake, "-S", "cpp", "-B", build),
                    (cmake, "--build", build, "-j", "2", "--target", *WEAKER)):
        subprocess.run(command, cwd=HERE.parents[1], stdout=subprocess.DEVNULL, check=True)


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
    build_weaker(build.resolve())
    for mutant in mutants():
        program = (mutant, PROGRAMS["wavefront_stress"]) if mutant in WEAKER else (
            "ring_stress", mutant)
        code, text, _ = run(build / program[0], program[1])
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
