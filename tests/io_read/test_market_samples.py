"""What the first rows of books decide: levels however they are numbered, and words that part
prices of lists as they part those of columns."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tickeng
from tickeng.errors import DataError
from tickeng.files.sources.markets import place

MS = 1_700_000_000_000


@pytest.mark.parametrize("number", [7, 999_999_999])
def test_a_level_far_behind_the_others_is_no_reason_to_count_up_to_it(tmp_path, number):
    header = ",".join(f"{side}_{what}_{level}" for level in (1, number) for side in ("bid", "ask")
                      for what in ("price", "qty"))
    path = tmp_path / "b.csv"
    path.write_text(f"timestamp,{header}\n" + f"{MS},99,1,101,1,98,1,102,1\n" * 3)
    with pytest.raises(DataError, match=f"levels 1 to {number} of .*, but none for level 2"):
        tickeng.read(path, kind="book")


@pytest.mark.parametrize("digits", [10, 5_000])
def test_more_digits_number_no_level(digits):
    assert place("bid_price_" + "9" * digits) is None
    assert place("bid_price_" + "9" * 9) == ("bid", 10**9 - 1)


def sides(shape, price):
    """Three levels of each side as a file has them."""
    found = {}
    for side, way in (("bids", -1), ("asks", 1)):
        levels = [(price + way * k * price / 1000, 5.0 + k) for k in (1, 2, 3)]
        if shape == "pairs":
            found[side] = [list(level) for level in levels]
        elif shape == "records":
            found[side] = [{"qty": qty, "price": at} for at, qty in levels]
        else:
            found[side] = [at for at, _ in levels]
            found[f"{side[:3]}_qty"] = [qty for _, qty in levels]
    return found


@pytest.mark.parametrize("form", ["jsonl", "parquet", "arrow"])
@pytest.mark.parametrize("shape", ["pairs", "records", "lists"])
@pytest.mark.parametrize("far", [1, 40])
def test_words_beside_lists(tmp_path, form, shape, far):
    """Two words go with one market, or with two whose prices are far from each other."""
    rows = [{"timestamp": MS + i, "note": ("one", "two")[i % 2],
             **sides(shape, 100.0 * (far if i % 2 else 1))} for i in range(40)]
    path = tmp_path / f"b.{form}"
    if form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        table = pa.Table.from_pylist(rows)
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    if far == 1:
        assert len(tickeng.read(path)) == 40
        return
    with pytest.raises(DataError, match="its column 'note' parts the prices into levels"):
        tickeng.read(path)
    apart = tickeng.read(path, map="symbol=note")
    assert apart["symbol"][:2].tolist() == ["one", "two"]
    assert len(tickeng.read(path, symbol_name="X")) == 40


def test_inspect_of_changes_of_which_none_is_a_message(tmp_path):
    row = {"exchange": "x", "symbol": "AB", "timestamp": MS, "local_timestamp": MS + 1,
           "is_snapshot": "true", "side": "bid", "price": 99.0, "amount": 1.0}
    path = tmp_path / "c.jsonl"
    broken = json.dumps({**row, "amount": "oops"})
    path.write_text(json.dumps(row) + "\n" + broken + "\n")
    with pytest.raises(DataError, match=r"no row can be read \(1 rejected: bad_qty\)"):
        tickeng.inspect(path)
