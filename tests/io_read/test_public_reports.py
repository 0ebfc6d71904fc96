"""Small inputs after public bug reports of users of tick data, which no other test holds as such.

The name of each says where it was reported.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import tickeng
from tickeng.errors import DataError

from .conftest import read

HEAD = "timestamp,price,qty,side\n"
LEAN = "34200000.1484,349500,400,P,1,0\n34200002.2384,349800,100,P,1,0\n"
LEAN_NS = 1_621_863_000_000_148_400


def test_a_delimiter_behind_every_row_but_the_header_pandas_14124(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(HEAD + "".join(f"{1_700_000_000_000 + i},100.{i},1.5,buy,\n" for i in range(3)))
    found = read(path)
    assert found.price.tolist() == [100.0, 100.1, 100.2] and not found.rejects


def test_tenths_of_a_microsecond_and_a_name_without_a_day_lean_6274(tmp_path: Path) -> None:
    named = tmp_path / "20210524_soxl_trade_tick.csv"
    named.write_text(LEAN)
    found = read(named, infer_side="tick")
    assert found.ts_ns[0] == LEAN_NS and found.price.tolist() == [34.95, 34.98]
    nameless = tmp_path / "nodate.csv"
    nameless.write_text(LEAN)
    with pytest.raises(DataError, match="date="):
        read(nameless, infer_side="tick")
    told = read(nameless, infer_side="tick", date="2021-05-24")
    assert told.ts_ns.tolist() == found.ts_ns.tolist()


def test_numbers_that_are_legal_for_float_and_no_others_rotki_7149(tmp_path: Path) -> None:
    legal = ["2.38e-06", "0.00000238", "123456789.123456789012345", ".5", "5.", "100 ", " 100"]
    other = ["1e-400", "1e400", "0x1p3", "1_000", "\u0663", "\uff11\uff10\uff10", "Infinity",
             "1.0f", "1d2"]
    path = tmp_path / "t.csv"
    path.write_text(HEAD + "".join(f"{1_700_000_000_000 + i},{cell},+1.5E0,buy\n"
                                   for i, cell in enumerate(legal + other)))
    found = read(path)
    assert found.price.tolist() == [float(cell) for cell in legal]
    assert set(found.qty.tolist()) == {1.5}
    assert found.rejected == {"bad_price": len(other)}


def test_polars_enums_and_categories_polars_21660(tmp_path: Path) -> None:
    frame = pl.DataFrame({"timestamp": [1_700_000_000_000, 1_700_000_000_001],
                          "price": [1.0, 1.5], "qty": [1.0, 2.0], "side": ["buy", "sell"]})
    for kind in (pl.Enum(["buy", "sell"]), pl.Categorical):
        cast = frame.with_columns(pl.col("side").cast(kind))
        assert tickeng.Engine().run(cast)["status"].tolist() == [0, 0]
        cast.write_ipc(tmp_path / "t.arrow")
        assert read(tmp_path / "t.arrow").side.tolist() == [1, -1]


def agg_trades(path: Path, rows: list[tuple[int, str, str, int]]) -> Path:
    path.write_text("".join(f"{number},{price},{qty},{number},{number},{ms},False,True\n"
                            for number, price, qty, ms in rows))
    return path


@pytest.mark.filterwarnings("ignore:K4 needs", "ignore:.*were duplicate")
def test_one_id_for_two_trades_binance_public_data_353(tmp_path: Path) -> None:
    one = agg_trades(tmp_path / "ZILBTC-aggTrades-2021-02-28.csv",
                     [(54 + i, "0.00000238", "82.0", 1_614_556_770_832 + i) for i in range(3)])
    two = agg_trades(tmp_path / "ZILBTC-aggTrades-2021-03-01.csv",
                     [(56 + i, "0.00000239", "19333.0", 1_614_556_823_276 + i) for i in range(3)])
    with pytest.warns(UserWarning, match="row 1: id 56 of ZILBTC comes again .*19333"):
        report = tickeng.replay([one, two], dedupe="id")
    assert report["ticks"] == 5
    assert report["counters"]["total"]["duplicate_conflict"] == 1


@pytest.mark.filterwarnings("ignore:K4 needs", "ignore:.*were duplicate")
def test_every_row_twice_binance_public_data_203(tmp_path: Path) -> None:
    rows = [(1_446_230_265 + i // 2, "21820.3", "1.7", 1_662_940_800_166 + i // 2)
            for i in range(4)]
    path = agg_trades(tmp_path / "BTCUSDT-aggTrades-2022-09.csv", rows)
    report = tickeng.replay(path, dedupe="id")
    assert report["ticks"] == 2 and report["counters"]["total"]["duplicate"] == 2
    found = tickeng.inspect(path)
    assert found["duplicate_rows"] == found["duplicate_ids"] == 2


@pytest.mark.filterwarnings("ignore:K4 needs")
def test_local_time_over_the_clock_change_arctic_635(tmp_path: Path) -> None:
    path = tmp_path / "ny.csv"
    path.write_text(HEAD + "".join(
        f"2024-11-03 {time},100.{i},1,buy\n" for i, time in enumerate(
            ("01:59:59.900", "01:00:00.100", "01:30:00", "02:00:00"))))
    with pytest.raises(DataError, match="tz="):
        tickeng.replay(path)
    found = read(path, tz="America/New_York")
    assert found.ts_ns.tolist()[:2] == [1_730_613_599_900_000_000, 1_730_613_600_100_000_000]
    assert tickeng.replay(path, tz="America/New_York")["ticks"] == 4


def test_every_side_is_codes_that_nobody_explains_ccxt_4607(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("timestamp,price,qty,type\n" + "".join(
        f"{1_700_000_000_000 + i},100,1,{i % 2}\n" for i in range(4)))
    with pytest.raises(DataError, match="sides="):
        read(path, map={"side": "type"})
    told = read(path, map={"side": "type"}, sides={"buy": [0], "sell": [1]})
    assert told.side.tolist() == [1, -1, 1, -1]
