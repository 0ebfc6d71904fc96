"""Compiles a C++ bench against the core of a source tree, with the flags of the package."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEVELS = {"v3": ["-march=x86-64-v3"], "v4": ["-march=x86-64-v4", "-mprefer-vector-width=512"]}


def flags(tree: Path) -> list[str]:
    """The flags of cxxflags.txt that change code; warnings are the package's affair."""
    lines = (tree / "cpp/cxxflags.txt").read_text().splitlines()
    found = [line.partition("#")[0].strip() for line in lines]
    return [f for f in found if f and not f.startswith(("-W", "-fvisibility"))]


def compile_bench(source: Path, out: Path, *, tree: Path = ROOT, level: str = "v3",
                  extra: Sequence[str] = ()) -> Path:
    """Builds `source` against the headers and core of `tree`; the compiler's errors are shown."""
    core = sorted(p for p in tree.glob("cpp/**/*.cpp") if p.parent.name != "io")
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["g++", *flags(tree), *LEVELS[level], *extra, f"-I{tree}/include", source, *core,
                    "-o", out], check=True)
    return out
