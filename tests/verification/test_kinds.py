"""Verification of replays of several kinds of events, and of outputs with rows of each."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tickeng as te
from tests.cli.test_kinds_of_events import SETTINGS, TEXT, market, rounded, write
from tests.io_write.test_conversion import batch
from tests.io_write.test_conversion import write as write_events
from tickeng.verification import calls, ways

pytestmark = pytest.mark.filterwarnings("ignore")
CONFIG = {"kernels": TEXT, **SETTINGS}
WAYS = {"batch", "tick by tick", "random chunks", "resumed", "2 workers"}


@pytest.fixture
def words(tmp_path):
    """What a replay of three files with ties, late rows and crossed quotes is given."""
    paths = write(tmp_path, rounded(market(5, 2, trades=300, quotes=500, books=150)))
    return {"files": paths["trade"], "quotes": paths["quote"], "books": paths["book"],
            "config": CONFIG}


@pytest.mark.parametrize("rows", ["trade", "quote", "book", "m1"])
@pytest.mark.parametrize("more", [{}, {"reorder_ms": 50, "symbols": ["AB"]},
                                  {"on_late": "clamp", "limit": 700}])
def test_every_way_gives_the_same_rows(one_level, words, rows, more):
    report = te.verify(rows=rows, seed=4, workers=2, **words, **more)
    told = {way["way"]: way["rows"] for way in report["ways"]}
    left = {way["way"] for way in report["not_run"]}
    assert set(told) == WAYS - ({"tick by tick"} if rows == "m1" else set())
    assert left == {"sharded"} | ({"tick by tick"} if rows == "m1" else set())
    assert len(set(told.values())) == 1 and report["rows"] > 10
    replayed = te.replay(rows=rows, **words, **more)
    late = sum(counts["late"] for counts in replayed["counters_of"]["quote"]["symbols"].values())
    assert rows != "quote" or report["rows"] == replayed["ticks"] + late


def test_a_file_of_every_kind_and_the_other_level(tmp_path):
    rng = np.random.default_rng(3)
    parts = [batch(kind, rng, 300) for kind in ("trade", "quote", "delta")]
    parts[2].values["snapshot"][:2] = 1
    path = write_events(tmp_path / "a.zst", *parts)
    for rows in ("trade", "quote", "book"):
        config = {**CONFIG, "quotes": "native"}
        report = te.verify(path, rows=rows, seed=1, workers=2, config=config)
        assert report["identical"] and report["rows"] == 300
        assert any(way["way"].startswith("level") for way in report["ways"] + report["not_run"])


@pytest.mark.parametrize("kind", ["trade", "quote", "book"])
def test_a_way_that_sees_another_event_is_found(one_level, words, monkeypatch, kind):
    def one_less(asked, values):
        for number, (given, named) in enumerate(calls.arguments(asked, values)):
            if asked == kind and number == 40:
                given = (given[0] * (1 + 2**-40), *given[1:])
            yield given, named

    monkeypatch.setattr(ways, "arguments", one_less)
    with pytest.raises(te.DifferenceError) as found:
        te.verify(rows=kind, seed=4, workers=2, **words)
    (difference,) = found.value.report["differences"]
    assert difference["way"] == "tick by tick"
    assert difference["file"].startswith(kind)


def test_the_self_test_finds_its_bit(one_level, words):
    for rows in ("quote", "book", "m1"):
        for seed in range(3):
            report = te.verify(rows=rows, seed=seed, self_test=True, **words)
            assert report["self_test"]["found"]


@pytest.mark.parametrize("rows", ["trade", "quote", "book", "m1"])
@pytest.mark.parametrize("form", ["parquet", "csv", "jsonl", "arrow"])
def test_an_output_is_held_against_a_fresh_run(words, rows, form):
    te.replay(out=f"o.{form}", rows=rows, **words)
    own = {name: value for name, value in words.items() if name != "config"}
    for given in (words, own):
        report = te.verify(against=f"o.{form}", rows=rows, **given)
        assert report["identical"] and report["against"]["rows"] == report["rows"] > 10
    other = "quote" if rows == "trade" else "trade"
    with pytest.raises(te.StateError, match="another order of rows"):
        te.verify(against=f"o.{form}", rows=other, **own)


@pytest.mark.parametrize("rows", ["quote", "m1"])
def test_a_changed_cell_of_an_output_is_named(words, rows):
    te.replay(out="o.parquet", rows=rows, **words)
    table = pq.read_table("o.parquet")
    column = table["r" if rows == "m1" else "mid"].to_numpy().copy()
    at = int(np.flatnonzero(~np.isnan(column))[5])
    column[at] = np.nextafter(column[at], np.inf)
    names = table.column_names
    changed = table.set_column(names.index("r" if rows == "m1" else "mid"),
                               "r" if rows == "m1" else "mid", pa.array(column))
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), "o.parquet")
    with pytest.raises(te.DifferenceError, match=f"row {at + 1:,} ") as found:
        te.verify(against="o.parquet", rows=rows, **words)
    (difference,) = found.value.report["differences"]
    assert difference["ulp"] == 1 and difference["row"] == at + 1
    assert ("file" in difference) == (rows == "quote")


def test_the_command_takes_them(tickeng, words):
    typed = ["verify", words["files"], "--quotes", words["quotes"], "--books", words["books"],
             "--kernels", TEXT, "--set", "warmup=expanding", "--set", "quotes=native"]
    run = tickeng(*typed, "--rows", "quote", "--seed", 1)
    assert run.code == 0 and b"not run: ParallelEngine takes batches of trades" in run.out
    tickeng("replay", *typed[1:], "--rows", "quote", "-o", "o.csv")
    assert tickeng(*typed, "--rows", "quote", "--against", "o.csv").code == 0
    refused = tickeng("verify", words["quotes"], "--seed", 1)
    assert refused.code == 3 and "holds quotes, no trades" in refused.err
