"""Batches from text content: the loop around a C++ parser, and the first lines of a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tickeng._io import LineParser
from tickeng.errors import DataError
from tickeng.sources.batch import Reject, TradeBatch, count_reasons

if TYPE_CHECKING:
    from tickeng.sources.containers import Content

UTF8_BOM = b"\xef\xbb\xbf"


class TextReader:
    """Runs a parser over content; `skip_bytes` (byte order mark, header) belong to no row.

    `symbol`: every row's symbol, or None where the content names them.
    """

    has_side = True
    has_recv = True

    def __init__(self, format: str, parser: LineParser, content: Content, *, columns: Sequence[str],
                 roles: Sequence[str], symbol: str | None, block_rows: int,
                 skip_bytes: int = 0) -> None:
        self.format = format
        self.columns = list(columns)
        self.roles = {c: r for c, r in zip(columns, roles, strict=True) if r != "ignore"}
        self.has_side = "side" in roles or "maker" in roles
        self.has_recv = "recv" in roles
        self.symbols = [symbol] if symbol is not None else []
        self._symbol = symbol
        self._parser = parser
        self._content = content
        self._block_rows = block_rows
        self._skip_bytes = skip_bytes

    def batches(self, start_row: int) -> Iterator[TradeBatch]:
        parser = self._parser
        parser.skip_to(start_row)
        parser.begin(self._block_rows)
        try:
            for block in self._content.blocks():
                offset, self._skip_bytes = self._skip_bytes, 0
                while offset < len(block):
                    offset = parser.feed(block, offset)
                    if parser.full:
                        yield self._take()
            parser.finish()
        except DataError:
            if parser.batch_rows:  # what came before the damage
                yield self._take()
            raise
        if parser.batch_rows:
            yield self._take()

    def _take(self) -> TradeBatch:
        columns, refused = self._parser.take()
        found = self._parser.new_symbols()
        if self._symbol is None:
            self.symbols.extend(found)
        rejects = [Reject(row, reason, text, self._symbol or symbol, hint)
                   for row, reason, text, symbol, hint in refused]
        batch = TradeBatch(
            columns["ts_ns"], columns["price"], columns["qty"], columns["side"],
            columns.get("symbol") if self._symbol is None else None, self.symbols, columns["row"],
            columns.get("recv_ns"), columns.get("id"),
            rejects, count_reasons(rejects), self._parser.rows,
        )
        self._parser.begin(self._block_rows)
        return batch


def first_lines(head: bytes, count: int) -> list[tuple[str, int]]:
    """The first non-blank lines with the offset behind each. Raises DataError for UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("is UTF-16 text: convert it with iconv -f utf-16 -t utf-8")
    at = len(UTF8_BOM) if head.startswith(UTF8_BOM) else 0
    lines: list[tuple[str, int]] = []
    while at < len(head) and len(lines) < count:
        newline = head.find(b"\n", at)
        end = newline if newline >= 0 else len(head)
        line = head[at:end].rstrip(b"\r").decode("utf-8", "replace")
        at = end + 1
        if line:
            lines.append((line, min(at, len(head))))
    return lines


def is_binary(head: bytes) -> bool:
    """Control bytes in the first lines: NUL above all."""
    sample = head[:4096]
    control = sum(byte < 32 and byte not in b"\t\n\r" for byte in sample)
    return control * 20 > len(sample) or b"\0" in sample.split(b"\n", 1)[0]
