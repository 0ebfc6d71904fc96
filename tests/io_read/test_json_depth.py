"""Depth messages of venues' feeds: behind a local clock, in any blocks, damaged in any place."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.layouts.reading import run_command
from tests.layouts.table_depth_feeds import FEEDS, MS, bybit, kraken
from tests.layouts.test_levels import truth_of
from tickeng.files.sources import open_source

READ = [layout for layout in FEEDS if not layout.refuses]


def sent(layout):
    return [json.loads(line) for line in layout.content.data.decode().splitlines()]


def written(folder, messages, clock=None):
    path = folder / "feed.jsonl"
    heads = ["" if clock is None else f"{(clock + n) * 10**6} " for n in range(len(messages))]
    path.write_text("".join(f"{head}{json.dumps(message)}\n" for head, message in zip(
        heads, messages, strict=True)))
    return path


@pytest.mark.parametrize("layout", [pytest.param(x, id=x.name) for x in READ])
def test_behind_a_local_clock(layout, tmp_path):
    path = written(tmp_path, sent(layout), clock=MS + 7)
    table = tickeng.read(path, kind="book")
    assert truth_of(table) == list(layout.truth)
    assert set(table["recv_ns"].tolist()) <= {(MS + 7 + n) * 10**6 for n in range(9)}
    local = tickeng.read(path, kind="book", clock="recv")
    assert [row[1:] for row in truth_of(local)] == [row[1:] for row in layout.truth]


@pytest.mark.parametrize("layout", [pytest.param(x, id=x.name) for x in READ])
def test_in_any_batches(layout, tmp_path):
    path = written(tmp_path, sent(layout) * 3)
    rows = []
    for block_rows in (1, 2, 1000):
        with open_source(path, kind="book", takes=("delta",), block_rows=block_rows) as source:
            rows.append([(int(ts), int(row)) for batch in source.batches()
                         for ts, row in zip(batch.ts_ns, batch.row, strict=True)])
    assert rows[0] == rows[1] == rows[2] != []
    for _, start in rows[0]:  # where a run may be resumed
        with open_source(path, kind="book", takes=("delta",), block_rows=2) as source:
            again = [(int(ts), int(row)) for batch in source.batches(start)
                     for ts, row in zip(batch.ts_ns, batch.row, strict=True)]
        assert again == [event for event in rows[0] if event[1] > start]


def parts(value, path=()):
    """The paths to all members of a message."""
    items = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())
    for key, inner in items:
        yield (*path, key)
        yield from parts(inner, (*path, key))


WRONG = (None, {}, [], [[]], "", "x", -1, 0, True, {"a": 1}, [None], [["1"]], 1e300)


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_damaged_in_any_place(data, tmp_path_factory):
    layout = data.draw(st.sampled_from(READ))
    messages = sent(layout)
    number = data.draw(st.integers(0, len(messages) - 1))
    place = data.draw(st.sampled_from([*parts(messages[number])]))
    at = messages[number]
    for key in place[:-1]:
        at = at[key]
    if data.draw(st.booleans()):
        at[place[-1]] = data.draw(st.sampled_from(WRONG))
    else:
        del at[place[-1]]
    path = written(tmp_path_factory.mktemp("damaged"), messages)
    try:
        table = tickeng.read(path, kind="book", rejects="keep")
    except tickeng.TickengError as error:
        assert str(error)
        return
    # What was read tells of no level that nobody sent.
    texts = {float(price) for message in sent(layout) for price in numbers(message)}
    texts |= {float(wrong) for wrong in WRONG if isinstance(wrong, int | float)}
    prices = {price for price in table["price"].tolist() if price == price}
    assert prices <= texts


def numbers(value):
    """All that may be a number in a message."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers(inner)
    elif isinstance(value, int | float):
        yield value
    elif isinstance(value, str):
        for part in value.split(","):
            if re.fullmatch(r"\d+(?:\.\d+)?", part):
                yield part


def test_a_replay_takes_trades_and_books_of_one_recording(tmp_path):
    def trade(late):
        return {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": MS + late, "data": [{
            "T": MS + late, "s": "BTCUSDT", "S": "Buy", "v": "1", "p": "61801", "i": str(late)}]}

    path = written(tmp_path, [
        trade(0), bybit("snapshot", 10, [["61800", "2"]], [["61801", "1"]], 100), trade(20),
        bybit("delta", 30, [["61800", "0"], ["61799", "5"]], [], 101), trade(40),
        bybit("delta", 50, [["61798", "5"]], [], 103), trade(60),
        bybit("snapshot", 70, [["61797", "2"]], [["61801", "1"]], 104), trade(80)], clock=MS + 7)
    out = tmp_path / "out.csv"
    code, said = run_command("replay", str(path), "--books", str(path), "--kernels",
                             "x = book.bid", "-o", str(out))
    assert code == 0, said
    rows = out.read_text().splitlines()[1:]
    # The number 102 never came: the book is unknown until the next snapshot.
    assert [line.rsplit(",", 1)[1] for line in rows] == ["", "61800.0", "61799.0", "", "61797.0"]


def test_what_to_type_works(tmp_path):
    path = written(tmp_path, [bybit("snapshot", 0, [["9", "2"]], [["10", "1"]], 100)])
    with pytest.raises(tickeng.DataError, match='kind="book" reads its depth'):
        tickeng.read(path)
    assert len(tickeng.read(path, kind="book")) == 2
    with pytest.raises(tickeng.DataError, match="no quote line.*Binance's bookTicker"):
        tickeng.read(path, kind="quote")
    trades = written(tmp_path, [{"channel": "trade", "type": "update", "data": [{
        "symbol": "BTC/USD", "side": "buy", "price": 9.5, "qty": 1, "ord_type": "limit",
        "trade_id": 7, "timestamp": "2024-03-01T10:00:00.000000Z"}]}])
    with pytest.raises(tickeng.DataError, match="no depth line among 1 .*record the depth"):
        tickeng.read(trades, kind="book")


def test_a_snapshot_without_bids_and_asks_ends_the_book(tmp_path):
    path = written(tmp_path, [
        bybit("snapshot", 0, [["9", "2"]], [["10", "1"]], 100), bybit("snapshot", 5, [], [], 101)])
    table = tickeng.read(path, kind="book", rejects="keep")
    assert table.counters["rejected"] == 1


def test_a_snapshot_that_nothing_follows_has_no_time(tmp_path):
    path = written(tmp_path, [kraken("snapshot", [["9", "2"]], [["10", "1"]])])
    with pytest.raises(tickeng.DataError, match="snapshots without a time.*record the updates"):
        tickeng.read(path, kind="book")
