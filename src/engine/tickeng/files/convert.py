"""`tickeng.convert`: every accepted row of a file of trades, in its order, in another format.

`.zst` alone is tickeng's own format; the others are those of `tickeng.files.sinks`. Nothing is
merged, sorted or dropped except rows that cannot be read, which are counted and can be listed; a
file that has its newest row first can be turned.
"""

import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from .._base.conservation import check_file
from .._native.io import TickRule
from ..errors import CheckError, DataError, OutputError, TickengError
from .arrivals import Arrivals, by_symbol
from .batch import INPUT_COLUMNS, EventBatch
from .disk import refuse_overwrite
from .disk.guard import Named, refuse_shared
from .sinks import FORMATS, Sink, format_of, open_sink
from .sinks.rejects import RejectList
from .sources import Source, feed, open_source
from .sources.feed import Feed
from .sources.inspection import no_row, price_hint, reading_of
from .tickfile import TickFileWriter

Progress = Callable[[int, float | None], None]
_OPTIONAL = ("recv_ns", "id")
_OTHERS = {f".{form.partition('.')[0]}" for form in (*FORMATS, "feather")}


def convert(
    path: str | os.PathLike[str], out: str | os.PathLike[str], **options: Any
) -> dict[str, Any]:
    """Read a file of trades in any known format and write the trades in another.

    Parameters
    ----------
    path : the file; "-" is stdin.
    out : tickeng's own .zst, or .parquet .arrow .csv .jsonl .arrows, the last three also with .zst.
    options : `force`, `rejects` (a CSV of the rows that could not be read), `reverse` (for a file
        that begins with its newest row), `max_rejected` (percent), and those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng convert --json` prints.

    Raises
    ------
    TickengError : the input cannot be read or the output not written. CheckError: all was written,
        but more rows were rejected than `max_rejected` allows.

    Examples
    --------
    >>> tickeng.convert("trades.csv", "trades.zst", map={"price": "px"})  # doctest: +SKIP
    """
    if options.get("rejects") is not None:
        options["rejects"] = Path(options["rejects"])
    report = convert_file(os.fspath(path), os.fspath(out), **options)
    for text in report["warnings"]:
        warnings.warn(text, UserWarning, stacklevel=2)
    if report["failed"]:
        raise CheckError(report["failed"])
    return report


def convert_file(
    path: str, out: str, *, force: bool = False, rejects: Path | None = None,
    reverse: bool = False, max_rejected: float = 50.0, progress: Progress | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Convert `path` to `out`; `options` are those of `open_source`. Returns a JSON-able report.

    `reverse` holds all rows and writes the last one first. ``failed`` of the report says that more
    rows than `max_rejected` percent were rejected.

    Raises:
        DataError: the input is empty, unrecognised, truncated, or no row of it can be read.
        OutputError: the output exists and `force` is not given, or cannot be written.
    """
    _guard(path, out, rejects)
    with ExitStack() as closing:
        source = open_source(path, ids="lenient", **options)
        closing.callback(source.close)
        listed = RejectList(rejects, force=force) if rejects else None
        if listed:
            closing.callback(listed.discard, continued=False)
        writer, seen, arrivals = _Writer(out, force, listed), Feed(), Arrivals()
        closing.callback(writer.discard)
        rejected, inferred = Counter[str](), bool(options.get("infer_side"))
        filtered = 0
        try:
            for batch in arrivals.through(_batches(source, reverse, inferred, progress)):
                writer.write(batch)
                seen.add(batch)
                rejected.update(batch.rejected)
                filtered += batch.filtered
                if listed:
                    listed.add_all(source.name, batch.rejects)
            if rejected and not writer.rows:
                raise DataError(f'{no_row(source, rejected)}; `tickeng.inspect("{path}")` shows how'
                                " it is read")
        except OutputError:
            raise
        except TickengError:
            writer.stop()
            raise
        arrivals.check(writer.written)
        writer.close()
    share = 100 * rejected.total() / max(source.rows_read, 1)
    return {
        **_report(source, out, writer.rows, rejected, options), "filtered": filtered,
        "warnings": [*writer.warnings, *(listed.warnings if listed else []), *_warnings(
            seen, share, rejected, reverse, inferred)],
        "failed": too_many(share, source.rows_read, max_rejected),
    }


def _guard(path: str, out: str, rejects: Path | None) -> None:
    """Refuse outputs that are the input or each other, or hold something else."""
    named = [Named(f"the input {path}", path), Named(f'out="{out}"', out, written=True)]
    if rejects:
        named.append(Named(f'rejects="{rejects}"', rejects, written=True))
    refuse_shared(named)
    if rejects:
        RejectList.require(rejects)


def too_many(share: float, read: int, most: float) -> str | None:
    """The sentence on more than `most` percent of rejected rows."""
    if share <= most:
        return None
    return (f"{share:.1f}% of {read:,} rows were rejected, more than max_rejected={most:g} percent;"
            " what was written is kept")


def _report(source: Source, out: str, rows: int, rejected: Counter[str],
            options: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": "tickeng.convert/1",
        "input": {"path": source.path, "format": source.format, "sha256": source.sha256(),
                  "reading": reading_of(source, options)},
        "output": {"path": out},
        "rows": rows,
        "rejected": dict(rejected),
    }


def _warnings(
    seen: Feed, share: float, rejected: Counter[str], reverse: bool, inferred: bool
) -> list[str]:
    found = feed.warnings(seen.report(), inferred=inferred)
    if not seen.rows:
        found.append("0 ticks: the file has a header and no rows")
    if seen.runs_backwards and not reverse:
        found.append("the file runs backwards (newest first), and so does the output:"
                     " reverse=True turns it")
    if share > 1:
        found.append(f"{share:.1f}% of rows cannot be read ({', '.join(rejected)})"
                     f"{price_hint(rejected)}")
    return found


def _batches(
    source: Source, reverse: bool, infer_side: bool, progress: Progress | None
) -> Iterator[EventBatch]:
    """The batches of a source; with `reverse` the last row first.

    The tick rule must see rows in the order of time, so it is applied behind the turn.
    """
    if not reverse:
        yield from _shown(source, progress, 1.0)
        return
    source.leave_sides()
    rule = TickRule() if infer_side else None
    batches = list(_shown(source, progress, 0.5))  # reading is half of the way, writing the other
    given, total = 0, sum(map(len, batches)) or 1
    for batch in reversed(batches):
        batch.seq = None  # which is the other way round
        turned = batch.take(slice(None, None, -1))
        turned.symbols = batches[-1].symbols
        if rule and len(turned):
            rule.apply(turned.values["price"], turned.symbol, turned.values["side"])
        yield turned
        given += len(turned)
        if progress:
            progress(source.rows_read, 0.5 + 0.5 * given / total)


def _shown(source: Source, progress: Progress | None, part: float) -> Iterator[EventBatch]:
    """The batches of a source; those done count as `part` of the way."""
    for batch in source.batches():
        yield batch
        if progress:
            share = source.fraction()
            progress(source.rows_read, None if share is None else part * share)


class _Writer:
    """tickeng's own file, or a sink with the columns that the first rows have, and the list of
    rejects, which ends with it.

    It is opened by the first rows, so that an input without any replaces no file.
    """

    def __init__(self, out: str, force: bool, listed: RejectList | None) -> None:
        self._out, self._force, self._listed = out, force, listed
        self.rows = 0
        inside = [part.lower() for part in Path(out).suffixes[-2:]]
        self._is_own = inside[-1:] == [".zst"] and inside[0] not in _OTHERS
        self._own: TickFileWriter | None = None
        self._sink: Sink | None = None
        if not self._is_own:
            format_of(out)
        refuse_overwrite(Path(out), force)
        self._optional: list[str] = []
        self.written: Counter[str] = Counter()

    def write(self, batch: EventBatch) -> None:
        """Append the rows of a batch."""
        count = len(batch.ts_ns)
        self.rows += count
        if not count:
            return
        if self._is_own:
            self._tick_file().write(batch)
        else:
            if self._sink is None:
                self._optional = [name for name in _OPTIONAL if name in batch.columns]
            codes = np.zeros(count, np.uint32) if batch.symbol is None else batch.symbol
            given: dict[str, Any] = {**batch.columns, "symbol": (codes, batch.symbols)}
            self._opened().write({
                name: given[name] for name in (*INPUT_COLUMNS, *self._optional)})
        self.written.update(by_symbol(batch))

    def _tick_file(self) -> TickFileWriter:
        if self._own is None:
            self._own = TickFileWriter(self._out, force=self._force)
        return self._own

    def _opened(self) -> Sink:
        if self._sink is None:
            names = [*INPUT_COLUMNS.items(), *((name, "int64") for name in self._optional)]
            self._sink = open_sink(self._out, names, force=self._force)
        return self._sink

    @property
    def _file(self) -> TickFileWriter | Sink | None:
        return self._own if self._is_own else self._sink

    @property
    def warnings(self) -> list[str]:
        """Sentences on what the output cannot promise."""
        return self._file.warnings if self._file else []

    def close(self) -> None:
        """Complete the output, which has a header also when no row came."""
        file: TickFileWriter | Sink = self._tick_file() if self._is_own else self._opened()
        file.close()
        check_file(self._out, file.rows, self.written.total())
        self._end_list()

    def stop(self) -> None:
        """End the output where the input broke off: rows of a new one stay."""
        if self._file and self.rows and not self._file.replaces:
            self.close()
        self._end_list()

    def _end_list(self) -> None:
        if self._listed:
            self._listed.close()

    def discard(self) -> None:
        """Let go of the output after an error; harmless when it is closed."""
        if self._file and not self._file.closed:
            self._file.discard()
