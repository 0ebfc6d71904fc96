"""However the bytes and the rows are cut, the same trades come out."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickeng._native import io as _io
from tickeng.files.sources.layout import Clock, Layout, SideRule

from .conftest import read, same

SIDES = SideRule((("buy", 1), ("sell", -1), ("1", 1), ("-1", -1), ("any", 0)))
ROLES = ("ts", "price", "qty", "side", "symbol", "id")
good = st.builds(
    lambda ts, price, qty, side, symbol, ident: f"{ts},{price},{qty},{side},{symbol},{ident}",
    st.integers(1_600_000_000_000, 1_800_000_000_000),
    st.decimals("0.01", 99_999, places=2), st.decimals(0, 999, places=3),
    st.sampled_from(["buy", "sell", "1", "-1", "ANY"]), st.sampled_from(["A", "BB", '"C,C"']),
    st.integers(0, 2**60))
bad = st.sampled_from(["", "x", "1,2,3", ",,,,,", '"open,1,2,3,A,1', "1700000000000,1,1,buy,\0,1",
                       "1700000000000,0,1,buy,A,1", "17000000000,1,1,buy,A,1", "\xff" * 9,
                       "9" * 300, "1700000000000,1,1,1,A,id7"])
texts = st.builds(lambda lines, end, last: end.join(lines) + last,
                  st.lists(st.one_of(good, good, bad), max_size=40),
                  st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n", "\r\n"]))


def parse(data: bytes, cuts: list[int], batch_rows: int) -> tuple[dict, list, list]:
    parser = _io.csv_events(Layout(ROLES, side=SIDES))
    found: list[tuple] = []
    names: list[str] = []
    parser.begin(batch_rows)

    def take() -> None:
        found.append(parser.take())
        names.extend(parser.new_symbols())
        parser.begin(batch_rows)

    limits = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, stop in pairwise(limits):
        block = data[start:stop]
        at = 0
        while at < len(block):
            at = parser.feed(block, at)
            if parser.full:
                take()
    parser.finish()
    take()
    columns = {n: np.concatenate([c[n] for c, *_ in found]) for n in found[0][0]}
    return columns, [reject for _, part, _ in found for reject in part], names


@settings(max_examples=400, deadline=None)
@given(texts, st.lists(st.integers(0, 10_000), max_size=30), st.integers(1, 50))
def test_any_cutting_gives_the_same_arrays(text: str, cuts: list[int], batch_rows: int) -> None:
    data = text.encode("latin-1")
    whole, cut = parse(data, [], 1_000), parse(data, cuts, batch_rows)
    assert whole[1:] == cut[1:]
    for name, column in whole[0].items():
        np.testing.assert_array_equal(column, cut[0][name])
    assert len(whole[0]["row"]) + len(whole[1]) == sum(
        bool(line.removesuffix(b"\r")) for line in data.split(b"\n"))


LONGEST = 1 << 20


@pytest.mark.parametrize(("length", "step"), [(LONGEST + 1, 1), (LONGEST, 7)] + [
    (length, step) for length in (LONGEST - 1, LONGEST, LONGEST + 1, LONGEST + 2, 3 * LONGEST)
    for step in (199, 200, 201, 4_096, 1 << 20)])
def test_the_longest_line(length: int, step: int) -> None:
    row = b"1700000000000,1,1,1,A,1"
    line = row + b"x" * (length - len(row))
    data = row + b"\n" + line + b"\n" + row + b"\n"
    columns, rejects, _ = parse(data, list(range(0, len(data), step)), 10)
    long = length > LONGEST
    assert columns["row"].tolist() == [1, 3]
    # A line of the greatest length is read (and its id is none), a longer one is not.
    assert [(r[0], r[1]) for r in rejects] == [(2, "bad_line" if long else "bad_id")]
    assert rejects[0][2] == line[:200].decode()


def tape(path: Path, rows: int = 1_000) -> Path:
    lines = ["time,price,qty,side,symbol"]
    for i in range(rows):
        price = "nan" if i % 97 == 5 else f"{100 + (i * 7) % 13 / 10}"
        lines.append(f"{1_700_000_000_000 + i},{price},{i % 5},{1 - 2 * (i % 2)},S{i % 3}")
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("infer", [None, "tick"])
@pytest.mark.parametrize("start", [0, 1, 5, 6, 63, 64, 65, 500, 999, 1_000, 2_000])
def test_a_later_start_gives_the_rest(tmp_path: Path, start: int, infer: str | None) -> None:
    path = tape(tmp_path / "t.csv")
    if infer:
        path.write_text(path.read_text().replace(",1,S", ",any,S").replace(",-1,S", ",any,S"))
    whole = read(path, infer_side=infer)
    rest = read(path, start, block_rows=64, infer_side=infer)
    keep = whole.row > start
    np.testing.assert_array_equal(whole.side[keep], rest.side)
    np.testing.assert_array_equal(whole.row[keep], rest.row)
    np.testing.assert_array_equal(whole.ts_ns[keep], rest.ts_ns)
    assert [r for r in whole.rejects if r.row > start] == rest.rejects
    assert [s for s, kept in zip(whole.symbol, keep, strict=True) if kept] == rest.symbol


@pytest.mark.parametrize("block_rows", [1, 2, 63, 65_536])
def test_batches_are_cut_by_row_numbers_alone(tmp_path: Path, block_rows: int) -> None:
    path = tape(tmp_path / "t.csv")
    same(read(path), read(path, block_rows=block_rows))


def test_skipping_settles_the_unit_as_a_full_read_does(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,price,qty,side\n" + "1700000000000,1,1,buy\n" * 5
                    + "1700000000000000,1,1,buy\n" * 5)
    late = read(path, 5)
    assert len(late) == 0 and "row 6: " in str(late.error) and "another unit" in str(late.error)


def test_a_time_field_is_one_truth() -> None:
    field = _io.TimeField(Clock("ms"))
    assert field.parse(b"1700000000000") == (1_700_000_000_000_000_000, "")
