"""Single fields: decimals against float(), and times."""

from __future__ import annotations

import datetime as dt
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng._native import io as _io
from tickeng.files.sources.layout import Clock
from tickeng.files.sources.lean import local_day

digits = st.text("0123456789", min_size=0, max_size=25)
decimals = st.builds(
    lambda sign, whole, point, part, exponent: sign + whole + point + part + exponent,
    st.sampled_from(["", "+", "-"]), digits, st.sampled_from(["", "."]), digits,
    st.one_of(st.just(""), st.integers(-400, 400).map(lambda e: f"e{e}"),
              st.integers(0, 9).map(lambda e: f"E+{e}")))


def bits(value: float) -> bytes:
    return struct.pack("d", value)


@settings(max_examples=2_000, deadline=None)
@given(st.one_of(decimals, st.floats(allow_nan=False).map(repr)))
def test_a_decimal_has_the_bits_of_float(text: str) -> None:
    try:
        expected = float(text)
    except ValueError:
        assert _io.parse_decimal(text.encode()) is None
        return
    found = _io.parse_decimal(text.encode())
    assert found is not None and bits(found) == bits(expected)


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1e-999", "0." + "0" * 400 + "1", "9" * 400,
                                  "0" * 500 + "1", "2.2250738585072011e-308", "5e-324",
                                  "9007199254740993", "1.7976931348623159e308", " 1.5 "])
def test_the_ends_of_double(text: str) -> None:
    found = _io.parse_decimal(text.encode())
    assert found is not None and bits(found) == bits(float(text))


@pytest.mark.parametrize("text", ["", ".", "-", "+", "e5", "1e", "0x10", "1_0", "1,5", "1.2.3",
                                  "--1", "+-1", "1 2", "\0", "1\0", "nan(1)", "abc", "12345678x"])
def test_what_is_no_decimal(text: str) -> None:
    assert _io.parse_decimal(text.encode()) is None


def parse(text: str, **clock: object) -> int | None:
    return _io.TimeField(Clock(**clock)).parse(text.encode())[0]  # type: ignore[arg-type]


NS = 1_704_067_200_123_456_789


@pytest.mark.parametrize(("text", "ns"), [
    ("1704067200", NS // 10**9 * 10**9), ("1704067200123", NS // 10**6 * 10**6),
    ("1704067200123456", NS // 10**3 * 10**3), (str(NS), NS),
    ("1704067200.123456789", NS), ("1704067200123.456789", NS), ("1704067200123456.7890", NS),
    ("1704067200.1234567899", NS), ("1704067200.", NS // 10**9 * 10**9),
    ("2024-01-01T00:00:00.123456789Z", NS), ("2024-01-01 00:00:00.123456789", NS),
    ("2024-01-01T01:00:00.123456789+01:00", NS), ("2023-12-31T19:00:00.123456789-0500", NS),
    ("2024-01-01 00:00:00.123456789 UTC", NS), ("2024-01-01", NS // 10**9 * 10**9),
    ("2024-02-29T12:00", 1_709_208_000 * 10**9),
])
def test_times(text: str, ns: int) -> None:
    assert parse(text) == ns


@pytest.mark.parametrize("text", [
    "", "-1", "abc", "1e8", "1e9x", "0", "9" * 19, "9" * 20, "9" * 30, "2023-02-29", "2024-13-01",
    "2024-01-01T24:00:00", "2024-01-01T00:00:61", "2024-01-01T00:00:00.Z", "2024-01-01X",
    "1969-12-31T23:59:59Z", "2300-01-01", "1704067200 5", "0x65920080", "+1704067200"])
def test_impossible_times(text: str) -> None:
    assert parse(text) is None


def test_a_stated_unit_is_believed_up_to_int64() -> None:
    assert parse("5", unit="ns", any_range=True) == 5
    assert parse("0", unit="s", any_range=True) == 0
    assert parse(str(2**63 - 1), unit="ns", any_range=True) == 2**63 - 1
    assert parse(str(2**63), unit="ns", any_range=True) is None
    assert parse("9223372036855", unit="ms", any_range=True) is None


def test_the_first_plausible_time_fixes_the_unit() -> None:
    field = _io.TimeField(Clock())
    assert field.parse(b"17") == (None, _io.HINTS[2])
    assert field.unit == "auto"
    assert field.parse(b"1704067200123")[0] and field.unit == "ms"
    assert field.parse(b"1704067200123456") == (None, _io.HINTS[1])
    assert field.parse(b"2024-01-01") == (None, _io.HINTS[1])


@settings(max_examples=300, deadline=None)
@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2099, 12, 31)))
def test_iso_agrees_with_datetime(moment: dt.datetime) -> None:
    whole = (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1) * 1000
    assert parse(moment.isoformat()) == whole


@pytest.mark.parametrize("date", ["2013-10-08", "2024-01-02", "2024-03-10", "2024-11-03"])
def test_new_york_wall_time_is_zoneinfo_s(date: str) -> None:
    from zoneinfo import ZoneInfo

    day = dt.date.fromisoformat(date)
    clock = Clock("ms", True, day=local_day(day))
    for hour in (0, 1, 3, 9, 12, 16, 23):  # 02:30 does not exist on the day in March
        wall = dt.datetime.combine(day, dt.time(hour, 30), tzinfo=ZoneInfo("America/New_York"))
        ms = (hour * 60 + 30) * 60_000
        assert parse(str(ms), unit="ms", any_range=True, day=clock.day) == int(
            wall.timestamp()) * 10**9
    assert parse("86400000", unit="ms", any_range=True, day=clock.day) is None
