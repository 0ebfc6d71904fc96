"""Files of changes of books, one row per level, against a loop over the rows; in blocks of any
size, from any row on, as text, tables and JSON."""

from __future__ import annotations

import gzip
import json
import os
import threading
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.io_read.level_files import (
    DEPTH,
    HEADER,
    NUMBERED,
    START_US,
    changed,
    events_of,
    opened,
    row_of,
    tardis,
    text_of,
    want_of,
)
from tickeng.errors import DataError
from tickeng.files.batch import NO_ID, NUMBERS


@st.composite
def tardis_rows(draw):
    """Messages of a few levels, the same stamps at times, and rows that are wrong somewhere."""
    rows, event = [], START_US
    symbols = draw(st.sampled_from([["AB"], ["AB", "CD"]]))
    for _ in range(draw(st.integers(1, 12))):
        event += draw(st.integers(0, 2)) * 1000
        symbol = draw(st.sampled_from(symbols))
        snapshot = draw(st.sampled_from(["true", "false", "false"]))
        for _ in range(draw(st.integers(1, 6))):
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


@given(rows=tardis_rows(), block_rows=st.integers(1, 9), start=st.integers(0, 8))
@settings(max_examples=15, deadline=None)
def test_tables_and_json_say_what_text_says(tmp_path_factory, rows, block_rows, start):
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
    if isinstance(found[0], str):
        return
    cut = ([0] + [event[0] for event in found[0][0]])[min(start, len(found[0][0]))]
    for name in ("b.parquet", "b.jsonl"):
        rest = events_of(opened(folder / name, block_rows=block_rows).batches(cut))
        assert rest == tuple([one for one in part if one[0] > cut] for part in found[0])


def test_columns_of_a_table_with_types(tmp_path):
    rows = [["x", "AB", str(START_US), str(START_US + 5), "true", "bid", "100", "1"],
            ["x", "AB", str(START_US), str(START_US + 5), "true", "ask", "101", "0"],
            ["x", "AB", str(START_US + 9), str(START_US + 9), "false", "ask", "101", "3"]]
    path = tmp_path / "b.parquet"
    pq.write_table(pa.table({
        "symbol": ["AB"] * 3, "timestamp": pa.array([int(r[2]) for r in rows], pa.timestamp("us")),
        "local_timestamp": pa.array([int(r[3]) for r in rows], pa.timestamp("us")),
        "is_snapshot": [True, True, False],
        "side": pa.array(["bid", "ask", "ask"]).dictionary_encode(),
        "price": [100.0, 101.0, 101.0], "amount": [1.0, -0.0, 3.0]}), path)
    events, rejects = events_of(opened(path).batches())
    assert (events, rejects) == (want_of(rows)[0], [])
    assert not np.signbit(next(opened(path).batches()).values["qty"]).any()


@pytest.mark.parametrize("form", ["csv", "real.csv", "parquet", "jsonl", "csv.gz"])
def test_numbers_part_messages_of_one_time(tmp_path, form):
    path = tmp_path / f"b.{form}"
    rows = DEPTH
    if form == "real.csv":  # as pandas writes integers of which some are missing
        rows = [[f"{c}.0" if i in (2, 3, 8) and c else c for i, c in enumerate(row)]
                for row in DEPTH]
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
    assert table.counters["in"] == 3 and repr(table).startswith("Table(5 levels of changes")
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
    assert report["messages"] == {"snapshots": 1, "numbered": 2, "levels": 4}


def test_rows_of_other_kinds_are_left_out_where_asked(tmp_path):
    rows = [list(row) for row in DEPTH]
    for at in (5, 3, 1):
        rows.insert(at, ["AB", "1700000000000", "", "", "b", "trade", "7", "7", ""])
    path = tmp_path / "b.csv"
    path.write_bytes(text_of(rows, NUMBERED))
    for block_rows in (1, 3, 100):
        source = opened(path, keep="snap,set,delete", block_rows=block_rows)
        batches = list(source.batches())
        assert [row for batch in batches for row in batch.row.tolist()] == [3, 4, 7]
        assert sum(batch.filtered for batch in batches) == 3 and source.rows_read == 8


def test_a_pipe_gives_a_message_when_the_next_one_has_begun(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = text_of(tardis([0, 0, 1, 1, 1, 2]))
    cuts = [0, 150, 215, 290, 300, len(content)]
    seen = threading.Semaphore(1)

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            for low, high in pairwise(cuts):
                seen.acquire(timeout=2)
                file.write(content[low:high])

    writer = threading.Thread(target=write)
    writer.start()
    found = []
    source = opened(path)
    timer = [threading.Timer(0.05 * n, seen.release) for n in range(1, 5)]
    for one in timer:
        one.start()
    found = events_of(source.batches())[0]
    writer.join()
    (tmp_path / "whole.csv").write_bytes(content)
    assert found == events_of(opened(tmp_path / "whole.csv").batches())[0]
