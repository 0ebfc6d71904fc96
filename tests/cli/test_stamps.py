"""Stray stamps, gaps and ids with two prices: what a replay makes of them, and what it says."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng.replay import inputs as inputs_module
from tickeng.replay.timeline import BEFORE_ALL, Bounds, Timeline

from .conftest import START_NS, write_tape

DAY = 86_400 * 10**9
YEAR_2099 = 4_070_908_800 * 10**9


def insert(path, at, ts_ns, symbol="BTCUSDT"):
    """Put a row with this stamp into a tape."""
    lines = Path(path).read_text().splitlines()
    lines.insert(at, f"{ts_ns},100.0,1.0,1,{symbol},{10**6 + at}")
    Path(path).write_text("\n".join(lines) + "\n")


def total(run):
    return json.loads(run.out)["counters"]["total"]


@pytest.mark.parametrize("stray_ns", [YEAR_2099, START_NS + 100 * DAY, 5],
                         ids=["2099", "100 days ahead", "1970"])
@pytest.mark.parametrize("how", [(), ("--reorder-ms", "20"), ("--workers", "2")], ids=str)
def test_a_stray_stamp_costs_its_own_row_only(tickeng, stray_ns, how):
    write_tape("clean.csv", 3_000)
    write_tape("day1.csv", 3_000)
    insert("day1.csv", 1_500, stray_ns)
    assert tickeng("replay", "clean.csv", "-o", "want.csv", *how).code == 0
    run = tickeng("replay", "day1.csv", "-o", "got.csv", "--json", "--checkpoint", "k", *how)
    assert run.code == 0 and total(run)["processed"] + total(run)["held"] >= 2_990
    assert Path("got.csv").read_bytes()[:100_000] == Path("want.csv").read_bytes()[:100_000]
    if not how:
        assert total(run)["rejected"] == 1 and total(run)["processed"] == 3_000
        assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()


def test_files_stay_in_order_behind_a_stray_stamp(tickeng):
    """A merge goes by the time of each file, which one row must not move."""
    newest = write_tape("a.csv", 2_000, seed=1, symbols=("A", "B"))
    write_tape("b.csv", 2_000, seed=2, symbols=("A", "B"), start_ns=START_NS + 10**9)
    assert newest > START_NS + 10**9  # they overlap
    assert tickeng("replay", "a.csv", "b.csv", "-o", "want.csv").code == 0
    insert("a.csv", 200, START_NS + 60 * DAY, "A")
    insert("b.csv", 1, YEAR_2099, "A")
    run = tickeng("replay", "a.csv", "b.csv", "-o", "got.csv", "--json")
    assert run.code == 0 and total(run)["late"] == 0
    assert total(run)["reasons"] == {"bad_timestamp": 1, "jump": 1}
    assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()


@pytest.mark.parametrize("stray_ns", [YEAR_2099, START_NS + 60 * DAY], ids=["2099", "60 days"])
def test_a_leader_goes_on_behind_a_stray_stamp(tickeng, monkeypatch, stray_ns):
    monkeypatch.setattr(inputs_module, "_ROWS_AT_ONCE", 4_096)  # several batches a leader
    for name in ("lead.csv", "clean.csv"):
        write_tape(name, 9_000, seed=5, symbols=("L",))
    write_tape("day1.csv", 9_000, seed=6)
    insert("lead.csv", 50, stray_ns, "L")
    want = tickeng("replay", "day1.csv", "--leader", "clean.csv", "-o", "want.csv")
    got = tickeng("replay", "day1.csv", "--leader", "lead.csv", "-o", "got.csv")
    assert want.code == got.code == 0
    assert Path("got.csv").read_bytes() == Path("want.csv").read_bytes()


@pytest.mark.parametrize("how", [(), ("--reorder-ms", "20")], ids=["plain", "reorder"])
def test_the_next_source_may_begin_much_later(tickeng, how):
    write_tape("jan.csv", 2_000, seed=1, symbols=("A", "B"))
    write_tape("may.csv", 2_000, seed=2, symbols=("A", "B"), start_ns=START_NS + 120 * DAY)
    one = tickeng("replay", "jan.csv", "may.csv", "--json", *how)
    assert total(one)["reasons"] == {"jump": 2} and "max_jump=off" in one.out.decode()
    assert tickeng("replay", "jan.csv", "--checkpoint", "k", *how).code == 0
    two = tickeng("replay", "may.csv", "--resume", "k", "--json", *how)
    assert two.code == 0 and total(two)["rejected"] == 0 and total(two)["processed"] >= 3_980
    warm = tickeng("replay", "may.csv", "--warm", "jan.csv", "--json", *how)
    assert total(warm)["rejected"] == 0
    off = tickeng("replay", "jan.csv", "may.csv", "--json", "--set", "max_jump=off", *how)
    assert total(off)["processed"] == 4_000


def test_a_rerun_with_the_recorded_bound_is_the_same_run(tickeng):
    write_tape("a.csv", 1_000)
    run = tickeng("replay", "a.csv", "-o", "a.parquet", "--json", "--checkpoint", "k")
    recorded = json.loads(run.out)["config"]["max_time"]
    assert recorded > "2026"
    again = tickeng("replay", "a.csv", "-o", "b.csv", "--json", "--set", f"max_time={recorded}")
    assert again.code == 0 and json.loads(again.out)["config"]["max_time"] == recorded
    assert json.loads(again.out)["config_hash"] == json.loads(run.out)["config_hash"]
    insert("a.csv", 1_001, START_NS + 10**12)
    tight = ("--set", f"max_time={START_NS + 10**11}")
    resumed = tickeng("replay", "a.csv", "--resume", "k", "--json", "--max-rejected", "100", *tight)
    # The bound is no part of the hash, so it can be set anew.
    assert resumed.code == 0 and total(resumed)["reasons"] == {"bad_timestamp": 1}


def test_an_id_with_two_prices_is_shown_with_both_rows(tickeng):
    Path("a.csv").write_text(
        "timestamp,price,qty,side,symbol,id\n"
        f"{START_NS},100.0,1.0,1,X,7\n{START_NS + 1},100.0,1.0,1,X,7\n"
        f"{START_NS + 2},101.5,2.0,-1,X,7\n{START_NS + 3},100.0,1.0,1,X,3\n")
    run = tickeng("replay", "a.csv", "--dedupe", "id", "--json")
    shown = json.loads(run.out)
    assert shown["conserved"] and run.code == 0
    counts = shown["counters"]["total"]
    assert (counts["processed"], counts["duplicate"], counts["duplicate_conflict"]) == (2, 2, 1)
    warning = next(w for w in shown["warnings"] if "duplicate_conflict" in w)
    for part in ("a.csv, row 3", "id 7 of X", "101.5", "2.0", "100.0", "1.0"):
        assert part in warning


def test_settings_of_time_are_shown_and_parsed(tickeng):
    run = tickeng("config", "show", "--json", "--set", "max_jump=12h", "--set", "min_time=0",
                  "--set", "stale_after=250ms", "--set", "max_time=2024-01-01")
    values = {s["key"]: s["value"] for s in json.loads(run.out)["settings"]}
    assert (values["max_jump"], values["stale_after"]) == (43_200.0, 0.25)
    assert values["min_time"] == "1970-01-01T00:00:00Z"
    assert values["max_time"] == "2024-01-01T00:00:00Z"
    assert tickeng("config", "show", "--set", "max_jump=soon").code == 2


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 40))
def test_a_timeline_is_the_same_for_every_cut(steps, cut):
    ts_ns = np.array(steps, np.int64)
    bounds = Bounds(min_ns=3, max_ns=55, max_jump_ns=10)
    whole, cut_up = Timeline(bounds), Timeline(bounds)
    times = whole.follow(ts_ns)
    head = cut_up.follow(ts_ns[:cut])
    tail = Timeline(bounds, cut_up.newest_ns, cut_up.stray_ns).follow(ts_ns[cut:])
    assert times.tolist() == [*head.tolist(), *tail.tolist()]
    assert (times[1:] >= times[:-1]).all()
    assert ((times == BEFORE_ALL) | ((times >= 3) & (times <= 55))).all()
