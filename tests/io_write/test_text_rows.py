"""Text rows: every value reads back as it was, by parsers that are not ours."""

import csv
import io
import json
import math
import re
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickeng._native.codec import TextFormatter
from tickeng.errors import DataError

NAMES = ["x", "n", "s", "=t"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    st.sampled_from("'=+-@\t\rA1._/:( "), max_size=6)
ROWS = st.lists(
    st.tuples(st.floats(), st.integers(-(2**63), 2**63 - 1), st.sampled_from([-1, 0, 1])),
    min_size=1,
    max_size=30,
)


def formatted(form, rows, names):
    codes = (np.arange(len(rows)) % len(names)).astype(np.uint32)
    columns = [
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], np.int8),
        (codes, names),
    ]
    formatter = TextFormatter(form, NAMES)
    return (formatter.header() + formatter.rows(columns)).decode()


def bits(value):
    return struct.pack("<d", value)


@given(ROWS, st.lists(TEXT, min_size=1, max_size=3))
def test_csv_reads_back(rows, names):
    text = formatted("csv", rows, names)
    header, *found = csv.reader(io.StringIO(text, newline=""))
    assert [unguarded(name) for name in header] == NAMES
    assert len(found) == len(rows)
    for i, (cells, (x, n, s)) in enumerate(zip(found, rows, strict=True)):
        assert cells[0] == "" if math.isnan(x) else bits(float(cells[0])) == bits(x)
        assert (int(cells[1]), int(cells[2])) == (n, s)
        assert not runs(cells[3])
        assert unguarded(cells[3]) == names[i % len(names)]


def runs(text):
    """Whether a spreadsheet takes the cell for a formula."""
    return re.match(r"[=\t\r]|[+\-@].*[^A-Za-z0-9._/:\-]", text, re.DOTALL) is not None


def unguarded(text):
    return text[1:] if text.startswith("'") and runs(text.lstrip("'")) else text


@given(ROWS, st.lists(TEXT, min_size=1, max_size=3))
def test_jsonl_reads_back(rows, names):
    found = [json.loads(line) for line in formatted("jsonl", rows, names).split("\n")[:-1]]
    assert len(found) == len(rows)
    for i, (cells, (x, n, s)) in enumerate(zip(found, rows, strict=True)):
        assert list(cells) == NAMES
        assert cells["x"] is None if math.isnan(x) else bits(cells["x"]) == bits(x)
        assert (cells["n"], cells["s"], cells["=t"]) == (n, s, names[i % len(names)])


@pytest.mark.parametrize(
    ("value", "text"),
    [(100000.0, "100000.0"), (0.5, "0.5"), (-0.0, "-0.0"), (1e-05, "1e-05"), (1e300, "1e+300"),
     (62103.5, "62103.5"), (float("nan"), ""), (float("inf"), "inf"), (0.1 + 0.2, repr(0.1 + 0.2))],
)
def test_numbers_look_as_people_write_them(value, text):
    assert TextFormatter("csv", ["x"]).rows([np.array([value])]) == text.encode() + b"\n"


@pytest.mark.parametrize(("text", "cell"), [
    ("=cmd()", "'=cmd()"), ("\tx", "'\tx"), ("\rx", '"\'\rx"'), ("@SUM(1)", "'@SUM(1)"),
    ("+1+1", "'+1+1"), ("-2,3", '"\'-2,3"'), ("@ES", "@ES"), ("-1", "-1"), ("+0.5", "+0.5"),
    ("@A/B:C-D_E", "@A/B:C-D_E"), ("'=x", "''=x"), ("'@ES", "'@ES"), ("'", "'"), ("A=1", "A=1"),
])
def test_a_formula_is_disarmed_and_a_ticker_is_not(text, cell):
    rows = TextFormatter("csv", ["t", "x"]).rows(
        [(np.zeros(1, np.uint32), [text]), np.array([-1.0])]
    )
    assert rows == f"{cell},-1.0\n".encode()


def test_code_outside_its_names():
    with pytest.raises(DataError, match="code 1 is outside its table of 1 names"):
        TextFormatter("csv", ["t"]).rows([(np.ones(1, np.uint32), ["a"])])


def test_columns_must_fit():
    formatter = TextFormatter("csv", ["a", "b"])
    with pytest.raises(ValueError, match="length"):
        formatter.rows([np.zeros(2), np.zeros(3)])
    with pytest.raises(ValueError, match="1 columns, and names for 2"):
        formatter.rows([np.zeros(2)])
    with pytest.raises(TypeError):
        formatter.rows([np.zeros((2, 2)), np.zeros(2)])
