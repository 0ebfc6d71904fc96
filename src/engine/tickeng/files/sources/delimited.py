"""Delimited text whose columns have names: of its header line, or given where it has none."""

from __future__ import annotations

from typing import Any

from tickeng._native import io as _io
from tickeng.errors import DataError, unfit
from tickeng.files.sources import dialect as dialect_
from tickeng.files.sources import sample as sample_
from tickeng.files.sources.kinds import check_file_name
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import decide, kind_by_names
from tickeng.files.sources.text import TextReader


class Delimited:
    """The last format asked: it takes any text, and says what is missing."""

    name = "csv"

    def recognise(self, probe: Probe) -> bool:
        return bool(probe.lines)

    def open(self, probe: Probe) -> Reader:
        dialect = dialect_.study(probe.sample_lines(), probe.options)
        dialect_.check_decimal(dialect)
        if dialect.renamed and probe.options.among:
            raise unfit(DataError("has a header of its own: leave header out"), "header")
        if any("\ufffd" in name for name in dialect.names):
            raise DataError("is not UTF-8 text: name its encoding, such as encoding=\"gbk\" or "
                            'encoding="latin-1"')
        sample = sample_.of_cells(dialect.names, dialect.columns, live=probe.raw.live,
                                  file=probe.names[0])
        if probe.format is None:
            check_file_name(probe.names[0], kind_by_names(sample, probe.options))
        reading = decide(sample, probe.options, shape=self._shape(dialect, probe),
                         ids=probe.ids, takes=probe.takes)
        if reading.layout.form != "columns":
            raise DataError("holds lists of levels in cells of text, which are read from Parquet "
                            "and JSON: convert it to one of them")
        roles = (*reading.roles, "ignore") if dialect.trailing else reading.roles
        layout = reading.layout._replace(roles=roles, delimiter=dialect.delimiter,
                         decimal_comma=dialect.decimal_comma)
        return TextReader(
            self.name, _io.csv_events(layout), probe.content, reading=reading,
            symbol=None if "symbol" in roles else probe.symbol,
            block_rows=probe.options.block_rows, skip_bytes=dialect.skip_bytes,
        )

    def _shape(self, dialect: dialect_.Dialect, probe: Probe) -> dict[str, Any]:
        """What was seen of the text's shape, as keywords, where it is not what is usual."""
        shape: dict[str, Any] = {}
        if probe.options.header:
            shape["header"] = probe.options.header
        if dialect.delimiter != ",":
            shape["delimiter"] = "tab" if dialect.delimiter == "\t" else dialect.delimiter
        if dialect.decimal_comma:
            shape["decimal"] = "comma"
        if dialect.skip_lines:
            shape["skip_lines"] = dialect.skip_lines
        if probe.encoding:
            shape["encoding"] = probe.encoding
        return shape


FORMAT = Delimited()
