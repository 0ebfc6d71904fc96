"""Killed, without power, or with a disk that fails at any call: no file is lost or torn.

The suite tries some cases of each scenario, and each of them where TICKENG_SOAK is set.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.files.crash import every

SOAK = "TICKENG_SOAK" in os.environ
SAMPLE, LANES = 5, 2
KILLS, KILLS_OF_SEVERAL = (1_000, 500) if SOAK else (100, 32)
CC = os.environ.get("CC", "cc").split()[-1]

pytestmark = pytest.mark.skipif(not shutil.which(CC), reason=f"there is no {CC}")


def ran(*lanes: tuple[object, ...]) -> list[str]:
    """What the crash tests say, side by side."""
    started = [
        subprocess.Popen([sys.executable, "-m", "tests.files.crash", *map(str, words)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        for words in lanes]
    told = [process.communicate()[0] for process in started]
    print(*told, sep="")
    assert [process.returncode for process in started] == [0] * len(started), "\n".join(told)
    lines = "".join(told).splitlines()
    assert all(line.startswith("ok") for line in lines), "\n".join(told)
    return lines


def test_every_call():
    sample = [] if SOAK else ["--sample", SAMPLE]
    lines = ran(*(("--lane", f"{lane}/{LANES}", *sample) for lane in range(LANES)))
    assert len(lines) == len(every(Path(), None))


@pytest.mark.parametrize(("kills", "words"), [(KILLS, ()), (KILLS_OF_SEVERAL, ("--several",))])
def test_killed_at_any_moment(kills, words):
    lines = ran(("--kills", kills, *words))
    assert sum(int(line.split(": ")[1].split()[0]) for line in lines) == kills
    assert any(not line.endswith(" 0 resumed") for line in lines)


def may_mount() -> bool:
    alone = ["unshare", "-m" if os.geteuid() == 0 else "-rm"]
    try:
        return not subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], check=False,
                                  capture_output=True).returncode
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not may_mount(), reason="mounting a small disk is not allowed here")
def test_no_room():
    assert len(ran(("--room",))) == 64 + 12
