"""What is odd in a feed is counted, whatever the batches; what is usual is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng._native.io import FeedSteps
from tickeng.errors import DataError
from tickeng.files.batch import NO_ID
from tickeng.files.sources import EventBatch, feed

SECOND = 10**9


def batch(ts_ns, price=None, ids=None, side=None, qty=None, symbol=None):
    rows = len(ts_ns)
    values = {"price": np.ones(rows) if price is None else np.array(price, float),
              "qty": np.ones(rows) if qty is None else np.array(qty, float),
              "side": np.ones(rows, np.int8) if side is None else np.array(side, np.int8)}
    return EventBatch(
        "trade", np.array(ts_ns, np.int64), values,
        None if symbol is None else np.array(symbol, np.uint32), ["A", "B"],
        np.arange(1, rows + 1), None, None if ids is None else np.array(ids, np.int64),
    )


def fed(whole, sizes=(), *, deep=True):
    """The report of a batch that comes in pieces."""
    return counted(whole, sizes, deep=deep).report()


def counted(whole, sizes=(), *, deep=True):
    counts, start = feed.Feed(deep=deep), 0
    for size in [*sizes, len(whole)]:
        cut = slice(start, start + size)
        start += size
        if len(whole.ts_ns[cut]):
            counts.add(whole.take(cut))
    return counts


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.lists(st.integers(1, 7)))
def test_missing_ids_are_those_that_a_set_misses(ids, sizes):
    found = fed(batch(range(len(ids)), ids=sorted(ids)), sizes)["id_gaps"]
    distinct = sorted(set(ids))
    steps = np.diff(distinct)
    ones, gaps = int((steps == 1).sum()), int((steps > 1).sum())
    if not ones or 2 * ones < gaps:
        assert found is None
    else:
        assert found["missing"] == distinct[-1] - distinct[0] + 1 - len(distinct)
        assert found["gaps"] == gaps


def test_ids_out_of_order_are_not_missing():
    assert fed(batch(range(6), ids=[1, 2, 5, 3, 4, 6]))["id_gaps"]["missing"] == 0


def test_ids_that_do_not_count_rows_have_no_gaps():
    assert fed(batch(range(5), ids=[5, 90, 17, 1000, 2]))["id_gaps"] is None


def test_ids_are_counted_per_symbol():
    found = fed(batch(range(6), ids=[1, 11, 2, 12, 4, 13], symbol=[0, 1, 0, 1, 0, 1]))["id_gaps"]
    assert found["missing"] == 1
    assert list(found["symbols"]) == ["A"]


@pytest.mark.parametrize("sizes", [(), (1,) * 9, (4, 2)])
def test_sides_quantities_and_stamps(sizes):
    report = fed(batch([1, 2, 2, 1, 5, 6, 7, 8, 9], side=[1, -1, 0, 0, 1, 1, 1, 1, 1],
                       qty=[0, 1, 0, 1, 1, 1, 1, 1, 1]), sizes)
    assert (report["buys"], report["sells"], report["unknown_side"]) == (6, 1, 2)
    assert report["zero_qty"] == 2
    assert report["backward"] == 1
    assert not report["runs_backwards"]


@pytest.mark.parametrize("sizes", [(), (1,) * 5, (2, 2)])
def test_a_price_that_leaves_and_comes_back_is_a_spike_and_a_move_is_none(sizes):
    assert fed(batch(range(5), price=[10, 10, 100, 10, 10]), sizes)["spikes"] == 1
    assert fed(batch(range(5), price=[10, 10, 30, 30, 30]), sizes)["spikes"] == 0
    assert fed(batch(range(5), price=[10, 10, 1, 10, 10]), sizes)["spikes"] == 1


def test_a_hole_is_far_above_the_usual_gap():
    ts_ns = [n * SECOND for n in range(1_000)] + [(n + 5_000) * SECOND for n in range(1_000)]
    hole, = fed(batch(ts_ns), (300, 700, 5))["holes"]
    assert (hole["from_ns"], hole["to_ns"]) == (999 * SECOND, 5_000 * SECOND)
    assert fed(batch([n * 3_600 * SECOND for n in range(100)]))["holes"] == []


def test_a_jump_is_more_than_thirty_days():
    assert fed(batch([0, SECOND, 40 * 86_400 * SECOND]))["jumps"] == 1


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9), st.integers(0, 1)), min_size=1,
                max_size=40), st.lists(st.integers(1, 7)))
def test_symbols_in_a_mix_are_followed_as_if_each_were_alone(rows, sizes):
    times, ids, symbols = (np.array(column) for column in zip(*rows, strict=True))
    times = times * 3_600 * 24 * SECOND
    mixed = fed(batch(times, ids=ids, symbol=symbols), sizes, deep=False)
    alone = {}
    for code in set(symbols.tolist()):
        mine = symbols == code
        alone["AB"[code]] = fed(batch(times[mine], ids=ids[mine]), deep=False)
    for name in ("backward", "jumps"):
        assert mixed[name] == sum(report[name] for report in alone.values())
    assert mixed["jumps_by_symbol"] == {
        name: report["jumps"] for name, report in alone.items() if report["jumps"]}
    assert len(mixed["holes"]) == min(8, sum(len(report["holes"]) for report in alone.values()))
    gaps = [report["id_gaps"]["missing"] for report in alone.values() if report["id_gaps"]]
    assert (mixed["id_gaps"] is None) == (not gaps)
    assert not gaps or mixed["id_gaps"]["missing"] == sum(gaps)


def test_holes_and_jumps_name_their_symbol():
    day = 86_400 * SECOND
    ts_ns = [n * SECOND for n in range(400)] + [400 * SECOND, 40 * day, 40 * day + SECOND]
    report = fed(batch(ts_ns, symbol=[0] * 400 + [1, 1, 1]), deep=False)
    assert report["jumps_by_symbol"] == {"B": 1}
    said = feed.findings(report)
    assert "1 jumps of more than 30 days (0.2%) (B 1)" in said
    assert feed.findings(fed(batch(ts_ns), deep=False))[0].endswith("(0.2%)")


def test_ids_that_could_not_be_read_are_counted_and_no_gap_is_made_of_them():
    report = fed(batch(range(6), ids=[1, 2, NO_ID, 4, 5, 9], symbol=[0, 0, 0, 0, 0, 0]))
    assert report["id_gaps"] is None
    assert report["unread_ids"] == {"A": 1}
    assert feed.findings(report) == [
        "1 ids are no integers: gaps in ids are not counted there"]


def test_what_is_missing_between_files_is_counted_as_within_one():
    """Ids, holes and jumps do not depend on how rows are cut into files."""
    day = 86_400 * SECOND
    times = [*range(100), 40 * day, 40 * day + 1, 40 * day + 2]
    ids = [*range(1, 101), 104, 105, 106]
    whole = batch(times, ids=ids)
    one, two = batch(times[:100], ids=ids[:100]), batch(times[100:], ids=ids[100:])
    both = feed.total([counted(two, deep=False), counted(one, deep=False)])
    assert both == fed(whole, deep=False)
    assert both["id_gaps"]["missing"] == 3 and both["id_gaps"]["gaps"] == 1
    assert both["jumps"] == 1 and len(both["holes"]) == 1


def test_files_of_one_time_or_whose_ids_begin_anew_have_nothing_between_them():
    first = batch(range(10), ids=range(1, 11))
    for other in (batch(range(5, 15), ids=range(900, 910)), batch(range(20, 30), ids=range(1, 11))):
        both = feed.total([counted(first), counted(other)])
        assert both["id_gaps"]["missing"] == 0
        assert both["rows"] == 20


def test_steps_beyond_64_bits_are_steps():
    low, high = NO_ID + 1, 2**63 - 1
    report = fed(batch([low, high, low], ids=[low, low + 1, high]), deep=False)
    assert report["backward"] == 1 and report["jumps"] == 1
    assert report["id_gaps"]["missing"] == high - low - 2


@given(st.lists(st.integers(0, 1_999), max_size=6), st.lists(st.integers(1, 700)),
       st.sampled_from([1, 900]))
def test_many_rows_that_are_as_usual_and_a_few_that_are_not(odd, sizes, first):
    """Rows are looked at in blocks; one that is odd is found wherever it stands."""
    ts_ns, ids = np.arange(2_000) * SECOND, np.arange(first, first + 2_000)
    for at in odd:
        ts_ns[at:] += 40 * 86_400 * SECOND
        ids[at:] += 5
    report = fed(batch(ts_ns, ids=ids), sizes, deep=False)
    places = len({at for at in odd if at})
    assert report["jumps"] == places and report["backward"] == 0
    assert report["id_gaps"]["missing"] == ids[-1] - ids[0] + 1 - len(ids)
    assert report["id_gaps"]["gaps"] == places
    ids[odd[:1]] = NO_ID
    report = fed(batch(ts_ns, ids=ids), sizes, deep=False)
    assert report["unread_ids"] == ({"A": 1} if odd else {})


def test_an_id_behind_the_greatest_number_is_none():
    top = 2**63 - 1
    ids = [top - 2, top - 1, top, NO_ID, NO_ID + 1]
    report = fed(batch(range(5), ids=ids), deep=False)
    assert report["unread_ids"] == {"A": 1}


def test_columns_of_other_lengths_and_codes_are_refused():
    steps = FeedSteps(1, 1, 1)
    two, three = np.zeros(2, np.int64), np.zeros(3, np.int64)
    with pytest.raises(DataError):
        steps.add(two, three, None, 1)
    with pytest.raises(IndexError):
        steps.add(two, None, np.array([0, 5], np.uint32), 2)
