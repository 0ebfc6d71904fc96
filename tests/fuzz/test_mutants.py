"""Mutated inputs end in a typed error or are read; and the harness sees what it is there to see."""

import pytest

from . import run
from .mutate import mutant


def test_no_mutant_gets_through():
    assert run.run(1_500, seed=1) == []


def test_a_mutant_is_the_same_every_time():
    assert [mutant(3, n) for n in range(20)] == [mutant(3, n) for n in range(20)]


@pytest.mark.parametrize(("planted", "told"), [
    ("KeyError", "KeyError: 'planted'"), ("crash", "died: SIGSEGV"), ("memory", "MiB, more than"),
    ("hang", "hangs"),
])
def test_a_planted_fault_is_found(monkeypatch, planted, told):
    monkeypatch.setattr(run, "PATIENCE_S", 3.0)
    found = run.run(8, seed=1, workers=1, plant=planted)
    assert [fault["number"] for fault in found] == [3]
    assert told in found[0]["found"]
