"""`inspect` of quotes, books, changes of books and several kinds, against counts by hand."""

import statistics
from collections import Counter

import numpy as np
import pytest

import tickeng
from tests.io_write.test_conversion import KINDS, batch, events, write
from tickeng.files.batch import VALUES

START = 1_700_000_000_000_000_000


def by_hand(part):
    """What is in a batch of quotes or books, row by row."""
    bid, ask = (part.values[side].reshape(len(part), -1) for side in ("bid", "ask"))
    market, spreads = Counter(), []
    for i in range(len(part)):
        b, a = bid[i, 0], ask[i, 0]
        missing = int(np.isnan(b)) + int(np.isnan(a))
        if missing:
            market["one-sided" if missing == 1 else "empty"] += 1
        elif b >= a:
            market["locked" if b == a else "crossed"] += 1
        else:
            spreads.append(1e4 * (a - b) / ((a + b) / 2))
    filled = {side: int(np.count_nonzero(~np.isnan(part.values[side]))) / len(part)
              for side in ("bid", "ask")}
    return market, statistics.median_low(spreads), filled


@pytest.mark.parametrize("form", ["zst", "csv", "parquet"])
@pytest.mark.parametrize("kind", ["quote", "book"])
def test_markets(tmp_path, kind, form):
    part = batch(kind, np.random.default_rng(4), 700, levels=4)
    if kind == "quote":
        both = np.flatnonzero(~np.isnan(part.values["bid"] + part.values["ask"]))
        part.values["bid"][both[::9]] = part.values["ask"][both[::9]]
        part.values["bid"][both[::7]] = part.values["ask"][both[::7]] + 0.5
    path = write(tmp_path / "a.zst", part)
    if form != "zst":
        tickeng.convert(path, tmp_path / f"a.{form}")
    found = tickeng.inspect(tmp_path / f"a.{form}")
    market, median, filled = by_hand(part)
    assert found[f"{kind}s"] == 700 and found["market"] == market
    assert found["spread_bps"] == pytest.approx(median, rel=2e-3)
    if kind == "book":
        assert found["levels"] == 4
        assert found["filled_levels"] == pytest.approx(filled, abs=1e-3)


def test_spreads_that_are_extreme_or_none(tmp_path):
    lines = ["ts_ns,bid,bid_qty,ask,ask_qty", f"{START},,0,,0", f"{START},2,1,1,1"]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    assert tickeng.inspect(path)["spread_bps"] is None
    path.write_text("\n".join([*lines, f"{START},1,1,1e9,1"]))
    assert tickeng.inspect(path)["spread_bps"] == pytest.approx(2e4, rel=2e-3)


def messages(symbols=("AB",)):
    """Messages with a gap and one that comes twice, for each symbol."""
    part = batch("delta", np.random.default_rng(6), 10 * len(symbols))
    last = np.array([10, 11, 12, 12, 15, 16, 20, 21, 22, 23])
    part.ts_ns = START + np.arange(len(part)) * 1000
    part.values |= {"snapshot": np.tile(np.array([1, 0, 0, 0, 0, 0, 1, 0, 0, 0], np.uint8),
                                        len(symbols)),
                    "last": np.tile(last, len(symbols)), "first": np.tile(last, len(symbols))}
    part.symbols = list(symbols)
    part.symbol = np.repeat(np.arange(len(symbols), dtype=np.uint32), 10)
    return part


@pytest.mark.parametrize("symbols", [("AB",), ("AB", "CD")])
def test_messages_are_counted_as_an_engine_counts_them(tmp_path, symbols):
    part = messages(symbols)
    found = tickeng.inspect(write(tmp_path / "a.zst", part))
    engine, at = tickeng.Engine(kernels="depth_imbalance"), 0
    for i in range(len(part)):
        bids, asks = int(part.values["bids"][i]), int(part.values["asks"][i])
        levels = list(zip(part.values["price"][at:], part.values["qty"][at:], strict=True))
        engine.on_delta(int(part.ts_ns[i]), levels[:bids], levels[bids:bids + asks],
                        symbols[part.symbol[i]], snapshot=bool(part.values["snapshot"][i]),
                        first=int(part.values["first"][i]), last=int(part.values["last"][i]))
        at += bids + asks
    wanted = {name: sum(counts[name] for counts in engine.book_counters.values())
              for name in found["book"] if name != "audits"}
    assert {name: found["book"][name] for name in wanted} == wanted
    assert wanted["gaps"] == wanted["duplicate"] == len(symbols) and wanted["waited"]
    assert found["messages"] == {"snapshots": 2 * len(symbols), "numbered": len(part), "levels": at}
    assert found["deltas"] == len(part) and found["duplicate_rows"] is None


def test_a_file_of_several_kinds_has_the_facts_of_each(tmp_path):
    parts = [batch(kind, np.random.default_rng(7), 60) for kind in KINDS]
    path = write(tmp_path / "a.zst", *parts)
    found = tickeng.inspect(path)
    assert found["kind"] == "several" and list(found["kinds"]) == list(KINDS)
    every = events(path)
    assert found["symbols"] == Counter(event[1] for event in every)
    for kind, part in zip(KINDS, parts, strict=True):
        alone = tickeng.inspect(write(tmp_path / f"{kind}.zst", part))
        facts = found["kinds"][kind]
        if kind == "delta":  # quotes and books of this file have nothing to do with each other
            assert facts["book"].pop("audits")["snapshots"] == (
                alone["book"].pop("audits")["snapshots"])
        assert found[f"{kind}s"] == 60 == sum(facts["symbols"].values())
        assert facts == {name: alone[name] for name in facts}
        assert set(facts) >= {name for name, dtype in VALUES[kind].items() if dtype is np.float64}
    assert found["feed"]["backward"] == sum(
        tickeng.inspect(tmp_path / f"{kind}.zst")["feed"]["backward"] for kind in KINDS)
