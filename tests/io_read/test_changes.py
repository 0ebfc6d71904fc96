"""Files of changes of books, a level a row, against a loop over the rows; in blocks of any size,
from any row on, as text, tables and JSON."""

from __future__ import annotations

import csv
import gzip
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.reference.level_rows import Row, messages_of
from tickeng.errors import DataError, TruncatedError
from tickeng.files.batch import NO_ID, NUMBERS
from tickeng.files.sources import messages, open_source

START_US = 1_700_000_000_000_000
HEADER = ("exchange", "symbol", "timestamp", "local_timestamp", "is_snapshot", "side", "price",
          "amount")


def text_of(rows, names=HEADER) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([names, *rows])
    return out.getvalue().encode()


def row_of(number, cells) -> Row:
    """What a row in Tardis' layout is."""
    if len(cells) != len(HEADER):
        return Row(number, None, reason="bad_fields")
    _, symbol, event, local, snapshot, side, price, amount = cells
    try:
        key = symbol, int(event) * 1000, int(local) * 1000, snapshot == "true"
    except ValueError:
        return Row(number, None, reason="bad_timestamp")
    for reason, cell, least in (("bad_price", price, 1e-300), ("bad_qty", amount, 0.0)):
        try:
            sound = least <= float(cell) < float("inf")
        except ValueError:
            sound = False
        if not sound:
            return Row(number, key, None, reason)
    return Row(number, key, (1 if side == "bid" else -1, float(price), float(amount)))


def want_of(rows):
    """(events, rejects) of rows of cells; an event that is refused has no levels."""
    found, alone = messages_of([row_of(n, cells) for n, cells in enumerate(rows, 1)])
    rejects = [(row.number, row.reason) for row in alone]
    rejects += [message.reject for message in found if message.faults]
    return ([(message.rows[-1].number, *message.key, message.levels) for message in found],
            sorted(rejects))


def events_of(batches):
    """The same of batches."""
    found, rejects = [], []
    for batch in batches:
        at = 0
        for n in range(len(batch)):
            bids, asks = (int(batch.values[name][n]) for name in ("bids", "asks"))
            price, qty = (batch.values[name][at:at + bids + asks] for name in ("price", "qty"))
            at += bids + asks
            levels = [(1 if k < bids else -1, float(p), float(q))
                      for k, (p, q) in enumerate(zip(price, qty, strict=True))]
            symbol = batch.symbols[0 if batch.symbol is None else int(batch.symbol[n])]
            refused = bool(np.isnan(price).any() or np.isnan(qty).any())
            recv = int(batch.recv_ns[n]) if batch.recv_ns is not None else None
            found.append((int(batch.row[n]), symbol, int(batch.ts_ns[n]), recv,
                          bool(batch.values["snapshot"][n]), None if refused else levels))
        assert at == len(batch.values["price"])
        rejects += [(reject.row, reject.reason) for reject in batch.rejects]
    return found, sorted(rejects)


def opened(path, **options):
    return open_source(path, takes=("delta",), **options)


@st.composite
def tardis_rows(draw):
    """Messages of a few levels, the same stamps at times, and rows that are wrong somewhere."""
    rows, event = [], START_US
    symbols = draw(st.sampled_from([["AB"], ["AB", "CD"]]))
    for _ in range(draw(st.integers(1, 12))):
        event += draw(st.integers(0, 2)) * 1000
        symbol = draw(st.sampled_from(symbols))
        snapshot = draw(st.sampled_from(["true", "false", "false"]))
        for n in range(draw(st.integers(1, 6))):
            level = str(100 + len(rows) / 4), draw(st.sampled_from(["0", "1.5", "2"]))
            rows.append(["x", symbol, str(event), str(event + 7), snapshot,
                         draw(st.sampled_from(["bid", "ask"])), *level])
            odd = draw(st.integers(0, 40))
            if odd < 3:
                rows[-1][6 + odd % 2] = ("nan", "", "-1")[odd]
            elif odd == 3 and len(symbols) == 1 and len(rows) > 1:
                rows[-1][2:] = ["?", *rows[-1][3:]]
            elif odd == 4 and len(symbols) == 1 and len(rows) > 1:
                rows[-1] = rows[-1][:5]
    return rows


@given(rows=tardis_rows(), block_rows=st.integers(1, 9), start=st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_rows_are_the_messages_that_a_loop_finds(tmp_path_factory, rows, block_rows, start):
    path = tmp_path_factory.mktemp("changes") / "b.csv"
    path.write_bytes(text_of(rows))
    if all(row_of(n, cells).key is None for n, cells in enumerate(rows, 1)):
        return
    try:
        events, rejects = events_of(opened(path, block_rows=block_rows).batches())
    except DataError as error:
        assert any(words in str(error) for words in (
            "do not stand together", "one level in each snapshot", "no known form of a time"))
        return
    want, refused = want_of(rows)
    assert (events, rejects) == (want, refused)
    cut = ([0] + [event[0] for event in events])[min(start, len(events))]
    rest, rejects = events_of(opened(path, block_rows=block_rows).batches(cut))
    assert rest == [event for event in events if event[0] > cut]
    assert rejects == [reject for reject in refused if reject[0] > cut]


@given(rows=tardis_rows(), block_rows=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_a_batch_ends_where_a_run_can_be_resumed(tmp_path_factory, rows, block_rows):
    path = tmp_path_factory.mktemp("changes") / "b.csv"
    path.write_bytes(text_of(rows))
    try:
        whole = list(opened(path, block_rows=block_rows).batches())
    except DataError:
        return
    for n, batch in enumerate(whole):
        rest, _ = events_of(opened(path).batches(batch.rows_end))
        assert rest == events_of(whole[n + 1:])[0]


@given(rows=tardis_rows(), block_rows=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_tables_and_json_say_what_text_says(tmp_path_factory, rows, block_rows):
    folder = tmp_path_factory.mktemp("changes")
    rows = [cells for cells in rows if len(cells) == len(HEADER)]
    (folder / "b.csv").write_bytes(text_of(rows))
    columns = dict(zip(HEADER, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), folder / "b.parquet")
    (folder / "b.jsonl").write_text("".join(
        json.dumps(dict(zip(HEADER, cells, strict=True))) + "\n" for cells in rows))
    found = []
    for name in ("b.csv", "b.parquet", "b.jsonl"):
        try:
            found.append(events_of(opened(folder / name, block_rows=block_rows).batches()))
        except DataError as error:
            found.append(str(error).partition(": ")[2].partition(": ")[2][:40])
    assert found[0] == found[1] == found[2]


def test_columns_of_a_table_with_types(tmp_path):
    rows = [["x", "AB", str(START_US), str(START_US + 5), "true", "bid", "100", "1"],
            ["x", "AB", str(START_US), str(START_US + 5), "true", "ask", "101", "0"],
            ["x", "AB", str(START_US + 9), str(START_US + 9), "false", "ask", "101", "3"]]
    path = tmp_path / "b.parquet"
    pq.write_table(pa.table({
        "symbol": ["AB"] * 3, "timestamp": pa.array([int(r[2]) for r in rows], pa.timestamp("us")),
        "local_timestamp": pa.array([int(r[3]) for r in rows], pa.timestamp("us")),
        "is_snapshot": [True, True, False], "side": pa.array(["bid", "ask", "ask"]).dictionary_encode(),
        "price": [100.0, 101.0, 101.0], "amount": [1.0, -0.0, 3.0]}), path)
    events, rejects = events_of(opened(path).batches())
    assert (events, rejects) == (want_of(rows)[0], [])
    assert not np.signbit(next(opened(path).batches()).values["qty"]).any()


NUMBERED = ("symbol", "timestamp", "first_update_id", "last_update_id", "side", "update_type",
            "price", "qty", "pu")
DEPTH = [["AB", "1700000000000", "", "100", "b", "snap", "99", "1", ""],
         ["AB", "1700000000000", "", "100", "a", "snap", "101", "2", ""],
         ["AB", "1700000000000", "98", "103", "a", "set", "101", "0", "97"],
         ["AB", "1700000000000", "104", "105", "b", "delete", "99", "", "103"],
         ["AB", "1700000000000", "104", "105", "b", "set", "98", "5", "103"]]


@pytest.mark.parametrize("form", ["csv", "real.csv", "parquet", "jsonl", "csv.gz"])
def test_numbers_part_messages_of_one_time(tmp_path, form):
    path = tmp_path / f"b.{form}"
    rows = DEPTH
    if form == "real.csv":  # as pandas writes integers of which some are missing
        rows = [[f"{c}.0" if i in (2, 3, 8) and c else c for i, c in enumerate(row)] for row in DEPTH]
    columns = dict(zip(NUMBERED, map(list, zip(*rows, strict=True)), strict=True))
    if form == "parquet":
        for name in ("first_update_id", "pu"):
            columns[name] = [float(cell) if cell else None for cell in columns[name]]
        pq.write_table(pa.table(columns), path)
    elif form == "jsonl":
        path.write_text("".join(json.dumps(dict(zip(NUMBERED, row, strict=True))) + "\n"
                                for row in rows))
    else:
        content = text_of(rows, NUMBERED)
        path.write_bytes(gzip.compress(content) if form == "csv.gz" else content)
    batches = list(opened(path).batches())
    assert [batch.row.tolist() for batch in batches if len(batch)] in ([[2, 3, 5]], [[2, 3], [5]])
    whole = {name: np.concatenate([batch.values[name] for batch in batches]).tolist()
             for name in batches[0].values}
    assert whole == {"snapshot": [1, 0, 0], "first": [NO_ID, 98, 104], "last": [100, 103, 105],
                     "previous": [NO_ID, 97, 103], "bids": [1, 0, 2], "asks": [1, 1, 0],
                     "price": [99, 101, 101, 99, 98], "qty": [1, 2, 0, 0, 5]}


def changed(rows, at, column, cell):
    rows = [list(row) for row in rows]
    rows[at][column] = cell
    return rows


@pytest.mark.parametrize(("rows", "names", "words"), [
    (changed(DEPTH, 2, 2, "x"), NUMBERED, "no number of an update"),
    (changed(DEPTH, 2, 5, "trade"), NUMBERED, 'keep="snap,delete,set" keeps the changes'),
    (changed(DEPTH, 2, 4, "middle"), NUMBERED, 'sides="buy='),
    (changed(DEPTH, 2, 7, "-3"), NUMBERED, "changes of quantities are not read"),
    ([[*row, n] for n, row in enumerate(DEPTH)], (*NUMBERED, "order_id"), "names orders"),
])
def test_what_cannot_be_read_right_is_refused(tmp_path, rows, names, words):
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(rows, names))
    with pytest.raises(DataError, match=words.replace("(", r"\(")):
        opened(path)


def tardis(times, snapshot="false", symbol="AB", local=0):
    return [["xyz", symbol, str(START_US + t), str(START_US + t + local), snapshot,
             "bid" if n % 2 else "ask", str(100 + n), "1"] for n, t in enumerate(times)]


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
    assert opened(plain, kind="book").kind == "delta"
    assert "no column says which rows are of a snapshot" in opened(plain, kind="book").reading.notes[0]
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
        with pytest.raises(DataError, match="row 3: ends a message whose rows do not stand together"):
            list(opened(path, block_rows=block_rows).batches())
    again = [*tardis([0], "true"), *tardis([0], "true", "CD"), *tardis([0], "true")]
    path.write_bytes(text_of(again))  # said twice
    assert len(events_of(opened(path).batches())[0]) == 3
    numbered = [[*row, n] for n, row in enumerate(tardis([0, 0, 0], "true"))]
    path.write_bytes(text_of(numbered, (*HEADER, "update_id")))
    with pytest.raises(DataError, match=r"row 2: ends the second of two snapshots of one time.* map=\"first=none,last=none\""):
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
    rows = [*tardis(range(good)), *[["x", "AB", "?", "?", "false", "bid", "1", "1"]] * 23, *tardis([97, 97]), ["?", "AB", "?", "?", "false", *"???"], *tardis([98])]
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(rows))
    for block_rows in (1, 4, 100):
        for start in (0, 59):
            events, rejects = events_of(opened(path, block_rows=block_rows).batches(start))
            assert [event[0] for event in events] == [*range(start + 1, 61), 85, 87]
            assert [event[-1] is None for event in events] == [False] * (59 - start) + [True] * 3
            assert [row for row, _ in rejects] == [60, *range(61, 84), 85, 86, 87]


def test_a_number_that_counts_something_else_is_not_read(tmp_path):
    path = tmp_path / "b.csv"
    rows = [[*row, 100 + 7 * n] for n, row in enumerate(tardis([0, 1, 2, 3, 4]))]
    path.write_bytes(text_of(rows, (*HEADER, "update_id")))
    source = opened(path)
    assert "update_id does not rise by one" in source.reading.notes[0]
    assert "last" not in source.roles.values()
    assert "last" in opened(path, map={"last": "update_id"}).roles.values()


def test_a_table_has_a_row_for_each_level(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(DEPTH, NUMBERED))
    table = tickeng.read(path)
    assert table["message"].tolist() == [2, 2, 3, 5, 5]
    assert table["side"].tolist() == [1, -1, -1, 1, 1]
    assert table["snapshot"].tolist() == [True, True, False, False, False]
    assert table["last"].tolist() == [100, 100, 103, 105, 105]
    assert table.counters["in"] == 3 and repr(table).startswith("Table(5 levels of deltas")
    assert tickeng.read(path, **table.reading.keywords()).to_arrow() == table.to_arrow()
    assert [len(part) for part in tickeng.scan(path, rows=3)] == [2, 1, 2]
    path.write_bytes(text_of(changed(DEPTH, 2, 6, "x"), NUMBERED))
    with pytest.raises(DataError, match='row 3: bad_price .* rejects="keep" keeps it'):
        tickeng.read(path)
    kept = tickeng.read(path, rejects="keep")
    assert kept["status"].tolist() == [0, 0, 3, 0, 0] and np.isnan(kept["price"][2])
    assert kept.counters["accepted"] == 2 and kept.counters["reasons"] == {"bad_price": 1}
    assert {*NUMBERS} <= {*kept.columns}


def test_what_is_in_a_file(tmp_path):
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(changed(DEPTH, 2, 6, "x"), NUMBERED))
    report = tickeng.inspect(path)
    assert (report["kind"], report["deltas"], report["rows"]) == ("delta", 2, 5)
    assert report["rejected"] == {"bad_price": 1} and report["symbols"] == {"AB": 2}
    assert report["messages"] == {"snapshots": 1, "changes": 1, "bids": 3, "asks": 1}
