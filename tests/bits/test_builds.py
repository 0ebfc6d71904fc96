"""The hash sees every bit, and a C++ program without optimisation has the package's bits."""

import os
import subprocess

import numpy as np
import pytest

from tests.bits import run
from tests.bits.tapes import batch_hash, rows_hash, tape


def test_the_hash_sees_every_bit_and_the_order():
    columns = [np.linspace(1.0, 2.0, 50), np.zeros(50)]
    want = {rows_hash(columns), rows_hash(columns[::-1]), rows_hash([c[::-1] for c in columns])}
    for bit in range(64):
        changed = columns[0].copy()
        changed.view(np.uint64)[7] ^= np.uint64(1 << bit)
        want.add(rows_hash([changed, columns[1]]))
    signs = -columns[0]
    want |= {rows_hash([signs, columns[1]]), rows_hash([columns[0], -columns[1]])}
    assert len(want) == 3 + 64 + 2


@pytest.fixture(scope="module")
def program():
    if "TICKENG_SOAK" not in os.environ:
        pytest.skip("`make bits` builds it too, and compares the same hashes")
    return run.build("g++ -O0 v3")


@pytest.mark.parametrize("mode", run.MODES)
def test_an_unoptimised_build_has_the_bits_of_the_package(program, tmp_path, mode):
    settings = run.MODES[mode]
    tape("btc_perp").write(tmp_path / "tape")
    assert run.hashes(program, [tmp_path / "tape"], **settings) == [
        batch_hash(tape("btc_perp"), **settings)]


def test_a_truncated_tape_is_an_error(program, tmp_path):
    tape("btc_perp").write(tmp_path / "tape")
    (tmp_path / "tape").write_bytes((tmp_path / "tape").read_bytes()[:-1])
    with pytest.raises(subprocess.CalledProcessError):
        run.hashes(program, [tmp_path / "tape"])


def test_a_difference_is_reported(program, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "build", lambda flavour: program)
    files = run.write_tapes(tmp_path)[-1:]
    monkeypatch.setattr(run, "TAPES", ["btc_perp"])
    monkeypatch.setattr(run, "MODES", {"default": {}})
    want = {"default": [batch_hash(tape("btc_perp"))]}
    assert list(run.compare("g++ -O0 v3", files, want)) == []
    (found,) = run.compare("g++ -O0 v3", files, {"default": ["0" * 16]})
    assert "btc_perp, default mode" in found and want["default"][0] in found
