"""The large recordings of public exchanges: counts as their own documents state them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import tickeng
from tickeng.errors import DataError
from tickeng.files.sources import describe_file, open_source

from .conftest import read

RAW = {"usdm/btcusdt_20240808.gz": 21_313, "usdm/ethusdt_20240808.gz": 14_076,
       "spot/btcusdt_20240808.gz": 9_757, "spot/btcusdt_20240809.gz": 10_147,
       "spot/ethusdt_20240808.gz": 6_106, "spot/ethusdt_20240809.gz": 8_409,
       "cm/btcusd_perp_20240808.gz": 2_286, "cm/ethusd_perp_20240808.gz": 1_732}


@pytest.mark.parametrize("name", RAW)
def test_exchange_json(tapes: Path, name: str) -> None:
    tape = read(tapes / "hftbacktest" / name)
    assert tape.error is None and not tape.rejects and len(tape) == RAW[name]
    assert (np.diff(tape.ts_ns) >= 0).all() and set(tape.side.tolist()) == {1, -1}
    assert (np.diff(tape.id) > 0).all()
    lag_s = (tape.recv_ns - tape.ts_ns) / 1e9
    assert -1.5 < np.median(lag_s) < -1  # the recorder's clock was behind the exchange's


def test_named_columns(tapes: Path) -> None:
    files = sorted((tapes / "cryptologysac").glob("*.csv"))
    found = [read(path) for path in files]
    assert sum(map(len, found)) == 53_325
    assert not any(tape.rejects or tape.error for tape in found)


def test_lean_ticks(tapes: Path) -> None:
    rows = 0
    for path in sorted((tapes / "lean/spy").glob("*_trade.zip")):
        tape = read(path, infer_side="tick")
        assert tape.error is None and not tape.rejects and tape.symbol[0] == "SPY"
        rows += len(tape)
    # Line ends count 891,220; the last line of each of the two files has none.
    assert rows == 891_222
    with pytest.raises(DataError, match="quote ticks"):
        open_source(tapes / "lean/bac/20131009_quote.zip")


def test_parquet(tapes: Path) -> None:
    for name, rows in (("fut", 11_947), ("spot", 10_215)):
        tape = read(tapes / f"marcosalzer/trades_btc_{name}_2026-02-16_04.parquet")
        assert tape.error is None and not tape.rejects and len(tape) == rows
        assert (tape.recv_ns >= tape.ts_ns).all() and set(tape.symbol) == {"BTCUSDT"}
    with pytest.raises(DataError, match="holds order books, no trades"):
        open_source(tapes / "marcosalzer/lobdeep_btc_fut_2026-02-16_04.parquet")


def test_books_in_lists(tapes: Path) -> None:
    path = tapes / "marcosalzer/lobdeep_btc_fut_2026-02-16_04.parquet"
    table = tickeng.read(path)
    raw = pq.read_table(path)
    assert table.kind == "book" and table.counters["in"] == raw.num_rows == len(table)
    for role, name in (("bid", "bids_px"), ("bid_qty", "bids_qty"), ("ask", "asks_px"),
                       ("ask_qty", "asks_qty")):
        for row in (0, 1, len(table) // 2, len(table) - 1):
            wanted = raw[name][row].as_py()[:20]
            assert table[role][row][:len(wanted)].tolist() == wanted
    quotes = tickeng.read(path, kind="quote", map="bid_qty=none,ask_qty=none")
    assert quotes["bid"].tolist() == raw["best_bid"].to_pylist()


def test_seconds_and_unknown_sides(tapes: Path) -> None:
    path = tapes / "gct/binance_BTCUSDT_24h-trades_2020_11_16.csv"
    tape = read(path, header="time,price,qty,side")
    assert len(tape) == 1_000 and not tape.side.any() and not tape.rejects
    assert read(path, header="time,price,qty,side", infer_side="tick").side.any()


def test_inspection(tapes: Path) -> None:
    found = describe_file(str(tapes / "hftbacktest/usdm/btcusdt_20240808.gz"))
    trades = found["kinds"]["trade"]
    assert found["trades"] == 21_313 and trades["late"] == 0 and trades["tick_size"] == 0.1
    assert 0.55 < trades["equal_timestamps"] / found["trades"] < 0.8
