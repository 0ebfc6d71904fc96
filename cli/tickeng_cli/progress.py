"""The progress bar of long runs: rows, rate and time left, on stderr, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import console

Advance = Callable[[int, float | None], None]


@contextmanager
def bar() -> Iterator[Advance | None]:
    """Gives the function to call with rows and share done; None when nobody would see it."""
    screen = console.err()
    if not screen.is_terminal or console.quiet:
        yield None
        return
    from rich.progress import (  # for a terminal only
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(bar_width=32),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} ticks"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=None, rows=0, rate="")

        def advance(rows: int, fraction: float | None) -> None:
            elapsed = progress.tasks[0].elapsed or 0.0
            rate = f"{rows / elapsed:,.0f}/s" if elapsed > 0.2 else ""
            total = None if fraction is None else 1.0
            progress.update(task, completed=fraction or 0.0, total=total, rows=rows, rate=rate)

        yield advance
