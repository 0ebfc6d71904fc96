"""What the command prints: one JSON document or a readable text on stdout, the rest on stderr.

Colour and bars appear on a terminal only and never under NO_COLOR (a bar then has no colour).
"""

import contextlib
import json
import sys
from datetime import UTC, datetime
from typing import IO, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import tickeng

_WIDE = 160  # where no terminal says how wide it is

json_asked = False
quiet = verbose = False
log: IO[str] | None = None
warned: set[str] = set()


def reset() -> None:
    """The state before a command line: nothing asked for, no log."""
    global json_asked, quiet, verbose, log
    if log:
        log.close()
    json_asked = quiet = verbose = False
    log = None
    warned.clear()


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


def say(what: Any, *, always: bool = False) -> None:
    """Something on stderr, unless -q asks for silence, and in the log.

    Where stderr is closed or full, nobody is told, and that is all.
    """
    if always or not quiet:
        with contextlib.suppress(OSError):
            err().print(what, soft_wrap=isinstance(what, Text))
    if log:
        plain = Console(width=_WIDE, no_color=True, highlight=False)
        with plain.capture() as captured:
            plain.print(what, soft_wrap=True)
        write_log(captured.get())


def write_log(text: str) -> None:
    """The lines of a text, each with the time, in the log if there is one."""
    if log:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        lines = _shown(text).split("\n")
        with contextlib.suppress(OSError):
            log.writelines(f"{now}Z {line.rstrip()}\n" for line in lines if line)
            log.flush()


def warn(text: str) -> None:
    """A warning on stderr, also under -q; a second time it is not said."""
    if text in warned:
        return
    warned.add(text)
    say(Text.assemble(("warning: ", "yellow"), _shown(text)), always=True)


def note(text: str) -> None:
    """A plain line on stderr."""
    say(Text(_shown(text)))


def detail(text: str) -> None:
    """A line on stderr that only -v shows."""
    if verbose:
        say(Text(_shown(text)))


def fail(message: str, kind: str, exit_code: int) -> None:
    """An error on stderr, and as the JSON document where one was asked for and none written."""
    say(Text.assemble(("tickeng: ", "red"), _shown(message)), always=True)
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
