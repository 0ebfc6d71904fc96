"""Quotes in formats that say themselves how they are read: Lean, Binance's dumps, recordings."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import tickeng
from tickeng.errors import DataError
from tickeng.files.batch import VALUES
from tickeng.files.sources import open_source

SIDES = tuple(VALUES["quote"])
LEAN = """\
14400527,137400,3100,0,0,P,1,0
14400527,0,0,138500,500,P,1,0
15557807,137500,200,0,0,P,1,0
15557808,x,200,0,0,P,1,0
15557809,0,0,138400,600,P,1,0
"""


def cells(table) -> list[list]:
    return [np.where(np.isnan(table[name]), None, table[name]).tolist() for name in SIDES]


def lean(folder: Path) -> Path:
    path = folder / "20131009_quote.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("20131009_bac_Quote_Tick.csv", LEAN)
    return path


def test_a_side_that_lean_leaves_out_is_as_it_was(tmp_path):
    table = tickeng.read(lean(tmp_path))
    assert cells(table) == [[13.74, 13.74, 13.75, 13.75], [3100, 3100, 200, 200],
                            [None, 13.85, 13.85, 13.84], [0, 500, 500, 600]]
    assert set(table["symbol"]) == {"BAC"} and table.counters["reasons"] == {"bad_price": 1}
    first = 1_381_305_600_527_000_000  # 2013-10-09 04:00:00.527 in New York
    assert table["ts_ns"][0] == first


@pytest.mark.parametrize("start", range(6))
@pytest.mark.parametrize("block_rows", [1, 2, 9])
def test_lean_from_any_row_on(tmp_path, start, block_rows):
    options = {"takes": VALUES, "block_rows": block_rows}
    with open_source(lean(tmp_path), **options) as source:
        whole = [(int(batch.row[n]), *(batch.values[name][n] for name in SIDES))
                 for batch in source.batches() for n in range(len(batch))]
    with open_source(lean(tmp_path), **options) as source:
        rest = [(int(batch.row[n]), *(batch.values[name][n] for name in SIDES))
                for batch in source.batches(start) for n in range(len(batch))]
    assert str(rest) == str([row for row in whole if row[0] > start])


@pytest.mark.parametrize("header", [True, False])
def test_binance_dumps_of_quotes(tmp_path, header):
    path = tmp_path / "BTCUSDT-bookTicker-2024-03-01.csv"
    names = ("update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,"
             "transaction_time,event_time\n")
    path.write_text(names * header + "7,61800,2.1,61800.1,1.3,1709287200123,1709287200125\n"
                    "8,0,0,61800.1,1.3,1709287200124,1709287200126\n"
                    "9,61800,-1,61800.1,1.3,1709287200124,1709287200126\n")
    table = tickeng.read(path)
    assert table.reading.kind == "quote" and set(table["symbol"]) == {"BTCUSDT"}
    assert cells(table) == [[61800, None], [2.1, 0], [61800.1, 61800.1], [1.3, 1.3]]
    assert table["id"].tolist() == [7, 8]
    assert table["ts_ns"].tolist() == [1709287200123 * 10**6, 1709287200124 * 10**6]
    assert table["recv_ns"].tolist() == [1709287200125 * 10**6, 1709287200126 * 10**6]
    assert table.counters["reasons"] == {"bad_qty": 1}
    with pytest.raises(DataError, match="holds quotes, no trades"):
        tickeng.replay(path)


def recording(folder: Path) -> Path:
    quote = {"u": 7, "s": "BTCUSDT", "b": "9.5", "B": "1", "a": "10", "A": "2"}
    trade = {"e": "trade", "E": 1709287200123, "T": 1709287200120, "s": "BTCUSDT", "t": 3,
             "p": "9.7", "q": "1", "X": "MARKET", "m": True}
    depth = {"e": "depthUpdate", "b": [["9", "1"]], "a": [], "u": 9, "U": 8}
    lines = [("btcusdt@bookTicker", quote), ("btcusdt@trade", trade),
             ("btcusdt@depth@0ms", depth), ("btcusdt@bookTicker", quote | {"b": None}),
             ("btcusdt@bookTicker", quote | {"u": 8, "A": "0", "a": "0"})]
    path = folder / "btcusdt.txt"
    path.write_text("".join(f"{1709287200200000000 + n} "
                            f"{json.dumps({'stream': stream, 'data': data})}\n"
                            for n, (stream, data) in enumerate(lines)))
    return path


def test_quotes_of_a_recording(tmp_path):
    path = recording(tmp_path)
    assert tickeng.read(path).kind == "trade"
    with pytest.raises(DataError, match='row 1: its bookTickers have no .*: clock="recv" dates'):
        tickeng.read(path, kind="quote")
    table = tickeng.read(path, kind="quote", clock="recv")
    assert cells(table) == [[9.5, 9.5], [1, 1], [10, None], [2, 0]]
    assert table["id"].tolist() == [7, 8]
    assert table["ts_ns"].tolist() == [1709287200200000000, 1709287200200000004]
    assert table.counters["reasons"] == {"bad_price": 1} and table.counters["filtered"] == 2
    with pytest.raises(DataError, match="row 3: bad_fields .* a book made without this message"):
        tickeng.read(path, kind="book")
    with pytest.raises(DataError, match="holds quotes, no trades"):
        tickeng.replay(path, kind="quote")
