"""The shape of delimited text: encoding, lines above the header, delimiter, names, decimal comma.

The delimiter is the one that splits most of the first lines into the same number of fields, the
header the first line with that number of fields. Lines that begin with # are skipped wherever they
stand; one right above the data is the header if it has as many names as the data has fields.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tickeng.errors import ConfigError, DataError, unfit
from tickeng.files.sources.lines import LINES_LOOKED_AT, Lines
from tickeng.files.sources.options import Options
from tickeng.files.sources.sample import Cells

_DELIMITERS = ",;\t|"
_LINES_ABOVE = 20
_COMMA_LINES = 200
_VALUE = re.compile(r"\s*[-+]?[\d.][\d.,:eE/ TZ+-]*\s*")
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+")
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class Dialect(NamedTuple):
    """Names and the first rows' cells by column; ``skip_bytes`` and ``skip_lines`` stand above.

    ``columns`` are of the rows that have as many fields as there are names. ``renamed``: there is a
    header, and the option `header` stands in its place.
    """

    delimiter: str
    names: list[str]
    columns: Sequence[Cells]
    skip_bytes: int
    skip_lines: int
    trailing: bool
    decimal_comma: bool
    renamed: bool = False


def encoding_of(head: bytes, options: Options) -> str | None:
    """The encoding of text that is not UTF-8: of its byte order mark or the option's."""
    marked = next((name for mark, name in _UTF16.items() if head.startswith(mark)), None)
    return marked or options.encoding


def as_utf8(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Blocks of another encoding as UTF-8, without the byte order mark."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="strict")
    try:
        first = True
        for block in blocks:
            if not block:  # a wait comes
                yield block
                continue
            text = decoder.decode(block)
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            if text:
                yield text.encode("utf-8", "surrogatepass")
        if rest := decoder.decode(b"", True):
            yield rest.encode("utf-8", "surrogatepass")
    except UnicodeError as error:
        raise DataError(f"is not {encoding} text ({error}): name its encoding, such as "
                        'encoding="latin-1"') from None


def split(line: str, delimiter: str) -> list[str]:
    """The fields of a line. Raises DataError where no field can be that long."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error as error:
        raise DataError(f"row 1: is no line of columns ({error})") from None


def width_of(line: str, delimiter: str) -> int:
    """The number of fields of a line."""
    return len(split(line, delimiter)) if '"' in line else line.count(delimiter) + 1


def is_header(fields: Sequence[str]) -> bool:
    """Whether none of the fields is a number or a time, and at least one is a name."""
    return not any(_VALUE.fullmatch(field) for field in fields) and any(
        field.strip() for field in fields)


def study(lines: Lines, options: Options) -> Dialect:
    """The shape of these first lines. Raises DataError without any."""
    skip = options.skip_lines or 0
    texts = lines.first if lines.plain else lines.all
    comments = [line for line in texts if line[:1] == "#"]
    data = [line for line in texts if line[:1] != "#"] if comments else texts
    if not data:
        raise DataError("holds no lines of text")
    delimiter = options.delimiter or _delimiter(data)
    counts = Counter(width_of(text, delimiter) for text in data[1:LINES_LOOKED_AT])
    usual = (max(counts, key=lambda n: (counts[n], n)) if counts
             else width_of(data[0], delimiter))
    ends = [end for line, end in zip(texts, lines.ends, strict=False) if line[:1] != "#"]
    names, first, offset = _names(data, [*ends, *[0] * _LINES_ABOVE], comments, delimiter, usual,
                                  lines.start, options)
    columns = _plain_columns(lines, offset, delimiter, len(names), options)
    trailing = comma = False
    if columns is None or usual != len(names):
        rows = (lines.all if lines.plain else data)[first:]
        trailing = _trailing(rows, delimiter, len(names), usual)
        comma = options.decimal == "comma" or (
            options.decimal is None and delimiter != ","
            and _has_commas(_rows(rows[:_COMMA_LINES], delimiter, len(names))))
        columns = _columns(rows, delimiter, len(names))
        if comma:
            columns = [[_with_point(cell) for cell in cells] for cells in columns]
    return Dialect(delimiter, names, columns, offset, skip + max(first - 1, 0), trailing, comma,
                   options.header is not None and first > 0)


def _plain_columns(lines: Lines, begin: int, delimiter: str, width: int,
                   options: Options) -> Sequence[Cells] | None:
    """The columns of lines without quotes, comments, decimal commas or other numbers of fields."""
    if not lines.plain or options.decimal == "comma":
        return None
    columns = lines.columns(begin, delimiter, width)
    if columns and delimiter != "," and options.decimal is None and _has_commas(
            list(zip(*(column.texts(_COMMA_LINES) for column in columns), strict=True))):
        return None
    return columns


def _columns(lines: Sequence[str], delimiter: str, width: int) -> Sequence[Sequence[str]]:
    """The cells of each column; lines with another number of fields are left out."""
    whole = f"{delimiter}\n{delimiter}".join(lines)
    if '"' not in whole:  # no list for each line: that takes most of the time
        cells, step = whole.split(delimiter), width + 1
        ends = len(lines) - 1
        if len(cells) == ends * step + width and cells[width::step].count("\n") == ends:
            return [cells[at::step] for at in range(width)]
    rows = [row for row in _rows(lines, delimiter, width) if len(row) == width]
    return list(zip(*rows, strict=True)) or [()] * width


def _rows(lines: Sequence[str], delimiter: str, width: int) -> list[list[str]]:
    rows = [split(line, delimiter) if '"' in line else line.split(delimiter) for line in lines]
    return [row[:width] if len(row) == width + 1 and not row[-1].strip() else row for row in rows]


def _delimiter(data: Sequence[str]) -> str:
    """The one that gives most lines from some line on the same number of fields."""
    def score(delimiter: str) -> tuple[int, int]:
        counts = Counter(width_of(text, delimiter) for text in data[:LINES_LOOKED_AT])
        counts.pop(1, None)
        return max(((times, n) for n, times in counts.items()), default=(0, 0))

    return max(_DELIMITERS, key=score)


def _names(data: Sequence[str], ends: Sequence[int], comments: Sequence[str], delimiter: str,
           usual: int, offset: int, options: Options) -> tuple[list[str], int, int]:
    """The names of the columns, the first line of data, the offset behind what stands above."""
    first = split(data[0], delimiter)
    if options.header is not None:
        wanted = len(options.header)
        if wanted != usual and not (wanted + 1 == usual and not first[-1].strip()):
            named = ",".join(options.header)
            raise unfit(DataError(f'has {usual} columns, header="{named}" names {wanted}'),
                        "header")
        own = is_header(first) and len(data) > 1 and not is_header(split(data[1], delimiter))
        return list(options.header), int(own), ends[0] if own else offset
    for at, text in enumerate(data[:_LINES_ABOVE]):
        fields = split(text, delimiter)
        if is_header(fields) and len(fields) > 1 and abs(len(fields) - usual) <= 1:
            return _header(fields, usual, data[at + 1:], delimiter), at + 1, ends[at]
        if len(fields) == usual:
            break
    for text in reversed(comments):
        fields = split(text.lstrip("#").strip(), delimiter)
        if len(fields) == usual and is_header(fields):
            return [name.strip() for name in fields], 0, offset
    if is_header(first) and len(first) > 1:
        return _header(first, usual, data[1:], delimiter), 1, ends[0]
    raise DataError(f"row 1: {','.join(first)[:100]!r} is no header and no known format; name the "
                    'columns with header="time,price,qty,side" or as they are')


def _header(fields: list[str], usual: int, below: Sequence[str], delimiter: str) -> list[str]:
    names = [name.strip() for name in fields]
    if len(names) == usual or not below:
        return names
    shown = split(below[0], delimiter)
    if len(names) + 1 == usual and not shown[-1].strip():
        return names
    raise DataError(f"its header names {len(names)} columns, its rows have {usual} fields: name "
                    'all columns with header="a,b,c" and skip its own with skip_lines=1')


def _trailing(data: Sequence[str], delimiter: str, width: int, usual: int) -> bool:
    """Whether each row ends with one delimiter more than it has columns."""
    return usual == width + 1 and all(
        not fields[-1].strip() for fields in (split(text, delimiter) for text in data[:100])
        if len(fields) == usual)


def _has_commas(rows: Sequence[Sequence[str]]) -> bool:
    """Whether some column is written with decimal commas and none with points."""
    width = max((len(row) for row in rows), default=0)
    for index in range(width):
        cells = [row[index].strip() for row in rows if index < len(row) and row[index].strip()]
        commas = sum(1 for cell in cells if _COMMA_NUMBER.fullmatch(cell))
        points = sum(1 for cell in cells if re.fullmatch(r"[-+]?\d+\.\d+", cell))
        if commas and not points and 2 * commas >= len(cells):
            return True
    return False


def _with_point(cell: str) -> str:
    """A number with a decimal comma as one with a point; anything else as it is."""
    return cell.replace(",", ".") if _COMMA_NUMBER.fullmatch(cell.strip()) else cell


def check_decimal(dialect: Dialect) -> None:
    """Raises ConfigError where commas part fields and decimals alike."""
    if dialect.decimal_comma and dialect.delimiter == ",":
        raise ConfigError('decimal="comma" needs another delimiter than the comma: give '
                          'delimiter=";"')
