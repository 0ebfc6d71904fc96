"""What the values of a side column mean: known, said with sides=, or refused; never guessed."""

import numpy as np
import pandas as pd
import pytest

from tickeng import ConfigError, DataError, Engine, ParallelEngine
from tickeng._engine.arrays import side_column

NAN = float("nan")
SIDES = [1, -1, -1, 1]


@pytest.mark.parametrize("values", [
    SIDES, [1.0, -1.0, -1.0, 1.0], np.array(SIDES, np.int8), np.array(SIDES, object),
    ["buy", "sell", "sell", "buy"], ["BUY", "Sell", "sell", "Buy"],
    np.array([b"buy", b"sell", b"sell", b"buy"]), pd.Series(["buy", "sell", "sell", "buy"]),
    pd.Categorical(["buy", "sell", "sell", "buy"])])
def test_what_is_known_is_read(values):
    assert side_column(values).tolist() == SIDES


@pytest.mark.parametrize(("values", "sides"), [
    ([True, False, False, True], {"buy": True, "sell": False}),
    (np.array([True, False, False, True], object), {"buy": [True], "sell": [False]}),
    ([2, 1, 1, 2], {"buy": 2, "sell": 1}), ([2.0, 1, 1, 2], {"buy": 2, "sell": 1}),
    (np.array([2, 1, 1, 2], np.uint8), {"buy": 2.0, "sell": [1, -1]}),
    (["A", "B", "b", "A"], {"buy": "A", "sell": ["B", "b"]}),
    ([0, 1, 1, 0], {"buy": 0, "sell": 1}),
    (pd.Series([1, 0, 0, 1], dtype="Int64"), {"buy": 1, "sell": 0})])
def test_what_is_said_is_read(values, sides):
    assert side_column(values, sides).tolist() == SIDES


@pytest.mark.parametrize(("values", "unknown"), [
    ([1, -1, NAN, 1], NAN), ([1, -1, NAN, 1], [0, None]), ([1, -1, None, 1], NAN),
    ([1, -1, 9, 1], "*"), ([1, -1, 9, 1], [9, 8])])
def test_unknown_is_said_too(values, unknown):
    sides = {"buy": 1, "sell": -1, "unknown": unknown}
    assert side_column(values, sides).tolist() == [1, -1, 0, 1]


@pytest.mark.parametrize(("values", "words"), [
    ([True, False], r"np\.where\(is_buy, 1, -1\)"), ([True, False], 'sides={"buy": True'),
    (np.array([True, 1], object), "bools beside"), (["A", "B"], "'A', 'B'.*sides="),
    (["buy", "none"], "none"), (["buy", None], "sides="), ([1.0, NAN], "row 1 is NaN.*sides="),
    ([1, None], "row 1 is NaN"), (["buy", 1], "words|both"), ([[1], [2]], "one-dimensional"),
    (np.arange(1_000) % 2, "never -1"), (None, "one-dimensional")])
def test_what_may_mean_two_things_is_refused(values, words):
    for build in (list, np.array, lambda v: np.array(v, object)) if isinstance(values, list) else (
            lambda v: v,):
        with pytest.raises(DataError, match=words):
            side_column(build(values))


@pytest.mark.parametrize(("values", "sides"), [
    ([True, False], {"buy": 1, "sell": 0}), ([1, 0], {"buy": True, "sell": False}),
    (["1", "0"], {"buy": 1, "sell": 0}), ([1, 0], {"buy": "1", "sell": "0"}),
    (["Buy", "sell"], {"buy": "buy", "sell": "sell"}), ([1, 2, 3], {"buy": 1, "sell": 2}),
    ([1, NAN], {"buy": 1, "sell": -1})])
def test_values_are_exact_and_a_bool_is_no_number(values, sides):
    with pytest.raises(DataError, match="sides does not name"):
        side_column(values, sides)


@pytest.mark.parametrize("sides", [
    {"buy": 1}, {"sell": 1}, {"buy": 1, "sell": 1}, {"buy": 1, "sell": 1.0},
    {"buy": 1, "sell": 2, "none": 3}, {"buy": "*", "sell": 1}, [1, 2], {"buy": [1, 1], "sell": 2},
    {"buy": NAN, "sell": None}])
def test_a_saying_that_contradicts_itself_is_refused(sides):
    with pytest.raises(ConfigError, match="sides|\"\\*\""):
        side_column([1, 2], sides)


def test_the_remedies_that_are_named_work():
    ts, ones = 10**18 + np.arange(2), np.ones(2)
    want = Engine().run(ts, ones, ones, [1, -1])
    is_buy = np.array([True, False])
    for frame in (Engine().run(ts, ones, ones, is_buy, sides={"buy": True, "sell": False}),
                  Engine().run(ts, ones, ones, np.where(is_buy, 1, -1))):
        assert all(frame[name].tobytes() == want[name].tobytes() for name in want)
    zeros = np.arange(2_000) % 2
    assert set(side_column(zeros, {"buy": 1, "sell": 0}).tolist()) == {1, -1}
    assert set(side_column(zeros, {"buy": 1, "sell": -1, "unknown": 0}).tolist()) == {1, 0}
    assert side_column([1, NAN], {"buy": 1, "sell": -1, "unknown": [0, NAN]}).tolist() == [1, 0]


def test_one_tick_has_no_bool_for_a_side():
    with ParallelEngine(workers=1) as many:
        for call in (lambda: Engine().on_tick(10**18, 1.0, 1.0, False),
                     lambda: many.submit(10**18, 1.0, 1.0, True),
                     lambda: many.submit_batch([10**18], [1.0], [1.0], [True])):
            with pytest.raises(DataError, match="side"):
                call()


def test_a_column_of_ids_holds_integers():
    rows = (10**18 + np.arange(2), np.ones(2), np.ones(2), [1, -1])
    for ids in ([1.0, 2.0], ["a", "b"], np.array([1, 1 << 63], np.uint64)):
        with pytest.raises(DataError, match="id holds|id must hold"):
            Engine().run(*rows, id=ids)


def test_what_is_said_is_taken_by_parallel_engines_too():
    rows = 1_000
    ts, ones = 1_700_000_000_000_000_000 + np.arange(rows), np.ones(rows)
    is_buy = np.arange(rows) % 2
    with ParallelEngine(kernels="base", workers=1) as engine:
        with pytest.raises(DataError, match=r'say sides=\{"buy": 1, "sell": 0\}'):
            engine.submit_batch(ts, ones, ones, is_buy)
        engine.submit_batch(ts, ones, ones, is_buy, sides={"buy": 1, "sell": 0})
        engine.flush()
        got = engine.poll()["signed_qty"]
    assert got.tolist() == [1.0 if buy else -1.0 for buy in is_buy]
