"""`tickeng bench`: how fast is it on this machine, with this file."""

from typing import Annotated, Any

import typer

from tickeng.benchmark import benchmark

from .. import console, options, progress
from ..reading import keywords
from ..verbs import Shared

PATHS = {"read": "read the file", "batch": "Engine.run on arrays", "on_tick": "on_tick in a loop",
         "replay": "replay, no output"}


def bench(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A file of trades; none: synthetic.")
    ] = None,
    rows: Annotated[
        int, typer.Option(min=20_000, help="Trades for batch and streaming, at most.")
    ] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; medians are shown.")] = 5,
    *,
    reading: Shared,
    settings: options.Set = None,
    kernels: options.Kernels = None,
    json: options.Json = False,
) -> None:
    """Time reading, batch, streaming and replay, in turns, in this run.

    \b
    Examples:
      tickeng bench
      tickeng bench BTCUSDT-aggTrades-2024-08-08.zip --rounds 3 --json
    """
    if file:
        options.existing([file])
    with progress.bar() as advance:
        def tell(done: int, of: int) -> None:
            if advance:
                advance(done * rows, done / of)
            else:
                console.note(f"round {done + 1} of {of}")

        report = benchmark(
            file, rows=rows, rounds=rounds, progress=tell, **keywords(reading),
            config=options.configuration(None, settings, kernels),
        )
    if json:
        console.print_json(report)
        return
    _show(report)


def _show(report: dict[str, Any]) -> None:
    machine, screen = report["machine"], console.out()
    screen.print(f"{machine['cpu']}, {machine['build']}, Python {machine['python']}")
    screen.print(f"{report['input']['rows']:,} trades, {report['input']['format']}")
    screen.print(console.listing(
        ["path", "ns a trade", "best", "trades a second"],
        [[PATHS[name], f"{row['ns_per_trade']:,.1f}", f"{row['best_ns_per_trade']:,.1f}",
          f"{row['trades_per_s']:,}"] for name, row in report["paths"].items()]))
    latency = report["on_tick_latency_ns"]
    screen.print("one on_tick, ns: " + ", ".join(f"{k} {v:,.0f}" for k, v in latency.items()))
