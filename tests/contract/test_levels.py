"""One truth under every instruction set: one hash, and no instruction of a better one leaks."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tickeng
from tickeng._native import core, cpu

HERE = Path(tickeng.__file__).parent / "_native"
CAN = [level for level in core.LEVELS if int(level[1:]) <= cpu.level()]
HASH = """
import hashlib, sys
import numpy as np
from tests.contract.test_clocks import tape
from tests.feeds import OF_QUOTES, OF_TRADES
from tests.golden.lcg import golden_stream
from tickeng import Engine
from tickeng._native import core
assert core.level == sys.argv[1]
s = golden_stream().head(12_500)
leader = (s.ts_ns + 3_000_000, s.leader)
digest = hashlib.sha256()
for kernels in ["chain", *(k["name"] for k in OF_TRADES)]:
    engine = Engine(kernels=kernels)
    frame = engine.run(s.ts_ns, s.price, s.qty, s.side, leader=leader)
    for name in frame.columns:
        digest.update(frame[name].tobytes())
    digest.update(engine.state())
bought, quoted = tape(1)
for kernel in OF_QUOTES:
    engine = Engine(kernels=kernel["name"])
    for rows in ("trade", "quote"):
        frame = engine.copy().run(trades=bought, quotes=quoted, rows=rows)
        for name in frame.columns:
            digest.update(frame[name].tobytes())
    engine.run(trades=bought, quotes=quoted)
    digest.update(engine.state())
print(digest.hexdigest())
"""


def hash_at(level):
    done = subprocess.run([sys.executable, "-c", HASH, level], capture_output=True, text=True,
                          env=os.environ | {"TICKENG_LEVEL": level,
                                            "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_level_gives_the_same_bits():
    hashes = {level: hash_at(level) for level in CAN}
    print(hashes)
    assert len(set(hashes.values())) == 1


BEYOND_V1 = r"%[yz]mm|\bv[a-z]+[sp][sd]\b"
BEYOND_V3 = r"%zmm|%k[1-7]|%[xy]mm(?:1[6-9]|2\d|3[01])"


@pytest.mark.parametrize(("name", "banned"), [
    ("cpu", BEYOND_V1), ("io", BEYOND_V3), ("codec", BEYOND_V3), ("core_v3", BEYOND_V3),
    ("rolling_v3", BEYOND_V3),
])
def test_no_instruction_leaks(name, banned):
    """What must run on a lesser processor holds none of a better one's instructions."""
    assert shutil.which("objdump"), "binutils comes with g++"
    (module,) = HERE.glob(f"{name}.*.so")
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", module], capture_output=True,
                             text=True, check=True).stdout
    assert re.search(r"%[xyz]mm0", listing) or name == "cpu"
    found = next((line for line in listing.splitlines() if re.search(banned, line)), None)
    assert found is None


def test_nothing_is_loaded_before_the_processor_is_known():
    """io and codec may take v3 for granted: importing them begins with importing the package."""
    code = """
import sys, types
sys.modules["tickeng._native.cpu"] = old = types.ModuleType("tickeng._native.cpu")
old.level = lambda: 2
try:
    import tickeng._native.codec
except ImportError as error:
    print(error, [name for name in ("io", "codec") if f"tickeng._native.{name}" in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("tickeng needs a processor with AVX2")
    assert done.stdout.endswith(" []\n")


def test_the_check_would_see_a_leak():
    (module,) = HERE.glob("core_v4.*.so")
    listing = subprocess.run(["objdump", "-d", "--no-show-raw-insn", module], capture_output=True,
                             text=True, check=True).stdout
    assert re.search(r"%zmm", listing) and re.search(r"\bv[a-z]+[sp][sd]\b", listing)


@pytest.mark.parametrize(("best", "wanted", "level"),
                         [(4, None, "v4"), (3, None, "v3"), (4, "v3", "v3"), (4, "", "v4")])
def test_the_best_build_is_chosen(best, wanted, level):
    assert core._choose(best, wanted) == level


@pytest.mark.parametrize(("best", "wanted", "says"), [
    (1, None, "needs a processor with AVX2"), (3, "v4", "more than this processor has"),
    (4, "sse", "use one of v3, v4"),
])
def test_an_unfit_level_is_a_clear_error(best, wanted, says):
    with pytest.raises(ImportError, match=says):
        core._choose(best, wanted)
