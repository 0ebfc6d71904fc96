"""`tickeng checkpoint show|diff|verify`: what is in a checkpoint and whether it is sound."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tickeng import checkpoint as container
from tickeng.files.limits import memory_limit

from .. import console, options, progress
from ..verbs import add

app = typer.Typer(help="Look into checkpoints.", no_args_is_help=True, rich_markup_mode=None)
File = Annotated[Path, typer.Argument(metavar="FILE", help="A checkpoint.")]
MaxMemory = Annotated[
    str | None,
    typer.Option(metavar="SIZE", help="What its description may take, such as 2GiB."),
]


def show(file: File, max_memory: MaxMemory = None, json: options.Json = False) -> None:
    """Show version, configuration, places of sources and output, and counters.

    \b
    Example:
      tickeng checkpoint show week.ckpt
    """
    with progress.bar("bytes") as advance:
        found = container.describe(file, max_bytes=memory_limit(max_memory).memory,
                                   progress=advance)
    if json:
        console.print_json({"schema": "tickeng.checkpoint/1", "path": str(file), **found})
        return
    meta = found.pop("meta")
    rows: list[tuple[str, Any]] = [(name.replace("_", " "), value) for name, value in found.items()]
    for source in meta.get("sources", []):
        rows.append(("source", f"{source['name']}, continues after row {source['row']:,}"))
    for name, leader in meta.get("leaders", {}).items():
        rows.append((f"leader {name}", f"{leader['name']}, row {leader['row']:,}"))
    if meta.get("sink"):
        sink = meta["sink"]
        rows.append(("output", f"{sink['path']}, {sink['position']['rows']:,} rows"))
    for symbol, counts in meta.get("counters", {}).items():
        ends = ", ".join(f"{n} {c:,}" for n, c in counts.items() if isinstance(c, int) and c)
        rows.append((symbol, ends))
    rows += [(key, value) for key, value in meta.get("config", {}).items()]
    console.out().print(console.pairs(rows))


def diff(
    first: File, second: File, max_memory: MaxMemory = None, json: options.Json = False
) -> None:
    """Show in what two checkpoints differ; exit 1 if they do.

    \b
    Example:
      tickeng checkpoint diff week.ckpt week.ckpt.1
    """
    with progress.bar("bytes") as advance:
        changes = container.compare(first, second, max_bytes=memory_limit(max_memory).memory,
                                    progress=advance)
    if json:
        console.print_json({"schema": "tickeng.checkpoint-diff/1", "differences": changes})
    else:
        rows = [[key, change[0], change[1]] for key, change in changes.items()]
        console.out().print(console.listing(["what", str(first), str(second)], rows))
    if changes:
        raise typer.Exit(1)


def verify(file: File, max_memory: MaxMemory = None, json: options.Json = False) -> None:
    """Check that a checkpoint and the one kept before it are sound; exit 4 if the newest is not.

    \b
    Example:
      tickeng checkpoint verify week.ckpt
    """
    with progress.bar("bytes") as advance:
        results = container.verify(file, max_bytes=memory_limit(max_memory).memory,
                                   progress=advance)
    if json:
        console.print_json({"schema": "tickeng.checkpoint-verify/1", "files": results})
    else:
        rows = [[r["path"], "sound" if r["sound"] else r["error"]] for r in results]
        console.out().print(console.listing(["file", "state"], rows))
    if not results[0]["sound"]:
        raise typer.Exit(4)


for _verb in (show, diff, verify):
    add(app, _verb)
