"""The files of the repository, as the layout tests see them: tracked ones and new ones."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _listed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
        capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


TRACKED = _listed()
PYTHON = [p for p in TRACKED if p.suffix == ".py"]
CYTHON = [p for p in TRACKED if p.suffix in {".pyx", ".pxd", ".pxi"}]
HEADERS = [p for p in TRACKED if p.suffix == ".hpp"]
CPP = [p for p in TRACKED if p.suffix in {".hpp", ".cpp"}]
CORE = [p for p in CPP if name_of(p).startswith(("include/", "cpp/"))]
CODE = PYTHON + CYTHON + CPP
TEXT = CODE + [p for p in TRACKED if p.name != "LICENSE" and p.suffix in {
    ".md", ".toml", ".txt", ".yaml", ".html", ".pyi", ".sh", ""}]
