"""The tick file of several kinds: every bit comes back, in blocks and in the recorded order."""

import io
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.io_write.events import BLOCK, KINDS, contents, drawn, in_order, opened, tape, written
from tests.io_write.plain_decoder import decode

import tickeng
from tickeng._native import codec
from tickeng.errors import ConfigError, DataError, TruncatedError
from tickeng.files.batch import NO_ID, EventBatch
from tickeng.files.tickfile import TickFileReader, TickFileWriter
from tickeng.files.tickfile.frames import FrameReader

NUMBERS = {name: number for number, name in enumerate([
    "ts_ns", "recv_ns", "symbol", "price", "qty", "side", "id", "seq", "bid", "bid_qty", "ask",
    "ask_qty", "snapshot", "first", "last", "previous", "bids", "asks"], 1)}


def until_error(parts):
    """What came, and the error that ended it if one did."""
    found = []
    try:
        for part in parts:
            found.append(part)
    except DataError as error:
        return found, error
    return found, None


def spans_of(data, pipe):
    """Spans whose reader is made with the first of them."""
    yield from opened(data, pipe).merged()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_round_trip_of_a_kind(kind, data):
    cuts = data.draw(st.lists(st.integers(0, 12), min_size=1, max_size=4))
    batches = [data.draw(drawn(kind, rows)) for rows in cuts]
    file, expected = written(batches), contents(batches)
    for pipe in (False, True):
        assert contents(opened(file, pipe).batches()) == expected
        assert in_order(opened(file, pipe).merged()) == list(enumerate(expected))
    start = data.draw(st.integers(0, len(expected) + 2))
    assert contents(opened(file).batches(start)) == expected[start:]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_format_is_as_described(kind, data):
    """A block says the same to a decoder that knows nothing but the description."""
    batches = [tape(kind, 3, 20), data.draw(drawn(kind, data.draw(st.integers(1, 12))))]
    for frame in blocks_of(written(batches, block_rows=17)):
        _, rows, levels, first_row, flags, _, columns = decode(frame)
        found = codec.decode_block(frame)
        assert (rows, first_row, bool(flags)) == (*codec.inspect_block(frame)[1:3], False)
        assert {NUMBERS[name] for name in found} == columns.keys()
        assert levels == {"book": 3, "delta": len(found.get("price", []))}.get(kind, 0)
        for name, column in found.items():
            bits = column.view(np.uint64) if column.dtype == np.float64 else column
            assert bits.tolist() == columns[NUMBERS[name]], name


def blocks_of(file):
    """The contents of its zstd frames."""
    frames = FrameReader(io.BytesIO(file))
    while True:
        is_block, content = frames.next()
        if is_block:
            yield content
        elif content[10] == 1:
            return


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_round_trip_of_kinds_in_turn(data):
    parts = data.draw(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 11)), max_size=9))
    batches = [data.draw(drawn(kind, rows)) for kind, rows in parts]
    file, expected = written(batches), contents(batches)
    for pipe in (False, True):
        assert in_order(opened(file, pipe).merged()) == list(enumerate(expected))
        assert sorted(map(repr, contents(opened(file, pipe).batches()))) == sorted(
            map(repr, expected))


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_round_trip_of_recorded_numbers(data):
    """Stretches of a recording: a batch of each kind, whose numbers overlap and have gaps."""
    calls, expected, last = [], [], -1
    for _ in range(data.draw(st.integers(1, 3))):
        kinds = data.draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=30))
        gaps = data.draw(st.lists(st.integers(1, 3), min_size=len(kinds), max_size=len(kinds)))
        numbers = last + np.cumsum(gaps)
        last = int(numbers[-1])
        call = []
        for kind in dict.fromkeys(kinds):
            mine = np.array([kind == other for other in kinds])
            batch = data.draw(drawn(kind, int(mine.sum())))
            batch.seq = numbers[mine]
            call.append(batch)
        calls.append(call)
        expected += in_order([call])
    assert [seq for seq, _ in expected] == sorted(seq for seq, _ in expected)
    file, start = written(calls), data.draw(st.integers(0, len(expected) + 1))
    for pipe in (False, True):
        assert in_order(opened(file, pipe).merged()) == expected
        assert in_order(opened(file, pipe).merged(start)) == expected[start:]


def mixed(rows):
    """Kinds alternating, in batches of 1 to 5 rows, until each has so many."""
    done, calls = dict.fromkeys(KINDS, 0), []
    while min(done.values()) < rows:
        for number, kind in enumerate(KINDS):
            end = min(rows, done[kind] + 1 + (done[kind] + number) % 5)
            calls.append(tape(kind, done[kind], end))
            done[kind] = end
    return calls


def test_what_a_reader_knows():
    file = written(mixed(20), metadata={"venue": "x"})
    reader = opened(file)
    assert (reader.metadata, reader.rows, reader.kinds) == ({"venue": "x"}, 80, KINDS)
    assert reader.symbols == ["LTCUSDT", "BTCUSDT"]
    index = reader.index
    assert index["rows"].sum() == 80
    blocks = list(reader.batches())
    assert index["kind"].tolist() == [KINDS.index(block.kind) for block in blocks]
    assert [block.rows_end for block in blocks] == np.cumsum(index["rows"]).tolist()
    numbers = [block.row - 1 if block.seq is None else block.seq for block in blocks]
    assert index["first_seq"].tolist() == [seq[0] for seq in numbers]
    assert index["last_seq"].tolist() == [seq[-1] for seq in numbers]
    assert opened(file, pipe=True).kinds is None


def test_spans_are_bounded():
    """No kind waits longer than another's block takes to fill, however rare it is."""
    calls = [tape("book", 0, 1), tape("quote", 0, 100), tape("book", 1, 2), tape("quote", 100, 120)]
    index = opened(written(calls)).index
    more = index["more"].astype(bool)
    assert index["rows"].max() == BLOCK
    ends = np.flatnonzero(~more)
    assert (index["first_seq"][ends[:-1] + 1] > index["last_seq"][ends[:-1]]).all()
    assert [KINDS[kind] for kind in index["kind"][more]] == ["book", "quote"]


def test_a_merge_holds_one_span():
    """From a pipe too: the memory does not grow with the file."""
    file = written([tape(kind, first, first + 500) for first in range(0, 20_000, 500)
                    for kind in ("trade", "quote")], block_rows=500)
    everything = sum(column.nbytes for batch in opened(file).batches()
                     for column in batch.columns.values())
    tracemalloc.start()
    spans = sum(1 for _ in opened(file, pipe=True).merged())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spans >= 20 and peak < everything / 4


def test_levels_bound_a_block(monkeypatch):
    """Deep books take blocks of fewer rows."""
    monkeypatch.setattr("tickeng.files.tickfile.spans.BLOCK_LEVELS", 10)
    for kind in ("book", "delta"):
        file = written([tape(kind, 0, 40)], block_rows=1000)
        blocks = list(opened(file).batches())
        sizes = [next(reversed(block.values.values())).size for block in blocks]
        assert max(sizes) <= 10 and len(blocks) > 5
        assert contents(blocks) == contents([tape(kind, 0, 40)])


def test_trades_alone_are_a_file_of_version_1():
    """Old readers go on reading what they know: no frame says a version it does not need."""
    versions = {}
    for kind in KINDS:
        file = written([tape(kind, 0, 20)])
        end = file.rindex(b"TICKENG\0")
        versions[kind] = (file[16], file[end + 8])
    assert versions == {"trade": (1, 1), "quote": (1, 2), "book": (1, 2), "delta": (1, 2)}


def test_declared_kinds():
    file = written([tape("quote", 0, 3)], kinds=["trade", "quote"], metadata={"venue": "x"})
    assert file[16] == 2
    reader = opened(file, pipe=True)
    assert (reader.kinds, reader.metadata) == (("trade", "quote"), {"venue": "x"})
    assert opened(file).kinds == ("quote",)
    with pytest.raises(DataError, match="begun for trade, quote and not for book"):
        written([tape("book", 0, 3)], kinds=["trade", "quote"])
    with pytest.raises(ConfigError, match="holds trade, quote, book, delta"):
        written([], kinds=["bar"])
    with pytest.raises(ConfigError, match="metadata has kinds"):
        written([], kinds=["book"], metadata={"kinds": 1})
    assert written([tape("trade", 0, 3)], kinds=["trade"]) == written([tape("trade", 0, 3)])


def test_declared_kinds_bind_an_append(tmp_path):
    path = tmp_path / "a.zst"
    path.write_bytes(written([tape("quote", 0, 3)], kinds=["quote"]))
    before = path.read_bytes()
    with pytest.raises(DataError, match="begin another file"):
        TickFileWriter(path, append=True, kinds=["quote", "book"])
    with pytest.raises(DataError, match="not for book"), TickFileWriter(
            path, append=True) as writer:
        writer.write(tape("book", 0, 1))
    assert path.read_bytes() == before
    forged = before.replace(b'["quote"]', b'["trade"]')
    with pytest.raises(DataError, match="checksum"):
        opened(forged)


@pytest.mark.parametrize("split", [0, 1, 7, 8, 9, 25])
def test_append(tmp_path, split):
    path, calls = tmp_path / "a.zst", mixed(20)
    expected = list(enumerate(contents(calls)))
    for part in (calls[:split], calls[split:]):
        with TickFileWriter(path, append=True, block_rows=BLOCK) as writer:
            for batch in part:
                writer.write(batch)
    for pipe in (False, True):
        assert in_order(opened(path.read_bytes(), pipe).merged()) == expected


def test_quotes_behind_trades_of_version_1(tmp_path):
    path = tmp_path / "a.zst"
    path.write_bytes(written([tape("trade", 0, 20)]))
    with TickFileWriter(path, append=True) as writer:
        writer.write(tape("quote", 0, 5))
    found = in_order(opened(path.read_bytes()).merged())
    assert found == list(enumerate(contents([tape("trade", 0, 20), tape("quote", 0, 5)])))


def test_cut_at_every_byte(tmp_path):
    """Whole blocks are read, whole spans are merged and continued: a prefix of the stream."""
    calls = mixed(5)
    expected, file = list(enumerate(contents(calls))), written(calls, block_rows=3)
    blocks = list(opened(file).batches())
    index, contained = opened(file).index, [contents(blocks[:n]) for n in range(len(blocks) + 1)]
    spans, tried = np.cumsum(index["rows"])[index["more"] == 0], None
    assert len(blocks) > len(spans) > 3
    for length in range(int(index["offset"][0]), len(file)):
        whole = int((index["offset"] + index["bytes"] <= length).sum())
        rows = len(contained[whole])
        kept = int(spans[spans <= rows].max(initial=0))
        for pipe in (False, True):
            found, error = until_error(opened(file[:length], pipe).batches())
            assert contents(found) == contained[whole]
            assert isinstance(error, TruncatedError) and f"after {rows} ticks" in str(error)
            assert ("appending to it" in str(error)) == (kept == rows)
            merged, error = until_error(opened(file[:length], pipe).merged())
            assert in_order(merged) == expected[:kept]
            assert f"after {kept} ticks: " in str(error) and "appending to it" in str(error)
        if tried != whole:
            tried = whole
            (tmp_path / "a.zst").write_bytes(file[: length + 9])
            continued(tmp_path / "a.zst", expected[:kept])


def continued(path, kept):
    """An append continues a file behind its whole spans."""
    quotes = tape("quote", 0, 2)
    with TickFileWriter(path, append=True, block_rows=BLOCK) as writer:
        assert (writer.rows, bool(writer.warnings)) == (len(kept), True)
        writer.write(quotes)
    found = in_order(opened(path.read_bytes()).merged())
    assert found == kept + list(enumerate(contents([quotes]), len(kept)))


def test_a_cut_span_takes_its_names_along(tmp_path):
    """A name that only lost blocks have is none of the file that is continued."""
    path, first, second = tmp_path / "a.zst", tape("trade", 0, 8), tape("quote", 0, 8)
    second.symbols = ["LTCUSDT", "LOST"]
    path.write_bytes(written([first, tape("trade", 8, 9), second]))
    last = opened(path.read_bytes()).index["offset"][-1]
    path.write_bytes(path.read_bytes()[: int(last) + 5])
    third = tape("book", 0, 4)
    third.symbols = ["BTCUSDT", "NEW"]
    with TickFileWriter(path, append=True) as writer:
        assert writer.symbols == ["LTCUSDT", "BTCUSDT"]
        writer.write(third)
    for pipe in (False, True):
        reader = opened(path.read_bytes(), pipe)
        assert in_order(reader.merged()) == list(enumerate(contents([first, third])))
        assert reader.symbols == ["LTCUSDT", "BTCUSDT", "NEW"]


def test_every_byte_flipped():
    calls = mixed(9)
    file, expected = written(calls), list(enumerate(contents(calls)))
    unseen = 0
    for at in range(len(file)):
        for mask in (0x01, 0x80, 0xFF):
            damaged = bytearray(file)
            damaged[at] ^= mask
            for pipe in (False, True):
                spans, error = until_error(spans_of(bytes(damaged), pipe))
                found = in_order(spans)
                assert found == expected[: len(found)]
                assert error is not None or len(found) == len(expected)
                unseen += error is None
    assert unseen <= 40  # spare bits of zstd frame headers, magics of skippable frames


def test_a_growing_file_ends_with_its_last_whole_span():
    calls = mixed(5)
    file = written(calls, block_rows=3)
    cut = io.BytesIO(file[: int(opened(file).index["offset"][-1]) - 1])
    found = in_order(TickFileReader(cut, growing=True).merged())
    assert found and found == list(enumerate(contents(calls)))[: len(found)]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_take_of_deltas(data):
    """A mask, indices or a slice take each message with its levels."""
    batch = data.draw(drawn("delta", data.draw(st.integers(0, 9))))
    rows = len(batch)
    which = data.draw(
        st.lists(st.booleans(), min_size=rows, max_size=rows).map(lambda m: np.array(m, bool))
        | st.slices(rows)
        | (st.lists(st.integers(0, rows - 1)).map(lambda i: np.array(i, np.int64))
           if rows else st.nothing()))
    expected = [contents([batch])[i] for i in np.arange(rows)[which]]
    assert contents([batch.take(which)]) == expected


def test_after_takes_levels_and_seq():
    batch = tape("delta", 0, 9)
    batch.seq = np.arange(9) * 2
    part = batch.after(4)
    assert contents([part]) == contents([tape("delta", 4, 9)])
    assert part.seq.tolist() == [8, 10, 12, 14, 16]


def test_of_takes_columns_by_name():
    batch = EventBatch.of("delta", {
        "ts_ns": np.array([1]), "snapshot": [True], "first": [1], "last": [2], "previous": [0],
        "bids": [1], "asks": [0], "price": [1.5], "qty": [2]}, ["A"])
    assert contents(opened(written([batch])).batches()) == contents([batch])


@pytest.mark.parametrize("first", [0, 1])
def test_a_table_has_the_ids_and_receive_times_that_only_some_rows_have(tmp_path, first):
    def trades(at, told):
        ts_ns = 1_700_000_000_000_000_000 + np.arange(at, at + 3)
        columns = {"ts_ns": ts_ns, "price": np.ones(3), "qty": np.ones(3), "side": np.ones(3)}
        return EventBatch.of("trade", columns | ({"id": ts_ns, "recv_ns": ts_ns + 5} if told
                                                 else {}), ["AB"])

    quotes = EventBatch.of("quote", {"ts_ns": trades(0, False).ts_ns, "bid": np.ones(3),
                                     "bid_qty": np.ones(3), "ask": np.full(3, 2.0),
                                     "ask_qty": np.ones(3)}, ["AB"])
    with TickFileWriter(tmp_path / "a.zst", block_rows=3) as writer:
        writer.write(quotes)
        for n in range(2):
            writer.write(trades(3 * n, n == first))
    table = tickeng.read(tmp_path / "a.zst", kind="trade")
    has, lacks = slice(3 * first, 3 * first + 3), slice(3 - 3 * first, 6 - 3 * first)
    assert (table["id"][has] == table["ts_ns"][has]).all()
    assert (table["recv_ns"][has] == table["ts_ns"][has] + 5).all()
    assert (table["id"][lacks] == NO_ID).all() and (table["recv_ns"][lacks] == NO_ID).all()
