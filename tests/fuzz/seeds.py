"""Small sound inputs of every reader, from which the mutants are made."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

import tickeng
from tests.io_read import dbn_files
from tickeng import checkpoint
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile import TickFileWriter

ROWS = 60
START_MS = 1_723_161_255_000
_I = np.arange(ROWS)
TS_MS = START_MS + 7 * _I
PRICE, QTY = 100 + _I % 37 / 10, 1.0 + _I % 11
SIDE = np.where(_I % 2, "buy", "sell")
NAME = np.array(["BTCUSDT", "ETHUSDT", "LTCUSDT"])[_I % 3]


def _lines(header: str, row: str, end: str = "\n") -> bytes:
    rows = [row.format(ts=TS_MS[i], us=TS_MS[i] * 1000, ns=TS_MS[i] * 10**6, p=PRICE[i], q=QTY[i],
                       side=SIDE[i], sign=1 - 2 * (i % 2), flag=bool(i % 2), name=NAME[i], id=i + 1,
                       zero_one=i % 2, signed=(1 - 2 * (i % 2)) * QTY[i],
                       comma=f"{PRICE[i]:.2f}".replace(".", ","), clock=f"10:00:{i:02}",
                       of_day=14_400_000 + 7 * i, cents=int(PRICE[i] * 10_000))
            for i in range(ROWS)]
    return ((header + end if header else "") + end.join(rows) + end).encode()


def _table() -> pa.Table:
    return pa.table({"timestamp": TS_MS, "price": PRICE, "qty": QTY, "side": SIDE, "symbol": NAME,
                     "id": _I + 1})


def _parquet(**options: object) -> bytes:
    data = io.BytesIO()
    pq.write_table(_table(), data, row_group_size=25, **options)
    return data.getvalue()


def _arrow(stream: bool, compression: str | None = None, encoded: bool = False) -> bytes:
    table, data = _table(), io.BytesIO()
    if encoded:
        table = table.set_column(4, "symbol", table["symbol"].dictionary_encode())
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with new(data, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=25)
    return data.getvalue()


def _tick_file() -> bytes:
    data = io.BytesIO()
    with TickFileWriter(data, block_rows=25) as writer:
        columns = {"ts_ns": TS_MS * 10**6, "price": PRICE, "qty": QTY,
                   "side": np.where(_I % 2, 1, -1), "id": _I + 1}
        writer.write(EventBatch.of("trade", columns, ["BTCUSDT", "ETHUSDT", "LTCUSDT"],
                                   (_I % 3).astype(np.uint32)))
    return data.getvalue()


def tick_file_of_kinds() -> dict[str, bytes]:
    """Trades, quotes, books and deltas by turns."""
    data, one = io.BytesIO(), np.ones(ROWS)
    touch = {"bid": PRICE, "bid_qty": QTY, "ask": PRICE + 1, "ask_qty": QTY}
    changes = {"snapshot": _I == 0, "first": _I, "last": _I, "previous": _I - 1, "bids": one,
               "asks": one, "price": np.repeat(PRICE, 2), "qty": np.repeat(QTY, 2)}
    kinds = {"trade": {"price": PRICE, "qty": QTY, "side": one}, "quote": touch, "delta": changes,
             "book": {name: np.repeat(column, 3).reshape(ROWS, 3) for name, column
                      in touch.items()}}
    with TickFileWriter(data, block_rows=25) as writer:
        for first in range(0, ROWS, 15):
            for kind, values in kinds.items():
                batch = EventBatch.of(kind, {"ts_ns": TS_MS * 10**6, **values}, ["BTCUSDT"])
                writer.write(batch.take(slice(first, first + 15)))
    return {"kinds.zst": data.getvalue()}


def _dbn() -> bytes:
    days = [("2024-08-08", "2024-08-10", 7)]
    return dbn_files.metadata("trades", [("BTCUSDT", days)]) + b"".join(
        dbn_files.record("trades", instrument=7 + i % 2, event=int(TS_MS[i]) * 10**6, size=i + 1)
        for i in range(ROWS))


def _zip(name: str, content: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return data.getvalue()


def _raw_json() -> bytes:
    lines = [f"{TS_MS[i]}000000 " + json.dumps({"stream": "btcusdt@trade", "data": {
        "e": "trade", "T": int(TS_MS[i]), "p": str(PRICE[i]), "q": str(QTY[i]), "m": bool(i % 2),
        "s": "BTCUSDT", "t": int(i)}}, separators=(",", ":")) for i in range(ROWS)]
    return ("\n".join(lines) + "\n").encode()


def recording() -> dict[str, bytes]:
    """Websocket lines: trades, quotes, changes of a book and a snapshot of it."""
    messages: list[tuple[str, dict[str, object]]] = []
    for i in range(ROWS // 3):
        clock = {"E": int(TS_MS[i]), "T": int(TS_MS[i]), "s": "BTCUSDT"}
        sides = {"b": [["99.5", "1"], ["99", "0"]], "a": [["100.5", str(QTY[i])]]}
        messages += [
            ("depth@0ms", {"e": "depthUpdate", **clock, "U": i, "u": i, "pu": i - 1, **sides}),
            ("bookTicker", {"e": "bookTicker", **clock, "u": i, "b": "99.5", "B": "1",
                            "a": "100.5", "A": str(QTY[i])}),
            ("trade", {"e": "trade", **clock, "t": i, "p": str(PRICE[i]), "q": "1", "m": True})]
    lines = [json.dumps({"stream": f"btcusdt@{name}", "data": data}) for name, data in messages]
    lines[4] = json.dumps({"lastUpdateId": 1, "T": int(TS_MS[1]), "bids": [["99.5", "2"]],
                           "asks": [["100.5", "2"], ["101", "1"]]})
    text = "".join(f"{TS_MS[i]}000 {line}\n" for i, line in enumerate(lines))
    return {"recorded.txt": text.encode()}


def _json_lines() -> bytes:
    return b"".join(json.dumps({"timestamp": int(TS_MS[i]), "price": float(PRICE[i]),
                                "qty": float(QTY[i]), "side": str(SIDE[i])}).encode() + b"\n"
                    for i in range(ROWS))


def _json_answers() -> dict[str, bytes]:
    """Lists in a document, as venues answer, and a list of lists."""
    ccxt = [{"id": str(i), "timestamp": int(TS_MS[i]), "symbol": "BTC/USDT", "side": str(SIDE[i]),
             "price": float(PRICE[i]), "amount": float(QTY[i]), "info": {"a": [1, {"b": None}]}}
            for i in range(ROWS)]
    nested = {"retCode": 0, "result": {"list": [
        {"time": str(TS_MS[i]), "price": str(PRICE[i]), "size": str(QTY[i]),
         "side": str(SIDE[i]).title(), "symbol": str(NAME[i]), "execId": f"x{i}"}
        for i in range(ROWS)]}}
    rows = [[int(TS_MS[i]), float(PRICE[i]), float(QTY[i]), str(SIDE[i])] for i in range(ROWS)]
    return {"ccxt.json": json.dumps(ccxt, indent=1).encode(),
            "nested.json": json.dumps(nested).encode(), "rows.json": json.dumps(rows).encode()}


# What the files of these names need to be said.
OPTIONS: dict[str, dict[str, object]] = {
    "coded.csv": {"sides": "buy=0,sell=1,unknown=*", "skip_lines": 2},
    "scaled.csv": {"price_scale": "1e-4", "qty_sign": "side", "map": "price=c"},
    "rows.json": {"header": "ts,price,qty,side"},
    "local.csv": {"time_columns": "date,time", "tz": "America/New_York",
                  "decimal": "comma"},
    "recorded.txt": {"takes": ("trade", "quote", "delta", "several")},
}


def checkpoints() -> dict[str, bytes]:
    """Checkpoints of an engine with two symbols."""
    engine = tickeng.Engine()
    engine.run(TS_MS * 10**6, PRICE, QTY, np.where(_I % 2, 1, -1).astype(np.int8),
               symbol=[str(name) for name in NAME])
    meta = {
        "config": engine.config.changed(), "config_hash": engine.config.hash,
        "max_time_ns": engine.max_time_ns, "leaders": {},
        "came_in": {"BTCUSDT": 20}, "names": ["BTCUSDT"], "labels": ["t.csv"],
        "sources": [{"name": "t.csv", "size": 9, "head_sha256": "ab" * 32, "row": 3, "seen": 3,
                     "newest_ns": 7, "signs": None}],
    }
    return {"checkpoint": checkpoint.encode(engine.state(), meta, generation=2)}


def files() -> dict[str, bytes]:
    """Name -> content."""
    csv = _lines("timestamp,price,qty,side,symbol,id", "{ts},{p},{q},{side},{name},{id}")
    found = {
        "named.csv": csv,
        "semicolons.csv": _lines("time;px;size;is_buyer_maker", "{us};{p};{q};{flag}", "\r\n"),
        "quoted.csv": _lines('"Time","Price","Amount","Side"', '"{ts}","{p}","{q}","{sign}"'),
        "BTCUSDT-aggTrades-2024-08-08.csv": _lines(
            "", "{id},{p},{q},{id},{id},{ts},{flag},True"),
        "BTCUSDT-trades-2024-08-08.csv": _lines(
            "id,price,qty,quote_qty,time,is_buyer_maker", "{id},{p},{q},{p},{ts},{flag}"),
        "20131008_spy_Trade_Tick.csv": _lines("", "{of_day},{cents},100,P,0,0"),
        "utf16.csv": csv.decode().encode("utf-16"),
        "tabs.tsv": csv.replace(b",", b"\t").replace(b"buy", b"B").replace(b"sell", b"S"),
        "coded.csv": _lines("a title\n# of two lines\nts,price,qty,side",
                            "{ts},{p},{q},{zero_one}"),
        "scaled.csv": _lines("ts,c,qty", "{ns},{cents},{signed}"),
        "local.csv": _lines("date;time;price;qty;side",
                            "20.08.2024;{clock};{comma};{comma};{side}"),
        **_json_answers(), "ccxt.json.gz": gzip.compress(_json_answers()["ccxt.json"]),
        "raw.json": _raw_json(), "lines.jsonl": _json_lines(),
        "own.zst": _tick_file(),
        "t.dbn": _dbn(), "t.dbn.zst": zstandard.compress(_dbn()),
        "plain.parquet": _parquet(compression="none"), "zstd.parquet": _parquet(compression="zstd"),
        "delta.parquet": _parquet(use_dictionary=False, column_encoding={
            "symbol": "DELTA_BYTE_ARRAY", "side": "PLAIN"}, data_page_version="2.0"),
        "t.arrow": _arrow(False), "coded.arrow": _arrow(False, encoded=True),
        "zstd.arrow": _arrow(False, "zstd"), "t.arrows": _arrow(True),
        "lz4.arrows": _arrow(True, "lz4", encoded=True),
    }
    packed = {"gz": gzip.compress(csv), "bz2": bz2.compress(csv), "xz": lzma.compress(csv),
              "zst": zstandard.ZstdCompressor(write_checksum=True).compress(csv),
              "zip": _zip("t.csv", csv)}
    found.update({f"t.csv.{end}": data for end, data in packed.items()})
    found["t.parquet.gz"] = gzip.compress(found["zstd.parquet"])
    found["gz.zip"] = _zip("t.csv.gz", packed["gz"])
    return found
