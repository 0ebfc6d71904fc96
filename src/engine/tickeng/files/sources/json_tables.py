"""JSON that is one table and no list of rows, as pandas writes it: told, and what turns it.

Its members are columns, or rows under their index, or the names and the rows apart; the whole may
lie in another object. To read it is to hold it, so that it is refused with a line that writes its
rows as a list, which is then read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from tickeng.errors import DataError
from tickeng.files.sources.columns import PRICES, plain
from tickeng.files.sources.foreign import quoted
from tickeng.files.sources.json_stream import TOKEN

_FEWEST = 3  # columns: time, price, quantity
_DEPTH = 3
_OPENERS = {"plain": "open", "gzip": "gzip.open", "bzip2": "bz2.open", "xz": "lzma.open"}


def check_is_no_table(text: str, file: str, container: str) -> None:
    """Raises DataError for a table, of which `text` may be but the beginning."""
    value, whole = _beginning(text) if text.lstrip().startswith("{") else (None, True)
    rows = next(_rows(value, "d", whole, _DEPTH), None) if isinstance(value, dict) else None
    if rows is None:
        return
    opener = _OPENERS.get(container, "open")
    module = f", {opener.partition('.')[0]}" if "." in opener else ""
    unpack = "" if container in _OPENERS else "unpack it, and then "
    out = f"{file.split('.')[0] or 'trades'}.rows.json"
    raise DataError(
        f"is JSON that is one table, not rows: {unpack}python -c 'import json{module}; "
        f"d = json.load({opener}({quoted(file)})); json.dump({rows}, open({quoted(out)}, \"w\"))' "
        f"writes its rows to {out}")


def _rows(table: dict[str, Any], name: str, whole: bool, depth: int) -> Iterator[str]:
    """Expressions of Python that make a list of rows of a table called `name`."""
    names, values = table.get("columns"), list(table.values())
    if not whole and len(values) > 1:
        values.pop()  # it may be cut
    if isinstance(names, list) and len(names) >= _FEWEST and all(
            isinstance(cell, str) for cell in names) and (not whole or "data" in table):
        yield f'[{name}["columns"], *{name}["data"]]'
    if all(isinstance(value, list) and _single(value) for value in values) and (
            _alike(values, whole)):
        yield f"[[*{name}], *zip(*{name}.values())]"
    if all(isinstance(value, dict) and _single(value.values()) for value in values):
        if _alike(values, whole) and (_has_price(table) or "0" in values[0]):
            yield f"[[*{name}], *zip(*(c.values() for c in {name}.values()))]"
        elif len(values) > 1 and values[0].keys() == values[1].keys() and _has_price(values[0]):
            yield f"list({name}.values())"
    for key, value in table.items() if depth else ():
        if isinstance(value, dict):
            yield from _rows(value, f"{name}[{quoted(key)}]", whole, depth - 1)


def _alike(values: list[Any], whole: bool) -> bool:
    """Whether these may be columns: enough of one length, or those that have come."""
    sizes = {len(value) for value in values}
    return len(sizes) == 1 and (not whole or len(values) >= _FEWEST)


def _has_price(names: Collection[str]) -> bool:
    return any(plain(name) in PRICES for name in names)


def _single(values: Collection[Any]) -> bool:
    """Whether there are values, and none of them is a list or an object."""
    return bool(values) and not any(isinstance(value, list | dict) for value in values)


def _beginning(text: str) -> tuple[Any, bool]:
    """The value of a text, or of as much of it as is complete, and whether that is all."""
    closing, end = "", 0
    closed = ""  # at the end of what is complete
    for token in TOKEN.finditer(text):
        sign = token[0]
        if sign in "[{":
            closing = ("]" if sign == "[" else "}") + closing
        elif sign in "]}":
            closing = closing[1:]
        elif sign == ",":
            end, closed = token.start(), closing
    try:
        if not closing:
            return json.loads(text), True
        return json.loads(text[:end] + closed), False
    except (ValueError, RecursionError):
        return None, False
