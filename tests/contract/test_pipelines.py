"""A pipeline's text: the same kernel several times, names, inputs, order, sharing and settings.

A node's bits do not depend on what it is called, on where it stands or on what stands beside it.
"""

import itertools

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tickeng import Config, ConfigError, Engine, StateError

STREAM = golden_stream()
SMALL = "window=64"


def outputs(kernels: str, settings=None, **more) -> dict[str, bytes]:
    s = STREAM
    frame = Engine(settings, kernels=kernels, **more).run(s.ts_ns, s.price, s.qty, s.side)
    return {name: frame[name].tobytes() for name in frame.columns if name != "status"}


def test_instances_are_what_each_is_alone():
    together = outputs(f"a = k1({SMALL}); b = k1(window=128, flow_window=8)\nk1\nc = impact")
    assert list(together) == ["a", "b", "k1", "c"]
    for name, text in (("a", f"k1({SMALL})"), ("b", "k1(window=128, flow_window=8)"), ("k1", "k1"),
                       ("c", "impact")):
        assert list(outputs(text).values()) == [together[name]], name
    assert len(set(together.values())) == 4


def test_equal_nodes_of_two_warm_ups_are_two():
    text = f"k1({SMALL}, warmup=expanding)"
    together = outputs(f"a = k1({SMALL}); b = {text}; c = k1({SMALL})")
    assert together["a"] == together["c"] != together["b"]
    assert [together["b"]] == list(outputs(text).values())


def test_order_names_and_what_stands_beside_change_no_bit():
    text = [f"k1({SMALL})", "regime(step=200)", f"liq = k4({SMALL}, norm_window=50)", "toxicity"]
    first = outputs("; ".join(text))
    turned = outputs("\n".join(text[::-1]))
    assert list(turned) != list(first)
    assert turned == first
    beside = outputs("chain; " + text[2])
    chain = outputs("chain")
    assert beside.pop("liq") == first["liq"]
    assert beside == chain and list(beside) == list(chain)


def test_what_is_only_read_is_not_written():
    assert list(outputs("signal")) == ["signal"]
    assert list(outputs("ready")) == ["ready"]


def test_inputs_are_bound_by_name_or_position():
    base = f"q = k1({SMALL}); "
    by_name = outputs(base + "s = signal(k1=q)")
    assert by_name == outputs(base + "s = signal(q, k2)")
    assert by_name["s"] != outputs("signal")["signal"]
    assert outputs("r = signal(k1=k1)")["r"] == outputs("signal")["signal"]
    assert outputs(base + "s = size(k3=q)")["s"] != outputs("size")["size"]


def test_an_output_of_several_is_named():
    assert list(outputs("m = regime(step=200); g = signal(k1=m.hurst)")) == [
        "m_hurst", "m_efficiency", "g"]
    with pytest.raises(ConfigError, match=r"m is no output; there are: m\.hurst m\.efficiency"):
        outputs("m = regime(step=200); g = signal(k1=m)")


def test_a_node_is_told_before_its_kernel_and_its_text():
    text = "a = k1(window=64); b = k1"
    want = outputs("a = k1(window=32); b = k1(window=96)")
    assert outputs(text, {"a.window": 32, "k1.window": 96}) == want
    merged = Config({"k1.window": 96}).merged({"a.window": "32"}).merged({"kernels": text})
    assert merged["a.window"] == 32
    assert outputs(text, merged.to_dict()) == want
    assert outputs("a = k1; b = k1", {"b.window": 32}) == {
        "a": outputs("k1")["k1"], "b": outputs("k1(window=32)")["k1"]}
    for settings, word in (({"c.window": 1}, "no node is called c"),
                           ({"a.step": 5}, "k1 has no step"), ({"a.window": 0}, "a.window = 0")):
        with pytest.raises(ConfigError, match=word):
            outputs(text, settings)


@pytest.mark.parametrize(("reader", "others", "plain"), [
    ("g = signal(k1=efficiency)", ["regime(step=200)", "efficiency(window=50)"],
     "g = signal(k1=regime.efficiency); regime(step=200)"),
    ("g = signal(k1=ofi)", ["trade_flow(window=8)"],
     "g = signal(k1=trade_flow); trade_flow(window=8)"),
])
def test_a_name_means_the_same_wherever_statements_stand(reader, others, plain):
    """An output before a kernel of that name; an alias as the kernel's own name."""
    want = outputs(plain)["g"]
    for order in itertools.permutations([reader, *others]):
        assert outputs("; ".join(order))["g"] == want, order


@pytest.mark.parametrize(("text", "word"), [
    ("k1 = k2", "k1 is a kernel's name"),
    ("chain = k1", "chain is a preset's name"),
    ("a = k1; a = k2", "output a of kernel a has the name"),
    ("k1; k1", "output k1"),
    ("price = k1", "column that every row has"),
    ("a = signal(k1=b); b = signal(k1=a)", "a node reads itself: a -> b -> a"),
    ("a = signal(k1=a)", "a node reads itself: a -> a"),
    ("a = signal(k1=nothing)", "no kernel is called 'nothing'"),
    ("a = k1(windows=3)", "k1 has no parameter and no input windows; there are: flow_window"),
    ("a = k1(window=3.0)", "window is an integer"),
    ("a = k1(mode=odd)", "mode is one of spec|engine"),
    ("a = gate(leader_required=1)", "leader_required is true or false"),
    ("a = signal(k1)", "signal reads 2 outputs, here are 1"),
    ("a = k7", "no kernel is called 'k7'"),
    ("K1", "names are lower case: k1"),
    ("", "no kernel is selected"),
])
def test_a_text_that_cannot_be_is_refused(text, word):
    with pytest.raises(ConfigError) as error:
        Engine(kernels=text)
    assert word in str(error.value)


def test_a_duration_is_seconds_where_they_are_meant():
    assert Config(kernels="g = gate(leader_max_age=1500ms)").hash == Config(
        kernels="g = gate(leader_max_age=1.5)").hash


def test_the_hash_is_of_what_is_computed():
    def digest(kernels: str, settings=None) -> str:
        return Config(settings, kernels=kernels).hash

    assert digest("a = k1(window=64); k2") == digest("k2, b = k1(window=64)  # a comment")
    assert digest("a = k1(window=64)") == digest("a = k1", {"a.window": 64})
    assert digest("a = k1(window=64)") != digest("a = k1(window=65)")
    assert digest("s = signal(k1=k3)") != digest("s = signal(k1=k4)")
    assert digest("k2,k1") == digest("k1, k2")
    assert digest("a = k1; b = k1") == digest("k1") != digest("k1", {"k1.window": 64})
    assert digest("a = k1; chain") == digest("chain")
    assert digest("a = k1(window=64); chain") != digest("chain")


def test_a_state_continues_under_its_own_text_only():
    s, half = STREAM, len(STREAM.price) // 2
    text = f"a = k1({SMALL}); chain; t = toxicity"
    engine, whole = Engine(kernels=text), outputs(text)
    engine.run(s.ts_ns[:half], s.price[:half], s.qty[:half], s.side[:half])
    again = Engine.from_state(engine.state())
    rest = again.run(s.ts_ns[half:], s.price[half:], s.qty[half:], s.side[half:])
    for name, column in whole.items():
        assert rest[name].tobytes() == column[-rest[name].nbytes:], name
    with pytest.raises(StateError):
        Engine.from_state(engine.state(), kernels=text.replace("64", "65"))


def test_a_node_stands_in_decision_and_health():
    s = STREAM
    engine = Engine(kernels=f"a = k1({SMALL}); flag = ready")
    engine.run(s.ts_ns, s.price, s.qty, s.side)
    decision = engine.on_tick(int(s.ts_ns[-1]) + 1, 100.0, 1.0, 1)
    assert isinstance(decision.a, float) and np.isfinite(decision.a)
    assert decision.flag in (0, 1) and isinstance(decision.flag, int)
    assert "a" in engine.health and set(decision.to_dict()) == {"a", "flag", "status"}


def test_an_input_may_be_a_call():
    by_name = outputs(f"q = k1({SMALL}); s = signal(k1=q)")
    inside = outputs(f"s = signal(k1=k1({SMALL}))")
    assert inside == {"s": by_name["s"]}
    hurst = outputs("m = regime(step=200); g = signal(k1=m.hurst)")["g"]
    assert outputs("g = signal(k1=regime(step=200).hurst)") == {"g": hurst}
    assert outputs(f"g = signal(k1=size(k3=k1({SMALL})), k2=k2())")["g"] == outputs(
        f"q = k1({SMALL}); w = size(k3=q); g = signal(k1=w)")["g"]
    nodes = Config({"kernels": f"q = k1({SMALL}); s = signal(k1=k1({SMALL}))"}).nodes()
    assert [node["kernel"] for node in nodes].count("k1") == 1


def test_a_node_inside_another_is_found_in_a_state():
    s = STREAM
    text = f"s = signal(k1=k1({SMALL}))"
    engine = Engine(kernels=text)
    engine.run(s.ts_ns[:500], s.price[:500], s.qty[:500], s.side[:500])
    resumed = Engine.from_state(engine.state())
    rest = [e.run(s.ts_ns[500:], s.price[500:], s.qty[500:], s.side[500:])["s"].tobytes()
            for e in (engine, resumed)]
    assert rest[0] == rest[1]


def test_an_output_goes_before_a_kernel_of_its_name_and_a_call_is_of_a_kernel():
    """`efficiency` and `hurst` are outputs of regime, and kernels."""
    told = {"regime.step": 200, "hurst.window": 50, "efficiency.window": 50}
    plain = outputs("regime; hurst; efficiency", told)
    assert outputs("a = efficiency; b = hurst", told) == {
        "a": plain["efficiency"], "b": plain["hurst"]}
    assert outputs("a = efficiency(); b = hurst()", told) == {
        "a_efficiency_signed": plain["efficiency_signed"],
        "a_efficiency_unsigned": plain["efficiency_unsigned"], "b": plain["hurst_continuous"]}
    assert list(outputs("g = gate; h = gate()")) == ["g", "h_gate", "h_reason"]
    inside = outputs("a = 1*hurst(); b = 1*hurst; s = signal(k1=hurst())", told)
    assert (inside["a"], inside["b"]) == (plain["hurst_continuous"], plain["hurst"])
    assert inside["s"] == outputs("s = signal(k1=hurst.hurst_continuous)", told)["s"]
