"""hftbacktest's arrays: each event once, by the order of the clock, as its converter wrote it."""

import io
import math
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.io_read.conftest import read
from tests.layouts.reading import run_command
from tickeng.files.sources import open_source

EXCH, LOCAL, BUY, SELL = 1 << 31, 1 << 30, 1 << 29, 1 << 28
BOTH = EXCH | LOCAL
DEPTH, TRADE, CLEAR, SNAPSHOT = 1, 2, 3, 4
DTYPE = np.dtype([("ev", "u8"), ("exch_ts", "i8"), ("local_ts", "i8"), ("px", "f8"),
                  ("qty", "f8"), ("order_id", "u8"), ("ival", "i8"), ("fval", "f8")], align=True)
SHORT = np.dtype([("ev", "i8"), ("exch_ts", "i8"), ("local_ts", "i8"), ("px", "f4"),
                  ("qty", "f4")])
T = 1_723_161_256_000_000_000
NO_ID = np.iinfo(np.int64).min


def events(*rows, dtype=DTYPE):
    """Rows of (ev, exchange time, local time, price, quantity), times in us behind T."""
    found = np.zeros(len(rows), dtype)
    for i, (ev, exch, local, px, qty) in enumerate(rows):
        found[i] = (ev, T + exch * 1000, T + local * 1000, px, qty, *[0] * (len(dtype) - 5))
    return found


# As the converter writes it: the second trade overtook the depth message on its way, so that each
# of them stands in both orders.
ROWS = (
    (BOTH | CLEAR | BUY, 0, 5, 98.0, 0), (BOTH | SNAPSHOT | BUY, 0, 5, 99.0, 1),
    (BOTH | SNAPSHOT | BUY, 0, 5, 98.0, 2), (BOTH | CLEAR | SELL, 0, 5, 101.0, 0),
    (BOTH | SNAPSHOT | SELL, 0, 5, 101.0, 3),
    (BOTH | TRADE | BUY, 10, 15, 101.0, 0.5),
    (EXCH | DEPTH | BUY, 20, 40, 99.0, 0), (EXCH | DEPTH | SELL, 20, 40, 102.0, 7),
    (BOTH | TRADE | SELL, 30, 35, 98.0, 0.25),
    (LOCAL | DEPTH | BUY, 20, 40, 99.0, 0), (LOCAL | DEPTH | SELL, 20, 40, 102.0, 7),
    (BOTH | 101, 40, 45, 12345.0, 0),
    (BOTH | TRADE, 50, 55, 98.5, 4),
)
TRADES = ((10, 15, 101.0, 0.5, 1), (30, 35, 98.0, 0.25, -1), (50, 55, 98.5, 4.0, 0))
SNAP = (True, ((1, 99.0, 1.0), (1, 98.0, 2.0), (-1, 101.0, 3.0)))
CHANGE = (False, ((1, 99.0, 0.0), (-1, 102.0, 7.0)))


def npz(folder, array, name="btcusdt_20240808.npz", **more):
    path = folder / name
    np.savez_compressed(path, data=array, **more)
    return path


def trades_of(table):
    return [*zip(*(table[name].tolist() for name in ("ts_ns", "recv_ns", "price", "qty", "side")),
                 strict=True)]


def messages_of(table):
    found = []
    for number in dict.fromkeys(table["message"].tolist()):
        at = np.flatnonzero(table["message"] == number)
        columns = [table[name][at].tolist() for name in ("side", "price", "qty")]
        found.append((int(table["ts_ns"][at[0]]), bool(table["snapshot"][at[0]]),
                      tuple(zip(*columns, strict=True))))
    return found


def ns(us):
    return T + us * 1000


def test_trades_of_the_exchange_clock_and_of_the_local_one(tmp_path):
    path = npz(tmp_path, events(*ROWS))
    table = tickeng.read(path, kind="trade")
    assert trades_of(table) == [(ns(e), ns(r), *rest) for e, r, *rest in TRADES]
    assert table.counters["filtered"] == len(ROWS) - 3
    local = tickeng.read(path, kind="trade", clock="recv")
    assert local["ts_ns"].tolist() == [ns(r) for _, r, *_ in TRADES]


def test_books_are_messages_in_the_order_of_the_clock(tmp_path):
    path = npz(tmp_path, events(*ROWS))
    assert messages_of(tickeng.read(path, kind="book")) == [(ns(0), *SNAP), (ns(20), *CHANGE)]
    assert messages_of(tickeng.read(path, kind="book", clock="recv")) == [
        (ns(5), *SNAP), (ns(40), *CHANGE)]


@pytest.mark.parametrize("block_rows", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("clock", ["event", "recv"])
def test_all_kinds_in_one_order_however_the_batches_are_cut(tmp_path, block_rows, clock):
    path = npz(tmp_path, events(*ROWS))
    takes = ("trade", "quote", "delta", "several")
    with open_source(path, takes=takes, block_rows=block_rows, clock=clock) as source:
        batches = [*source.batches()]
        assert (source.kind, source.kinds, source.rows) == ("several", ("trade", "delta"), 13)
    rows = sorted((int(row), batch.kind) for batch in batches for row in batch.row)
    change = 8 if clock == "event" else 11
    assert rows == sorted([(5, "delta"), (6, "trade"), (change, "delta"), (9, "trade"),
                           (13, "trade")])
    assert sum(batch.known + batch.filtered for batch in batches) == len(ROWS)
    for end in (0, *(row for row, _ in rows), 7, 10):  # where a run may be resumed
        with open_source(path, takes=takes, block_rows=block_rows, clock=clock) as source:
            again = sorted((int(row), b.kind) for b in source.batches(end) for row in b.row)
        assert again == [row for row in rows if row[0] > end]


row = st.tuples(st.sampled_from([DEPTH, TRADE, CLEAR, SNAPSHOT, 100]),
                st.sampled_from([EXCH, LOCAL, BOTH]), st.sampled_from([BUY, SELL]),
                st.integers(0, 3), st.integers(0, 1), st.integers(1, 9), st.integers(0, 5))


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(row, min_size=1, max_size=40), block_rows=st.integers(1, 50),
       clock=st.sampled_from(["event", "recv"]))
def test_any_rows_against_a_slow_reading(tmp_path_factory, rows, block_rows, clock):
    array = events(*((what | flag | side, t, t + late, px, qty)
                     for what, flag, side, t, late, px, qty in rows))
    path = npz(tmp_path_factory.mktemp("npz"), array)
    flag = EXCH if clock == "event" else LOCAL
    want, key = [], None
    for number, (what, flags, side, t, late, px, qty) in enumerate(rows, 1):
        if not flags & flag:
            continue
        own = {DEPTH: "change", CLEAR: "snapshot", SNAPSHOT: "snapshot", TRADE: "trade"}.get(what)
        same = own in ("change", "snapshot") and key == (own, t, late)
        key = (own, t, late)
        if own and not same:
            want.append([own, number, []])
        if own:
            want[-1][1] = number
            if what != CLEAR:
                want[-1][2].append((1 if side == BUY else -1, float(px), float(qty)))
    for one in want:
        one[2].sort(key=lambda level: -level[0])
    found = []
    with open_source(path, takes=("trade", "delta", "several"), block_rows=block_rows,
                     clock=clock) as source:
        for batch in source.batches():
            at = 0
            for i, number in enumerate(batch.row.tolist()):
                if batch.kind == "trade":
                    found.append(["trade", number, [(int(batch.values["side"][i]),
                                                     float(batch.values["price"][i]),
                                                     float(batch.values["qty"][i]))]])
                    continue
                bids, asks = (int(batch.values[name][i]) for name in ("bids", "asks"))
                sides = [1] * bids + [-1] * asks
                levels = [(side, float(batch.values["price"][at + n]),
                           float(batch.values["qty"][at + n])) for n, side in enumerate(sides)]
                at += bids + asks
                found.append(["snapshot" if batch.values["snapshot"][i] else "change", number,
                              levels])
    assert sorted(found, key=lambda one: one[1]) == want


def test_the_first_structures_of_version_2(tmp_path):
    array = events(*ROWS, dtype=SHORT)
    table = tickeng.read(npz(tmp_path, array), kind="trade")
    assert table["price"].tolist() == array["px"][array["ev"] & 255 == TRADE].tolist()
    plain = tmp_path / "events.npy"
    np.save(plain, array)
    assert trades_of(tickeng.read(plain, kind="trade")) == trades_of(table)


@pytest.mark.parametrize("unit", [1_000, 1_000_000])
def test_version_1(tmp_path, unit):
    array = np.array([
        [CLEAR, (T + 10**9) // unit, (T + 2 * 10**9) // unit, 1, 98.0, 0],
        [SNAPSHOT, (T + 10**9) // unit, (T + 2 * 10**9) // unit, 1, 99.0, 1],
        [TRADE, (T + 3 * 10**9) // unit, -1, -1, 98.0, 5],
        [TRADE, -1, (T + 4 * 10**9) // unit, -1, 98.0, 5]], float)
    path = npz(tmp_path, array)
    assert tickeng.read(path, kind="trade")["ts_ns"].tolist() == [T + 3 * 10**9]
    assert tickeng.read(path, kind="trade", clock="recv")["ts_ns"].tolist() == [T + 4 * 10**9]
    assert messages_of(tickeng.read(path, kind="book")) == [
        (T + 10**9, True, ((1, 99.0, 1.0),))]


def test_one_time_of_a_file_may_be_missing(tmp_path):
    array = events(*ROWS)  # as the converter of version 1 leaves it
    array["local_ts"][[6, 7]] = -1000
    table = tickeng.read(npz(tmp_path, array), kind="trade")
    assert "recv_ns" not in table
    assert table["ts_ns"].tolist() == [ns(e) for e, *_ in TRADES]


@pytest.mark.parametrize(("px", "qty", "reason"), [
    (math.nan, 1, "bad_price"), (0.0, 1, "bad_price"), (math.inf, 1, "bad_price"),
    (9.0, -1, "bad_qty"), (9.0, math.nan, "bad_qty")])
def test_what_cannot_be_is_refused_and_counted(tmp_path, px, qty, reason):
    bad = (BOTH | TRADE | BUY, 12, 17, px, qty)
    tape = read(npz(tmp_path, events(*ROWS[:6], bad, *ROWS[6:])), kind="trade")
    assert (tape.rejected, len(tape)) == ({reason: 1}, 3)
    level = (EXCH | DEPTH | SELL, 20, 40, px, qty)
    after = (BOTH | DEPTH | BUY, 45, 48, 97.0, 1)
    path = npz(tmp_path, events(*ROWS[:8], level, *ROWS[8:-1], after, ROWS[-1]))
    table = tickeng.read(path, kind="book", rejects="keep")
    assert table.counters["reasons"] == {reason: 1}
    code, said = run_command("replay", str(path), "--kernels", "x = book.bid", "-o",
                             str(tmp_path / "out.csv"))
    assert code == 0 and "1" in said
    # The book that lacks a message ends with the next one.
    rows = (tmp_path / "out.csv").read_text().splitlines()[1:]
    assert [line.rsplit(",", 1)[1] for line in rows] == ["99.0", "99.0", ""]


def test_books_beside_trades_in_a_replay(tmp_path):
    path = npz(tmp_path, events(*ROWS))
    out = tmp_path / "out.csv"
    code, said = run_command("replay", str(path), "--kernels", "x = book.bid", "-o", str(out))
    assert code == 0, said
    rows = out.read_text().splitlines()[1:]
    assert [line.rsplit(",", 1)[1] for line in rows] == ["99.0", "98.0", "98.0"]
    code, said = run_command("inspect", str(path))
    assert code == 0, said


@pytest.mark.parametrize("limit", [1, 2])
def test_a_resumed_replay_is_the_whole_one(tmp_path, limit):
    path = npz(tmp_path, events(*ROWS))
    outs = [str(tmp_path / name) for name in ("whole.csv", "part.csv")]
    asked = ("replay", str(path), "--kernels", "x = book.bid")
    assert run_command(*asked, "-o", outs[0])[0] == 0
    place = str(tmp_path / "place")
    run_command(*asked, "--limit", str(limit), "--checkpoint", place, "-o", outs[1])
    code, said = run_command(*asked, "--resume", place, "-o", outs[1])
    assert code == 0, said
    with open(outs[0]) as whole, open(outs[1]) as part:
        assert whole.read() == part.read()


def damaged(folder, edit):
    """An .npz whose member was edited."""
    member = io.BytesIO()
    np.save(member, events(*ROWS))
    path = folder / "damaged.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.npy", edit(member.getvalue()))
    return path


@pytest.mark.parametrize(("edit", "said"), [
    (lambda data: data[:-1], "has 12 of the 13 rows"),
    (lambda data: data[:-64], "has 12 of the 13 rows"),
    (lambda data: data + b"\0" * 64, "more than the 13 rows"),
    (lambda data: data + b"\0", "more than the 13 rows"),
    (lambda data: data.replace(b"(13,)", b"(99999999999999,)"), "NumPy|of the 99999999999999"),
    (lambda data: data.replace(b"'<f8'", b"'|O' "), "NumPy"),
    (lambda data: data[:20], "NumPy"),
    (lambda data: data[:8] + b"\xff\xff" + data[10:], "NumPy"),
])
def test_damage_is_told(tmp_path, edit, said):
    with pytest.raises(tickeng.DataError, match=said):
        tickeng.read(damaged(tmp_path, edit), kind="trade")


def test_times_that_are_none_end_the_reading(tmp_path):
    array = events(*ROWS)
    array["exch_ts"] //= 1000
    with pytest.raises(tickeng.DataError, match="row 1: its times .* nanoseconds"):
        tickeng.read(npz(tmp_path, array), kind="trade")


@pytest.mark.parametrize(("number", "what"), [(5, "best bids and asks"), (10, "orders")])
def test_what_no_book_is_made_of(tmp_path, number, what):
    path = npz(tmp_path, events(*ROWS, (BOTH | number | BUY, 60, 65, 98.0, 1)))
    with pytest.raises(tickeng.DataError, match=f"row 14: is one of {what}.*kind=\"trade\""):
        tickeng.read(path, kind="book")
    assert len(tickeng.read(path, kind="trade")) == 3


def test_what_is_asked_for_and_not_there(tmp_path):
    path = npz(tmp_path, events(*(row for row in ROWS if row[0] & 255 == TRADE)))
    with pytest.raises(tickeng.DataError, match="no changes of books"):
        tickeng.read(path, kind="book")
    with pytest.raises(tickeng.DataError, match='no quotes: kind="trade"'):
        tickeng.read(path, kind="quote")
    assert len(tickeng.read(path, kind="trade", symbol_from="file")) == 3
    assert tickeng.read(path, kind="trade", symbol_from="file")["symbol"][0] == "btcusdt_20240808"


def test_other_arrays_are_refused(tmp_path):
    for array in (np.arange(12.0).reshape(2, 6), np.zeros(3, [("price", "f8")])):
        with pytest.raises(tickeng.DataError, match=r"np\.load\(.*\)\[\"data\"\]"):
            tickeng.read(npz(tmp_path, array))
    with pytest.raises(tickeng.DataError, match="NumPy archive of"):
        tickeng.read(npz(tmp_path, events(*ROWS), more=np.zeros(1)))
    plain = tmp_path / "plain.npy"
    np.save(plain, np.arange(12.0))
    with pytest.raises(tickeng.DataError, match=r"np\.load\(\"plain\.npy\"\)\)"):
        tickeng.read(plain)
