"""LOBSTER: executions are trades on the other side of who rested, and each line of the books has
the time of its message."""

import datetime as dt
import gzip
import math
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.layouts.reading import run_command
from tickeng.files.sources import open_source

MESSAGES = """\
34200.004241176,1,16113575,18,5853300,1
34200.025551909,4,16113584,18,5853300,1
34200.201743460,3,16120456,18,5859100,-1
34200.275600000,4,16120457,30,5859200,-1
34201.275600000,5,0,7,5859000,-1
34202.5,7,0,0,-1,-1
34203.5,6,-1,500,5850000,-1
"""
BOOKS = """\
5859400,200,5853300,18,5859800,200,-9999999999,0
5859400,200,5853300,18,5859800,200,5853000,150
5859400,200,5853300,18,5859800,200,5853000,150
9999999999,0,5853300,18,9999999999,0,5853000,150
5859400,200,-9999999999,0,5859800,200,-9999999999,0
5859400,200,5853300,9999999999,5859800,200,5853000,150
5859400,200,5853300,18,5859800,200,5853000,150
"""


def pair(folder, messages=MESSAGES, books=BOOKS, day="2012-06-21", levels=2, end=".csv"):
    found = []
    for what, body in (("message", messages), ("orderbook", books)):
        path = folder / f"AAPL_{day}_34200000_57600000_{what}_{levels}{end}"
        data = body.encode()
        path.write_bytes(gzip.compress(data) if end.endswith(".gz") else data)
        found.append(path)
    return found


def utc(day, seconds):
    """Nanoseconds of so many seconds behind New York's midnight, on a day without a change."""
    midnight = dt.datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/New_York"))
    return int(midnight.timestamp()) * 10**9 + int(Decimal(seconds) * 10**9)


def slow_trades(body, day):
    found = []
    for line in body.splitlines():
        seconds, kind, _, size, price, direction = line.split(",")
        if kind in ("4", "5"):
            known = kind == "4" or day < "2014-07-14"
            found.append((utc(day, seconds), float(Decimal(price) / 10_000), float(size),
                          -int(direction) if known else 0))
    return found


def slow_books(messages, books, day):
    found = []
    for message, line in zip(messages.splitlines(), books.splitlines(), strict=True):
        cells = [*map(int, line.split(","))]
        levels = [(side, float(Decimal(cells[i]) / 10_000), float(cells[i + 1]))
                  for i, side in zip(range(0, len(cells), 2), ("ask", "bid") * 99, strict=False)
                  if abs(cells[i]) != 9_999_999_999 or cells[i + 1]]
        found.append((utc(day, message.split(",")[0]), *(
            [(price, qty) for of, price, qty in levels if of == side] for side in ("bid", "ask"))))
    return found


def trades_of(table):
    return list(zip(*(table[name].tolist() for name in ("ts_ns", "price", "qty", "side")),
                    strict=True))


def books_of(table):
    found = []
    for row in range(len(table)):
        sides = [[(p, q) for p, q in zip(table[side][row].tolist(),
                                         table[f"{side}_qty"][row].tolist(), strict=True)
                  if not math.isnan(p)] for side in ("bid", "ask")]
        found.append((int(table["ts_ns"][row]), *sides))
    return found


@pytest.mark.parametrize("day", ["2012-06-21", "2012-12-21", "2014-07-13", "2014-07-14"])
def test_executions_are_trades(tmp_path, day):
    path, _ = pair(tmp_path, day=day)
    table = tickeng.read(path)
    assert trades_of(table) == slow_trades(MESSAGES, day)
    assert table["symbol"].tolist() == ["AAPL"] * 3
    assert table.counters["filtered"] == 4


def test_the_book_behind_each_message(tmp_path):
    _, path = pair(tmp_path)
    table = tickeng.read(path)
    assert books_of(table) == slow_books(MESSAGES, BOOKS, "2012-06-21")
    quotes = tickeng.read(path, kind="quote")
    assert quotes["bid"][:2].tolist() == [585.33, 585.33]
    assert math.isnan(quotes["ask"][3])


@pytest.mark.parametrize("start", range(8))
@pytest.mark.parametrize("block_rows", [1, 3, 100])
def test_from_any_row_on(tmp_path, start, block_rows):
    for path, takes in zip(pair(tmp_path), ("trade", "book"), strict=True):
        found = []
        for begin in (0, start):
            with open_source(path, takes=(takes,), block_rows=block_rows) as source:
                found.append([(int(row), int(ts)) for batch in source.batches(begin)
                              for row, ts in zip(batch.row, batch.ts_ns, strict=True)])
        assert found[1] == [event for event in found[0] if event[0] > start]


def test_packed_alike(tmp_path):
    _, path = pair(tmp_path, end=".csv.gz")
    assert books_of(tickeng.read(path)) == slow_books(MESSAGES, BOOKS, "2012-06-21")


prices = st.integers(1, 10**7)
rows = st.lists(st.tuples(
    st.integers(0, 86_399 * 10**9), st.integers(1, 7), st.integers(1, 10**6), prices,
    st.sampled_from([1, -1]), st.lists(st.integers(1, 500), min_size=4, max_size=4),
    st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=30)


@settings(deadline=None, max_examples=40)
@given(rows=rows, newline=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_any_pair_is_read_as_a_slow_reading_has_it(tmp_path_factory, rows, newline, last):
    messages, books = [], []
    for ns, kind, size, price, side, steps, bids, asks in rows:
        messages.append(f"{ns // 10**9}.{ns % 10**9:09},{kind},7,{size},{price},{side}")
        ask, bid, cells = price + steps[0], 10**8 + price, []
        for level in range(2):
            has_ask, has_bid = level < asks, level < bids
            cells += [ask if has_ask else 9999999999, steps[1] if has_ask else 0,
                      bid if has_bid else -9999999999, steps[2] if has_bid else 0]
            ask, bid = ask + steps[3], bid - steps[3]
        books.append(",".join(map(str, cells)))
    bodies = [newline.join(lines) + newline * last for lines in (messages, books)]
    message, orderbook = pair(tmp_path_factory.mktemp("lobster"), *bodies)
    trades = slow_trades(bodies[0], "2012-06-21")
    if trades:
        assert trades_of(tickeng.read(message)) == trades
    assert books_of(tickeng.read(orderbook)) == slow_books(*bodies, "2012-06-21")


def test_more_than_twenty_levels(tmp_path):
    line = ",".join(f"{1_000_000 + 100 * n},{n + 1},{999_900 - 100 * n},{n + 2}" for n in range(30))
    _, path = pair(tmp_path, MESSAGES.splitlines()[0] + "\n", line + "\n", levels=30)
    table = tickeng.read(path)
    assert table["bid"].shape == (1, 20)
    assert (table["ask_qty"][0, 19], table["bid_qty"][0, 19]) == (20.0, 21.0)
    assert any("best 20" in note for note in table.reading.notes)


@pytest.mark.parametrize(("messages", "books", "said"), [
    (MESSAGES[:-35], BOOKS, "ends behind row 6: fetch both"),
    (MESSAGES, BOOKS[:-47], "more rows than the 6 here: fetch both"),
])
def test_pairs_of_unequal_length_are_refused(tmp_path, messages, books, said):
    messages, books = messages.rstrip() + "\n", books.rstrip() + "\n"
    assert abs(messages.count("\n") - books.count("\n")) == 1
    _, path = pair(tmp_path, messages, books)
    with pytest.raises(tickeng.DataError, match=said):
        tickeng.read(path)


def test_what_is_missing_is_named(tmp_path):
    message, orderbook = pair(tmp_path)
    with pytest.raises(tickeng.DataError, match=f"holds LOBSTER messages.*give {orderbook.name}"):
        tickeng.read(message, kind="book")
    with pytest.raises(tickeng.DataError, match=f"no trades: give {message.name}"):
        tickeng.read(orderbook, kind="trade")
    bare = tmp_path / "messages.csv"
    bare.write_text(MESSAGES)
    with pytest.raises(tickeng.DataError, match='date="2012-06-21"'):
        tickeng.read(bare)
    assert trades_of(tickeng.read(bare, date="2012-06-21")) == slow_trades(MESSAGES, "2012-06-21")
    message.unlink()
    with pytest.raises(tickeng.DataError, match=f"times are in {message.name}: put that file"):
        tickeng.read(orderbook)
    message.write_text(MESSAGES)
    other = orderbook.with_name(orderbook.name.replace("_2.csv", "_3.csv"))
    orderbook.rename(other)
    with pytest.raises(tickeng.DataError, match="has 2 levels, and its name says 3"):
        tickeng.read(other)


def test_a_replay_of_both(tmp_path):
    message, orderbook = pair(tmp_path)
    for option, book in (("--books", "book"), ("--quotes", "quote")):
        out = tmp_path / f"{book}.csv"
        code, said = run_command("replay", str(message), option, str(orderbook), "--kernels",
                                 f"x = {book}.ask", "-o", str(out))
        assert code == 0, said
        # The trade sees the book before its own message.
        assert [line.rsplit(",", 1)[1] for line in out.read_text().splitlines()[1:]] == [
            "585.94", "585.94", ""]


def test_sides_that_nobody_knows_are_inferred_where_that_is_asked_for(tmp_path):
    path, _ = pair(tmp_path, day="2020-06-22")
    assert tickeng.read(path)["side"].tolist() == [-1, 1, 0]
    assert tickeng.read(path, infer_side="tick")["side"].tolist() == [-1, 1, -1]
    assert any("hidden" in note for note in tickeng.read(path).reading.notes)
