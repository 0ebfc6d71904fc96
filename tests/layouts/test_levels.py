"""Public layouts of changes of books are read rightly, or refused by a sentence that helps."""

import numpy as np
import pytest

import tickeng
from tests.layouts.reading import BAD_DATA, read_answering, run_command, words
from tests.layouts.table_depth_feeds import FEEDS
from tests.layouts.table_levels import LAYOUTS

NO_ID = np.iinfo(np.int64).min


def truth_of(table):
    """The messages of a table."""
    found = []
    for number in dict.fromkeys(table["message"].tolist()):
        at = np.flatnonzero(table["message"] == number)
        columns = [table[name][at].tolist() for name in ("side", "price", "qty")]
        last = int(table["last"][at[0]])
        found.append((int(table["ts_ns"][at[0]]), bool(table["snapshot"][at[0]]),
                      tuple(zip(*columns, strict=True)), None if last == NO_ID else last,
                      str(table["symbol"][at[0]])))
    return found


@pytest.mark.parametrize("layout", [pytest.param(x, id=x.name) for x in LAYOUTS + FEEDS])
def test_a_layout_is_read_or_refused(layout, tmp_path):
    path = tmp_path / layout.file
    path.write_bytes(layout.content.encoded())
    if layout.refuses:
        with pytest.raises(tickeng.DataError) as refused:
            tickeng.read(path, **layout.given)
        assert any(word in str(refused.value) for word in layout.refuses), refused.value
        return
    table, options, asked = read_answering(layout, path)
    assert asked.keys() == layout.asks.keys(), "what has to be asked was not"
    assert (table.kind, table.counters["rejected"]) == ("delta", 0)
    want = [row if row[4] else (*row[:4], "default") for row in layout.truth]
    assert truth_of(table) == want
    assert truth_of(tickeng.read(path, **table.reading.keywords())) == want
    code, said = run_command("inspect", str(path), *words(options))
    assert code == 0, said
    given = {name: value for name, value in options.items() if name != "kind"}
    code, said = run_command("replay", str(path), *words(given), "-o", str(path) + ".out.csv")
    none = ("no trades", "no trade line", "no side column", "changes of books")
    assert code == 0 if layout.has_trades else (
        code == BAD_DATA and any(words in said for words in none)), said
