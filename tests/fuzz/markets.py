"""Small sound files of quotes, books and changes of books, one for each way of reading them, and
what must hold of every event that is read from their mutants."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from tests.io_read import dbn_files
from tickeng.files.batch import VALUES, EventBatch

ROWS, LEVELS, NOTHING = 60, 3, -(2**63)
TS_US = 1_723_161_255_000_000 + 7_000 * np.arange(ROWS)
KINDS = (*VALUES, "several")
Rows = list[dict[str, Any]]


def _mid(i: int) -> float:
    return 100.0 + i % 37 / 10


def quotes() -> Rows:
    """A row each; every ninth has no ask."""
    return [{"timestamp": int(TS_US[i]), "symbol": ("AB", "CD")[i % 2], "bid_price": _mid(i) - 0.1,
             "bid_qty": 1.0 + i % 5, "ask_price": None if i % 9 == 4 else _mid(i) + 0.1,
             "ask_qty": None if i % 9 == 4 else 2.0 + i % 3} for i in range(ROWS)]


def books() -> Rows:
    """A column for each level."""
    return [{"timestamp": int(TS_US[i])} | {
        f"{side}_{what}_{level}": round(_mid(i) + way * 0.1 * level, 4) if what == "price"
        else 1.0 + (i + level) % 7
        for level in range(1, LEVELS + 1) for side, way in (("bid", -1), ("ask", 1))
        for what in ("price", "qty")} for i in range(ROWS)]


def books_in_lists() -> Rows:
    """A side is a list of price and quantity; their lengths differ from row to row."""
    return [{"timestamp": int(TS_US[i]),
             "bids": [[_mid(i) - 0.1 * k, 1.0 + k] for k in range(1, 2 + i % 4)],
             "asks": [[_mid(i) + 0.1 * k, 2.0 + k] for k in range(1, 2 + i % 3)]}
            for i in range(ROWS)]


def changes() -> Rows:
    """Tardis' layout: a snapshot of eight rows, then messages of one to three rows."""
    message = [0 if i < 8 else 1 + (i - 8) // 2 for i in range(ROWS)]
    return [{"exchange": "xyz", "symbol": "AB", "timestamp": int(TS_US[message[i]]),
             "local_timestamp": int(TS_US[message[i]]) + 900,
             "is_snapshot": "true" if i < 8 else "false", "side": ("bid", "ask")[i % 2],
             "price": 100.0 + (1 if i % 2 else -1) * (1 + i // 2 % 9), "amount": float(i % 4)}
            for i in range(ROWS)]


def numbered() -> Rows:
    """The same with numbers of updates, which follow each other."""
    return [{"symbol": row["symbol"], "timestamp": row["timestamp"],
             "first_update_id": (at := (row["timestamp"] - int(TS_US[0])) // 7_000 * 10),
             "last_update_id": at + 9, "pu": at - 1, "side": row["side"][0],
             "update_type": "snap" if row["is_snapshot"] == "true" else "set",
             "price": row["price"], "qty": row["amount"]} for row in changes()]


def _csv(rows: Rows) -> bytes:
    cells = [",".join("" if value is None else str(value) for value in row.values())
             for row in rows]
    return "\n".join([",".join(rows[0]), *cells, ""]).encode()


def _lines(rows: Rows) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _parquet(rows: Rows) -> bytes:
    data = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), data, row_group_size=25, compression="zstd")
    return data.getvalue()


def _arrow(rows: Rows, new: Callable[..., Any] = pa.ipc.new_file) -> bytes:
    table, data = pa.Table.from_pylist(rows), io.BytesIO()
    with new(data, table.schema) as writer:
        writer.write_table(table, max_chunksize=25)
    return data.getvalue()


def _dbn(schema: str) -> bytes:
    def level(i: int, k: int) -> tuple[int, int, int, int]:
        return (100 + i - k) * 10**9, (102 + i + k) * 10**9, 1 + k, 2 + k

    head = dbn_files.metadata(schema, [("ESH1", [("2020-12-28", "2020-12-30", 7)])])
    return head + b"".join(
        dbn_files.record(schema, event=dbn_files.START + 1000 * (i - i % 3 // 2),
                         flags=0 if i % 3 == 1 else dbn_files.LAST, action="AT"[i % 2],
                         levels=[level(i, k) for k in range(dbn_files.LEVELS.get(schema, 1))])
        for i in range(ROWS))


def files() -> dict[str, bytes]:
    """Name -> content."""
    tables = {"quotes": quotes(), "books": books(), "lists": books_in_lists(),
              "changes": changes(), "numbered": numbered()}
    found = {f"{name}.{end}": write(rows) for name, rows in tables.items()
             for end, write in (("csv", _csv), ("jsonl", _lines), ("parquet", _parquet),
                                ("arrow", _arrow))
             if (name, end) != ("lists", "csv")}
    found["lists.arrows"] = _arrow(tables["lists"], pa.ipc.new_stream)
    found["changes.csv.gz"] = gzip.compress(found["changes.csv"])
    found["books.json"] = json.dumps(tables["lists"]).encode()
    found["20131009_bac_Quote_Tick.csv"] = "".join(
        f"{14_400_000 + 7 * i},{1_400_000 - i % 3 * 100 if i % 2 else 0},{i % 2 * 100},"
        f"{0 if i % 2 else 1_401_000 + i % 3 * 100},{(1 - i % 2) * 200},P,0,0\n"
        for i in range(ROWS)).encode()
    found |= {f"{schema}.dbn": _dbn(schema) for schema in ("mbp-1", "mbp-10", "tbbo", "bbo-1s")}
    return found | {"mbp-10.dbn.zst": zstandard.compress(found["mbp-10.dbn"])}


_KIND_OF = {"quotes": "quote", "books": "book", "lists": "book", "changes": "delta",
            "numbered": "delta", "20131009_bac_Quote_Tick": "quote", "mbp-1": "quote",
            "mbp-10": "book", "tbbo": "trade", "bbo-1s": "quote"}


def kind_of(name: str) -> str:
    """The kind of the events of one of the files; "" of any other."""
    return _KIND_OF.get(name.partition(".")[0], "")


def clock_of(name: str) -> str:
    """The kind of rows that a replay of it writes, whose bids are read."""
    return {"quote": "quote", "book": "book", "delta": "book"}.get(kind_of(name), "")


def require_sound(batch: EventBatch) -> None:
    """Every event has values that the engine takes: what cannot be one was refused.

    Raises AssertionError.
    """
    if not len(batch):
        return
    batch = batch.accepted()
    kind, values = batch.kind, batch.values
    if kind == "delta":
        price, qty = values["price"], values["qty"]
        assert len(price) == int(values["bids"].sum(dtype=np.int64) + values["asks"].sum(
            dtype=np.int64)), "levels without a message"
        assert (price > 0).all() and np.isfinite(price).all(), "a level without a price"
        assert (qty >= 0).all() and np.isfinite(qty).all(), "a level without a quantity"
    elif kind == "trade":
        assert (values["price"] > 0).all() and np.isfinite(values["price"]).all(), "a price"
        assert (values["qty"] >= 0).all() and np.isfinite(values["qty"]).all(), "a quantity"
        assert np.isin(values["side"], (-1, 0, 1)).all(), "a side"
    else:
        for side, way in (("bid", -1), ("ask", 1)):
            _require_ladder(values[side], values[f"{side}_qty"], way)


def _require_ladder(price: np.ndarray, qty: np.ndarray, way: int) -> None:
    price, qty = (column.reshape(len(column), -1) for column in (price, qty))
    empty = np.isnan(price)
    assert (price[~empty] > 0).all() and np.isfinite(price[~empty]).all(), "a level's price"
    assert (qty >= 0).all() and np.isfinite(qty).all(), "a level's quantity"
    assert (qty[empty] == 0).all(), "a quantity without a price"
    assert (empty[:, 1:] >= empty[:, :-1]).all(), "a level behind an empty one"
    rising = way * (price[:, 1:] - price[:, :-1]) > 0
    assert (rising | empty[:, 1:]).all(), "prices do not lead away from the touch"


def _of_levels(bid: list[float], qty: list[float]) -> EventBatch:
    ask = [300.0 + k for k in range(len(bid))]
    levels = {"bid": bid, "bid_qty": qty, "ask": ask, "ask_qty": [1.0] * len(bid)}
    return EventBatch.of("book", {"ts_ns": TS_US[:1] * 1000} | {
        name: [column] for name, column in levels.items()}, ["AB"])


def _of_changes(price: list[float]) -> EventBatch:
    message = {name: [0] for name in ("snapshot", "first", "last", "previous", "asks")}
    return EventBatch.of("delta", {"ts_ns": TS_US[:1] * 1000, **message, "bids": [len(price)],
                                   "price": price, "qty": [1.0] * len(price)}, ["AB"])


# Events that must not come from a reader, by what is wrong.
UNSOUND: dict[str, Callable[[], EventBatch]] = {
    "ladder": lambda: _of_levels([100.0, 101.0], [1.0, 1.0]),
    "hole": lambda: _of_levels([100.0, np.nan, 99.0], [1.0, 0.0, 1.0]),
    "quantity": lambda: _of_levels([100.0, np.nan], [1.0, 1.0]),
    "nan": lambda: _of_changes([100.0, np.nan]),
}
