"""What a layout is: a file as its maker writes it, what a user types, and its right reading.

The truth is written down after the makers' documentation, never computed by tickeng. A file's
cells are kept apart from its form (delimiter, container, JSON, Parquet), so that one cell, name
or unit can be changed and the right reading of the changed file still be known.
Trap: a role is a position, not a name; a layout without roles is never changed.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

Cells = list[list[Any]]


class Trade(NamedTuple):
    """One right row; a symbol of None is not compared."""

    ts_ns: int
    price: float
    qty: float
    side: int
    symbol: str | None = None


def ns(text: str) -> int:
    """Nanoseconds UTC of an ISO time, exact to the last of nine digits."""
    whole, _, fraction = text.partition(".")
    moment = dt.datetime.fromisoformat(whole).replace(tzinfo=dt.UTC)
    return int(moment.timestamp()) * 10**9 + int((fraction + "0" * 9)[:9])


def trades(text: str) -> tuple[Trade, ...]:
    """Lines `UTC price qty side [symbol]`; side is +, - or 0."""
    sides = {"+": 1, "-": -1, "0": 0}
    rows = (line.split() for line in text.strip().splitlines())
    return tuple(Trade(ns(r[0]), float(r[1]), float(r[2]), sides[r[3]], *r[4:5]) for r in rows)


@dataclass(frozen=True)
class Text:
    """Delimited text. ``roles`` names the columns by position, "-" for what is not read."""

    names: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]
    roles: tuple[str, ...]
    delimiter: str = ","
    above: str = ""  # lines above the header
    below: str = ""
    encoding: str = "utf-8"
    container: str = ""  # "gz" or "zip:MEMBER"
    newline: str = "\n"
    quotes: bool = False

    def encoded(self) -> bytes:
        lines = io.StringIO()
        writer = csv.writer(lines, delimiter=self.delimiter, lineterminator=self.newline,
                            quoting=csv.QUOTE_ALL if self.quotes else csv.QUOTE_MINIMAL)
        if self.names is not None:
            writer.writerow(self.names)
        writer.writerows(self.rows)
        return packed((self.above + lines.getvalue() + self.below).encode(self.encoding),
                      self.container)


@dataclass(frozen=True)
class Records:
    """JSON: an array, one object a line, or records inside an envelope."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    roles: tuple[str, ...]
    form: str = "array"  # "array", "lines", "lists" or an envelope such as '{"data": %}'
    container: str = ""

    def encoded(self) -> bytes:
        found: list[Any] = [dict(zip(self.names, row, strict=True)) for row in self.rows]
        if self.form == "lines":
            text = "".join(json.dumps(record) + "\n" for record in found)
        elif self.form.startswith("each "):
            shape = self.form.removeprefix("each ")
            text = "".join(shape.replace("%", json.dumps(record)) + "\n" for record in found)
        else:
            lists = [list(row) for row in self.rows]
            text = json.dumps(lists if self.form == "lists" else found)
            text = self.form.replace("%", text) if "%" in self.form else text
        return packed(text.encode(), self.container)


@dataclass(frozen=True)
class Columns:
    """Parquet, Arrow file, stream or Feather; ``types`` are Arrow type names by column."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    roles: tuple[str, ...]
    types: tuple[Any, ...]
    form: str = "parquet"
    metadata: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        import pyarrow as pa
        import pyarrow.feather as feather
        import pyarrow.parquet as pq

        cells = [list(column) for column in zip(*self.rows, strict=True)]
        arrays = [pa.array(column, type=type_)
                  for column, type_ in zip(cells, self.types, strict=True)]
        table = pa.table(arrays, names=list(self.names))
        table = table.replace_schema_metadata(self.metadata or None)
        out = io.BytesIO()
        if self.form == "parquet":
            pq.write_table(table, out)
        elif self.form == "feather":
            feather.write_feather(table, out)
        else:
            new = pa.ipc.new_stream if self.form == "arrows" else pa.ipc.new_file
            with new(out, table.schema) as writer:
                writer.write_table(table)
        return out.getvalue()


@dataclass(frozen=True)
class Bytes:
    """Content that is never changed."""

    data: bytes

    def encoded(self) -> bytes:
        return self.data


def packed(data: bytes, container: str) -> bytes:
    if container == "gz":
        return gzip.compress(data, mtime=0)
    if container.startswith("zip:"):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(container.removeprefix("zip:"), data)
        return out.getvalue()
    return data


def text(body: str, roles: str, *, header: bool = True, delimiter: str = ",",
         **form: Any) -> Text:
    """Text of a body whose first line is the header."""
    lines = body.strip("\n").splitlines()
    cells = [tuple(row) for row in csv.reader(lines, delimiter=delimiter)]
    names = cells.pop(0) if header else None
    return Text(names, tuple(cells), tuple(roles.split()), delimiter, **form)


def records(names: str, rows: Sequence[Sequence[Any]], roles: str, **form: Any) -> Records:
    """Records of keys and rows of values."""
    return Records(tuple(names.split()), tuple(tuple(row) for row in rows),
                   tuple(roles.split()), **form)


@dataclass(frozen=True)
class Layout:
    """One public layout.

    ``given`` are options a user types at once (a file without header cannot be read otherwise),
    ``asks`` those which tickeng has to ask for by name, one refusal after another; after them the
    reading is ``truth``. ``refuses``: a refusal that has one of these words, whatever is typed.
    ``known``: the format says what is asked, so it may also be read without the question.
    ``may_refuse``: words of a refusal that is as good as the reading.
    """

    name: str
    source: str
    file: str
    content: Text | Records | Columns | Bytes
    truth: tuple[Trade, ...] = ()
    given: dict[str, Any] = field(default_factory=dict)
    asks: dict[str, Any] = field(default_factory=dict)
    refuses: tuple[str, ...] = ()
    known: bool = False
    may_refuse: tuple[str, ...] = ()

    def options(self) -> dict[str, Any]:
        return merged(self.given, self.asks)

    def changed(self, content: Any, truth: Sequence[Trade]) -> Layout:
        return replace(self, content=content, truth=tuple(truth))


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Both; two maps are one."""
    both = {**first, **second}
    if "map" in first and "map" in second:
        both["map"] = {**first["map"], **second["map"]}
    return both
