"""What recognisers look at: the raw bytes, the content once opened, names and options."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cached_property
from typing import Protocol

from tickeng.errors import DataError
from tickeng.files.limits import Limits
from tickeng.files.sources.containers import Content
from tickeng.files.sources.dialect import encoding_of
from tickeng.files.sources.instruments import name_from_file
from tickeng.files.sources.lines import Lines, is_binary
from tickeng.files.sources.options import DEFAULT_SYMBOL, Options
from tickeng.files.sources.raw import RawInput
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.sample import SAMPLE_BYTES, SAMPLE_ROWS

_FIRST_LINES = 20
_BINANCE_NAME = re.compile(
    r"([A-Z0-9]+(?:_[A-Z0-9]+)?)-(?:aggTrades|trades|bookTicker)-\d{4}-\d{2}")


class Probe:
    """One input on its way to a reader. `content` is opened when first asked for.

    `format` is the one that the caller named, if any; `ids` which ids are read; `takes` the kinds
    of events that the caller can make use of, `needs` those that it needs of a recording.
    """

    def __init__(self, raw: RawInput, options: Options, format: str | None = None,
                 ids: str = "integer", takes: Collection[str] = ("trade",),
                 needs: Collection[str] = ()) -> None:
        self.begin(raw)
        self.options = options
        self.format = format
        self.ids = ids
        self.takes = takes
        self.needs = needs
        self.limits = Limits(options.max_memory)

    def begin(self, raw: RawInput) -> None:
        """Look at this input, from its beginning."""
        self.raw = raw
        for name in ("content", "encoding", "lines"):
            vars(self).pop(name, None)

    @property
    def begun(self) -> bool:
        """Whether a reader has taken some of the content."""
        return "content" in vars(self) and self.content.begun

    @cached_property
    def content(self) -> Content:
        return Content(self.raw, self.limits)

    @cached_property
    def encoding(self) -> str | None:
        """The encoding of text that is not UTF-8; its content is UTF-8 from here on."""
        found = encoding_of(self.content.head, self.options)
        if found:
            self.content.transcode(found)
        return found

    @cached_property
    def lines(self) -> list[tuple[str, int]]:
        """First non-blank lines of text content and the offset behind each; none of binary."""
        if self.encoding is None and is_binary(self.content.head):
            return []
        lines = Lines(self.content.head, _FIRST_LINES, whole=False)
        return list(zip(lines.first, lines.ends, strict=True))

    def sample_lines(self) -> Lines:
        """The lines that decide how the text is read."""
        if not self.lines:
            return Lines(b"", 0, whole=True)
        count = SAMPLE_ROWS + (self.options.header is None)
        whole = self.content.grow(count, SAMPLE_BYTES)
        return Lines(self.content.head, count, whole=whole,
                     skip=self.options.skip_lines or 0)

    @property
    def names(self) -> list[str]:
        """Names that may tell symbol and date: the zip member's, then the file's."""
        member = self.content.member
        return ([member.rsplit("/", 1)[-1]] if member else []) + [self.raw.name]

    @property
    def symbol(self) -> str:
        """For content that names no symbol: the option, the file's name, the default."""
        if self.options.symbol_name:
            return self.options.symbol_name
        if self.options.symbol_from:
            return name_from_file(self.names[0])
        found = (_BINANCE_NAME.match(name) for name in self.names)
        return next((match[1] for match in found if match), DEFAULT_SYMBOL)


def not_in_format(name: str) -> DataError:
    """The refusal of an input that is read by the name of a format and is of another."""
    return DataError(f"is not in the format {name}: leave format out to have it recognised")


class Format(Protocol):
    """One format: a module-level instance of this in FORMATS is all that a new one takes."""

    name: str

    def recognise(self, probe: Probe) -> bool:
        """By content. Cheap: looks at heads only."""
        ...

    def open(self, probe: Probe) -> Reader:
        """Raises DataError, without the file's name, which the caller adds."""
        ...
