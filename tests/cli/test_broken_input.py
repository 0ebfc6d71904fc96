"""Broken inputs: the exit code, a message with file, row and remedy, and never a traceback."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from .conftest import START_NS, write_tape

HEAD = "timestamp,price,qty,side\n"
GOOD = "".join(f"{START_NS + n * 10**6},100.{n % 10},1.5,{1 - 2 * (n % 2)}\n" for n in range(5_000))
TAPE = (HEAD + GOOD).encode()


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("trades.csv", TAPE)
    return data.getvalue()


def parquet() -> bytes:
    data = io.BytesIO()
    columns = {"timestamp": [START_NS + n for n in range(5_000)], "price": [1.5] * 5_000,
               "qty": [1.0] * 5_000, "side": [1] * 5_000}
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def row(ts="1723161255000000000", price="100.5", qty="1", side="1") -> str:
    return f"{ts},{price},{qty},{side}\n"


FATAL = {
    "empty.csv": (b"", "empty"),
    "junk.csv": (bytes(range(256)) * 40, ""),
    "wrong.csv": (b"alpha,beta\n1,2\n3,4\n", ""),
    "cut.csv.gz": (cut(gzip.compress(TAPE)), "ends too early"),
    "cut.csv.zst": (cut(zstandard.compress(TAPE)), "ends too early"),
    "cut.zip": (cut(zipped()), ""),
    "cut.parquet": (cut(parquet()), ""),
    "all_bad.csv": (
        (HEAD + (row(price="nan") + row(price="nan", side="-1")) * 25).encode(), "row 1"),
    "negative_qty.csv": ((HEAD + GOOD + row(qty="-1")).encode(), "--qty-sign side"),
    "odd_side.csv": ((HEAD + row(side="7") + GOOD).encode(), "--sides buy="),
    "sideless.csv": (b"timestamp,price,qty\n1723161255000000000,1,2\n", "--infer-side tick"),
}


@pytest.mark.parametrize("name", FATAL)
def test_fatal_input_is_exit_3_and_names_the_file(tickeng, name):
    data, told = FATAL[name]
    Path(name).write_bytes(data)
    run = tickeng("replay", name, "-o", "out.csv")
    assert run.code == 3, run.err
    message = run.err[run.err.rindex("tickeng: ") :]
    assert name in message
    assert told in message.lower()


ROWS = {
    "nan_price": (row(price="nan"), "bad_price"),
    "zero_price": (row(price="0"), "bad_price"),
    "negative_price": (row(price="-1"), "bad_price"),
    "infinite_price": (row(price="inf"), "bad_price"),
    "text_price": (row(price="abc"), "bad_price"),
    "huge_qty": (row(qty="1e999"), "bad_qty"),
    "negative_time": (row(ts="-5"), "bad_timestamp"),
    "far_time": (row(ts="9" * 25), "bad_timestamp"),
    "too_few": ("1,2\n", "bad_fields"),
    "nul": ("1723161255000000000,1\x0000,1,1\n", ""),
    "long_line": ("9" * 10_000_000 + ",1,1,1\n", ""),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_is_counted_listed_and_fatal_when_strict(tickeng, name):
    text, reason = ROWS[name]
    lines = GOOD.splitlines(keepends=True)
    Path("t.csv").write_text(HEAD + "".join([*lines[:100], text, *lines[100:]]))
    run = tickeng("replay", "t.csv", "--json", "--rejects", "rejects.csv")
    assert run.code == 0, run.err
    report = json.loads(run.out)
    assert report["ticks"] == 5_000
    assert sum(report["rejected"].values()) == 1
    assert reason in next(iter(report["rejected"]))
    listed = Path("rejects.csv").read_text().splitlines()
    assert listed[0] == '"file","row","reason","text"'
    assert listed[1].startswith('"t.csv",101,"bad_')
    strict = tickeng("replay", "t.csv", "--strict", "-o", "out.csv")
    assert strict.code == 3
    assert "t.csv, row 101: bad_" in strict.err
    assert len(Path("out.csv").read_text().splitlines()) == 101


def test_zero_quantity_is_legal(tickeng):
    Path("t.csv").write_text(HEAD + row(qty="0", side="buy") * 5)
    assert json.loads(tickeng("replay", "t.csv", "--json").out)["ticks"] == 5


@pytest.mark.parametrize(
    "data",
    [
        TAPE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + TAPE,
        TAPE.rstrip(b"\n"),
    ],
)
def test_line_ends_and_byte_order_mark_are_nothing_special(tickeng, data):
    Path("t.csv").write_bytes(data)
    report = json.loads(tickeng("replay", "t.csv", "--json").out)
    assert report["ticks"] == 5_000
    assert report["rejected"] == {}


def test_a_header_alone_is_no_error(tickeng):
    Path("t.csv").write_text(HEAD)
    run = tickeng("replay", "t.csv", "-o", "out.csv")
    assert run.code == 0
    assert "0 ticks" in run.err


def test_truncated_input_keeps_what_came_before(tickeng):
    """The output holds the rows before the damage; the mended file goes on from the checkpoint."""
    long = (HEAD + GOOD * 40).encode()
    Path("t.csv.gz").write_bytes(cut(gzip.compress(long)))
    run = tickeng("replay", "t.csv.gz", "-o", "out.csv", "--checkpoint", "k")
    assert run.code == 3
    rows = len(Path("out.csv").read_text().splitlines()) - 1
    assert rows > 0
    shown = json.loads(tickeng("checkpoint", "show", "k", "--json").out)
    assert shown["meta"]["sink"]["position"]["rows"] == rows


def test_missing_files_are_usage_errors(tickeng):
    write_tape("a.csv", 10)
    for words in (("none.csv",), ("a.csv", "--leader", "none.csv"), ("a.csv", "--config", "no")):
        run = tickeng("replay", *words)
        assert run.code == 2, run.err
        assert words[-1] in run.err
