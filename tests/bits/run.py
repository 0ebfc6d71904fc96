"""One hash a tape over builds: `python -m tests.bits.run`, `make bits`.

Builds hash_tapes.cpp with the core under two compilers, several optimisation levels and both
instruction sets, and with ASan and UBSan; runs each over every tape, in the default and in the
engine's mode, and compares with the package. Exit code 1 when a hash differs or a build fails.
With --planted a build with flags that change bits must be seen to differ.
The flags, warnings as errors included, are those of cpp/cxxflags.txt; later ones override.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.build import LEVELS

from tests.bits.tapes import TAPES, batch_hash, tape
from tickeng import Config
from tickeng._native import cpu

ROOT = Path(__file__).parents[2]
MODES: dict[str, dict[str, object]] = {
    "default": {}, "engine": {"mode": "engine", "warmup": "expanding"}}
SANITIZE = ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all"]
FLAVOURS = {  # compiler and what comes behind the flags of cxxflags.txt
    **{f"g++ {o} {level}": ("g++", [o, *LEVELS[level]])
       for o in ("-O0", "-O2", "-O3") for level in LEVELS},
    "g++ sanitized v3": ("g++", [*SANITIZE, *LEVELS["v3"]]),
    **{f"clang++ {o} {level}": ("clang++", [o, *LEVELS[level]])
       for o in ("-O2", "-O3") for level in LEVELS},
}
FEW = ("g++ -O0 v3", "g++ -O3 v4", "g++ sanitized v3", "clang++ -O3 v3")  # what parts them most
PLANTED = {
    "contracted": ("g++", ["-O2", "-ffp-contract=fast", *LEVELS["v3"]]),
    "fast math": ("g++", ["-O1", "-ffast-math", "-Wno-error", *LEVELS["v3"]]),
}


def compiler(name: str) -> str | None:
    """Its path; Debian has clang under its version only."""
    return shutil.which(name) or shutil.which(f"{name}-16")


def build(flavour: str) -> Path:
    """The program in one flavour; one that is newer than every source is kept.

    Raises CalledProcessError, the compiler's words on stderr.
    """
    name, extra = (FLAVOURS | PLANTED)[flavour]
    flag_file, source = ROOT / "cpp/cxxflags.txt", ROOT / "tests/bits/hash_tapes.cpp"
    core = sorted(p for p in ROOT.glob("cpp/**/*.cpp") if p.parent.name != "io")
    needed = [flag_file, source, *core, *ROOT.glob("include/**/*.hpp"), Path(__file__)]
    out = ROOT / "build/bits" / flavour.replace(" ", "_")
    if out.exists() and out.stat().st_mtime > max(p.stat().st_mtime for p in needed):
        return out
    lines = flag_file.read_text().splitlines()
    flags = [flag for line in lines if (flag := line.partition("#")[0].strip())]
    out.parent.mkdir(parents=True, exist_ok=True)
    new = out.with_suffix(".new")
    subprocess.run([compiler(name) or name, *flags, *extra, f"-I{ROOT}/include", source, *core,
                    "-o", new], check=True)
    return new.replace(out)


def write_tapes(folder: Path) -> list[Path]:
    for name in TAPES:
        tape(name).write(folder / name)
    return [folder / name for name in TAPES]


def hashes(program: Path, files: list[Path], **settings: object) -> list[str]:
    """One a file. Raises CalledProcessError when two drivers of the program disagree."""
    given = Config(**settings).engine_settings()
    words = ",".join(f"{kernel}.{param}={value!r}" for kernel, param, value in given)
    return subprocess.run([program, words, *files], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.split()


def missing(flavour: str, need_clang: bool) -> str | None:
    """Why a flavour cannot be run here. Raises SystemExit when it must be."""
    name = FLAVOURS[flavour][0]
    if not compiler(name):
        if need_clang or name == "g++":
            raise SystemExit(f"{name} is missing; on Debian, as root: apt-get install clang-16")
        return f"{name} is not installed (Debian: clang-16)"
    if cpu.level() < int(flavour[-1]):
        return "this processor has no AVX-512"
    return None


def compare(flavour: str, files: list[Path], want: dict[str, list[str]]) -> Iterator[str]:
    """Builds, runs, and yields what differs."""
    try:
        program = build(flavour)
        for mode, settings in MODES.items():
            for name, got, expected in zip(TAPES, hashes(program, files, **settings), want[mode],
                                           strict=True):
                if got != expected:
                    yield f"{name}, {mode} mode: {got}, the package has {expected}"
    except subprocess.CalledProcessError as error:
        yield f"exit code {error.returncode} of {Path(error.cmd[0]).name}"


def planted(files: list[Path], want: dict[str, list[str]]) -> int:
    """Exit code 1 where a build with other arithmetic has the hashes of the package."""
    survived = 0
    for flavour in PLANTED:
        build(flavour)
        wrong = list(compare(flavour, files, want))
        survived += not wrong
        print(f"{'ok  ' if wrong else 'FAIL'}  {flavour} "
              f"{f'differs: {wrong[0]}' if wrong else 'survives'}", flush=True)
    return 1 if survived else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--need-clang", action="store_true", help="fail where clang is missing")
    parser.add_argument("--few", action="store_true", help=f"only {', '.join(FEW)}")
    parser.add_argument("--planted", action="store_true", help="find flags that change bits")
    given = parser.parse_args()
    want = {mode: [batch_hash(tape(name), **settings) for name in TAPES]
            for mode, settings in MODES.items()}
    for mode, row in want.items():
        print(*(f"{name:<14} {mode:<8} {h}" for name, h in zip(TAPES, row, strict=True)), sep="\n")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tickeng-bits-") as folder:
        files = write_tapes(Path(folder))
        if given.planted:
            return planted(files, want)
        for flavour in FEW if given.few else FLAVOURS:
            began = time.monotonic()
            if why := missing(flavour, given.need_clang):
                print(f"{flavour:<18} skipped: {why}")
                continue
            wrong = list(compare(flavour, files, want))
            failed += bool(wrong)
            print(f"{flavour:<18} {'; '.join(wrong) or 'same'} ({time.monotonic() - began:.0f} s)",
                  flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
