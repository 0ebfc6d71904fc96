"""How much the command says and where: -q, -v and --log-file, the same on every verb.

The log gets what stderr gets, line by line with the time in UTC, -q or not. It is appended to and
must be a log already, or be new or empty: a mistyped name costs nobody a file.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import typer

import tickeng
from tickeng import ConfigError, OutputError
from tickeng.files.disk.guard import same_file

from . import console

PANEL = "Messages"
_FIRST_LINE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z tickeng ")
_SUCH_A_LINE = b"2026-01-01T00:00:00.000Z tickeng "


class Talk(TypedDict):
    """Option name -> what it takes."""

    quiet: Annotated[bool, typer.Option(
        "--quiet", "-q", help="Only warnings and errors.", rich_help_panel=PANEL)]
    verbose: Annotated[bool, typer.Option(
        "--verbose", "-v", help="Also how each file is read, and timings.",
        rich_help_panel=PANEL)]
    log_file: Annotated[Path | None, typer.Option(
        "--log-file", metavar="FILE", help="Append everything said on stderr, with times.",
        rich_help_panel=PANEL)]


def listen(talk: dict[str, Any], given: dict[str, Any]) -> None:
    """Set the console up for a verb; `given` are its other options.

    Raises:
        ConfigError: the log is one of the files of the verb, or no log.
        OutputError: it cannot be written.
    """
    if talk["quiet"] and talk["verbose"]:
        raise ConfigError("--quiet and --verbose contradict each other: give one")
    console.quiet, console.verbose = talk["quiet"], talk["verbose"]
    path: Path | None = talk["log_file"]
    if path is None:
        return
    for other in _paths(given):
        if same_file(other, path) or same_file(other.split("=", 1)[-1], path):
            raise ConfigError(f"{path}: is a file of this run; give --log-file another name")
    mode = "a"
    try:
        if path.exists() and path.stat().st_size:
            with open(path, "rb") as file:
                head = file.read(64)
                if len(head) < len(_SUCH_A_LINE):
                    mode = "w"  # a crash may have cut the first line off
                if not _FIRST_LINE.match(head + _SUCH_A_LINE[len(head):]):
                    raise ConfigError(f"{path}: is no log of tickeng; give --log-file another name")
        console.log = open(path, mode, encoding="utf-8")  # noqa: SIM115, open as long as the run
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    console.write_log(f"tickeng {tickeng.__version__}: {' '.join(sys.argv[1:])}")


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (str, Path)):
        yield str(value)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _paths(part)
