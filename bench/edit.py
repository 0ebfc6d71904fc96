"""How long it takes until an edited kernel can be imported, against its targets:
`bench/edit.py [--rounds 3] [--clean]`, `make bench-edit`.

Builds the working tree in place, then appends a comment to a header and builds again, both levels
and without the tests' probe, as an editable install does it. The header is as before at the end.
--clean also times `pip install` of a copy of the tree into a new environment.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
EDITS = {"a kernel beside the chain": ("include/tickeng/kernels/liquidity/amihud.hpp", 12),
         "a kernel of the chain": ("include/tickeng/kernels/flow/k1.hpp", 25)}
CLEAN = 150


def run(*words: str | Path, where: Path = ROOT) -> float:
    """Seconds; what a failing command says is shown."""
    plain = {name: value for name, value in os.environ.items() if name != "TICKENG_PROBE"}
    began = time.perf_counter()
    subprocess.run(words, cwd=where, env=plain, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def build() -> float:
    return (run(sys.executable, "setup.py", "-q", "build_ext", "--inplace")
            + run(sys.executable, "-c", "import tickeng"))


def edited(header: Path) -> float:
    """Seconds from a changed line to an import that works."""
    text, stamps = header.read_text(), header.stat()
    try:
        header.write_text(text + "// edited\n")
        return build()
    finally:
        header.write_text(text)
        os.utime(header, ns=(stamps.st_atime_ns, stamps.st_mtime_ns))


def clean() -> float:
    """Seconds of an install from a copy without objects; the environment is there before."""
    with tempfile.TemporaryDirectory(prefix="tickeng-clean-") as folder:
        tree, home = Path(folder, "tree"), Path(folder, "venv")
        run("git", "worktree", "add", "--detach", tree, "HEAD")
        try:
            venv.create(home, with_pip=True)
            return run(home / "bin/pip", "install", "-q", "--disable-pip-version-check", ".",
                       where=tree)
        finally:
            run("git", "worktree", "remove", "--force", tree)


def show(what: str, seconds: Sequence[float], target: int) -> None:
    median = statistics.median(seconds)
    print(f"  {what:28} {median:7.1f} s  target {target} s, "
          f"{'met' if median <= target else 'missed'}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clean", action="store_true", help="install a copy of HEAD as well")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors")
    build()
    for what, (header, target) in EDITS.items():
        show(what, [edited(ROOT / header) for _ in range(given.rounds)], target)
    if given.clean:
        show("pip install, from nothing", [clean()], CLEAN)


if __name__ == "__main__":
    main()
