"""What recognisers look at: the raw bytes, the content once opened, names and options."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Protocol

from tickeng.limits import Limits
from tickeng.sources.batch import Reader
from tickeng.sources.containers import Content
from tickeng.sources.options import DEFAULT_SYMBOL, Options
from tickeng.sources.raw import RawInput
from tickeng.sources.text import first_lines, is_binary

SAMPLE_LINES = 20
_BINANCE_NAME = re.compile(r"([A-Z0-9]+(?:_[A-Z0-9]+)?)-(?:aggTrades|trades)-\d{4}-\d{2}")


class Probe:
    """One input on its way to a reader. `content` is opened when first asked for."""

    def __init__(self, raw: RawInput, options: Options, limits: Limits) -> None:
        self.raw = raw
        self.options = options
        self.limits = limits

    @cached_property
    def content(self) -> Content:
        return Content(self.raw, self.limits)

    @cached_property
    def lines(self) -> list[tuple[str, int]]:
        """First non-blank lines of text content and the offset behind each; none of binary."""
        head = self.content.head
        if is_binary(head) and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return []
        return first_lines(head, SAMPLE_LINES)

    @property
    def names(self) -> list[str]:
        """Names that may tell symbol and date: the zip member's, then the file's."""
        member = self.content.member
        return ([member.rsplit("/", 1)[-1]] if member else []) + [self.raw.name]

    @property
    def symbol(self) -> str:
        """For content that names no symbol: the option, the file's name, the default."""
        if self.options.symbol:
            return self.options.symbol
        found = (_BINANCE_NAME.match(name) for name in self.names)
        return next((match[1] for match in found if match), DEFAULT_SYMBOL)


class Format(Protocol):
    """One format: a module-level instance of this in FORMATS is all that a new one takes."""

    name: str

    def recognise(self, probe: Probe) -> bool:
        """By content. Cheap: looks at heads only."""
        ...

    def open(self, probe: Probe) -> Reader:
        """Raises DataError, without the file's name, which the caller adds."""
        ...
