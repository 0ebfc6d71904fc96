"""One thing changed in a layout, with the right reading of the changed file.

Each change says what the file now means; () where no reading can be right, so that only a refusal
is. The reading may always be refused, it may never be another one.
Trap: a change that touches what the user has typed would be the user's fault, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tests.layouts.entry import Cells, Columns, Layout, Records, Text, Trade

Change = tuple[str, Any, tuple[Trade, ...]]
CODES = ((0, 1), (1, 0), (1, 2), (2, 1), (True, False), (False, True), ("A", "B"), ("B", "A"),
         ("bid", "ask"), ("ask", "bid"), ("long", "short"), ("short", "long"))
WORDS = (("BUY", "SELL"), ("b", "s"), ("Kauf", "Verkauf"), ("buyer", "seller"), (1, -1),
         ("+", "-"))


@dataclass
class Sheet:
    """The cells of a layout that may be changed, and the way back into its form."""

    content: Any
    names: list[str] | None
    rows: Cells
    roles: list[str]
    types: list[Any]

    @classmethod
    def of(cls, content: Any) -> Sheet:
        names = None if content.names is None else list(content.names)
        return cls(content, names, [list(row) for row in content.rows], list(content.roles),
                   list(getattr(content, "types", ())))

    def where(self, role: str) -> int | None:
        return self.roles.index(role) if role in self.roles else None

    def set(self, column: int, values: list[Any]) -> None:
        """Whole cells of a column; text in text files, else the type of the first value."""
        for row, value in zip(self.rows, values, strict=True):
            row[column] = str(value) if isinstance(self.content, Text) else value
        if isinstance(self.content, Columns):
            import pyarrow as pa

            self.types[column] = pa.array(values).type

    def insert(self, column: int, name: str, values: list[Any]) -> None:
        if self.names is not None:
            self.names.insert(column, name)
        for row in self.rows:
            row.insert(column, None)
        self.roles.insert(column, "-")
        self.types.insert(column, None)
        self.set(column, values)

    def drop(self, column: int) -> None:
        for cells in (self.names, self.roles, *self.rows, *([self.types] if self.types else [])):
            if cells is not None:
                cells.pop(column)

    def back(self, **form: Any) -> Any:
        if isinstance(self.content, Columns):
            form["types"] = tuple(self.types)
        return replace(self.content, names=None if self.names is None else tuple(self.names),
                       rows=tuple(tuple(row) for row in self.rows), roles=tuple(self.roles), **form)


def changes(layout: Layout) -> Iterator[Change]:
    """Every change that says something about this layout."""
    content = layout.content
    if not layout.truth or not getattr(content, "roles", ()):
        return
    if getattr(content, "form", "") == "lists":  # has no names to change
        yield from side_words(layout)
        return
    for change in (side_words, side_meaning, times, names, missing, quantities, prices,
                   instruments, kinds, columns):
        yield from change(layout)
    if isinstance(content, Text):
        yield from dress(layout)


def typed(layout: Layout, *options: str) -> bool:
    return any(option in layout.options() for option in options)


def side_words(layout: Layout) -> Iterator[Change]:
    """Another pair of words, with the same meaning."""
    if typed(layout, "sides", "side_is", "qty_sign", "infer_side") or any(
            role in layout.options().get("map", {}) for role in ("side",)):
        return
    for buy, sell in CODES + WORDS:
        sheet = Sheet.of(layout.content)
        column = sheet.where("side")
        if column is None:
            return
        kept = [i for i, row in enumerate(layout.truth) if row.side]
        sheet.rows = [sheet.rows[i] for i in kept]
        truth = tuple(layout.truth[i] for i in kept)
        sheet.set(column, [buy if row.side > 0 else sell for row in truth])
        yield f"side words {buy!r} {sell!r}", sheet.back(), truth


def side_meaning(layout: Layout) -> Iterator[Change]:
    """The same words under another name, none, or one that nobody knows."""
    if typed(layout, "sides", "side_is", "qty_sign", "infer_side"):
        return
    flipped = tuple(row._replace(side=-row.side) for row in layout.truth)
    for role, name, truth in (
            ("side", "maker_side", flipped), ("side", "taker_side", layout.truth),
            ("side", "seite", layout.truth), ("maker", "is_seller_maker", flipped),
            ("maker", "buyer_maker", layout.truth), ("maker", "maker", ()), ("maker", "flag", ())):
        sheet = Sheet.of(layout.content)
        column = sheet.where(role)
        if column is None or sheet.names is None or "side" in layout.options().get("map", {}):
            continue
        if len(sheet.names[column]) == 1:
            continue
        sheet.names[column] = name
        yield f"{role} named {name}", sheet.back(), truth
    for role in ("side", "maker"):
        sheet = Sheet.of(layout.content)
        column = sheet.where(role)
        if column is None:
            continue
        last = sheet.rows[-1][column]
        if isinstance(last, str) and last.strip("+-1"):
            sheet.rows[-1][column] = "perhaps"
            yield f"an unknown word in {role}", sheet.back(), ()
            sheet.set(column, [""] * len(sheet.rows))
            yield f"no word in {role}", sheet.back(), tuple(
                row._replace(side=0) for row in layout.truth)


def times(layout: Layout) -> Iterator[Change]:
    """Another unit or spelling of the same instants."""
    column = Sheet.of(layout.content).where("ts")
    if column is None or typed(layout, "time_unit", "time_format", "date", "clock"):
        return
    cells = [row[column] for row in layout.content.rows]
    whole = all(str(cell).isdigit() for cell in cells)

    def with_cells(values: list[Any]) -> Any:
        sheet = Sheet.of(layout.content)
        sheet.set(column, values)
        return sheet.back()

    utc = [f"{row.ts_ns // 10**9}.{row.ts_ns % 10**9:09d}" for row in layout.truth]
    name = (layout.content.names or [""] * 99)[column]
    if whole and not name.lower().endswith(("ns", "ms")):
        if len(str(cells[0])) <= 16:
            yield "unit 1000 finer", with_cells([int(cell) * 1000 for cell in cells]), layout.truth
        if isinstance(layout.content, Text):
            yield "unit seconds and a fraction", with_cells(utc), layout.truth
        minutes = [int(float(second)) // 60 for second in utc]
        yield "unit minutes", with_cells(minutes), layout.truth
    if isinstance(cells[0], str) and not whole and ("Z" in cells[0] or not typed(layout, "tz")):
        import datetime as dt

        moments = [dt.datetime.fromtimestamp(row.ts_ns // 10**9, dt.UTC) for row in layout.truth]
        fractions = [f".{row.ts_ns % 10**9:09d}" for row in layout.truth]
        for style in ("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%Y/%m/%d %H:%M:%S",
                      "%Y%m%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y%m%d%H%M%S"):
            texts = [f"{moment:{style}}{part}"
                     for moment, part in zip(moments, fractions, strict=True)]
            yield f"times as {style}", with_cells(texts), layout.truth


def names(layout: Layout) -> Iterator[Change]:
    """Other names for columns."""
    if layout.content.names is None or typed(layout, "map", "header", "time_columns"):
        return
    one = len({row.symbol for row in layout.truth}) == 1
    for role, name in (("price", "kurs"), ("qty", "menge"), ("ts", "zeitpunkt"),
                       ("symbol", "wertpapier"), ("symbol", "contract"), ("qty", "quote_volume"),
                       ("price", "mark_price"), ("qty", "cumulative_volume")):
        sheet = Sheet.of(layout.content)
        column = sheet.where(role)
        if column is None or sheet.names is None or name in sheet.names:
            continue
        if role == "ts" and "recv" in sheet.roles:
            continue  # the other clock may be read
        sheet.names[column] = name
        truth = layout.truth
        if role == "symbol" and one:
            truth = tuple(row._replace(symbol=None) for row in truth)
        if name in ("quote_volume", "mark_price", "cumulative_volume"):
            truth = ()
        yield f"{role} named {name}", sheet.back(), truth
    if not any(len(name) == 1 for name in layout.content.names):
        sheet = Sheet.of(layout.content)
        sheet.names = [name.upper() for name in sheet.names or []]
        yield "names in capitals", sheet.back(), layout.truth


def missing(layout: Layout) -> Iterator[Change]:
    """A column that is needed, gone; or the header. Without names a gap may not show."""
    if layout.content.names is None and not typed(layout, "header"):
        return
    roles = ["price", "qty", "signed", "side", "maker"]
    if "recv" not in layout.content.roles and "time" not in layout.content.roles and not any(
            "time" in name.lower() or "date" in name.lower() for role, name in zip(
                layout.content.roles, layout.content.names or (), strict=False) if role != "ts"):
        roles.append("ts")
    for role in roles:
        sheet = Sheet.of(layout.content)
        column = sheet.where(role)
        if column is None or (role in ("side", "maker") and typed(layout, "infer_side")):
            continue
        sheet.drop(column)
        yield f"no {role}", sheet.back(), ()
    if isinstance(layout.content, Text) and layout.content.names and not typed(layout, "header"):
        sheet = Sheet.of(layout.content)
        sheet.names = None
        yield "no header", sheet.back(), layout.truth


def quantities(layout: Layout) -> Iterator[Change]:
    """Negative quantities of sells, beside a side."""
    sheet = Sheet.of(layout.content)
    column = sheet.where("qty")
    cells = [row[column] for row in sheet.rows] if column is not None else []
    if column is None or not all(_number(cell) for cell in cells):
        return
    signs = [-1 if row.side < 0 else 1 for row in layout.truth]
    if -1 in signs:
        sheet.set(column, [_like(cell, Decimal(str(cell)) * sign)
                           for cell, sign in zip(cells, signs, strict=True)])
        yield "negative quantities of sells", sheet.back(), layout.truth


def prices(layout: Layout) -> Iterator[Change]:
    """Integers of 1e-9 where no price can be that high, and a null sentinel."""
    sheet = Sheet.of(layout.content)
    column = sheet.where("price")
    cells = [row[column] for row in sheet.rows] if column is not None else []
    if column is None or not all(_number(cell) for cell in cells):
        return
    if not typed(layout, "price_scale") and min(map(Decimal, map(str, cells))) >= 100:
        sheet.set(column, [int(Decimal(str(cell)) * 10**9) for cell in cells])
        yield "prices in 1e-9", sheet.back(), layout.truth
    if isinstance(layout.content, Text) and not typed(layout, "infer_side"):
        sheet = Sheet.of(layout.content)
        sheet.rows[1][column] = str(2**63 - 1)
        yield "a null sentinel for a price", sheet.back(), layout.truth[:1] + layout.truth[2:]


def instruments(layout: Layout) -> Iterator[Change]:
    """A second instrument, beside a column that says so."""
    if layout.content.names is None or typed(layout, "header"):
        return
    sheet = Sheet.of(layout.content)
    price, symbol = sheet.where("price"), sheet.where("symbol")
    if typed(layout, "infer_side") and len({row.symbol for row in layout.truth}) > 1:
        return  # the tick rule of the other instrument would mix theirs
    if price is None or not all(_number(row[price]) for row in sheet.rows):
        return
    other = [list(row) for row in sheet.rows]
    for row in other:
        row[price] = _like(row[price], Decimal(str(row[price])) * 50)
        if symbol is not None:
            row[symbol] = "OTHER" if isinstance(row[symbol], str) else 77
    rows = [row for pair in zip(sheet.rows, other, strict=True) for row in pair]
    many = [t for t in layout.truth for _ in range(2)]
    many = [t._replace(price=float(Decimal(str(t.price)) * 50)) if i % 2 else t
            for i, t in enumerate(many)]
    labels = ["ABC-1", "XYZ-2"] * len(other)
    sheet.rows = rows
    if symbol is None:
        named = tuple(t._replace(symbol=label) for t, label in zip(many, labels, strict=True))
        for name in ("contract", "isin", "asset", "security"):
            sheet.rows, sheet.names = [list(row) for row in rows], list(layout.content.names)
            sheet.roles, sheet.types = list(layout.content.roles), list(
                getattr(layout.content, "types", ()))
            sheet.insert(0, name, labels)
            yield f"a second instrument under {name}", sheet.back(), named
        return
    again = "OTHER" if isinstance(layout.content.rows[0][symbol], str) else "77"
    yield "a second instrument under its name", sheet.back(), tuple(
        t._replace(symbol=again) if i % 2 else t for i, t in enumerate(many))


def kinds(layout: Layout) -> Iterator[Change]:
    """Rows that are no trades, told by a column of their own."""
    if layout.content.names is None or typed(layout, "header", "infer_side", "keep"):
        return
    for name, trade, other in (("action", "T", "C"), ("event_type", "TRADE", "CANCEL"),
                               ("update_type", "trade", "snapshot"), ("type", "trade", "order")):
        sheet = Sheet.of(layout.content)
        if name in (sheet.names or []):
            continue
        sheet.insert(0, name, [(trade, other)[i % 2] for i in range(len(sheet.rows))])
        yield f"kinds under {name}", sheet.back(), layout.truth[::2]


def columns(layout: Layout) -> Iterator[Change]:
    """More columns, and other places."""
    if layout.content.names is None or typed(layout, "header"):
        return
    count = len(layout.content.rows)
    for name, values in (("mark_price", [1.5] * count), ("quote_volume", [9.25] * count),
                         ("open_interest", [1000] * count), ("fee", [0.5] * count),
                         ("date", ["2024-03-01"] * count), ("liquidation", [True] * count)):
        if name in layout.content.names or (name == "date" and not any(
                str(row[Sheet.of(layout.content).where("ts") or 0]).isdigit()
                for row in layout.content.rows)):
            continue
        sheet = Sheet.of(layout.content)
        sheet.insert(0, name, values)
        yield f"{name} in front", sheet.back(), layout.truth
    price = Sheet.of(layout.content).where("price")
    if price is not None and not isinstance(layout.content, Records):
        sheet = Sheet.of(layout.content)
        sheet.insert(0, layout.content.names[price], [1.5] * count)
        yield "a second price of the same name", sheet.back(), ()
    sheet = Sheet.of(layout.content)
    backwards = replace(layout.content, names=layout.content.names[::-1],
                        rows=tuple(row[::-1] for row in layout.content.rows),
                        roles=layout.content.roles[::-1],
                        **({"types": layout.content.types[::-1]} if sheet.types else {}))
    yield "columns in reverse", backwards, layout.truth


def dress(layout: Layout) -> Iterator[Change]:
    """The same cells in other text."""
    content: Text = layout.content  # type: ignore[assignment]
    for delimiter in ",;\t|":
        if delimiter != content.delimiter and not typed(layout, "delimiter"):
            yield f"delimiter {delimiter!r}", replace(content, delimiter=delimiter), layout.truth
    numbers = [i for i, role in enumerate(content.roles) if role in ("price", "qty", "signed")]
    if not typed(layout, "decimal"):
        comma = tuple(tuple(cell.replace(".", ",") if i in numbers else cell
                            for i, cell in enumerate(row)) for row in content.rows)
        yield "decimal commas", replace(content, rows=comma, delimiter=";"), layout.truth
    if not typed(layout, "encoding") and content.encoding == "utf-8":
        for encoding in ("utf-16", "utf-8-sig"):
            yield encoding, replace(content, encoding=encoding), layout.truth
    yield "carriage returns", replace(content, newline="\r\n"), layout.truth
    yield "quotes", replace(content, quotes=True), layout.truth
    if not content.above:
        yield "a line above", replace(content, above="Report of a venue\n"), layout.truth
        yield "a comment above", replace(content, above="# report\n"), layout.truth
    yield "a line below", replace(content, below="Total of all rows\n"), layout.truth
    if not content.container:
        yield "gzip", replace(content, container="gz"), layout.truth


def _number(cell: Any) -> bool:
    try:
        return Decimal(str(cell)).is_finite() and not isinstance(cell, (bool, bytes))
    except ArithmeticError:
        return False


def _like(cell: Any, number: Any) -> Any:
    """A number in the type of a cell."""
    return format(number, "f") if isinstance(cell, str) and isinstance(
        number, Decimal) else type(cell)(number)
