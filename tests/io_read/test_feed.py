"""What is odd in a feed is counted, whatever the batches; what is usual is not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng.sources import TradeBatch, feed

SECOND = 10**9


def batch(ts_ns, price=None, ids=None, side=None, qty=None, symbol=None):
    rows = len(ts_ns)
    return TradeBatch(
        np.array(ts_ns, np.int64), np.full(rows, 1.0) if price is None else np.array(price, float),
        np.ones(rows) if qty is None else np.array(qty, float),
        np.ones(rows, np.int8) if side is None else np.array(side, np.int8),
        None if symbol is None else np.array(symbol, np.uint32), ["A", "B"],
        np.arange(1, rows + 1), None, None if ids is None else np.array(ids, np.int64),
    )


def fed(whole, sizes=(), *, deep=True):
    """The report of a batch that comes in pieces."""
    counts, start = feed.Feed(deep=deep), 0
    for size in [*sizes, len(whole)]:
        cut = slice(start, start + size)
        start += size
        if len(whole.ts_ns[cut]):
            counts.add(TradeBatch(
                whole.ts_ns[cut], whole.price[cut], whole.qty[cut], whole.side[cut],
                None if whole.symbol is None else whole.symbol[cut], whole.symbols,
                whole.row[cut], None, None if whole.id is None else whole.id[cut]))
    return counts.report()


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


def test_reports_of_several_files_add_up():
    one, two = fed(batch([1, 2, 3], ids=[1, 2, 4])), fed(batch([4, 5, 6], ids=[7, 8, 9]))
    both = feed.total([one, two])
    assert both["rows"] == 6
    assert both["id_gaps"] == {"missing": 1, "gaps": 1}
