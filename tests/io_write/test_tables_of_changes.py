"""Changes of books as tables, one row per level, and back."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.io_write.test_conversion import START, TABLES, batch, events, write

import tickeng
from tickeng import DataError
from tickeng.files.batch import NO_ID, EventBatch

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@st.composite
def messages(draw):
    """Messages of depth feeds: few or many levels, all of one side or of both, with any numbers or
    none, at times and prices that repeat, of one symbol or two in turn."""
    count = draw(st.integers(1, 12))
    numbered = draw(st.sampled_from(["none", "last", "all"]))
    sides = draw(st.sampled_from([(3, 0), (0, 3), (3, 3)]))
    found, numbers, price, qty, ts_ns = [], [], [], [], START
    for at in range(count):
        counts = [draw(st.integers(0, most)) for most in sides]
        if not sum(counts):
            counts[int(not sides[0])] = 1
        ts_ns += draw(st.sampled_from([0, 0, 1, 10**6]))
        step = [at * 3, at * 3 + draw(st.integers(0, 2)), at * 3 - 1]
        told = {"none": (), "last": (1,), "all": (0, 1, 2)}[numbered]
        numbers.append([step[i] if i in told else NO_ID for i in range(3)])
        found.append([ts_ns, draw(st.booleans()), *counts])
        for _ in range(sum(counts)):
            price.append(draw(st.floats(1e-9, 1e9) | st.sampled_from([0.1, 1e-7, 2.0**33 + 0.1])))
            qty.append(draw(st.floats(0, 1e9) | st.just(0.0)))
    table, told = np.array(found, np.int64), np.array(numbers, np.int64)
    values = {"ts_ns": table[:, 0], "snapshot": table[:, 1], "bids": table[:, 2],
              "asks": table[:, 3], "price": np.array(price), "qty": np.array(qty),
              **{name: told[:, i] for i, name in enumerate(("first", "last", "previous"))}}
    symbols = draw(st.sampled_from([["AB"], ["C,D", "'=E"]]))
    codes = None if len(symbols) == 1 else np.arange(count, dtype=np.uint32) % 2
    part = EventBatch.of("delta", values, symbols, codes)
    if draw(st.booleans()):
        part.recv_ns = part.ts_ns + 5
    return part


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(part=messages(), form=st.sampled_from(TABLES))
def test_changes_of_books_come_back_message_by_message(tmp_path, part, form):
    for old in tmp_path.iterdir():
        old.unlink()
    path = write(tmp_path / "a.zst", part)
    tickeng.convert(path, tmp_path / f"o.{form}")
    assert events(tmp_path / f"o.{form}") == events(path)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_message_without_levels_is_in_no_table(tmp_path, form):
    part = batch("delta", np.random.default_rng(4), 50)
    empty = int(np.argmin(part.values["bids"] + part.values["asks"])) + 1
    path = write(tmp_path / "a.zst", part)
    with pytest.raises(DataError, match=f"message {empty} has no level.*takes messages") as said:
        tickeng.convert(path, tmp_path / f"o.{form}")
    other = str(said.value).split('out="')[1].split('"')[0]
    assert tickeng.convert(path, other)["rows"] == 50


def test_messages_of_several_files_are_numbered_through(tmp_path):
    rng = np.random.default_rng(5)
    paths = [write(tmp_path / f"{name}.zst", batch("delta", rng, 40, fewest=1))
             for name in ("a", "b")]
    tickeng.convert(paths, tmp_path / "own.zst")
    tickeng.convert(paths, tmp_path / "o.parquet")
    assert events(tmp_path / "o.parquet") == events(tmp_path / "own.zst")
