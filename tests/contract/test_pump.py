"""The preset `pump`: its definition, its bounds, what is not pushed, the same bits every way."""

import math

import numpy as np
import pytest

from tests.golden.test_clock_tape import tape as worked_tape
from tests.graphs import clocks
from tests.reference import Quotes, without_leader
from tests.reference.pump import reference
from tickeng import Engine
from tickeng import kernels as k
from tickeng.config import presets

START, SECOND, MS, GRID = 1_700_000_000 * 10**9, 10**9, 10**6, 10**8
TEXT = next(preset["text"] for preset in presets() if preset["name"] == "pump")
NAMES = ("ret_2s", "ti_2s", "dti_300ms", "dqi_300ms", "md_bps", "pump_score", "exhaust_score")


def short(samples):
    return TEXT.replace("window=600", f"window={samples}")


def market(seed, trades=4000, quotes=6000, span=100 * SECOND):
    """Bursts, stretches without trades, stamps on the grid, one-sided and crossed quotes, and a
    pause in which the quotes grow old; quotes come first."""
    rng = np.random.default_rng(seed)

    def stamps(n, since):
        burst = rng.integers(since, span, 40)
        close = rng.choice(burst, n - n // 2) + rng.integers(0, SECOND, n - n // 2)
        times = np.concatenate([rng.integers(since, span, n // 2), close])
        times = np.sort(times) // (10 * MS) * 10 * MS
        return START + times + np.where(times > span // 2, 45 * SECOND, 0)

    bought = {"ts_ns": stamps(trades, 2 * SECOND),
              "price": 100 + 0.01 * np.cumsum(rng.choice([-1, 0, 1], trades)),
              "qty": np.round(rng.exponential(1, trades), 3),
              "side": rng.choice([-1, 0, 1], trades, p=[0.45, 0.1, 0.45]).astype(np.int8)}
    bid = 100 + 0.01 * np.cumsum(rng.choice([-1, 0, 1], quotes))
    ask = bid + rng.choice([0.01, 0.02, 0.0, -0.01], quotes, p=[0.7, 0.26, 0.02, 0.02])
    quoted = {"ts_ns": stamps(quotes, 0), "bid": bid, "bid_qty": rng.integers(0, 9, quotes) / 1.0,
              "ask": np.where(rng.random(quotes) < 0.01, np.nan, ask),
              "ask_qty": rng.integers(0, 9, quotes) / 1.0}
    return bought, quoted


def until_of(quoted):
    """(rows that are a market, up to when each is): 30 s, or a second of crossed quotes."""
    good = ~(quoted["bid"] >= quoted["ask"])
    until = quoted["ts_ns"] + 30 * SECOND
    for row in np.flatnonzero(good):
        after = row + 1
        if after < len(good) and not good[after]:
            until[row] = min(until[row], quoted["ts_ns"][after] + SECOND)
    return good, until[good]


def expected(bought, quoted, grid, samples):
    good, until = until_of(quoted)
    trades = without_leader(*(bought[name] for name in ("ts_ns", "price", "qty", "side")))
    return reference(trades, Quotes(**{name: c[good] for name, c in quoted.items()}), until, grid,
                     samples)


@pytest.mark.parametrize(("seed", "samples"), [(1, 600), (2, 600), (3, 40), (4, 2)])
def test_it_is_its_definition(seed, samples):
    bought, quoted = market(seed)
    frame = Engine(kernels=short(samples)).run(trades=bought, quotes=quoted, rows="trade_grid")
    want = expected(bought, quoted, frame["ts_ns"], samples)
    assert set(np.diff(frame["ts_ns"])) == {GRID} and not (frame["ts_ns"] % GRID).any()
    for name in NAMES:
        assert np.isfinite(want[name]).sum() > 300, name
        np.testing.assert_array_equal(np.isnan(frame[name]), np.isnan(want[name]), err_msg=name)
        np.testing.assert_allclose(frame[name], want[name], rtol=0, atol=2e-9, err_msg=name)


def test_golden_values_of_the_worked_tape():
    """Windows of 200 ms: what trades and quotes come to at the times of the grid."""
    bought, quoted = worked_tape()
    more = {"ts_ns": quoted["ts_ns"][0] + 700 * MS, "price": 100.0, "qty": 1.0, "side": 1}
    bought = {name: np.append(column, more[name]) for name, column in bought.items()}
    text = TEXT
    for long, cut in (("window=2s", "window=200ms"), ("window=300ms", "window=200ms"),
                      ("time=300ms", "time=200ms")):
        assert long in text
        text = text.replace(long, cut)
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted, rows="trade_grid")
    at = ((frame["ts_ns"] - quoted["ts_ns"][0]) // MS).tolist()
    rows = [at.index(ms) for ms in range(100, 700, 100)]
    nan = math.nan
    want = {"ti_2s": [nan, nan, 1, -2 / 3, -0.75, -1],
            "dti_300ms": [nan, nan, nan, nan, -1.75, -1 / 3],
            "ret_2s": [nan, 9.995003331, 9.985023296, 9.985023296, -4.991265389, -4.991265389],
            "dqi_300ms": [nan, 0.1, -1.1, -1.1, 0.5, 0.5]}
    for name, column in want.items():
        np.testing.assert_allclose(frame[name][rows], column, rtol=1e-9, err_msg=name)


def still(rows=700, at=650, side=1):
    """One sold and bought lot, then nothing but the same quote until all moves at once."""
    ts = START + np.arange(rows) * GRID
    later = np.arange(rows) >= at
    trades = {"ts_ns": START + np.array([0, 0, 2 * GRID, at * GRID - 1]),
              "price": np.full(4, 100.0), "qty": np.ones(4),
              "side": np.array([-1, 1, 0, side], np.int8)}
    move = 0.1 * side * later
    quotes = {"ts_ns": ts, "bid": 99.9 + move, "bid_qty": np.where(later, 2.0 + side, 2.0),
              "ask": 100.1 + move, "ask_qty": np.where(later, 2.0 - side, 2.0)}
    return trades, quotes


@pytest.mark.parametrize("side", [1, -1])
def test_bounds_are_reached_where_all_moves_at_once(side):
    trades, quotes = still(side=side)
    frame = Engine(kernels="pump").run(trades=trades, quotes=quotes, rows="trade_grid")
    row = int(np.flatnonzero(frame["ts_ns"] == START + 650 * GRID)[0])
    assert frame["pump_score"][row] == pytest.approx(side * 44.0540577, rel=1e-6)
    assert frame["exhaust_score"][row] == pytest.approx(49.948953 if side < 0 else -48.948953,
                                                        rel=1e-6)
    before = frame["pump_score"][:row], frame["exhaust_score"][:row]
    assert all(set(column[np.isfinite(column)]) == {0.0} for column in before)


def test_a_row_with_an_undefined_input_is_pushed_into_no_window():
    """One side of the quote is gone for a while: the rows behind are as if these had not been."""
    bought, quoted = market(5)
    frame = Engine(kernels=short(40)).run(trades=bought, quotes=quoted, rows="trade_grid")
    for score, inputs in (("pump_score", NAMES[:2]), ("exhaust_score", NAMES[2:4])):
        known = np.all([np.isfinite(frame[name]) for name in (*inputs, "md_bps")], axis=0)
        assert (~known[400:]).any()
        assert np.isnan(frame[score][~known]).all()
        assert np.isfinite(frame[score][np.flatnonzero(known)[39:]]).all()
        assert np.isnan(frame[score][np.flatnonzero(known)[:39]]).all()


@pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")
@pytest.mark.parametrize("seed", range(3))
def test_the_same_bits_in_every_way(seed):
    bought, quoted = market(10 + seed, trades=700, quotes=900, span=20 * SECOND)
    given = clocks.random_market(seed) | {"trade": bought, "quote": quoted}
    given = {kind: {name: c if kind in ("trade", "quote") else c[:0] for name, c in columns.items()}
             for kind, columns in given.items()}
    case = clocks.Case(f"{short(25)}; chain; microprice", {"warmup": "expanding"}, ["trade_grid"],
                       given)
    assert not (found := clocks.wrong_of(case, seed)), "\n".join(found)
    frame = clocks.together(case.engine(), given, "trade_grid")
    assert all(np.isfinite(frame[name]).sum() > 50 for name in NAMES)
    many = case.engine().run(trades=bought, quotes=quoted, rows="trade_grid", workers=2)
    assert not clocks.difference(frame, many)


def test_names_of_the_text_change_nothing_in_it():
    bought, quoted = market(6, trades=900, quotes=900, span=20 * SECOND)
    text = short(20)
    plain = Engine(kernels=text).run(trades=bought, quotes=quoted)
    named = Engine(kernels=f"mid = trade.price; volume = trade.qty; {text}").run(
        trades=bought, quotes=quoted)
    assert not clocks.difference({name: plain[name] for name in NAMES}, named)
    assert list(Engine(kernels=[k.pump]).outputs.names) == list(NAMES)
    assert Engine(kernels="pump").config.hash == Engine(kernels=TEXT).config.hash
