"""`tickeng convert`: the same trades in another format."""

from pathlib import Path
from typing import Annotated

import typer

from tickeng import CheckError
from tickeng.files.convert import convert_file

from .. import console, options, progress, summary, wording
from ..reading import keywords
from ..replay_options import MaxRejected
from ..verbs import Shared


def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of trades; - is stdin.")],
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="OUT", help="tickeng's own .zst, or .parquet .arrow"
                     " .csv .jsonl .arrows, the last three also with .zst."),
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
    max_rejected: MaxRejected = 50.0,
    json: options.Json = False,
) -> None:
    """Read any known format and write trades in another.

    \b
    Examples:
      tickeng convert BTCUSDT-trades-2024-08.zip -o BTCUSDT.zst
      tickeng convert BTCUSDT.zst -o BTCUSDT.parquet
      tickeng convert newest_first.csv -o trades.zst --reverse
    """
    options.existing([file])
    with progress.bar() as advance:
        report = convert_file(
            file, output, force=force, rejects=rejects, reverse=reverse,
            max_rejected=max_rejected, progress=advance, **keywords(reading)
        )
    failed = report["failed"]
    report = wording.in_flags(report)
    if json:
        console.print_json(report)
        console.json_asked = False
    console.say(console.pairs(summary.reading_rows(report["input"]["reading"])))
    for text in report["warnings"]:
        console.warn(text)
    rejected = sum(report["rejected"].values())
    told = f", {rejected:,} rejected" if rejected else ""
    told += f", {report['filtered']:,} filtered" if report["filtered"] else ""
    console.note(f"{report['rows']:,} rows to {output}{told}")
    if failed:
        raise CheckError(failed)
