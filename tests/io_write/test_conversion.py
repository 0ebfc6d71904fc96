"""Conversion of every kind of event, against events that are read and ordered row by row."""

import itertools
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.io_read.test_market_formats import recording

import tickeng
from tickeng import ConfigError, DataError
from tickeng.conversion.streams import number
from tickeng.files.batch import NO_ID, SEVERAL, EventBatch
from tickeng.files.sources import open_source
from tickeng.files.tickfile import TickFileWriter

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
KINDS = ("trade", "quote", "book", "delta")
START = 1_700_000_000_000_000_000
TABLES = ("csv", "jsonl", "parquet", "arrow", "arrows", "csv.zst", "jsonl.zst")
KERNELS = "chain; mid_spread; depth_imbalance; e = ema(mid, tau=1s)"


def batch(kind, rng, n, levels=3, ids=1.0, fewest=0):
    """Events of one kind with ties, late stamps, empty sides and levels, and ids for a share."""
    ts_ns = START + np.sort(rng.integers(0, 200, n)) * 10**7
    ts_ns[rng.random(n) < 0.05] -= 5 * 10**7
    if kind == "trade":
        values = {"price": rng.random(n) + 1, "qty": rng.random(n), "side": rng.integers(-1, 2, n)}
    elif kind == "delta":
        bids, asks = rng.integers(0, 3, n), rng.integers(0, 3, n)
        bids += np.maximum(fewest - bids - asks, 0)
        last = np.cumsum(rng.integers(1, 4, n))
        values = {"snapshot": rng.random(n) < 0.1, "first": last - 1, "last": last,
                  "previous": np.full(n, NO_ID), "bids": bids, "asks": asks,
                  "price": rng.random((bids + asks).sum()) + 1,
                  "qty": rng.random((bids + asks).sum())}
    else:
        depth = levels if kind == "book" else 1
        away = np.cumsum(rng.random((n, depth)), axis=1)
        values = {"bid": 100 - away, "ask": 100 + away, "bid_qty": rng.random((n, depth)),
                  "ask_qty": rng.random((n, depth))}
        for side in ("bid", "ask"):
            behind = np.arange(depth) >= rng.integers(0, depth + 1, n)[:, None]
            values[side][behind], values[f"{side}_qty"][behind] = np.nan, 0
        if kind == "quote":
            values = {name: column[:, 0] for name, column in values.items()}
    found = EventBatch.of(kind, {"ts_ns": ts_ns, **values}, ["AB", "C,D"],
                          rng.integers(0, 2, n).astype(np.uint32))
    if kind != "delta":
        found.id = np.where(rng.random(n) > ids, NO_ID, np.arange(n) + 7)
        found.recv_ns = ts_ns + 13
    return found


def write(path, *batches):
    with TickFileWriter(path) as file:
        file.write(*batches)
    return path


def events(path, **options):
    """The events of a file one by one, in its order."""
    found, stretch = [], []
    with open_source(path, takes=(*KINDS, SEVERAL), ids="lenient", **options) as source:
        for part in source.batches():
            assert not part.rejected
            stretch += rows(part)
            if not part.more:
                found += [event for _, event in sorted(stretch, key=lambda entry: entry[0])]
                stretch = []
    return found


def rows(part):
    """(row, event) of a batch; an event is all that is known of it, numbers as their bits."""
    at = 0
    for i in range(len(part)):
        cells = {}
        count = 0
        if part.kind == "delta":
            count = int(part.values["bids"][i] + part.values["asks"][i])
        for name, column in part.values.items():
            whole = part.kind == "delta" and name in ("price", "qty")
            cell = column[at:at + count] if whole else column[i]
            if part.kind == "book":
                cell = trimmed(cell, name)
            cells[name] = np.ascontiguousarray(cell).tobytes()
        at += count
        symbol = part.symbols[0 if part.symbol is None else int(part.symbol[i])]
        yield int(part.row[i]), (
            part.kind, symbol, int(part.ts_ns[i]), tuple(cells.items()),
            NO_ID if part.id is None else int(part.id[i]),
            NO_ID if part.recv_ns is None else int(part.recv_ns[i]))


def trimmed(levels, name):
    """The levels that there are; a table has as many columns as its deepest book."""
    there = levels != 0 if name.endswith("qty") else ~np.isnan(levels)
    return levels[:there.sum()]


def merged(files):
    """The events of files of one kind each, in the order of a replay."""
    files = sorted(files, key=lambda file: file[0][2])  # by the first stamp, then as given
    keyed = []
    for rank, file in enumerate(files):
        newest = itertools.accumulate((event[2] for event in file), max)
        keyed += [(time, KINDS.index(event[0]), rank, row, event)
                  for row, (time, event) in enumerate(zip(newest, file, strict=True))]
    return [entry[-1] for entry in sorted(keyed, key=lambda entry: entry[:-1])]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", [*TABLES, "zst"])
def test_there_and_back(tmp_path, kind, form):
    path = write(tmp_path / "a.zst", batch(kind, np.random.default_rng(1), 300, fewest=1,
                                            ids=0.9 if form == "zst" else 1))
    out = tmp_path / f"o.{form}"
    report = tickeng.convert(path, out)
    assert report["kinds"] == {kind: 300} == {kind: report["rows"]}
    assert events(out) == events(path)
    tickeng.convert(out, tmp_path / "back.zst")
    assert events(tmp_path / "back.zst") == events(path)


def test_an_own_file_of_one_kind_is_written_to_the_byte_as_before(tmp_path):
    for kind in KINDS:
        part = batch(kind, np.random.default_rng(2), 100, ids=0.9)
        with TickFileWriter(tmp_path / f"{kind}.zst", kinds=[kind]) as file:
            file.write(part)
        tickeng.convert(tmp_path / f"{kind}.zst", tmp_path / f"{kind}2.zst")
        assert (tmp_path / f"{kind}2.zst").read_bytes() == (tmp_path / f"{kind}.zst").read_bytes()


@pytest.mark.parametrize("numbers", ["gaps", "none"])
def test_a_file_of_several_kinds_keeps_its_recorded_order(tmp_path, numbers):
    rng = np.random.default_rng(3)
    parts = [batch(kind, rng, 200) for kind in KINDS]
    if numbers == "gaps":
        seq = rng.choice(5000, 800, replace=False)
        for i, part in enumerate(parts):
            part.seq = np.sort(seq[200 * i:200 * (i + 1)])
    path = write(tmp_path / "a.zst", *parts)
    report = tickeng.convert(path, tmp_path / "b.zst")
    assert report["kinds"] == dict.fromkeys(KINDS, 200)
    assert events(tmp_path / "b.zst") == events(path)
    assert (tmp_path / "b.zst").stat().st_size - path.stat().st_size < 200  # the kinds in its head
    for kind in KINDS[:3]:
        tickeng.convert(path, tmp_path / f"{kind}.csv", kind=kind)
        assert events(tmp_path / f"{kind}.csv") == events(path, kind=kind)


@settings(max_examples=20, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_files_are_merged_as_by_hand(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("m")
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    paths = []
    for i in range(data.draw(st.integers(2, 5))):
        kind = data.draw(st.sampled_from(KINDS[:3]))
        n = data.draw(st.integers(1, 60))
        part = batch(kind, rng, n, levels=int(rng.integers(2, 5)))
        paths.append(write(folder / f"{i}.zst", part))
    symbols = data.draw(st.sampled_from([None, ["AB"], ["C,D", "none of these"]]))
    from_ = data.draw(st.sampled_from([None, START + 10**9]))
    wanted = [event for event in merged([events(path) for path in paths])
              if (not symbols or event[1] in symbols) and (not from_ or event[2] >= from_)]
    words = {"symbols": symbols, "from_": from_}
    if not wanted:
        with pytest.raises(DataError, match="nothing is left"):
            tickeng.convert(paths, folder / "o.zst", **words)
        return
    report = tickeng.convert(paths, folder / "o.zst", **words)
    assert events(folder / "o.zst") == wanted
    counted(report, paths, wanted)
    kinds = {entry["kinds"][0] for entry in report["inputs"]}
    if kinds in ({"quote"}, {"book"}):
        tickeng.convert(paths, folder / "o.csv", **words)
        assert events(folder / "o.csv") == wanted


def counted(report, paths, wanted):
    """The counters say what came and what was written, by kind and symbol."""
    came = Counter(event[:2] for path in paths for event in events(path))
    written = Counter(event[:2] for event in wanted)
    told = {(kind, symbol): counts for kind, symbols in report["counters"].items()
            for symbol, counts in symbols.items()}
    assert told == {key: {"in": count, "written": written[key], "rejected": 0,
                          "filtered": count - written[key]} for key, count in came.items()}
    assert report["filtered"] == came.total() - written.total()


def texts(folder, seed=5, n=400):
    """CSV files of trades, quotes and books, as tables of a conversion."""
    rng, paths = np.random.default_rng(seed), {}
    for kind in KINDS[:3]:
        part = batch(kind, rng, n)
        part.id = part.recv_ns = None
        write(folder / f"{kind}.zst", part)
        paths[kind] = folder / f"{kind}.csv"
        tickeng.convert(folder / f"{kind}.zst", paths[kind])
    return paths


def test_a_replay_of_what_was_merged_is_that_of_the_files(tmp_path):
    paths = texts(tmp_path)
    config = {"kernels": KERNELS, "warmup": "expanding", "quotes": "native"}
    tickeng.convert(list(paths.values()), tmp_path / "day.zst")
    cut = {"from_": START + 3 * 10**8, "to": START + 17 * 10**8, "symbols": ["AB"]}
    tickeng.convert(list(paths.values()), tmp_path / "cut.zst", **cut)
    for name, words in (("day", {}), ("cut", cut)):
        for rows_of in ("trade", "quote"):
            report = tickeng.replay(paths["trade"], tmp_path / "files.csv", quotes=paths["quote"],
                                    books=paths["book"], rows=rows_of, config=config, force=True,
                                    **words)
            again = tickeng.replay(tmp_path / f"{name}.zst", tmp_path / "one.csv", rows=rows_of,
                                   config=config, force=True)
            assert report["ticks"] > 100
            assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "files.csv").read_bytes()
            assert again["counters_of"] == report["counters_of"]


def test_rejected_rows_are_counted_by_kind_and_symbol(tmp_path):
    paths = texts(tmp_path, n=20)
    for kind, row in (("trade", "1,AB,-1,1,1"), ("quote", "1,AB,x,1,2,1"), ("quote", "1,AB,1,1")):
        with paths[kind].open("a") as file:
            file.write(row + "\n")
    report = tickeng.convert(list(paths.values()), tmp_path / "o.zst", rejects=tmp_path / "r.csv",
                             symbols=["AB"])
    rejected = defaultdict(int)
    for kind, symbols in report["counters"].items():
        for counts in symbols.values():
            rejected[kind] += counts["rejected"]
            assert counts["in"] == counts["written"] + counts["rejected"] + counts["filtered"]
    assert rejected == {"trade": 1, "quote": 2, "book": 0}
    assert len((tmp_path / "r.csv").read_text().splitlines()) == 4


def test_books_of_one_level_and_sides_that_are_empty(tmp_path):
    rng = np.random.default_rng(8)
    one = batch("book", rng, 50, levels=1)
    write(tmp_path / "one.zst", one)
    quotes = batch("quote", rng, 50)
    quotes.values["ask"][:], quotes.values["ask_qty"][:] = np.nan, 0
    write(tmp_path / "bids.zst", quotes)
    for name in ("one", "bids"):
        for form in TABLES:
            tickeng.convert(tmp_path / f"{name}.zst", tmp_path / f"{name}.{form}")
            assert events(tmp_path / f"{name}.{form}") == events(tmp_path / f"{name}.zst"), form


def test_books_of_blocks_of_several_depths(tmp_path):
    rng = np.random.default_rng(9)
    parts = [batch("book", rng, 40, levels=levels) for levels in (2, 5, 3)]
    write(tmp_path / "a.zst", *parts[:1])
    with TickFileWriter(tmp_path / "a.zst", append=True) as file:
        file.write(parts[1])
        file.write(parts[2])
    tickeng.convert(tmp_path / "a.zst", tmp_path / "a.parquet")
    assert events(tmp_path / "a.parquet") == events(tmp_path / "a.zst")
    with open_source(tmp_path / "a.parquet", takes=("book",)) as source:
        assert source.levels == 5


def test_a_recording_gives_among_others_what_it_gives_alone(tmp_path):
    (tmp_path / "r").mkdir()
    path = recording(tmp_path / "r")
    path.write_text(path.read_text().replace('{"u": ', '{"T": 1709287200120, "u": '))
    later = batch("trade", np.random.default_rng(14), 20)
    later.ts_ns = later.ts_ns + 10**16
    other = write(tmp_path / "later.zst", later)
    tickeng.convert(path, tmp_path / "alone.zst", max_rejected=100)
    tickeng.convert([path, other], tmp_path / "both.zst", max_rejected=100)
    assert events(tmp_path / "both.zst") == events(tmp_path / "alone.zst") + events(other)


def test_events_without_numbers_go_by_their_rows():
    rng = np.random.default_rng(13)
    parts = [batch(kind, rng, 40) for kind in KINDS[:3]]
    places = rng.permutation(100)[:80]
    for i, part in enumerate(parts[:2]):
        part.row = np.sort(places[40 * i:40 * i + 40]) + 1
    parts[2].row = parts[0].row.copy()  # one line that gave both
    assert number(parts, 500) == 120
    by_hand = sorted((row, i, at) for i, part in enumerate(parts)
                     for at, row in enumerate(part.row.tolist()))
    for place, (_, i, at) in enumerate(by_hand):
        assert parts[i].seq[at] == 500 + place


@pytest.mark.parametrize("kinds", [None, ["book"]])
def test_a_file_that_was_cut_keeps_what_came_before(tmp_path, kinds):
    rng = np.random.default_rng(11)
    with TickFileWriter(tmp_path / "a.zst", block_rows=50, kinds=kinds) as file:
        file.write(batch("book", rng, 200))
    whole = (tmp_path / "a.zst").read_bytes()
    (tmp_path / "b.zst").write_bytes(whole[:len(whole) * 2 // 3])
    for form in ("csv", "zst"):
        for others in ((), (write(tmp_path / f"q{form}.zst", batch("book", rng, 30)),)):
            out = tmp_path / f"o{len(others)}.{form}"
            with pytest.raises(DataError, match="ends before its end frame"):
                tickeng.convert([tmp_path / "b.zst", *others], out, kind="book")
            assert len(events(out)) >= 50
    if not kinds:
        with pytest.raises(DataError, match='holds books: say which with kind="book"'):
            tickeng.convert(tmp_path / "b.zst", tmp_path / "x.zst")


@pytest.mark.parametrize("form", ["zst", "csv", "parquet"])
@pytest.mark.parametrize("kind", KINDS[:3])
def test_a_file_without_events_has_its_kind(tmp_path, kind, form):
    path = tmp_path / "a.zst"
    with TickFileWriter(path, kinds=[kind]):
        pass
    report = tickeng.convert(path, tmp_path / f"o.{form}")
    assert report["rows"] == 0 and report["inputs"][0]["kinds"] == [kind]
    assert tickeng.inspect(tmp_path / f"o.{form}")["kind"] == kind


def test_inferred_sides_go_on_from_file_to_file(tmp_path):
    rng = np.random.default_rng(12)
    price = np.cumsum(rng.choice([-1, 0, 0, 1], 300)) + 100
    names = [tmp_path / f"{i}.csv" for i in range(3)]
    for i, name in enumerate(names):
        lines = [f"{START + k * 10**9},AB,{price[k]},1" for k in range(100 * i, 100 * i + 100)]
        name.write_text("\n".join(["ts_ns,symbol,price,qty", *lines]))
    tickeng.convert(names[::-1], tmp_path / "o.zst", infer_side="tick")
    side, wanted = 0, []
    for k in range(300):
        step = np.sign(price[k] - price[k - 1]) if k else 0
        side = int(step) or side
        wanted.append(side)
    assert [tickeng.read(tmp_path / "o.zst")["side"].tolist()] == [wanted]


def test_what_a_table_cannot_hold_is_refused(tmp_path):
    rng = np.random.default_rng(10)
    parts = {kind: batch(kind, rng, 20) for kind in KINDS}
    for kind, part in parts.items():
        write(tmp_path / f"{kind}.zst", part)
    both = tmp_path / "both.zst"
    tickeng.convert([tmp_path / "trade.zst", tmp_path / "quote.zst"], both)
    with pytest.raises(ConfigError, match='kind="trade" picks one, or out=".*x.zst" takes all'):
        tickeng.convert(both, tmp_path / "x.csv.zst")
    with pytest.raises(ConfigError, match="give the files of one kind"):
        tickeng.convert([tmp_path / "trade.zst", tmp_path / "quote.zst"], tmp_path / "x.csv")
    with pytest.raises(ConfigError, match="reverse turns events of one kind"):
        tickeng.convert(both, tmp_path / "x.zst", reverse=True)
    with pytest.raises(ConfigError, match="turn it first"):
        tickeng.convert(both, tmp_path / "x.zst", reverse=True, symbols=["AB"])
    bare = batch("trade", rng, 20)
    bare.recv_ns = None
    write(tmp_path / "bare.zst", bare)
    with pytest.raises(DataError, match=r'receive times.*out=".*x.zst" takes both'):
        tickeng.convert([tmp_path / "trade.zst", tmp_path / "bare.zst"], tmp_path / "x.csv")
    assert not list(tmp_path.glob("x.*"))
    tickeng.convert([tmp_path / "trade.zst", tmp_path / "bare.zst"], tmp_path / "x.zst")
    assert len(events(tmp_path / "x.zst")) == 40
    assert tickeng.convert(both, tmp_path / "r.zst", kind="quote", reverse=True)["rows"] == 20
    assert events(tmp_path / "r.zst") == events(both, kind="quote")[::-1]
