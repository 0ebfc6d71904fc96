"""Messages of very many rows that cannot be read take no more memory than those that can."""

import tracemalloc

import pytest

from tickeng.files.sources import open_source

HEAD = ("ts,symbol,is_snapshot,side,price,qty\n"
        "2024-03-13 14:29:00,X,true,bid,100,5\n")
TAIL = "2024-03-13 14:31:00,X,true,bid,100,5\n"
GOOD = "2024-03-13 14:30:00,X,true,bid,100,1\n"
BAD = {"no quantity": "2024-03-13 14:30:00,X,true,bid,100,x\n",
       "nobody's": GOOD + "zz,X,true,bid,100,1\n"}
ROWS = 120_000


def read(path, rows, block_rows):
    """(messages, rejects, the largest memory on the way)."""
    path.write_text(HEAD + rows + TAIL)
    tracemalloc.start()
    with open_source(str(path), kind="delta", takes=("delta",), block_rows=block_rows) as source:
        batches = list(source.batches())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (sum(map(len, batches)), [reject for batch in batches for reject in batch.rejects],
            peak, source.rows_read)


@pytest.mark.parametrize("bad", BAD)
def test_a_message_of_unreadable_rows_is_held_as_one_of_readable_ones(tmp_path, bad):
    rows = BAD[bad] * (ROWS // BAD[bad].count("\n"))
    *_, usual, _ = read(tmp_path / "g.csv", GOOD * ROWS, 4_096)
    messages, rejects, peak, count = read(tmp_path / "b.csv", rows, 4_096)
    assert messages == 3 and count == ROWS + 2
    assert peak < 1.5 * usual
    assert (messages, rejects, count) == (*read(tmp_path / "b.csv", rows, 1 << 18)[:2], count)
