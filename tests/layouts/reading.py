"""Reads a layout as a user does: by the command, by `tickeng.read`, and on into the engine.

A user types what is certain, and then what the refusal asks for by name, until the file is read or
the refusal names nothing that the user knows.
Trap: a refusal that names an option only in prose does not count; the command has to say
`--sides`, Python `sides=`.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import tickeng
from tests.layouts.entry import Layout, Trade, merged
from tickeng.reading import read
from tickeng_cli import app

USAGE, BAD_DATA = 2, 3


@dataclass
class Result:
    """Rows, or a refusal: its exit code and its sentence; and what was asked for before."""

    rows: tuple[Trade, ...] = ()
    code: int = 0
    text: str = ""
    asked: list[str] = field(default_factory=list)
    table: Any = None

    @property
    def refused(self) -> bool:
        return self.code != 0

    def __str__(self) -> str:
        if self.refused:
            return f"refused ({self.code}): {self.text.strip()[-400:]}"
        return "read " + "; ".join(" ".join(map(str, row)) for row in self.rows)


def words(options: dict[str, Any]) -> list[str]:
    """Options as they are typed after the command."""
    found: list[str] = []
    for name, value in options.items():
        if name == "map":
            for role, column in value.items():
                found += ["--map", f"{role}={column}"]
            continue
        if name == "sides":
            value = ",".join(f"{side}={'|'.join(map(_side_value, values))}"
                             for side, values in value.items())
        elif isinstance(value, (list, tuple)):
            value = ",".join(map(str, value))
        found += ["--" + name.replace("_", "-"), str(value)]
    return found


def _side_value(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return '""' if text == "" else re.sub(r"([,|=])", r"\\\1", text)


def run_command(*arguments: str) -> tuple[int, str]:
    """(exit code, what it said) of the command, in this process."""
    said, out = io.StringIO(), io.TextIOWrapper(io.BytesIO())
    with (patch.object(sys, "argv", ["tickeng", *arguments]), contextlib.redirect_stderr(said),
          contextlib.redirect_stdout(out)):
        try:
            app.main()
            code = 0
        except SystemExit as stopped:
            code = int(stopped.code or 0)
    assert "Traceback" not in said.getvalue()
    return code, said.getvalue()


def _is_of_no_trades(out: Path) -> bool:
    names = out.read_text().partition("\n")[0].split(",")
    return "price" not in names or "message" in names  # of levels that changed


def by_command(path: Path, options: dict[str, Any]) -> Result:
    out = path.parent / "out.of.convert.csv"
    out.unlink(missing_ok=True)
    code, said = run_command("convert", str(path), "-o", str(out), *words(options))
    if code and "--kind trade picks one" in said:
        code, said = run_command("convert", str(path), "-o", str(out), "--kind", "trade",
                                 *words(options))
    elif not code and _is_of_no_trades(out):
        code, said = run_command("replay", str(path), *words(options))
        assert code, f"ran {path.name} as trades"
    said = said.replace(str(path), path.name)
    if code:
        return Result(code=code, text=said)
    with out.open(newline="") as file:
        rows = tuple(Trade(int(r["ts_ns"]), float(r["price"]), float(r["qty"]), int(r["side"]),
                           r["symbol"]) for r in csv.DictReader(file))
    return Result(rows, text=said)


def by_read(path: Path, options: dict[str, Any]) -> Result:
    try:
        table = read(path, **options)
    except tickeng.TickengError as error:
        return Result(code=error.exit_code or BAD_DATA, text=str(error))
    if table.kind != "trade":
        try:
            tickeng.Engine().run(table)
        except tickeng.DataError as error:
            return Result(code=BAD_DATA, text=str(error), table=table)
        raise AssertionError(f"ran {table} as trades")
    symbols = [str(name) for name in table["symbol"]]
    rows = zip(table["ts_ns"].tolist(), table["price"].tolist(), table["qty"].tolist(),
               table["side"].tolist(), symbols, strict=True)
    return Result(tuple(Trade(*row) for row in rows), table=table)


Reader = Callable[[Path, dict[str, Any]], Result]
READERS: dict[str, Reader] = {"command": by_command, "read": by_read}


def names_option(text: str, option: str, by: str) -> bool:
    if by == "command":
        return re.search(rf"--{option.replace('_', '-')}(?![\w-])", text) is not None
    return re.search(rf"\b{option}=", text) is not None


def converse(layout: Layout, folder: Path, by: str) -> Result:
    """What comes out when the user answers what is asked."""
    path = folder / layout.file
    path.write_bytes(layout.content.encoded())
    options, asked = dict(layout.given), []
    while True:
        result = READERS[by](path, options)
        named = [name for name in layout.asks if name not in asked
                 and names_option(result.text, name, by)]
        if not result.refused or not named:
            result.asked = asked
            return result
        asked += named
        options = merged(options, {name: layout.asks[name] for name in named})


def read_answering(layout: Any, path: Path) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The table of quotes, books or changes, after what is asked for was answered, the options that
    were given in the end, and those of them that were asked for."""
    options, asked = layout.given, {}
    while True:
        try:
            return read(path, **options), options, asked
        except tickeng.DataError as error:
            named = {name: value for name, value in layout.asks.items()
                     if name not in asked and names_option(str(error), name, "read")}
            if not named:
                raise
            asked |= named
            options = merged(options, named)


def same(rows: tuple[Trade, ...], truth: tuple[Trade, ...]) -> bool:
    """Equal in every number; in the symbol where the truth has one, else of one instrument."""
    if len(rows) != len(truth) or [r[:4] for r in rows] != [t[:4] for t in truth]:
        return False
    if any(t.symbol is not None for t in truth):
        return [r.symbol for r in rows] == [t.symbol for t in truth]
    return len({row.symbol for row in rows}) <= 1
