"""The short form of `python -m tests.graphs.clocks`."""

import re

import numpy as np
import pytest

from tests.graphs import clocks

pytestmark = pytest.mark.filterwarnings("ignore::tickeng.NotAcceptedWarning")


def test_random_pipelines_on_several_clocks_have_the_same_bits_in_every_way():
    wrong = [what for seed in range(1, 41) for what in clocks.wrong(seed)]
    assert not wrong, "\n".join(wrong)


def test_what_is_drawn_covers_the_language():
    texts = [clocks.random_case(seed) for seed in range(400)]
    said = "\n".join(case.text for case in texts)
    reading = [spec["name"] for spec in clocks._SPECS.values() if spec["outputs"]]
    built = ("tick_bars", "time_bars", "timer", "volume_bars", "renko_bars", "dollar_bars")
    for name in [*(n for n in reading if n not in built), *built[:-1]]:
        assert f"= {name}(" in said, name
    assert all(f"on={clock}" in said for clock in clocks.CLOCKS.values())
    for clock in ("timer", "trade_grid"):
        on_it = re.compile(rf"(n\d) = {clock}\(.*\n(.*\n)*n\d = z\(.*on=\1\)")
        assert any(on_it.search(case.text) for case in texts), clock
    fed = [case.given for case in texts[:40]]
    assert any(not len(given["quote"]["ts_ns"]) for given in fed)
    assert any(len(given["quote"]["ts_ns"]) for given in fed)
    assert any(np.nanmax(given["trade"]["qty"], initial=0) > 1e11 for given in fed)
