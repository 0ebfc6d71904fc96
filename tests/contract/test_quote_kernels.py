"""The laws over every kernel that needs quotes, on tapes that are hard on them: the same bits one
by one, in columns and resumed; its reference; nothing of the future; extremes forgotten.
"""

from importlib import import_module

import numpy as np
import pytest

from tests.contract.test_clocks import merged, one_by_one, same, tape
from tests.feeds import OF_QUOTES
from tests.reference import Quotes, without_leader
from tickeng import ConfigError, Engine
from tickeng import kernels as k

START, SECOND = 1_700_000_000 * 10**9, 10**9
KERNELS = {kernel["name"]: kernel for kernel in OF_QUOTES}
FORMS = {
    "kyle_lambda_mid": ["", "interval=1, window=3", "interval=7, window=20"],
    "quote_imbalance_change": ["", "time=40ms", "time=3s, max_rows=30", "time=1ns"],
    "quote_ofi": ["", "window=40ms", "window=2s, max_rows=40", "window=1ns",
                  "window=1h, warmup=expanding", "window=1h"],
    "trade_side": ["", "rule=tick", "rule=quote", "rule=tick, carry=false", "carry=false",
                   "rule=quote, carry=false"],
    "window_return": ["", "window=40ms", "window=2s, max_rows=30", "window=1ns"],
}
CASES = [(name, form) for name in KERNELS for form in FORMS.get(name, [""])]
SPANS = {"40ms": 40 * 10**6, "2s": 2 * SECOND, "3s": 3 * SECOND, "1h": 3600 * SECOND, "1ns": 1}


def text_of(name, form):
    return f"y = {name}({form})" if form else f"y = {name}()"


def columns_of(name):
    outputs = [output["name"] for output in KERNELS[name]["outputs"]]
    return {"y" if len(outputs) == 1 else f"y_{output}": output for output in outputs}


def told(form):
    words = dict(part.split("=") for part in form.split(", ")) if form else {}
    return {word: SPANS[x] if x in SPANS else x == "true" if word == "carry"
            else int(x) if x.isdigit() else x for word, x in words.items()}


def as_tapes(bought, quoted):
    good = ~(quoted["bid"] >= quoted["ask"])
    empty = {name: np.where((quoted[name] == 0) & (quoted[f"{name}_qty"] == 0), np.nan,
                            quoted[name]) for name in ("bid", "ask")}
    whole = quoted | empty
    return (without_leader(*(bought[c] for c in ("ts_ns", "price", "qty", "side"))),
            Quotes(**whole), Quotes(**{c: x[good] for c, x in whole.items()}), good)


def wanted(name, form, bought, quoted):
    """The reference's outputs, and the clock of their rows; a quote's row or that of a market."""
    trades, quotes, market, good = as_tapes(bought, quoted)
    reference = import_module(f"tests.reference.{name}").reference
    clocks = KERNELS[name]["clocks"]
    if clocks == ["trade"]:
        return reference(trades, quotes, **told(form)), "trade", np.ones(len(trades), bool)
    if clocks == ["quote"]:
        return reference(market, **told(form)), "quote", good
    mid = (market.bid + market.ask) / 2
    return reference(mid, market.ts_ns, **told(form)), "quote", good


def still(seed):
    """Prices that stand, one side, equal times: trades at the mid and quotes that repeat."""
    bought, quoted = tape(seed, trades=300, quotes=700)
    for ts in (bought["ts_ns"], quoted["ts_ns"]):
        ts[:] = START + (ts - START) // SECOND * SECOND
    bought["price"] = np.full(300, 100.0)
    bought["side"] = np.zeros(300, np.int64)
    quoted["bid"], quoted["ask"] = np.full(700, 99.5), np.full(700, 100.5)
    quoted["ask"][::7] = np.nan
    quoted["bid_qty"] = np.where(np.arange(700) % 3 == 0, 0.0, 5.0)
    quoted["ask_qty"] = np.where(np.arange(700) % 9 < 4, 0.0, 1e9)
    return bought, quoted


def sparse(seed):
    """Gaps of hours; quotes older than a market may be, crossed for long, empty on either side."""
    bought, quoted = tape(seed, trades=300, quotes=200)
    rng = np.random.default_rng(seed)
    for given, n in ((bought, 300), (quoted, 200)):
        steps = rng.choice([0, 1, 10**7, 9 * SECOND, 31 * SECOND, 3 * 3600 * SECOND], n)
        given["ts_ns"] = START + np.cumsum(steps)
    quoted["bid"][rng.random(200) < 0.1] = np.nan
    quoted["bid"][50:60] = 500.0
    quoted["bid_qty"][rng.random(200) < 0.2] = 0.0
    return bought, quoted


def huge(seed, least=1e-300):
    """The largest and very small prices and sizes."""
    bought, quoted = tape(seed, trades=300, quotes=700)
    rng = np.random.default_rng(seed)
    bought["price"] = rng.choice([1e300, 1e-300, 5e-324, 100.0], 300)
    bought["qty"] = rng.choice([1e300, 0.0, 1.0], 300)
    quoted["bid"] = rng.choice([least, 50.0, 9e299], 700)
    quoted["ask"] = np.where(quoted["bid"] < 1e200, quoted["bid"] * 2, 1e300)
    quoted["bid_qty"] = rng.choice([0.0, least, 1.0, 1e300], 700)
    quoted["ask_qty"] = rng.choice([0.0, least, 1.0, 1e300], 700)
    return bought, quoted


def least(seed):
    """With the smallest there are, of which a half is not exact: no reference is held to that."""
    return huge(seed, 5e-324)


TAPES = {"mixed": tape, "still": still, "sparse": sparse, "huge": huge, "least": least}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("name", "form"), CASES)
@pytest.mark.parametrize("made", [made for made in TAPES if made != "least"])
def test_it_is_its_reference(made, name, form):
    if made == "huge" and name == "kyle_lambda_mid":
        pytest.skip("products of the largest prices and sizes are beyond all numbers")
    bought, quoted = TAPES[made](3)
    want, rows, shown = wanted(name, form, bought, quoted)
    # A market that ends is of test_lapses.py.
    endless = {"max_quote_age": 0, "hold_good": 9e9} if rows == "quote" else {}
    frame = Engine(kernels=text_of(name, form), **endless).run(trades=bought, quotes=quoted,
                                                               rows=rows)
    unit = max(1.0, float(np.nanmax(quoted["bid_qty"] + quoted["ask_qty"])))
    for column, output in columns_of(name).items():
        got, expected = np.asarray(frame[column])[shown], want[output]
        assert not np.isinf(got).any()
        expected = np.where(np.isinf(expected), np.nan, expected)
        np.testing.assert_array_equal(np.isnan(got), np.isnan(expected), output)
        if output == "kyle_lambda_mid_t":  # through the correlation that it stands for
            freedom = told(form).get("window", 100) - 2
            got, expected = (t / np.sqrt(freedom + t**2) for t in (got, expected))
        # A sum is as good as what it adds.
        scale = len(got) * unit if output == "quote_ofi" else 1.0
        error = abs(got - expected) / np.maximum(scale, abs(expected))
        assert not (error > (1e-9 if output == "quote_ofi_norm" else 1e-12)).any(), output


@pytest.mark.parametrize(("name", "form"), CASES)
@pytest.mark.parametrize("made", TAPES)
def test_one_by_one_together_and_resumed_are_one(made, name, form):
    bought, quoted = TAPES[made](7)
    for rows in ("trade", "quote"):
        text = text_of(name, form)
        frame = Engine(kernels=text, warmup="expanding").run(trades=bought, quotes=quoted,
                                                             rows=rows)
        same(one_by_one(text, bought, quoted, rows), frame)
        same(one_by_one(text, bought, quoted, rows, cut=417), frame)


@pytest.mark.parametrize(("name", "form"), CASES)
def test_pieces_leave_the_same_state(name, form):
    bought, quoted = tape(8)
    whole = Engine(kernels=text_of(name, form))
    frame = whole.run(trades=bought, quotes=quoted, rows="quote")
    pieces, frames = Engine(kernels=text_of(name, form)), []
    edges = [0, 1, 255, 256, 300, 900]
    ends = [0, *np.searchsorted(quoted["ts_ns"], bought["ts_ns"][edges[1:-1]]), 2500]
    for n in range(5):
        frames.append(pieces.run(
            trades={c: x[edges[n]:edges[n + 1]] for c, x in bought.items()}, rows="quote",
            quotes={c: x[ends[n]:ends[n + 1]] for c, x in quoted.items()}))
        pieces = Engine.from_state(pieces.state()) if n % 2 else pieces.copy()
    same({c: np.concatenate([f[c] for f in frames]) for c in frame}, frame)
    assert pieces.state() == whole.state() and pieces.health == whole.health


@pytest.mark.parametrize(("name", "form"), CASES)
def test_nothing_of_the_future_is_seen(name, form):
    bought, quoted = tape(5)
    at = bought["ts_ns"][500]
    after = {c: x.copy() for c, x in quoted.items()}
    after["bid"][quoted["ts_ns"] >= at] *= 0.5
    after["bid_qty"][quoted["ts_ns"] >= at] += 9.0
    for rows, stamps in (("trade", bought["ts_ns"]), ("quote", quoted["ts_ns"])):
        a, b = (Engine(kernels=text_of(name, form)).run(trades=bought, quotes=q, rows=rows)
                for q in (quoted, after))
        # A trade does not see a quote of its own time.
        before = stamps <= at if rows == "trade" else stamps < at
        for column in columns_of(name):
            assert a[column][before].tobytes() == b[column][before].tobytes()


@pytest.mark.parametrize(("name", "form"), CASES)
def test_an_extreme_quote_is_forgotten(name, form):
    """By the time that no window reaches it, and with it every trace in the state."""
    bought, quoted = tape(6)
    text = text_of(name, form)
    bad = {c: x.copy() for c, x in quoted.items()}
    for n, (bid, ask, size) in enumerate([(1e300, np.nan, 1e300), (5e-324, 1e300, 0.0),
                                          (9e299, 1e300, 1e300), (np.nan, np.nan, 7.0)]):
        for column, x in zip(("bid", "bid_qty", "ask", "ask_qty"), (bid, size, ask, size),
                             strict=True):
            bad[column][300 + n] = x
    clean, dirty = Engine(kernels=text), Engine(kernels=text)
    want = clean.run(trades=bought, quotes=quoted, rows="quote")
    got = dirty.run(trades=bought, quotes=bad, rows="quote")
    late = quoted["ts_ns"] > START + 40 * SECOND
    if "1h" in form:
        return
    for column in columns_of(name):
        assert want[column][late].tobytes() == got[column][late].tobytes()
    for engine in (clean, dirty):  # of the crossed quotes among them the counts differ
        engine.reset()
    assert clean.state() == dirty.state()


def test_warm_up_is_the_declared_time():
    _, quoted = tape(11)
    good = ~(quoted["bid"] >= quoted["ask"]) & ~np.isnan(quoted["ask"])
    quoted = {c: x[good] for c, x in quoted.items()}
    ts = quoted["ts_ns"]
    engine = Engine(kernels="quote_imbalance_change; quote_ofi; window_return(window=1s); "
                            "microprice; e = quote_ofi(warmup=expanding)", max_quote_age=0)
    frame = engine.run(quotes=quoted, rows="quote")
    assert engine.warmup["quote_ofi"] == 1 and engine.warmup["e_quote_ofi"] == 0
    assert engine.warmup_ns["quote_ofi"] == engine.warmup_ns["window_return"] == SECOND
    firsts = {"quote_imbalance_change": (0, SECOND * 3 // 10), "quote_ofi": (1, SECOND),
              "quote_ofi_norm": (1, SECOND), "window_return": (0, SECOND), "microprice": (0, 0),
              "e_quote_ofi": (0, 0)}
    for name, (row, ns) in firsts.items():
        first = int(np.argmax(ts >= ts[row] + ns))
        assert np.isnan(frame[name][:first]).all() and np.isfinite(frame[name][first:]).all(), name


def test_a_trade_meets_the_quote_before_it_while_that_is_a_market():
    engine = Engine(kernels="prevailing_quote; effective_spread; trade_side", max_quote_age="2s")

    def trade(ts, price=100.0, side=1):
        d = engine.on_tick(START + ts, price, 1.0, side)
        return (d.prevailing_bid, d.prevailing_ask_qty, d.quote_age, d.effective_spread,
                d.trade_side)

    nothing = [np.nan] * 4
    np.testing.assert_array_equal(trade(0), [*nothing, np.nan])
    engine.on_quote(START + 1, 99.0, 1.0, 101.0, 2.0)
    np.testing.assert_array_equal(trade(1, 101.0), [99, 2, 0, 0.02, 1])
    np.testing.assert_array_equal(trade(1 + 2 * SECOND, 99.0), [99, 2, 2, 0.02, -1])
    np.testing.assert_array_equal(trade(2 + 2 * SECOND, 99.5), [*nothing, 1])  # the tick test
    engine.on_quote(START + 3 * SECOND, np.nan, 0.0, 101.0, 3.0)
    np.testing.assert_array_equal(trade(3 * SECOND, 99.5), [np.nan, 3, 0, np.nan, 1])


def test_a_broken_chain_has_no_change():
    engine = Engine(kernels="quote_ofi", warmup="expanding")
    rows = [(99.0, 1.0, 101.0, 2.0), (99.0, 4.0, 101.0, 2.0), (np.nan, 0.0, 101.0, 9.0),
            (99.5, 7.0, 100.5, 7.0), (99.5, 9.0, 100.5, 7.0)]
    got = [engine.on_quote(START + n, *row).quote_ofi for n, row in enumerate(rows)]
    np.testing.assert_array_equal(got, [0, 3, np.nan, 3, 5])


def test_the_tick_test_of_trades_alone():
    bought, _ = tape(2, trades=3_000)
    trades = [bought[c] for c in ("ts_ns", "price", "qty", "side")]
    for form, params in (("", {}), (", carry=false", {"carry": False})):
        engine = Engine(kernels=f"y = trade_side(trade.price{form})")
        want = import_module("tests.reference.trade_side").reference(
            without_leader(*trades), rule="tick", **params)["trade_side"]
        np.testing.assert_array_equal(engine.run(*trades)["y"], want)
    assert Engine(kernels="y = window_return(trade.price)").config.nodes()[-1]["clocks"] == [
        "trade"]


def test_what_a_trade_carries_is_the_same_in_every_chunk():
    n = 200_000
    rng = np.random.default_rng(4)
    steps = rng.choice([-0.01, 0.01, 0.0], n, p=[0.2, 0.2, 0.6])
    steps[20_000:150_000] = 0.0  # no change for long
    columns = (START + np.cumsum(rng.exponential(5e6, n).astype(np.int64)),
               100 + np.cumsum(np.round(steps, 2)) % 50, np.ones(n), np.zeros(n, np.int8))
    text = ("a = trade_side(trade.price); b = trade_side(trade.price, carry=false); "
            "c = window_return(trade.price); d = window_return(trade.price, window=30ms)")
    one = Engine(kernels=text)
    want = one.run(*columns)
    for workers in (2, 4):
        many = Engine(kernels=text)
        same(many.run(*columns, workers=workers), want)
        assert many._chunks >= 2 and many.state() == one.state()


def test_returns_of_any_price():
    bought, quoted = tape(9)
    text = "a = window_return(trade.price, window=1s); b = window_return(microprice, window=1s)"
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted)
    reference = import_module("tests.reference.window_return").reference
    want = reference(bought["price"], bought["ts_ns"], window=SECOND)["window_return"]
    np.testing.assert_allclose(frame["a"], want, rtol=1e-12, atol=1e-12)
    assert np.isfinite(frame["b"]).any()
    frame = Engine(kernels="y = window_return(trade.side, window=1s)").run(
        *(bought[c] for c in ("ts_ns", "price", "qty", "side")))
    prices = np.where(bought["side"] > 0, 1.0, np.nan)
    want = reference(prices, bought["ts_ns"], window=SECOND)["window_return"]
    np.testing.assert_array_equal(frame["y"], want)


def test_quotes_are_asked_for():
    bought, _ = tape(1, trades=5)
    for name in ("effective_spread", "prevailing_quote", "trade_side"):
        with pytest.raises(ConfigError, match="moves on quotes, and there are none"):
            Engine(kernels=name).run(**bought)
    for word in ("window=20", "window=0s", "window=105d"):
        with pytest.raises(ConfigError):
            Engine(kernels=f"quote_ofi({word})")


def test_each_runs_alone():
    bought, quoted = tape(1, trades=200, quotes=400)
    for name in KERNELS:
        rows = "trade" if KERNELS[name]["clocks"] == ["trade"] else "quote"
        frame = Engine(kernels=[getattr(k, name)]).run(trades=bought, quotes=quoted, rows=rows)
        assert [c for c in frame.columns if c != "status"] == [
            output["name"] for output in KERNELS[name]["outputs"]]
    assert len(merged(bought, quoted)) == 600


@pytest.mark.parametrize("rows", ["trade", "quote"])
def test_symbols_do_not_touch_each_other(rows):
    bought, quoted = tape(7, symbols=3)
    text = "; ".join(KERNELS)
    frame = Engine(kernels=text, warmup="expanding").run(trades=bought, quotes=quoted, rows=rows)
    same(one_by_one(text, bought, quoted, rows, cut=1_234), frame)
    symbols = (bought if rows == "trade" else quoted)["symbol"]
    for symbol in "abc":
        own = [{c: x[given["symbol"] == symbol] for c, x in given.items()}
               for given in (bought, quoted)]
        alone = Engine(kernels=text, warmup="expanding").run(
            trades=own[0], quotes=own[1], rows=rows)
        same({c: alone[c] for c in alone.columns}, {
            c: frame[c][symbols == symbol] for c in frame.columns})
