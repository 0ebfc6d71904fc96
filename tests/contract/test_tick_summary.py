"""The summary of a replay's ticks against plain numpy, however the ticks are cut."""

import numpy as np
import pytest

from tickeng import DataError
from tickeng._native.core import TickSummary
from tickeng.replay.summary import QUANTILES, distribution

BINS = 4_000


def ticks(rows: int, seed: int = 3) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    random = np.random.default_rng(seed)
    gate = (random.random(rows) < 0.6).astype(np.uint8)
    alpha = np.clip(random.normal(0.0, 1.2, rows), -2.0, 2.0)
    alpha[::97], alpha[1::97], alpha[2::97] = 2.0, -2.0, -0.0
    outputs = {
        "alpha": np.where(gate, alpha, 0.0), "gate": gate,
        "reason": np.where(gate, 0, random.integers(1, 32, rows)).astype(np.uint8),
        "size": random.choice([1.0, 0.5, 0.2], rows),
    }
    return random.integers(10**18, 2 * 10**18, rows), outputs


def summary_of(ts_ns: np.ndarray, outputs: dict[str, np.ndarray], cut: int) -> TickSummary:
    summary = TickSummary()
    for at in range(0, len(ts_ns), cut):
        part = slice(at, at + cut)
        summary.add(ts_ns[part], {name: values[part] for name, values in outputs.items()})
    return summary


@pytest.mark.parametrize("cut", [1, 100, 257, 5_000])
def test_it_counts_what_numpy_counts(cut):
    ts_ns, outputs = ticks(4_999)
    found = summary_of(ts_ns, outputs, cut)
    is_open = outputs["gate"] != 0
    values = outputs["alpha"][is_open]
    low, high, span, counts = found.alpha
    place = ((values + span) * (BINS / (2 * span))).astype(int)
    assert span == 2.0
    assert (found.ticks, found.open_ticks) == (4_999, np.count_nonzero(is_open))
    assert found.span_ns == (ts_ns.min(), ts_ns.max())
    assert (low, high) == (values.min(), values.max())
    assert counts.tolist() == np.bincount(np.minimum(place, BINS - 1), minlength=BINS).tolist()
    assert found.shut_by == [np.count_nonzero(outputs["reason"] & 1 << bit) for bit in range(8)]
    assert found.sizes == dict(zip(*(v.tolist() for v in np.unique(
        outputs["size"], return_counts=True)), strict=True))


@pytest.mark.parametrize("cut", [1, 257, 5_000])
def test_nan_is_no_size(cut):
    """Quotes before the first trade have none."""
    sizes = np.tile([np.nan, 0.5, np.nan, 1.0, np.nan], 1_000)
    assert summary_of(np.arange(5_000), {"size": sizes}, cut).sizes == {0.5: 1_000, 1.0: 1_000}


@pytest.mark.parametrize("clip", [2.0, 5.0, 40.0])
def test_quantiles_follow_the_clip(clip):
    """Values saturate at the clip, as the signal does; each quantile is within a bin of the right
    one, in whatever pieces the values come."""
    alpha = np.clip(np.random.default_rng(11).normal(0.3, clip, 20_000), -clip, clip)
    outputs = {"alpha": alpha, "gate": np.ones(len(alpha), np.uint8)}
    for cut in (313, len(alpha)):
        low, high, span, counts = summary_of(np.arange(len(alpha)), outputs, cut).alpha
        found = distribution(low, high, span, counts)
        assert (found["min"], found["max"]) == (-clip, clip) and clip <= span < 2 * clip + 1
        for quantile in QUANTILES:
            right = np.quantile(alpha, quantile, method="inverted_cdf")
            assert abs(found[f"p{quantile * 100:02.0f}"] - right) <= 2 * span / BINS


def test_columns_of_other_lengths_are_refused():
    with pytest.raises(DataError, match="alpha has 2 rows, ts_ns has 3"):
        TickSummary().add(np.arange(3), {"alpha": np.zeros(2), "gate": np.ones(3, np.uint8)})


def test_sizes_beyond_the_32nd_count_as_the_nearest_known():
    size = np.append(np.arange(32.0), [40.0, 7.4, 7.4])
    found = summary_of(np.arange(len(size)), {"size": size}, 10)
    assert found.sizes == {float(n): 1 + (n == 31) + 2 * (n == 7) for n in range(32)}


def test_what_is_missing_is_not_looked_at():
    found = summary_of(np.array([5, 3, 9]), {"k1": np.zeros(3)}, 2)
    assert (found.ticks, found.span_ns, found.open_ticks, found.sizes) == (3, (3, 9), 0, {})
    assert TickSummary().span_ns is None


def test_a_value_outside_of_all_reason_is_in_the_outermost_bin():
    alpha = np.array([np.nan, np.inf, -np.inf, 1e300])
    found = summary_of(np.arange(4), {"alpha": alpha, "gate": np.ones(4, np.uint8)}, 4)
    low, high, _, counts = found.alpha
    assert (low, high) == (-np.inf, np.inf)
    assert (counts[0], counts[-1], counts.sum()) == (2, 2, 4)
