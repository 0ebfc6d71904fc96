"""docs/adding-a-kernel.md is carried out in a copy of the project: built, and put to the laws."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TREE = ROOT / "build/adding-a-kernel"
PAGE = (ROOT / "docs/adding-a-kernel.md").read_text()
BLOCKS = re.findall(r"^```(?:cpp|python) (\S+)\n(.*?)^```", PAGE, re.M | re.S)
FILES = [(path, text) for path, text in BLOCKS if path != "try"]
HEADERS = [path for path, _ in FILES if path.endswith(".hpp")]
TRIED = [text for path, text in BLOCKS if path == "try"]
LAWS = {
    "size_ratio": ["tests/parity/test_parity.py", "tests/contract/test_bits.py",
                   "tests/contract/test_carry.py"],
    "touch_qty": ["tests/contract/test_quote_kernels.py"],
    "reference": ["tests/contract/test_books.py"],  # one test over all kernels of books
    "streak": ["tests/contract/test_series.py"],
}


def run(*words: str) -> str:
    source = os.pathsep.join(str(TREE / folder) for folder in ("src/engine", "cli", ""))
    done = subprocess.run(
        [sys.executable, *words], cwd=TREE, capture_output=True, text=True, timeout=900,
        env=os.environ | {"TICKENG_LEVEL": "v3", "PYTHONPATH": source})
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def register(path: str) -> None:
    """Step 3: the include and the name, in the list of the room."""
    header = TREE / path
    name = re.search(r"^class (\w+)", header.read_text(), re.M)[1]
    listed = header.parent / "list.hpp"
    text = listed.read_text()
    first = text.index('#include "tickeng/kernels/')
    text = f'{text[:first]}#include "{path.removeprefix("include/")}"\n{text[first:]}'
    end = ">;\n// clang-format on"
    listed.write_text(text.replace(end, f",\n    {name}{end}"))


@pytest.fixture(scope="module")
def tree() -> Path:
    """A copy with what is built, so that only the rooms with a new kernel are compiled."""
    shutil.rmtree(TREE, ignore_errors=True)
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True,
                            check=True)
    native = [str(path.relative_to(ROOT)) for path in (ROOT / "src/engine").rglob("*")
              if path.suffix in (".so", ".cpp")]
    for name in [*listed.stdout.splitlines(), *native]:
        (TREE / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, TREE / name)
    shutil.copytree(ROOT / "build/release", TREE / "build/release")
    setup = TREE / "setup.py"  # younger than the objects, it would have all of them compiled
    times = setup.stat()
    setup.write_text(re.sub(r'^    "v4": .*\n', "", setup.read_text(), flags=re.M))
    os.utime(setup, ns=(times.st_atime_ns, times.st_mtime_ns))
    for path, text in FILES:
        (TREE / path).write_text(text)
    for path in HEADERS:
        register(path)
    run("setup.py", "-q", "build_ext", "--inplace")
    return TREE


def test_the_page_has_one_of_each_kind():
    rooms = [Path(path).parent.name for path in HEADERS]
    assert rooms == ["flow", "quote", "book", "bar", "series"]
    assert len(FILES) == 2 * len(HEADERS) and len(TRIED) == 2


def test_every_kernel_is_in_the_catalogue(tree):
    for path in HEADERS:
        assert Path(path).stem in run("-m", "tickeng_cli", "kernels", Path(path).stem)


@pytest.mark.parametrize("name", LAWS)
def test_the_laws_hold_for(tree, name):
    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", *LAWS[name], "-k", name)
    assert re.search(r"\[100%\]|[1-9]\d* passed", told)


@pytest.mark.parametrize("code", TRIED)
def test_it_can_be_tried(tree, code):
    run("-c", code)
