"""Text sources: delimited files, recognised by header or shape, and raw `local_ns {json}` lines."""

from __future__ import annotations

import datetime
import os
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tickeng import _io
from tickeng.errors import DataError
from tickeng.sources.batch import Reject, TradeBatch
from tickeng.sources.raw import Raw
from tickeng.sources.roles import find_roles
from tickeng.sources.source import Clock, Options, Source

_BOOL = re.compile(r"^(true|false)$", re.I)
_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
_RAW_LINE = re.compile(rb"^\d{10,20} \{")
_BINANCE_NAME = re.compile(r"^([A-Z0-9_]+)-(?:aggTrades|trades)-\d{4}")
_LEAN_NAME = re.compile(r"(\d{8})_([a-z0-9.]+)_trade", re.I)
_LEAN_FOLDER = re.compile(r"(\d{8})_trade")

# Headerless shapes: columns, which of them are booleans, roles.
_SHAPES = (
    ("binance-aggtrades", 8, {6, 7}, "id price qty ignore ignore ts maker ignore"),
    ("binance-trades", 7, {5, 6}, "id price qty ignore ts maker ignore"),
    ("binance-aggtrades", 7, {6}, "id price qty ignore ignore ts maker"),
    ("binance-trades", 6, {5}, "id price qty ignore ts maker"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How lines become trades: one role a column."""

    format: str
    roles: tuple[str, ...]
    delimiter: str
    ts: Clock
    recv: Clock
    price_divisor: float = 1.0
    header_lines: int = 0
    names: tuple[str, ...] = ()


def is_raw_json(head: bytes) -> bool:
    """Whether the text begins with a receive clock and a JSON object."""
    return _RAW_LINE.match(head) is not None


def _fields(head: bytes) -> tuple[list[str], str]:
    """Fields of the first line and the delimiter."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError("the text is UTF-16; convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)")
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = "\0"
    if not text.strip() or any(ord(c) < 32 and c != "\t" for c in text):
        raise DataError("not a format tickeng knows; it reads CSV, Parquet, Arrow, Lean, raw "
                        "exchange JSON lines and its own .zst, plain or in gzip, zstd or zip")
    delimiter = max(",;\t|", key=text.count)
    if delimiter not in text:
        raise DataError("not a format tickeng knows: the first line has one field only")
    return [f.strip().strip('"').strip() for f in text.split(delimiter)], delimiter


def delimited_layout(head: bytes, name: str, options: Options) -> Layout:
    """The layout of a delimited text that begins with `head`. `name` may carry a date."""
    fields, delimiter = _fields(head)
    time = options.time()
    if options.header is not None:
        if len(options.header) != len(fields):
            raise DataError(f"--header names {len(options.header)} columns, "
                            f"the first line has {len(fields)}")
        return _named("csv", options.header, delimiter, options, header_lines=0)
    if not _NUMBER.match(fields[0]) and not re.match(r"^\d{4}-\d\d-\d\d", fields[0]):
        lower = {f.lower() for f in fields}
        form = "binance-aggtrades" if "agg_trade_id" in lower else (
            "binance-trades" if {"quote_qty", "is_buyer_maker"} <= lower else "csv")
        return _named(form, fields, delimiter, options, header_lines=1)
    flags = {i for i, f in enumerate(fields) if _BOOL.match(f)}
    for form, width, booleans, roles in _SHAPES:
        if len(fields) == width and flags == booleans:
            return Layout(form, tuple(roles.split()), delimiter, time, time,
                          names=tuple(roles.split()))
    if len(fields) == 6 and all(re.match(r"^\d+$", f) for f in fields[:3]):
        return _lean(name, delimiter, options)
    raise DataError(f"no header, and {len(fields)} columns of no known shape; name them with "
                    "--header, for example --header time,price,qty,side")


def _named(form: str, names: list[str], delimiter: str, options: Options,
           header_lines: int) -> Layout:
    roles = {column: role for role, column in find_roles(names, options.columns).items()}
    return Layout(form, tuple(roles.get(n, "ignore") for n in names), delimiter, options.time(),
                  Clock("auto", options.time_unit is not None), header_lines=header_lines,
                  names=tuple(names))


def _lean(name: str, delimiter: str, options: Options) -> Layout:
    match = _LEAN_NAME.search(name) or _LEAN_FOLDER.search(name)
    text = options.date or (match.group(1) if match else None)
    if text is None:
        raise DataError("looks like a Lean tick file, whose times count from New York midnight; "
                        "the date is in neither file nor member name")
    try:
        day = datetime.datetime.strptime(text.replace("-", ""), "%Y%m%d")
    except ValueError:
        raise DataError(f"{text} is not a date (YYYYMMDD)") from None
    zone = zoneinfo.ZoneInfo("America/New_York")

    def base(hour: int) -> int:  # UTC ns of local midnight by the offset in force at that hour
        local = day.replace(hour=hour, tzinfo=zone)
        return int(local.timestamp()) * 10**9 - hour * 3600 * 10**9

    clock = Clock("ms", True, (base(0), 2 * 3600 * 1000, base(12)))
    roles = ("ts", "price", "qty", "ignore", "ignore", "ignore")
    return Layout("lean-tick", roles, delimiter, clock, clock, price_divisor=10_000.0, names=(
        "time", "price", "qty", "exchange", "condition", "suspicious"))


def symbol_of(name: str) -> str:
    """The symbol that a file name gives, else "default"."""
    if match := _BINANCE_NAME.match(name):
        return match.group(1)
    if match := _LEAN_NAME.search(name):
        return match.group(2).upper()
    return "default"


class LineSource(Source):
    """A text source over blocks of decompressed bytes."""

    def __init__(self, raw: Raw, options: Options, container: str, head: bytes,
                 blocks: Iterator[bytes], member: str | None) -> None:
        super().__init__(raw, options)
        self.container, self._blocks, self._skip_lines = container, blocks, 0
        name = os.path.basename(member or raw.path)
        self._bom = 3 if head.startswith(b"\xef\xbb\xbf") else 0
        if is_raw_json(head):
            self.format, self.columns = "exchange-json", ["recv_ns", "json"]
            self._parser = _io.raw_json_trades(Clock("ms"), Clock("ns"))
            self._roles: tuple[str, ...] = ("ts", "recv", "price", "qty", "side", "symbol", "id")
        else:
            layout = delimited_layout(head, name, options)
            self.format, self.columns = layout.format, list(layout.names)
            self._parser, self._roles = _io.csv_trades(layout), layout.roles
            self._skip_lines = layout.header_lines
        self.has_side = "side" in self._roles or "maker" in self._roles
        if "symbol" not in self._roles:
            parent = os.path.basename(os.path.dirname(os.path.abspath(raw.path)))
            given = symbol_of(name)
            if given == "default" and self.format == "lean-tick":
                given = parent.upper()
            self.symbols = [options.symbol or given]
        self._override = options.symbol if "symbol" in self._roles else None

    def _batches(self, start_row: int) -> Iterator[TradeBatch]:
        parser, rows = self._parser, self._options.block_rows
        parser.skip_to(start_row)
        parser.begin(rows)
        for block in self._body():
            at = 0
            while at < len(block):
                at = parser.feed(block, at)
                if parser.full:
                    yield self._take()
                    parser.begin(rows)
        parser.finish()
        yield self._take()

    def _body(self) -> Iterator[bytes]:
        """The blocks without byte-order mark and header line."""
        skip, bom = self._skip_lines, self._bom
        for block in self._blocks:
            if bom:
                block, bom = block[bom:], 0
            if skip:
                end = block.find(b"\n")
                if end < 0:
                    continue  # a header line is shorter than a block, or there is no row
                block, skip = block[end + 1:], 0
            if block:
                yield block

    def _take(self) -> TradeBatch:
        columns, rejects = self._parser.take()
        if self._override is None:
            self.symbols.extend(self._parser.new_symbols())
        elif not self.symbols:
            self.symbols = [self._override]
        if self._override is not None:
            columns.pop("symbol", None)
        symbol = columns.pop("symbol", None)
        listed = [Reject(row, reason, text, name, hint)
                  for row, reason, text, name, hint in rejects]
        return TradeBatch(
            **columns, symbol=symbol, symbols=self.symbols, rejects=listed,
            rejected=dict(Counter(r.reason for r in listed)), rows_end=self._parser.rows)
