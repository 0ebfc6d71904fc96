"""`tickeng verify`: the same bits in every way of running, on your data and machine."""

from typing import Annotated, Any

import typer

from tickeng import CheckError
from tickeng.replay import Options
from tickeng.verification import failure, verify_files, where

from .. import console, options, progress, wording
from .. import replay_options as words
from ..verbs import Shared

Against = Annotated[
    str | None, typer.Option(metavar="OUT", help="Compare this output of a replay with a fresh run"
                             " instead, made with its settings.")
]
EveryTick = Annotated[
    bool, typer.Option("--all", help="Tick by tick all rows, not the first million.")
]
Seed = Annotated[
    int | None, typer.Option(min=0, help="Where runs are cut; chosen and shown if not given.")
]
SelfTest = Annotated[
    bool, typer.Option("--self-test", help="Change one bit of a second run and find it.")
]


def verify(
    files: words.Files,
    against: Against = None,
    every_tick: EveryTick = False,
    seed: Seed = None,
    self_test: SelfTest = False,
    rows: words.Rows = "trade",
    quotes: words.Quotes = None, books: words.Books = None,
    leader: words.Leader = None,
    pair: words.Pair = None,
    from_: words.From = None,
    to: words.To = None,
    limit: words.Limit = None,
    symbol: words.Symbol = None,
    kernels: options.Kernels = None,
    config: options.ConfigFile = None,
    set_: options.Set = None,
    *,
    reading: Shared,
    reorder_ms: words.ReorderMs = 0.0,
    delay: words.Delay = None,
    on_late: words.OnLate = None,
    dedupe: words.Dedupe = None,
    skip_unreadable: words.SkipUnreadable = False,
    workers: words.Workers = "auto",
    json: options.Json = False,
) -> None:
    """Check that every way of running gives the same bits; exit 1 if one does not.

    Batch, tick by tick, random chunks, resumed at random rows, threads, and the other instruction
    set of the processor: every row and column, and the first cell that differs is shown.

    \b
    Examples:
      tickeng verify BTCUSDT-aggTrades-2024-08-08.zip
      tickeng verify perp.csv --leader spot.csv --all --seed 7
      tickeng verify trades.csv --quotes quotes.csv --kernels 'chain; mid_spread' --rows quote
      tickeng verify trades.csv --against alpha.parquet
      tickeng verify trades.csv --self-test
    """
    _run(dict(locals()))


def _run(given: dict[str, Any]) -> None:
    wanted = Options(**words.of_run(given), rows=given["rows"])
    if given["against"] is not None:
        options.existing([given["against"]])
    with progress.bar() as advance:
        report = verify_files(
            wanted, workers=options.workers(given["workers"]), progress=advance,
            **{name: given[name] for name in ("against", "every_tick", "seed", "self_test")},
        )
    failed = failure(report)
    if given["json"]:
        console.print_json(wording.in_flags(report))
        console.json_asked = False
    else:
        _show(report)
    if failed:
        raise CheckError(failed)


_SAME = {True: "same bits", False: "DIFFERENT", None: "all others are held against it"}


def _show(report: dict[str, Any]) -> None:
    screen = console.out()
    if report.get("ways"):
        rows = [[way["way"], f"{way['rows']:,}", _SAME[way.get("same")], f"{way['seconds']:.1f} s"]
                for way in report["ways"]]
        rows += [[way["way"], "none", f"not run: {way['why']}", ""] for way in report["not_run"]]
        screen.print(console.listing(["way", "rows", "result", "took"], rows))
    facts = [("may differ" if found.get("may_differ") else "difference", where(found))
             for found in report["differences"]]
    if against := report.get("against"):
        facts += [("note", note) for note in against["notes"]]
        same = ", ".join(name for name in against["columns"] if name not in _differing(report))
        facts.append((against["path"], f"{against['rows']:,} rows, same bits in {same or 'none'}"))
    else:
        facts += [*_self_test(report), ("seed", report["seed"]), ("digest", report["digest"])]
    screen.print(console.pairs(facts))


def _differing(report: dict[str, Any]) -> set[str]:
    return {found["column"] for found in report["differences"] if "column" in found}


def _self_test(report: dict[str, Any]) -> list[tuple[str, Any]]:
    if not (planted := report["self_test"]):
        return []
    found = "found there" if planted["found"] else "not found"
    return [("self-test", f"bit {planted['bit']} of row {planted['row']:,}, column"
             f" {planted['column']}, was changed; {found}")]
