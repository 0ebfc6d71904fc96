"""Formulas: what they are number by number, on which clocks they move, and what is refused."""

import itertools
import math
import random
import time

import numpy as np
import pytest

from tests.contract.test_clocks import feed, merged, one_by_one, same, tape
from tests.golden.lcg import golden_stream
from tests.reference.graph import formulas as second
from tickeng import Config, ConfigError, Engine, ParallelEngine, StateError
from tickeng.config import ENGINE_KEYS

START = 1_700_000_000_000_000_000
STREAM = golden_stream()
COLUMNS = (STREAM.ts_ns, STREAM.price, STREAM.qty, STREAM.side)
INPUTS = ["trade.price", "trade.qty", "trade.side", "log_return", "signed_qty", "k1", "dt_s"]


def hostile(rows, seed):
    """Trades with huge, tiny and equal numbers; their columns, NaN and -0.0 among what follows."""
    rng = np.random.default_rng(seed)
    some = np.array([1.0, 1.0, 2.0, 100.5, 1e300, 1e-300, 1e-5, 3e154])
    price = np.where(rng.random(rows) < 0.3, rng.choice(some, rows), 100 + rng.normal(0, 1, rows))
    qty = np.where(rng.random(rows) < 0.3, rng.choice([0.0, 1.0, 1e300, 5e-324], rows),
                   rng.exponential(1, rows))
    return (START + np.cumsum(rng.integers(0, 10**9, rows)), price, qty,
            rng.choice([-1, 0, 1], rows))


def bits(column):
    return np.asarray(column, float).view(np.uint64).tolist()


def run(text, columns=COLUMNS, **more):
    return Engine(kernels=text, **more).run(*columns)


@pytest.mark.parametrize("seed", range(12))
def test_random_formulas_are_the_reference_bit_for_bit(seed):
    rng = random.Random(seed)
    trees = [second.draw(rng, INPUTS, rng.randint(1, 5)) for _ in range(25)]
    inputs = [f"in{n} = {name}" for n, name in enumerate(INPUTS)]
    texts = [f"f{n} = {second.text(tree, rng)}" for n, tree in enumerate(trees)]
    columns = hostile(700, seed)
    engine = Engine(kernels=inputs + texts, warmup="expanding", k1={"window": 16, "flow_window": 4})
    frame = engine.run(*columns)
    rows = [dict(zip(INPUTS, row, strict=True)) for row in
            zip(*(frame[f"in{n}"].tolist() for n in range(len(INPUTS))), strict=True)]
    for n, tree in enumerate(trees):
        want = [second.value(tree, row) for row in rows]
        want = np.where(np.isnan(want), math.nan, want)
        unlike = [i for i, (a, b) in enumerate(zip(bits(want), bits(frame[f"f{n}"]), strict=True))
                  if a != b]
        assert not unlike, (texts[n], rows[unlike[0]], want[unlike[0]], frame[f"f{n}"][unlike[0]])


@pytest.mark.parametrize("seed", range(3))
def test_a_tick_is_a_row_of_a_block_and_goes_on_anywhere(seed):
    rng = random.Random(seed)
    text = "\n".join(f"f{n} = {second.text(second.draw(rng, INPUTS, 4), rng)}" for n in range(40))
    columns = hostile(1500, seed)
    frame = run(text, columns, warmup="expanding")
    engine = Engine(kernels=text, warmup="expanding")
    rows = [engine.on_tick(*row) for row in zip(*(c.tolist() for c in columns), strict=True)]
    cuts = [0, *sorted(rng.sample(range(1500), 9)), 1500]
    resumed, parts = Engine(kernels=text, warmup="expanding"), []
    for begin, end in itertools.pairwise(cuts):
        parts.append(resumed.run(*(c[begin:end] for c in columns)))
        resumed = Engine.from_state(resumed.state()) if begin % 2 else resumed.copy()
    for name in frame:
        assert bits(frame[name]) == bits([getattr(row, name) for row in rows]), name
        assert bits(frame[name]) == bits(np.concatenate([p[name] for p in parts])), name


def test_workers_and_symbols_have_the_same_bits():
    text = "chain; a = 0.5*k1 - k3; g = where(k3 < 0.6, log(trade.price), -a); s = signal(k1=a)"
    many = [np.tile(c, 9) for c in COLUMNS]
    many[0] = START + np.arange(len(many[0])) * 1000
    one = run(text, many)
    for workers in (2, 3):
        engine = Engine(kernels=text)
        same(one, engine._feed(*many, workers=workers))
        assert engine._chunks > 1
    apart = Engine(kernels=text, _fused=False).run(*many)
    same(one, apart)
    symbol = np.random.default_rng(1).choice(["a", "b", "c"], len(many[0]))
    mixed = Engine(kernels=text).run(*many, symbol=symbol)
    for name in ("a", "b", "c"):
        alone = run(text, [c[symbol == name] for c in many])
        same(alone, {column: mixed[column][symbol == name] for column in alone})


def test_the_chain_beside_a_formula_is_the_chain():
    chain, beside = run("chain"), run("chain; a = 0.5*k1 - k3; g = a > 0 and k4 > -1")
    same(chain, beside)
    assert bits(beside["a"]) == bits(0.5 * chain["k1"] - chain["k3"])


@pytest.mark.parametrize("name", ["exp", "log"])
def test_own_functions_are_within_one_ulp(name):
    rng = random.Random(5)
    for _ in range(20_000):
        x = (rng.uniform(-745, 709) if name == "exp" else
             math.ldexp(rng.uniform(1, 2), rng.randint(-1074, 1023)))
        want = getattr(math, name)(x)
        assert abs(getattr(second, name)(x) - want) <= max(math.ulp(want), math.ulp(0.5)
                                                           if name == "log" else 0), x


THREE = {"f": 0.0, "t": 2.0, "n": math.nan}


@pytest.mark.parametrize(("text", "want"), [
    ("{0} and {1}", {"ff": 0, "ft": 0, "fn": 0, "tf": 0, "tt": 1, "tn": None, "nf": 0, "nt": None,
                     "nn": None}),
    ("{0} or {1}", {"ff": 0, "ft": 1, "fn": None, "tf": 1, "tt": 1, "tn": 1, "nf": None, "nt": 1,
                    "nn": None}),
    ("not {0}", {"f": 1, "t": 0, "n": None}), ("isnan({0})", {"f": 0, "t": 0, "n": 1}),
    ("{0} != {1}", {"ff": 0, "ft": 1, "fn": None, "nn": None}),
    ("where({0}, 3, 4)", {"f": 4, "t": 3, "n": None}), ("sdiv({0}, {1}, 7)", {
        "ff": 7, "ft": 0, "tf": 7, "tt": 1, "nt": None, "tn": None}),
    ("where({0} == 0, {1}, 1)", {"fn": None, "tn": 1}), ("min({0}, {1}, 1)", {
        "ft": 0, "tt": 1, "tn": None}), ("sign(-{0})", {"f": 0, "t": -1, "n": None}),
    ("clip({0}, 1, {1})", {"tt": 2, "ft": 1, "ff": 0, "tn": None}), ("{0} / {1}", {
        "ft": 0, "tf": None, "ff": None}), ("1e308 * {0}", {"t": None, "f": 0}),
    ("log({0})", {"f": None}), ("sqrt(-{0})", {"f": -0.0, "t": None}),
    ("-{0} == {0}", {"f": 1, "t": 0}),
])
def test_three_values(text, want):
    """0 is f, 2 is t, NaN is n; each from the market, and each as a constant."""
    columns = ([START, START + 1], [2.0, 2.0], [0.0, 0.0], [1, 1])
    words = {"f": ("trade.qty", "0"), "t": ("trade.price", "2"), "n": ("log(trade.qty)", "(0/0)")}
    for letters, number in want.items():
        for kind in (0, 1):
            given = text.format(*(words[letter][kind] for letter in letters))
            got = run(f"x = {given}; k1", columns)["x"]
            number_bits = bits([math.nan if number is None else number])[0]
            assert bits(got) == [number_bits] * 2, (given, got)


def test_a_copy_is_no_second_node():
    text = "a = dt_s; b = regime.hurst; c = k1; d = c; e = regime(step=200).efficiency; chain; base"
    frame = run(text)
    for copy, of in (("a", "dt_s"), ("b", "hurst"), ("c", "k1"), ("d", "k1")):
        assert bits(frame[copy]) == bits(frame[of]), copy
    assert bits(run("regime(step=200)")["efficiency"]) == bits(frame["e"])
    kernels = [node["kernel"] for node in Config({"kernels": text}).nodes()]
    assert kernels.count("k1") == kernels.count("base") == 1 and kernels.count("regime") == 2
    flag = run("a = gate.gate; b = ready; c = gate; gate")
    assert flag["a"].dtype == flag["gate"].dtype == flag["b"].dtype
    assert flag["a"].tolist() == flag["gate"].tolist() == flag["c"].tolist()


def test_equal_formulas_are_one_node():
    text = "a = 0.5*k1 - k3; b = 0.5 * k1 - (k3); c = (0.5*k1) - d; d = k3; e = 1/2*k1 - k3"
    nodes = Config({"kernels": text}).nodes()
    assert [node["kernel"] for node in nodes].count("formula") == 1
    frame = run(text)
    assert all(bits(frame[name]) == bits(frame["a"]) for name in "bce")
    for other in ("k1*0.5 - k3", "0.5*k1 + -k3", "0.5*(k1 - k3)", "0.5*k1 - k4"):
        kernels = f"a = 0.5*k1 - k3; b = {other}"
        assert [n["kernel"] for n in Config({"kernels": kernels}).nodes()].count("formula") == 2


def test_the_hash_sees_formulas():
    def digest(kernels):
        return Config(kernels=kernels).hash

    assert digest("a = 0.5*k1 - k3; k3") == digest("x = .5 * k1 - y; y = k3")
    assert digest("a = 0.5*k1 - k3") != digest("a = 0.5*k1 - k4")
    assert digest("chain") != digest("chain; a = k1*2") != digest("chain; a = k1*3")
    assert digest("s = signal(k1=2*k3)") == digest("t = signal((2.0*k3), k2)")
    assert digest("a = mid - trade.price") != digest("a = mid - trade.qty")
    assert digest("chain; a = k1") == digest("chain")


def test_an_input_may_be_a_formula():
    frame = run("a = 0.5*k1 - k3; s = signal(k1=a); t = signal(k1=0.5*k1 - k3); u = size(-k3)")
    assert bits(frame["s"]) == bits(frame["t"])
    assert bits(run("b = -k3; u = size(k3=b)")["u"]) == bits(frame["u"])
    assert Engine(kernels="t = signal(k1=0.5*k1 - k3)").outputs.names == ("t",)
    inside = run("x = 2*k1(window=64) + regime(step=200).hurst; y = abs(signal(k1=-k1(window=64)))")
    outer = run("q = k1(window=64); m = regime(step=200); x = 2*q + m.hurst; n = -q; "
                "s = signal(k1=n); y = abs(s)")
    assert bits(inside["x"]) == bits(outer["x"]) and bits(inside["y"]) == bits(outer["y"])


def test_a_decision_of_your_own():
    frame = run("chain; mine = alpha(signal=clip(0.5*k1 - k3, -2, 2)); "
                "all = alpha(signal=k1, gate=k3 < 0.6 and k4 > -1, size=1)", warmup="expanding")
    signal = np.clip(0.5 * frame["k1"] - frame["k3"], -2, 2)
    opened = frame["gate"] > 0
    assert bits(frame["mine"][opened]) == bits((signal * frame["size"] + 0.0)[opened])
    assert not frame["mine"][~opened].any() and opened.any()
    opened = (frame["k3"] < 0.6) & (frame["k4"] > -1)
    assert bits(frame["all"]) == bits(np.where(opened, frame["k1"] + 0.0, 0.0))
    assert 0 < opened.sum() < len(opened)
    shut = run("all = alpha(signal=1, gate=k1 > 0, size=1)")
    assert shut["all"][0] == 0.0  # a gate that is undefined is shut
    none = run("all = alpha(signal=1, gate=1, size=log(0*k1)); k1", warmup="expanding")
    assert not none["all"].any()  # a size that is undefined is 0


def test_an_undefined_input_may_be_defined_earlier():
    frame = run("k1; early = where(isnan(k1), 0, k1); known = not isnan(k1)")
    assert np.isnan(frame["k1"][0]) and frame["early"][0] == 0.0 and frame["known"][0] == 0.0
    assert Engine(kernels="a = 0.5*k1 - k3").warmup["a"] == Engine(kernels="k3").warmup["k3"]


SEVERAL = ["a = mid - trade.price", "b = 1e4*(trade.price - mid)/mid; k1; c = b*k1 + quote.bid_qty",
           "q = quote.bid + quote.ask; r = q / 2 - mid; k1",
           "mine = alpha(signal=mid - trade.price, size=quote.bid_qty, gate=1); limit = 2.5; k1",
           "x = where(isnan(spread), -1, spread); y = x*k1 > mid or trade.side; mid_spread"]


@pytest.mark.parametrize("rows", ["trade", "quote"])
@pytest.mark.parametrize("symbols", [1, 3])
@pytest.mark.parametrize("text", SEVERAL)
def test_several_clocks_one_by_one_together_and_resumed_are_one(text, symbols, rows):
    bought, quoted = tape(7, symbols=symbols)
    frame = Engine(kernels=text, warmup="expanding").run(trades=bought, quotes=quoted, rows=rows)
    alone = one_by_one(text, bought, quoted, rows)
    same(alone, frame)
    same(alone, one_by_one(text, bought, quoted, rows, cut=1777))


def test_a_formula_sees_its_own_clock_now_and_the_other_as_of():
    bought, quoted = tape(3)
    text = "mid_spread; a = 2*mid - trade.price"
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted)
    assert bits(frame["a"]) == bits(2 * frame["mid"] - bought["price"])
    assert np.isnan(frame["mid"]).any()
    frame = Engine(kernels=text).run(trades=bought, quotes=quoted, rows="quote")
    price, want = math.nan, []
    for kind, i in merged(bought, quoted):
        if kind == 0:
            price = bought["price"][i]
        elif not quoted["bid"][i] >= quoted["ask"][i]:
            want.append(2 * ((quoted["bid"][i] + quoted["ask"][i]) / 2) - price)
        else:  # no tick: it stays
            want.append(want[-1] if want else math.nan)
    assert bits(frame["a"]) == bits(want)


@pytest.mark.parametrize("rows", ["trade", "quote"])
@pytest.mark.parametrize("seed", range(4))
def test_random_formulas_over_several_clocks_are_the_reference(seed, rows):
    """Over what a row shows of their inputs, one by one and as columns; f20 on read others."""
    rng, (bought, quoted) = random.Random(seed), tape(seed)
    names = ["trade.price", "k1", "trade.side", "mid", "quote.bid_qty", "quote.ask"]
    # What reads one clock alone is NaN to the other until that moves, and if its quote is too old.
    both = ("+", "trade.price", "mid")
    trees = [("where", 1.0, second.draw(rng, names, rng.randint(1, 4)), both) for _ in range(20)]
    read = [f"f{n}" for n in range(20)]
    nested = [("where", 1.0, second.draw(rng, names + 2 * read, rng.randint(1, 3)), both)
              for _ in range(10)]
    lines = [f"in{n} = {name}" for n, name in enumerate(names)]
    lines += [f"f{n} = {second.text(tree, rng)}" for n, tree in enumerate(trees + nested)]
    engine = Engine(kernels=lines, warmup="expanding")
    frame = engine.run(trades=bought, quotes=quoted, rows=rows)
    same(one_by_one("\n".join(lines), bought, quoted, rows), frame)
    crossed = quoted["bid"] >= quoted["ask"]
    moves = ~crossed if rows == "quote" else np.full(len(frame["in0"]), True)
    for i in np.flatnonzero(moves)[::7].tolist():
        row = {name: float(frame[f"in{n}"][i]) for n, name in enumerate(names)}
        row |= {f"f{n}": second.value(tree, row) for n, tree in enumerate(trees)}
        for n, tree in enumerate(trees + nested):
            want, got = second.value(tree, row), float(frame[f"f{n}"][i])
            assert bits([math.nan if math.isnan(want) else want]) == bits([got]), (lines, i, n)


def test_a_formula_of_quotes_is_held_and_grows_old():
    engine = Engine(kernels="h = quote.bid_qty / 2", max_quote_age="2s")
    assert engine.on_quote(START, 99.0, 8.0, 101.0, 1.0).h == 4.0
    again = Engine.from_state(engine.state())
    for one in (engine, again):
        assert one.on_tick(START + 1, 100.0, 1.0, 1).h == 4.0
        assert math.isnan(one.on_tick(START + 3_000_000_000, 100.0, 1.0, 1).h)


def test_held_values_outlive_a_reload():
    """What trades gave last is read by a quote after it."""
    text = "p = trade.price * 2; d = p - mid"
    bought, quoted = tape(5, trades=40, quotes=40)
    engine = Engine(kernels=text)
    for kind, i in merged(bought, quoted)[:50]:
        feed(engine, bought, quoted, kind, i)
    again = Engine.from_state(engine.state())
    stamp = START + 10**11
    one, two = (e.on_quote(stamp, 99.0, 1.0, 101.0, 1.0) for e in (engine, again))
    assert one.d == two.d == one.p - 100.0


def test_a_state_belongs_to_its_formulas():
    engine = Engine(kernels="k1; a = 2*k1")
    engine.run(*COLUMNS)
    with pytest.raises(StateError):
        Engine.from_state(engine.state(), kernels="k1; a = 3*k1")


def test_parallel_engines_run_formulas():
    text = "chain; a = 0.5*k1 - k3; p = trade.price"
    frame = run(text)
    with ParallelEngine(kernels=text, workers=2, pin=False) as engine:
        code = engine.intern(["0"])
        engine.submit_batch(*COLUMNS, np.full(len(STREAM.price), code[0], np.uint32))
        engine.flush()
        polled = engine.poll()
    for name in ("a", "p", "alpha"):
        assert bits(polled[name]) == bits(frame[name])


@pytest.mark.parametrize(("text", "column", "word"), [
    ("a = 0.5*k1 - nothing", 14, "no kernel is called 'nothing'"),
    ("a = min(k1)", 5, "min takes two numbers or more; the one over a window is lowest"),
    ("a = 1 + clip(k1, 2)", 9, "clip takes three numbers"),
    ("a = abs(k1, x=2)", 15, "abs is a function; it takes no keywords"),
    ("a = abs(k1).x", 5, "abs is one number, it has no x"),
    ("a = regime + 1", 5, "regime is no output; there are: regime.hurst regime.efficiency"),
    ("a = 2 * trade", 9, "there are: trade.price trade.qty trade.side"),
    ("a = trade.prize", 5, "trade.prize is no output"),
    ("b = 2*k1; a = 1 + b.x", 19, "b is one number, it has no x"),
    ("a = k1 + 2s", 10, "a duration is no number of a formula"),
    ("a = k1 + 'x'", 10, "a text is no number of a formula"),
    ("a = k1 and true", 12, "in a formula write 1 or 0"),
    ("a = b + 1; b = a*2", 7, "a node reads itself: a -> b -> a"),
    ("abs(k1)", 1, "write name = abs(k1)"), ("regime.hurst", 1, "write name = regime.hurst"),
    ("0.5*k1", 1, "a formula wants a name"), ("where = k1", 1, "where is a function's name"),
    ("quote = k1", 1, "quote is the name of what events come from"),
    ("k2; timer = k1", 5, "timer is the name of"), ("bid = quote.bid", 1, "bid is a column that"),
    ("a = k1 < k2 < k3", 13, "a < b and b < c"),
    ("s = signal(k1=2*k1 - foo)", 22, "no kernel is called 'foo'"),
    ("a = " + "k1 + (" * 63 + "k1" + ")" * 63 + "; b = k1 + foo", 459, "'foo'"),
    ("a = " + "clip(1, k1, " * 33 + "k1" + ")" * 33, None, "more than 64 numbers wait"),
])
def test_what_cannot_be_is_refused_with_its_place(text, column, word):
    with pytest.raises(ConfigError) as error:
        Engine(kernels=text)
    said = str(error.value)
    assert word in said and said.splitlines()[2].strip() == "^"
    assert column is None or f"column {column}:" in said, said
    caret = len(said.splitlines()[2]) - 2
    assert column is None or caret == column


@pytest.mark.parametrize("name", [*(key.name for key in ENGINE_KEYS), "rows", "mode", "eps"])
def test_no_node_has_the_name_of_a_setting(name):
    with pytest.raises(ConfigError, match=f"column 5: {name} is a setting's name; take another"):
        Engine(kernels=f"k2; {name} = ema(k1, span=3)")


def test_a_formula_has_no_settings():
    with pytest.raises(ConfigError, match="formula has no window"):
        Engine({"a.window": 5}, kernels="a = 2*k1")


def test_a_clock_that_nothing_feeds_is_asked_for():
    for text, word in (("a = quote.bid - trade.price", r"quote\.\*"), ("a = 2*mid", "mid_spread")):
        with pytest.raises(ConfigError, match=f"^{word} moves on quotes, and there are none"):
            run(text)


def test_long_chains_of_formulas_are_resolved_at_once():
    """Each reads the one before twice, over two clocks."""
    lines = ["a0 = mid - k1", *(f"a{n} = a{n - 1} + a{n - 1}" for n in range(1, 40))]
    assert len(Engine(kernels=lines).outputs.names) == 40


def test_a_long_text_is_read_in_a_moment():
    """Each reads the next one, and all are unlike."""
    lines = [f"a{n} = a{n + 1} + {n}" for n in range(1000)] + ["a1000 = k1"]
    start = time.perf_counter()
    assert len(Engine(kernels=lines).outputs.names) == 1001
    assert len(Engine(kernels=[f"a{n} = k1 * {n}.5" for n in range(1000)]).outputs.names) == 1000
    assert time.perf_counter() - start < 20


def test_the_name_of_a_kernel_means_the_call_that_bears_it():
    """Not a second node at defaults beside it."""
    rows = {name: column[:400] for name, column in tape(3)[0].items()}
    text = "k3(window=20, mean_window=5, warmup=expanding); a = k3; b = k3.k3; d = 1*k3"
    frame = Engine(kernels=text).run(**rows)
    for name in ("a", "b", "d"):
        np.testing.assert_array_equal(frame[name], frame["k3"], name)
    assert np.isfinite(frame["a"]).any()
