"""Delimited text whose columns have names: from its header line, or given for a file without one.

Delimiter (comma, tab, semicolon, bar) by count in the first line. A line is a header if no field in
it begins as a number does.
"""

from __future__ import annotations

import csv
import re

from tickeng import _io
from tickeng.errors import DataError
from tickeng.sources.batch import Reader
from tickeng.sources.columns import assign_roles
from tickeng.sources.options import Layout
from tickeng.sources.probe import Probe
from tickeng.sources.text import TextReader

_NUMBER = re.compile(r"\s*[-+.]?\d")


def delimiter_of(line: str) -> str:
    return max(",\t;|", key=line.count)


def split_line(line: str, delimiter: str) -> list[str]:
    """Raises DataError where no field can be that long."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise DataError(f"row 1: is no line of columns ({error})") from None


def is_header(fields: list[str]) -> bool:
    return not any(_NUMBER.match(field) for field in fields)


class Delimited:
    """The last format asked: it takes any text, and says what is missing."""

    name = "csv"

    def recognise(self, probe: Probe) -> bool:
        return bool(probe.lines)

    def open(self, probe: Probe) -> Reader:
        if not probe.lines:
            raise DataError("holds no lines of text")
        line, line_end = probe.lines[0]
        delimiter = delimiter_of(line)
        first = split_line(line, delimiter)
        columns, has_header = self._columns(probe, first)
        assigned = assign_roles(columns, probe.options.columns)
        data = probe.lines[has_header:]
        if "id" in assigned.index and data:
            self._drop_text_id(assigned.index, split_line(data[0][0], delimiter))
        roles = assigned.roles(len(columns))
        if probe.options.symbol:  # one name for all rows
            roles = tuple("ignore" if role == "symbol" else role for role in roles)
        clock_of = probe.options.clock_of
        layout = Layout(roles, delimiter, clock_of(assigned.ts_unit), clock_of(assigned.recv_unit))
        return TextReader(
            self.name, _io.csv_trades(layout), probe.content, columns=columns, roles=roles,
            symbol=None if "symbol" in roles else probe.symbol,
            block_rows=probe.options.block_rows, skip_bytes=line_end if has_header else 0,
        )

    def _columns(self, probe: Probe, first: list[str]) -> tuple[list[str], bool]:
        given, has_header = probe.options.header, is_header(first)
        if given is None and not has_header:
            raise DataError(f"row 1: {','.join(first)[:100]!r} is no header and no known format; "
                            "name the columns with --header, such as --header time,price,qty,side")
        if given is not None and len(given) != len(first):
            raise DataError(f"has {len(first)} columns, --header names {len(given)}")
        return list(given if given is not None else (name.strip() for name in first)), has_header

    def _drop_text_id(self, index: dict[str, int], row: list[str]) -> None:
        """An id that is no integer (a UUID, say) is not read; rows are not refused for it."""
        field = row[index["id"]] if index["id"] < len(row) else ""
        if not re.fullmatch(r"\s*\d+\s*", field):
            del index["id"]


FORMAT = Delimited()
