"""Law 1 where one symbol's nodes are shared out over threads, block by block."""

import numpy as np
import pytest

from tests.contract.test_bits import bits, joined
from tests.contract.test_workers import SHORT, tape
from tickeng import Engine, LateTickError

N = 24_000
WIDE = "; ".join([f"z{n} = z(k1, window={n})" for n in range(20, 40)]
                 + [f"e{n} = ema(k3, span={n})" for n in range(20, 40)]
                 + [f"f{n} = 0.5*z{n} - e{n} + trade.price" for n in range(20, 40)])
DEEP = "e0 = ema(trade.price, span=3); " + "; ".join(
    f"e{n} = ema(e{n - 1}, span=3)" for n in range(1, 20))
TEXTS = {
    "beside the chain": "chain; z(k1, window=200); cvd; vpin; e = ema(alpha, span=9)",
    "wide": f"chain; {WIDE}",
    "deep": DEEP,
    "flags twice, an output twice": "chain; g = gate; also = k1; m = mean(gate, window=30); cvd; "
                                    "w = where(ready, k1, -k3); s = sum(trade.side, window=9); "
                                    "l = lag(also, rows=3); d = diff(m, rows=2); vpin",
    "what comes is not all defined": "v = vpin(window=5, bucket=20); z(v.vpin, window=5); "
                                     "r = rank(v.vpin, window=9); x = r > 0.5; cvd; "
                                     "c = corr(x, v.vpin, window=20); k = kyle_lambda",
}


def engine(text, **more):
    return Engine(SHORT if "chain" in text or "k1" in text else {}, kernels=text, **more)


@pytest.fixture(scope="module", params=TEXTS)
def streamed(request):
    """The truth: each trade by on_tick."""
    text = TEXTS[request.param]
    columns, leader = tape(N)
    one = engine(text)
    like = one.run(*(c[:0] for c in columns), leader=leader)
    rows = zip(*(c.tolist() for c in columns), strict=True)
    decisions = [one.on_tick(*row) for row in rows]
    want = {name: np.array([getattr(d, name) for d in decisions], like[name].dtype).tobytes()
            for name in like.columns}
    return text, want, one


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_the_bits_of_streaming(streamed, workers):
    text, want, one = streamed
    columns, leader = tape(N)
    many = engine(text)
    got = many.run(*columns, leader=leader, workers=workers)
    assert bits(got) == want
    assert many.state() == one.state()
    assert many.health == one.health and many.counters == one.counters
    assert (many._wavefronts, many._chunks) == (workers > 1, 0)


@pytest.mark.parametrize("workers", [2, 3])
def test_several_calls_and_resumes(streamed, workers):
    text, want, one = streamed
    columns, leader = tape(N)
    many, frames, shared = engine(text), [], 0
    many.run(*(c[:0] for c in columns), leader=leader)
    for begin, end in ((0, 9_001), (9_001, 9_003), (9_003, 17_999), (17_999, N)):
        frames.append(many.run(*(c[begin:end] for c in columns), workers=workers))
        shared += many._wavefronts
        many = Engine.from_state(many.state()) if begin else many.copy()
    assert joined(frames) == want
    assert many.state() == one.state()
    assert shared >= (3 if text.startswith("chain; z20") else 0)


@pytest.mark.parametrize("policy", ["drop", "clamp"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_bad_rows_in_between(text, policy):
    columns, leader = tape(60_000)
    ts, price, qty, _ = columns
    price[[0, 17_000, 59_999]] = np.nan
    qty[40_001] = -1.0
    ts[50_000] -= 10**15
    one, many = (engine(text, on_late=policy) for _ in range(2))
    want = one.run(*columns, leader=leader)
    got = many.run(*columns, leader=leader, workers=2)
    assert bits(got) == bits(want)
    assert many.state() == one.state() and many.counters == one.counters
    assert many._wavefronts >= 2
    tick = (int(ts[-1]) + 5, 101.5, 2.0, -1)
    assert repr(many.on_tick(*tick)) == repr(one.on_tick(*tick))


def test_chunks_where_they_cost_less():
    """Of many nodes with a long memory, which each chunk but the first takes in anew."""
    columns, leader = tape(N)
    for window, ways in ((2_000, (1, 0)), (200, (0, 2))):
        text = "; ".join(f"t{n} = trade_imbalance(window={window + n})" for n in range(20))
        one, many = Engine(kernels=text), Engine(kernels=text)
        want = one.run(*columns, leader=leader)
        assert bits(many.run(*columns, leader=leader, workers=2)) == bits(want)
        assert many.state() == one.state()
        assert (many._wavefronts, many._chunks) == ways


def test_a_late_row_stops_where_it_does_with_one_worker():
    (ts, *rest), _ = tape(60_000)
    ts[40_000] -= 10**15
    engines = [engine(TEXTS["wide"], on_late="error") for _ in range(2)]
    for one, workers in zip(engines, (1, 2), strict=True):
        with pytest.raises(LateTickError, match="row 40000"):
            one.run(ts, *rest, workers=workers)
    assert engines[0].state() == engines[1].state()
    assert engines[1]._wavefronts == 1


def test_outputs_too_large_for_caches():
    columns, leader = tape(60_000)
    one, many = engine(TEXTS["wide"]), engine(TEXTS["wide"])
    want = one.run(*columns, leader=leader)
    assert sum(want[name].nbytes for name in want.columns) > 1 << 24
    assert bits(many.run(*columns, leader=leader, workers=2)) == bits(want)
    assert many.state() == one.state() and many._wavefronts


def test_symbols_one_after_another_and_in_a_mix():
    """A stretch that others follow is shared out by symbol, unless it is a whole batch."""
    columns, leader = tape(400_000)
    symbol = np.zeros(len(columns[0]), np.uint32)
    symbol[290_000:] = 1
    symbol[340_000:350_000:3] = 2
    one, many = (engine("cvd; e = ema(trade.price, span=5); b = buy_ratio; x = e - cvd")
                 for _ in range(2))
    for each in (one, many):
        each.intern(["a", "b", "c"])
    want = one.run(*columns, leader=leader, symbol=symbol)
    got = many.run(*columns, leader=leader, symbol=symbol, workers=2)
    assert bits(got) == bits(want)
    assert many.state() == one.state() and many.counters == one.counters
    assert many._wavefronts >= 2


@pytest.mark.parametrize(("text", "rows", "more"), [
    ("vpin", N, {}), (WIDE, 2_000, {}), (WIDE, N, {"dedupe": "id"}),
    ("m = tick_bars(size=9); r = rsi(m); cvd", N, {})],
    ids=["one node", "few rows", "ids", "bars"])
def test_where_there_is_nothing_to_share(text, rows, more):
    columns, _ = tape(rows)
    one, many = engine(text, **more), engine(text, **more)
    ids = {"id": np.arange(rows)} if more else {}
    assert bits(many.run(*columns, **ids, workers=2)) == bits(one.run(*columns, **ids))
    assert many.state() == one.state() and many._wavefronts == 0
