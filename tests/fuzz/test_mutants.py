"""Mutated inputs end in a typed error or are read; and the harness sees what it is there to see."""

import io

import pytest

from tickeng.errors import DataError
from tickeng.files.sources import open_source
from tickeng.files.tickfile import TickFileReader

from . import markets, run, seeds
from .mutate import ROOMS, mutant


@pytest.mark.parametrize("name", seeds.files() | seeds.recording())
def test_what_the_mutants_are_made_from_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes((seeds.files() | seeds.recording())[name])
    with open_source(path, infer_side="tick", **seeds.OPTIONS.get(name, {})) as source:
        batches = list(source.batches())
    assert sum(len(batch.ts_ns) for batch in batches) == seeds.ROWS
    assert not any(batch.rejects for batch in batches)


@pytest.mark.parametrize("name", markets.files())
def test_what_the_mutants_of_markets_are_made_from_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(markets.files()[name])
    with open_source(path, takes=markets.KINDS) as source:
        batches = list(source.batches())
    for batch in batches:
        markets.require_sound(batch)
    assert sum(map(len, batches)) + sum(batch.filtered for batch in batches) == (
        1 + (markets.ROWS - 8) // 2 if markets.kind_of(name) == "delta" else markets.ROWS)
    assert not any(batch.rejects for batch in batches)
    assert {batch.kind for batch in batches} == {markets.kind_of(name)}


def test_the_tick_file_of_kinds_is_read(tmp_path):
    ((name, data),) = seeds.tick_file_of_kinds().items()
    (tmp_path / name).write_bytes(data)
    with open(tmp_path / name, "rb") as file:
        spans = list(TickFileReader(file).merged())
    assert sum(len(batch) for span in spans for batch in span) == 4 * seeds.ROWS
    assert len(spans) > 2
    with pytest.raises(DataError, match="quotes, books, changes of books: say which with kind="):
        open_source(tmp_path / name)


@pytest.mark.parametrize(("room", "count"), [("trades", 1_500), ("markets", 800)])
def test_no_mutant_gets_through(room, count):
    assert run.run(count, seed=1, room=room) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_mutant_is_the_same_every_time(room):
    assert [mutant(3, n, room) for n in range(20)] == [mutant(3, n, room) for n in range(20)]


def test_a_block_of_a_tick_file_is_changed_inside():
    found = [data for name, data in (mutant(1, n, "markets") for n in range(600))
             if name == "kinds.zst"]
    errors = []
    for data in found:
        with pytest.raises(DataError) as told:
            list(TickFileReader(io.BytesIO(data)).merged())
        errors.append(str(told.value))
    assert any("checksum" not in error for error in errors)


@pytest.mark.parametrize("plant", run.PLANTS)
def test_a_planted_fault_is_found(monkeypatch, plant):
    monkeypatch.setattr(run, "PATIENCE_S", 3.0)
    assert run.catch(plant)
