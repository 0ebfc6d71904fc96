"""Order: merge and reorder against a slow reference; policies for late and repeated rows."""

import json
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng.files.batch import VALUES, EventBatch
from tickeng.replay import rows as rows_
from tickeng.replay.cursor import Cursor, Names, Place
from tickeng.replay.merge import merge
from tickeng.replay.reorder import Reorder
from tickeng.replay.rows import Rows
from tickeng.replay.timeline import Bounds

from .conftest import START_NS, write_tape

times = st.lists(st.integers(0, 40), max_size=60)
cuts = st.lists(st.integers(1, 9), min_size=1, max_size=5)


def rows_of(ts_ns, source=0, kinds=None):
    """Rows whose values are their numbers; of deltas the levels, of which there are row modulo 3
    bids and an ask."""
    count = len(ts_ns)
    row = np.arange(1, count + 1)
    kind = rows_.kind_of("trade", count) if kinds is None else np.array(kinds, np.uint8)
    return Rows(
        np.array(ts_ns, np.int64), np.zeros(count, np.uint32), np.full(count, source, np.uint16),
        row, None, kind, {name: values_of(name, row[kind == code])
                          for code, name in enumerate(rows_.KINDS)})


def values_of(kind, row):
    if kind != "delta":
        levels = np.c_[row, row] if kind == "book" else row
        return {name: levels.astype(dtype) for name, dtype in VALUES[kind].items()}
    counts = {"bids": row % 3, "asks": row * 0 + 1}
    levels = np.repeat(row, counts["bids"] + 1)
    return {name: (counts.get(name, levels if name in ("price", "qty") else row)).astype(dtype)
            for name, dtype in VALUES[kind].items()}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=40), st.randoms(use_true_random=False))
def test_rows_of_several_kinds_keep_their_values(kinds, random):
    rows = rows_of([0] * len(kinds), kinds=kinds)
    for _ in range(4):
        start = random.randint(0, len(rows))
        rows = rows.take(random.choice([
            slice(start, random.randint(start, len(rows))), slice(start), slice(start, None),
            np.array([random.random() < 0.7 for _ in range(len(rows))], bool),
            np.array(random.sample(range(len(rows)), len(rows)), int)]))
        at = random.randint(0, len(rows))
        rows = rows_.concat([rows.take(slice(at, None)), rows.take(slice(at))])
        rows = rows_.unpack(json.loads(json.dumps(rows.pack())))
        assert rows.kinds == [name for code, name in enumerate(rows_.KINDS) if code in rows.kind]
        for kind in rows.kinds:
            expected = values_of(kind, rows.row[rows.is_of(kind)])
            for name, column in rows.values[kind].items():
                assert column.dtype == expected[name].dtype, (kind, name)
                assert np.array_equal(column, expected[name]), (kind, name)


def pieces(length, sizes):
    """Slices of the given sizes, over and over, that cover a length."""
    start, turn = 0, 0
    while start < length:
        size = sizes[turn % len(sizes)]
        yield slice(start, start + size)
        start, turn = start + size, turn + 1


def released(ts_ns, hold_ns, kept):
    """Row by row: after each arrival, whatever is old enough leaves, oldest first."""
    held, order, newest = [], [], -1
    for row, ts in enumerate(ts_ns):
        newest = max(newest, ts)
        if kept[row]:
            held.append((ts, row))
        ripe = sorted(entry for entry in held if newest >= entry[0] + hold_ns)
        held = [entry for entry in held if entry not in ripe]
        order += [entry[1] + 1 for entry in ripe]
    return order, [entry[1] + 1 for entry in sorted(held)]


@settings(max_examples=300, deadline=None)
@given(times, st.integers(1, 15), cuts, st.randoms())
def test_reorder_equals_the_rule_for_any_cut(ts_ns, hold_ns, sizes, random):
    kept = np.array([random.random() < 0.8 for _ in ts_ns], bool)
    kinds = [random.randint(0, 1) for _ in ts_ns]
    rows, buffer, order = rows_of(ts_ns, kinds=kinds), Reorder(hold_ns, Bounds()), []
    for piece in pieces(len(rows), sizes):
        order += buffer.push(rows.take(piece), kept[piece]).row.tolist()
        copy = Reorder(hold_ns, Bounds())  # what a checkpoint would carry over
        copy.time.newest_ns, copy.held = buffer.time.newest_ns, rows_.unpack(buffer.held.pack())
        buffer = copy
    expected, rest = released(ts_ns, hold_ns, kept)
    assert order == expected
    assert buffer.flush().row.tolist() == rest
    assert not len(buffer.held)


class Tape:
    """A source in memory that is cut into batches of given sizes."""

    path = name = "tape"
    kind = "trade"
    size = None
    products = MappingProxyType({})
    reading = SimpleNamespace(layout=SimpleNamespace(text_ids=False))

    def __init__(self, ts_ns, sizes):
        self._ts_ns, self._sizes = np.array(ts_ns, np.int64), sizes

    def batches(self, start_row=0):
        for piece in pieces(len(self._ts_ns), self._sizes):
            ts_ns = self._ts_ns[piece]
            count, end = len(ts_ns), piece.start + len(ts_ns)
            yield EventBatch(
                "trade", ts_ns,
                {name: np.ones(count, dtype) for name, dtype in VALUES["trade"].items()}, None,
                ["A"], np.arange(piece.start + 1, end + 1), rows_end=end,
            )

    def close(self):
        pass

    def restore(self, signs):
        pass


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(times, cuts), min_size=1, max_size=4))
def test_merge_equals_a_stable_sort_for_any_cut(tapes):
    expected = sorted(
        (key, rank, row + 1)
        for rank, (ts_ns, _) in enumerate(tapes)
        for row, key in enumerate(np.maximum.accumulate(ts_ns).tolist() if ts_ns else [])
    )
    cursors = []
    for rank, (ts_ns, sizes) in enumerate(tapes):
        cursor = Cursor(Tape(ts_ns, sizes), rank, Names(), Place(), lambda rejected: None, Bounds(),
                        sorts=True)
        cursor.first_key = ts_ns[0] if ts_ns else 0
        cursors.append(cursor)
    found = []
    for rows in merge(cursors, {}):
        found += zip(rows.source.tolist(), rows.row.tolist(), strict=True)
    assert found == [(rank, row) for _, rank, row in expected]


def test_late_ticks_are_counted_and_dropped_with_a_warning(tickeng):
    write_tape("a.csv", 2_000, late=0.05)
    run = tickeng("replay", "a.csv", "--json", "-o", "out.csv")
    report = json.loads(run.out)
    late = report["counters"]["total"]["late"]
    assert run.code == 0
    assert late > 0
    assert report["ticks"] == 2_000 - late
    assert "late" in run.err
    assert "--reorder-ms" in run.err


def test_reorder_sorts_what_comes_within_the_hold(tickeng):
    write_tape("a.csv", 2_000, late=0.05)
    report = json.loads(tickeng("replay", "a.csv", "--json", "--reorder-ms", 60).out)
    assert report["counters"]["total"]["late"] == 0
    assert report["ticks"] == 2_000


def test_late_as_an_error_names_file_and_row(tickeng):
    write_tape("a.csv", 2_000, late=0.05)
    ts_ns = np.loadtxt("a.csv", delimiter=",", skiprows=1, usecols=0, dtype=np.int64)
    row = int(np.flatnonzero(ts_ns < np.maximum.accumulate(ts_ns))[0]) + 1
    run = tickeng("replay", "a.csv", "--on-late", "error", "-o", "out.csv")
    assert run.code == 3
    assert f"a.csv, row {row}:" in run.err
    assert len(Path("out.csv").read_text().splitlines()) == row  # the header and the rows before


def test_dedupe_drops_ids_already_seen(tickeng):
    write_tape("a.csv", 2_000, repeated=0.1)
    plain = json.loads(tickeng("replay", "a.csv", "--json").out)
    deduped = json.loads(tickeng("replay", "a.csv", "--json", "--dedupe", "id").out)
    assert plain["counters"]["total"]["duplicate"] == 0
    assert 100 < deduped["counters"]["total"]["duplicate"] < 300
    assert deduped["conserved"]
    lines = [line.rpartition(",")[0] for line in Path("a.csv").read_text().splitlines()]
    Path("noid.csv").write_text("\n".join(lines) + "\n")
    refused = tickeng("replay", "noid.csv", "--dedupe", "id")
    assert refused.code == 3
    assert "--map id=" in refused.err


@pytest.mark.parametrize("policy", [(), ("--reorder-ms", "20"), ("--dedupe", "id")])
def test_conservation_per_symbol(tickeng, policy):
    write_tape("a.csv", 3_000, late=0.05, bad=0.02, repeated=0.02, symbols=("A", "B"))
    report = json.loads(tickeng("replay", "a.csv", "--json", *policy).out)
    assert report["conserved"]
    assert report["counters"]["total"]["in"] == 3_000
    for counts in report["counters"]["symbols"].values():
        ends = ("processed", "duplicate", "late", "rejected", "dropped", "held")
        assert counts["in"] == sum(counts[end] for end in ends)
        assert counts["rejected"] == sum(counts["reasons"].values())


def test_filters_do_not_count_as_in(tickeng):
    write_tape("a.csv", 3_000, symbols=("A", "B"))
    report = json.loads(tickeng("replay", "a.csv", "--json", "--symbol", "A").out)
    assert list(report["counters"]["symbols"]) == ["A"]
    assert report["filtered"] + report["counters"]["total"]["in"] == 3_000
    at = START_NS + 2_000_000_000
    early = json.loads(tickeng("replay", "a.csv", "--json", "--to", at).out)
    rest = json.loads(tickeng("replay", "a.csv", "--json", "--from", at).out)
    assert early["ticks"] + rest["ticks"] == 3_000
    assert early["span"]["last_ts_ns"] < at <= rest["span"]["first_ts_ns"]
    limited = json.loads(tickeng("replay", "a.csv", "--json", "--limit", 10).out)
    assert limited["ticks"] == 10
    none = tickeng("replay", "a.csv", "--symbol", "C", "-o", "out.csv")
    assert none.code == 3
    assert "there are A,B, from 2024-08-08" in none.err


def test_files_are_read_in_order_of_time(tickeng):
    newest_ns = write_tape("z.csv", 500)
    write_tape("a.csv", 500, seed=2, start_ns=newest_ns + 1)
    tickeng("replay", "a.csv", "z.csv", "-o", "out.csv")
    ts_ns = np.loadtxt("out.csv", delimiter=",", skiprows=1, usecols=0, dtype=np.int64)
    assert len(ts_ns) == 1_000
    assert (np.diff(ts_ns) >= 0).all()
