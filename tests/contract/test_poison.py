"""Bad and extreme values, then good ones: what was refused leaves no trace, what was accepted none
that outlives the windows. The twin is an engine, or a primitive, that never met the value.

Every kernel of the registry and every rolling primitive, to the bit, state included.
"""

import numpy as np
import pytest

from tests.contract.test_bits import bits, tape
from tests.feeds import OF_TRADES
from tests.property.test_rolling import FADING, NAMES, WINDOWED, make
from tickeng import ConfigError, Engine, ParallelEngine, catalogue

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
KERNELS = [*(k["name"] for k in OF_TRADES if not k["builds"]), "chain"]
N, AT = 3_000, 1_000
SHORT = {f"{k['name']}.{p['name']}": 40 + 7 * i for k in catalogue()
         for i, p in enumerate(k["params"]) if p["name"].endswith(("window", "step"))}
SHORT |= {"kyle_lambda.interval": 3, "price_momentum.scale_4": 40, "vpin.bucket": 3.0}
FORGETS = [name for name in KERNELS if all(
    k["memory"] != "serial" for k in catalogue() if k["name"] == name)]
# Column -> what is refused there, by reason.
REFUSED = {1: ("bad_price", (np.nan, np.inf, -np.inf, 1e308, 0.0, -1.0)),
           2: ("bad_qty", (np.nan, np.inf, 1e308, -1.0)), 3: ("bad_side", (2, -128)),
           0: ("bad_timestamp", (-1, 0, 2**63 - 1))}
# What is accepted, however extreme: column, values.
EXTREME = {"largest price": (1, (1e300,)), "smallest price": (1, (5e-324,)),
           "both prices": (1, (1e300, 5e-324)), "largest quantity": (2, (1e300, 1e160)),
           "leader": (None, (1e300, 5e-324))}


def short(kernels):
    """Settings that this pipeline knows."""
    known = {}
    for name, value in SHORT.items():
        try:
            Engine({name: value}, kernels=kernels)
        except ConfigError:
            continue
        known[name] = value
    return known


def hostile(columns, seed):
    """Rows of which some are refused; which, and how many by reason."""
    rng = np.random.default_rng(seed)
    columns = [c.copy() for c in columns]
    refused, counts = np.zeros(len(columns[0]), bool), {}
    for column, (reason, values) in REFUSED.items():
        for value in values:
            at = rng.choice(np.flatnonzero(~refused[2:]), 12, replace=False) + 2
            columns[column][at] = value
            refused[at] = True
            if column:
                columns[0][at[::2]] += 3_600 * 10**9  # a stamp that would make the next rows late
            counts[reason] = counts.get(reason, 0) + len(at)
    return columns, refused, counts


@pytest.mark.parametrize("kernels", KERNELS)
def test_what_is_refused_leaves_no_trace(kernels):
    columns, leader = tape(N)
    columns, refused, counts = hostile(columns, 1)
    settings = short(kernels)
    dirty, clean = Engine(settings, kernels=kernels), Engine(settings, kernels=kernels)
    frame = dirty.run(*columns, leader=leader)
    want = clean.run(*(c[~refused] for c in columns), leader=leader)
    assert (frame["status"] == np.where(refused, 3, 0)).all()
    kept = {name: frame[name][~refused].tobytes() for name in frame.columns}
    assert kept == bits(want)
    assert dirty.counters["0"]["reasons"] == counts
    for reason, n in counts.items():
        clean.count_rejected("0", reason, n)
    assert dirty.state() == clean.state() and dirty.counters == clean.counters


def test_workers_and_single_ticks_leave_none_either():
    columns, _ = tape(N)
    columns, refused, counts = hostile(columns, 2)
    clean, ticks = Engine(SHORT_CHAIN), Engine(SHORT_CHAIN)
    clean.run(*(c[~refused] for c in columns))
    for row in zip(*(c.tolist() for c in columns), strict=True):
        ticks.on_tick(*row)
    for reason, n in counts.items():
        clean.count_rejected("0", reason, n)
    with ParallelEngine(SHORT_CHAIN, workers=2, pin=False, decisions=False) as many:
        many.submit_batch(*columns)
        assert many.state() == ticks.state() == clean.state()


SHORT_CHAIN = short("chain")


def poisoned(what, columns, leader):
    column, values = EXTREME[what]
    columns, leader = [c.copy() for c in columns], [c.copy() for c in leader]
    hit = leader[1] if column is None else columns[column]
    for k, value in enumerate(values):
        hit[AT + k:AT + 10:3] = value
    return columns, leader


def traces(clean, dirty):
    """The last row whose outputs differ, -1 where none does."""
    differ = np.zeros(len(clean), bool)
    for name in clean.columns:
        a, b = (f[name].view(np.uint8).reshape(len(clean), -1) for f in (clean, dirty))
        differ |= (a != b).any(axis=1)
    return int(np.flatnonzero(differ)[-1]) if differ.any() else -1


@pytest.mark.parametrize("what", EXTREME)
@pytest.mark.parametrize("kernels", FORGETS)
def test_an_extreme_tick_is_forgotten_with_its_windows(kernels, what):
    columns, leader = tape(N)
    settings = short(kernels)
    clean, dirty = Engine(settings, kernels=kernels), Engine(settings, kernels=kernels)
    want = clean.run(*columns, leader=leader)
    bad, bad_leader = poisoned(what, columns, leader)
    found = dirty.run(*bad, leader=bad_leader)
    assert (found["status"] == 0).all()
    memory = 2 * max([1, *clean.warmup.values()])
    out = columns[0][AT + 10] + max([0, *clean.warmup_ns.values()])  # of windows by time
    reach = int(np.searchsorted(columns[0], out)) + memory
    assert memory < 800 and reach < N and traces(want, found) <= reach
    assert clean.state() == dirty.state()


def test_some_extreme_tick_is_seen_in_the_chain():
    """What shows that the values above reach the windows that have to forget them."""
    columns, leader = tape(N)
    want = Engine(SHORT_CHAIN).run(*columns, leader=leader)
    for what in EXTREME:
        bad, bad_leader = poisoned(what, columns, leader)
        assert traces(want, Engine(SHORT_CHAIN).run(*bad, leader=bad_leader)) > AT


VALUES = np.random.default_rng(3).standard_normal(N)


def struck(value):
    x = VALUES.copy()
    x[AT:AT + 10:3] = value
    return x


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", NAMES)
def test_a_primitive_skips_what_is_not_finite(name, value):
    x, kept = struck(value), np.isfinite(struck(value))
    dirty, clean, single = (make(name, 50) for _ in range(3))
    found = dirty.run(x)
    assert found[kept].tobytes() == clean.run(VALUES[kept]).tobytes()
    assert np.array([single.update(v) for v in x.tolist()]).tobytes() == found.tobytes()
    assert (dirty.skipped, dirty.accepted) == (single.skipped, single.accepted) == (4, N - 4)


@pytest.mark.parametrize("value", [1e308, -1.7e308, 1e155, 5e-324])
@pytest.mark.parametrize("window", [1, 7, 50, 500])
@pytest.mark.parametrize("name", WINDOWED)
def test_a_primitive_forgets_with_its_window(name, window, value):
    dirty, clean = make(name, window), make(name, window)
    found, want = dirty.run(struck(value)), clean.run(VALUES)
    assert found[AT + 9 + window:].tobytes() == want[AT + 9 + window:].tobytes()
    assert dirty.state() == clean.state()


@pytest.mark.parametrize("name", FADING)
def test_an_exponential_weight_fades(name):
    """It never ends, so that only what is left of the value may differ."""
    x, y = (np.concatenate([v, np.tile(VALUES, 10)]) for v in (VALUES, struck(1e150)))
    found, want = make(name, 20).run(y)[-N:], make(name, 20).run(x)[-N:]
    np.testing.assert_allclose(found, want, rtol=1e-12, atol=1e-12)


def running_sum(x, window):
    total = np.cumsum(x)
    total[window:] -= total[:-window].copy()
    return total


def test_a_running_sum_would_not_forget():
    with np.errstate(all="ignore"):
        for value in (1e308, np.nan):
            found = running_sum(struck(value), 50)[AT + 60:]
            assert found.tobytes() != running_sum(VALUES, 50)[AT + 60:].tobytes()


def test_a_trace_is_seen():
    """A refused row that still moves the clock, the side or the count would change the state."""
    columns, _ = tape(N)
    clean = Engine(SHORT_CHAIN)
    clean.run(*columns)
    for column, change in ((0, 1), (3, -2 * columns[3][AT]), (2, 0.5)):
        touched = [c.copy() for c in columns]
        touched[column][N - 5] += change
        other = Engine(SHORT_CHAIN)
        other.run(*touched)
        assert other.state() != clean.state(), column
