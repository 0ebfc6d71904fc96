"""Fields by the rules of a layout: words, signs, scales, null numbers, events, ids, last lines."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng import ConfigError
from tickeng._native import io as _io
from tickeng.files.sources.layout import Clock, Layout, Scale, SideRule
from tickeng.files.sources.options import check_options

TAKER = SideRule((("buy", 1), ("sell", -1), ("", 0)))
MS = 1_700_000_000_000


def read(text: str, roles: str, cuts: tuple[int, ...] = (), skip: int = 0, **layout: Any) -> Any:
    """(columns, rejects, filtered, contradiction as (row, role, text) or None, parser)."""
    parser = _io.csv_events(Layout(tuple(roles.split(",")), **layout))
    parser.skip_to(skip)
    parser.begin(1_000)
    data, error = text.encode(), None
    limits = [0, *cuts, len(data)]
    try:
        for start, stop in pairwise(limits):
            parser.feed(data[start:stop])
        parser.finish()
    except _io.Contradiction as found:
        error = (found.row, found.role, found.text)
    columns, rejects, filtered = parser.take()
    return {n: c.tolist() for n, c in columns.items()}, rejects, filtered, error, parser


def rows(fields: list[str]) -> str:
    return "".join(f"{MS + i},{field}\n" for i, field in enumerate(fields))


@pytest.mark.parametrize(("word", "sign"), [
    ("buy", 1), ("BUY", 1), (" Sell ", -1), ("", 0), ("   ", 0), ("0", 1), ("0.0", 1), ("0e0", 1),
    ("1", -1), ("+1", -1), ("1.0", -1), ("10e-1", -1), ("false", None), ("nan", None), ("2", None),
    ("buyer initiated, electronic order book", 1), ("x" * 63 + "Y", -1), ("x" * 64, None)])
def test_words_of_a_side(word: str, sign: int | None) -> None:
    rule = SideRule((("buy", 1), ("sell", -1), ("", 0), ("0", 1), ("1", -1), ("x" * 63 + "y", -1),
                     ("buyer initiated, electronic order book", 1)))
    field = _io.SideField(rule)
    assert [field.parse(word.encode()) for _ in range(3)] == [sign] * 3
    other = _io.SideField(SideRule(rule.words, other=0))
    assert other.parse(word.encode()) == (0 if sign is None else sign)


def test_exact_words_keep_their_case_and_numbers_their_value() -> None:
    field = _io.SideField(SideRule((("B", 1), ("b", -1), ("1", 0)), exact=True))
    assert [field.parse(word) for word in (b"B", b"b", b"1.0", b" B", b"c")] == [1, -1, 0, 1, None]


@pytest.mark.parametrize("words", [(("1", 1), ("1.0", -1)), (("Buy", 1), ("buy", -1))])
def test_one_word_has_one_meaning(words: tuple[tuple[str, int], ...]) -> None:
    with pytest.raises(ValueError, match="two meanings"):
        _io.SideField(SideRule(words))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text("abAB01.,", max_size=12).map(str.strip), st.sampled_from([1, -1, 0]),
                       max_size=5),
       st.lists(st.text("abAB01.,", max_size=12), max_size=30))
def test_what_was_met_before_changes_no_word(words: dict[str, int], texts: list[str]) -> None:
    def number(text: str) -> float | None:
        try:
            return float(text)
        except ValueError:
            return None

    if len({number(word) for word in words if number(word) is not None}) < sum(
            number(word) is not None for word in words):
        return  # two texts of one number
    field = _io.SideField(SideRule(tuple(words.items()), exact=True))
    for text in texts:
        by_value = [s for w, s in words.items() if number(w) is not None
                    and number(w) == number(text)]
        expected = words.get(text, by_value[0] if by_value else None)
        assert field.parse(text.encode()) == expected


def test_an_unknown_word_ends_the_file_at_its_row() -> None:
    text = "#made up\n" + rows(["1,1,buy", "0,1,bid", "1,1,SELL", "1,1,bid", "1,1,buy"])
    columns, rejects, _, error, parser = read(text, "ts,price,qty,side", side=TAKER)
    assert columns["row"] == [1, 3] and columns["side"] == [1, -1]
    assert [r[:2] for r in rejects] == [(2, "bad_price")]  # refused before its side is looked at
    assert error == (4, "side", "bid") and parser.rows == 3
    with pytest.raises(_io.Contradiction):
        parser.feed(b"1700000000009,1,1,buy\n")
    for cut in range(len(text)):
        again = read(text, "ts,price,qty,side", (cut,), side=TAKER)
        assert again[:4] == (columns, rejects, 0, error)


@pytest.mark.parametrize(("field", "side", "qty"), [
    ("-2", -1, 2.0), ("2", 1, 2.0), ("0", 0, 0.0), ("-0", 0, 0.0), ("-1e-3", -1, 1e-3)])
def test_the_sign_of_a_quantity_is_its_side(field: str, side: int, qty: float) -> None:
    columns, *_ = read(rows([f"1,{field}"]), "ts,price,qty", signed_qty=True)
    assert (columns["side"], columns["qty"]) == ([side], [qty])
    assert not np.signbit(columns["qty"][0])


def test_a_negative_quantity_contradicts_and_a_broken_one_does_not() -> None:
    _, rejects, _, error, _ = read(rows(["1,x", "1,--1", "1,inf", "1,-2", "1,1"]), "ts,price,qty")
    assert [r[1] for r in rejects] == ["bad_qty"] * 3
    assert error == (4, "qty", "-2")


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.integers(1, 2**63).map(str), st.decimals(
    0, 10**9, allow_nan=False, places=6).map(str), st.integers(1, 10**6).map(lambda i: f"{i}e-3")),
       st.integers(1, 22))
def test_a_scale_is_one_correct_rounding(text: str, places: int) -> None:
    value = Decimal(text)
    columns, rejects, *_ = read(f"{MS},1,{text}\n", "ts,price,qty", qty_scale=Scale(places=places))
    null = float(value) in (2.0**63, 2.0**31 - 1, 2.0**31, 2.0**32 - 1)
    assert columns["qty"] == ([] if null else [float(value.scaleb(-places))])
    assert len(rejects) == null


NULLS = ["9223372036854775807", "18446744073709551615", "9.223372036854775807e18",
         "1.7976931348623157e308", "9223372036.854775807", "-9223372036854775808"]


@pytest.mark.parametrize("null", [*NULLS, "2147483647", "4294967295", "-2147483648"])
@pytest.mark.parametrize("scale", [Scale(), Scale(places=9), Scale(multiplier=0.25)])
def test_null_numbers_are_never_numbers(null: str, scale: Scale) -> None:
    believed = null not in NULLS and scale == Scale()
    text = rows([f"{null},1", f"1,{null}"])
    columns, rejects, _, error, _ = read(text, "ts,price,qty", price_scale=scale, qty_scale=scale)
    if believed:
        assert (error is not None) == null.startswith("-")
        assert len(columns["row"]) == (0 if null.startswith("-") else 2)
    else:
        assert error is None
        assert [r[1] for r in rejects] == ["bad_price", "bad_qty"]


def test_decimal_commas() -> None:
    fields = ["1,5;1.234,5", "1,25;3", "1.5;1", "0,000001;2,", "1,2,3;1"]
    text = "".join(f"{MS};{field}\n" for field in fields)
    columns, rejects, *_ = read(text, "ts,price,qty", delimiter=";", decimal_comma=True)
    assert columns["price"] == [1.25, 1e-6] and columns["qty"] == [3.0, 2.0]
    assert [r[1] for r in rejects] == ["bad_qty", "bad_price", "bad_price"]
    quoted = f'{MS},"1,5","2"\n'
    assert read(quoted, "ts,price,qty", decimal_comma=True)[0]["price"] == [1.5]


def test_events_are_kept_filtered_or_contradict() -> None:
    text = f"Trade,{MS},1,1\nQUOTE,,,\ntrade,{MS},1,1\ntrade,{MS},0,1\nCancel,{MS},1,1\n"
    keep = (("trade", True), ("quote", False))
    columns, rejects, filtered, error, parser = read(text, "event,ts,price,qty", events=[keep])
    assert columns["row"] == [1, 3] and filtered == 1 and [r[0] for r in rejects] == [4]
    assert error == (5, "event", "Cancel") and parser.rows == 4 and parser.batch_rows == 4
    assert read(text, "event,ts,price,qty", skip=2, events=[keep])[2] == 0

    text = f"trade,ok,{MS},1,1\n,ok,{MS},1,1\nquote,,,,\ntrade,void,{MS},1,1\n"
    columns, rejects, filtered, error, _ = read(
        text, "event,event,ts,price,qty", events=[keep, (("ok", True),)])
    assert columns["row"] == [1] and filtered == 1 and [r[:2] for r in rejects] == [
        (2, "bad_fields")]
    assert error == (4, "event", "void")
    with pytest.raises(ValueError):
        read(text, "event,event,ts,price,qty", events=[keep])


@pytest.mark.parametrize("roles", ["date,ts,price,qty", "ts,date,price,qty"])
def test_a_date_and_a_time_column_are_one_time(roles: str) -> None:
    clock = Clock("pattern", pattern="%d/%m/%Y %H:%M:%S.%f")
    first = ("14/02/2024", "09:30:00.25") if roles[0] == "d" else ("09:30:00.25", "14/02/2024")
    columns, *_ = read(",".join([*first, "1", "1\n"]), roles, ts=clock)
    assert columns["ts_ns"] == [1_707_903_000_250_000_000]


@given(st.lists(st.text(st.characters(blacklist_characters='\r\n"', codec="utf-8"), min_size=1,
                        max_size=30), min_size=1, max_size=20, unique_by=str.strip))
def test_text_ids_keep_texts_apart(texts: list[str]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([MS, 1, 1, text] for text in texts)
    columns, *_ = read(buffer.getvalue(), "ts,price,qty,id", text_ids=True)
    assert columns["id"] == [_io.id_hash(text.encode()) for text in texts]
    assert len(set(columns["id"])) == len({t.strip(" \t") for t in texts})


def test_the_hash_of_an_id_is_frozen() -> None:
    assert _io.id_hash(b"a7f0e2") == _io.id_hash(b" a7f0e2 ") == 3169015353709421832
    assert _io.id_hash(b"12") != 12



@pytest.mark.parametrize(("last", "cut"), [
    (f"{MS},1", True), (f"{MS},1,1,se", True), (f"{MS},1,1,buy", False), (f"{MS},0,1,buy", False),
    (f'{MS},1,1,"buy', True), (f"{MS},1,1,1,1,1", False)])
def test_a_last_line_without_its_end(last: str, cut: bool) -> None:
    columns, rejects, _, error, parser = read(rows(["1,1,buy"]) + last, "ts,price,qty,side",
                                              side=TAKER)
    assert error is None and parser.last_line_cut == cut
    assert ("not complete" in rejects[0][4] if rejects else False) == cut
    assert len(columns["row"]) + len(rejects) == 2
    parser = _io.csv_events(Layout(("ts", "price", "qty")))
    parser.begin(10)
    parser.feed(last.encode())
    assert parser.unfinished
    parser.feed(b"\n")
    assert not parser.unfinished


@pytest.mark.parametrize("cut", range(20))
def test_carriage_returns_alone_end_lines(cut: int) -> None:
    text = f"{MS},1,1\r{MS + 1},2,1\r\r#x\r{MS + 2},3,1"
    columns, rejects, *_ = read(text, "ts,price,qty", (cut,), line_end="\r")
    assert columns["price"] == [1.0, 2.0, 3.0] and not rejects


def test_layouts_that_cannot_be_read() -> None:
    for roles in (("ts", "side"), ("maker",), ("date", "price")):
        with pytest.raises(ValueError, match="column"):
            _io.csv_events(Layout(roles))
    with pytest.raises(ValueError, match="zero byte"):
        _io.csv_events(Layout(("ts", "price", "qty"), delimiter="\0"))
    with pytest.raises(ConfigError, match="delimiter"):
        check_options(delimiter="\0")
