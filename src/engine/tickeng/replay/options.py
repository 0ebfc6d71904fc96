"""What a replay is asked to do, and the small notations its options are written in."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config import Config
from ..errors import ConfigError
from ..notation import duration_ns


@dataclass(frozen=True, slots=True)
class Every:
    """When a checkpoint is due: after `rows` rows or after `seconds` of running."""

    rows: int | None = None
    seconds: float | None = None

    @classmethod
    def parse(cls, text: str) -> "Every":
        """`1000000` is a number of rows, `30s` a time.

        Raises:
            ConfigError: neither, or zero.
        """
        if text.isdecimal():
            every = cls(rows=int(text))
        else:
            every = cls(seconds=duration_ns(text) / 1e9)
        if not (every.rows or every.seconds):
            raise ConfigError(f"{text!r}: a checkpoint every nothing; write 1000000 or 30s")
        return every


@dataclass(slots=True)
class Options:
    """A replay. `-` among the files is stdin, as `out` it is stdout; `out=None` writes nothing.

    `from_ns` is inclusive, `to_ns` exclusive. `reorder_ns` holds rows back that long in event
    time. With `workers` > 1 as many threads compute, one reads ahead and one writes behind; the
    same rows. `source` holds keyword arguments of `tickeng.sources.open_source`.
    """

    files: list[str]
    config: Config
    out: str | None = None
    out_format: str | None = None
    force: bool = False
    columns: list[str] | None = None
    leader: str | None = None
    checkpoint: Path | None = None
    every: Every | None = None
    resume: Path | None = None
    warm: list[str] = field(default_factory=list)
    from_ns: int | None = None
    to_ns: int | None = None
    limit: int | None = None
    symbols: list[str] = field(default_factory=list)
    reorder_ns: int = 0
    rejects: Path | None = None
    strict: bool = False
    plot: Path | None = None
    workers: int = 1
    source: dict[str, Any] = field(default_factory=dict)
