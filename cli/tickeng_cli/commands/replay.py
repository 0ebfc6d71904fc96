"""`tickeng replay`: trades in, alpha and decisions out."""

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from tickeng import ConfigError
from tickeng.replay import Every, Options, Stop, duration_ns, instant_ns
from tickeng.replay import replay as run_replay

from .. import console, options, progress, summary

OUTPUT = "Output"
STATE = "State"


def replay(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Trades; - is stdin.")],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="Write rows here: .parquet .csv .jsonl"
                     " .arrow, the last three also with .zst; - is stdout."),
    ] = None,
    force: options.Force = False,
    columns: Annotated[
        str | None, typer.Option(metavar="A,B", help="Columns of the output, in this order.")
    ] = None,
    leader: Annotated[
        str | None, typer.Option(metavar="FILE", help="Trades of the leading market.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a checkpoint at the end.")
    ] = None,
    checkpoint_every: Annotated[
        str | None, typer.Option(metavar="N|Ns", help="And every N ticks or seconds, as 30s.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Continue from a checkpoint.")
    ] = None,
    warm: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Prime with history, without output.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="First time, as 2024-08-08T09:30.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="TIME", help="First time left out.")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help="Stop after this many rows.")] = None,
    symbol: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Only these symbols.")
    ] = None,
    kernels: options.Kernels = None,
    config: options.ConfigFile = None,
    set_: options.Set = None,
    format_: options.Format = None,
    map_: options.Map = None,
    header: options.Header = None,
    time_unit: options.TimeUnit = None,
    infer_side: options.InferSide = None,
    clock: options.Clock = "event",
    reorder_ms: Annotated[
        float, typer.Option(min=0, metavar="MS", help="Hold rows back this long to sort late ones.")
    ] = 0.0,
    on_late: Annotated[
        str | None, typer.Option(metavar="drop|error|clamp", help="What to do with late ticks.")
    ] = None,
    dedupe: Annotated[
        str | None, typer.Option(metavar="id", help="Drop rows whose id has been seen.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="List rejected rows in this CSV.")
    ] = None,
    strict: Annotated[bool, typer.Option(help="Stop at the first rejected row.")] = False,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the replay: .png or .html.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=1, help="Engine threads.")] = 1,
    json: options.Json = False,
) -> None:
    """Run trades through the engine and write a row of outputs for each.

    Without -o the rows go to stdout when it is a pipe; on a terminal only the summary is shown.

    \b
    Examples:
      tickeng replay BTCUSDT-aggTrades-2024-08-08.zip -o alpha.parquet
      tickeng replay perp.csv --leader spot.csv -o alpha.csv --plot day.html
      tickeng replay monday.csv -o week.csv --checkpoint week.ckpt
      tickeng replay tuesday.csv -o week.csv --checkpoint week.ckpt --resume week.ckpt
      zcat trades.csv.gz | tickeng replay - --map price=px --set eps=relative > alpha.csv
    """
    if checkpoint_every and not checkpoint:
        raise ConfigError("--checkpoint-every needs --checkpoint FILE")
    if json and output == "-":
        raise ConfigError("--json and -o - both want stdout; give -o a file")
    settings = options.configuration(
        config, set_, kernels, on_late=on_late, dedupe=dedupe
    )
    wanted = Options(
        files=files,
        config=settings,
        out=_output(output, json),
        force=force,
        columns=options.words(columns),
        leader=leader,
        checkpoint=checkpoint,
        every=Every.parse(checkpoint_every) if checkpoint_every else None,
        resume=resume,
        warm=warm or [],
        from_ns=instant_ns(from_) if from_ else None,
        to_ns=instant_ns(to) if to else None,
        limit=limit,
        symbols=[name for text in symbol or [] for name in options.words(text) or []],
        reorder_ns=duration_ns(f"{reorder_ms:f}ms"),
        rejects=rejects,
        strict=strict,
        plot=plot,
        source=options.source_options(format_, map_, header, time_unit, infer_side, clock),
    )
    _run(wanted, json)


def _output(output: str | None, json: bool) -> str | None:
    """Where rows go: without -o into a pipe, never onto a terminal or beside the JSON."""
    if output is None and not json and not sys.stdout.isatty():
        return "-"
    return output


def _run(wanted: Options, json: bool) -> None:
    stop = Stop()

    def on_signal(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends the program at once
        stop.request(number)

    before = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        with progress.bar() as advance:
            outcome = run_replay(wanted, progress=advance, stop=stop)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    report: dict[str, Any] = outcome.report
    if json:
        console.print_json(report)
        console.json_asked = False
    summary.show(report)
    if outcome.signal:
        raise typer.Exit(128 + outcome.signal)
    if outcome.error:
        raise outcome.error
    if not report["conserved"]:
        raise typer.Exit(1)
