"""Rewrites a file of trades in another format: every accepted row, in the order of the file.

`.zst` alone is tickeng's own format; the others are those of `tickeng.sinks`. Nothing is merged,
sorted or dropped except rows that cannot be read, which are counted and can be listed.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .errors import ConfigError, OutputError, TickengError
from .replay.outputs import INPUT_COLUMNS, RejectList
from .sinks import FORMATS, Sink, open_sink
from .sources import TradeBatch, open_source
from .tickfile import TickFileWriter

Progress = Callable[[int, float | None], None]
_OPTIONAL = ("recv_ns", "id")


def convert(
    path: str,
    out: str,
    *,
    force: bool = False,
    rejects: Path | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Convert `path` to `out`; `options` are those of `open_source`. Returns a JSON-able report.

    Raises:
        DataError: the input is empty, unrecognised or truncated; what came before is written.
        OutputError: the output exists and `force` is not given, or cannot be written.
    """
    if path != "-" and os.path.exists(out) and os.path.samefile(path, out):
        raise ConfigError(f"{out}: is the input itself")
    source = open_source(path, **options)
    listed = RejectList(rejects, None) if rejects else None
    writer = _Writer(out, force)
    rejected: dict[str, int] = {}
    try:
        for batch in source.batches():
            writer.write(batch)
            for reason, count in batch.rejected.items():
                rejected[reason] = rejected.get(reason, 0) + count
            if listed:
                for reject in batch.rejects:
                    listed.add(source.name, reject.row, reject.reason, reject.text)
            if progress:
                progress(source.rows_read, source.fraction())
    except OutputError:
        raise
    except TickengError:
        writer.close()
        raise
    finally:
        source.close()
        if listed:
            listed.close()
    writer.close()
    return {
        "schema": "tickeng.convert/1",
        "input": {"path": path, "format": source.format, "sha256": source.sha256()},
        "output": {"path": out},
        "rows": writer.rows,
        "rejected": rejected,
    }


class _Writer:
    """tickeng's own file, or a sink with the columns that the first rows have."""

    def __init__(self, out: str, force: bool) -> None:
        self._out, self._force = out, force
        self.rows = 0
        text = any(out.lower().endswith("." + form) for form in FORMATS)
        own = out.lower().endswith(".zst") and not text
        self._own = TickFileWriter(out, force=force) if own else None
        self._sink: Sink | None = None
        self._optional: list[str] = []

    def write(self, batch: TradeBatch) -> None:
        """Append the rows of a batch."""
        count = len(batch.ts_ns)
        self.rows += count
        if self._own:
            self._own.write(batch)
        elif count:
            if self._sink is None:
                found = (name for name in _OPTIONAL if getattr(batch, name) is not None)
                self._optional = list(found)
            codes = np.zeros(count, np.uint32) if batch.symbol is None else batch.symbol
            self._opened().write({
                "ts_ns": batch.ts_ns, "symbol": (codes, batch.symbols), "price": batch.price,
                "qty": batch.qty, "side": batch.side,
                **{name: getattr(batch, name) for name in self._optional},
            })

    def _opened(self) -> Sink:
        if self._sink is None:
            names = [*INPUT_COLUMNS.items(), *((name, "int64") for name in self._optional)]
            self._sink = open_sink(self._out, names, force=self._force)
        return self._sink

    def close(self) -> None:
        """Complete the output, which has a header also when no row came."""
        if self._own:
            self._own.close()
        else:
            self._opened().close()
