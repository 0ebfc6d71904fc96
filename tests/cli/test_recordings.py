"""Recordings: one tick file of trades, quotes and changes of books, replayed as it was recorded."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.cli.test_kinds_of_events import (
    MARKET,
    SETTINGS,
    START,
    TEXT,
    market,
    outputs,
    rounded,
    same,
    write,
)
from tickeng import ConfigError, DataError, Engine, read, replay
from tickeng.files.batch import NO_ID, EventBatch
from tickeng.files.tickfile import TickFileWriter


def messages(seed=3, count=300):
    """Messages of a depth feed with numbers, of which two are lost."""
    rng = np.random.default_rng(seed)
    sent, ts_ns = [], START
    for number in range(count):
        ts_ns += int(rng.integers(0, 3)) * 40_000_000
        sides = []
        for step in (-1, 1):
            away, qty = rng.permutation(30)[:20] + 1, rng.integers(0 if number % 90 else 1, 4, 20)
            sides.append([(round(100 + step * 0.01 * int(k), 2), float(q))
                          for k, q in zip(away, qty, strict=True)])
        sent.append((ts_ns, *sides, number % 90 == 0, number))
    return [message for message in sent if message[4] not in (120, 200)]


def batches_of(given, sent, names=("AB",)):
    """Trades, quotes and messages as batches, with the order in which they came. Messages are of
    the symbols in turn."""
    seq = {"trade": [], "quote": [], "delta": []}
    heads = sorted([(int(t), 0, "trade") for t in given["trade"]["ts_ns"]]
                   + [(int(t), 1, "quote") for t in given["quote"]["ts_ns"]]
                   + [(message[0], 2, "delta") for message in sent])
    for number, (_, _, kind) in enumerate(heads):
        seq[kind].append(number)
    found = []
    for kind in ("trade", "quote"):
        codes = np.searchsorted(names, given[kind]["symbol"]).astype(np.uint32)
        found.append(EventBatch.of(kind, given[kind], [*names], codes))
    levels = [level for _, bids, asks, *_ in sent for level in (*bids, *asks)]
    found.append(EventBatch.of("delta", {
        "ts_ns": np.array([m[0] for m in sent]), "snapshot": [m[3] for m in sent],
        "first": [m[4] for m in sent], "last": [m[4] for m in sent],
        "previous": [NO_ID] * len(sent),
        "bids": [len(m[1]) for m in sent], "asks": [len(m[2]) for m in sent],
        "price": [level[0] for level in levels], "qty": [level[1] for level in levels]},
        [*names], np.arange(len(sent), dtype=np.uint32) % len(names)))
    for batch in found:
        batch.seq = np.array(seq[batch.kind], np.int64)
    return found, [kind for _, _, kind in heads]


@pytest.fixture
def recording(tmp_path):
    given = rounded(market(12))
    for kind in ("trade", "quote"):
        given[kind]["ts_ns"].sort()
    sent = messages()
    return tmp_path / "all.zst", given, sent, record(tmp_path / "all.zst", given, sent)


def record(path, given, sent, *names):
    """Writes the file; the kinds in the order of their events."""
    batches, order = batches_of(given, sent, *names)
    with TickFileWriter(path, kinds=("trade", "quote", "delta"), block_rows=97) as file:
        for low in range(0, len(order), 400):
            parts = [batch.take((batch.seq >= low) & (batch.seq < low + 400)) for batch in batches]
            file.write(*(part for part in parts if len(part)))
    return order


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "quote", "book", "m1"])
def test_one_file_of_several_kinds_is_replayed_as_it_was_recorded(tmp_path, recording, rows):
    path, given, sent, order = recording
    engine = Engine(SETTINGS, kernels=TEXT, quotes="native")
    heads, found = dict.fromkeys(("trade", "quote", "delta"), 0), []
    for kind in order:
        i = heads[kind]
        heads[kind] += 1
        if kind == "delta":
            ts_ns, bids, asks, snapshot, number = sent[i]
            decision = engine.on_delta(ts_ns, bids, asks, "AB", snapshot=snapshot, first=number,
                                       last=number)
        else:
            columns = {n: c[i] for n, c in given[kind].items() if n != "symbol"}
            values = ([columns[n] for n in ("ts_ns", "price", "qty", "side")] if kind == "trade"
                      else [columns[n] for n in ("ts_ns", *MARKET)])
            decision = (engine.on_tick if kind == "trade" else engine.on_quote)(*values, "AB")
        if kind == {"book": "delta"}.get(rows, rows) and decision.status == 0:
            found.append([getattr(decision, name) for name in outputs()])
    words = {"config": {"kernels": TEXT, "quotes": "native", **SETTINGS}, "rows": rows}
    report = replay(path, tmp_path / "o.parquet", **words)
    table = pq.read_table(tmp_path / "o.parquet")
    if rows != "m1":
        want = dict(zip(outputs(), np.array(found, float).T, strict=True))
        same(table, want, [name for name in outputs() if name in table.column_names])
    assert report["counters_of"]["book"]["symbols"]["AB"]["gaps"] == 2
    assert report["counters_of"]["book"]["symbols"] == engine.book_counters
    assert report["rows"] == len(order)
    for limit in (1, 500, 1_111, 2_000, None):
        resumed = {"resume": tmp_path / "k"} if (tmp_path / "k").exists() else {}
        replay(path, tmp_path / "parts.csv", limit=limit, force=True,
               checkpoint=tmp_path / "k", **resumed, **words)
    replay(path, tmp_path / "whole.csv", workers=2, **words)
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "book", "m1"])
def test_any_number_of_workers_replays_a_recording_of_several_symbols(tmp_path, rows):
    given = rounded(market(13, 2))
    for kind in ("trade", "quote"):
        given[kind]["ts_ns"].sort()
    sent = [message for message in messages(4) for _ in range(2)]
    record(tmp_path / "all.zst", given, sent, ("AB", "CD"))
    found = []
    for workers in (1, 2, 3):
        report = replay(tmp_path / "all.zst", tmp_path / f"{workers}.csv", rows=rows,
                        workers=workers, checkpoint=tmp_path / f"{workers}.ckpt",
                        config={"kernels": TEXT, "quotes": "native", **SETTINGS})
        found.append(((tmp_path / f"{workers}.csv").read_bytes(), report["counters_of"],
                      Engine.load(tmp_path / f"{workers}.ckpt").state()))
    assert found[0] == found[1] == found[2]
    counters = found[0][1]["book"]["symbols"]
    assert counters["AB"] == counters["CD"] and counters["AB"]["gaps"] == 2


@pytest.mark.filterwarnings("ignore")
def test_one_kind_of_a_file_of_several(recording):
    path, given, sent, _ = recording
    with pytest.raises(DataError, match='trades, quotes, changes of books: say which'):
        read(path)
    table = read(path, kind="quote")
    assert table["bid"].tobytes() == given["quote"]["bid"].tobytes()
    assert len(table) + table.counters["filtered"] == 900 + 1500 + 298
    changes = read(path, kind="book")
    assert changes.kind == "delta" and len(np.unique(changes["message"])) == 298
    engines = [Engine(kernels="depth_imbalance") for _ in range(2)]
    for ts_ns, bids, asks, snapshot, number in sent:
        engines[0].on_delta(ts_ns, bids, asks, "AB", snapshot=snapshot, first=number, last=number)
    engines[1].run(deltas=changes, rows="book")
    assert engines[0].book_counters == engines[1].book_counters
    assert repr(engines[0].book("AB")) == repr(engines[1].book("AB"))


@pytest.mark.filterwarnings("ignore")
def test_a_leader_of_several_kinds_leads_by_its_trades(tmp_path, recording):
    path, given, _, _ = recording
    paths = write(tmp_path, {"trade": given["trade"]})
    config = {"kernels": "k2(window=20)", "warmup": "expanding"}
    tables = []
    for leader in (path, paths["trade"]):
        replay(paths["trade"], tmp_path / "o.parquet", leaders=leader, force=True, config=config)
        tables.append(pq.read_table(tmp_path / "o.parquet")["k2"].to_numpy())
    assert tables[0].tobytes() == tables[1].tobytes() and np.nansum(np.abs(tables[0])) > 0


@pytest.mark.filterwarnings("ignore")
def test_events_are_given_once(tmp_path, recording):
    path, given, _, _ = recording
    quotes = write(tmp_path, {"quote": given["quote"]})["quote"]
    for words in ({"quotes": path}, {"quotes": [quotes, quotes]}):
        with pytest.raises(DataError, match="gives its quotes twice"):
            replay(path, config={"kernels": "mid_spread"}, **words)
    with pytest.raises(ConfigError, match="plot draws trades"):
        replay(path, plot=tmp_path / "p.html", rows="quote")
    replay(write(tmp_path, {"trade": given["trade"]})["trade"], quotes=quotes, infer_side="tick",
           config={"kernels": "mid_spread"})


@pytest.mark.filterwarnings("ignore")
def test_changes_of_books_are_given_as_books(tmp_path, recording):
    path, given, _, _ = recording
    trades = write(tmp_path, {"trade": given["trade"]})["trade"]
    reports = [replay(*files, config={"kernels": "depth_imbalance", "quotes": "native"}, **words)
               for files, words in (((trades,), {"books": path}), ((path,), {}))]
    assert reports[0]["counters_of"]["book"] == reports[1]["counters_of"]["book"]
