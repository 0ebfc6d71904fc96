"""Databento DBN: each field against the vendor's own decoder and a slow reader of one record."""

from __future__ import annotations

from pathlib import Path

import databento_dbn as dbn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.io_read import dbn_files as by_hand
from tests.io_read.dbn_files import (
    FILES,
    LAST,
    MAYBE_BAD_BOOK,
    NO_PRICE,
    NO_SIZE,
    NO_TIME,
    SAMPLES,
    START,
    write,
)
from tickeng.errors import ConfigError, DataError
from tickeng.files.sources import open_source

TAKES = ("trade", "quote", "book")
NS = 10**9


def records_of(path: Path) -> list[object]:
    """As the library decodes them."""
    raw = path.read_bytes()
    decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD if path.suffix == ".zst"
                             else dbn.Compression.NONE)
    return decoder.write_and_decode(raw)[1:]


def rows(path: Path, start: int = 0, **options: object) -> tuple[list[tuple], dict[int, str], int]:
    """What a source gives, in the form of `dbn_files.events` but for symbols instead of numbers."""
    found, rejected, filtered = [], {}, 0
    with open_source(path, **{"takes": TAKES, **options}) as source:
        for batch in source.batches(start):
            rejected |= {reject.row: reject.reason for reject in batch.rejects}
            filtered += batch.filtered
            for n in range(len(batch)):
                symbol = batch.symbols[batch.symbol[n]]
                found.append((int(batch.row[n]), int(batch.ts_ns[n]), int(batch.recv_ns[n]),
                              symbol, values_of(batch, n)))
            if len(batch):
                assert batch.rows_end >= batch.row[-1] > batch.rows_end - 10**6
    return found, rejected, filtered


def values_of(batch, n: int) -> tuple:
    """Of one row, None where there is no price."""
    if batch.kind == "trade":
        return tuple(batch.values[name][n].item() for name in ("price", "qty", "side"))
    sides = []
    for side in ("bid", "ask"):
        prices = np.atleast_1d(batch.values[side][n]).tolist()
        sizes = np.atleast_1d(batch.values[f"{side}_qty"][n]).tolist()
        sides.append([(None if price != price else price, size)
                      for price, size in zip(prices, sizes, strict=True)])
    return tuple(sides)


def expected(schema: str, body: bytes, kind: str | None = None) -> tuple:
    found, rejected, filtered = by_hand.events(
        schema, body, kind or by_hand.KINDS.get(schema, "quote"))
    return [(*row[:3], str(row[3]), row[4]) for row in found], rejected, filtered


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_vendors_own_decoder_says_the_same(path):
    table = tickeng.read(path)
    records = records_of(path)
    assert len(table) == len(records) >= 2 and set(table["symbol"]) == {"ESH1"}
    sampled = ".bbo-" in path.name or ".cbbo-" in path.name
    for n, record in enumerate(records):
        assert table["recv_ns"][n] == record.ts_recv
        assert table["ts_ns"][n] == (record.ts_recv if sampled else record.ts_event)
        if table.kind == "trade":
            assert table["price"][n] == float(record.pretty_price) and record.action == "T"
            assert table["qty"][n] == record.size
            assert table["side"][n] == {"A": -1, "B": 1, "N": 0}[str(record.side)]
            continue
        for level, pair in enumerate(record.levels):
            for name, value in (("bid", pair.pretty_bid_px), ("ask", pair.pretty_ask_px),
                                ("bid_qty", pair.bid_sz), ("ask_qty", pair.ask_sz)):
                assert np.atleast_1d(table[name][n])[level] == float(value)


@pytest.mark.parametrize("schema", ["trades", "tbbo", "mbp-1", "mbp-10"])
def test_all_versions_say_the_same(schema):
    tables = [tickeng.read(path) for path in FILES.glob(f"test_data.{schema}.*")
              if path.suffix != ".dbz"]
    assert len(tables) == 4
    for table in tables[1:]:
        for name in table.columns:
            np.testing.assert_array_equal(table[name], tables[0][name])


@pytest.mark.parametrize(("schema", "record"), [
    ("trades", dbn.TradeMsg), ("mbp-1", dbn.MBP1Msg), ("mbp-10", dbn.MBP10Msg),
    ("bbo-1s", dbn.BBOMsg), ("cmbp-1", dbn.CMBP1Msg), ("cbbo-1s", dbn.CBBOMsg),
    ("mbo", dbn.MBOMsg)])
def test_fields_lie_where_the_library_has_them(schema, record):
    from tickeng.files.sources.dbn_records import SCHEMAS

    ours, theirs = SCHEMAS[schema].dtype(False), np.dtype(record._dtypes)
    assert ours.itemsize == theirs.itemsize
    places = {name: field[1] for name, field in ours.fields.items()}
    assert {name: theirs.fields[name][1] for name in places if name in theirs.fields} == {
        name: place for name, place in places.items() if name in theirs.fields}
    assert len(places.keys() & theirs.fields.keys()) >= 9
    if "levels" in places:
        assert places["levels"] == theirs.fields["bid_px_00"][1]


prices = st.one_of(st.sampled_from([NO_PRICE, 0, -1, 1, NS, -(1 << 63), (1 << 53) + 1]),
                   st.integers(NS, 2 * NS), st.integers(-(1 << 63), NO_PRICE))
stamps = st.one_of(st.integers(0, 3).map(lambda n: START + n), st.integers(0, 2**64 - 1),
                   st.sampled_from([NO_TIME, 0, START - 1, START + by_hand.DAY]))
sizes = st.one_of(st.integers(0, 9), st.sampled_from([NO_SIZE, NO_SIZE - 1]))
level = st.one_of(st.tuples(prices, prices, sizes, sizes), st.just((NO_PRICE, NO_PRICE, 0, 0)),
                  st.just((NS, NS + 1, 1, 1)))


@st.composite
def ladders(draw):
    """Levels, mostly sound ones."""
    if draw(st.booleans()):
        return draw(st.lists(level, max_size=10))
    depth = draw(st.integers(0, 10))
    return [(9 * NS - n, 9 * NS + 1 + n, n + 1, n + 2) for n in range(depth)]


@st.composite
def bodies(draw):
    """A schema, and records of it with messages between them."""
    schema = draw(st.sampled_from(sorted(by_hand.RTYPES)))
    made = []
    for _ in range(draw(st.integers(0, 12))):
        if not draw(st.integers(0, 7)):
            made.append(by_hand.message(draw(st.sampled_from([0x15, 0x16, 0x17])),
                                        draw(st.sampled_from([4, 20, 80, 255]))))
            continue
        soon = draw(st.sampled_from([True, True, False]))
        made.append(by_hand.record(
            schema, instrument=draw(st.sampled_from([7, 8])),
            event=START if soon else draw(stamps), recv=START if soon else draw(stamps),
            price=draw(prices), size=draw(sizes),
            action=draw(st.sampled_from("TTACMRFN")), side=draw(st.sampled_from("ABNABNX")),
            flags=draw(st.sampled_from([0, 0, LAST, LAST | MAYBE_BAD_BOOK, 0x08])),
            levels=draw(ladders())))
    return schema, made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("dbn")


@settings(max_examples=150, deadline=None)
@given(bodies(), st.integers(1, 20), st.data())
def test_any_records_in_any_stretches(folder, made, block_rows, data):
    schema, records = made
    kind = data.draw(st.sampled_from(["trade"] if schema == "mbo" else {
        "mbp-10": ["book", "trade"], "trades": ["trade"]}.get(
            schema, ["quote"] if schema in by_hand.SAMPLED else ["quote", "trade"])))
    path = write(folder / f"{schema}.dbn", by_hand.metadata(schema), *records)
    wanted = expected(schema, b"".join(records), kind)
    assert rows(path, kind=kind, block_rows=block_rows) == wanted
    start = data.draw(st.integers(0, len(records)))
    found, rejected, _ = rows(path, start, kind=kind, block_rows=block_rows)
    assert found == [row for row in wanted[0] if row[0] > start]
    assert rejected == {row: why for row, why in wanted[1].items() if row > start}


@settings(max_examples=60, deadline=None)
@given(bodies(), st.lists(st.integers(1, 90), min_size=1, max_size=4), st.integers(1, 5))
def test_pieces_of_any_length(made, pieces, most):
    from tickeng.files.sources.dbn_records import SCHEMAS, Walk

    schema, records = made
    body = b"".join(records)
    walk, at, n, found = Walk(SCHEMAS[schema].dtype(False), SCHEMAS[schema].rtype), 0, 0, []

    def take(final: bool) -> None:
        while run := walk.next(most, final):
            assert run.rows <= most
            found.extend(zip(map(bytes, run.records), run.ended.tolist(), strict=True))

    whole = Walk(SCHEMAS[schema].dtype(False), SCHEMAS[schema].rtype)
    whole.add(body)
    once = []
    while run := whole.next(10**6, True):
        once.extend(zip(map(bytes, run.records), run.ended.tolist(), strict=True))
    while at < len(body):
        size = pieces[n % len(pieces)]
        walk.add(body[at:at + size])
        take(False)
        at, n = at + size, n + 1
    take(True)
    assert found == once and walk.rest == whole.rest == 0
    assert len(once) == sum(data[1] == SCHEMAS[schema].rtype for data in records)


def test_prices_are_the_doubles_nearest_to_the_decimals(tmp_path):
    numbers = [9_007_199_254_740_993, 9_007_199_254_740_992, 123_456_789_012_345_678,
               9_223_372_036_854_775_806, 100_000_000_000_000_001, 5, 3_720_250_000_000]
    path = write(tmp_path / "t.dbn", by_hand.metadata(),
                 *(by_hand.record("trades", price=number) for number in numbers))
    texts = [f"{number // NS}.{number % NS:09}" for number in numbers]
    assert tickeng.read(path)["price"].tolist() == [float(text) for text in texts]


def test_times_that_a_gateway_added(tmp_path):
    path = write(tmp_path / "t.dbn", by_hand.metadata("trades", ts_out=True),
                 *(by_hand.record("trades", size=n, ts_out=START) for n in (3, 4)))
    assert tickeng.read(path)["qty"].tolist() == [3, 4]


def test_an_event_of_several_records_is_one_quote(tmp_path):
    """A trade takes the best ask, then the book changes twice: only the last is the market."""
    def row(flags: int, ask: int, action: str, event: int = START) -> bytes:
        return by_hand.record("mbp-1", event=event, action=action, flags=flags,
                              levels=[(9 * NS, ask * NS, 1, 1)])

    path = write(tmp_path / "t.dbn", by_hand.metadata("mbp-1"), row(LAST, 10, "A", START - 1),
                 row(0, 10, "T"), row(0, 11, "C"), row(LAST, 12, "C"),
                 row(0, 13, "A", START + 1),  # no flag, but the next is of another event
                 row(0, 14, "A", START + 2))
    quotes = tickeng.read(path)
    assert quotes["ask"].tolist() == [10, 12, 13, 14] and quotes.counters["filtered"] == 2
    trades = tickeng.read(path, kind="trade")
    assert trades["ts_ns"].tolist() == [START] and trades.counters["filtered"] == 5


def test_a_book_after_a_gap_is_unknown_and_its_trades_are_not(tmp_path):
    record = by_hand.record("mbp-1", flags=LAST | MAYBE_BAD_BOOK, levels=[(NS, 2 * NS, 1, 1)])
    path = write(tmp_path / "t.dbn", by_hand.metadata("mbp-1"), record)
    quotes = tickeng.read(path)
    assert np.isnan([quotes["bid"][0], quotes["ask"][0]]).all() and quotes["bid_qty"][0] == 0
    assert tickeng.read(path, kind="trade")["price"].tolist() == [1.0]


def test_two_venues_are_no_market(tmp_path):
    def row(schema: str, publisher: int, instrument: int = 7) -> bytes:
        return by_hand.record(schema, publisher=publisher, instrument=instrument)

    for schema in ("mbp-1", "mbp-10", "bbo-1s", "tbbo"):
        body = [row(schema, 1), row(schema, 2, 8), row(schema, 1), row(schema, 2)]
        path = write(tmp_path / "t.dbn", by_hand.metadata(schema), *body)
        kind = "book" if schema == "mbp-10" else "quote"
        with (open_source(path, takes=TAKES, kind=kind) as source,
              pytest.raises(DataError, match="row 4: instrument 7 has .* publisher 2")):
            seen = 0
            for batch in source.batches():
                seen += len(batch)
        assert seen == 3
    for schema, kind in (("tbbo", "trade"), ("cmbp-1", "quote"), ("trades", "trade")):
        path = write(tmp_path / "t.dbn", by_hand.metadata(schema), row(schema, 1), row(schema, 2))
        assert len(tickeng.read(path, kind=kind)) == 2


def test_rejected_rows_say_why(tmp_path):
    path = write(tmp_path / "t.dbn", by_hand.metadata(), by_hand.record("trades"),
                 by_hand.record("trades", price=NO_PRICE), by_hand.record("trades", size=NO_SIZE),
                 by_hand.record("trades", side="X"), by_hand.record("trades", event=NO_TIME))
    with open_source(path) as source:
        rejects = [reject for batch in source.batches() for reject in batch.rejects]
    assert [(reject.row, reject.reason, reject.symbol) for reject in rejects] == [
        (2, "bad_price", "7"), (3, "bad_qty", "7"), (4, "bad_side", "7"), (5, "bad_timestamp", "7")]
    assert ["none" in reject.hint for reject in rejects] == [True, True, False, True]
    assert rejects[2].text.startswith("side='X',price=1000000000,size=1,ts_event=")


SCHEMAS_NOT_READ = ("ohlcv-1s", "ohlcv-1d", "definition", "statistics", "status", "imbalance")


@pytest.mark.parametrize("schema", SCHEMAS_NOT_READ)
def test_other_schemas_are_named(tmp_path, schema):
    path = write(tmp_path / "t.dbn", by_hand.metadata(schema))
    with pytest.raises(DataError, match=f"schema {schema}, .* not read: get trades"):
        tickeng.read(path)


def test_refusals(tmp_path):
    def refused(head: bytes, *records: bytes, **options: object) -> str:
        path = write(tmp_path / "t.dbn", head, *records)
        with pytest.raises((DataError, ConfigError)) as error:
            tickeng.read(path, **options)
        return str(error.value)

    assert 'schema="trades"' in refused(by_hand.metadata(None))
    assert "holds changes of books and trades, no quotes" in refused(by_hand.metadata("mbo"),
                                                                     kind="quote")
    assert "trades and quotes, no books" in refused(by_hand.metadata("tbbo"), kind="book")
    assert 'kind="quote" reads them' in refused(by_hand.metadata("bbo-1s"), kind="trade")
    assert "leave price_scale out" in refused(by_hand.metadata(), price_scale="1e-9")
    assert "version 4" in refused(b"DBN\x04" + by_hand.metadata()[4:])
    with pytest.raises(DataError, match='kind="trade" reads the trades among them'):
        open_source(write(tmp_path / "t.dbn", by_hand.metadata("mbp-1")))


@pytest.mark.parametrize("path", sorted(FILES.glob("*.dbz")), ids=lambda path: path.name)
def test_the_legacy_format_says_what_to_type(path):
    with pytest.raises(DataError, match=rf"cargo install dbn-cli; dbn {path.name} --output"):
        tickeng.read(path)


@pytest.mark.parametrize(("schema", "kind"), [
    ("trades", "trade"), ("tbbo", "trade"), ("tbbo", "quote"), ("mbp-1", "quote"),
    ("mbp-10", "book")])
@pytest.mark.parametrize("pretty", [True, False])
def test_the_vendors_csv_of_a_file_says_the_same(tmp_path, schema, kind, pretty):
    """As the library writes it out; every row is an event of its own."""
    mappings = [("ESH1", [("2020-12-28", "2020-12-29", 7)]),
                ("NQH1", [("2020-12-28", "2020-12-29", 8)])]
    body = [by_hand.record(
        schema, instrument=7 + n % 2, event=START + n * 1_001, recv=START + n * 1_001 + 7,
        price=(10**13 + n * 1_250_001) * (1 + n % 2), size=n + 1, side="AB"[n % 2],
        action="T" if kind == "trade" or schema == "tbbo" else "A",
        levels=[(10**13 - m * 10**6, 10**13 + (m + 1) * 10**6, n + 1, m + 2)
                for m in range(1 + 9 * (n % 5 > 0))]) for n in range(40)]
    path = write(tmp_path / "t.dbn", by_hand.metadata(schema, mappings), *body)
    text = tmp_path / f"t.{schema}.csv"
    with text.open("wb") as out, dbn.Transcoder(
            out, dbn.Encoding.CSV, dbn.Compression.NONE, pretty_px=pretty, pretty_ts=pretty,
            map_symbols=True) as coder:
        coder.write(path.read_bytes())
    words = {} if pretty else {"price_scale": "1e-9"}
    if kind == "trade":
        words |= {"sides": {"buy": "B", "sell": "A", "unknown": "N"}}
    theirs, ours = tickeng.read(text, kind=kind, **words), tickeng.read(path, kind=kind)
    assert len(ours) == 40
    for name in ours.columns:
        mine, other = ours[name], theirs[name]
        if mine.ndim == 2:
            other = other[:, :mine.shape[1]]
        np.testing.assert_array_equal(mine, other, err_msg=name)
