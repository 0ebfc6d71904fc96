"""How much one input may make us hold at once, and the caps that follow from it.

A size that a file states is a claim: it is compared with these before memory is taken for it. One
size rules them all, `max_memory`; what no honest file needs more of is fixed.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from tickeng.errors import ConfigError, DataError

CELL_BYTES = 255  # of a symbol, and of any other text that could be a value
DEFAULT_MEMORY = 1 << 30
_LEAST_MEMORY, _MOST_MEMORY = 16 << 20, 1 << 50
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*([kmgt]?)(?:i?b)?", re.ASCII | re.IGNORECASE)
_ROW_BYTES = 16  # no trade takes less
_RATIO_FREE = 16  # what may be unpacked whatever its ratio, as a share of the memory


class Limits(NamedTuple):
    """``memory``: bytes that one input may make us hold at once."""

    memory: int = DEFAULT_MEMORY

    @property
    def rows(self) -> int:
        """Of a record batch."""
        return self.memory // _ROW_BYTES

    @property
    def page_bytes(self) -> int:
        """Of a Parquet page or dictionary; columns are unpacked beside each other."""
        return self.memory // _RATIO_FREE

    def require(self, size: int, what: str) -> None:
        """Raises DataError that names the option if `what` would take more than the memory."""
        if size > self.memory:
            raise DataError(f"{what} would take {mib(size)}, more than the {mib(self.memory)} "
                            f"that an input may take: "
                            f'raise it with max_memory="{enough(size)}"')


def memory_limit(size: int | str | None) -> Limits:
    """Limits of `max_memory`, a number of bytes or text like 512MiB or 2GiB (None: 1 GiB).

    Raises ConfigError that says what is accepted.
    """
    if size is None:
        return Limits()
    match = _SIZE.fullmatch(str(size).strip()) if not isinstance(size, bool) else None
    wanted = float(match[1]) * _UNITS[match[2].lower()] if match else math.nan
    if not _LEAST_MEMORY <= wanted <= _MOST_MEMORY:
        raise ConfigError(f"max_memory must be a size from 16MiB to 1024TiB, such as 2GiB, "
                          f"not {str(size)[:50]!r}")
    return Limits(int(wanted))


def mib(size: int) -> str:
    """A size in words."""
    return f"{-(-size // (1 << 20)):,} MiB"


def enough(size: int) -> str:
    """The max_memory that `size` fits into."""
    return f"{-(-size // (1 << 30))}GiB"
