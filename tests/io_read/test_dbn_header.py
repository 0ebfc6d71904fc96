"""The metadata of DBN files: symbols by day, against the library's decoder of every version."""

from __future__ import annotations

import datetime as dt

import databento_dbn as dbn
from hypothesis import given, settings
from hypothesis import strategies as st

import tickeng
from tests.io_read import dbn_files as by_hand
from tests.io_read.dbn_files import START, write
from tickeng.files.limits import Limits
from tickeng.files.sources import dbn_header
from tickeng.files.sources.containers import Content
from tickeng.files.sources.raw import RawInput


def test_a_symbol_by_its_days(tmp_path):
    mappings = [("ESH1", [("2020-12-27", "2020-12-29", 7)]),
                ("ESM1", [("2020-12-29", "2021-01-01", 7)]),
                ("NQH1", [("2020-12-01", "2021-01-01", 8)])]
    days = [(7, 0), (8, 0), (7, 1), (9, 1), (7, 3), (7, 4), (7, -2)]
    body = [by_hand.record("trades", instrument=number, event=START + day * by_hand.DAY)
            for number, day in days]
    path = write(tmp_path / "t.dbn", by_hand.metadata("trades", mappings), *body)
    names = ["ESH1", "NQH1", "ESM1", "9", "ESM1", "7", "7"]
    assert tickeng.read(path)["symbol"].tolist() == names
    text = tmp_path / "t.csv"  # what the library makes of it, "" where it has no name
    with text.open("wb") as out, dbn.Transcoder(out, dbn.Encoding.CSV, dbn.Compression.NONE,
                                                map_symbols=True) as coder:
        coder.write(path.read_bytes())
    theirs = [line.split(",")[-1] for line in text.read_text().splitlines()[1:]]
    assert [name if not name.isdigit() else "" for name in names] == theirs
    assert len(tickeng.read(path, symbols=["NQH1"])) == 1
    assert set(tickeng.read(path, symbol_name="X")["symbol"]) == {"X"}


def test_the_day_is_that_of_the_receive_time(tmp_path):
    mappings = [("OLD", [("2020-12-27", "2020-12-28", 7)]),
                ("NEW", [("2020-12-28", "2020-12-29", 7)])]
    path = write(tmp_path / "t.dbn", by_hand.metadata("trades", mappings),
                 by_hand.record("trades", event=START - 1, recv=START))
    assert tickeng.read(path)["symbol"].tolist() == ["NEW"]


def test_names_of_numbers_that_were_asked_for(tmp_path):
    head = by_hand.metadata("trades", [("7", [("2020-12-28", "2020-12-29", "ESH1")])], inverse=True)
    path = write(tmp_path / "t.dbn", head, by_hand.record("trades"))
    assert tickeng.read(path)["symbol"].tolist() == ["ESH1"]


def test_the_numbers_of_schemas_are_the_librarys():
    assert [str(schema) for schema in dbn.Schema.variants()] == list(dbn_header._NAMES)
    assert [schema.__index__() for schema in dbn.Schema.variants()] == list(range(20))
    assert dbn.SType.INSTRUMENT_ID.__index__() == dbn_header._INSTRUMENT


dates = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)).map(dt.date.isoformat)
symbols = st.text("ABC.1", min_size=1, max_size=10)
intervals = st.lists(st.tuples(dates, dates, st.integers(0, 9)), max_size=4)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(symbols, intervals), max_size=6, unique_by=lambda part: part[0]),
       st.sampled_from([1, 2, 3]),
       st.booleans(), st.sampled_from(sorted(by_hand.RTYPES)))
def test_metadata_are_as_the_library_reads_them(tmp_path_factory, mappings, version, ts_out,
                                                schema):
    if version == 1 and schema in ("bbo-1s", "bbo-1m", "tcbbo", "cmbp-1", "cbbo-1s", "cbbo-1m"):
        schema = "trades"
    head = by_hand.metadata(schema, mappings, version, ts_out)
    path = write(tmp_path_factory.getbasetemp() / "m.dbn", head)
    raw = RawInput(str(path))
    found = dbn_header.read_header(Content(raw, Limits()), Limits())
    raw.close()
    theirs = dbn.Metadata.decode(head, dbn.VersionUpgradePolicy.AS_IS)
    assert theirs.version == version
    assert (found.size, found.schema, found.ts_out) == (len(head), str(theirs.schema), ts_out)
    wanted: dict[int, list] = {}
    doubtful = set()
    for name, parts in theirs.mappings.items():
        for part in parts:
            days = [(part[end] - dt.date(1970, 1, 1)).days for end in ("start_date", "end_date")]
            wanted.setdefault(int(part["symbol"]), []).append((*days, name))
    for name in {name for parts in wanted.values() for *_, name in parts}:
        spans = [(first, behind, number) for number, parts in wanted.items()
                 for first, behind, known in parts if known == name]
        if any(a[2] != b[2] and a[0] < b[1] and b[0] < a[1] and a[0] < a[1] and b[0] < b[1]
               for a in spans for b in spans):
            doubtful.add(name)
    for number, parts in wanted.items():
        wanted[number] = [part for part in parts if part[2] not in doubtful]
    ours = {number: sorted(parts) for number, parts in found.names.items()}
    assert ours == {number: sorted(parts) for number, parts in wanted.items()}
    assert found.doubtful == min(doubtful, default=None)


def test_one_symbol_of_two_instruments_is_none(tmp_path):
    mappings = [("ES.FUT", [("2020-12-28", "2020-12-30", 7), ("2020-12-29", "2020-12-31", 8)]),
                ("NQ", [("2020-12-28", "2020-12-29", 9), ("2020-12-29", "2020-12-31", 10)])]
    path = write(tmp_path / "t.dbn", by_hand.metadata("trades", mappings),
                 *(by_hand.record("trades", instrument=number) for number in (7, 8, 9)))
    table = tickeng.read(path)
    assert table["symbol"].tolist() == ["7", "8", "NQ"]
    assert "ES.FUT stands for several instruments" in table.reading.notes[0]


def test_what_is_no_number_or_no_name_names_nothing(tmp_path):
    """Symbols of 6,000 bytes: one of digits, one that is too long for a symbol."""
    head = bytearray(by_hand.metadata("trades"))
    head[53:55] = (6_000).to_bytes(2, "little")
    long = [(b"A", b"7" * 6_000), (b"B" * 300, b"7"), (b"C\x1b", b"7"), (b"\xff", b"7")]
    lists = bytes(12) + len(long).to_bytes(4, "little")
    for name, number in long:
        lists += name.ljust(6_000, b"\0") + (1).to_bytes(4, "little")
        lists += (20_201_228).to_bytes(4, "little") + (20_201_229).to_bytes(4, "little")
        lists += number.ljust(6_000, b"\0")
    body = bytes(head[8:112]) + lists
    path = write(tmp_path / "t.dbn", bytes(head[:4]) + len(body).to_bytes(4, "little") + body,
                 by_hand.record("trades"))
    assert tickeng.read(path)["symbol"].tolist() == ["7"]
