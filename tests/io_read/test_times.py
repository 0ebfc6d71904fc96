"""Times of text: exact numbers, patterns against strptime, zones against zoneinfo."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.io_read.conftest import read
from tickeng._native import io as _io
from tickeng.errors import ConfigError
from tickeng.files.sources.layout import Clock, Layout

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
UNIT_PLACES = {"s": 9, "ms": 6, "us": 3, "ns": 0}


def ns_of(moment: dt.datetime) -> int:
    return (moment.replace(tzinfo=moment.tzinfo or dt.UTC) - EPOCH) // dt.timedelta(
        microseconds=1) * 1000


def parse(text: str, **clock: object) -> int | None:
    return _io.TimeField(Clock(**clock)).parse(text.encode())[0]  # type: ignore[arg-type]


@settings(max_examples=1_000, deadline=None)
@given(st.sampled_from(["s", "ms", "us", "ns"]), st.integers(0, 10**24), st.integers(-30, 12),
       st.booleans())
def test_numbers_are_cut_exactly(unit: str, digits: int, exponent: int, science: bool) -> None:
    value = Decimal(digits).scaleb(exponent)
    text = f"{digits}e{exponent}" if science else f"{value:f}"
    exact = int(value.scaleb(UNIT_PLACES[unit]))
    assert parse(text, unit=unit, any_range=True) == (exact if exact < 2**63 else None)


PATTERNS = ["%d/%m/%Y %H:%M:%S.%f", "%m/%d/%Y %I:%M:%S.%f %p", "%Y%m%d%H%M%S.%f", "%y.%m.%d %T.%f",
            "%d-%b-%Y %H:%M:%S.%f", "%B %d, %Y %H:%M:%S.%f", "%j %Y %H:%M:%S,%f", "%F at %T.%f",
            "%H%M%S.%f on %d%m%Y", "100%% %Y-%m-%dT%H:%M:%S.%f"]


@settings(max_examples=600, deadline=None)
@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2068, 12, 31)),
       st.sampled_from(PATTERNS))
def test_patterns_agree_with_strptime(moment: dt.datetime, pattern: str) -> None:
    text = moment.strftime(pattern)
    spelt = pattern.replace("%T", "%H:%M:%S").replace("%F", "%Y-%m-%d")
    expected = ns_of(dt.datetime.strptime(text, spelt))
    assert parse(text, unit="pattern", pattern=pattern) == expected == ns_of(moment)
    assert parse(text.upper().replace("AT", "at").replace("ON", "on"), unit="pattern",
                 pattern=pattern) in (expected, None)
    assert parse(text + "1x", unit="pattern", pattern=pattern) is None


@pytest.mark.parametrize(("pattern", "text", "expected"), [
    ("%d/%m/%Y %H:%M:%S.%f", "3/9/2024  9:05:01", "2024-09-03 09:05:01"),
    ("%d/%m/%Y %H:%M:%S.%f", "29/02/2023 00:00:00.0", None),
    ("%d/%m/%Y %H:%M:%S.%f", "29/02/2024 00:00:00.0", "2024-02-29 00:00:00"),
    ("%d/%m/%Y %H:%M", "30/02/2024 00:00", None), ("%d/%m/%Y %H:%M", "01/01/2024 24:00", None),
    ("%d/%m/%Y %H:%M", "01/01/202400:00", None), ("%Y%m%d %H%M%S", "20240101 93000", None),
    ("%Y%m%d %H%M%S%f", "20240101 093000123", "2024-01-01 09:30:00.123000"),
    ("%d-%b-%Y %H:%M:%S", "05-MAY-2024 23:59:60", "2024-05-06 00:00:00"),
    ("%d %b %y %I:%M %p", "1 jan 24 12:00 am", "2024-01-01 00:00:00"),
    ("%d %b %y %I:%M %p", "1 jan 24 12:00 PM", "2024-01-01 12:00:00"),
    ("%Y-%m-%d %H:%M:%S.%f", "2024-01-01 00:00:00.1234567899", "2024-01-01 00:00:00.123456"),
    ("%d/%m/%Y %H:%M %z", "01/01/2024 02:00 +0130", "2024-01-01 00:30:00"),
    ("%d/%m/%Y %H:%M%z", "01/01/2024 02:00Z", "2024-01-01 02:00:00"),
    ("%d/%m/%Y %H:%M %z", "01/01/2024 02:00 -01:30", "2024-01-01 03:30:00"),
    ("%d/%m/%Y %H:%M %z", "01/01/2024 02:00 +01", "2024-01-01 01:00:00"),
    ("%j/%Y %H:%M", "366/2024 00:00", "2024-12-31 00:00:00"),
    ("%j/%Y %H:%M", "366/2023 00:00", None),
])
def test_texts_of_a_pattern(pattern: str, text: str, expected: str | None) -> None:
    found = parse(text, unit="pattern", pattern=pattern)
    assert (None if found is None else found // 1000 * 1000) == (
        None if expected is None else ns_of(dt.datetime.fromisoformat(expected)))


@pytest.mark.parametrize("pattern", ["%Q", "%", "%H:%M", "%m/%d %H:%M", "%Y-%m-%d %I:%M", "%Y %Y",
                                     "%Y-%m-%d %H:%I %p", "%Y-%m-%d %f%H", "literal", ""])
def test_patterns_that_cannot_be_followed(pattern: str) -> None:
    with pytest.raises(ConfigError, match="time_format"):
        _io.TimeField(Clock("pattern", pattern=pattern))


def test_a_pattern_without_a_date_tells_the_time_of_the_day() -> None:
    midnight = ns_of(dt.datetime(2024, 7, 1))
    day = (midnight, 0, midnight)
    assert parse("093000.5", unit="pattern", pattern="%H%M%S.%f", day=day) == (
        midnight + 34_200_500_000_000)
    assert parse("09:30", unit="pattern", pattern="%H:%M", day=day, zone=zone("America/New_York")
                 ) == midnight + 13 * 3_600_000_000_000 + 30 * 60_000_000_000


@pytest.mark.parametrize("text", [
    "2019-05-04D00:00:01.250913000", "20190504T000001.250913Z", "2019-05-04T00:00:01,250913 UTC",
    "2019.05.04 00:00:01.250913 GMT", "2019/05/04 00:00:01.2509130009999999999",
    "20190504 000001.250913", " 2019-05-04T02:00:01.250913+02 ", "20190504 00:00:01.250913"])
def test_forms_of_iso(text: str) -> None:
    assert parse(text) == 1_556_928_001_250_913_000


@pytest.mark.parametrize(("unit", "text", "hint"), [
    ("ms", "2024-01-01", 1), ("ms", "1700000000", 1), ("ms", "17", 2), ("iso", "1700000000", 1),
    ("iso", "17", 0), ("iso", "1890-01-01", 2), ("iso", "2150-01-01", 2), ("pattern", "17", 0),
    ("pattern", "12/31/2024", 1), ("pattern", "2024-12-31", 1), ("pattern", "31/12/1980", 2)])
def test_what_speaks_against_the_unit_is_told_from_what_is_no_time(
        unit: str, text: str, hint: int) -> None:
    clock = Clock(unit, pattern="%d/%m/%Y" if unit == "pattern" else "")
    assert _io.TimeField(clock).parse(text.encode()) == (None, _io.HINTS[hint])
    parser = _io.csv_events(Layout(("ts", "price", "qty"), ts=clock))
    parser.begin(5)
    if hint == 1:
        with pytest.raises(_io.Contradiction) as found:
            parser.feed(f"{text},1,1\n".encode())
        assert (found.value.row, found.value.role, found.value.text) == (1, "time", text)
    else:
        parser.feed(f"{text},1,1\n".encode())
        assert parser.take()[1][0][1] == "bad_timestamp"


def zone(name: str, first: int = 2000, last: int = 2030) -> tuple[tuple[int, int], ...]:
    """The periods of a zone, found hour by hour."""
    found: list[tuple[int, int]] = []
    start = int(dt.datetime(first, 1, 1, tzinfo=dt.UTC).timestamp())
    stop = int(dt.datetime(last, 1, 1, tzinfo=dt.UTC).timestamp())
    place = ZoneInfo(name)
    for day in range(start, stop, 86_400):
        for at in range(day, day + 86_400, 1800) if not found or _offset(
                place, day + 86_400) != found[-1][1] else ():
            if not found or _offset(place, at) != found[-1][1]:
                found.append((at, _offset(place, at)))
    return tuple(found)


def _offset(place: ZoneInfo, at: int) -> int:
    offset = dt.datetime.fromtimestamp(at, place).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


ZONES = {name: zone(name) for name in ("America/New_York", "Europe/Athens", "Australia/Lord_Howe",
                                       "Asia/Kolkata")}


@settings(max_examples=300, deadline=None)
@given(st.datetimes(dt.datetime(2000, 1, 3), dt.datetime(2029, 12, 1)),
       st.sampled_from(sorted(ZONES)))
def test_local_times_agree_with_zoneinfo(local: dt.datetime, name: str) -> None:
    there = local.replace(tzinfo=ZoneInfo(name), fold=0)  # a text does not tell the second time
    exists = there.astimezone(dt.UTC).astimezone(ZoneInfo(name)).replace(tzinfo=None) == local
    field = _io.TimeField(Clock("iso", zone=ZONES[name]))
    found, hint = field.parse(local.isoformat().encode())
    assert found == (ns_of(there) if exists else None)
    assert ("does not exist" in hint) == (not exists)
    assert field.parse(f"{local.isoformat()}Z".encode())[0] == ns_of(local)


@pytest.mark.parametrize("name", ["America/New_York", "Europe/Athens", "Australia/Lord_Howe"])
def test_a_day_on_which_clocks_go_back_is_read_through(name: str) -> None:
    back = [at for (_, before), (at, after) in pairwise(ZONES[name])
            if after < before]
    for at in back[:5]:
        utc = np.arange(at - 7_200, at + 7_200, 97, dtype=np.int64) * 10**9
        place = ZoneInfo(name)
        local = np.array([ns + _offset(place, ns // 10**9) * 10**9 for ns in utc.tolist()])
        found, bad = _io.LocalTimes(ZONES[name]).to_utc(local)
        np.testing.assert_array_equal(found, utc)
        assert not bad.any()


def test_rows_passed_over_move_the_hour_and_cuts_do_not() -> None:
    clock = Clock("iso", zone=ZONES["America/New_York"])
    minutes = [f"2024-11-03 01:{m:02}:00" for m in (10, 30, 50, 49, 5, 20, 40)]
    text = "".join(f"{minute},1,1\n" for minute in ["2024-11-03 00:59:00", *minutes]).encode()

    def run(skip: int, cut: int) -> list[int]:
        parser = _io.csv_events(Layout(("ts", "price", "qty"), ts=clock))
        parser.skip_to(skip)
        parser.begin(100)
        parser.feed(text[:cut])
        parser.feed(text[cut:])
        return parser.take()[0]["ts_ns"].tolist()

    whole = run(0, 0)
    hours = [(ns // 10**9 - whole[0] // 10**9) // 60 for ns in whole]
    assert hours == [0, 11, 31, 51, 50, 66, 81, 101]  # 01:49 is disorder, 01:05 the second hour
    for skip in range(8):
        assert run(skip, skip * 7) == whole[skip:]
    many = _io.TimeField(clock).parse_many([line.split(b",")[0] for line in text.splitlines()])
    assert many[0].tolist() == whole and not many[1].any() and not many[2].any()


def test_many_times_at_once_say_which_are_bad() -> None:
    ns, bad, hints = _io.TimeField(Clock("ms")).parse_many([b"1700000000000", b"x", b"17"])
    assert ns.tolist() == [1_700_000_000_000_000_000, 0, 0]
    assert bad.tolist() == [False, True, True] and hints.tolist() == [0, 0, 2]


def test_a_format_of_times_alone_takes_the_date(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("time,price,qty,side\n093000123456789,5,1,buy\n160000000000001,5,1,sell\n")
    tape = read(file, time_format="%H%M%S%f", date="2024-03-01", tz="America/New_York")
    assert tape.ts_ns.tolist() == [1709303400123456789, 1709326800000000001]
    with pytest.raises(ConfigError, match="tells no date: give the date"):
        raise read(file, time_format="%H%M%S%f").error or AssertionError
