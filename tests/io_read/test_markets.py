"""Quotes and book snapshots: which columns, what an empty side is, and what is refused."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tickeng.errors import ConfigError, DataError, TruncatedError
from tickeng.files.batch import VALUES
from tickeng.files.sources import describe_file, open_source
from tickeng.files.sources.markets import place

MS = 1_700_000_000_000
SIDES = tuple(VALUES["quote"])
NAN = math.nan


def csv(folder: Path, header: str, *rows: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def cells(table, *names: str) -> list[list]:
    return [np.where(np.isnan(table[name]), None, table[name]).tolist()
            for name in names or SIDES]


@pytest.mark.parametrize("names", [
    "bid bid_qty ask ask_qty", "bid_price bid_size ask_price ask_size",
    "best_bid_price best_bid_qty best_ask_price best_ask_qty", "b B a A",
    "bidPx bidSz askPx askSz", "bid_px_00 bid_sz_00 ask_px_00 ask_sz_00", "bp bs ap as",
    "BidPrice1 BidVolume1 AskPrice1 AskVolume1", "bid1 bidsize1 ask1 asksize1",
    "b1_p b1_v a1_p a1_v", "bids[0].price bids[0].amount asks[0].price asks[0].amount",
    "Bid BidVolume Ask AskVolume", "bestBid bestBidSize bestAsk bestAskSize",
    "bid_price bid_amount ask_price ask_amount", "bid bid_vol offer offer_vol",
    "price_bid qty_bid price_ask qty_ask",
])
def test_names(tmp_path, names):
    header = "timestamp," + ",".join(names.split())
    table = tickeng.read(csv(tmp_path, header, f"{MS},99.5,2,100.5,3"))
    assert table.kind == "quote"
    assert [table[side].tolist() for side in SIDES] == [[99.5], [2.0], [100.5], [3.0]]


@pytest.mark.parametrize("name", ["bid_id", "asset", "base", "abs", "bidder", "ask_exchange",
                                  "bid_ct_00", "asks_notional_0", "spread", "bid1price2"])
def test_names_of_other_things(name):
    assert place(name) is None


def test_an_empty_side(tmp_path):
    path = csv(tmp_path, "timestamp,bid,bid_qty,ask,ask_qty",
               f"{MS},,,2,3", f"{MS + 1},1,2,NaN,7", f"{MS + 2},0,0,2,3", f"{MS + 3},0,,null,None",
               f"{MS + 4},1,-0.0,2,0")
    table = tickeng.read(path)
    assert cells(table) == [[None, 1, None, None, 1], [0, 2, 0, 0, 0], [2, None, 2, None, 2],
                            [3, 0, 3, 0, 0]]
    assert not np.signbit(table["bid_qty"]).any()
    assert describe_file(str(path))["market"] == {"one-sided": 3, "empty": 1}


def test_rows_that_are_no_quotes(tmp_path):
    rows = [f"{MS},x,1,2,3", f"{MS},1,x,2,3", f"{MS},-1,1,2,3", f"{MS},1,-1,2,3", f"{MS},0,1,2,3",
            f"{MS},1,,2,3", f"{MS},1,inf,2,3", f"{MS},inf,1,2,3", "x,1,1,2,3", f"{MS},1,1,2",
            f"{MS},1,1,2,3"]
    path = csv(tmp_path, "timestamp,bid,bid_qty,ask,ask_qty", *rows)
    with open_source(str(path), takes=VALUES) as source:
        batch, = source.batches()
    price, qty = "bad_price", "bad_qty"
    assert [(r.row, r.reason, r.text) for r in batch.rejects] == [
        (n + 1, reason, rows[n]) for n, reason in enumerate(
            [price, qty, price, qty, price, qty, qty, price, "bad_timestamp", "bad_fields"])]
    assert batch.row.tolist() == [11]


CELLS = ("", "0", "1.5", "2", "3", "nan", "-1", "x", "1e400")


def number(text: str) -> float | None:
    """NaN for what is not given, None for what is no number."""
    if text in ("", "nan"):
        return NAN
    try:
        return float(text)
    except ValueError:
        return None


def side_of(prices: list[str], sizes: list[str], step: int):
    """Levels, or the reason for which they are none: the rules, one after the other."""
    found, ended = [], False
    for text in prices:
        price = number(text)
        if price is None or price < 0 or math.isinf(price):
            return "bad_price"
    for text in sizes:
        size = number(text)
        if size is None or size < 0 or math.isinf(size):
            return "bad_qty"
    for price, size in zip(map(number, prices), map(number, sizes), strict=True):
        if math.isnan(price) or (price == 0 and (math.isnan(size) or size == 0)):
            ended = True
        elif ended or price == 0 or (found and not step * price > step * found[-1][0]):
            return "bad_price"
        elif math.isnan(size):
            return "bad_qty"
        else:
            found.append((price, size))
    return found


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(CELLS), min_size=8, max_size=8), min_size=1, max_size=9),
       st.integers(1, 4))
def test_books_by_the_rules(tmp_path_factory, rows, block_rows):
    """Text, and a table of texts, are read as the rules say, whatever the blocks."""
    names = [f"{side}_{what}_{n}" for side in ("bid", "ask") for what in ("px", "qty")
             for n in (1, 2)]
    folder = tmp_path_factory.mktemp("books")
    text = csv(folder, "timestamp," + ",".join(names),
               *(f"{MS + n}," + ",".join(row) for n, row in enumerate(rows)))
    table = folder / "t.parquet"
    columns = list(zip(*rows, strict=True))
    pq.write_table(pa.table({"timestamp": [MS + n for n in range(len(rows))],
                             **dict(zip(names, columns, strict=True))}), table)
    expected, accepted = [], []
    for n, row in enumerate(rows):
        bids, asks = side_of(row[:2], row[2:4], -1), side_of(row[4:6], row[6:], 1)
        if isinstance(bids, str) or isinstance(asks, str):
            expected.append(n + 1)
        else:
            accepted.append((bids, asks))
    for path in (text, table):
        try:
            source = open_source(str(path), kind="book", takes=VALUES, block_rows=block_rows)
        except DataError as error:
            assert "no number" in str(error)  # a column without any
            return
        with source:
            batches = list(source.batches())
        assert [r.row for batch in batches for r in batch.rejects] == expected
        found = []
        for batch in batches:
            for n in range(len(batch)):
                values = {side: batch.values[side][n] for side in SIDES}
                found.append(tuple([(price, size) for price, size in zip(
                    values[side], values[f"{side}_qty"], strict=True) if not math.isnan(price)]
                    for side in ("bid", "ask")))
                for side in ("bid", "ask"):
                    assert not values[f"{side}_qty"][np.isnan(values[side])].any()
        assert found == accepted


def wide(levels: int, first: int = 0, skip: int | None = None) -> tuple[str, str]:
    at = [n for n in range(first, first + levels) if n != skip]
    header = ",".join(f"bids[{n}].price,bids[{n}].amount,asks[{n}].price,asks[{n}].amount"
                      for n in at)
    row = ",".join(f"{100 - n},{n + 1},{101 + n},{n + 2}" for n in at)
    return f"timestamp,{header}", f"{MS},{row}"


@pytest.mark.parametrize("first", [0, 1])
def test_levels_behind_the_twentieth_are_cut_and_that_is_said(tmp_path, first):
    path = csv(tmp_path, *wide(25, first))
    table = tickeng.read(path)
    assert table.kind == "book" and table["bid"].shape == (1, 20)
    assert table["bid"][0].tolist() == [100 - n for n in range(first, first + 20)]
    assert table["ask_qty"][0].tolist() == [n + 2 for n in range(first, first + 20)]
    said = ["of its 25 levels the best 20 are read"]
    assert describe_file(str(path))["reading"]["notes"] == said


def test_a_level_that_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match="levels 0 to 4 of the bids' prices, but none for level 2"):
        tickeng.read(csv(tmp_path, *wide(5, 0, skip=2)))
    with pytest.raises(DataError, match="levels begin with 3"):
        tickeng.read(csv(tmp_path, *wide(5, 3)))


def test_sides_of_unequal_depth_are_padded(tmp_path):
    path = csv(tmp_path, "timestamp,bid1,bidv1,bid2,bidv2,ask1,askv1", f"{MS},9,1,8,2,10,3")
    assert cells(tickeng.read(path)) == [[[9, 8]], [[1, 2]], [[10, None]], [[3, 0]]]


def test_what_the_user_names(tmp_path):
    path = csv(tmp_path, "when,kauf,menge,brief,stk,x", f"{MS},9,1,10,2,8")
    table = tickeng.read(path, map="ts=when,bid=kauf,bid_qty=menge,ask=brief,ask_qty=stk")
    assert (table.kind, cells(table)) == ("quote", [[9], [1], [10], [2]])
    book = tickeng.read(path, map="ts=when,bid=kauf+x,bid_qty=menge+stk,ask=brief,ask_qty=stk")
    assert (book.kind, book["bid"].tolist()) == ("book", [[9.0, 8.0]])
    again = tickeng.read(path, **book.reading.keywords())
    assert cells(again) == cells(book)


def test_quotes_without_quantities_are_asked_about(tmp_path):
    path = csv(tmp_path, "timestamp,bid,ask", f"{MS},9,10")
    with pytest.raises(DataError, match='map="bid_qty=none,ask_qty=none" reads each as 0'):
        tickeng.read(path)
    assert cells(tickeng.read(path, map="bid_qty=none,ask_qty=none")) == [[9], [0], [10], [0]]


def test_a_file_of_two_kinds_is_one_of_trades(tmp_path):
    path = csv(tmp_path, "timestamp,price,size,side,bid_price,bid_size,ask_price,ask_size",
               f"{MS},9.5,1,buy,9,1,10,2")
    assert tickeng.read(path).kind == "trade"
    assert 'kind="quote"' in describe_file(str(path))["reading"]["notes"][-1]
    assert cells(tickeng.read(path, kind="quote")) == [[9], [1], [10], [2]]
    with pytest.raises(ConfigError, match="kind must be one of trade, quote, book"):
        tickeng.read(path, kind="quotes")
    with pytest.raises(ConfigError, match="a quote has no side: leave sides out"):
        tickeng.read(path, kind="quote", sides={"buy": 1, "sell": 2})
    with pytest.raises(ConfigError, match='a quote has no price of its own: leave map="price='):
        tickeng.read(path, kind="quote", map="price=price")


def test_changes_of_books_are_no_snapshots(tmp_path):
    for header, row in (("timestamp,type,bid,bid_qty,ask,ask_qty", f"{MS},delta,9,1,10,2"),
                        ("timestamp,is_snapshot,bid,bid_qty,ask,ask_qty", f"{MS},true,9,1,10,2")):
        with pytest.raises(DataError, match="snapshot|updates"):
            tickeng.read(csv(tmp_path, header, row))
    mixed = csv(tmp_path, "timestamp,type,bid,bid_qty,ask,ask_qty", f"{MS},snapshot,9,1,10,2",
                f"{MS},delta,9,1,10,2")
    with pytest.raises(DataError, match='keep="snapshot" keeps those alone'):
        tickeng.read(mixed)
    kept = tickeng.read(mixed, keep="snapshot")
    assert (len(kept), kept.counters["filtered"]) == (1, 1)


def test_scales_commas_clocks_and_ids(tmp_path):
    path = csv(tmp_path, "time;local_time;update_id;bid;bid_qty;ask;ask_qty",
               f"{MS};{MS + 5};7;9,5;1,25;10,5;2")
    table = tickeng.read(path)
    assert cells(table) == [[9.5], [1.25], [10.5], [2]]
    assert table["recv_ns"].tolist() == [(MS + 5) * 10**6] and table["id"].tolist() == [7]
    assert tickeng.read(path, clock="recv")["ts_ns"].tolist() == [(MS + 5) * 10**6]
    scaled = csv(tmp_path, "time,bid,bid_qty,ask,ask_qty", f"{MS},95000000000,1,105000000000,2")
    with pytest.raises(DataError, match="price_scale"):
        tickeng.read(scaled)
    assert cells(tickeng.read(scaled, price_scale="1e-9"))[0] == [95]


BOOKS = [([[9.0, 1.0], [8.0, 2.0]], [[10.0, 3.0]]), ([], [[10.0, 3.0]]),
         ([[9.0, 1.0]], [[10.0, 3.0], [11.0, 4.0], [12.5, 0.5]])]


def in_lists() -> dict[str, pa.Table]:
    ts = [MS + n for n in range(len(BOOKS))]
    level = pa.struct([("price", pa.float64()), ("size", pa.float64())])
    named = {side: [[{"price": p, "size": q} for p, q in book[n]] for book in BOOKS]
             for n, side in enumerate(("bids", "asks"))}
    pairs = {side: [book[n] for book in BOOKS] for n, side in enumerate(("bids", "asks"))}
    apart = {f"{side}_{what}": [[level[k] for level in book[n]] for book in BOOKS]
             for n, side in enumerate(("bid", "ask"))
             for k, what in enumerate(("prices", "sizes"))}
    text = {side: [[[str(p), str(q)] for p, q in book] for book in books]
            for side, books in pairs.items()}
    return {
        "records": pa.table({"ts": ts, **{
            side: pa.array(books, pa.list_(level)) for side, books in named.items()}}),
        "pairs": pa.table({"ts": ts, **pairs}), "texts": pa.table({"ts": ts, **text}),
        "apart": pa.table({"ts": ts, **apart}),
        "large": pa.table({"ts": ts, **{name: pa.array(column, pa.large_list(pa.float64()))
                                        for name, column in apart.items()}}),
        "json": pa.table({"ts": ts, **{side: list(map(json.dumps, books))
                                       for side, books in text.items()}}),
    }


@pytest.mark.parametrize("form", [*in_lists(), "lines", "objects"])
def test_books_in_lists(tmp_path, form):
    path = tmp_path / "t.parquet"
    if form in ("lines", "objects"):
        path = tmp_path / "t.jsonl"
        path.write_text("".join(json.dumps({"ts": MS + n, "bids": [
            {"px": str(p), "sz": str(q), "n": 1} if form == "objects" else [str(p), str(q), "0"]
            for p, q in bids], "asks": [
            {"px": p, "sz": q, "n": 1} if form == "objects" else [p, q] for p, q in asks]}) + "\n"
            for n, (bids, asks) in enumerate(BOOKS)))
    else:
        pq.write_table(in_lists()[form], path, row_group_size=2)
    table = tickeng.read(path)
    assert table.kind == "book" and table["bid"].shape == (3, 20)
    for row, (bids, asks) in enumerate(BOOKS):
        for name, k, levels in (("bid", 0, bids), ("bid_qty", 1, bids), ("ask", 0, asks),
                                ("ask_qty", 1, asks)):
            wanted = [level[k] for level in levels]
            rest = table[name][row][len(wanted):]
            assert table[name][row][:len(wanted)].tolist() == wanted
            assert (rest == 0).all() if k else np.isnan(rest).all()


@pytest.mark.parametrize(("bids", "reason"), [
    ([[8, 1], [9, 1]], "bad_price"), ([[9, 1], [9, 1]], "bad_price"), ([[9]], "bad_"),
    ([[9, -1]], "bad_qty"), ([[-9, 1]], "bad_price"), ([["x", 1]], "bad_price"),
    ([[9, "x"]], "bad_qty"), ([9, 1], "bad_price"), ({"9": 1}, "bad_"), (["9"], "bad_"),
    ([[None, None], [9, 1]], "bad_price"), ([[9, [1]]], "bad_qty"), (None, "bad_"),
    ([["inf", 1]], "bad_price"), ([{"price": 9}], "bad_"),
])
def test_lists_that_are_no_levels(tmp_path, bids, reason):
    path = tmp_path / "t.jsonl"
    good = {"ts": MS, "bids": [[9, 1]], "asks": [[10, 1]]}
    path.write_text("".join(json.dumps(row) + "\n" for row in (good, good | {"bids": bids}, good)))
    table = tickeng.read(path)
    assert len(table) == 2 and table.counters["rejected"] == 1
    assert next(iter(table.counters["reasons"])).startswith(reason)


def test_prices_and_quantities_of_unequal_length(tmp_path):
    pq.write_table(pa.table({"ts": [MS, MS], "bid_prices": [[9.0], [9.0]],
                             "bid_sizes": [[1.0], [1.0, 2.0]], "ask_prices": [[10.0], [10.0]],
                             "ask_sizes": [[1.0], [1.0]]}), tmp_path / "t.parquet")
    table = tickeng.read(tmp_path / "t.parquet")
    assert (len(table), table.counters["reasons"]) == (1, {"bad_qty": 1})


@pytest.mark.parametrize("name", ["t.parquet", "t.jsonl"])
def test_a_list_of_twenty_thousand_levels(tmp_path, name):
    bids = [[20_000.0 - n, 1.0] for n in range(20_000)]
    rows = [{"ts": MS, "bids": bids, "asks": [[20_001.0, 1.0]]}] * 3
    path = tmp_path / name
    if name.endswith("jsonl"):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    table = tickeng.read(path)
    assert table["bid"].tolist() == [[20_000.0 - n for n in range(20)]] * 3


def test_lists_that_would_take_too_much_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    levels = [[9.0] * 600_000] * 2
    pq.write_table(pa.table({"ts": [MS, MS], "bid_prices": levels, "bid_sizes": levels,
                             "ask_prices": levels, "ask_sizes": levels}), path)
    with pytest.raises(DataError, match="max_memory"):
        tickeng.read(path, max_memory="16MiB")


def test_lists_in_cells_of_text_name_what_reads_them(tmp_path):
    path = csv(tmp_path, "timestamp,bids,asks", f'{MS},"[[9, 1]]","[[10, 1]]"')
    with pytest.raises(DataError, match="Parquet and JSON"):
        tickeng.read(path)


def test_header_alone_and_a_file_that_breaks_off(tmp_path):
    path = csv(tmp_path, wide(3)[0])
    table = tickeng.read(path)
    assert (table.kind, table["bid"].shape) == ("book", (0, 3))
    rows = "".join(f"{MS + n},9,{n + 1},10,{n % 7 + 1}\n" for n in range(5_000))
    data = gzip.compress(("timestamp,bid,bid_qty,ask,ask_qty\n" + rows).encode())
    (tmp_path / "t.csv.gz").write_bytes(data[:-200])
    with pytest.raises(TruncatedError):
        tickeng.read(tmp_path / "t.csv.gz")


def test_rejected_rows_are_kept_on_demand(tmp_path):
    path = csv(tmp_path, *wide(2)[:1], wide(2)[1], f"{MS},x,1,2,3,1,1,2,3")
    table = tickeng.read(path, rejects="keep")
    assert table["status"].tolist() == [0, 3] and np.isnan(table["bid"][1]).all()


def test_what_takes_trades_alone_refuses_quotes(tmp_path):
    path = csv(tmp_path, "timestamp,bid,bid_qty,ask,ask_qty", f"{MS},9,1,10,2")
    engine = tickeng.Engine()
    for call in (lambda: tickeng.replay(path), lambda: engine.run(path),
                 lambda: engine.run(tickeng.read(path)), lambda: tickeng.verify(path),
                 lambda: engine.run(tickeng.read(path).to_arrow())):
        with pytest.raises(DataError, match="holds quotes, no trades"):
            call()


def test_the_engine_runs_what_was_read(tmp_path):
    quotes = tickeng.read(csv(tmp_path, "timestamp,bid,bid_qty,ask,ask_qty",
                              *(f"{MS + n},{9 + n % 3},1,{12 + n % 2},2" for n in range(20))))
    header, row = wide(25)
    books = tickeng.read(csv(tmp_path, header, row, row))
    for name, table, kernel in (("quote", quotes, "mid_spread"), ("book", books,
                                                                   "depth_imbalance")):
        given = {"ts_ns": table["ts_ns"], **{side: table[side] for side in SIDES}}
        one = tickeng.Engine(kernels=kernel).run(**{f"{name}s": table}, rows=name)
        other = tickeng.Engine(kernels=kernel).run(**{f"{name}s": given}, rows=name)
        for column in one:
            np.testing.assert_array_equal(one[column], other[column])
        through_arrow = tickeng.Engine(kernels=kernel).run(
            **{f"{name}s": table.to_arrow()}, rows=name)
        assert list(through_arrow) == list(one)
