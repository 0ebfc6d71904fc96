"""Nodes that a saved state lacks begin without a past beside nodes that continue: the whole
registry, in the same bits every way."""

import re

import numpy as np
import pytest

from tests.contract.test_bits import bits, cut, joined, tape
from tests.contract.test_workers import tape as long_tape
from tests.contract.test_workers_of_kinds import fed_one_by_one
from tests.contract.test_workers_of_kinds import tape as events
from tests.feeds import OF_TRADES
from tickeng import ConfigError, Engine, StateError
from tickeng._engine.described_state import opened
from tickeng.config import Config

N, FROM = 12_500, 803  # rows, and where the cold node begins, off every grid
SHORT = {"k1.window": 300, "k1.flow_window": 20, "k2.window": 300, "k3.window": 300,
         "k3.mean_window": 64, "k4.norm_window": 200, "k4.mean_window": 30, "k4.window": 300,
         "regime.step": 65}
KERNELS = [spec["name"] for spec in OF_TRADES if not spec["builds"]]

# Where an engine begins that is right from FROM on, as its cold node is: a return needs the row
# before, intervals of 50 and slices of 5,000 lie on the grid of all rows.
SAME_SINCE = dict.fromkeys(("base", "speed", "toxicity", "k3", "amihud", "hurst"), FROM - 1) | {
    "kyle_lambda": FROM - FROM % 50, "regime": 5_000}
READERS = ("signal", "alpha", "size", "ready", "gate")  # of nodes that have a past


def warm_text(kernel):
    """A pipeline without this kernel, and the same with it."""
    other = "cvd" if kernel != "cvd" else "speed"
    needs = [node["name"] for node in Config({"kernels": kernel}).nodes() if node["name"] != kernel]
    text = "; ".join([other, *(n for n in needs if n != other)])
    return text, f"{text}; {kernel}"


def memory_of(kernel):
    return next(node["memory"] for node in Config({"kernels": kernel}).nodes()
                if node["name"] == kernel)


def begun(kernel, warmup="strict"):
    """An engine that has run FROM rows without the kernel, with it from here on, and the rest."""
    before, after = warm_text(kernel)
    columns, leader = tape(N)
    engine = Engine(kernels=before, warmup=warmup)
    engine.run(*(c[:FROM] for c in columns), leader=leader)
    cold = Engine.from_state(engine.state(), kernels=after, warmup=warmup, allow_cold=kernel)
    assert cold.cold == ((kernel,) if memory_of(kernel) != "none" else ())
    return cold, after, [c[FROM:] for c in columns]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("warmup", ["strict", "expanding"])
def test_one_truth_from_where_it_begins(kernel, warmup):
    cold, _, rest = begun(kernel, warmup)
    start = cold.state()
    whole = cold.run(*rest)
    want = bits(whole)
    streamed = Engine.from_state(start)
    decisions = [streamed.on_tick(*row) for row in zip(*(c.tolist() for c in rest), strict=True)]
    for name in whole.columns:
        got = np.array([getattr(d, name) for d in decisions], dtype=whole[name].dtype)
        assert got.tobytes() == want[name], name
    assert streamed.state() == cold.state()
    resumed, frames, none = Engine.from_state(start), [], (np.empty(0, np.int64), np.empty(0))
    for part, _ in cut(rest, none, [0, 1, 2, 63, 300, 1025, 5000, len(rest[0])]):
        frames.append(resumed.run(*part))
        resumed = Engine.from_state(resumed.state(), resumed.config)
    assert joined(frames) == want
    many = Engine.from_state(start)
    assert bits(many.run(*rest, workers=3)) == want and many.state() == cold.state()


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k not in READERS])
def test_its_values_are_those_of_an_engine_that_begins_there(kernel):
    cold, after, rest = begun(kernel)
    columns, leader = tape(N)
    since = SAME_SINCE.get(kernel, FROM)
    fresh = Engine(kernels=after)
    want, got = fresh.run(*(c[since:] for c in columns), leader=leader), cold.run(*rest)
    skip = 1 if since == FROM - 1 else max(0, FROM - since)
    for name in Engine(kernels=kernel).outputs.names:
        mine = got[name][max(0, since - FROM):].astype(float)
        assert len(mine) == len(want[name][skip:])
        np.testing.assert_allclose(mine, want[name][skip:].astype(float), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_once_it_has_forgotten_it_is_what_it_would_be_with_its_past(kernel):
    cold, after, rest = begun(kernel)
    memory = memory_of(kernel)
    columns, leader = tape(N)
    whole = Engine(kernels=after).run(*columns, leader=leader)
    frame = cold.run(*rest)
    if memory in ("serial", "none"):
        return
    tail = max(4_000, 2 + int((re.search(r"(\d+) rows", memory) or [0, 0])[1]))
    assert tail < len(rest[0]) - 400
    for name in Engine(kernels=kernel).outputs.names:
        got, want = frame[name][tail:], whole[name][FROM + tail:]
        if kernel == "amihud":  # which counts the trades that it takes, and so has another grid
            np.testing.assert_allclose(got, want, rtol=1e-12)
        else:
            assert got.tobytes() == want.tobytes(), name


@pytest.mark.parametrize("node", ["k1", "k3", "k4", "regime"])
@pytest.mark.parametrize("warmup", ["strict", "expanding"])
def test_a_fused_group_begins_as_its_kernels_alone_do(node, warmup):
    columns, leader = tape(N)
    others = [name for name in ("k1", "k2", "k3", "k4", "regime") if name != node]
    settings = {"warmup": warmup} | SHORT
    warm = Engine({k: v for k, v in settings.items() if not k.startswith(f"{node}.")},
                  kernels="; ".join(others))
    warm.run(*(c[:FROM] for c in columns), leader=leader)
    rest, made = [c[FROM:] for c in columns], []
    for fused in (True, False):
        engine = Engine(settings, _fused=fused)
        missing = [n["name"] for n in engine.config.nodes() if n["name"] not in others]
        engine._load(opened(warm.state())[1], missing)
        made.append((bits(engine.run(*rest)), engine.state()))
    assert made[0] == made[1]
    assert np.isfinite(np.frombuffer(made[0][0][node if node != "regime" else "hurst"])[-1])


def test_a_strict_window_is_undefined_until_it_is_full_again():
    cold, _, rest = begun("trade_flow")
    flow = cold.run(*rest)["trade_flow"]
    window = 64
    assert np.isnan(flow[:window - 1]).all() and np.isfinite(flow[window - 1:]).all()
    qty, side = rest[2:]
    want = np.convolve(side * qty, np.ones(window))[window - 1:len(qty)]
    np.testing.assert_allclose(flow[window - 1:], want, atol=1e-9)


def test_readers_of_a_cold_node_keep_what_they_hold():
    columns, _ = tape(N)
    engine = Engine(kernels="cvd; m = mean(cvd, window=5)")
    engine.run(*(c[:FROM] for c in columns))
    more = Engine.from_state(engine.state(), kernels="cvd; m = mean(cvd, window=5); speed",
                             allow_cold=["speed"])
    assert more.cold == ("speed",)
    same = engine.run(*(c[FROM:] for c in columns))
    got = more.run(*(c[FROM:] for c in columns))
    assert bits(same)["m"] == bits(got)["m"] and bits(same)["cvd"] == bits(got)["cvd"]


def test_what_is_refused_and_offered():
    engine = Engine(kernels="cvd; speed")
    engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1)
    state = engine.state()
    with pytest.raises(StateError, match='or give allow_cold="k1" to'):
        Engine.from_state(state, kernels="cvd; speed; k1")
    with pytest.raises(StateError, match=r'or give allow_cold=\["k1", "fast"\] to'):
        Engine.from_state(state, kernels="cvd; speed; k1; fast = ema(cvd, span=3)")
    with pytest.raises(StateError, match="no node k9; the state lacks k1"):
        Engine.from_state(state, kernels="cvd; speed; k1", allow_cold="k9")
    with pytest.raises(StateError, match='no node k1: allow_cold="k1" lets'):
        Engine.from_state(state, kernels="cvd; speed; k1; k3", allow_cold="k3")
    with pytest.raises(StateError, match="has a node speed that the pipeline lacks"):
        Engine.from_state(state, kernels="cvd; k1", allow_cold="k1")
    with pytest.raises(StateError) as refused:
        Engine.from_state(state, kernels="cvd; k1")
    assert "allow_cold" not in str(refused.value)
    both = Engine.from_state(state, kernels="cvd; speed; k1; fast = ema(cvd, span=3)",
                             allow_cold=["k1", "fast"])
    assert both.cold == ("k1", "fast")
    again = Engine.from_state(both.state(), allow_cold="k1")
    assert again.cold == () and again.state() == both.state()
    with pytest.raises((StateError, ConfigError)):
        Engine.from_state(state, kernels="cvd; speed; k1", allow_cold="k1", on_late="clamp")


def test_what_remembers_nothing_comes_along():
    engine = Engine(kernels="cvd; f = cvd * 2")
    engine.on_tick(1_700_000_000_000_000_000, 100.0, 3.0, 1)
    state = engine.state()
    with pytest.raises(StateError, match='or give allow_cold="g" to'):
        Engine.from_state(state, kernels="cvd; f = cvd * 2; g = trade.price / f")
    more = Engine.from_state(state, kernels="cvd; f = cvd * 2; g = trade.price / f", allow_cold="g")
    assert more.cold == () and more.on_tick(1_700_000_000_000_000_001, 90.0, 2.0, 1).g == 9.0
    mixed = Engine.from_state(state, kernels="cvd; f = cvd * 2; s = sum(own.qty/2, window=3)",
                              allow_cold="s")
    assert mixed.cold == ("s",)
    with pytest.raises(StateError, match="the node f computes something else"):
        Engine.from_state(state, kernels="cvd; f = cvd * 3; speed", allow_cold="speed")
    with pytest.raises(StateError, match="the node m computes something else"):
        Engine.from_state(Engine(kernels="cvd; m = mean(cvd, window=5)").state(), allow_cold="k1",
                          kernels="cvd; m = mean(trade.price, window=5); k1")


def test_a_node_that_the_state_has_is_not_begun_anew():
    columns, _ = tape(N)
    engine = Engine(kernels="cvd; speed")
    engine.run(*(c[:FROM] for c in columns))
    more = Engine.from_state(engine.state(), kernels="cvd; speed; k1", allow_cold=["cvd", "k1"])
    assert more.cold == ("k1",)
    rest = [c[FROM:] for c in columns]
    assert bits(more.run(*rest))["cvd"] == bits(engine.run(*rest))["cvd"]


def test_a_checkpoint_says_which_nodes_began_without_a_past(tmp_path):
    columns, _ = tape(500)
    engine = Engine(kernels="cvd")
    engine.run(*columns)
    engine.save(tmp_path / "a.ckpt")
    more = Engine.load(tmp_path / "a.ckpt", kernels="cvd; speed", allow_cold="speed")
    assert more.cold == ("speed",) and more.copy().cold == ("speed",)
    more.save(tmp_path / "b.ckpt")
    assert Engine.load(tmp_path / "b.ckpt").cold == ("speed",)
    make, given = more.__reduce__()
    assert make(*given).cold == ("speed",)
    assert Engine.load(tmp_path / "a.ckpt").cold == ()


def stretches(given, shares):
    """Columns up to each share of the time of trades, and the rest."""
    edges = np.quantile(given["trades"]["ts_ns"], shares).astype(np.int64)
    cuts = {key: [0, *np.searchsorted(t["ts_ns"], edges), len(t["ts_ns"])]
            for key, t in given.items()}
    for n in range(len(shares) + 1):
        yield {key: {name: c[cuts[key][n]:cuts[key][n + 1]] for name, c in t.items()}
               for key, t in given.items()}


def test_builders_and_nodes_of_other_clocks():
    """One event after the other, as columns, in parts, and where the state is loaded again."""
    given, _ = events()
    for table in given.values():
        for name in ("symbol", "id"):
            table.pop(name, None)
    before = "cvd; mid_spread"
    after = f"""{before}; m = time_bars(period=1); r = rsi(m); o = quote_ofi; p = microprice
        b = mean(mid, window=5, on=quote); s = rsi(bar); w = z(cvd, window=20)
        v = volume_bars(size=50); e = ema(v.close, span=3); f = sum(own.qty, window=3)"""
    added = ["m", "r", "quote_ofi", "b", "s", "w", "v", "e", "f"]
    first = {key: {n: c[:len(c) // 3] for n, c in table.items()} for key, table in given.items()}
    rest = {key: {n: c[len(c) // 3:] for n, c in table.items()} for key, table in given.items()}
    engine = Engine(kernels=before)
    engine.run(**first)
    start = Engine.from_state(engine.state(), kernels=after, allow_cold=added)
    assert set(start.cold) == set(added)
    for rows in ("trade", "quote", "bar", "m", "v"):
        whole, parts = start.copy(), start.copy()
        want = whole.run(**rest, rows=rows)
        assert np.isfinite(want["r"][-20:]).any() and np.isfinite(want["b"][-20:]).any()
        frames = []
        for part in stretches(rest, (0.01, 0.2, 0.21)):
            frames.append(parts.run(**part, rows=rows))
            parts = Engine.from_state(parts.state())
        assert joined(frames) == bits(want)
        assert parts.state() == whole.state()
    one = start.copy()
    fed_one_by_one(one, rest, (np.empty(0, np.int64), np.empty(0)))
    assert one.state() == whole.state()


@pytest.mark.parametrize("kernel", ["v_norm", "price_momentum", "k3", "regime"])
def test_chunks_wait_until_its_windows_are_full(kernel):
    columns, _ = long_tape()
    engine = Engine(kernels="speed")
    engine.run(*(c[:5_003] for c in columns))
    one, many = (Engine.from_state(engine.state(), kernels=f"speed; {kernel}", allow_cold=kernel)
                 for _ in range(2))
    for begin, end in ((5_003, 5_303), (5_303, len(columns[0]))):
        part = [c[begin:end] for c in columns]
        assert bits(many.run(*part, workers=3)) == bits(one.run(*part))
        assert many.state() == one.state() and many.health == one.health
    assert many._chunks > 0
