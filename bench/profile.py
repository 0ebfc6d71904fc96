"""Where a tick's instructions go: `bench/profile.py [batch|stream] [--lines 20]`, `make profile`.

Counts the chain at level v3 with valgrind (callgrind knows no AVX-512), line by line of the source:
a tape less its first half, so that start-up and warm-up drop out. Inlined code counts where it is
written. The tape and the C library are left out. Does not depend on the load of the machine.
"""

import argparse
import collections
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from bench.build import compile_bench  # noqa: E402

NAMED = re.compile(r"(fl|fi|fe|cfi|cfl)=\((\d+)\)(?: (.*))?$")
COST = re.compile(r"([+-]?\d+|\*) (\d+)$")
Lines = collections.Counter[tuple[str, int]]  # (file, line) -> instructions


def lines_of(callgrind: Path) -> Lines:
    """The file format: names are given once and then by number, lines relative to the last one;
    the cost under `calls=` is that of the called."""
    names: dict[str, str] = {}
    found: Lines = collections.Counter()
    file, line, of_call = "", 0, False
    for text in callgrind.read_text().splitlines():
        if named := NAMED.match(text):
            kind, number, name = named.groups()
            names.setdefault(number, name or "")
            if not kind.startswith("c"):
                file = names[number]
        elif text.startswith("calls="):
            of_call = True
        elif cost := COST.match(text):
            where, count = cost.groups()
            if where[0] in "+-":
                line += int(where)
            elif where != "*":
                line = int(where)
            if not of_call:
                found[file, line] += int(count)
            of_call = False
    return found


def count(binary: Path, mode: str, ticks: int, out: Path) -> Lines:
    subprocess.run(["valgrind", "--tool=callgrind", "--dump-line=yes",
                    f"--callgrind-out-file={out}", binary, mode, str(ticks), "1"],
                   check=True, capture_output=True)
    return lines_of(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mode", nargs="?", choices=("batch", "stream"), default="stream")
    parser.add_argument("--ticks", type=int, default=60_000)
    parser.add_argument("--lines", type=int, default=0, help="also the dearest lines")
    given = parser.parse_args()
    if not shutil.which("valgrind"):
        raise SystemExit("valgrind is missing; on Debian, as root: apt-get install valgrind")
    half = given.ticks // 2
    with tempfile.TemporaryDirectory(prefix="tickeng-profile-") as folder:
        binary = compile_bench(ROOT / "bench/cpp/chain.cpp", Path(folder, "chain"), extra=["-g"])
        first, whole = (count(binary, given.mode, n, Path(folder, "counts"))
                        for n in (half, 2 * half))
    cost = {(file, line): (n - first[file, line]) / half for (file, line), n in whole.items()
            if str(ROOT) in file and "/bench/" not in file}
    files: collections.Counter[str] = collections.Counter()
    for (file, _), n in cost.items():
        files[str(Path(file).resolve().relative_to(ROOT))] += n
    total = sum(files.values())
    print(f"{total:.0f} instructions a tick, {given.mode}")
    for file, n in files.most_common():
        if n >= total / 200:
            print(f"{n:7.1f} {n / total:5.1%}  {file}")
    for (file, line), n in sorted(cost.items(), key=lambda c: -c[1])[:given.lines]:
        code = Path(file).read_text().splitlines()[line - 1].strip()
        print(f"{n:7.1f}  {Path(file).name}:{line}: {code[:70]}")


if __name__ == "__main__":
    main()
