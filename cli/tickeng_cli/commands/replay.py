"""`tickeng replay`: trades in, alpha and decisions out."""

import signal
import sys
from types import FrameType
from typing import Any

import typer

from tickeng import ConfigError
from tickeng.files.batch import plural
from tickeng.replay import Every, Interrupted, Options, Stop, duration_ns, tables
from tickeng.replay import explain as explained
from tickeng.replay import replay as run_replay

from .. import console, options, progress, summary, wording
from .. import replay_options as words
from ..reading import parts
from ..verbs import Shared


def replay(
    files: words.Files,
    output: words.Output = None,
    force: options.Force = False,
    columns: words.Columns = None,
    rows: words.ManyRows = None,
    quotes: words.Quotes = None, books: words.Books = None,
    leader: words.Leader = None, pair: words.Pair = None,
    checkpoint: words.Checkpoint = None, checkpoint_every: words.CheckpointEvery = None,
    resume: words.Resume = None, allow_cold: words.AllowCold = None, warm: words.Warm = None,
    from_: words.From = None, to: words.To = None,
    limit: words.Limit = None,
    symbol: words.Symbol = None,
    kernels: options.Kernels = None,
    config: options.ConfigFile = None,
    set_: options.Set = None,
    *,
    reading: Shared,
    reorder_ms: words.ReorderMs = 0.0, delay: words.Delay = None,
    on_late: words.OnLate = None,
    dedupe: words.Dedupe = None,
    rejects: words.Rejects = None,
    strict: words.Strict = False,
    skip_unreadable: words.SkipUnreadable = False,
    max_rejected: words.MaxRejected = 50.0,
    plot: words.Plot = None,
    follow: words.Follow = False,
    idle_exit: words.IdleExit = None,
    workers: words.Workers = "1",
    explain: words.Explain = False,
    json: options.Json = False,
) -> None:
    """Run trades, quotes and books through the engine; a row of outputs for each trade, or --rows.

    Without -o the rows go to stdout when it is a pipe; on a terminal only the summary is shown.

    \b
    Examples:
      tickeng replay BTCUSDT-aggTrades-2024-08-08.zip -o alpha.parquet
      tickeng replay perp.csv --leader spot.csv -o alpha.csv --plot day.html
      tickeng replay trades.csv --quotes q.parquet --delay quotes=5ms --kernels 'chain; microprice'
      tickeng replay trades.csv --kernels @bars.txt --rows trade -o t.csv --rows m1 -o bars.csv
      tickeng replay monday.csv -o week.csv --checkpoint week.ckpt
      tickeng replay tuesday.csv -o week.csv --checkpoint week.ckpt --resume week.ckpt
      zcat trades.csv.gz | tickeng replay - --map price=px --set eps=relative > alpha.csv
      tickeng replay --follow today.csv -o today-alpha.csv --checkpoint today.ckpt
      tickeng replay trades.csv --kernels 'chain; m1 = time_bars(period=1m); rsi(m1)' --explain
    """
    given = dict(locals())
    return _explain(given, json) if explain else _run(_wanted(given), json)


def _explain(given: dict[str, Any], json: bool) -> None:
    """What the pipeline comes to, without running it."""
    wanted, clocks = words.of_run(given), given["rows"] or ["trade"]
    with progress.bar() as advance:
        found = explained(wanted["files"], wanted["config"], wanted["leaders"],
                          wanted["quotes"], wanted["books"], clocks,
                          progress=advance, delays=wanted["delays"], **wanted["source"])
    for node in found["nodes"]:
        node["here"] = wording.as_flags(node["here"])
    if json:
        console.print_json(found)
        console.json_asked = False
        return
    rows = [[node["name"], node["kernel"], " ".join(node["clocks"]),
             ", ".join(node["reads"]) or "events", node["memory"],
             node["here"] if node["columns"] else "not written"] for node in found["nodes"]]
    screen = console.out()
    screen.print(console.listing(["node", "kernel", "moves on", "reads", "memory", "values here"],
                                 rows))
    screen.print(console.pairs([
        *((plural(kind), f"{sum(symbols.values()):,} of {len(symbols):,} symbols")
          for kind, symbols in found["events"].items()),
        *summary.age_of_quotes(found["quote_age"]),
        *summary.delays(found["delay"]),
        ("memory", f"{found['symbol_bytes']:,} bytes a symbol at most"),
    ]))


def _wanted(given: dict[str, Any]) -> Options:
    """The options of a replay from the words given."""
    if given["checkpoint_every"] and not given["checkpoint"]:
        raise ConfigError("--checkpoint-every needs --checkpoint FILE")
    if given["json"] and "-" in (given["output"] or []):
        raise ConfigError("--json and -o - both want stdout; give -o a file")
    decided = words.of_run(given)
    options.existing(given["warm"] or [])
    every = given["checkpoint_every"]
    same = ("force", "checkpoint", "resume", "rejects", "strict", "plot", "max_rejected",
            "follow")
    return Options(
        **decided,
        **{name: given[name] for name in same},
        **_tables(given["rows"] or ["trade"], given["output"] or [], given["json"]),
        config_file=given["config"],
        columns=parts(given["columns"]) if given["columns"] else None,
        every=Every.parse(every) if every else None,
        warm=given["warm"] or [],
        allow_cold=given["allow_cold"] or [],
        workers=options.workers(given["workers"]),
        idle_exit_ns=duration_ns(given["idle_exit"]) if given["idle_exit"] else None,
    )


def _tables(rows: list[str], outputs: list[str], json: bool) -> dict[str, Any]:
    """Where rows go: without -o into a pipe, never onto a terminal or beside the JSON."""
    if len(rows) == 1 and not outputs:
        return {"rows": rows[0], "out": None if json or sys.stdout.isatty() else "-"}
    (clock, out), *also = tables(rows, outputs)
    return {"rows": clock, "out": out, "also": also}


def _run(wanted: Options, json: bool) -> None:
    stop = Stop()

    def on_signal(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)  # a second one ends the program at once
        stop.request(number)

    before = {n: signal.signal(n, on_signal) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        with progress.bar() as advance:
            outcome = run_replay(wanted, progress=advance, stop=stop, tell=console.warn)
    except Interrupted:
        raise typer.Exit(128 + (stop.signal or signal.SIGINT)) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    report: dict[str, Any] = wording.in_flags(outcome.report)
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
