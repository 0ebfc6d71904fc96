"""Websocket recordings replayed whole: their quotes and books where kernels or rows need them."""

import gzip
import json
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.conftest import DATA
from tests.io_read.test_recorded_events import depth, oracle, quote, snapshot, trade, write
from tickeng import DataError, Engine, StateError, read, replay
from tickeng.files.batch import NO_ID, SEVERAL
from tickeng.files.sources import open_source
from tickeng.files.tickfile import TickFileWriter
from tickeng_cli import app

GOLDEN = Path(__file__).parents[1] / "golden/depth/btcusd_coinm_20240808.gz"
TEXT = ("p = trade.price; b = book.bid; bq = book.bid_qty; a = book.ask; aq = book.ask_qty;"
        " qb = quote.bid; depth_imbalance")
NAMES = ("p", "b", "bq", "a", "aq", "qb", "depth_imbalance_1")
CONFIG = {"kernels": TEXT, "quotes": "native"}
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """The beginning of a real recording, or what there is of one with trades put in."""
    folder = tmp_path_factory.mktemp("recording")
    real = DATA / "hftbacktest/usdm/btcusdt_20240808.gz"
    if real.exists():
        with gzip.open(real, "rb") as file:
            (folder / "r.dat").write_bytes(b"".join(islice(file, 12_000)))
        return folder / "r.dat"
    with gzip.open(GOLDEN, "rt") as file:
        lines = file.read().splitlines()
    for i in range(0, len(lines), 9):
        clock, _, text = lines[i].partition(" ")
        data = json.loads(text).get("data")
        if data:
            put_in = trade(0, data["s"], t=i, T=data["T"])
            lines[i] += f"\n{clock} {json.dumps(put_in)}"
    (folder / "r.dat").write_text("\n".join(lines) + "\n")
    return folder / "r.dat"


def by_call(path, rows, by_recv=False):
    """What an Engine says of each event of a kind, one call each."""
    engine, found = Engine(**CONFIG), []
    for _, kind, ts, _, symbol, number, values in oracle(path, by_recv):
        if kind == "delta":
            told = {name: value for name, value in
                    zip(("first", "last", "previous"), values[1:4], strict=True) if value != NO_ID}
            decision = engine.on_delta(ts, values[4], values[5], symbol, snapshot=bool(values[0]),
                                       **told)
        else:
            call = engine.on_tick if kind == "trade" else engine.on_quote
            decision = call(ts, *values, symbol)
        if {"delta": "book"}.get(kind, kind) == rows:
            assert decision.status == 0, number
            found.append([getattr(decision, name) for name in NAMES])
    return np.array(found), engine


def outputs(path):
    table = pq.read_table(path)
    return np.array([table[name].to_numpy() for name in NAMES]).T


@pytest.mark.parametrize("rows", ["trade", "quote", "book"])
def test_a_recording_is_replayed_as_it_was_recorded(tmp_path, recording, rows):
    want, engine = by_call(recording, rows)
    report = replay(recording, tmp_path / "o.parquet", config=CONFIG, rows=rows)
    found = outputs(tmp_path / "o.parquet")
    assert np.isfinite(found[-1, :-1]).all() and found.tobytes() == want.tobytes()
    assert report["counters_of"]["book"]["symbols"] == engine.book_counters
    assert [counts["gaps"] for counts in engine.book_counters.values()] == [0]
    assert report["feed"]["backward"] == 0 and report["feed"]["symbols"] == 1
    with open_source(recording, takes=("trade", "quote", "delta", SEVERAL)) as source, \
            TickFileWriter(tmp_path / "all.zst", kinds=source.kinds) as file:
        stretch = []
        for batch in source.batches():
            batch.seq = batch.row
            stretch.append(batch)
            if not batch.more:
                file.write(*stretch)
                stretch = []
    replay(tmp_path / "all.zst", tmp_path / "t.parquet", config=CONFIG, rows=rows)
    assert outputs(tmp_path / "t.parquet").tobytes() == want.tobytes()


def test_parts_and_workers_give_the_same(tmp_path, recording):
    replay(recording, tmp_path / "whole.csv", config=CONFIG, workers=2)
    for limit in (1, 700, 2_000, 2_001, None):
        resumed = {"resume": tmp_path / "k"} if (tmp_path / "k").exists() else {}
        replay(recording, tmp_path / "parts.csv", config=CONFIG, limit=limit, force=True,
               checkpoint=tmp_path / "k", **resumed)
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_two_recordings_of_one_feed_are_one(tmp_path, recording):
    lines = recording.read_text().splitlines(keepends=True)
    parts = [tmp_path / "1.dat", tmp_path / "2.dat"]
    for path, half in zip(parts, (lines[:5_000], lines[5_000:]), strict=True):
        path.write_text("".join(half))
    replay(parts, out=tmp_path / "two.parquet", config=CONFIG)
    replay(recording, out=tmp_path / "one.parquet", config=CONFIG)
    assert outputs(tmp_path / "two.parquet").tobytes() == (
        outputs(tmp_path / "one.parquet").tobytes())


@pytest.mark.parametrize(("words", "role"), [
    ({}, "trades"),
    ({"config": {"kernels": "x = trade.price"}}, "trades"),
    ({"config": {"kernels": "x = quote.bid"}}, "trades, quotes"),
    ({"config": {"kernels": "x = quote.bid"}, "rows": "quote"}, "quotes"),
    ({"config": {"kernels": "x = quote.bid", "quotes": "book"}}, "trades, deltas"),
    ({"config": {"kernels": "x = book.bid"}}, "trades, deltas"),
    ({"config": {"kernels": "x = book.bid"}, "rows": "book"}, "deltas"),
    ({"config": CONFIG}, "trades, quotes, deltas"),
    ({"config": {"kernels": "x = trade.price"}, "kind": "trade"}, "trades"),
])
def test_what_kernels_and_rows_need_is_read_and_nothing_else(tmp_path, recording, words, role):
    report = replay(recording, tmp_path / "o.csv", **words)
    assert report["inputs"][0]["role"] == role


def test_events_of_files_beside_it_are_not_read_twice(tmp_path, recording):
    config = {"kernels": "x = quote.bid"}
    report = replay(recording, tmp_path / "o.csv", quotes=recording, config=config)
    assert [source["role"] for source in report["inputs"]] in (
        ["trades", "quotes"], ["quotes", "trades"])
    assert report["counters_of"]["quote"]["symbols"]


def test_a_leader_leads_by_its_trades_alone(tmp_path):
    spot = [{"stream": "x@bookTicker", "data": {"u": 1, "s": "ETHUSDT", "b": "1", "B": "1",
                                                "a": "2", "A": "1"}}]
    leader = write(tmp_path, [*spot, *[trade(i, "ETHUSDT") for i in range(40)]], name="l.dat")
    tape = write(tmp_path, [message for i in range(40) for message in (quote(i), trade(i))])
    config = {"kernels": "k2(window=8); x = quote.bid", "warmup": "expanding"}
    report = replay(tape, tmp_path / "o.parquet", leaders=leader, config=config)
    assert report["leaders"]


def test_what_is_rejected_counts_among_its_kind(tmp_path):
    messages = [message for i in range(40) for message in (depth(i), quote(i), trade(i))]
    messages[1] = snapshot(1)
    messages[31], messages[39], messages[50] = quote(10, b="x"), depth(13, b=[["-1", "2"]]), "{"
    report = replay(write(tmp_path, messages), tmp_path / "o.csv", config=CONFIG)
    counts = {"trade": report["counters"], **report["counters_of"]}
    assert {kind: (found["total"]["in"], found["total"]["reasons"])
            for kind, found in counts.items()} == {
        "trade": (40, {"bad_line": 1}), "quote": (39, {"bad_price": 1}),
        "book": (41, {"bad_price": 1})}
    assert report["counters_of"]["book"]["symbols"]["BTCUSDT"]["gaps"] == 1
    with pytest.raises(DataError, match="r.dat, row 32: bad_price in"):
        replay(write(tmp_path, messages), tmp_path / "p.csv", config=CONFIG, strict=True)


def test_what_was_decided_can_be_typed(tmp_path):
    path = write(tmp_path, [message for i in range(9) for message in (quote(i), trade(i))])
    config = {"kernels": "x = quote.bid"}
    first = replay(path, tmp_path / "o.csv", config=config)
    again = replay(path, tmp_path / "p.csv", config=config,
                   **first["inputs"][0]["reading"]["options"])
    assert again["inputs"][0]["role"] == "trades, quotes"
    assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "p.csv").read_bytes()


def test_spot_is_replayed_by_the_local_clock(tmp_path):
    def bare(message, *keys):
        data = {k: v for k, v in message.get("data", message).items() if k not in keys}
        return {**message, "data": data} if "data" in message else data

    messages = [bare(depth(1), "T", "pu"), bare(snapshot(1), "E", "T"), bare(trade(2), "X"),
                bare(quote(3), "e", "T", "E"), bare(depth(2), "T", "pu"), bare(trade(4), "X"),
                bare(quote(4), "e", "T", "E")]
    path = write(tmp_path, messages)
    with pytest.raises(DataError, match="row 2: its depth snapshots have no time of the exchange"):
        replay(path, config=CONFIG)
    replay(path, tmp_path / "o.parquet", config=CONFIG, clock="recv")
    want, engine = by_call(path, "trade", by_recv=True)
    assert outputs(tmp_path / "o.parquet").tobytes() == want.tobytes()
    assert engine.book_counters["BTCUSDT"]["gaps"] == 0 and np.isfinite(want[-1]).all()


def test_a_recording_without_what_is_needed_ends_the_run(tmp_path):
    path = write(tmp_path, [trade(i) for i in range(5)] + [quote(5)])
    with pytest.raises(DataError, match=r"no depth line among 6 \(topics seen: bookTicker, trade"):
        replay(path, config={"kernels": "x = book.bid"})
    assert len(read(path)) == 5


def test_a_checkpoint_of_trades_alone_is_not_continued_with_quotes(tmp_path):
    path = write(tmp_path, [message for i in range(40) for message in (quote(i), trade(i))])
    replay(path, tmp_path / "o.csv", config={"kernels": "vpin"}, limit=20,
           checkpoint=tmp_path / "k")
    with pytest.raises(StateError, match="trades alone were read of it up to the checkpoint, and"):
        replay(path, tmp_path / "p.csv", config={"kernels": "vpin; mid_spread"},
               allow_cold=["mid_spread"], resume=tmp_path / "k")


def test_the_command_reads_the_depth_of_a_recording(tmp_path, monkeypatch, capsys):
    path = write(tmp_path, [depth(1), snapshot(1), trade(2), depth(2), trade(3)])
    spot = {"u": 1, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"}
    words = ["tickeng", "replay", str(path), "--kernels", "b = book.bid; q = quote.ask",
             "--set", "quotes=book", "--rows", "book", "-o", str(tmp_path / "o.csv")]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert not ended.value.code, capsys.readouterr().err
    head, *rows = (tmp_path / "o.csv").read_text().splitlines()
    assert head.split(",")[-2:] == ["b", "q"] and rows[-1].split(",")[-2] == "60000.1"
    assert len(rows) == 3
    write(tmp_path, [trade(0), {"stream": "btcusdt@bookTicker", "data": spot}])
    monkeypatch.setattr("sys.argv", ["tickeng", "replay", str(path), "--kernels", "mid_spread"])
    with pytest.raises(SystemExit) as ended:
        app.main()
    assert ended.value.code == 3
    assert "row 2: its bookTickers have no time of the exchange: --clock recv" in (
        " ".join(capsys.readouterr().err.split()))


def test_rows_that_are_all_held_back_are_counted_behind_a_resume(tmp_path, capsys, monkeypatch):
    path = write(tmp_path, [depth(0), snapshot(0), quote(1), depth(1), trade(2), quote(3)])
    state, whole, parts = (str(tmp_path / name) for name in ("k.ckpt", "whole.csv", "parts.csv"))

    def run(*words):
        monkeypatch.setattr("sys.argv", ["tickeng", "replay", str(path), "--kernels", TEXT,
                                         "--rows", "quote", "--reorder-ms", "300", *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        assert not ended.value.code, capsys.readouterr().err

    run("-o", whole)
    for limit in range(1, 6):
        run("-o", parts, "-f", "--limit", str(limit), "--checkpoint", state)
        run("-o", parts, "--resume", state)
        assert Path(parts).read_bytes() == Path(whole).read_bytes()
