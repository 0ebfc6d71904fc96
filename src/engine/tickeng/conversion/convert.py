"""`tickeng.convert`: every accepted event of files, in another format.

One file keeps the order that it has; several become one in the order in which a replay takes them.
`.zst` alone is tickeng's own format and holds every kind of event; the others are those of
`tickeng.files.sinks`, tables of one kind. Nothing is dropped but rows that cannot be read, which
are counted and can be listed, and what the filters leave out, which is counted.
"""

import os
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._base.conservation import UNKNOWN
from ..config import Config
from ..errors import CheckError, ConfigError, DataError, OutputError, TickengError
from ..files.arrivals import Counts
from ..files.batch import plural
from ..files.disk.guard import Named, refuse_shared
from ..files.sinks.rejects import RejectList
from ..files.sources import Source, feed, open_source
from ..files.sources.inspection import price_hint, reading_of
from ..files.sources.markets import MOST_LEVELS
from ..files.sources.options import refuse_by_quotes
from ..replay import Options
from ..replay.files import expand
from ..replay.keywords import OPTIONS
from .streams import Alone, Merged, Progress, Stream, kinds_of
from .writing import Writer, is_own, own_name

PathLike = str | os.PathLike[str]
_FILTERS = ("from_", "to", "symbols")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which events are converted: `from_ns` inclusive, `to_ns` exclusive, symbols (none: all).
    With `skip_unreadable` files that cannot be read are left out."""

    from_ns: int | None = None
    to_ns: int | None = None
    symbols: list[str] = field(default_factory=list)
    skip_unreadable: bool = False


_ALL = Filters()


def convert(path: PathLike | Sequence[PathLike], out: PathLike, **options: Any) -> dict[str, Any]:
    """Read files of events in any known format and write the events in another.

    Parameters
    ----------
    path : the file; "-" is stdin. Of several, or of those of a folder, the events are merged by
        time as `replay` does it: at one time by kind (trades, quotes, books, changes of books),
        then by file.
    out : tickeng's own .zst, which takes every kind, or .parquet .arrow .csv .jsonl .arrows, the
        last three also with .zst, for events of one kind.
    options : `force`, `rejects` (a CSV of the rows that could not be read), `reverse` (for a file
        that begins with its newest row), `max_rejected` (percent), `from_`, `to`, `symbols` and
        `skip_unreadable` as those of `replay`, and those of `open_source`; `kind` picks one of a
        file that has several.

    Returns
    -------
    dict : the report that `tickeng convert --json` prints; `counters` has, by kind and symbol, the
        rows that came in, and those written, rejected and filtered, which are as many.

    Raises
    ------
    TickengError : the input cannot be read or the output not written. CheckError: all was written,
        but more rows were rejected than `max_rejected` allows.

    Examples
    --------
    >>> tickeng.convert("trades.csv", "trades.zst", map={"price": "px"})  # doctest: +SKIP
    >>> tickeng.convert(["trades.csv", "quotes.csv"], "both.zst")  # doctest: +SKIP
    """
    if options.get("rejects") is not None:
        options["rejects"] = Path(options["rejects"])
    files = [path] if isinstance(path, (str, os.PathLike)) else path
    given = {name: options.pop(name, None) for name in _FILTERS}
    filters = Filters(**{OPTIONS[name][0]: OPTIONS[name][1](value)
                         for name, value in given.items() if value is not None},
                      skip_unreadable=options.pop("skip_unreadable", False))
    report = convert_files([os.fspath(file) for file in files], os.fspath(out), filters=filters,
                           **options)
    for text in report["warnings"]:
        warnings.warn(text, UserWarning, stacklevel=2)
    if report["failed"]:
        raise CheckError(report["failed"])
    return report


def convert_files(
    files: list[str], out: str, *, filters: Filters = _ALL, force: bool = False,
    rejects: Path | None = None, reverse: bool = False, max_rejected: float = 50.0,
    progress: Progress | None = None, **options: Any,
) -> dict[str, Any]:
    """Convert `files` to `out`; `options` are those of `open_source`. Returns a JSON-able report.

    `reverse` holds all rows and writes the last one first. ``failed`` of the report says that more
    rows than `max_rejected` percent were rejected.

    Raises:
        ConfigError: options contradict each other, or the output cannot take what there is.
        DataError: the input is empty, unrecognised, truncated, or no event of it is left.
        OutputError: the output exists and `force` is not given, or cannot be written.
    """
    if not files:
        raise ConfigError("there is no file to convert: give one")
    _guard(files, out, rejects)
    refuse_by_quotes(options)
    with ExitStack() as closing:
        listed = RejectList(rejects, force=force) if rejects else None
        if listed:
            closing.callback(listed.discard, continued=False)
        writer = Writer(out, force, listed)
        closing.callback(writer.discard)
        stream = _stream(files, filters, reverse, listed, progress, options, closing)
        writer.kinds = kinds_of(stream.sources)
        if not is_own(out):
            _refuse_table(stream.sources, writer.kinds, out)
            writer.depth = _depth(stream.sources, options) if "book" in writer.kinds else 1
        _copy(stream, writer)
    read = sum(source.rows_read for source in stream.sources)
    share = 100 * stream.rejected.total() / max(read, 1)
    return {
        **_report(stream, writer, out, options),
        "warnings": [*writer.warnings, *(listed.warnings if listed else []), *_warnings(
            stream, share, reverse, inferred=options.get("infer_side") == "tick")],
        "failed": too_many(share, read, max_rejected),
    }


def _stream(
    files: list[str], filters: Filters, reverse: bool, listed: RejectList | None,
    progress: Progress | None, options: dict[str, Any], closing: ExitStack,
) -> Stream:
    if filters == _ALL and len(files) == 1 and not os.path.isdir(files[0]):
        return Alone(files[0], reverse, listed, progress, options, closing)
    if reverse:
        raise ConfigError("reverse turns one whole file: turn it first, then convert what came of"
                          " it")
    asked = Options(files=files, config=Config(), from_ns=filters.from_ns, to_ns=filters.to_ns,
                    symbols=filters.symbols, skip_unreadable=filters.skip_unreadable,
                    source=options | {"needs": ()})  # of a recording all that there is
    return Merged(asked, listed, progress, closing)


def _copy(stream: Stream, writer: Writer) -> None:
    """Write all that comes, and hold what was written against what came."""
    try:
        for stretch in stream.stretches():
            writer.write(stretch)
        if not writer.rows:
            stream.refuse_nothing()
    except OutputError:
        raise
    except TickengError:
        writer.stop()
        raise
    stream.arrivals.check(writer.written, stream.left_out)
    writer.close()


def _guard(files: list[str], out: str, rejects: Path | None) -> None:
    """Refuse outputs that are an input or each other, or hold something else."""
    named = [Named(f"the input {path}", path) for path in expand(files)]
    named.append(Named(f'out="{out}"', out, written=True))
    if rejects:
        named.append(Named(f'rejects="{rejects}"', rejects, written=True))
    refuse_shared(named)
    if rejects:
        RejectList.require(rejects)


def _refuse_table(sources: list[Source], kinds: Sequence[str], out: str) -> None:
    """Raises ConfigError where a table cannot hold what there is."""
    other = own_name(out)
    if len(kinds) > 1:
        several = next((source for source in sources if len(source.kinds) > 1), None)
        pick = (f'kind="{several.kinds[0]}" picks one' if several
                else "give the files of one kind")
        raise ConfigError(f"{out}: a table is of one kind of events, and there are"
                          f" {', '.join(map(plural, kinds))}: {pick}, or"
                          f' out="{other}" takes all')


def _depth(sources: list[Source], options: dict[str, Any]) -> int:
    """Levels a side of a table that takes all books. A tick file tells them only as it is read,
    so one is read before; one that comes through a pipe has as many as other files can have."""
    found = [2]
    for source in sources:
        if source.format != "tickeng":
            found.append(source.levels)
        elif source.size is None:
            found.append(MOST_LEVELS)
        else:
            with (open_source(source.path, takes=("book",), **options) as twin,
                  suppress(DataError)):  # which the writing pass will tell, behind what it keeps
                for batch in twin.batches():
                    found.append(batch.values["bid"].shape[1] if len(batch) else 0)
    return max(found)


def too_many(share: float, read: int, most: float) -> str | None:
    """The sentence on more than `most` percent of rejected rows."""
    if share <= most:
        return None
    return (f"{share:.1f}% of {read:,} rows were rejected, more than max_rejected={most:g} percent;"
            " what was written is kept")


def _report(stream: Stream, writer: Writer, out: str, options: dict[str, Any]) -> dict[str, Any]:
    inputs = [{"path": source.path, "format": source.format, "sha256": source.sha256(),
               "kinds": list(source.kinds), "reading": reading_of(source, options)}
              for source in stream.sources]
    return {
        "schema": "tickeng.convert/1",
        "input": inputs[0], "inputs": inputs,
        "output": {"path": out},
        "rows": writer.rows,
        "kinds": {kind: counts.total() for kind, counts in writer.written.items()},
        "counters": _counters(stream, writer),
        "rejected": dict(stream.rejected),
        "filtered": stream.filtered + sum(counts.total() for counts in stream.left_out.values()),
    }


def _counters(stream: Stream, writer: Writer) -> dict[str, dict[str, dict[str, int]]]:
    """What became of the rows, by kind and symbol."""
    ends: dict[str, Counts] = {
        "written": writer.written, "rejected": stream.arrivals.rejected,
        "filtered": stream.left_out}
    return {kind: {symbol: {"in": count, **{end: counts.get(kind, {}).get(symbol, 0)
                                            for end, counts in ends.items()}}
                   for symbol, count in sorted(came.items(), key=lambda entry: entry[0] == UNKNOWN)}
            for kind, came in stream.arrivals.came_in.items() if came}


def _warnings(stream: Stream, share: float, reverse: bool, *, inferred: bool) -> list[str]:
    found = [*getattr(stream, "warnings", ())]
    seen = stream.feed()
    found += feed.warnings(seen, inferred=inferred)
    found += feed.cut_ends([source.name for source in stream.sources if source.may_be_cut])
    if not seen["rows"]:
        found.append("0 ticks: the file has a header and no rows")
    if seen["runs_backwards"] and not reverse:
        found.append("the file runs backwards (newest first), and so does the output:"
                     " reverse=True turns it")
    if share > 1:
        found.append(f"{share:.1f}% of rows cannot be read ({', '.join(stream.rejected)})"
                     f"{price_hint(stream.rejected)}")
    return found
