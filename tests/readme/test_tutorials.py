"""Each tutorial is run as it stands: its blocks one after another, in a folder of the examples."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("tutorial-*.md"))


def script(text):
    """As bash: lines of consoles as they are, Python from its stdin."""
    lines = ["set -eo pipefail", f'tickeng() {{ {sys.executable} -m tickeng_cli "$@"; }}']
    for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
        assert kind in ("console", "python")
        if kind == "python":
            lines += [f"{sys.executable} - <<'END_OF_BLOCK'", f"{block}END_OF_BLOCK"]
            continue
        for line in block.splitlines():
            assert line.startswith("$ ")
            lines.append(line[2:])
    return "\n".join(lines)


def run(page, folder):
    shutil.copytree(ROOT / "examples", folder / "examples")
    done = subprocess.run(["bash", "-c", script(page.read_text())], cwd=folder,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_three_feeds(tmp_path):
    """It leaves rows of a grid and of trades, and a picture with a band for each score."""
    run(ROOT / "docs/tutorial-three-feeds.md", tmp_path)
    picture = (tmp_path / "session.html").read_text()
    assert '"exhaust_mean"' in picture and '"pump_mean"' in picture
    for name in ("grid.parquet", "trades.parquet", "mine.parquet"):
        assert (tmp_path / name).stat().st_size > 10_000
    tired = pyarrow.parquet.read_table(tmp_path / "mine.parquet")["tired"].to_pylist()
    assert 0 < tired.count(1.0) < 100


def test_every_tutorial_has_a_test():
    assert PAGES == [ROOT / "docs/tutorial-three-feeds.md"]
