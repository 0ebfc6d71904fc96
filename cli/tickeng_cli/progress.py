"""The progress bar of long runs: amount, rate and time left, on stderr, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import console

Advance = Callable[[int, float | None], None]


@contextmanager
def bar(unit: str = "ticks") -> Iterator[Advance | None]:
    """Gives the function to call with the amount and share done; None when nobody would see it.

    An amount that falls begins a further stretch, with a rate and a time left of its own.
    """
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
        TextColumn(f"{{task.fields[amount]:,}} {unit}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=screen, transient=True, refresh_per_second=5) as progress:
        task = progress.add_task("", total=None, amount=0, rate="")

        def advance(amount: int, fraction: float | None) -> None:
            if amount < progress.tasks[0].fields["amount"]:
                progress.reset(task)
            elapsed = progress.tasks[0].elapsed or 0.0
            rate = f"{amount / elapsed:,.0f}/s" if elapsed > 0.2 else ""
            total = None if fraction is None else 1.0
            progress.update(task, completed=fraction or 0.0, total=total, amount=amount, rate=rate)

        yield advance
