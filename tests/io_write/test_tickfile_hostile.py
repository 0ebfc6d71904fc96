"""Damaged and forged tick files: a typed error with the tick count so far, never anything else."""

import io
import resource
import struct

import numpy as np
import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.io_write import events

from tickeng._native import codec
from tickeng.errors import DataError, TruncatedError
from tickeng.files.tickfile import TickFileReader, TickFileWriter
from tickeng.files.tickfile.frames import END, HEAD, INDEX, SKIPPABLE, End, end_frame, own_frame

BLOCK = 8
ROWS = 20


@pytest.fixture(scope="module")
def file(tape):
    out = io.BytesIO()
    with TickFileWriter(out, block_rows=BLOCK) as writer:
        writer.write(tape(0, ROWS))
    return out.getvalue()


@pytest.fixture(scope="module")
def block(tape):
    batch = tape(0, ROWS)
    return codec.encode_block(0, {**batch.columns, "symbol": batch.symbol}, 0, ["A", "B"])


class Forward(io.BytesIO):
    """A file object that cannot seek."""

    def seekable(self):
        return False


def read(data, kind=io.BytesIO):
    """Prices read and the error that ended it, if one did."""
    prices = []
    try:
        for batch in TickFileReader(kind(data)).batches():
            prices += batch.values["price"].tolist()
    except DataError as error:
        return prices, error
    return prices, None


def packed(raw):
    return zstandard.ZstdCompressor(write_checksum=True).compress(raw)


@pytest.mark.parametrize("kind", [io.BytesIO, Forward])
def test_truncated_at_every_byte(tape, file, kind):
    expected = tape(0, ROWS).values["price"].tolist()
    for length in range(len(file)):
        prices, error = read(file[:length], kind)
        assert isinstance(error, TruncatedError), length
        assert len(prices) in (0, 8, 16, 20)
        assert f"{len(prices)} ticks" in str(error)
        assert prices == expected[: len(prices)]


@pytest.mark.parametrize("kind", [io.BytesIO, Forward])
def test_every_byte_flipped(tape, file, kind):
    expected = tape(0, ROWS).values["price"].tolist()
    unseen = 0
    for at in range(len(file)):
        for mask in (0x01, 0x80, 0xFF):
            damaged = bytearray(file)
            damaged[at] ^= mask
            prices, error = read(bytes(damaged), kind)
            assert prices == expected[: len(prices)]
            assert error is None or f"{len(prices)} ticks" in str(error)
            unseen += error is None
    assert unseen <= 12  # spare bits of zstd frame headers, magics of skippable frames


def block_of(kind, **options):
    """A block of the kind with all its columns."""
    batch = events.tape(kind, 0, ROWS)
    columns = {name: column.reshape(-1) for name, column in batch.columns.items()}
    columns |= {"symbol": batch.symbol, "seq": np.arange(ROWS) * 3}
    levels = {"book": 3, "delta": len(columns.get("price", []))}.get(kind, 0)
    number = events.KINDS.index(kind)
    return codec.encode_block(number, columns, 0, ["A", "B"], levels, **options)


@pytest.mark.parametrize("kind", events.KINDS)
@settings(max_examples=600, deadline=None)
@given(data=st.data())
def test_forged_blocks(kind, block, data):
    """What a checksum would catch, but forged under a valid one."""
    forged = bytearray(data.draw(st.sampled_from([block_of(kind), block])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(forged), 240) - 1) | st.integers(0, len(forged) - 1))
        forged[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 3))
    check_block(bytes(forged[: len(forged) - cut]))


@settings(max_examples=300)
@given(st.binary(max_size=300))
@example(b"")
def test_random_blocks(raw):
    check_block(raw)
    for kind in range(4):
        check_block(b"TKBL" + bytes([kind, 2 if kind else 1]) + raw)


def check_block(raw):
    try:
        columns = codec.decode_block(raw)
    except DataError:
        return
    kind, rows, *_ = codec.inspect_block(raw)
    levels = {name for name, _, _, per_level in codec.block_columns(kind) if per_level}
    assert {len(columns[name]) for name in columns.keys() - levels} == {rows}
    assert len({len(columns[name]) for name in levels}) <= 1
    if kind == events.KINDS.index("delta"):
        assert columns["bids"].sum(dtype=int) + columns["asks"].sum() == len(columns["price"])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_random_files(file, data):
    at = data.draw(st.integers(0, len(file)))
    junk = data.draw(st.binary(max_size=60))
    read(file[:at] + junk + file[at + data.draw(st.integers(0, 60)) :])
    read(junk)


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [
        (0, b"X", "holds no block"),
        (4, b"\1", "quote block of version 1 .* reads 2"),
        (4, b"\7", r"kind 7 \(timer\)"),
        (4, b"\x0a", r"kind 10 \(value\)"),
        (4, b"\x63", r"kind 99 \(unknown\)"),
        (5, b"\3", "trade block of version 3 .* reads 1 and 2"),
        (8, b"\0\0\0\0", "0 rows"),
        (8, b"\1\0\x10\0", "1048577 rows"),
        (8, b"\xff\xff\xff\xff", "4294967295 rows"),
        (12, b"\xff\xff\xff\xff", "shorter than it says"),
        (6, b"\xff\xff", "shorter than it says"),
        (24, b"\x09\0", "unknown column 9"),
        (24, b"\3\0", "column 3 twice"),
        (26, b"\x0f", "encoding 15"),
        (27, b"\xff", "255 planes"),
        (28, b"\xff\xff\xff\xff", "4294967295 bytes"),
    ],
)
def test_lies_are_named(block, offset, value, message):
    forged = block[:offset] + value + block[offset + len(value) :]
    with pytest.raises(DataError, match=message):
        codec.decode_block(forged)


def test_newer_optional_column_is_skipped(block):
    """Column ids from 0x8000 on may be ignored by a reader that does not know them."""
    entry = struct.pack("<HBBIqq", 0x8001, 1, 0, 0, 0, 1)
    columns = struct.unpack_from("<H", block, 6)[0]
    end = 24 + 24 * columns
    newer = block[:6] + struct.pack("<H", columns + 1) + block[8:end] + entry + block[end:]
    found, expected = codec.decode_block(newer), codec.decode_block(block)
    assert np.array_equal(found["price"], expected["price"])


def bomb():
    """One frame of 80 MB of zeros in some 2.5 kB."""
    return own_frame(HEAD, b"{}") + packed(bytes(80_000_000))


NO_ROWS = end_frame(End(0, np.array([], INDEX), []))
FORGERIES = {
    "skippable frame of 4 GiB": SKIPPABLE + b"\xff\xff\xff\xff" + b"x" * 100,
    "declared size of 2^60": own_frame(HEAD, b"{}")
    + b"\x28\xb5\x2f\xfd\xe4" + struct.pack("<Q", 1 << 60) + b"\x01\0\0" + b"\0\0\0\0",
    "window of 2^41": own_frame(HEAD, b"{}") + b"\x28\xb5\x2f\xfd\x04\xff\x01\0\0\0\0\0\0",
    "no checksum": own_frame(HEAD, b"{}") + zstandard.ZstdCompressor().compress(b"TKBL"),
    "metadata is a list": own_frame(HEAD, b"[]"),
    "metadata is no JSON": own_frame(HEAD, b"{"),
    "metadata is deep": own_frame(HEAD, b"[" * 100_000),
    "begins with an end": own_frame(END, b"{}"),
    "two heads": own_frame(HEAD, b"{}") * 2,
    "end of 2^32 blocks": own_frame(HEAD, b"{}") + own_frame(END, b"\xff" * 40),
    "index to nowhere": own_frame(HEAD, b"{}")
    + end_frame(End(9, np.array([(1 << 60, 9, 9, *[0] * 6)], INDEX), ["A"])),
    "index to the head": own_frame(HEAD, b"{}")
    + end_frame(End(9, np.array([(0, 9, 9, *[0] * 6)], INDEX), ["A"])),
    "bomb": bomb(),
    "data after the end": own_frame(HEAD, b"{}") + NO_ROWS + b"x",
}


@pytest.mark.parametrize("name", FORGERIES)
@pytest.mark.parametrize("kind", [io.BytesIO, Forward])
def test_forgery(name, kind):
    prices, error = read(FORGERIES[name], kind)
    assert (prices, isinstance(error, DataError)) == ([], True)
    assert "0 ticks" in str(error)
    for start in (0, 5):
        with pytest.raises(DataError, match="0 ticks"):
            list(TickFileReader(kind(FORGERIES[name])).merged(start))


@pytest.mark.parametrize("name", ["rows", "kind", "more", "first_seq", "last_seq"])
def test_an_index_that_contradicts_a_block(file, name):
    end = TickFileReader(io.BytesIO(file))
    index = end.index.copy()
    index[name][1] += 1
    index["rows"][2] -= name == "rows"
    forged = file[: end.end_offset] + end_frame(End(ROWS, index, end.symbols))
    prices, error = read(forged)
    assert (len(prices), "index contradicts the block" in str(error)) == (8, True)


def test_a_symbol_without_name(tape):
    batch = tape(0, 4)
    columns = {**batch.values, "ts_ns": batch.ts_ns, "symbol": batch.symbol}
    raw = codec.encode_block(0, columns, 0, ["A"])
    data = own_frame(HEAD, b"{}") + packed(raw) + NO_ROWS
    prices, error = read(data, Forward)
    assert (prices, "symbol 1 has no name" in str(error)) == ([], True)


def test_blocks_out_of_order(tape, file):
    index = TickFileReader(io.BytesIO(file)).index
    start, second, third = (int(v) for v in index["offset"])
    swapped = file[:start] + file[second:third] + file[start:second] + file[third:]
    for kind in (io.BytesIO, Forward):
        prices, error = read(swapped, kind)
        assert (prices, "begins at row 8" in str(error)) == ([], True)


def test_forgeries_take_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in FORGERIES.values():
        read(data)
        read(data, Forward)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 256 * 1024


def file_of(*blocks):
    """A file of blocks as they are, without an end frame."""
    return own_frame(HEAD, b"{}") + b"".join(packed(block) for block in blocks)


def small(kind, first_row, seq, more):
    """A block of one trade or quote."""
    names = ("price", "qty", "side") if kind == "trade" else ("bid", "bid_qty", "ask", "ask_qty")
    columns = {name: np.zeros(1, np.int8 if name == "side" else np.float64) for name in names}
    columns |= {"ts_ns": np.zeros(1, np.int64), "seq": np.array([seq])}
    return codec.encode_block(events.KINDS.index(kind), columns, first_row, [], 0, more)


@pytest.mark.parametrize(
    ("blocks", "whole", "message"),
    [
        ([("trade", 0, 5, True), ("trade", 1, 6, False)], 0, "two blocks of kind trade"),
        ([("trade", 0, 5, False), ("quote", 1, 5, False)], 1, "seq 5 comes after seq 5"),
        ([("trade", 0, 5, True), ("quote", 1, 5, False)], 0, "two events have the seq 5"),
        ([("trade", 0, 5, False), ("quote", 1, 9, True)], 1, "the last span lacks a block"),
        ([("trade", 0, 5, False), ("quote", 2, 9, True)], 1, "a block begins at row 2"),
    ],
)
@pytest.mark.parametrize("kind", [io.BytesIO, Forward])
def test_spans_that_contradict_themselves(kind, blocks, whole, message):
    index = np.zeros(len(blocks), INDEX)
    index["rows"] = 1
    data = file_of(*(small(*block) for block in blocks)) + end_frame(End(len(blocks), index, []))
    if kind is io.BytesIO:
        data = data[:-1]  # without an index, so that the blocks are read in turn
        message = message.replace("the last span lacks a block", "ends before its end frame")
    found = []
    with pytest.raises(DataError, match=rf"after {whole} ticks: .*{message}"):
        for span in TickFileReader(kind(data)).merged():
            found.extend(span)
    assert len(found) == whole


def test_a_kind_that_the_head_does_not_declare():
    head = own_frame(HEAD, b'{"kinds": ["trade"]}', version=2)
    data = head + packed(small("quote", 0, 0, False))
    with pytest.raises(DataError, match="kind quote, which its head does not declare"):
        list(TickFileReader(io.BytesIO(data)).batches())
    for body in (b"{}", b'{"kinds": 3}', b'{"kinds": [3]}'):
        with pytest.raises(DataError, match="declares no kinds"):
            TickFileReader(io.BytesIO(own_frame(HEAD, body, version=2)))
    with pytest.raises(DataError, match="format version 3, this tickeng reads 1 and 2"):
        TickFileReader(io.BytesIO(own_frame(HEAD, b"{}", version=3)))
