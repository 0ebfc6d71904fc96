"""What hftbacktest's own converter made of a recording is the recording."""

from pathlib import Path

import numpy as np
import pytest

import tickeng

FOLDER = Path(__file__).parent / "hftbacktest"
RAW, ARRAY = FOLDER / "btcusdt_20240808.gz", FOLDER / "btcusdt_20240808.npz"
FLAGS = {"event": 1 << 31, "recv": 1 << 30}


@pytest.fixture(scope="module")
def array():
    return np.load(ARRAY, allow_pickle=False)["data"]


def counted(array, clock, *kinds):
    return array[(array["ev"] & np.uint64(FLAGS[clock]) != 0)
                 & np.isin(array["ev"] & np.uint64(255), kinds)]


@pytest.mark.parametrize("clock", ["event", "recv"])
@pytest.mark.parametrize(("kind", "kinds"), [("trade", [2]), ("book", [1, 4])])
def test_field_by_field(array, clock, kind, kinds):
    table, want = tickeng.read(ARRAY, kind=kind, clock=clock), counted(array, clock, *kinds)
    assert len(table) == len(want) > 100
    sides = np.where(want["ev"] & np.uint64(1 << 29), 1, -1)
    times = ("exch_ts", "local_ts") if clock == "event" else ("local_ts", "exch_ts")
    other = "recv_ns" if clock == "event" else "event_ns"
    for name, column in (("ts_ns", want[times[0]]), ("price", want["px"]), ("qty", want["qty"]),
                         ("side", sides), (other, want[times[1]])):
        if name in table:
            np.testing.assert_array_equal(table[name], column, err_msg=name)
    if kind == "book":
        np.testing.assert_array_equal(table["snapshot"] != 0,
                                      want["ev"] & np.uint64(255) == 4)


def test_the_trades_of_the_recording():
    raw, table = (tickeng.read(path, kind="trade") for path in (RAW, ARRAY))
    for name in ("ts_ns", "price", "qty", "side"):
        np.testing.assert_array_equal(raw[name], table[name], err_msg=name)
    # The converter moves all local times by one amount, in floats.
    assert np.ptp(table["recv_ns"] - raw["recv_ns"]) <= 512


def test_the_changes_of_the_recording():
    raw, table = (tickeng.read(path, kind="book") for path in (RAW, ARRAY))
    found = [sorted((int(ts), side, price, qty, bool(snapshot)) for ts, side, price, qty, snapshot
                    in zip(*(t[name].tolist() for name in ("ts_ns", "side", "price", "qty",
                                                           "snapshot")), strict=True))
             for t in (raw, table)]
    changes = [[level for level in levels if not level[4]] for levels in found]
    assert changes[0] == changes[1]
    snapshots = [[level[1:] for level in levels if level[4]] for levels in found]
    assert snapshots[0] == snapshots[1]
