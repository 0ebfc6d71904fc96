"""`tickeng convert`: the same events in another format, or several files as one."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tickeng import CheckError
from tickeng.conversion import Filters, convert_files
from tickeng.files.batch import plural
from tickeng.replay import instant_ns

from .. import console, options, progress, summary, wording
from .. import replay_options as words
from ..reading import keywords, names
from ..verbs import Shared

Files = Annotated[list[str], typer.Argument(
    metavar="FILE...", help="Trades, quotes, books or changes of books; - is stdin, a folder all"
    " its files. Several are merged by time.")]


def convert(
    files: Files,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="OUT", help="tickeng's own .zst, or a table of one"
                     " kind: .parquet .arrow .csv .jsonl .arrows, the last three also with .zst."),
    ],
    force: options.Force = False,
    *,
    reading: Shared,
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="List rejected rows in this CSV.")
    ] = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Write the last row first: for files that begin with"
                           " the newest. Holds all rows in memory.")
    ] = False,
    from_: words.From = None, to: words.To = None, symbol: words.Symbol = None,
    skip_unreadable: words.SkipUnreadable = False,
    max_rejected: words.MaxRejected = 50.0,
    json: options.Json = False,
) -> None:
    """Read any known format and write the events in another.

    One file keeps its order; several are merged as a replay does it.

    \b
    Examples:
      tickeng convert BTCUSDT-trades-2024-08.zip -o BTCUSDT.zst
      tickeng convert BTCUSDT.zst -o BTCUSDT.parquet
      tickeng convert newest_first.csv -o trades.zst --reverse
      tickeng convert trades.csv quotes.csv books.parquet -o day.zst
      tickeng convert day.zst -o quotes.csv --kind quote --from 2024-08-08T12 --symbol BTCUSDT
    """
    options.existing(files)
    filters = Filters(instant_ns(from_) if from_ else None, instant_ns(to) if to else None,
                      names(symbol), skip_unreadable)
    with progress.bar() as advance:
        report = convert_files(
            files, output, filters=filters, force=force, rejects=rejects, reverse=reverse,
            max_rejected=max_rejected, progress=advance, **keywords(reading)
        )
    failed = report["failed"]
    report = wording.in_flags(report)
    if json:
        console.print_json(report)
        console.json_asked = False
    _show(report, output)
    if failed:
        raise CheckError(failed)


def _show(report: dict[str, Any], output: str) -> None:
    rows: list[tuple[str, Any]] = []
    for entry in report["inputs"]:
        rows += [row for row in summary.reading_rows(entry["reading"]) if row not in rows]
    console.say(console.pairs(rows))
    for text in report["warnings"]:
        console.warn(text)
    rejected = sum(report["rejected"].values())
    told = f", {rejected:,} rejected" if rejected else ""
    told += f", {report['filtered']:,} filtered" if report["filtered"] else ""
    kinds = ", ".join(f"{count:,} {plural(kind)}" for kind, count in report["kinds"].items())
    what = kinds if set(report["kinds"]) - {"trade"} else f"{report['rows']:,} rows"
    console.note(f"{what} to {output}{told}")
