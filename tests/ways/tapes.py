"""Tapes of text cells with random columns and random damage, in every form that holds text.

The sample is set to a few rows, so that what contradicts it comes soon.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq

Cells = dict[str, list[str | None]]
MS = 1_704_067_200_123
SAMPLE = 8
_SAMPLED = ("sample", "probe", "arrow", "json_records", "json_rows")


@contextlib.contextmanager
def small_sample(rows: int = SAMPLE) -> Iterator[None]:
    """Readings are decided from so many rows."""
    with contextlib.ExitStack() as patched:
        for module in _SAMPLED:
            patched.enter_context(patch(f"tickeng.files.sources.{module}.SAMPLE_ROWS", rows))
        yield


def _times(rng: random.Random, rows: int) -> tuple[list[str], list[str]]:
    """Cells, and what a damaged one may be."""
    steps = [MS + 7 * i for i in range(rows)]
    forms: list[Callable[[int], str]] = [
        str, lambda ms: str(ms * 1000), lambda ms: f"{ms / 1000:.3f}",
        lambda ms: _iso(ms) + "Z", _iso, lambda ms: _iso(ms) + "+02:00"]
    form = rng.choice(forms)
    return [form(ms) for ms in steps], [rng.choice(forms)(MS + 9), form(MS - 60_000), "x", "-1", ""]


def _iso(ms: int) -> str:
    stamp = dt.datetime.fromtimestamp(ms // 1000, dt.UTC).replace(tzinfo=None)
    return f"{stamp.isoformat()}.{ms % 1000:03d}"


def _some(rng: random.Random, values: list[str], rows: int) -> list[str]:
    return [rng.choice(values) for _ in range(rows)]


def tape(rng: random.Random) -> Cells:
    """A tape of trades, mostly sound."""
    rows = rng.randrange(1, 40)
    times, bad_times = _times(rng, rows)
    sides = rng.choice([["buy", "sell"], ["B", "S"], ["1", "-1"], ["Buy", " sell"], ["buy"]])
    columns: dict[str, tuple[list[str], list[str]]] = {
        "timestamp": (times, bad_times),
        "price": ([str(100 + i % 9 / 8) for i in range(rows)],
                  ["x", "", "-1", "0", "1e999", "nan"]),
        "qty": (_some(rng, ["1", "2.5", "0"], rows), ["x", "", "-1", "9223372036854775807"]),
        "side": (_some(rng, sides, rows), ["", "maybe", "bid", "0", "none"]),
    }
    others: dict[str, tuple[list[list[str]], list[str]]] = {
        "symbol": ([["BTC"], ["BTC", "ETH"], ["7", "7.0"], [" BTC", "BTC"], [""]],
                   ["", "NEW", "y" * 300, "a\x01"]),
        "exchange": ([["okx"], [""], ["okx", ""], ["N", "Q"]], ["bybit", "", "okx "]),
        "kind": ([["trade"], [""], ["x"], ["trade", "fill"]], ["quote", "", "TRADE ", "Trade"]),
        "status": ([["filled"], ["", "filled"], [""]], ["cancelled", "", "done"]),
        "id": ([[]], ["", "x", "12345678901234567890"]),
        "local_timestamp": ([[]], ["", "x", "17", str(MS // 1000)]),
    }
    for name in rng.sample([*others], rng.randrange(len(others))):
        values, damage = others[name]
        if name == "id":
            cells = [str(i + 5) for i in range(rows)]
        elif name == "local_timestamp":
            cells = [str(MS + 7 * i + 2) for i in range(rows)]
        else:
            cells = _some(rng, rng.choice(values), rows)
        columns[name] = cells, damage
    for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
        cells, damage = columns[rng.choice([*columns])]
        cells[rng.randrange(rows)] = rng.choice(damage)
    for _ in range(rng.choice([0, 0, 1, 3])):  # late rows
        a, b = rng.randrange(rows), rng.randrange(rows)
        for cells, _ in columns.values():
            cells[a], cells[b] = cells[b], cells[a]
    return {name: [cell or None for cell in cells] for name, (cells, _) in columns.items()}


def options(rng: random.Random, cells: Cells) -> dict[str, object]:
    """Options that a user may give for the tape."""
    given: dict[str, object] = {}
    if rng.random() < 0.3 and "kind" in cells:
        given["keep"] = rng.choice(["trade", "trade,fill", '""', "quote,trade"])
    if rng.random() < 0.2 and {"symbol", "exchange"} <= cells.keys():
        given["map"] = {"symbol": rng.choice(["symbol", "exchange+symbol", "exchange"])}
    if rng.random() < 0.2:
        given["tz"] = "America/New_York"
    if rng.random() < 0.1:
        given["sides"] = {"buy": ["buy", "B"], "sell": ["sell", "S"], "unknown": ["*"]}
    if rng.random() < 0.1:
        given["infer_side"] = "tick"
    if rng.random() < 0.1:
        given["symbol_name"] = "ONE"
    if rng.random() < 0.1 and "local_timestamp" in cells:
        given["clock"] = "recv"
    return given


def files(folder: Path, cells: Cells) -> list[Path]:
    """The tape as text, JSON, Parquet and Arrow."""
    rows = list(zip(*cells.values(), strict=True))
    records = [dict(zip(cells, row, strict=True)) for row in rows]
    text = [",".join(cell or "" for cell in row) for row in rows]
    (folder / "t.csv").write_text("\n".join([",".join(cells), *text]) + "\n")
    (folder / "t.tsv").write_text("\n".join(["\t".join(cells), *("\t".join(
        cell or "" for cell in row) for row in rows)]) + "\n")
    (folder / "t.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (folder / "t.json").write_text(json.dumps({"data": records}))
    (folder / "l.json").write_text(json.dumps([[*cells], *rows]))
    table = table_of(cells)
    pq.write_table(table, folder / "t.parquet", row_group_size=5)
    with pa.ipc.new_file(folder / "t.arrow", table.schema) as sink:
        sink.write_table(table, max_chunksize=3)
    return [folder / name for name in ("t.csv", "t.tsv", "t.jsonl", "t.json", "l.json",
                                       "t.parquet", "t.arrow")]


def table_of(cells: Cells) -> pa.Table:
    """The tape in memory."""
    return pa.table({name: pa.array(column, pa.string()) for name, column in cells.items()})
