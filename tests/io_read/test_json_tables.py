"""JSON that is one table: refused with a line that turns it, and that line is typed here."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import tickeng as te
from tickeng.errors import DataError

MS = 1_700_000_000_000
NAMES = ["timestamp", "price", "qty", "side"]


def lines(rows: int) -> list[list[Any]]:
    return [[MS + i, 100 + i % 8 / 10, 1.0, ("buy", "sell")[i % 2]] for i in range(rows)]


def split(rows: int) -> dict[str, Any]:
    return {"columns": NAMES, "index": list(range(rows)), "data": lines(rows)}


def lists(rows: int) -> dict[str, Any]:
    return {name: [line[i] for line in lines(rows)] for i, name in enumerate(NAMES)}


TABLES = {
    "split": split,
    "split inside": lambda rows: {"status": "ok", "result": {"trades": split(rows)}},
    "lists": lists,
    "lists inside": lambda rows: {"code": 0, "data": lists(rows)},
    "columns": lambda rows: {name: dict(zip(map(str, range(rows)), cells, strict=True))
                             for name, cells in lists(rows).items()},
    "columns with an index": lambda rows: {
        name: {f"row {i}": cell for i, cell in enumerate(cells)}
        for name, cells in [*lists(rows).items()][1:] + [*lists(rows).items()][:1]},
    "index": lambda rows: {str(i): dict(zip(NAMES, line, strict=True))
                           for i, line in enumerate(lines(rows))},
    "index of times": lambda rows: {f"2023-11-14T{i}": dict(zip(NAMES, line, strict=True))
                                    for i, line in enumerate(lines(rows))},
}


def typed(folder: Path, name: str) -> te.Table:
    """What is read once the line of the refusal has been typed."""
    with pytest.raises(DataError, match="is JSON that is one table, not rows: python -c ") as told:
        te.read(folder / name)
    found = re.search(r"python (-c '.*') writes its rows to (.*)$", str(told.value))
    assert found is not None
    subprocess.run([sys.executable, *shlex.split(found[1])], check=True, cwd=folder)
    return te.read(folder / found[2])


@pytest.mark.parametrize("rows", [5, 20_000])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("shape", TABLES)
def test_a_table_is_turned_by_what_the_refusal_says(tmp_path: Path, shape: str, rows: int,
                                                    indent: int | None) -> None:
    (tmp_path / "t.json").write_text(json.dumps(TABLES[shape](rows), indent=indent))
    table = typed(tmp_path, "t.json")
    assert table["ts_ns"].tolist() == [(MS + i) * 10**6 for i in range(rows)]
    assert table["price"].tolist() == [100 + i % 8 / 10 for i in range(rows)]
    assert table["side"].tolist() == [1 - i % 2 * 2 for i in range(rows)]


def test_a_table_that_is_packed_is_turned_as_well(tmp_path: Path) -> None:
    (tmp_path / "it's.json.gz").write_bytes(gzip.compress(json.dumps(split(5)).encode()))
    assert len(typed(tmp_path, "it's.json.gz")) == 5


@pytest.mark.parametrize("form", ["list", "pretty", "lines", "pages"])
def test_a_list_of_rows_may_begin_with_their_names(tmp_path: Path, form: str) -> None:
    rows = [NAMES, *lines(5)]
    text = {"list": json.dumps(rows), "pretty": json.dumps(rows, indent=1),
            "lines": "\n".join(map(json.dumps, rows)),
            "pages": "\n".join(json.dumps({"data": [NAMES, line]}) for line in lines(5))}[form]
    (tmp_path / "t.json").write_text(text)
    table = te.read(tmp_path / "t.json")
    assert table["ts_ns"].tolist() == [(MS + i) * 10**6 for i in range(5)]
    assert table.counters["rejected"] == 0


@pytest.mark.parametrize("value", [
    {"error": [], "result": {"X": [["1.5", "2", 1_700_000_000.1, side, "m", ""] for side in "bs"],
                            "last": "1"}},
    {"data": [{"ids": [1, 2], "timestamp": MS, "price": 1.5, "qty": 2, "side": "buy"}]},
    {"timestamp": MS, "price": 1.5, "qty": 2, "side": "buy", "a": [1], "b": [2], "c": [3]},
    {"data": {"list": [dict(zip(NAMES, line, strict=True)) for line in lines(3)]}},
])
def test_objects_that_hold_lists_are_no_tables(tmp_path: Path, value: Any) -> None:
    (tmp_path / "t.json").write_text(json.dumps(value))
    assert len(te.read(tmp_path / "t.json")) >= 1
