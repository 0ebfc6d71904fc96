"""Recorded snapshots and quotes held against the books that messages have built."""

import copy
import csv
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng import Engine, inspect, replay
from tickeng._engine.audits import Audits
from tickeng._engine.depth import messages
from tickeng.checkpoint import read_checkpoint, write_checkpoint
from tickeng.errors import StateError
from tickeng.files.batch import NO_ID

pytestmark = pytest.mark.filterwarnings("ignore")
START = 1_700_000_000_000_000_000
TRADES = "ts_ns,price,qty,side\n" + "".join(
    f"{START + at * 10**9},{100 + at % 3},1,buy\n" for at in range(40))


def feed(seed, symbols=("AB",), count=120, every=20, numbered=False, depth=6):
    """Messages (symbol, ts_ns, snapshot, number, bids, asks) of feeds whose snapshots tell of the
    book as it is, the best `depth` levels a side."""
    rng = np.random.default_rng(seed)
    books = {name: ({}, {}) for name in symbols}
    found, number = [], 0
    for at in range(count):
        drawn = int(rng.integers(len(symbols)))
        name = symbols[at if at < len(symbols) else drawn]
        sides = books[name]
        is_snapshot = at < len(symbols) or at % every == 0
        if at < len(symbols):
            for side, best in zip(sides, (99, 101), strict=True):
                step = -1 if best < 100 else 1
                side.update({best + step * k: float(rng.integers(1, 9)) for k in range(depth)})
        levels = [dict(sorted(side.items(), key=lambda level: step * level[0])[:depth])
                  for side, step in zip(sides, (-1, 1), strict=True)]
        if not is_snapshot:
            levels = [{}, {}]
            for side, (low, high) in zip(levels, ((90, 100), (101, 111)), strict=True):
                for price in rng.integers(low, high, 2).tolist():
                    side[price] = float(rng.integers(0, 5))
            for side, changes in zip(sides, levels, strict=True):
                side.update(changes)
                for price in [price for price, qty in side.items() if not qty]:
                    del side[price]
        number += not is_snapshot
        found.append([name, START + at * 10**8, is_snapshot, number if numbered else NO_ID,
                      *levels])
    return found


def write(path, sent):
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["ts_ns", "symbol", "message", "snapshot", "first", "last", "previous", "side",
                      "price", "qty"])
        for number, (name, ts_ns, snapshot, last, bids, asks) in enumerate(sent, 1):
            for side, levels in (("bid", bids), ("ask", asks)):
                for price, qty in levels.items():
                    out.writerow([ts_ns, name, number, int(snapshot), NO_ID, last, NO_ID, side,
                                  price, qty])
    return path


def expected(sent):
    """Snapshots behind a change that agree with the book of dicts in what both know, and that do
    not: the first of these by its message, side and level."""
    books, edges, changed, agreed, differing, first = {}, {}, {}, 0, 0, None
    for number, (name, _, snapshot, _, bids, asks) in enumerate(sent, 1):
        if not snapshot:
            changed[name] = True
            for book, levels in zip(books[name], (bids, asks), strict=True):
                book.update(levels)
        else:
            fault = None
            for side, step in ((0, -1), (1, 1)) if changed.get(name) else ():
                told = (bids, asks)[side]
                limit = min(step * edges[name][side], max(step * price for price in told))
                mine, theirs = (sorted((step * p, q) for p, q in levels.items()
                                       if q and step * p <= limit)
                                for levels in (books[name][side], told))
                if mine != theirs and fault is None:
                    at = next(i for i in range(99) if mine[i:i + 1] != theirs[i:i + 1])
                    fault = (number, ("bid", "ask")[side], at + 1)
            if changed.get(name):
                agreed, differing = agreed + (fault is None), differing + (fault is not None)
                first = first or fault
            books[name], changed[name] = (dict(bids), dict(asks)), False
            edges[name] = min(bids), max(asks)
    return agreed, differing, first


def planted(sent, at):
    """With one quantity of a message another one."""
    wrong = [list(message) for message in sent]
    side = next(i for i in (4, 5) if wrong[at][i])
    wrong[at][side] = {price: qty + 1 for price, qty in wrong[at][side].items()}
    return wrong


def wrong_between(begin, end):
    """A feed with a fault in one of these messages that one snapshot shows."""
    sent = feed(3, ("AB",), every=15)
    return next(wrong for at in range(begin + 1, end)
                if expected(wrong := planted(sent, at))[1] == 1)


@pytest.mark.parametrize("symbols", [("AB",), ("AB", "CD")])
@pytest.mark.parametrize("numbered", [False, True])
def test_true_snapshots_agree(tmp_path, symbols, numbered):
    sent = feed(1, symbols, numbered=numbered and len(symbols) == 1)
    found = inspect(write(tmp_path / "d.csv", sent))["book"]
    assert found["gaps"] == 0
    assert found["audits"]["snapshots"] == {"agreed": expected(sent)[0], "differing": 0,
                                            "unmatched": 0}
    assert expected(sent)[0] > 3


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), at=st.integers(2, 119), several=st.booleans())
def test_a_wrong_level_is_found_where_it_is(tmp_path_factory, seed, at, several):
    sent = planted(feed(seed, ("AB", "CD")[:1 + several]), at)
    agreed, differing, first = expected(sent)
    path = write(tmp_path_factory.mktemp("a") / "d.csv", sent)
    report = inspect(path)
    found = report["book"]["audits"]["snapshots"]
    assert (found["agreed"], found["differing"]) == (agreed, differing)
    assert bool(differing) == any("differ from the book" in text for text in report["warnings"])
    if first:
        number, side, level = first
        rows = path.read_text().splitlines()[1:]
        row = max(i for i, text in enumerate(rows, 1) if text.split(",")[2] == str(number))
        assert (found["first"]["row"], found["first"]["side"], found["first"]["level"]) == (
            row, side, level)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_replay_tells_it_resumed_or_not(tmp_path, workers):
    sent = feed(3, ("AB",), every=15)
    at = next(i for i in range(40, 60) if not sent[i][2])
    path = write(tmp_path / "d.csv", planted(sent, at))
    trades = tmp_path / "t.csv"
    trades.write_text(TRADES)
    words = {"books": path, "symbol_name": "AB", "workers": workers,
             "config": {"kernels": "depth_imbalance"}}
    whole = replay(trades, tmp_path / "w.csv", **words)
    agreed, differing, _ = expected(planted(sent, at))
    found = whole["book_audits"]
    assert (found["agreed"], found["differing"]) == (agreed, differing) and differing == 1
    assert found["first"]["file"].endswith("d.csv")
    assert any("1 of 7 recorded snapshots differ" in text for text in whole["warnings"])
    state = tmp_path / "k"
    for limit in (30, 55, 61, 62, 100, None):
        resumed = {"resume": state} if state.exists() else {}
        last = replay(trades, tmp_path / "p.csv", limit=limit, checkpoint=state, force=True,
                      **resumed, **words)
    assert last["book_audits"] == found
    assert (tmp_path / "p.csv").read_bytes() == (tmp_path / "w.csv").read_bytes()


def test_the_summary_shows_them(tmp_path, tickeng):
    sent = feed(3, ("AB",), every=15)
    write(tmp_path / "d.csv", sent)
    (tmp_path / "t.csv").write_text(TRADES)
    run = tickeng("replay", "t.csv", "--books", "d.csv", "--symbol-name", "AB", "--kernels",
                  "depth_imbalance", "-o", "o.csv")
    assert run.code == 0 and "7 agree with the book built until then" in run.err
    run = tickeng("inspect", "d.csv", "--json")
    assert json.loads(run.out)["book"]["audits"]["snapshots"]["agreed"] == 7


def test_another_number_is_no_match_and_no_snapshot_is_left_out_in_silence(tmp_path):
    sent = feed(5, ("AB",), numbered=True)
    sent[60][3] -= 1
    found = inspect(write(tmp_path / "d.csv", sent[:61]))["book"]["audits"]["snapshots"]
    assert found == {"agreed": 2, "differing": 0, "unmatched": 1}


@pytest.mark.parametrize("late", [1, 7])
def test_a_snapshot_of_the_past_is_not_compared_and_ends_no_audit(tmp_path, late):
    """It may be what a recorder asked for; the book stays, and the next true one agrees."""
    sent = feed(5, ("AB",), numbered=True)
    past = [*sent[40][:1], sent[50][1], True, sent[50][3] - late, *sent[40][4:]]
    sent.insert(51, past)
    found = inspect(write(tmp_path / "d.csv", sent))["book"]
    assert found["behind"] == 1 and found["gaps"] == 0
    assert found["audits"]["snapshots"] == {"agreed": 5, "differing": 0, "unmatched": 1}


def test_what_a_feed_is_known_to_lack_is_no_difference(tmp_path):
    """Behind a message that was refused the book has ended, and a snapshot begins it anew."""
    sent = feed(5, ("AB",))
    sent[39][4] = {-1: 3.0}
    assert not sent[39][2] and sent[40][2]
    found = inspect(write(tmp_path / "d.csv", sent))["book"]
    assert found["audits"]["snapshots"] == {"agreed": 4, "differing": 0, "unmatched": 0}


def test_a_span_begins_without_an_audit(tmp_path):
    """Its book is made by what came before it, of which nobody saw the snapshot."""
    path, trades = write(tmp_path / "d.csv", wrong_between(15, 30)), tmp_path / "t.csv"
    trades.write_text(TRADES)
    words = {"books": path, "symbol_name": "AB", "config": {"kernels": "depth_imbalance"}}
    assert replay(trades, **words)["book_audits"]["differing"] == 1
    found = replay(trades, from_=START + 25 * 10**8, **words)["book_audits"]
    assert (found["agreed"], found["differing"]) == (5, 0)


def test_snapshots_alone_cut_nothing():
    table = {"ts_ns": np.arange(50) + START, "side": ["bid"] * 50, "price": np.arange(50) + 1.0,
             "qty": np.ones(50), "snapshot": np.ones(50, bool)}
    sent = messages(table)
    values = {"snapshot": sent.snapshot, "bids": sent.bids, "asks": np.zeros(50, np.uint32),
              "last": np.full(50, NO_ID), "price": sent.price, "qty": sent.qty}
    assert Audits(Engine()).cuts(values, np.zeros(50, np.uint32)) == []


def test_what_a_checkpoint_says_of_audits_is_checked(tmp_path):
    """A description with other values is refused, or read without harm."""
    path, trades = write(tmp_path / "d.csv", wrong_between(15, 30)), tmp_path / "t.csv"
    trades.write_text(TRADES)
    state = tmp_path / "k"
    words = {"books": path, "symbol_name": "AB", "config": {"kernels": "depth_imbalance"}}
    replay(trades, limit=70, checkpoint=state, **words)
    body, meta = read_checkpoint(state)
    assert meta["audits"]["first"] and meta["audits"]["symbols"]["AB"]
    hostile = [None, -1, 2**70, 1.5, "x", "", [], [1], {}, {"x": 1}, True]
    refused = 0
    for at in ("agreed", "first", "symbols", "first.book", "first.row", "symbols.AB",
               "symbols.AB.newest", "symbols.AB.changed", "symbols.AB.bid"):
        for value in hostile:
            other = copy.deepcopy(meta)
            inner = other["audits"]
            *names, last = at.split(".")
            for name in names:
                inner = inner[name]
            inner[last] = value
            write_checkpoint(tmp_path / "h", body, other)
            try:
                replay(trades, resume=tmp_path / "h", **words)
            except StateError:
                refused += 1
    assert refused > 40


def recording(path, wrong=None):
    """Websocket lines of quotes and depth whose numbers meet, now the one and now the other first;
    `wrong`: a quote that has another quantity."""
    rng = np.random.default_rng(8)
    lines, bid_qty = [], 5
    at = 1_700_000_000_000
    snapshot = {"lastUpdateId": 10, "E": at, "T": at, "bids": [["99", "5"], ["98", "1"]],
                "asks": [["101", "2"], ["102", "2"]]}
    lines.append({"stream": "btcusdt@depthSnapshot", "data": snapshot})
    for k in range(11, 60):
        bid_qty = int(rng.integers(1, 9))
        told = bid_qty + (wrong == k)
        depth = {"stream": "btcusdt@depth@0ms", "data": {
            "e": "depthUpdate", "E": at + k, "T": at + k, "s": "BTCUSDT", "U": k, "u": k,
            "pu": k - 1, "b": [["99", str(bid_qty)]], "a": []}}
        quote = {"stream": "btcusdt@bookTicker", "data": {
            "e": "bookTicker", "u": k if k % 3 else 10_000 + k, "s": "BTCUSDT", "b": "99",
            "B": str(told), "a": "101", "A": "2", "T": at + k, "E": at + k}}
        lines += [depth, quote] if k % 2 else [quote, depth]
    path.write_text("".join(f"{1_700_000_000_000_000_000 + i} {json.dumps(line)}\n"
                            for i, line in enumerate(lines)))
    return path


@pytest.mark.parametrize("wrong", [None, 20, 41])
def test_quotes_of_a_recording_are_held_against_the_book_of_their_number(tmp_path, wrong):
    report = inspect(recording(tmp_path / "r.txt", wrong))
    found = report["kinds"]["delta"]["book"]["audits"]["quotes"]
    numbers = [k for k in range(11, 60) if k % 3]
    assert (found["agreed"], found["differing"]) == (len(numbers) - bool(wrong), int(bool(wrong)))
    if wrong:
        assert found["first"]["update"] == wrong
        assert found["first"]["recorded"][1] == found["first"]["book"][1] + 1
        assert any("1 of 33 quotes differ" in text for text in report["warnings"])
