"""Kernels as objects: they print as their statement, and that is what is computed."""

from datetime import timedelta

import numpy as np
import pytest

from tests.golden.lcg import golden_stream
from tickeng import Config, ConfigError, Engine, catalogue
from tickeng import kernels as k

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
    node = getattr(k, name)(**{spec["name"]: spec["default"]})
    nodes = Config({"kernels": [node]}).nodes()
    assert nodes[-1]["computes"] == Config({"kernels": name}).nodes()[-1]["computes"], str(node)


@pytest.mark.parametrize(("node", "text"), [
    (k.k1(window=64), "k1(window=64)"),
    (k.k1(window=64, name="fast"), "fast = k1(window=64)"),
    (k.gate(leader_required=True, mode="engine"), "gate(leader_required=true, mode=engine)"),
    (k.signal(k.k1, k.k2(window=9), clip=1.5, name="s"), "s = signal(k1, k2(window=9), clip=1.5)"),
    (k.signal(k1=k.regime(step=200).hurst), "signal(k1=regime(step=200).hurst)"),
    (k.signal(leader_max_age=timedelta(seconds=2)), "signal(leader_max_age=2000000us)"),
    (k.signal(k1="vpin"), "signal(k1=vpin)"), (k.chain, "chain")])
def test_an_object_prints_as_its_statement(node, text):
    assert str(node) == text and repr(node) == text


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
        k.signal(2.0)
    with pytest.raises(ConfigError, match="a parameter is a number"):
        k.k1(window=[3])
    with pytest.raises(AttributeError, match="regime has no output 'hurts'; there are hurst"):
        _ = k.regime.hurts
    with pytest.raises(ConfigError, match="select regime to have it written"):
        Engine(kernels=[k.regime.hurst])
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(k.k1)
