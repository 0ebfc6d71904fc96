"""A span that begins behind the snapshot of its books: they follow the changes ahead of it."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.test_changes import session, write_dump, write_tardis, write_trades
from tests.golden.test_recorded_books import HERE as DEPTH
from tickeng import replay, verify

TEXT = "seen = mean(book.bid, window=1, on=trade); n = mean(book.ask_qty, window=1, on=trade)"
SETTINGS = {"kernels": TEXT, "warmup": "expanding", "max_quote_age": "off", "max_jump": "off"}
BIDS = SETTINGS | {"kernels": "b = book.bid"}
pytestmark = pytest.mark.filterwarnings("ignore")


def rows_of(path):
    table = pq.read_table(path)
    return {name: table[name].to_numpy() for name in ("ts_ns", "seen", "n")}


def at_the_end(found, count):
    return [column[len(column) - count:].tobytes() for column in found.values()]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("span")
    sent, trades = session()
    return {"trades": str(write_trades(folder / "trades.csv", trades)),
            "dump": str(write_dump(folder / "dump.csv", sent)),
            "tardis": str(write_tardis(folder / "tardis.csv.gz", sent)),
            "times": [message[0] for message in sent]}


@pytest.mark.parametrize("name", ["dump", "tardis"])
@pytest.mark.parametrize("more", [{}, {"workers": 2}, {"block_rows": 7},
                                  {"reorder_ms": 50}])
def test_a_span_shows_what_the_whole_shows_there(files, tmp_path, name, more):
    given = {"books": [files[name]], "config": SETTINGS, **more}
    replay(files["trades"], out=tmp_path / "whole.parquet", **given)
    whole = rows_of(tmp_path / "whole.parquet")
    from_ns = files["times"][len(files["times"]) // 2] + 1
    report = replay(files["trades"], out=tmp_path / "span.parquet", from_=from_ns, **given)
    span = rows_of(tmp_path / "span.parquet")
    begins = next(t for t in files["times"] if t >= from_ns)
    count = int(np.count_nonzero(span["ts_ns"] > begins))
    assert count > 50 and np.isfinite(span["seen"][-count:]).all()
    assert at_the_end(span, count) == at_the_end(whole, count)
    counts = report["counters_of"]["book"]["total"]
    assert counts["processed"] == sum(t >= from_ns for t in files["times"])
    assert counts["gaps"] == 0 and not report["warnings"]


def test_a_span_of_a_recording_is_verified(tmp_path):
    """In recorded order, where changes of before the span stand behind trades of inside it."""
    path = str(DEPTH / "btcusd_coinm_20240808.gz")
    report = replay(path, config=BIDS, rows="book",
                    out=tmp_path / "whole.parquet")
    whole = pq.read_table(tmp_path / "whole.parquet")
    times = whole["ts_ns"].to_numpy()
    from_ns = int(times[len(times) // 2])
    for part in ({}, {"limit": 40}):
        checkpoint = {"checkpoint": tmp_path / "c", "every": 17} if part else {}
        report = replay(path, config=BIDS, rows="book", from_=from_ns,
                        out=tmp_path / "span.csv", force=True, **part, **checkpoint)
        assert report["counters_of"]["book"]["total"]["gaps"] == 0
    report = replay(path, config=BIDS, rows="book", from_=from_ns,
                    out=tmp_path / "span.csv", resume=tmp_path / "c")
    lines = (tmp_path / "span.csv").read_text().splitlines()[1:]
    found = [float(line.split(",")[-1]) for line in lines]
    assert found == whole["b"].to_numpy()[times >= from_ns].tolist()
    assert verify(path, config=BIDS, rows="book",
                  from_=from_ns)["identical"]


def test_changes_without_a_snapshot_are_told_of(files, tmp_path):
    sent, _ = session()
    at = next(n for n, message in enumerate(sent) if message[3].get("snapshot"))
    when = sent[at + 100][0]
    late = sent[:at] + sent[at + 1:at + 101] + [(when, *sent[at][1:])] + sent[at + 101:]
    for changes, words in ((sent[at + 1:], "came, and its"),
                           (late, f"stands before the first {at + 100} changes")):
        books = write_dump(tmp_path / "changes.jsonl", changes)
        report = replay(files["trades"], books=[str(books)], config=SETTINGS)
        told = [text for text in report["warnings"] if "no snapshot of the book of BTCUSD" in text]
        assert len(told) == 1 and words in told[0]
