"""The short ways through the first rows say what the long ones do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng._native import io as _io
from tickeng.files.sources import dialect, table_columns
from tickeng.files.sources import sample as sample_
from tickeng.files.sources.layout import Clock
from tickeng.files.sources.lines import LINES_LOOKED_AT, Lines
from tickeng.files.sources.options import Options

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
    assert sample_.all_integers(cells) is whole


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


_CELLS = st.sampled_from([
    "", " ", "1", "-2", " 3.50\x1f", "a b", "1_000", "nan", "1e400", "+1", ".5", "1e", "-", "inf",
    "0x1", "9223372036854775807", "9223372036854775808", "00000000000000000000001",
    "1750507467356", "2024-02-14T01:02:03Z"])


@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=30),
       st.sampled_from(["\n", "\r\n", "\n\n", "\n \t\n"]), st.booleans(), st.integers(0, 40))
def test_columns_of_bytes_say_what_cells_say(rows: list[tuple[str, str]], end: str, whole: bool,
                                             more: int) -> None:
    head = "".join(f"{a},{b}{end}" for a, b in [("a", "b")] * LINES_LOOKED_AT + rows)
    lines = Lines(head.removesuffix(end).encode(), LINES_LOOKED_AT + more, whole=whole)
    assert lines.plain
    columns = lines.columns(lines.ends[0], ",", 2)
    assert columns is not None
    cells = dialect._columns(lines.all[1:], ",", 2)
    ours = sample_.of_cells(["a", "b"], columns)
    theirs = sample_.of_cells(["a", "b"], cells)
    assert ours.rows == theirs.rows
    for i in (0, 1):
        assert ours.cells(i) == theirs.cells(i)
        assert ours.values(i) == theirs.values(i)
        assert ours.integers(i) == theirs.integers(i)
        np.testing.assert_array_equal(ours.reals(i), theirs.reals(i))
        for count in (0, 1, LINES_LOOKED_AT + 3):
            assert ours.first(i, count) == theirs.first(i, count)
            assert ours.filled(i, count) == theirs.filled(i, count)
        for unit in ("auto", "iso"):
            clock = Clock(unit)
            for a, b in zip(ours.times(i, _io.TimeField(clock)),
                            theirs.times(i, _io.TimeField(clock)), strict=True):
                np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("row", ['"1",2', "#1,2", "1,\u0661", "1", "1,2,3", "1,2,"])
def test_what_is_not_plain_is_no_columns_of_bytes(row: str) -> None:
    head = "a,b\n" + "1,2\n" * LINES_LOOKED_AT + f"{row}\n"
    lines = Lines(head.encode(), 1_000, whole=True)
    assert not lines.plain or lines.columns(4, ",", 2) is None


def test_plain_lines_are_not_split_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialect, "_columns", None)
    head = b"a,b\n" + b"1,2\n" * 2 * LINES_LOOKED_AT
    found = dialect.study(Lines(head, 1_000, whole=True), Options())
    assert found.names == ["a", "b"]
    assert [len(cells) for cells in found.columns] == [2 * LINES_LOOKED_AT] * 2
