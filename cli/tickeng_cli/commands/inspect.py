"""`tickeng inspect`: what is in this file."""

from typing import Annotated, Any

import typer

from tickeng.sources import inspect_file

from .. import console, options


def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of trades; - is stdin.")],
    format_: options.Format = None,
    map_: options.Map = None,
    header: options.Header = None,
    time_unit: options.TimeUnit = None,
    infer_side: options.InferSide = None,
    clock: options.Clock = "event",
    max_memory: options.MaxMemory = None,
    json: options.Json = False,
) -> None:
    """Show format, columns, rows, span, symbols, order and tick size of a file.

    \b
    Examples:
      tickeng inspect BTCUSDT-aggTrades-2024-08-08.zip
      tickeng inspect trades.parquet --map price=px --json
    """
    options.existing([file])
    wanted = options.source_options(format_, map_, header, time_unit, infer_side, clock,
                                    max_memory)
    found = inspect_file(file, **wanted)
    if json:
        console.print_json({"schema": "tickeng.inspect/1", **found})
        return
    console.out().print(console.pairs([(name, _text(value)) for name, value in found.items()]))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(part)}" for name, part in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(part) for part in value) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    return str(value)
