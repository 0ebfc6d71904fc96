"""Every public layout is read rightly or refused by a sentence that says what to type.

Three ways, one reading: the command, `tickeng.read`, and the engine fed with the table that was
read. Then each layout again with one thing changed: the right rows of the changed file, or a
refusal; never other numbers.
"""

import os
import warnings

import numpy as np
import pytest

import tickeng
from tests.layouts.changes import changes
from tests.layouts.entry import Layout, Text
from tests.layouts.reading import BAD_DATA, READERS, USAGE, by_command, converse, same
from tests.layouts.tables import LAYOUTS

# Windows that are full at the second row, so that a row of another side shows in K1.
SMALL = {"trade_flow.window": 2, "k1.flow_window": 2, "k1.window": 2, "k1.warmup": "expanding",
         "trade_flow.warmup": "expanding"}
MUST_ASK = {"sides", "side_is", "qty_sign", "keep", "infer_side"}
CHANGED = [(layout, *change) for layout in LAYOUTS for change in changes(layout)]
WAYS = tuple(READERS)
# A changed layout goes one way, and its neighbour the other: both are the same reader. The suite
# takes one in three, all where TICKENG_SOAK is set.
TURNS = [(WAYS[i % len(WAYS)], layout, *change) for layout in LAYOUTS
         for i, change in enumerate(changes(layout))][::1 if "TICKENG_SOAK" in os.environ else 3]


def case(name: str, *values: object):
    return pytest.param(*values, id=name)


def right(result, layout: Layout) -> None:
    if layout.refuses:
        assert result.refused and result.code == BAD_DATA, result
        assert any(word.lower() in result.text.lower() for word in layout.refuses), result
        return
    if result.refused:
        assert result.code in (USAGE, BAD_DATA), result
        assert any(word.lower() in result.text.lower() for word in layout.may_refuse), result
        return
    assert same(result.rows, layout.truth), result
    if not layout.known:
        assert MUST_ASK & set(layout.asks) <= set(result.asked), f"asked only {result.asked}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("layouts")


@pytest.mark.parametrize(("way", "layout"), [
    case(f"{way}: {layout.name}", way, layout) for layout in LAYOUTS for way in WAYS])
def test_a_layout_is_read_or_refused(way, layout, folder):
    right(converse(layout, folder, way), layout)


@pytest.mark.parametrize(("way", "layout", "content", "truth"), [
    case(f"{layout.name} / {label}", way, layout, content, truth)
    for way, layout, label, content, truth in TURNS])
def test_a_changed_layout_is_read_rightly_or_refused(way, layout, content, truth, folder):
    changed = layout.changed(content, truth)
    result = converse(changed, folder, way)
    if result.refused:
        assert result.code in (1, USAGE, BAD_DATA) and result.text.strip(), result
    else:
        assert truth and same(result.rows, tuple(truth)), result


def columns_of(rows):
    ts, price, qty, side, symbol = zip(*rows, strict=True)
    return (np.array(ts), np.array(price), np.array(qty), np.array(side, dtype=np.int8),
            np.array(symbol, dtype=str))


def run(*columns):
    return tickeng.Engine(config=SMALL).run(*columns)


def frames_equal(left, right) -> bool:
    names = list(left)
    return names == list(right) and all(
        np.array_equal(np.asarray(left[name]), np.asarray(right[name]), equal_nan=True)
        for name in names if np.asarray(left[name]).dtype.kind in "fiu")


@pytest.mark.parametrize("layout", [
    case(f"run: {layout.name}", layout) for layout in LAYOUTS if layout.truth])
def test_the_engine_runs_what_was_read(layout, folder):
    result = converse(layout, folder, "read")
    if result.refused:
        right(result, layout)
        return
    truth = [t._replace(symbol=row.symbol) for t, row in zip(layout.truth, result.rows,
               strict=True)]
    assert frames_equal(run(result.table), run(*columns_of(truth)))


FRAMES = [layout for layout in LAYOUTS
          if layout.truth and isinstance(layout.content, Text) and layout.content.names
          and not {"clock", "tz", "qty_scale"} & set(layout.given)]


@pytest.mark.parametrize("layout", [case(f"pandas: {layout.name}", layout) for layout in FRAMES])
def test_a_frame_of_pandas_is_run_rightly_or_refused(layout, folder):
    import pandas as pd

    path = folder / layout.file
    path.write_bytes(layout.content.encoded())
    skip = layout.content.above.count("\n")
    texts = {name: str for name, role in zip(layout.content.names, layout.content.roles,
                                             strict=False) if role == "symbol"}
    frame = pd.read_csv(path, sep=layout.content.delimiter, encoding=layout.content.encoding,
                        skiprows=skip, dtype=texts, keep_default_na=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = run(frame)
    except tickeng.TickengError as error:
        assert str(error).strip()
        return
    truth = [t._replace(symbol=t.symbol or "default") for t in layout.truth]
    assert not set(layout.asks) - {"map"} or layout.known, "ran what has to be asked"
    assert frames_equal(found, run(*columns_of(truth)))


def test_the_table_is_as_large_as_it_says(folder):
    """Counts for the log: layouts, changed layouts, and how many of these are read."""
    read = sum(not by_command(_written(layout, content, folder), layout.options()).refused
               for layout, _, content, _ in CHANGED[::20])
    print(f"{len(LAYOUTS)} layouts, {len(CHANGED)} changed ones; of every 20th, {read} "
          f"of {len(CHANGED[::20])} are read, the others refused")
    assert len(LAYOUTS) >= 70 and len(CHANGED) >= 1000
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS)


def _written(layout, content, folder):
    path = folder / layout.file
    path.write_bytes(content.encoded())
    return path
