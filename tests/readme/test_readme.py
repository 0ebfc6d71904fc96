"""Everything in the README that can be copied is run, in a folder that holds only the examples."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tickeng import Engine

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LANGUAGE = (ROOT / "docs/language.md").read_text()
BLOCKS = re.findall(r"^```(console|python)\n(.*?)^```", README, re.M | re.S)
PIPELINES = re.findall(r"^```pipeline\n(.*?)^```", LANGUAGE, re.M | re.S)


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def test_there_is_something_to_run():
    kinds = [kind for kind, _ in BLOCKS]
    assert kinds.count("console") >= 2 and kinds.count("python") >= 2


@pytest.mark.parametrize("text", PIPELINES)
def test_pipelines_of_the_language(text):
    assert Engine(kernels=text).outputs.names


@pytest.mark.parametrize("code", [
    *(text for kind, text in BLOCKS if kind == "python"),
    *re.findall(r"^```python\n(.*?)^```", LANGUAGE, re.M | re.S)])
def test_python_blocks(folder, code):
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_console_blocks(folder):
    lines = [line[2:] for kind, text in BLOCKS if kind == "console"
             for line in text.splitlines() if line.startswith("$ tickeng")]
    assert len(lines) >= 5
    for line in lines:
        words = [sys.executable, "-m", "tickeng_cli", *shlex.split(line)[1:]]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, (line, done.stderr)
    assert (folder / "again.csv").read_bytes().count(b"\n") == 53_326


@pytest.mark.parametrize("script", ["embed_on_tick.py", "batch_research.py"])
def test_example_scripts(folder, script):
    done = subprocess.run([sys.executable, f"examples/{script}"], cwd=folder, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_make_targets_are_those_the_readme_names():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^ {4}make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)
