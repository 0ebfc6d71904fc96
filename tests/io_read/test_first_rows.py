"""The short ways through the first rows say what the long ones do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng.sources import dialect, reading, table_columns

_LINES = st.lists(st.lists(st.sampled_from(["", "1", "a b", " 2", '"q"', "\t"]), min_size=1,
                           max_size=4).map(",".join), max_size=6)


@given(_LINES, st.integers(1, 4))
def test_columns_are_those_of_the_rows(lines: list[str], width: int) -> None:
    rows = [row for row in dialect._rows(lines, ",", width) if len(row) == width]
    columns = dialect._columns(lines, ",", width)
    assert [list(cells) for cells in columns] == [[row[at] for row in rows]
                                                  for at in range(width)]


def test_plain_lines_are_split_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "_rows", None)
    assert dialect._columns(["1,2", "3,4"], ",", 2) == [["1", "3"], ["2", "4"]]


@pytest.mark.parametrize(("cells", "whole"), [
    (["1", "-2"], True), (["9" * 18], True), (["9223372036854775807"], True),
    (["9223372036854775808"], False), (["12", ""], False), (["1", "a"], False), ([], True),
    (["\u0661"], False), (["-"], False), (["1.0"], False),
])
def test_integers(cells: list[str], whole: bool) -> None:
    assert reading._integers(cells) is whole


@pytest.mark.parametrize("array", [
    pa.array([1.5, None, float("nan"), 1e300]), pa.array([1.1, None], pa.float32()),
    pa.array([2**63 - 1, None, -(2**53) - 1]), pa.array([2**64 - 1], pa.uint64()),
    pa.array([3, None], pa.int8()).dictionary_encode(),
])
def test_numbers_of_a_table_are_those_of_its_cells(array: pa.Array) -> None:
    batch = pa.record_batch([array], names=["a"])
    sample = table_columns.sample_of(batch)
    by_cells = np.array([float(cell) if cell else np.nan for cell in sample.cells(0)])
    assert sample.columns[0].load_reals is not None
    np.testing.assert_array_equal(sample.reals(0), by_cells)
    np.testing.assert_array_equal(sample.only([True] + [False] * (len(array) - 1)).reals(0),
                                  by_cells[:1])
