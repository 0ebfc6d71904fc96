"""Replays of files of changes of books against the engine that is fed message by message."""

import csv
import gzip
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.golden.test_recorded_books import HERE as DEPTH
from tests.golden.test_recorded_books import numbers, recorded
from tickeng import DataError, Engine, inspect, read, replay

TEXT = """depth_imbalance; mid_spread; n = book.bid_levels; chain
seen = mean(mid, window=1, on=trade); m1 = time_bars(period=2s); r = rsi(m1, window=3)"""
SETTINGS = {"warmup": "expanding", "max_quote_age": "2s", "hold_good": "50ms"}
pytestmark = pytest.mark.filterwarnings("ignore")
TARDIS = ("exchange", "symbol", "timestamp", "local_timestamp", "is_snapshot", "side", "price",
          "amount")
DUMP = ("symbol", "timestamp", "first_update_id", "last_update_id", "side", "update_type", "price",
        "qty", "pu")


BEFORE = 30  # messages ahead of the snapshot, of which it holds some


def session(count=400):
    """(depth messages with a snapshot among the first, trades) of a recording, times in
    microseconds; a message without levels would have no row."""
    sent, _ = recorded(DEPTH / "btcusd_coinm_20240808.gz")
    at = next(n for n, message in enumerate(sent) if message[3].get("snapshot"))
    sent = [(ns // 1000 * 1000, *rest) for ns, *rest in sent[max(0, at - BEFORE):][:count]
            if rest[0] or rest[1]]
    rng = np.random.default_rng(3)
    stamps = np.sort(rng.choice([m[0] for m in sent], 300)) + rng.integers(-1, 2, 300) * 1000
    trades = [(int(ns), 61_000 + int(n), 1 + int(n) % 3, 1 - 2 * (int(n) % 2))
              for n, ns in enumerate(np.sort(stamps))]
    return sent, trades


def write_trades(path, trades):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("ts_ns", "symbol", "price", "qty", "side"), *(
            (ns, "BTCUSD", price, qty, side) for ns, price, qty, side in trades)])
    return path


def levels_of(message):
    _, bids, asks, _ = message
    return [(side, *level) for side, levels in (("bid", bids), ("ask", asks)) for level in levels]


def write_tardis(path, sent):
    """With the event's clock as the local one, which is what the engine is fed with here."""
    rows = [("binance", "BTCUSD", m[0] // 1000, m[0] // 1000 + 5,
             str(bool(m[3].get("snapshot"))).lower(), *level)
            for m in sent for level in levels_of(m)]
    with gzip.open(path, "wt", newline="") as file:
        csv.writer(file).writerows([TARDIS, *rows])
    return path


def write_dump(path, sent):
    rows = [("BTCUSD", m[0] // 1000, m[3].get("first"), m[3]["last"], side[0],
             "snap" if m[3].get("snapshot") else "set", price, qty, m[3].get("previous"))
            for m in sent for side, price, qty in levels_of(m)]
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(dict(zip(DUMP, row, strict=True))) + "\n"
                                for row in rows))
    else:
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([DUMP, *rows])
    return path


def outputs(engine):
    """The names of what a file of outputs has."""
    return [name for name in engine.outputs.names if name not in ("ready", "gate", "reason")]


def fed(sent, trades, numbered, rows="trade"):
    """The engine fed one event at a time, trades first at one time."""
    engine = Engine(SETTINGS, kernels=TEXT)
    events = sorted([(t[0], 0, n, t) for n, t in enumerate(trades)]
                    + [(m[0], 1, n, m) for n, m in enumerate(sent)])
    found = []
    for ns, kind, _, event in events:
        if kind:
            told = event[3] if numbered else {"snapshot": event[3].get("snapshot", False)}
            decision = engine.on_delta(ns, numbers(event[1]), numbers(event[2]), "BTCUSD", **told)
        else:
            decision = engine.on_tick(*event, "BTCUSD")
        if (rows == "book") == bool(kind) and decision.status == 0:
            found.append([getattr(decision, name) for name in outputs(engine)])
    return engine, np.array(found, float)


def bits(path, engine):
    table = pq.read_table(path)
    return np.array([table[name].to_numpy() for name in outputs(engine)], float).T.tobytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("session")
    sent, trades = session()
    return {"sent": sent, "trades": trades, "trade": write_trades(folder / "t.csv", trades),
            "tardis": write_tardis(folder / "incremental_book_L2.csv.gz", sent),
            "dump": write_dump(folder / "depth_update.csv", sent),
            "json": write_dump(folder / "depth.jsonl", sent)}


@pytest.mark.parametrize("form", ["tardis", "dump", "json"])
@pytest.mark.parametrize("rows", ["trade", "book"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_recorded_session_has_the_bits_of_its_messages(tmp_path, files, form, rows, workers):
    engine, want = fed(files["sent"], files["trades"], form != "tardis", rows)
    report = replay(files["trade"], tmp_path / "o.parquet", books=files[form], rows=rows,
                    workers=workers, config={"kernels": TEXT, **SETTINGS})
    assert bits(tmp_path / "o.parquet", engine) == want.tobytes() and len(want) > 250
    assert np.isfinite(want[:, :8]).any(axis=0).all()
    assert report["counters_of"]["book"]["symbols"] == engine.book_counters
    assert engine.book_counters["BTCUSD"]["gaps"] == 0 and report["conserved"]
    frame = Engine(SETTINGS, kernels=TEXT).run(
        trades=read(files["trade"]), deltas=read(files[form]), rows=rows)
    of = np.array([frame[name][frame["status"] == 0] for name in outputs(engine)], float).T
    assert of.tobytes() == want.tobytes()


@pytest.mark.parametrize("form", ["tardis", "dump"])
def test_a_replay_resumed_anywhere_is_one(tmp_path, files, form):
    words = {"books": files[form], "config": {"kernels": TEXT, **SETTINGS}, "rows": "book"}
    replay(files["trade"], tmp_path / "whole.csv", **words)
    state, rng, cut = tmp_path / "k.ckpt", np.random.default_rng(2), 0
    while cut < 700:
        cut = min(700, cut + int(rng.integers(1, 90)))
        resumed = {"resume": state} if state.exists() else {}
        replay(files["trade"], tmp_path / "parts.csv", limit=cut if cut < 700 else None,
               checkpoint=state, force=True, **resumed, **words)
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def spoiled(path, out, row, cells):
    """A copy of a file with other cells in one row."""
    with gzip.open(path, "rt", newline="") as file:
        lines = list(csv.reader(file))
    for column, cell in cells.items():
        lines[row][column] = cell
    with out.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    return out


def test_a_message_that_cannot_be_read_ends_the_book(tmp_path, files):
    """Without numbers nothing but the refused message tells that something is missing."""
    sizes = np.cumsum([len(levels_of(message)) for message in files["sent"]])
    bad = 250
    path = spoiled(files["tardis"], tmp_path / "b.csv", int(sizes[bad]), {7: "x"})
    words = {"config": {"kernels": TEXT, **SETTINGS}, "rows": "book"}
    report = replay(files["trade"], tmp_path / "o.parquet", books=path,
                    rejects=tmp_path / "r.csv", **words)
    sent = [(m[0], [(1, float("nan"))], [], {}) if n == bad else m
            for n, m in enumerate(files["sent"])]
    engine, want = fed(sent, files["trades"], numbered=False, rows="book")
    assert bits(tmp_path / "o.parquet", engine) == want.tobytes()
    counters = report["counters_of"]["book"]["symbols"]["BTCUSD"]
    assert counters == engine.book_counters["BTCUSD"] and counters["gaps"] == 1
    assert counters["rejected"] == 1 and counters["reasons"]["bad_qty"] == 1
    with (tmp_path / "r.csv").open() as file:
        listed = list(csv.DictReader(file))
    assert [(int(entry["row"]), entry["reason"]) for entry in listed] == [
        (int(sizes[bad]), "bad_qty")]
    whole = pq.read_table(tmp_path / "o.parquet")
    assert engine.book("BTCUSD") is None
    frame = Engine(SETTINGS, kernels=TEXT).run(
        trades=read(files["trade"]), deltas=read(path, rejects="keep"), rows="book")
    assert np.array_equal(frame["mid"][frame["status"] == 0], whole["mid"], equal_nan=True)
    with pytest.raises(DataError, match=f"row {sizes[bad]}: bad_qty .*strict=True stops here"):
        replay(files["trade"], books=path, strict=True, **words)
    state = tmp_path / "k.ckpt"
    for limit in (bad + 100, bad + 230, None):
        resumed = {"resume": state} if state.exists() else {}
        last = replay(files["trade"], tmp_path / "parts.parquet", books=path, checkpoint=state,
                      limit=limit, force=True, **resumed, **words)
    assert last["counters_of"]["book"] == report["counters_of"]["book"]
    assert bits(tmp_path / "parts.parquet", engine) == want.tobytes()


def test_the_command_takes_them_as_books(tickeng, files):
    books = files["tardis"]
    run = tickeng("replay", files["trade"], "--books", books, "-o", "o.csv", "--set",
                  "kernels=depth_imbalance")
    assert run.code == 0, run.err
    for words, said in (
            (("replay", books, "--kind", "trade"), "a replay takes this one as --books FILE"),
            (("replay", books, "-o", "x.csv"), "no trades"),
            (("replay", files["trade"], "--quotes", books), "--books FILE")):
        run = tickeng(*words)
        assert run.code in (2, 3) and said in run.err, run.err
    run = tickeng("inspect", books, "--kind", "delta", "--json")
    found = json.loads(run.out)
    assert run.code == 0 and found["kind"] == "delta" and found["messages"]["snapshots"] == 1
    assert found["deltas"] == len(files["sent"]) == inspect(books, kind="book")["deltas"]
    line = found["command"].split()
    assert line[:2] == ["tickeng", "inspect"] and tickeng(*line[1:]).code == 0
    run = tickeng("replay", files["trade"], "--books", "-", "-o", "p.csv", "--set",
                  "kernels=depth_imbalance", stdin=gzip.decompress(Path(books).read_bytes()),
                  own_process=True)
    assert run.code == 0, run.err
    assert Path("p.csv").read_bytes() == Path("o.csv").read_bytes()


def test_a_remedy_for_the_books_leaves_the_trades_as_they_are(tickeng, files):
    Path("b.csv").write_text("time,product,side,px,sz,seq_first,seq_last\n"
                             "2024-03-01T14:30:00Z,X,bid,99,1,1,1\n")
    Path("t.csv").write_text("time,product,side,px,sz\n2024-03-01T14:30:02Z,X,buy,100,1\n")
    words = ("replay", "t.csv", "--books", "b.csv", "--kernels", "b = book.bid", "-o", "m.csv")
    asked = tickeng(*words)
    assert asked.code == 3 and "--map snapshot=none says so" in asked.err
    run = tickeng(*words, "--map", "snapshot=none")
    assert run.code == 0 and "1 waited for a snapshot" in run.err, run.err
    assert Path("m.csv").read_text().splitlines()[1].split(",")[2:5] == ["100.0", "1.0", "1"]
