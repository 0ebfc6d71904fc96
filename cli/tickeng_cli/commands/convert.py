"""`tickeng convert`: the same trades in another format."""

from pathlib import Path
from typing import Annotated

import typer

from tickeng.convert import convert as run_convert

from .. import console, options, progress


def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of trades; - is stdin.")],
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="OUT", help="tickeng's own .zst, or .parquet .csv"
                     " .jsonl .arrow, the last three also with .zst."),
    ],
    force: options.Force = False,
    format_: options.Format = None,
    map_: options.Map = None,
    header: options.Header = None,
    time_unit: options.TimeUnit = None,
    infer_side: options.InferSide = None,
    clock: options.Clock = "event",
    max_memory: options.MaxMemory = None,
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="List rejected rows in this CSV.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Read any known format and write trades in another.

    \b
    Examples:
      tickeng convert BTCUSDT-trades-2024-08.zip -o BTCUSDT.zst
      tickeng convert BTCUSDT.zst -o BTCUSDT.parquet
    """
    options.existing([file])
    wanted = options.source_options(format_, map_, header, time_unit, infer_side, clock,
                                    max_memory)
    with progress.bar() as advance:
        report = run_convert(
            file, output, force=force, rejects=rejects, progress=advance, **wanted
        )
    if json:
        console.print_json(report)
        return
    rejected = sum(report["rejected"].values())
    told = f", {rejected:,} rejected" if rejected else ""
    console.note(f"{report['rows']:,} rows to {output}{told}")
