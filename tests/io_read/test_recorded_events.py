"""Recordings of Binance read whole: every event against Python's json, in the order of the lines,
and what is refused."""

from __future__ import annotations

import gzip
import json
import math
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tickeng
from tickeng.errors import DataError
from tickeng.files.batch import NO_ID, SEVERAL, EventBatch
from tickeng.files.sources import open_source

ALL = ("trade", "quote", "delta", SEVERAL)
MS, NONE = 1_723_000_000_000, float("nan")
GOLDEN = Path(__file__).parents[1] / "golden/depth/btcusd_coinm_20240808.gz"


def oracle(path: Path, by_recv: bool = False) -> list[tuple[Any, ...]]:
    """The events of sound lines: (row, kind, time, local time, symbol, id, values)."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    symbols = {data["s"] for line in lines if '"depthUpdate"' in line
               for data in [message(line)[1]] if "s" in data}
    newest: dict[str, int] = {}
    found = []
    for row, line in enumerate(lines, 1):
        stream, data = message(line)
        clock = line.partition(" ")[0]
        recv = int(clock) * 10 ** (19 - len(clock))
        event, values = data.get("e"), None
        stamp = data.get("T", data.get("E"))
        ts = recv if by_recv else stamp and stamp * 10**6
        symbol, number = data.get("s"), None
        if event in ("trade", "aggTrade") and data.get("X", "MARKET") == "MARKET":
            kind, number = "trade", data["t" if event == "trade" else "a"]
            values = (float(data["p"]), float(data["q"]), -1 if data["m"] else 1)
        elif event == "bookTicker" or stream.endswith("@bookTicker"):
            kind, number = "quote", data["u"]
            values = (*touch(data["b"], data["B"]), *touch(data["a"], data["A"]))
        elif event == "depthUpdate" and stream.partition("@")[2].split("@")[0] in ("", "depth"):
            kind, newest[symbol] = "delta", ts
            values = (0, data["U"], data["u"], data.get("pu", NO_ID), levels(data["b"]),
                      levels(data["a"]))
        elif "lastUpdateId" in data and (not stream or stream.endswith("@depthSnapshot")):
            symbol = data.get("symbol") or stream.partition("@")[0].upper() or next(iter(symbols))
            ts = max(ts, newest.get(symbol, 0))
            kind, values = "delta", (1, NO_ID, data["lastUpdateId"], NO_ID, levels(data["bids"]),
                                     levels(data["asks"]))
        if values is not None:
            found.append((row, kind, ts, recv, symbol, number, values))
    return found


def message(line: str) -> tuple[str, dict[str, Any]]:
    whole = json.loads(line.partition(" ")[2])
    return whole.get("stream", ""), whole.get("data", whole)


def levels(given: Any) -> list[tuple[float, float]]:
    return [(float(price), float(qty)) for price, qty in given]


def touch(price: str, qty: str) -> tuple[float, float]:
    return (NONE, 0.0) if float(price) == 0 and float(qty) == 0 else (float(price), float(qty))


def rows_of(batch: EventBatch) -> list[tuple[Any, ...]]:
    columns = {name: column.tolist() for name, column in batch.values.items()}
    if batch.kind == "delta":
        at, values = 0, []
        flat = list(zip(columns["price"], columns["qty"], strict=True))
        for i, (bids, asks) in enumerate(zip(columns["bids"], columns["asks"], strict=True)):
            values.append((*(columns[n][i] for n in ("snapshot", "first", "last", "previous")),
                           flat[at:at + bids], flat[at + bids:at + bids + asks]))
            at += bids + asks
        assert at == len(flat)
    else:
        values = list(zip(*columns.values(), strict=True))
    ids = [None] * len(batch) if batch.id is None else batch.id.tolist()
    names = [batch.symbols[0 if batch.symbol is None else batch.symbol[i]]
             for i in range(len(batch))]
    clock = [None] * len(batch) if batch.recv_ns is None else batch.recv_ns.tolist()
    return list(zip(batch.row.tolist(), [batch.kind] * len(batch), batch.ts_ns.tolist(),
                    clock, names, ids, values, strict=True))


def events(path: Path, start_row: int = 0, takes: Any = ALL, **options: Any) -> list[Any]:
    """Those of a file, which must come stretch by stretch in the order of its lines."""
    found: list[Any] = []
    stretch: list[Any] = []
    with open_source(path, takes=takes, **options) as source:
        for batch in source.batches(start_row):
            stretch += rows_of(batch)
            assert all(event[0] <= batch.rows_end for event in stretch)
            if not batch.more:
                assert not found or not stretch or min(stretch)[0] > found[-1][0]
                found += sorted(stretch, key=lambda event: event[0])
                stretch = []
    assert not stretch
    return found


def exactly(found: list[Any], want: list[Any]) -> None:
    """repr tells -0.0 from 0.0 and every bit of a double, and all NaN are one."""
    assert len(found) == len(want)
    for one, other in zip(found, want, strict=True):
        assert repr(one) == repr(other)


def trade(i: int, symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    data = {"e": "trade", "E": MS + i, "T": MS + i, "s": symbol, "t": 7_000 + i, "b": 1, "a": 2,
            "p": f"{60_000 + i}.50", "q": "0.010", "X": "MARKET", "m": i % 2 == 1, **more}
    return {"stream": f"{symbol.lower()}@trade", "data": data}


def quote(i: int, symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    data = {"e": "bookTicker", "u": 90 + i, "s": symbol, "b": "60000.1", "B": "2.5", "a": "60000.2",
            "A": "0.125", "T": MS + i, "E": MS + i + 1, **more}
    return {"stream": f"{symbol.lower()}@bookTicker", "data": data}


def depth(i: int, symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    data = {"e": "depthUpdate", "E": MS + i + 2, "T": MS + i, "s": symbol, "U": 10 * i + 1,
            "u": 10 * i + 10, "pu": 10 * i, "b": [["60000.1", "2.5"], ["59999", "0.000"]],
            "a": [["60000.2", "1e-3"]], **more}
    return {"stream": f"{symbol.lower()}@depth@100ms", "data": data}


def snapshot(i: int, **more: Any) -> dict[str, Any]:
    return {"lastUpdateId": 10 * i, "E": MS + i + 2, "T": MS + i,
            "bids": [["60000.1", "2"], ["60000", "3"]], "asks": [["60000.2", "4"]], **more}


def without(message: dict[str, Any], *keys: str) -> dict[str, Any]:
    data = message.get("data", message)
    for key in keys:
        del data[key]
    return message


def write(folder: Path, messages: list[Any], scale: int = 1_000_000, name: str = "r.dat") -> Path:
    lines = [one if isinstance(one, str) else f"{(MS - 900 + i) * scale} {json.dumps(one)}"
             for i, one in enumerate(messages)]
    (folder / name).write_text("".join(line + "\n" for line in lines))
    return folder / name


MIXED = [
    depth(0), {"result": None, "id": 1}, trade(3), quote(2), snapshot(0),
    {"stream": "btcusdt@kline_1m", "data": {"e": "kline", "E": MS, "s": "BTCUSDT", "k": {"b": []}}},
    depth(1, b=[], a=[]), trade(4)["data"], quote(4, a="0.00000000", A="0")["data"],
    {"stream": "btcusdt@depthSnapshot", "data": snapshot(1)}, trade(5, X="ADL"), depth(2)["data"],
    {"stream": "btcusdt@depth20@100ms", "data": snapshot(9)},
    {"data": trade(6)["data"], "stream": "btcusdt@trade"}, "# a comment", depth(3), quote(6),
]


@pytest.mark.parametrize("scale", [1, 1_000, 1_000_000], ids=["ms", "us", "ns"])
def test_each_message_is_an_event_in_the_order_of_the_lines(tmp_path: Path, scale: int) -> None:
    path = write(tmp_path, MIXED, scale)
    want = oracle(path)
    assert [event[1] for event in want] == [
        "delta", "trade", "quote", "delta", "delta", "trade", "quote", "delta", "delta", "trade",
        "delta", "quote"]
    exactly(events(path), want)
    for rows in (1, 3, 5):
        exactly(events(path, block_rows=rows), want)
    for start in range(1, 17):
        exactly(events(path, start), [event for event in want if event[0] > start])


def test_every_line_is_counted(tmp_path: Path) -> None:
    with open_source(write(tmp_path, MIXED), takes=ALL) as source:
        counts = [(len(b), len(b.rejects), b.filtered) for b in source.batches()]
        assert source.rows_read == 16
        assert (source.kind, source.kinds) == (SEVERAL, ("trade", "quote", "delta"))
    assert tuple(map(sum, zip(*counts, strict=True))) == (12, 0, 4)


@pytest.mark.parametrize("kinds", [("trade", "quote"), ("trade", "delta"), ("quote", "delta"),
                                   ("quote",), ("delta",)])
def test_rows_do_not_depend_on_the_kinds_that_are_needed(tmp_path: Path, kinds: Any) -> None:
    path = write(tmp_path, MIXED)
    want = [event for event in oracle(path) if event[1] in kinds]
    exactly(events(path, needs=kinds), want)
    if len(kinds) == 1:
        exactly(events(path, kind=kinds[0]), want)
        exactly(events(path, kind={"delta": "book"}.get(kinds[0], kinds[0])), want)


def test_trades_alone_are_what_they_were(tmp_path: Path) -> None:
    path = write(tmp_path, MIXED)
    want = [event for event in oracle(path) if event[1] == "trade"]
    for words in ({"takes": ("trade",)}, {"kind": "trade"}, {"needs": ("trade",)}):
        found = events(path, **words)
        assert [event[0] for event in found] == [1, 2, 4]  # of the rows that are trades
        exactly([event[1:] for event in found], [event[1:] for event in want])
    assert tickeng.read(path).kind == "trade"


@pytest.mark.parametrize("name", ["usdm/btcusdt_20240808", "cm/ethusd_perp_20240808",
                                  "spot/ethusdt_20240808"])
def test_recordings_of_each_market(tmp_path: Path, tapes: Path, name: str) -> None:
    path, by_recv = tmp_path / "r.dat", name.startswith("spot")
    with gzip.open(tapes / "hftbacktest" / f"{name}.gz", "rb") as file:
        path.write_bytes(b"".join(islice(file, 25_000)))
    exactly(events(path, clock="recv" if by_recv else "event"), oracle(path, by_recv))


def test_a_part_of_a_recording() -> None:
    want = oracle(GOLDEN)
    exactly(events(GOLDEN), want)
    exactly(events(GOLDEN, needs=("quote", "delta"), block_rows=100), want)
    assert sum(event[1] == "quote" for event in want) == 75
    assert sum(event[6][0] for event in want if event[1] == "delta") == 1


def test_messages_without_a_local_clock(tmp_path: Path) -> None:
    """JSON lines; where trades alone are needed they are read as those of any venue."""
    messages = [one for one in MIXED if isinstance(one, dict)]
    want = oracle(write(tmp_path, messages))
    path = tmp_path / "r.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in messages))
    with open_source(path, takes=ALL) as source:
        found = sorted((event for batch in source.batches() for event in rows_of(batch)),
                       key=lambda event: event[0])
        assert (source.kind, source.format) == (SEVERAL, "json")
    exactly(found, [(*event[:3], None, *event[4:]) for event in want])
    assert len(tickeng.read(path)) == sum(event[1] == "trade" for event in want)
    assert len(tickeng.read(path, kind="quote")) == sum(event[1] == "quote" for event in want)
    with pytest.raises(DataError, match="record a local clock in front of each message"):
        path.write_text(json.dumps(without(quote(1), "T", "E")) + "\n")
        tickeng.read(path, kind="quote")


# -- clocks

SPOT = [without(depth(1), "T", "pu"), without(trade(1), "X"),
        without(quote(1), "e", "E", "T"), without(snapshot(1), "E", "T")]


@pytest.mark.parametrize(("which", "row", "says"), [
    ([0, 2], 2, "its bookTickers have no time of the exchange"),
    ([1, 0, 3], 3, "its depth snapshots have no time of the exchange")])
def test_two_clocks_never_date_the_events_of_one_file(
        tmp_path: Path, which: list[int], row: int, says: str) -> None:
    path = write(tmp_path, [SPOT[i] for i in which])
    with pytest.raises(DataError, match=f'row {row}: {says}: clock="recv" dates all'):
        events(path)
    whole = write(tmp_path, SPOT)
    exactly(events(whole, clock="recv"), oracle(whole, by_recv=True))
    with pytest.raises(DataError, match="row 3: its bookTickers"):
        tickeng.read(whole, kind="quote")
    assert tickeng.read(whole, kind="quote", clock="recv")["ts_ns"].tolist() == [
        (MS - 898) * 10**6]
    assert len(tickeng.read(whole)) == 1


def test_a_snapshot_is_not_older_than_the_message_before_it(tmp_path: Path) -> None:
    path = write(tmp_path, [depth(5), depth(9, "ETHUSDT"), snapshot(3, symbol="BTCUSDT"),
                            snapshot(12, symbol="ETHUSDT"), snapshot(2, symbol="XRPUSDT")])
    exactly(events(path, kind="delta"), oracle(path))
    found = [event[2] // 10**6 - MS for event in events(path, kind="delta")]
    assert found == [5, 9, 5, 12, 2]
    path = write(tmp_path, [depth(5), trade(6), snapshot(3)])
    for leaves in (False, True):
        named = events(path, symbol_name="X", leaves=leaves)
        assert [(e[2] // 10**6 - MS, e[4]) for e in named] == [(5, "X"), (6, "X"), (5, "X")]


# -- whose a snapshot is


@pytest.mark.parametrize(("messages", "says"), [
    ([snapshot(0), depth(1)], 'row 1: a depth snapshot names no symbol, and no depth .*NAME'),
    ([depth(1), depth(1, "ETHUSDT"), snapshot(0)], "row 3: .* are of BTCUSDT, ETHUSDT: give the"),
    ([depth(1), snapshot(0), depth(1), depth(1, "ETHUSDT")], "row 4: .* of BTCUSDT, ETHUSDT"),
])
def test_a_snapshot_without_a_symbol_is_not_guessed(
        tmp_path: Path, messages: list[Any], says: str) -> None:
    path = write(tmp_path, messages)
    with pytest.raises(DataError, match=says):
        events(path, kind="delta")
    assert len(events(path, kind="delta", symbol_name="BTCUSDT")) == len(messages)


def test_a_snapshot_of_a_named_stream(tmp_path: Path) -> None:
    wrapped = {"stream": "btcusd_perp@depthSnapshot", "data": snapshot(4)}
    path = write(tmp_path, [depth(1), depth(1, "ETHUSDT"), wrapped])
    assert [event[4] for event in events(path, kind="delta")] == [
        "BTCUSDT", "ETHUSDT", "BTCUSD_PERP"]


# -- what is no event, and what is refused


def books(count: int, qty: str = "1") -> list[list[str]]:
    return [[f"{60_000 + i}", qty] for i in range(count)]


def test_the_best_levels_alone_are_no_changes(tmp_path: Path) -> None:
    best = depth(1, b=books(10), a=books(10))
    named = [{**best, "stream": "btcusdt@depth10@100ms"}] * 4
    with pytest.raises(DataError, match=r"no depth line among 4 \(topics seen: depth10\)"):
        events(write(tmp_path, named), kind="delta")
    unnamed = [best["data"]] * 4
    with pytest.raises(DataError, match="row 3: depth messages name no stream and look like"):
        events(write(tmp_path, unnamed), kind="delta")
    some = [*unnamed[:2], depth(2, b=books(10), a=books(10, "0"))["data"], *unnamed]
    assert len(events(write(tmp_path, some), kind="delta")) == 7


@pytest.mark.parametrize(("damage", "reason"), [
    (quote(1, b=None), "bad_price"), (quote(1, a="-1"), "bad_price"), (quote(1, A="x"), "bad_qty"),
    (quote(1, B="-0.5"), "bad_qty"), (quote(1, b="1e999"), "bad_price"),
    (quote(1, u="x"), "bad_id"), (quote(1, T="soon"), "bad_timestamp"),
    (quote(1, s=""), "bad_fields"), (without(quote(1), "A"), "bad_qty"),
    (depth(1, b=[["0", "1"]]), "bad_price"), (depth(1, a=[["1", "-1"]]), "bad_qty"),
    (depth(1, a=[["1", "NaN"]]), "bad_qty"), (depth(1, b=[["1"]]), "bad_fields"),
    (depth(1, b=[["1", "2", "3"]]), "bad_fields"), (depth(1, b={}), "bad_fields"),
    (depth(1, b=[[["1"], "2"]]), "bad_fields"), (without(depth(1), "a"), "bad_fields"),
    (depth(1, U=99), "bad_id"), (depth(1, pu="?"), "bad_id"), (without(depth(1), "u"), "bad_id"),
    (without(depth(1), "E", "T"), "bad_timestamp"), (without(depth(1), "s"), "bad_fields"),
    (snapshot(1, lastUpdateId="x"), "bad_id"), (snapshot(1, bids=[[]]), "bad_fields"),
    (trade(1, p="0"), "bad_price"), (without(trade(1), "T"), "bad_timestamp"),
    ("garbage", "bad_line"), (f"{MS}000000 " + '{"stream":"x@depth","data":{]}', "bad_fields"),
    (f"{MS}000000 " + '{"e":"depthUpdate","b":' + "[" * 5_000 + "}", "bad_fields"),
])
def test_a_damaged_message_is_rejected_with_its_reason(
        tmp_path: Path, damage: Any, reason: str) -> None:
    sound = [depth(0), quote(0), trade(0), depth(2), quote(2), trade(2)]
    path = write(tmp_path, [*sound[:3], damage, *sound[3:]])
    with open_source(path, takes=ALL) as source:
        found = list(source.batches())
    assert [(r.row, r.reason) for batch in found for r in batch.rejects] == [(4, reason)]
    kept = sorted((row for batch in found for row in rows_of(batch)), key=lambda event: event[0])
    exactly(kept, [e for e in oracle(write(tmp_path, [*sound[:3], {}, *sound[3:]], name="s"))])


@pytest.mark.parametrize(("kind", "says"), [
    ("trade", r"no trade line among 3 \(topics seen: orderbook\): record the trades"),
    ("quote", r"no quote line among 3 \(topics seen: orderbook\): quotes are read from Binance's"),
])
@pytest.mark.filterwarnings("ignore")
def test_depth_of_other_venues_is_neither_trades_nor_quotes(
        tmp_path: Path, kind: str, says: str) -> None:
    bybit = {"topic": "orderbook.50.BTCUSDT", "type": "delta", "data": {"b": [["1", "2"]]}}
    with pytest.raises(DataError, match=says):
        events(write(tmp_path, [bybit] * 3), kind=kind)


def test_of_other_venues_trades_are_read_whatever_is_needed(tmp_path: Path) -> None:
    data = [{"T": MS, "s": "BTCUSDT", "S": "Buy", "v": "1", "p": "2.5", "i": "a"}]
    path = write(tmp_path, [{"topic": "publicTrade.BTCUSDT", "data": data}] * 3)
    assert [event[1] for event in events(path, needs=("trade", "quote"))] == ["trade"] * 3
    with pytest.raises(tickeng.ConfigError, match="mid_spread moves on quotes, and there are none"):
        tickeng.replay(path, config={"kernels": "mid_spread"})


def test_trades_in_two_streams_are_refused_among_other_events_too(tmp_path: Path) -> None:
    twice = trade(0)["data"] | {"e": "aggTrade"}
    with pytest.raises(DataError, match="trade and aggTrade, which tell of the same trades"):
        events(write(tmp_path, [depth(0), trade(0), twice]))


def test_what_is_needed_must_be_there(tmp_path: Path) -> None:
    path = write(tmp_path, [trade(0), depth(0)])
    assert len(events(path)) == 2
    with pytest.raises(DataError, match="no quote line among 2"):
        events(path, needs=("trade", "quote"))


def test_a_cut_last_line_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, [depth(0), quote(0), trade(0), depth(1)])
    path.write_text(path.read_text()[:-20])
    with pytest.raises(DataError, match="the last line is not complete"):
        events(path)


def test_lines_and_books_of_any_size_are_bounded(tmp_path: Path) -> None:
    many = [[f"{k / 8:.3f}", "1"] for k in range(1, 50_001)]
    assert len(json.dumps(depth(1, b=many))) < 1 << 20
    huge = [[f"{k / 8:.3f}", "1"] for k in range(1, 80_001)]
    path = write(tmp_path, [depth(0), *[depth(1, b=many)] * 23, depth(1, b=huge), depth(2)])
    with open_source(path, kind="delta", takes=ALL) as source:
        found = list(source.batches())
    assert [len(batch) for batch in found] == [22, 3]
    assert [(r.row, r.reason) for batch in found for r in batch.rejects] == [(25, "bad_line")]
    assert all(len(batch.values["price"]) < (1 << 20) + 2 * len(many) for batch in found)
    assert math.isclose(found[0].values["price"].max(), 60_000.2)
    assert np.concatenate([batch.row for batch in found]).tolist() == [*range(1, 25), 26]
