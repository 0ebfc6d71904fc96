"""Kernels as objects: they print as their statement, and that is what is computed."""

from datetime import timedelta

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tickeng import Config, ConfigError, Engine, catalogue
from tickeng import kernels as k
from tickeng.pipeline import FUNCTIONS

STREAM = golden_stream().head(2_000)
COLUMNS = (STREAM.ts_ns, STREAM.price, STREAM.qty, STREAM.side)


@pytest.mark.parametrize("kernel", catalogue(), ids=lambda kernel: kernel["name"])
def test_every_kernel_has_an_object(kernel):
    node = getattr(k, kernel["name"])
    assert str(node) == kernel["name"] and kernel["name"] in dir(k)
    assert kernel["id"] in node.__doc__
    assert node.outputs == tuple(output["name"] for output in kernel["outputs"])


@pytest.mark.parametrize("param", [(kernel["name"], p) for kernel in catalogue()
                                   for p in kernel["params"] if not kernel["reads_any"]],
                         ids=lambda param: f"{param[0]}.{param[1]['name']}")
def test_every_parameter_is_taken_at_its_default(param):
    name, spec = param
    on = ["time_bars"] if "bar" in getattr(k, name)._spec["clocks"] else []
    node = getattr(k, name)(*on, **{spec["name"]: spec["default"]})
    plain = getattr(k, name)(*on) if on else name
    nodes = Config({"kernels": [node]}).nodes()
    assert nodes[-1]["computes"] == Config({"kernels": [plain]}).nodes()[-1]["computes"], str(node)


@pytest.mark.parametrize(("node", "text"), [
    (k.k1(window=64), "k1(window=64)"),
    (k.k1(window=64, name="fast"), "fast = k1(window=64)"),
    (k.gate(leader_required=True, mode="engine"), "gate(leader_required=true, mode=engine)"),
    (k.signal(k.k1, k.k2(window=9), clip=1.5, name="s"), "s = signal(k1, k2(window=9), clip=1.5)"),
    (k.signal(k1=k.regime(step=200).hurst), "signal(k1=regime(step=200).hurst)"),
    (k.signal(leader_max_age=timedelta(seconds=2)), "signal(leader_max_age=2000000us)"),
    (k.rsi(k.time_bars(period=30.0), window=5), "rsi(time_bars(period=30.0), window=5)"),
    (k.rsi(bars="m1", name="r"), "r = rsi(bars=m1)"),
    (k.efficiency(name="e"), "e = efficiency()"), (k.signal(k1=k.hurst), "signal(k1=hurst())"),
    (k.gate(name="g"), "g = gate()"), (k.alpha(gate=k.gate), "alpha(gate=gate)"),
    (k.efficiency(), "efficiency"),
    (k.signal(k1="vpin"), "signal(k1=vpin)"), (k.chain, "chain")])
def test_an_object_prints_as_its_statement(node, text):
    assert str(node) == text and repr(node) == text


@pytest.mark.parametrize(("made", "text"), [
    (lambda: 0.5 * k.k1 - k.k3, "0.5 * k1 - k3"), (lambda: k.k1 - (k.k2 - k.k3), "k1 - (k2 - k3)"),
    (lambda: (k.k1 + 1) * 2 / k.k3, "(k1 + 1) * 2 / k3"), (lambda: 1 / (2 / k.k1), "1 / (2 / k1)"),
    (lambda: -k.k1 * -(k.k2 + 1.5), "-k1 * -(k2 + 1.5)"), (lambda: -2 * k.k1, "-2 * k1"),
    (lambda: (-k.k1).__neg__(), "--k1"), (lambda: 1 + k.k1, "1 + k1"), (lambda: 1 - k.k1, "1 - k1"),
    (lambda: (k.k1 < 1) & (k.k2 >= k.k3) | ~(k.k3 > 2), "k1 < 1 and k2 >= k3 or not k3 > 2"),
    (lambda: (k.k1 < 1) & ((k.k2 <= 3) | k.ready), "k1 < 1 and (k2 <= 3 or ready)"),
    (lambda: k.k1.__lt__(0.6), "k1 < 0.6"), (lambda: ~(k.k1 & 1), "not (k1 and 1)"),
    (lambda: 1 & k.k1, "1 and k1"), (lambda: 1 | k.k1, "1 or k1"),
    (lambda: k.eq(k.k1 < 1, k.ne(k.k2, 3)), "(k1 < 1) == (k2 != 3)"),
    (lambda: abs(k.k1) + k.abs(k.k2), "abs(k1) + abs(k2)"),
    (lambda: k.where(k.isnan(k.k1), 0, k.clip(k.k1, -2, 2.5)), "where(isnan(k1), 0, "
                                                                 "clip(k1, -2, 2.5))"),
    (lambda: k.min(k.k1, k.k2, 1e-9) * np.float64(2), "min(k1, k2, 1e-09) * 2.0"),
    (lambda: k.k1(window=64) * k.regime(step=200).hurst, "k1(window=64) * regime(step=200).hurst"),
    (lambda: k.trade.price * k.trade.qty - k.quote.bid, "trade.price * trade.qty - quote.bid")])
def test_operators_print_as_the_formula_that_they_are(made, text):
    formula = made()
    assert repr(formula) == str(formula) == text
    named = formula.named("x")
    assert str(named) == f"x = {text}" and named.named("y") == formula.named("y") != formula
    assert Config(kernels=[named]).hash == Config(kernels=f"zed = ({text})").hash
    assert Engine(kernels=[named]).outputs.names == ("x",)


def test_formulas_are_inputs_and_decisions():
    signal = 0.5 * k.k1(window=64, name="fast") - k.k3
    mine = k.alpha(signal=signal, gate=(k.k3 < 0.6) & (k.k4 > -1), size=1, name="mine")
    assert str(mine) == ("mine = alpha(signal=0.5 * k1(window=64) - k3, "
                         "gate=k3 < 0.6 and k4 > -1, size=1)")
    frame = Engine(kernels=[k.chain, mine]).run(*COLUMNS)
    text = Engine(kernels=f"chain; {mine}").run(*COLUMNS)
    assert frame["mine"].tobytes() == text["mine"].tobytes()
    hurst = k.regime(step=200).hurst.named("h")
    assert str(hurst) == "h = regime(step=200).hurst" and hurst.run(*COLUMNS).columns[0] == "h"


def test_a_formula_runs_alone():
    formula = 0.5 * k.k1(window=64) - k.trade.price
    frame, stream = formula.run(*COLUMNS), formula.named("x").stream()
    rows = [stream.update(*row) for row in zip(*(c.tolist() for c in COLUMNS), strict=True)]
    np.testing.assert_array_equal(frame["formula"], rows)
    quotes = (k.quote.bid + k.quote.ask).stream()
    assert quotes.update(1_700_000_000_000_000_000, 99.0, 1.0, 101.0, 1.0) == 200.0


def test_what_is_no_number_of_a_formula_is_refused():
    for asks in (lambda: k.k1 < k.k2 < k.k3, lambda: min(k.k1, k.k2), lambda: not k.k1 - k.k2,
                 lambda: k.k1 < 1 and k.k2 < 1):
        with pytest.raises(TypeError, match="Write &, . and ~ for and, or and not"):
            asks()
    for value in (True, "k1", None, float("nan"), float("inf"), [1], 1j):
        with pytest.raises(ConfigError, match="a formula is of kernels and finite numbers"):
            k.k1 + value
    with pytest.raises(ConfigError, match="a formula wants a name"):
        Engine(kernels=[k.k1 + 1])
    with pytest.raises(AttributeError, match="trade has no column 'prize'; there are price, qty"):
        _ = k.trade.prize
    with pytest.raises(TypeError):
        _ = k.k1 ** 2
    assert (k.k1 == k.k1) is True and (k.k1 == k.k2) is False and len({k.k1, k.k1 + 0, k.k1}) == 2


def test_every_function_and_column_has_an_object():
    for name in FUNCTIONS:
        assert name in dir(k) and getattr(k, name).__doc__
    for clock in ("trade", "quote"):
        with pytest.raises(ConfigError) as error:
            Engine(kernels=f"x = {clock}.nothing")
        known = str(error.value).splitlines()[0].partition("there are: ")[2].split()
        assert known == [f"{clock}.{column}" for column in getattr(k, clock)._columns]


def test_objects_and_text_select_the_same():
    fast = k.signal(k1=k.k1(window=64), name="fast")
    objects = Engine(kernels=[k.chain, fast, "impact"])
    text = Engine(kernels=f"chain; {fast}; impact")
    assert objects.config.hash == text.config.hash
    assert objects.outputs.names == text.outputs.names
    assert objects.run(*COLUMNS)["fast"].tobytes() == text.run(*COLUMNS)["fast"].tobytes()
    assert fast == k.signal(k1=k.k1(window=64), name="fast") != k.signal(name="fast")


def test_one_runs_alone_in_columns_and_event_by_event():
    node = k.regime(step=200)
    frame, stream = node.run(*COLUMNS), node.stream()
    rows = [stream.update(*row) for row in zip(*(c.tolist() for c in COLUMNS), strict=True)]
    for at, name in enumerate(node.outputs):
        np.testing.assert_array_equal(frame[name], [row[at] for row in rows], name)
    quotes = k.mid_spread.stream()
    assert quotes.update(1_700_000_000_000_000_000, 99.0, 1.0, 101.0, 1.0)[0] == 100.0


def test_what_cannot_be_is_refused():
    with pytest.raises(AttributeError, match="no kernel 'signals'; did you mean signal"):
        _ = k.signals
    with pytest.raises(ConfigError, match="has no parameter and no input windw; there are window"):
        k.k1(windw=3)
    with pytest.raises(ConfigError, match="mid_spread has no parameter.* window; it has none"):
        k.mid_spread(window=3)
    with pytest.raises(ConfigError, match="an input is a kernel"):
        k.signal([2.0])
    with pytest.raises(ConfigError, match="a parameter is a number"):
        k.k1(window=[3])
    with pytest.raises(AttributeError, match="regime has no output 'hurts'; there are hurst"):
        _ = k.regime.hurts
    with pytest.raises(ConfigError, match="select regime to have it written"):
        Engine(kernels=[k.regime.hurst])
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(k.k1)
