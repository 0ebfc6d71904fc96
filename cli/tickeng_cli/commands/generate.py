"""`tickeng generate`: a made-up tape to try things on."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tickeng.files.batch import plural
from tickeng.synthetic import TAPES
from tickeng.synthetic import generate as make

from .. import console, options

Tape = Annotated[str, typer.Argument(metavar="TAPE", help=f"{', '.join(TAPES)}.")]
Output = Annotated[str, typer.Option(
    "--output", "-o", metavar="OUT", help="A tick file .zst, or a table as .csv .parquet .arrow"
    " .jsonl; of a market .zst alone.")]
Rows = Annotated[int, typer.Option(metavar="N", help="Trades; of a market messages.")]
Seed = Annotated[int, typer.Option(metavar="N", help="The same seed gives the same rows.")]
Impact = Annotated[float | None, typer.Option(
    metavar="X", help="impact: price move per unit bought.")]
LagMs = Annotated[int | None, typer.Option(
    metavar="MS", help="lead-lag: how long behind its leader.")]
LeaderOut = Annotated[Path | None, typer.Option(
    metavar="FILE", help="lead-lag: where the leader's trades go.")]
Share = Annotated[float | None, typer.Option(
    metavar="X", help="lead-lag: part of the leader's move that is made.")]
Noise = Annotated[float | None, typer.Option(
    metavar="X", help="impact, lead-lag: width of the noise in the price.")]
Levels = Annotated[int | None, typer.Option(metavar="N", help="market: levels a side.")]
Gaps = Annotated[int | None, typer.Option(
    metavar="N", help="Outages in trades, whose rows are missing.")]
GapRows = Annotated[int | None, typer.Option(metavar="N", help="Rows missing in each outage.")]
Duplicates = Annotated[float | None, typer.Option(
    metavar="SHARE", help="Part of the trades that come twice, 0 to 1.")]
Late = Annotated[float | None, typer.Option(
    metavar="SHARE", help="Part of the trades that come late, 0 to 1.")]


def generate(
    tape: Tape, output: Output, rows: Rows = 100_000, seed: Seed = 0, force: options.Force = False,
    *,
    impact: Impact = None, lag_ms: LagMs = None, leader_out: LeaderOut = None, share: Share = None,
    noise: Noise = None, levels: Levels = None, gaps: Gaps = None, gap_rows: GapRows = None,
    duplicates: Duplicates = None, late: Late = None, json: options.Json = False,
) -> None:
    """Write a made-up tape in which is planted what kernels are to find.

    walk is a random walk, impact moves by its own trades, lead-lag follows a leader, market is
    trades, quotes and depth messages of one book. The same rows and seed give the same bits on
    every machine.

    \b
    Examples:
      tickeng generate walk -o trades.csv
      tickeng generate impact --impact 0.05 --rows 20000 -o trades.parquet
      tickeng generate lead-lag --lag-ms 50 -o trades.csv --leader-out leader.csv
      tickeng generate lead-lag --share 0.8 --noise 0.1 -o trades.csv --leader-out leader.csv
      tickeng generate walk --gaps 2 --gap-rows 50 --duplicates 0.01 --late 0.01 -o broken.csv
      tickeng generate market --levels 20 --seed 7 -o day.zst
      tickeng replay day.zst --kernels 'chain; effective_spread' -o rows.csv
    """
    given = {"impact": impact, "lag_ms": lag_ms, "share": share, "noise": noise, "levels": levels,
             "gaps": gaps, "gap_rows": gap_rows, "duplicates": duplicates, "late": late}
    report = make(tape, output, rows=rows, seed=seed, leader_out=leader_out, force=force,
                  **{name: value for name, value in given.items() if value is not None})
    if json:
        console.print_json(report)
        return
    _show(report)


def _show(report: dict[str, Any]) -> None:
    kinds = ", ".join(f"{count:,} {plural(kind)}" for kind, count in report["events"].items())
    planted = ", ".join(f"{name.replace('_', ' ')} {value:,}"
                        for name, value in report["planted"].items())
    console.note(f"{kinds} of seed {report['seed']} to {' and '.join(report['out'])}"
                 + (f": {planted}" if planted else ""))
