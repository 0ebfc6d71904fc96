"""Batches that a tick file does not take, each with a sentence that says why."""

import io

import numpy as np
import pytest
from tests.io_write.events import contents, in_order, opened, tape, written

from tickeng.errors import DataError
from tickeng.files.tickfile import TickFileWriter


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seq": np.array([3, 4, 4])}, "does not increase"),
        ({"seq": np.array([3, 4])}, "not as many seq as rows"),
        ({"seq": np.array([-1, 4, 5])}, "from -1 to 5"),
        ({"seq": np.array([7, 8, 2**62 + 1])}, "to 4611686018427387905"),
        ({"ts_ns": np.zeros(3, np.int64), "id": np.zeros(2, np.int64)}, "column id of a quote"),
        ({"symbol": np.array([0, 2, 1], np.uint32)}, "symbol 2 is not among the 2 names"),
        ({"kind": "bar"}, "no events of kind 'bar', but trade, quote, book, delta"),
        ({"values": {}}, "has no column bid"),
    ],
)
def test_batches_that_contradict_themselves(change, message):
    batch = tape("quote", 0, 3)
    for name, value in change.items():
        setattr(batch, name, value)
    with pytest.raises(DataError, match=message):
        written([batch])


@pytest.mark.parametrize(("name", "column"), [
    ("side", [1, 300, 0]), ("price", [1, 2**53 + 1, 0]), ("ts_ns", [1.5, 2, 3]),
    ("qty", np.array([1, 2**60 + 1, 3], np.uint64))])
def test_values_that_the_file_cannot_hold(name, column):
    batch = tape("trade", 0, 3)
    if name == "ts_ns":
        batch.ts_ns = np.array(column)
    else:
        batch.values[name] = np.array(column)
    with pytest.raises(DataError, match=f"column {name} of type .* has values that"):
        written([batch])


def test_levels_that_contradict_themselves():
    book, delta = tape("book", 0, 4), tape("delta", 0, 6)
    book.values["ask"] = book.values["ask"][:, :2]
    with pytest.raises(DataError, match=r"shapes \[\(4, 2\), \(4, 3\)\]"):
        written([book])
    book.values = {name: np.zeros((4, 0)) for name in book.values}
    with pytest.raises(DataError, match="each side has prices"):
        written([book])
    delta.values["qty"] = delta.values["qty"][1:]
    with pytest.raises(DataError, match="that count 9 levels"):
        written([delta])


def test_numbers_that_come_too_late():
    trades, quotes = tape("trade", 0, 3), tape("quote", 0, 3)
    trades.seq, quotes.seq = np.array([0, 2, 4]), np.array([1, 3, 5])
    assert [seq for seq, _ in in_order(opened(written([[trades, quotes]])).merged())] == [*range(6)]
    with pytest.raises(DataError, match=r"seq 1 comes after seq 4: .* write\(trades, quotes\)"):
        written([trades, quotes])
    quotes.seq = np.array([4, 5, 6])
    with pytest.raises(DataError, match="seq 4 comes after seq 4"):
        written([trades, quotes])
    quotes.seq = np.array([1, 2, 3])
    with pytest.raises(DataError, match="two events have the seq 2"):
        written([[trades, quotes]])
    quotes.seq = None
    with pytest.raises(DataError, match="all of them bring seq or none"):
        written([[trades, quotes]])
    with pytest.raises(DataError, match="of one kind each"):
        written([[trades, trades]])


def test_a_refused_call_writes_nothing():
    trades, quotes = tape("trade", 0, 3), tape("quote", 0, 3)
    del quotes.values["ask"]
    file = io.BytesIO()
    with TickFileWriter(file) as writer:
        with pytest.raises(DataError, match="has no column ask"):
            writer.write(trades, quotes)
        writer.write(tape("book", 0, 2))
    (span,) = opened(file.getvalue()).merged()
    assert contents(span) == contents([tape("book", 0, 2)])
    assert span[0].seq.tolist() == [0, 1]


def test_a_book_too_deep_for_a_block():
    book = tape("book", 0, 1)
    book.values = {name: np.random.default_rng(1).random((1, 2**21)) for name in book.values}
    with pytest.raises(DataError, match="takes 6710[0-9]+ bytes, more than"):
        written([book])
    book.values = {name: values[:, : 2**20] for name, values in book.values.items()}
    assert contents(opened(written([book])).batches()) == contents([book])
