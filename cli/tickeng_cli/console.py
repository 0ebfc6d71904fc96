"""What the command prints: one JSON document or a readable text on stdout, the rest on stderr.

Colour and bars appear on a terminal only and never under NO_COLOR (a bar then has no colour).
"""

import contextlib
import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import tickeng

_WIDE = 160  # where no terminal says how wide it is

json_asked = False


class _Screen(Console):
    """Leaves a reader that has gone to the caller: rich would end the program with exit 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def out() -> Console:
    """The console on stdout."""
    return _Screen(highlight=False, width=None if sys.stdout.isatty() else _WIDE)


def err() -> Console:
    """The console on stderr."""
    return _Screen(stderr=True, highlight=False, width=None if sys.stderr.isatty() else _WIDE)


def show_version() -> None:
    """`tickeng 0.1.0`."""
    print(f"tickeng {tickeng.__version__}")


def _shown(text: Any) -> str:
    """Text from outside, as a name in a file, must not steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in str(text))


def print_json(document: dict[str, Any]) -> None:
    """The one document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2, allow_nan=False, default=str) + "\n")


def say(text: Text | Table) -> None:
    """On stderr; where that is closed or full, nobody is told, and that is all."""
    with contextlib.suppress(OSError):
        err().print(text, soft_wrap=isinstance(text, Text))


def warn(text: str) -> None:
    """A warning on stderr."""
    say(Text.assemble(("warning: ", "yellow"), _shown(text)))


def note(text: str) -> None:
    """A plain line on stderr."""
    say(Text(_shown(text)))


def fail(message: str, kind: str, exit_code: int) -> None:
    """An error on stderr, and as the JSON document where one was asked for and none written."""
    say(Text.assemble(("tickeng: ", "red"), _shown(message)))
    if json_asked:
        with contextlib.suppress(OSError):
            print_json({
                "schema": "tickeng.error/1",
                "error": {"type": kind, "message": message, "exit_code": exit_code},
            })


def pairs(rows: list[tuple[str, Any]], title: str | None = None) -> Table:
    """Two columns: what, and how much."""
    table = Table.grid(padding=(0, 2))
    table.title, table.title_justify = title, "left"
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), value if isinstance(value, Text) else Text(_shown(value)))
    return table


def listing(columns: list[str], rows: list[list[Any]]) -> Table:
    """A table with a head, one line an entry."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row))
    return table
