"""DBN files through the command: inspected, replayed beside each other, resumed, converted."""

from __future__ import annotations

import shlex
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import zstandard

import tickeng as te
from tests.io_read import dbn_files as by_hand

GRID = 250_000_000  # a quarter
NAMES = {7: "ESH1", 8: "NQH1", 9: "CLG1"}
KERNELS = "k1; mid_spread; depth_imbalance; seen = mean(mid, window=1, on=trade)"


def tape(schema: str, rows: int, instruments: tuple[int, ...], seed: int, start: int = 0) -> bytes:
    """Events of several records, with ties, of several instruments."""
    rng = np.random.default_rng(seed)
    body, now = [], by_hand.START + start
    mid = dict.fromkeys(instruments, 3_700 * 4)
    while len(body) < rows:
        now += int(rng.integers(0, 4)) * 10**6
        one = int(rng.choice(instruments))
        mid[one] += int(rng.integers(-1, 2))
        for more in range(int(rng.integers(1, 4)), 0, -1):
            levels = [((mid[one] - n - more) * GRID, (mid[one] + n + more) * GRID,
                       *map(int, rng.integers(1, 40, 2))) for n in range(10)]
            body.append(by_hand.record(
                schema, instrument=one, event=now, recv=now + 20_000,
                price=(mid[one] + 1) * GRID, size=int(rng.integers(1, 9)),
                action="T" if schema in ("trades", "tbbo") else "A", side=rng.choice(["A", "B"]),
                flags=0 if more > 1 else by_hand.LAST, levels=levels))
    mappings = [(NAMES[n], [("2020-12-28", "2020-12-30", n)]) for n in instruments]
    return by_hand.metadata(schema, mappings) + b"".join(body)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {}
    for n, schema in enumerate(("trades", "mbp-1", "mbp-10", "tbbo")):
        paths[schema] = tmp_path / f"x.{schema}.dbn.zst"
        paths[schema].write_bytes(zstandard.compress(tape(schema, 1_200, (7, 8), n)))
    return paths


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rows", ["trade", "quote", "book"])
def test_files_give_what_arrays_give(tmp_path, files, rows):
    report = te.replay(files["trades"], tmp_path / "o.parquet", quotes=files["mbp-1"],
                       books=files["mbp-10"], rows=rows, config={"kernels": KERNELS})
    engine = te.Engine(kernels=KERNELS, quotes="native")
    given = [te.read(files[name]) for name in ("trades", "mbp-1", "mbp-10")]
    assert [table.kind for table in given] == ["trade", "quote", "book"]
    frame = engine.run(trades=given[0], quotes=given[1], books=given[2], rows=rows)
    written = pq.read_table(tmp_path / "o.parquet")
    for name in ("mid", "seen", "k1", "depth_imbalance_1"):
        ours, theirs = (np.asarray(x, float) for x in (written[name].to_numpy(), frame[name]))
        assert ours.tobytes() == theirs.tobytes()
        assert name == "k1" or np.isfinite(ours).sum() > 50
    assert report["conserved"] and report["counters_of"]["quote"]["symbols"].keys() == {
        "ESH1", "NQH1"}


@pytest.mark.filterwarnings("ignore")
def test_a_replay_resumed_at_any_row_is_one(tmp_path, files):
    whole, parts, state = (tmp_path / name for name in ("whole.csv", "parts.csv", "k.ckpt"))
    words = {"quotes": files["mbp-1"], "books": files["mbp-10"], "config": {"kernels": KERNELS}}
    te.replay(files["trades"], whole, **words)
    for cut in (1, 2, 50, 51, 600, None):
        resumed = {"resume": state} if state.exists() else {}
        te.replay(files["trades"], parts, limit=cut, checkpoint=state, force=True, **resumed,
                  **words)
    assert parts.read_bytes() == whole.read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_the_trades_of_two_files(tmp_path, files):
    other = tmp_path / "y.trades.dbn"
    other.write_bytes(tape("trades", 500, (8, 9), 11, start=10**12))
    report = te.replay([files["trades"], other], tmp_path / "o.parquet")
    found = pq.read_table(tmp_path / "o.parquet")["symbol"].to_pylist()
    one, two = te.read(files["trades"]), te.read(other)
    for name in NAMES.values():
        assert found.count(name) == sum(np.count_nonzero(t["symbol"] == name) for t in (one, two))
    assert report["conserved"]


@pytest.mark.filterwarnings("ignore")
def test_quotes_and_trades_of_one_file(tmp_path, files):
    te.replay(files["tbbo"], tmp_path / "o.parquet", quotes=files["tbbo"],
              config={"kernels": "mid_spread; seen = mean(mid, window=1, on=trade)"})
    table, quotes = te.read(files["tbbo"]), te.read(files["tbbo"], kind="quote")
    seen = pq.read_table(tmp_path / "o.parquet")["seen"].to_numpy()
    mid = (quotes["bid"] + quotes["ask"]) / 2
    for n in range(0, len(table), 97):  # the last quote strictly before the trade
        before = (quotes["ts_ns"] < table["ts_ns"][n]) & (quotes["symbol"] == table["symbol"][n])
        if before.any():
            assert seen[n] == mid[np.flatnonzero(before)[-1]]


@pytest.mark.parametrize("schema", ["trades", "mbp-1", "mbp-10"])
def test_the_line_that_inspect_prints_reads_it(tickeng, files, schema):
    first = tickeng("inspect", files[schema])
    assert first.code == 0, first.err
    line = next(line for line in (first.out.decode() + first.err).splitlines()
                if line.startswith("to read it: "))
    words = shlex.split(line.removeprefix("to read it: "))[3:]
    again = tickeng("inspect", files[schema], *words)
    assert again.code == 0, again.err
    assert again.out == first.out


def test_convert_and_back(tickeng, files, tmp_path):
    assert tickeng("convert", files["trades"], "-o", "t.zst").code == 0
    ours, theirs = te.read(tmp_path / "t.zst"), te.read(files["trades"])
    for name in ("ts_ns", "symbol", "price", "qty", "side", "recv_ns"):
        assert ours[name].tolist() == theirs[name].tolist()


def test_refusals_speak_of_options(tickeng, files):
    refused = tickeng("replay", files["trades"], "--kind", "quote")
    assert refused.code == 3 and "--kind trade reads them" in refused.err
    none = tickeng("replay", files["mbp-1"], "--kind", "trade")
    assert none.code == 3 and "no row is of the kind that is read" in none.err
    cut = files["trades"].with_name("cut.dbn")
    cut.write_bytes(tape("trades", 30, (7,), 1)[:-5])
    ended = tickeng("replay", cut)
    assert ended.code == 3 and "the last record is not complete, 43 bytes" in ended.err
