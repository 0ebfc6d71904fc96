"""Every kernel of the catalogue against its reference, in every mode, on made and real tapes.

The bound is 1e-12 max(1, |value|) against extended precision; a kernel without a reference fails.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module
from itertools import islice, product

import numpy as np
import pytest

from tests.feeds import OF_TRADES
from tests.reference import Outputs, Trades, head, merge_leader
from tests.reference.golden_stream import golden_trades
from tickeng import Engine

KERNELS = {k["name"]: k for k in OF_TRADES if not k["builds"]}
TAPES = ("golden", "odd", "ltc", "btc_with_leader", "spy")
MODES = [dict(zip(("mode", "warmup", "eps"), values, strict=True))
         for values in product(("spec", "engine"), ("strict", "expanding"),
                               ("absolute", "relative"))]
READ_LEADER = {"leader", "k2", "signal", "gate", "alpha"}
SHORT_ROWS = 1500
LONG_ROWS = 12_000  # past 11277, where everything is warm
SHORT = {  # windows that fill within SHORT_ROWS
    "trade_flow": {"window": 20}, "k1": {"flow_window": 20, "window": 100},
    "k2": {"window": 100}, "k3": {"mean_window": 60, "window": 600}, "v_norm": {"window": 700},
    "impact": {"norm_window": 700},
    "k4": {"norm_window": 600, "mean_window": 50, "window": 200},
    "price_momentum": {"scale_4": 700}, "vpin": {"bucket": 50.0, "window": 20, "min_count": 9},
    "kyle_lambda": {"interval": 20, "window": 40},
    "hurst": {"window": 300}, "efficiency": {"window": 300}, "regime": {"step": 300},
}
VARIANTS = [
    ("k1", {"flow_weight": 0.1, "speed_weight": -2.0}),
    ("k2", {"alignment": "last_return", "window": 300}),
    ("k2", {"leader_max_age": 0.05, "window": 300}),
    ("k3", {"carry": False, "mean_window": 10, "window": 300}),
    ("toxicity", {"carry": False}),
    ("v_norm", {"p": 0.5, "window": 101}),
    ("v_norm", {"p": 0.0, "window": 50}),
    ("v_norm", {"p": 1.0, "window": 50}),
    ("trade_flow", {"window": 1}),
    ("amihud", {"floor": 0.0, "window": 300}),
    ("cvd", {"reset": "never"}),
    ("regime", {"update": "continuous", "step": 300}),
    ("signal", {"lead_weight": 3.0, "clip": 0.7, "warmup": "expanding"}),
    ("signal", {"leader_max_age": 0.02, "warmup": "expanding"}),
    ("size", {"smooth": True, "warmup": "expanding"}),
    ("size", {"half_above": 0.2, "fifth_above": 0.4, "warmup": "expanding"}),
    ("gate", {"leader_required": True, "leader_max_age": 0.05, "warmup": "expanding"}),
    ("gate", {"min_k4": 0.5, "warmup": "expanding"}),
]


@cache
def odd_trades() -> Trades:
    """The golden stream made difficult: unknown sides, no quantity, still and leaping prices,
    large lots, and a leader that is slower than the trades and starts late."""
    t = golden_trades()
    n = np.arange(len(t))
    price = np.where(n % 2000 < 300, 10_000.0, t.price)
    price[n % 3001 == 3000] *= 1.5
    qty = np.where(n % 11 == 3, 0.0, t.qty) * np.where(n // 1000 % 2, 1.0, 1e4)
    qty[n % 2777 == 2776] = 1e9
    side = np.where((n % 7 == 2) | (n < 40) | (n % 1900 > 1850), 0, t.side).astype(np.int8)
    ticks = slice(120, None, 3)
    return Trades(t.ts_ns, price, qty, side, t.tick_ts_ns[ticks], t.tick_price[ticks],
                  np.maximum(0, n - 117) // 3)


@pytest.fixture(params=TAPES)
def tape(request: pytest.FixtureRequest) -> Trades:
    made = {"golden": golden_trades, "odd": odd_trades}
    if request.param in made:
        return made[request.param]()
    return request.getfixturevalue(request.param)


def engine_outputs(trades: Trades, **settings: object) -> Outputs:
    """The trades through an engine; each leader tick comes just before the first to see it."""
    engine = Engine(**settings)
    new = np.diff(trades.seen, prepend=0)
    starts = np.union1d(0, np.flatnonzero(new))
    ticks = zip(trades.tick_ts_ns.tolist(), trades.tick_price.tolist(), strict=True)
    pieces = []
    for start, end in zip(starts, [*starts[1:], len(trades)], strict=True):
        for ts_ns, price in islice(ticks, int(new[start])):
            engine.on_leader(ts_ns, price)
        rows = slice(start, end)
        pieces.append(engine.run(trades.ts_ns[rows], trades.price[rows], trades.qty[rows],
                                 trades.side[rows]))
    assert not any(p["status"].any() for p in pieces)
    return {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0].columns}


def reference_outputs(name: str, trades: Trades, settings: dict[str, object]) -> Outputs:
    result: Outputs = import_module(f"tests.reference.{name}").reference(trades, **settings)
    return result


def assert_close(got: Outputs, want: Outputs, scale: Outputs | None = None,
                 bound: float = 1e-12) -> None:
    scale = scale or want
    for name, expected in want.items():
        value = np.asarray(got[name], dtype=np.float64)
        np.testing.assert_array_equal(np.isnan(value), np.isnan(expected), f"NaN of {name}")
        error = abs(value - expected) / np.maximum(1, abs(scale[name]))
        worst = int(np.nanargmax(error)) if (error == error).any() else 0
        assert not error[worst] > bound, (
            f"{name} at {worst}: {value[worst]!r}, reference {expected[worst]!r}, "
            f"error {error[worst]:.1e}")


def own(name: str, settings: dict[str, object]) -> dict[str, object]:
    """The settings that mean something to a kernel or, for a decision, to what it reads."""
    if KERNELS[name]["inputs"]:
        return settings
    known = {p["name"] for p in KERNELS[name]["params"]}
    return {k: v for k, v in settings.items() if k in known}


def compare(name: str, trades: Trades, settings: dict[str, object]) -> None:
    known = {p["name"] for p in KERNELS[name]["params"]}
    flat = {"mode", "warmup", "eps", "leader_max_age"}
    config = {k if k in flat or k not in known else f"{name}.{k}": v for k, v in settings.items()}
    seen = trades if name in READ_LEADER else replace(trades, seen=0 * trades.seen)
    got = engine_outputs(seen, kernels=name, **config)
    want = reference_outputs(name, trades, settings)
    scale = want
    if name == "trade_flow":  # a plain sum is as good as the magnitudes it adds, not as its value
        scale = reference_outputs(name, replace(trades, side=np.ones_like(trades.side)), settings)
    assert_close(got, want, scale)


def test_every_kernel_has_a_reference():
    for name, kernel in KERNELS.items():
        want = reference_outputs(name, head(golden_trades(), 50), {})
        assert list(want) == [o["name"] for o in kernel["outputs"]]


@pytest.mark.parametrize("mode", MODES, ids=lambda m: "-".join(m.values()))
@pytest.mark.parametrize("name", KERNELS)
def test_modes(name, mode, tape):
    compare(name, head(tape, SHORT_ROWS), own(name, mode) | SHORT.get(name, {}))


@pytest.mark.parametrize(("name", "settings"), VARIANTS)
def test_settings(name, settings, tape):
    compare(name, head(tape, SHORT_ROWS), settings)


@pytest.mark.parametrize("name", KERNELS)
def test_defaults(name, tape):
    """Full windows, past the index where everything is warm (the slow Hurst: its own)."""
    slow = name in ("hurst", "regime")
    compare(name, head(tape, 6000 if slow else LONG_ROWS), own(name, MODES[0]))


@pytest.mark.parametrize("mode", [
    {"mode": "spec", "warmup": "strict", "eps": "relative"},
    {"mode": "engine", "warmup": "strict", "eps": "relative"},
    {"mode": "engine", "warmup": "expanding", "eps": "absolute"},
], ids=lambda m: "-".join(m.values()))
def test_whole_chain(mode):
    """All columns of the decision chain at once over full windows, past the defaults."""
    trades = golden_trades()
    got = engine_outputs(trades, **mode)
    for name in ("k1", "k2", "k3", "k4", "signal", "size", "ready", "gate", "alpha"):
        assert_close(got, reference_outputs(name, trades, own(name, mode)))


@pytest.mark.parametrize("latency_s", [0.0, 0.1])
def test_leader_merged_by_time(latency_s, btc_with_leader):
    """Through run(leader=): a tick counts once a trade is later than it by more than latency."""
    t = head(btc_with_leader, SHORT_ROWS)
    led = merge_leader(t, t.tick_ts_ns, t.tick_price, round(latency_s * 1e9))
    frame = Engine(kernels="leader,k2", leader_latency=latency_s, warmup="expanding").run(
        t.ts_ns, t.price, t.qty, t.side, leader=(t.tick_ts_ns, t.tick_price))
    got = {name: frame[name] for name in frame.columns}
    assert_close(got, reference_outputs("leader", led, {}))
    assert_close(got, reference_outputs("k2", led, {"warmup": "expanding"}))
