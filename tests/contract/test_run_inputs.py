"""Engine.run of a path, of a Table and of other tables: the bits of their columns as arrays."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import tickeng
from tickeng import ConfigError, DataError, Engine, NotAcceptedWarning

EXAMPLE = Path(__file__).parents[2] / "examples/ltcusdt_20250621.csv.gz"
T0 = 1_700_000_000_000


def trades(n=400):
    rng = np.random.default_rng(4)
    symbol = np.where(np.arange(n) % 3, "B", "A")
    return pd.DataFrame({"ts": T0 + np.arange(n) * 50, "symbol": symbol,
                         "price": 100 + rng.integers(0, 9, n) / 8, "qty": rng.integers(1, 9, n),
                         "side": np.where(rng.random(n) < 0.5, "S", "B"), "id": np.arange(n)})


def same(engine, other, frame, want):
    return (all(frame[name].tobytes() == want[name].tobytes() for name in want)
            and len(frame) == len(want) and engine.state() == other.state())


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
@pytest.mark.parametrize("settings", [{}, {"dedupe": "id"}], ids=["plain", "dedupe"])
def test_a_file_a_table_and_arrays_are_the_same(tmp_path, name, settings):
    rows = trades()
    rows.loc[6, "id"] = 3
    path = tmp_path / name
    (rows.to_csv if name == "t.csv" else rows.to_parquet)(path, index=False)
    said = {"buy": "S", "sell": "B"}
    want_of = Engine(settings)
    want = want_of.run(rows["ts"].to_numpy() * 10**6, rows["price"], rows["qty"], rows["side"],
                       symbol=rows["symbol"].tolist(), id=rows["id"], sides=said)
    assert (want["status"] == 2).sum() == ("dedupe" in settings)
    read = tickeng.read(path, sides=said)
    for given, options in ((path, {"sides": said}), (str(path), {"sides": said}), (read, {}),
                           (rows, {"sides": said}), (pa.table(rows), {"sides": said})):
        engine = Engine(settings)
        assert same(engine, want_of, engine.run(given, **options), want)
    engine = Engine(settings)
    odd = rows.rename(columns={"price": "odd"})
    assert same(engine, want_of, engine.run(odd, sides=said, map={"price": "odd"}, workers=2), want)


def test_symbols_get_codes_by_appearance_and_only_those_that_appear(tmp_path):
    trades().to_csv(tmp_path / "t.csv", index=False)
    said = {"buy": "B", "sell": "S"}
    engine = Engine()
    engine.intern(["Z", "B"])
    engine.run(tickeng.read(tmp_path / "t.csv", sides=said, symbols=["B"]))
    assert engine.symbols == ["Z", "B"]
    engine.run(tmp_path / "t.csv", sides=said, symbols=["A"])
    assert engine.symbols == ["Z", "B", "A"]
    assert [c["processed"] for c in engine.counters.values()] == [0, 266, 134]
    named = Engine()
    named.run(trades(), sides=said, symbol_name="ONE")
    assert named.symbols == ["ONE"]


def test_parts_of_a_scan_are_the_whole():
    whole, parts = Engine(), Engine()
    whole.run(EXAMPLE)
    for part in tickeng.scan(EXAMPLE, 10_000):
        parts.run(part)
    assert parts.state() == whole.state() and whole.counters.popitem()[1]["processed"] == 53_325


def test_rows_of_a_file_that_are_no_trades_are_warned_of(tmp_path):
    lines = ["ts,price,qty,side", *(f"{T0 + i},1.5,2,buy" for i in range(95)),
             *(f"{T0 + i},x,2,buy" for i in range(95, 100))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    with pytest.warns(NotAcceptedWarning, match="5 of 100 rows were not accepted: 5 bad_price"):
        frame = Engine().run(tmp_path / "t.csv")
    assert len(frame) == 95
    with pytest.warns(NotAcceptedWarning, match="5 of 100 rows were not accepted: 5 bad_price"):
        frame = Engine().run(tmp_path / "t.csv", rejects="keep")
    assert len(frame) == 100 and frame["status"].tolist() == [0] * 95 + [3] * 5


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda e, t: e.run(T0, 1.0, 1.0, 1, map={"price": "px"}), ConfigError, "map says how"),
    (lambda e, t: e.run(t, colour="red"), ConfigError, "no option 'colour'"),
    (lambda e, t: e.run(t, infer_side="tick"), ConfigError, "infer_side is for files"),
    (lambda e, t: e.run(t, symbol=["A"] * len(t)), DataError, "map="),
    (lambda e, t: e.run(t.assign(side="up")), DataError, "sides="),
    (lambda e, t: e.run([1, 2, 3]), DataError, "one table"),
    (lambda e, t: e.run("nowhere.csv"), ConfigError, "nowhere.csv"),
    (lambda e, t: e.run(tickeng.read(EXAMPLE), sides={"buy": 1, "sell": 0}), ConfigError,
     "give sides= to tickeng.read"),
    (lambda e, t: e.run(t.assign(ts=pd.Timestamp("1980-01-01T10")),
                        sides={"buy": "B", "sell": "S"}),
     DataError, "every time lies before min_time"),
])
def test_what_does_not_fit_is_refused_with_what_to_type(call, error, words):
    engine = Engine()
    with pytest.raises(error, match=words):
        call(engine, trades(20))
    assert not any(counts["in"] for counts in engine.counters.values())


@pytest.mark.parametrize("place", range(4))
def test_masked_values_are_not_read(place):
    given = [T0 * 10**6 + np.arange(4), np.ones(4), np.ones(4), np.array([1, -1, 1, -1])]
    whole = np.ma.masked_array(given[place], mask=[0, 0, 0, 0])
    assert len(Engine().run(*given[:place], whole, *given[place + 1:])) == 4
    some = np.ma.masked_array(given[place], mask=[0, 0, 1, 0])
    with pytest.raises(DataError, match=r"masked values: give \w+\.filled\("):
        Engine().run(*given[:place], some, *given[place + 1:])


def test_the_package_does_not_load_readers_before_they_are_asked_for():
    program = ("import sys, tickeng; tickeng.Engine().run([10**18], [1.0], [1.0], [1]); "
               "assert 'pyarrow' not in sys.modules and 'tickeng.reading' not in sys.modules; "
               "assert tickeng.read and tickeng.scan and tickeng.Table")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
