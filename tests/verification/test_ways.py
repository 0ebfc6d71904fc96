"""Every way gives the same bits on every kind of input, and each planted difference is found."""

import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import tickeng as te
from tests.cli.conftest import START_NS, write_tape
from tickeng.benchmark import synthetic_trades
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile import TickFileWriter
from tickeng.verification import blocks, levels, ways

WAYS = ["batch", "tick by tick", "random chunks", "resumed", "2 workers", "sharded"]


@pytest.fixture
def short_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK", 700)
    monkeypatch.setattr("tickeng.verification.report.BLOCK", 700)


@pytest.mark.usefixtures("one_level")
@pytest.mark.parametrize("options", [
    {}, {"reorder_ms": 20}, {"on_late": "clamp"}, {"dedupe": "id"}, {"limit": 2_000},
    {"symbols": ["B", "C"]}, {"from_": START_NS + 10**9, "to": START_NS + 5 * 10**9},
    {"infer_side": "tick"}, {"leaders": "leader.csv"},
    {"leaders": {"a": "leader.csv", "b": "other.csv"}, "pairs": {"A": "a", "*": "b"}},
    {"config": {"kernels": "k1,speed,regime", "regime_step": 500}},
], ids=lambda options: ",".join(options) or "plain")
def test_all_ways_agree(options):
    write_tape("a.csv", 3_000, symbols=("A", "B", "C"), late=0.05, bad=0.01, repeated=0.02)
    write_tape("leader.csv", 2_000, seed=2)
    write_tape("other.csv", 1_000, seed=3)
    report = te.verify("a.csv", seed=5, workers=2, **options)
    assert report["identical"] and report["differences"] == []
    ways_run = [way["way"] for way in [*report["ways"], *report["not_run"]]]
    assert ways_run == WAYS and bool(report["not_run"]) == ("leaders" in options)
    assert len({way["digest"] for way in report["ways"]}) == 1
    taken = sum(c["in"] - c["reasons"].get("bad_price", 0) for c in report["counters"].values())
    assert report["rows"] == taken > 500


@pytest.mark.usefixtures("one_level", "short_blocks")
def test_two_files_that_overlap_in_short_blocks():
    write_tape("a.csv", 3_000, symbols=("A", "B"))
    write_tape("b.csv", 3_000, seed=2, start_ns=START_NS + 10**9, symbols=("B", "C"))
    report = te.verify(["a.csv", "b.csv"], seed=1)
    assert report["identical"] and report["rows"] == 6_000


@pytest.mark.usefixtures("one_level")
def test_nothing_but_a_header():
    Path("a.csv").write_text("timestamp,price,qty,side\n")
    assert te.verify("a.csv")["rows"] == 0
    with pytest.raises(te.DataError, match="needs a row"):
        te.verify("a.csv", self_test=True)


@pytest.mark.usefixtures("one_level")
@pytest.mark.parametrize(("tail", "options", "error"), [
    (f"{START_NS + 10**12},1,1,maybe,A,1\n", {}, "maybe"),
    (f"{START_NS},1,1,1,BTCUSDT,1\n", {"on_late": "error"}, "older"),
])
def test_an_error_of_the_input_is_the_same_in_every_way_and_raised(tail, options, error):
    write_tape("a.csv", 12_000)
    with open("a.csv", "a") as file:
        file.write(tail)
    with pytest.raises(te.DataError, match=error):
        te.verify("a.csv", seed=1, **options)


@pytest.mark.usefixtures("one_level")
def test_ways_must_agree_on_the_error(monkeypatch):
    write_tape("a.csv", 12_000)
    with open("a.csv", "a") as file:
        file.write(f"{START_NS + 10**12},1,1,maybe,A,1\n")
    whole = ways.InChunks.results

    def ends_early(self):
        try:
            yield from whole(self)
        except te.DataError:
            return

    monkeypatch.setattr(ways.InChunks, "results", ends_early)
    with pytest.raises(te.DifferenceError, match=r"random chunks: ends with no error"):
        te.verify("a.csv", seed=1)


def planted(monkeypatch, way, row, column, change):
    """One cell of one way's frames is another; rows are counted over its life."""
    feed = way._feed

    def changed(self, engine, rows, codes):
        fed = feed(self, engine, rows, codes)
        at = row - getattr(self, "fed", 0)
        self.fed = getattr(self, "fed", 0) + len(rows)
        if 0 <= at < len(rows):
            fed.outputs[column][at] = change(fed.outputs[column][at])
        return fed

    monkeypatch.setattr(way, "_feed", changed)


@pytest.mark.usefixtures("one_level", "short_blocks")
@pytest.mark.parametrize(("way", "name"), [
    (ways.TickByTick, "tick by tick"), (ways.InChunks, "random chunks"),
    (ways.Sharded, "sharded")])
def test_a_planted_difference_is_found_with_row_column_and_distance(monkeypatch, way, name):
    write_tape("a.csv", 3_000, symbols=("A", "B"))
    planted(monkeypatch, way, 2_345, "k1", lambda value: np.nextafter(value, np.inf))
    with pytest.raises(te.DifferenceError) as caught:
        te.verify("a.csv", seed=1, config={"warmup": "expanding"})
    (found,) = caught.value.report["differences"]
    assert (found["way"], found["row"], found["column"], found["ulp"]) == (name, 2_346, "k1", 1)
    assert (found["file"], found["file_row"], found["cells"]) == ("a.csv", 2_346, 1)
    assert int(found["found_bits"], 16) - int(found["expected_bits"], 16) in (1, -1)
    assert f"{name}: row 2,346 (a.csv, row 2,346, " in str(caught.value)
    assert "column k1" in str(caught.value) and "1 ulp apart" in str(caught.value)


@pytest.mark.usefixtures("one_level")
def test_a_state_that_loses_a_part_is_found(monkeypatch):
    write_tape("a.csv", 3_000)
    load = te.Engine.from_state.__func__

    def forgetful(cls, *given, **options):
        engine = load(cls, *given, **options)
        engine.reset(engine.symbols[0])
        return engine

    monkeypatch.setattr(te.Engine, "from_state", classmethod(forgetful))
    with pytest.raises(te.DifferenceError, match="resumed: row "):
        te.verify("a.csv", seed=1, config={"warmup": "expanding"})


@pytest.mark.usefixtures("one_level")
def test_rows_that_are_missing_are_found(monkeypatch):
    write_tape("a.csv", 3_000)
    results = ways.InChunks.results
    monkeypatch.setattr(ways.InChunks, "results", lambda self: list(results(self))[1:])
    with pytest.raises(te.DifferenceError, match=r"random chunks: gives 0 rows, the batch 3,000"):
        te.verify("a.csv", seed=1)


@pytest.mark.usefixtures("one_level", "short_blocks")
def test_a_difference_that_does_not_repeat_is_said_to_be_one(monkeypatch):
    write_tape("a.csv", 3_000)
    once = [True]

    def change(value):
        return value + 1.0 if once and once.pop() else value

    planted(monkeypatch, ways.InChunks, 1_500, "k1", change)
    with pytest.raises(te.DifferenceError, match=r"k1 of rows 1,401 to 2,100 differed once"):
        te.verify("a.csv", seed=1, config={"warmup": "expanding"})


@pytest.mark.usefixtures("one_level", "short_blocks")
@pytest.mark.parametrize("seed", range(20))
def test_the_self_test_finds_its_bit(seed):
    write_tape("a.csv", 2_000)
    report = te.verify("a.csv", seed=seed, self_test=True)
    assert report["self_test"]["found"]
    assert not report["identical"] and report["differences"][0]["cells"] == 1


@pytest.mark.usefixtures("one_level")
def test_a_self_test_that_finds_nothing_fails(monkeypatch):
    write_tape("a.csv", 2_000)
    monkeypatch.setattr(blocks, "digest", lambda column: 0)
    with pytest.raises(te.DifferenceError, match="the self-test failed"):
        te.verify("a.csv", seed=1, self_test=True)


@pytest.mark.skipif(any(levels.missing(name) for name in levels.LEVELS), reason="one level only")
def test_the_other_level_is_run_and_its_differences_are_located(monkeypatch):
    write_tape("a.csv", 3_000)
    Path("json.py").write_text("raise RuntimeError")  # the child does not look for modules here
    other = levels.others()[0]
    settings = {"warmup": "expanding"}
    report = te.verify("a.csv", seed=1, config=settings)
    assert report["ways"][-1]["way"] == f"level {other}" and report["ways"][-1]["same"]
    request = levels._request
    monkeypatch.setattr(levels, "_request", lambda *given: {
        **request(*given), "config": {**settings, "lead_weight": 0.25, "clip": 0.5}})
    with pytest.raises(te.DifferenceError, match=rf"level {other}: row [\d,]+ .*column signal: "):
        te.verify("a.csv", seed=1, config=settings)
    monkeypatch.setattr(levels, "_request", lambda *given: {"nonsense": 1})
    with pytest.raises(te.TickengError, match=f"level {other} ended with 1: KeyError"):
        te.verify("a.csv", seed=1)


def test_a_level_that_the_machine_lacks_is_named(monkeypatch, tickeng):
    write_tape("a.csv", 100)
    monkeypatch.setattr(levels, "others", lambda: ["v4"])
    monkeypatch.setattr(levels.cpu, "level", lambda: 3)
    shown = tickeng("verify", "a.csv")
    assert shown.code == 0
    assert b"level v4" in shown.out and b"not run: this processor has no x86-64-v4" in shown.out


@pytest.mark.usefixtures("one_level")
def test_the_command(tickeng, monkeypatch):
    write_tape("a.csv", 2_000)
    shown = tickeng("verify", "a.csv", "--seed", 7)
    assert shown.code == 0, shown.err
    for way in (*WAYS, "seed", "digest"):
        assert way.encode() in shown.out
    document = json.loads(tickeng("verify", "a.csv", "--json", "--self-test").out)
    assert document["schema"] == "tickeng.verify/1" and document["self_test"]["found"]
    planted(monkeypatch, ways.InChunks, 1_500, "status", lambda value: value ^ 1)
    run = tickeng("verify", "a.csv", "--seed", 7)
    assert run.code == 1
    assert "column status: 1 where 0 is expected, 1 ulp apart" in run.err
    assert "--seed 7 repeats this" in run.err


@pytest.mark.usefixtures("one_level")
def test_rows_tick_by_tick_are_bounded_unless_all_are_asked_for(monkeypatch):
    write_tape("a.csv", 3_000)
    monkeypatch.setattr(blocks, "BLOCK", 500)
    monkeypatch.setattr("tickeng.verification.report.BLOCK", 500)
    monkeypatch.setattr("tickeng.verification.report.TICKS", 1_000)
    rows = {way["way"]: way["rows"] for way in te.verify("a.csv", seed=1)["ways"]}
    assert 1_000 <= rows["tick by tick"] <= 3_000 == rows["batch"]
    rows = {way["way"]: way["rows"] for way in te.verify("a.csv", every_tick=True)["ways"]}
    assert rows["tick by tick"] == 3_000


def test_what_cannot_be_read_twice_is_refused(tickeng):
    run = tickeng("verify", "-")
    assert run.code == 2 and "save it as a file" in run.err
    write_tape("a.csv", 10)
    with pytest.raises(te.ConfigError, match="takes no checkpoint"):
        te.verify("a.csv", checkpoint="k")


@pytest.mark.usefixtures("one_level")
def test_memory_does_not_grow_with_the_rows():
    peaks = []
    for rows in (200_000, 800_000):
        writer = TickFileWriter("a.zst", force=True)
        writer.write(EventBatch.of("trade", synthetic_trades(rows), ["S"]))
        writer.close()
        tracemalloc.start()
        assert te.verify("a.zst", seed=1, self_test=True)["rows"] == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0], peaks


@pytest.mark.usefixtures("one_level")
def test_a_file_that_changes_meanwhile_is_no_difference(monkeypatch):
    write_tape("a.csv", 1_000)
    init = ways.InChunks.__init__

    def grown(self, *given):
        with open("a.csv", "a") as file:
            file.write(f"{START_NS + 10**12},1,1,1,BTCUSDT,1\n")
        init(self, *given)

    monkeypatch.setattr(ways.InChunks, "__init__", grown)
    with pytest.raises(te.DataError, match="a.csv: changed while it was being verified"):
        te.verify("a.csv", seed=1)
