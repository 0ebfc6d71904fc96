"""`tickeng replay`: trades in, alpha and decisions out."""

import signal
import sys
from types import FrameType
from typing import Any

import typer

from tickeng import ConfigError
from tickeng.replay import Every, Interrupted, Options, Stop, duration_ns, instant_ns
from tickeng.replay import replay as run_replay

from .. import console, options, progress, summary
from .. import replay_options as words


def replay(
    files: words.Files,
    output: words.Output = None,
    force: options.Force = False,
    columns: words.Columns = None,
    leader: words.Leader = None,
    checkpoint: words.Checkpoint = None,
    checkpoint_every: words.CheckpointEvery = None,
    resume: words.Resume = None,
    warm: words.Warm = None,
    from_: words.From = None,
    to: words.To = None,
    limit: words.Limit = None,
    symbol: words.Symbol = None,
    kernels: options.Kernels = None,
    config: options.ConfigFile = None,
    set_: options.Set = None,
    format_: options.Format = None,
    map_: options.Map = None,
    header: options.Header = None,
    time_unit: options.TimeUnit = None,
    infer_side: options.InferSide = None,
    clock: options.Clock = "event",
    max_memory: options.MaxMemory = None,
    reorder_ms: words.ReorderMs = 0.0,
    on_late: words.OnLate = None,
    dedupe: words.Dedupe = None,
    rejects: words.Rejects = None,
    strict: words.Strict = False,
    plot: words.Plot = None,
    workers: words.Workers = "1",
    json: options.Json = False,
) -> None:
    """Run trades through the engine and write a row of outputs for each.

    Without -o the rows go to stdout when it is a pipe; on a terminal only the summary is shown.

    \b
    Examples:
      tickeng replay BTCUSDT-aggTrades-2024-08-08.zip -o alpha.parquet
      tickeng replay perp.csv --leader spot.csv -o alpha.csv --plot day.html
      tickeng replay BTCUSDT-trades-2024-*.zip -o year.parquet --workers auto
      tickeng replay monday.csv -o week.csv --checkpoint week.ckpt
      tickeng replay tuesday.csv -o week.csv --checkpoint week.ckpt --resume week.ckpt
      zcat trades.csv.gz | tickeng replay - --map price=px --set eps=relative > alpha.csv
    """
    _run(_wanted(dict(locals())), json)


def _wanted(given: dict[str, Any]) -> Options:
    """The options of a replay from the words given."""
    if given["checkpoint_every"] and not given["checkpoint"]:
        raise ConfigError("--checkpoint-every needs --checkpoint FILE")
    if given["json"] and given["output"] == "-":
        raise ConfigError("--json and -o - both want stdout; give -o a file")
    leader = [given["leader"]] if given["leader"] else []
    options.existing([*given["files"], *leader, *(given["warm"] or [])])
    every, start, end = (given[name] for name in ("checkpoint_every", "from_", "to"))
    same = ("files", "force", "leader", "checkpoint", "resume", "limit", "rejects", "strict",
            "plot")
    return Options(
        **{name: given[name] for name in same},
        config=options.configuration(
            given["config"], given["set_"], given["kernels"],
            on_late=given["on_late"], dedupe=given["dedupe"],
        ),
        out=_output(given["output"], given["json"]),
        columns=options.words(given["columns"]),
        every=Every.parse(every) if every else None,
        warm=given["warm"] or [],
        from_ns=instant_ns(start) if start else None,
        to_ns=instant_ns(end) if end else None,
        symbols=[name for text in given["symbol"] or [] for name in options.words(text) or []],
        reorder_ns=duration_ns(f"{given['reorder_ms']:f}ms"),
        workers=options.workers(given["workers"]),
        source=options.source_options(
            given["format_"], given["map_"], given["header"], given["time_unit"],
            given["infer_side"], given["clock"], given["max_memory"],
        ),
    )


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
    except Interrupted:
        raise typer.Exit(128 + (stop.signal or signal.SIGINT)) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    report: dict[str, Any] = outcome.report
    if outcome.error and not outcome.error.exit_code:
        raise outcome.error  # nobody reads stdout any more: end quietly
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
