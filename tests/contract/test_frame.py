"""A Frame is a mapping of columns that pandas, polars and pyarrow make tables of."""

import copy
import sys
from collections.abc import Mapping

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tickeng import ConfigError, DataError, Engine, Frame


@pytest.fixture
def frame():
    n = 30
    return Engine().run(10**18 + np.arange(n), np.full(n, 2.0), np.ones(n), np.ones(n, np.int8))


def test_it_is_a_mapping_of_its_columns(frame):
    assert isinstance(frame, Mapping) and list(frame) == list(frame.keys()) == list(frame.columns)
    assert dict(**frame)["alpha"] is frame["alpha"] is dict(frame)["alpha"] is frame.get("alpha")
    assert [v.tobytes() for v in frame.values()] == [c.tobytes() for _, c in frame.items()]
    assert "alpha" in frame and "price" not in frame and len(frame) == 30
    for wrong in ("price", 3, None, ["alpha"]):
        with pytest.raises(KeyError, match="no column .*alpha"):
            frame[wrong]
    for change in (lambda: frame.update(a=1), lambda: frame.pop("alpha"), frame.clear,
                   lambda: frame.__setitem__("a", 1)):
        with pytest.raises(TypeError, match="does not change"):
            change()
    assert frame == frame and frame != frame.copy() and {frame: 1}


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, pa.Table.from_pydict,
                                  Frame.to_pandas, Frame.to_polars, Frame.to_arrow])
@pytest.mark.parametrize("rows", [slice(None), slice(10, 20), slice(0, 0)])
def test_tables_have_its_columns(frame, make, rows):
    part = frame[rows]
    table = make(part)
    assert list(getattr(table, "column_names", table.columns)) == list(frame)
    assert table.shape == (len(part), len(frame.columns))
    assert np.asarray(table["status"]).tolist() == part["status"].tolist()


def test_rows_are_views(frame):
    part = frame[10:20:3]
    assert isinstance(part, Frame) and len(part) == 4 and part["k1"].base is not None
    assert np.shares_memory(part["k1"], frame["k1"])
    assert len(frame.head()) == 5 and len(frame.head(100)) == 30 and len(frame.head(0)) == 0
    assert len(frame[-3:]) == 3
    again = copy.copy(part)
    assert type(again) is Frame and again["k1"].tobytes() == part["k1"].tobytes()


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_table_that_has_a_column_already_takes_a_suffix(frame, make):
    table = make({"ts": np.arange(30), "size": np.ones(30)})
    with pytest.raises(DataError, match=r'called size; join\(table, suffix="_tickeng"\) .*size_t'):
        frame.join(table)
    joined = frame.join(table, suffix="_tickeng")
    names = list(getattr(joined, "column_names", joined.columns))
    assert names[:2] == ["ts", "size"] and "size_tickeng" in names and "alpha" in names
    assert np.asarray(joined["size"]).tolist() == [1.0] * 30
    twice = make({"size": np.ones(30), "size_tickeng": np.ones(30)})
    with pytest.raises(DataError, match="size_tickeng"):
        frame.join(twice, suffix="_tickeng")
    with pytest.raises(DataError, match="29 rows, the frame 30"):
        frame.join(table[:29] if make is not pa.table else table.slice(0, 29))


def test_it_shows_itself(frame):
    assert repr(frame).startswith("Frame(30 rows; k1, ") and "alpha" in repr(frame)
    page = frame._repr_html_()
    assert page.count("<tr>") == 11 and "<th>alpha</th>" in page and "30 rows" in page


def test_it_is_plotted(frame, monkeypatch):
    figure = frame.plot()
    assert [panel.get_ylabel() for panel in figure.axes] == [
        "alpha", "gate", "k1", "k2", "k3", "k4"]
    assert len(figure.axes[0].lines[0].get_ydata()) == 30
    with pytest.raises(ConfigError, match="none of"):
        Frame({"status": np.zeros(3, np.uint8)}).plot()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ConfigError, match=r"pip install 'tickeng\[plot\]'"):
        frame.plot()
