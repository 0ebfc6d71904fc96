"""Files of changes of books that cannot be read right are refused, and of a message that is not
whole nothing is believed."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tickeng
from tests.io_read.level_files import (
    DEPTH,
    HEADER,
    NUMBERED,
    changed,
    events_of,
    opened,
    tardis,
    text_of,
)
from tickeng.errors import DataError, TruncatedError
from tickeng.files.sources import messages, open_source


@pytest.mark.parametrize(("rows", "names", "words"), [
    (changed(DEPTH, 2, 2, "x"), NUMBERED, "no number of an update"),
    (changed(DEPTH, 2, 5, "trade"), NUMBERED, 'keep="snap,delete,set" keeps the changes'),
    (changed(DEPTH, 2, 4, "middle"), NUMBERED, 'sides="bid='),
    (changed(DEPTH, 2, 7, "-3"), NUMBERED, "changes of quantities are not read"),
    ([[*row, n] for n, row in enumerate(DEPTH)], (*NUMBERED, "order_id"), "names orders"),
])
def test_what_cannot_be_read_right_is_refused(tmp_path, rows, names, words):
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(rows, names))
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        opened(path)


def test_kinds_are_decided_once(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(tardis([0, 0, 1])))
    for kind in (None, "book", "delta"):
        assert opened(path, kind=kind).kind == "delta"
    for kind, takes in (("trade", ("trade", "delta")), ("quote", ("quote",)), (None, ("trade",))):
        with pytest.raises(DataError, match="order books?( updates)?, no .*books=FILE"):
            open_source(path, takes=takes, kind=kind)
    plain = tmp_path / "plain.csv"  # nothing but a side, a price and a size
    plain.write_bytes(text_of([[row[2], *row[5:]] for row in tardis([0, 0, 1])],
                              ("timestamp", "side", "price", "size")))
    with pytest.raises(DataError, match="says which rows are of a snapshot.*snapshot=none"):
        opened(plain, kind="book")
    for kind in ("book", None):
        assert opened(plain, kind=kind, map={"snapshot": "none"}).kind == "delta"
    with pytest.raises(DataError, match="which does not say who took"):
        tickeng.read(plain)


def test_a_later_row_that_contradicts_ends_the_file_before_its_message(tmp_path):
    rows = tardis([*range(10_100), 10_100])
    path = tmp_path / "b.csv"
    for column, cell in ((4, "maybe"), (5, "middle"), (0, "other")):
        path.write_bytes(text_of(changed(rows, 10_050, column, cell)))
        source = opened(path, block_rows=1000)
        found = []
        with pytest.raises(DataError, match=f"row 10051: .*{cell}"):
            found.extend(source.batches())
        # Whether row 10,050 is all of its message is known where the row behind has another time.
        assert found[-1].row[-1] == (10_050 if column == 5 else 10_049)


def test_a_file_that_is_cut_gives_no_half_message(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(tardis([0, 0, 1, 1, 1]))[:-4])
    found = []
    with pytest.raises(TruncatedError):
        found.extend(opened(path).batches())
    assert [batch.row.tolist() for batch in found] == [[2]]


def test_a_row_of_nobody_ends_a_file_of_several_symbols(tmp_path):
    path = tmp_path / "b.csv"
    rows = [*tardis([0, 0]), *tardis([1, 1], symbol="CD"), *tardis([2])]
    rows.insert(3, ["x", "CD", "?"])
    path.write_bytes(text_of(rows))
    with pytest.raises(DataError, match="row 4: bad_fields: nobody knows whose change it was"):
        list(opened(path).batches())


def test_rows_of_a_message_stand_together(tmp_path):
    path = tmp_path / "b.csv"
    pieces = [*tardis([0], "true"), *tardis([0], "true", "CD"), *tardis([0, 0], "true")[1:]]
    path.write_bytes(text_of(pieces))
    for block_rows in (1, 2, 100):
        with pytest.raises(DataError, match="row 3: ends a message whose rows do not"):
            list(opened(path, block_rows=block_rows).batches())
    again = [*tardis([0], "true"), *tardis([0], "true", "CD"), *tardis([0], "true")]
    path.write_bytes(text_of(again))  # said twice
    assert len(events_of(opened(path).batches())[0]) == 3
    numbered = [[*row, n] for n, row in enumerate(tardis([0, 0, 0], "true"))]
    path.write_bytes(text_of(numbered, (*HEADER, "update_id")))
    with pytest.raises(DataError, match=r"row 2: .* two snapshots of one time.* map=\"first=none"):
        list(opened(path).batches())
    read = opened(path, map={"last": "none"})
    assert [event[0] for event in events_of(read.batches())[0]] == [3]
    path.write_bytes(text_of(tardis([0, 1, 2, 3, 4], "true")))
    with pytest.raises(DataError, match="one level in each snapshot"):
        opened(path)


def test_a_message_has_room_in_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "MOST_LEVELS", 1000)
    path = tmp_path / "b.csv"
    for rows, row in (([0] * 1001, 1), ([0, *[1] * 1001, 2], 2)):
        path.write_bytes(text_of(tardis(rows)))
        for block_rows in (7, 5000):
            with pytest.raises(DataError, match=f"row {row}: begins a message of more than 1,000"):
                list(opened(path, block_rows=block_rows).batches())
    path.write_bytes(text_of(tardis([0] * 1000)))
    assert [event[0] for event in events_of(opened(path, block_rows=7).batches())[0]] == [1000]


def test_rows_that_say_nothing_are_bounded_too(tmp_path, monkeypatch):
    monkeypatch.setattr(messages, "_MOST_WAITING", 5)
    good = 60
    lost = [["x", "AB", "?", "?", "false", "bid", "1", "1"]]
    rows = [*tardis(range(good)), *lost * 23, *tardis([97, 97]), *lost, *tardis([98])]
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(rows))
    for block_rows in (1, 4, 100):
        for start in (0, 59):
            events, rejects = events_of(opened(path, block_rows=block_rows).batches(start))
            assert [event[0] for event in events] == [*range(start + 1, 61), 85, 87]
            assert [event[-1] is None for event in events] == [False] * (59 - start) + [True] * 3
            assert [row for row, _ in rejects] == [60, *range(61, 84), 85, 86, 87]


def test_a_side_that_says_nothing_refuses_its_message(tmp_path):
    rows = [*tardis([0, 0, 1, 1, 2])]
    rows[2][5] = "?"
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(rows))
    pq.write_table(pa.table(dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True))),
                   tmp_path / "b.parquet")
    sides = {"buy": "bid", "sell": "ask", "unknown": "?"}
    for name in ("b.csv", "b.parquet"):
        events, rejects = events_of(opened(tmp_path / name, sides=sides).batches())
        assert [(event[0], event[-1] is None) for event in events] == [
            (2, False), (4, True), (5, False)]
        assert rejects == [(3, "bad_side")]
