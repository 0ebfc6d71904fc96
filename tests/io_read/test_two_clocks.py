"""How far the receiver's clock is behind the exchange's, as inspect tells it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng import inspect

START = 1_700_000_000_000_000_000


def write(path, behind):
    rows = [f"{START + i * 10**9},{START + i * 10**9 + ns},100,1,buy\n"
            for i, ns in enumerate(behind)]
    path.write_text("ts_event,ts_recv,price,qty,side\n" + "".join(rows))
    return path


@settings(max_examples=20, deadline=None)
@given(behind=st.lists(st.integers(-10**9, 10**9), min_size=1, max_size=9).filter(any))
def test_the_least_the_most_and_those_received_before_their_event(tmp_path_factory, behind):
    path = write(tmp_path_factory.mktemp("x") / "t.csv", behind)
    told = inspect(path)["received_after_s"]
    assert told == {"least": min(behind) / 1e9, "most": max(behind) / 1e9,
                    "before_event": int(np.sum(np.array(behind) < 0))}


@pytest.mark.parametrize("clock", ["event", "recv"])
def test_nothing_is_told_of_one_clock(tmp_path, clock):
    path = write(tmp_path / "t.csv", [5, 7])
    assert ("received_after_s" in inspect(path, clock=clock)) == (clock == "event")
    (tmp_path / "one.csv").write_text(f"ts,price,qty,side\n{START},100,1,buy\n")
    assert "received_after_s" not in inspect(tmp_path / "one.csv")
