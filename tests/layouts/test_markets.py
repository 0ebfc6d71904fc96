"""Public layouts of quotes and books are read rightly, or refused by a sentence that helps."""

import math

import pytest

import tickeng
from tests.layouts.reading import BAD_DATA, names_option, read_answering, run_command, words
from tests.layouts.table_markets import LAYOUTS
from tests.layouts.table_more_markets import MORE


@pytest.fixture
def path(request, tmp_path):
    layout = request.getfixturevalue("layout")
    file = tmp_path / layout.file
    file.write_bytes(layout.content.encoded())
    return file


def sides(table, row):
    """Levels of both sides that are not empty."""
    found = []
    for side in ("bid", "ask"):
        prices, sizes = (table[name][row:row + 1].ravel().tolist()
                         for name in (side, f"{side}_qty"))
        found.append(tuple((p, q) for p, q in zip(prices, sizes, strict=True)
                           if not math.isnan(p)))
    return found


def check_refused(layout, path):
    with pytest.raises(tickeng.DataError) as refused:
        tickeng.read(path, **layout.given)
    said = str(refused.value)
    assert any(word in said for word in layout.refuses), said
    code, shown = run_command("inspect", str(path), *words(layout.given))
    assert code == BAD_DATA, shown
    if layout.then:
        assert all(names_option(said, name, "read") for name in layout.then), said
        assert len(tickeng.read(path, **layout.then)) > 0
    if layout.mended:
        path.write_bytes(layout.mended.encoded())
        check_read(layout, tickeng.read(path, **layout.given))


def check_read(layout, table):
    assert (table.kind, table.counters["rejected"]) == (layout.kind, 0)
    assert table["ts_ns"].tolist() == [row[0] for row in layout.truth]
    assert [sides(table, n) for n in range(len(table))] == [list(row[1:3]) for row in layout.truth]
    if layout.truth[0][3] is not None:
        assert table["symbol"].tolist() == [row[3] for row in layout.truth]


@pytest.mark.parametrize("layout", [pytest.param(x, id=x.name) for x in LAYOUTS + MORE])
def test_a_layout_is_read_or_refused(layout, path):
    if layout.refuses:
        check_refused(layout, path)
        return
    table, options, asked = read_answering(layout, path)
    assert asked.keys() == layout.asks.keys(), "what has to be asked was not"
    check_read(layout, table)
    again = tickeng.read(path, **table.reading.keywords())
    assert [sides(again, n) for n in range(len(again))] == [
        sides(table, n) for n in range(len(table))]
    code, said = run_command("inspect", str(path), *words(options))
    assert code == 0, said
    code, said = run_command("replay", str(path), *words(options), "-o", str(path) + ".out.csv")
    assert code == BAD_DATA and "no trades" in said
