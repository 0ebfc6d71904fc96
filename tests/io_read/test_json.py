"""JSON of trades: every common shape gives the rows that the same trades give in CSV, what is
damaged is a counted reject or a typed error, and no bytes crash the reader."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tickeng.errors import DataError, TickengError, TruncatedError

from .conftest import PEAK_MIB, Tape, read

TRADES = [(1_700_000_000_000 + 137 * i, f"{100 + i % 37 / 100:.2f}", f"{(1 + i % 11) / 8}",
           ("buy", "sell")[i % 3 == 0]) for i in range(200)]
NAMED = [{"timestamp": t, "price": float(p), "qty": float(q), "side": s} for t, p, q, s in TRADES]


@pytest.fixture
def expected(tmp_path: Path) -> Tape:
    rows = "".join(f"{t},{p},{q},{s}\n" for t, p, q, s in TRADES)
    (tmp_path / "t.csv").write_text("timestamp,price,qty,side\n" + rows)
    return read(tmp_path / "t.csv")


def same_trades(found: Tape, expected: Tape) -> None:
    assert found.error is None
    assert not found.rejects
    for name in ("ts_ns", "price", "qty", "side"):
        np.testing.assert_array_equal(found.columns[name], expected.columns[name], err_msg=name)


def lines(rows: list[object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


KRAKEN = [[p, q, t / 1000, s[0], "l", "", i] for i, (t, p, q, s) in enumerate(TRADES)]
BYBIT = [{"execId": str(i), "symbol": "BTCUSDT", "price": p, "size": q, "side": s.title(),
          "time": str(t)} for i, (t, p, q, s) in enumerate(TRADES)]
BITFINEX = [[i, t, float(q) * (1 if s == "buy" else -1), float(p)]
            for i, (t, p, q, s) in enumerate(TRADES)]
SHAPES = {
    "lines": lines(NAMED),
    "lines without a last newline": lines(NAMED).rstrip("\n"),
    "lines with CRLF and blank lines": lines(NAMED).replace("\n", "\r\n\r\n"),
    "byte order mark": "\ufeff" + lines(NAMED),
    "array": json.dumps(NAMED),
    "pretty array": json.dumps(NAMED, indent=2),
    "array with a byte order mark": "\ufeff" + json.dumps(NAMED),
    "one element a line": "[\n" + ",\n".join(map(json.dumps, NAMED)) + "\n]\n",
    "numbers in quotes": json.dumps([{k: str(v) for k, v in row.items()} for row in NAMED]),
    "keys in another order": lines([dict(reversed(row.items())) if i % 2 else row
                                    for i, row in enumerate(NAMED)]),
    "keys that come later": lines([{**row, **({"note": "x"} if i > 50 else {})}
                                   for i, row in enumerate(NAMED)]),
    "nested and unused": lines([{**row, "info": {"price": 7, "q": [1]}, "fees": [{"cost": 1}]}
                                for row in NAMED]),
    "ccxt": json.dumps([{"id": str(i), "timestamp": t, "datetime": "2023-11-14T22:13:20.123Z",
                         "symbol": "BTC/USDT", "side": s, "price": float(p), "amount": float(q),
                         "cost": None, "info": {"p": "1"}}
                        for i, (t, p, q, s) in enumerate(TRADES)]),
    "freqtrade": json.dumps([[t, None, "limit", s, float(p), float(q), 1.0]
                             for t, p, q, s in TRADES]),
    "freqtrade, one row a line": lines([[t, "7", None, s, float(p), float(q), 1.0]
                                        for t, p, q, s in TRADES]),
    "kraken": json.dumps({"error": [], "result": {"XXBTZUSD": KRAKEN, "last": "1700"}}),
    "kraken, pretty": json.dumps({"error": [], "result": {"XXBTZUSD": KRAKEN, "last": "1"}},
                                 indent=1),
    "bitfinex": json.dumps(BITFINEX),
    "bybit": json.dumps({"retCode": 0, "retMsg": "OK", "retExtInfo": {}, "time": 1,
                         "result": {"category": "spot", "list": BYBIT}}),
    "bybit, a page a line": lines([{"retCode": 0, "result": {"list": BYBIT[:90]}},
                                   {"retCode": 0, "result": {"list": BYBIT[90:]}}]),
    "binance": json.dumps([{"id": i, "price": p, "qty": q, "quoteQty": "1", "time": t,
                            "isBuyerMaker": s == "sell", "isBestMatch": True}
                           for i, (t, p, q, s) in enumerate(TRADES)]),
    "okx": json.dumps({"code": "0", "msg": "", "data": [
        {"instId": "BTC-USDT", "side": s, "sz": q, "px": p, "tradeId": str(i), "ts": str(t)}
        for i, (t, p, q, s) in enumerate(TRADES)]}),
    "a wrapper named trades": json.dumps({"next": None, "trades": NAMED}),
    "a wrapper named data": json.dumps({"data": NAMED, "code": 200}),
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_every_shape_gives_the_same_trades(tmp_path: Path, expected: Tape, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    found = read(tmp_path / "t.json")
    same_trades(found, expected)
    (tmp_path / "t.json.gz").write_bytes(gzip.compress(text.encode()))
    same_trades(read(tmp_path / "t.json.gz"), expected)


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_rows_do_not_depend_on_batches_or_start(tmp_path: Path, expected: Tape, text: str) -> None:
    (tmp_path / "t.json").write_text(text)
    same_trades(read(tmp_path / "t.json", block_rows=7), expected)
    later = read(tmp_path / "t.json", start_row=123, block_rows=50)
    np.testing.assert_array_equal(later.ts_ns, expected.ts_ns[123:])
    assert later.row[0] == 124


def test_files_larger_than_a_block(tmp_path: Path) -> None:
    many = [dict(NAMED[i % 200], id=i) for i in range(40_000)]
    (tmp_path / "a.json").write_text(json.dumps({"result": {"list": many}, "time": 1}))
    (tmp_path / "a.jsonl").write_text(lines(many))
    array, text = read(tmp_path / "a.json"), read(tmp_path / "a.jsonl")
    assert len(array) == len(text) == 40_000
    assert array.error is None
    np.testing.assert_array_equal(array.id, np.arange(40_000))
    np.testing.assert_array_equal(array.price, text.price)


def test_an_array_of_short_elements(tmp_path: Path) -> None:
    """More of them in a block than are taken at once."""
    row = '[1700000000000,"7","limit","buy",1,2,2]'
    (tmp_path / "a.json").write_text("[" + ",".join([row] * 100_000) + "]")
    found = read(tmp_path / "a.json")
    assert found.error is None
    assert len(found) == 100_000


def test_kraken_names_its_pair(tmp_path: Path) -> None:
    (tmp_path / "k.json").write_text(SHAPES["kraken"])
    assert set(read(tmp_path / "k.json").symbol) == {"XXBTZUSD"}


@pytest.mark.parametrize("suffix", ["jsonl", "jsonl.zst"])
def test_own_output_is_read_again(tmp_path: Path, suffix: str) -> None:
    rows = "".join(f"{t},{p},{q},{s}\n" for t, p, q, s in TRADES)
    (tmp_path / "t.csv").write_text("timestamp,price,qty,side\n" + rows)
    words = [sys.executable, "-m", "tickeng_cli", "replay", "t.csv", "-o", f"o.{suffix}"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    same_trades(read(tmp_path / f"o.{suffix}"), read(tmp_path / "t.csv"))


def test_digits_are_kept(tmp_path: Path) -> None:
    row = ('{"timestamp":1700000000000000001,"price":123456789.123456789012345,"qty":1e-8,'
           '"side":"buy"}')
    (tmp_path / "t.jsonl").write_text(row + "\n")
    found = read(tmp_path / "t.jsonl")
    assert found.ts_ns[0] == 1_700_000_000_000_000_001
    assert (found.price[0], found.qty[0]) == (123456789.123456789012345, 1e-8)


GOOD = '{"timestamp":1700000000000,"price":1.5,"qty":2,"side":"buy"}'
BAD = {
    "no JSON": "nonsense",
    "cut": '{"timestamp":1700000000000,"price":1.5',
    "key stands twice": GOOD[:-1] + ',"price":2.5}',
    "two objects": GOOD + "," + GOOD,
    "deep": '{"timestamp":' + "[" * 100_000 + "]" * 100_000 + "}",
    "deep and open": "[" * 100_000,
    "control character": '{"timestamp":1700000000000,"price":1.5,"qty":2,"side":"b\x01"}',
    "scalar": "17",
    "longer than 1 MiB": GOOD[:-1] + ',"x":"' + "y" * (1 << 20) + '"}',
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_damaged_line_is_one_reject(tmp_path: Path, bad: str) -> None:
    (tmp_path / "t.jsonl").write_text("\n".join([GOOD, bad, GOOD, GOOD, bad]) + "\n")
    found = read(tmp_path / "t.jsonl")
    assert found.error is None
    assert found.rejected == {"bad_line": 2}
    assert (len(found), found.rows) == (3, 5)
    assert found.row.tolist() == [1, 3, 4]


@pytest.mark.parametrize("name", ["no JSON", "key stands twice", "deep", "control character"])
def test_a_damaged_element_is_one_reject(tmp_path: Path, name: str) -> None:
    (tmp_path / "t.json").write_text("[\n" + ",\n".join([GOOD, BAD[name], GOOD]) + "]")
    found = read(tmp_path / "t.json")
    assert found.error is None
    assert found.rejected == {"bad_line": 1}
    assert len(found) == 2


@pytest.mark.parametrize(("value", "reason"), [
    ("NaN", "bad_price"), ("Infinity", "bad_price"), ("1e999", "bad_price"),
    ("9" * 5_000, "bad_price"), ("null", "bad_price"), ('"\\ud800"', "bad_price"),
    ("[1]", "bad_price"), ('{"a":1}', "bad_price"), ("true", "bad_price"), ("-1", "bad_price"),
])
def test_a_value_that_is_no_price_is_refused(tmp_path: Path, value: str, reason: str) -> None:
    row = GOOD.replace("1.5", value)
    (tmp_path / "t.jsonl").write_text("\n".join([GOOD, row, GOOD]))
    found = read(tmp_path / "t.jsonl")
    assert found.error is None
    assert found.rejected == {reason: 1}


def test_surrogates_and_nul_in_a_name(tmp_path: Path) -> None:
    rows = [GOOD[:-1] + f',"symbol":"{name}"}}' for name in ("A", "\\ud800", "\\u0000", "B")]
    (tmp_path / "t.jsonl").write_text("\n".join(rows))
    found = read(tmp_path / "t.jsonl")
    assert found.symbol == ["A", "\\ud800", "B"]
    assert found.rejected == {"bad_fields": 1}


def test_truncation_is_never_a_silent_end(tmp_path: Path) -> None:
    whole = SHAPES["array"]
    for size in range(len(whole) - 3_000, len(whole), 97):
        (tmp_path / "t.json").write_text(whole[:size])
        found = read(tmp_path / "t.json")
        assert isinstance(found.error, TruncatedError)
        assert len(found) == whole[:size].count("}")
    wrapped = SHAPES["a wrapper named data"]
    (tmp_path / "t.json").write_text(wrapped[:len(wrapped) // 2])
    assert isinstance(read(tmp_path / "t.json").error, TruncatedError)


@pytest.mark.parametrize(("text", "says"), [
    (json.dumps({"a": NAMED, "b": NAMED}, indent=1), "more than one list"),
    (json.dumps({"result": {"A": KRAKEN, "B": KRAKEN}}), "several lists"),
    (json.dumps(NAMED) + json.dumps(NAMED), "behind its list"),
    ("[" + GOOD + " " + GOOD + "]", "no comma"),
    (json.dumps({"settings": {"a": 1}}), "no column for ts"),
    (json.dumps([1, 2, 3]), "no column for ts"),
    (json.dumps([[i, 1_700_000_000_000 + i, 1.0, 5.0] for i in range(5)]), "no column for ts"),
    ('[{"a":"' + "x" * (3 << 20), "1 MiB"),
    ("{", "JSON"),
    ("[]", "JSON without a row"),
])
def test_what_cannot_be_told_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(DataError, match=says):
        found = read(tmp_path / "t.json")
        if found.error:
            raise found.error


def test_positions_can_be_mapped(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps([[t, p, q, s] for t, p, q, s in TRADES]))
    columns = {"ts": "0", "price": "1", "qty": "2", "side": "3"}
    assert len(read(tmp_path / "t.json", map=columns)) == 200


def test_no_bytes_crash_the_reader(tmp_path: Path) -> None:
    rng = random.Random(7)
    seeds = [text.encode()[:4_000] for text in SHAPES.values()] + [
        text.encode()[:2_000] for text in BAD.values()]
    for _ in range(1_500):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(data))
            if rng.random() < 0.3:
                del data[at:at + rng.randrange(1, 40)]
            elif rng.random() < 0.5:
                data[at] = rng.choice(b'"\\{}[],:\0\xff\n 0')
            else:
                data[at:at] = rng.choice(
                    [b'"', b"[[", b"{", b"NaN", b"\\u", b"\xed\xa0\x80", b"1e"])
            data = data or bytearray(b"{")
        (tmp_path / "m.json").write_bytes(data)
        try:
            found = read(tmp_path / "m.json", block_rows=64)
        except TickengError:
            continue
        assert found.error is None or isinstance(found.error, TickengError)


def test_memory_of_one_long_array(tmp_path: Path) -> None:
    with open(tmp_path / "long.json", "w") as file:
        file.write("[" + GOOD)
        for _ in range(60):
            file.write(("," + GOOD) * 20_000)
        file.write("]")
    code = PEAK_MIB + (
        "from tickeng.files.sources import open_source\n"
        "import pyarrow\n"
        "before = peak_mib()\n"
        f"with open_source({str(tmp_path / 'long.json')!r}) as s: n = sum(map(len, s.batches()))\n"
        "print(n, peak_mib() - before)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rows, growth = map(int, done.stdout.split())
    assert rows == 1_200_001
    assert growth < 220
