"""Mutated inputs end in a typed error or are read; and the harness sees what it is there to see."""

import pytest

from tickeng.errors import DataError
from tickeng.files.sources import open_source
from tickeng.files.tickfile import TickFileReader

from . import run, seeds
from .mutate import mutant


@pytest.mark.parametrize("name", seeds.files() | seeds.recording())
def test_what_the_mutants_are_made_from_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes((seeds.files() | seeds.recording())[name])
    with open_source(path, infer_side="tick", **seeds.OPTIONS.get(name, {})) as source:
        batches = list(source.batches())
    assert sum(len(batch.ts_ns) for batch in batches) == seeds.ROWS
    assert not any(batch.rejects for batch in batches)


def test_the_tick_file_of_kinds_is_read(tmp_path):
    ((name, data),) = seeds.tick_file_of_kinds().items()
    (tmp_path / name).write_bytes(data)
    with open(tmp_path / name, "rb") as file:
        spans = list(TickFileReader(file).merged())
    assert sum(len(batch) for span in spans for batch in span) == 4 * seeds.ROWS
    assert len(spans) > 2
    with pytest.raises(DataError, match="trades, quotes, books, deltas: say which with kind="):
        open_source(tmp_path / name)


def test_no_mutant_gets_through():
    assert run.run(1_500, seed=1) == []


def test_a_mutant_is_the_same_every_time():
    assert [mutant(3, n) for n in range(20)] == [mutant(3, n) for n in range(20)]


@pytest.mark.parametrize("plant", run.PLANTS)
def test_a_planted_fault_is_found(monkeypatch, plant):
    monkeypatch.setattr(run, "PATIENCE_S", 3.0)
    assert run.catch(plant)
