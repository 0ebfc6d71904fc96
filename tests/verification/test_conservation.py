"""The law of counters in every call: planted breaches are named, random streams keep it."""

import json
import struct

import numpy as np
import pytest

import tickeng as te
from tests.cli.conftest import START_NS, write_tape
from tests.verification import streams
from tickeng.files.arrivals import by_symbol
from tickeng.files.sources.inspection import Tally
from tickeng.files.sources.text import TextReader
from tickeng.replay import Options
from tickeng.replay.ledger import Ledger
from tickeng.replay.run import replay

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
ROWS = 1_000


def columns(rows=ROWS, start_ns=START_NS):
    ones = np.ones(rows)
    return start_ns + np.arange(rows) * 10**6, 100 * ones, ones, np.ones(rows, np.int8)


def off_by_one():
    """A state whose second symbol counts a trade less than came in."""
    engine = te.Engine()
    engine.run(*columns(), symbol=["A", "B"] * (ROWS // 2))
    state, counts = engine.state(), struct.Struct("<QQQ")
    at = state.rindex(counts.pack(500, 500, 0))
    return state[:at] + counts.pack(500, 499, 0) + state[at + counts.size:]


@pytest.mark.parametrize("symbol", [["B"] * 10, ["A", "B"] * 5])
def test_a_breach_in_run_names_symbol_and_numbers(symbol):
    engine = te.Engine.from_state(off_by_one())
    with pytest.raises(te.ConservationError) as caught:
        engine.run(*columns(10, START_NS + 10**12), symbol=symbol)
    came_in = 500 + symbol.count("B")
    assert (caught.value.symbol, caught.value.came_in) == ("B", came_in)
    assert caught.value.counts["processed"] == came_in - 1
    assert str(caught.value).startswith(
        f"B: {came_in} rows came in, but {came_in - 1} are accounted for ({came_in - 1} processed")


def test_a_small_batch_of_many_symbols_looks_at_its_own():
    engine = te.Engine.from_state(off_by_one())
    engine.intern([f"S{n}" for n in range(100)])
    engine.run(*columns(1, START_NS + 10**12), symbol=["A"])
    with pytest.raises(te.ConservationError, match="^B: 501 rows came in, but 500"):
        engine.run(*columns(1, START_NS + 10**12), symbol=["B"])


@pytest.mark.parametrize("rows", [3, 1_000])
def test_a_breach_in_parallel(rows):
    engine = te.ParallelEngine.from_state(off_by_one(), workers=2)
    with pytest.raises(te.ConservationError, match="^B: "), engine:
        engine.submit_batch(*columns(rows, START_NS + 10**12), symbol=["B"] * rows)
    assert engine.closed


def forgets(monkeypatch, kind, method):
    """A row more comes in than ends."""
    real = getattr(kind, method)

    def changed(self, *given):
        real(self, *given)
        rows = self._came_in["trade"] if kind is Ledger else self.rows
        rows["B"] += 1

    monkeypatch.setattr(kind, method, changed)


def test_a_breach_in_replay(tickeng, monkeypatch):
    write_tape("a.csv", 200, symbols=("A", "B"))
    forgets(monkeypatch, Ledger, "come_in")
    run = tickeng("replay", "a.csv", "-o", "o.csv", "--checkpoint", "k")
    assert run.code == 1
    assert "B: " in run.err and "rows came in, but" in run.err
    assert not list(streams.Path().glob("k*"))  # a state that is not to be used is not kept
    report = json.loads(tickeng("replay", "a.csv", "--json").out)
    assert not report["conserved"] and report["error"]["type"] == "ConservationError"
    with pytest.raises(te.ConservationError):
        te.replay("a.csv")
    with pytest.raises(te.ConservationError):
        te.verify("a.csv")


def test_a_breach_in_the_history(monkeypatch):
    write_tape("a.csv", 200, symbols=("A", "B"))
    write_tape("b.csv", 200, symbols=("A", "B"), start_ns=START_NS + 10**12)
    forgets(monkeypatch, Ledger, "come_in")
    with pytest.raises(te.ConservationError):
        te.replay("b.csv", warm="a.csv")


def test_a_breach_in_inspect(tickeng, monkeypatch):
    write_tape("a.csv", 200, symbols=("A", "B"))
    forgets(monkeypatch, Tally, "add")
    run = tickeng("inspect", "a.csv")
    assert run.code == 1 and "tickeng: B: " in run.err


@pytest.mark.parametrize("form", ["zst", "csv"])
def test_a_breach_in_convert(tickeng, monkeypatch, form):
    write_tape("a.csv", 200, symbols=("A", "B"))
    monkeypatch.setattr("tickeng.conversion.writing.by_symbol",
                        lambda batch: {**by_symbol(batch), "A": 1})
    run = tickeng("convert", "a.csv", "-o", f"o.{form}")
    assert run.code == 1 and "rows came in, but" in run.err


def test_a_file_that_gives_fewer_rows_than_it_numbers(monkeypatch):
    write_tape("a.csv", 200)
    batches = TextReader.batches

    def one_less(self, start_row):
        for batch in batches(self, start_row):
            rows_end = batch.rows_end
            batch = batch.after(1)
            batch.rows_end = rows_end
            yield batch

    monkeypatch.setattr(TextReader, "batches", one_less)
    for call in (te.read, te.inspect, te.replay):
        with pytest.raises(te.ConservationError, match="a.csv: 200 rows came in, but 199"):
            call("a.csv")
    report = replay(Options(["a.csv"], te.Config())).report
    assert not report["conserved"] and "a.csv: 200" in report["conservation_faults"][0]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("reorder_ms", [0, 50])
def test_what_a_late_tick_leaves_is_held(tickeng, workers, reorder_ms):
    """A late tick that is an error ends the output before it, with any number of workers."""
    write_tape("a.csv", 150_000)
    lines = streams.Path("a.csv").read_text().splitlines()
    lines[70_001] = f"{START_NS},1,1,1,BTCUSDT,1"
    streams.Path("a.csv").write_text("\n".join(lines) + "\n")
    run = tickeng("replay", "a.csv", "--on-late", "error", "-o", "o.csv", "--workers", workers,
                  "--reorder-ms", reorder_ms, "--json")
    report = json.loads(run.out)
    assert run.code == 3 and report["conserved"]
    total, ticks = report["counters"]["total"], report["ticks"]
    assert ticks == report["output"]["rows"] == total["processed"]
    assert ticks == 70_000 if not reorder_ms else 69_900 < ticks < 70_000  # others wait behind it
    assert total["late"] == 1 and total["held"] == total["in"] - ticks - 1 > 0


@pytest.mark.parametrize("seed", range(streams.SHORT))
def test_random_streams(seed):
    streams.check(seed)
