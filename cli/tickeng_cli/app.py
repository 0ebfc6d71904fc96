"""The `tickeng` command: registers the verbs and turns every error into a message and an exit code.

A verb's module is imported when the verb is asked for, or all of them for the help and mistakes.

0 ok, 1 a check failed, 2 usage, 3 bad data, 4 state mismatch, 5 output cannot be written,
70 internal error, 130 and 143 stopped by a signal. Data and JSON go to stdout, all else to stderr;
a traceback is shown with --debug only, which is accepted anywhere on the line.
"""

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from tickeng import TickengError
from tickeng_cli.memory import keep_freed_memory

from . import console, wording
from .verbs import add

VERBS = ("replay", "inspect", "convert", "generate", "verify", "kernels", "config", "checkpoint",
         "bench", "doctor")
USAGE, DATA, OUTPUT, INTERNAL, SIGINT = 2, 3, 5, 70, 130


def _show_version(wanted: bool) -> None:
    if wanted:
        console.show_version()
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Show the version.", callback=_show_version,
                     is_eager=True),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks; accepted after any verb too.")
    ] = False,
) -> None:
    """Streaming tick engine: trades in, alpha and size and gate decisions out."""


def command_line(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command with the verb that these arguments begin with, or else with all verbs."""
    app = typer.Typer(
        name="tickeng",
        help="Streaming tick engine: trades in, alpha and size and gate decisions out.",
        epilog="Exit codes: 0 ok, 1 check failed, 2 usage, 3 bad data, 4 state mismatch,"
        " 5 output not writable, 70 internal error, 130/143 stopped by SIGINT/SIGTERM.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_root)
    for name in [verb for verb in VERBS if verb in arguments[:1]] or VERBS:
        module = import_module(f"tickeng_cli.commands.{name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            add(app, getattr(module, name))
    return app


def _exit_code(error: BaseException) -> int:
    """Say what went wrong, in JSON too where it was asked for, and choose the exit code."""
    if isinstance(error, BrokenPipeError):
        return 0  # nobody reads any more
    if isinstance(error, typer.Abort) or _is_interrupt(error):
        return SIGINT
    if isinstance(error, TickengError):
        if error.exit_code:
            message = wording.as_flags(str(error))
            console.fail(message, type(error).__name__, error.exit_code)
        return error.exit_code
    if hasattr(error, "format_message") and hasattr(error, "show"):
        with contextlib.suppress(OSError):
            error.show()
        console.write_log(error.format_message())
        return USAGE
    if isinstance(error, FileNotFoundError):
        console.fail(f"{error.filename}: no such file", "FileNotFoundError", USAGE)
        return USAGE
    if isinstance(error, UnicodeEncodeError):
        console.fail("an argument is not UTF-8 text", "ConfigError", USAGE)
        return USAGE
    if isinstance(error, MemoryError):
        console.fail("there is not enough memory for this input and these settings",
                     "MemoryError", DATA)
        return DATA
    if isinstance(error, OSError):
        where = error.filename or "standard output"
        console.fail(f"{where}: {error.strerror or error}", type(error).__name__, OUTPUT)
        return OUTPUT
    what = f"{type(error).__name__}: {error}"
    console.fail(f"internal error, {what}; --debug shows where", "InternalError", INTERNAL)
    return INTERNAL


def _is_interrupt(error: BaseException | None) -> bool:
    """Whether a signal is at its bottom: up to Python 3.11 one that comes while a class is made, in
    an import, is told as a RuntimeError."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__
    return error is not None


def _hold_standard_streams() -> None:
    """Fill the place of a standard stream that is closed, by one that cannot be used either.

    Otherwise the next file that is opened would get its number, and what is meant for the stream.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            wrong = os.O_WRONLY if mode == "r" else os.O_RDONLY
            taken = os.open(os.devnull, wrong)
            if taken != number:
                os.dup2(taken, number)
                os.close(taken)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def _buffer_stdout() -> None:
    """Put a buffer before a stdout that has none (PYTHONUNBUFFERED): what the system takes in parts
    would be cut off at the first, without an error."""
    raw = getattr(sys.stdout, "buffer", None)
    if isinstance(raw, io.FileIO):
        sys.stdout.flush()
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(io.FileIO(raw.fileno(), "w", closefd=False)),
            encoding=sys.stdout.encoding, errors=sys.stdout.errors,
            line_buffering=sys.stdout.isatty())


def _let_go(code: int) -> int:
    """Flush what is buffered; the exit code is another one if stdout does not take it."""
    for stream, number in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            stream.flush()
        except OSError as error:
            if number == 1 and not code:
                code = _exit_code(error)
            with contextlib.suppress(OSError):  # the interpreter flushes once more
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)
    return code


def main() -> None:
    """Run the command line and exit."""
    keep_freed_memory()
    _hold_standard_streams()
    _buffer_stdout()
    arguments = sys.argv[1:]
    end = arguments.index("--") if "--" in arguments else len(arguments)
    debug = "--debug" in arguments[:end]
    arguments = [word for word in arguments[:end] if word != "--debug"] + arguments[end:]
    console.reset()
    console.json_asked = "--json" in arguments[:end]
    try:
        code = command_line(arguments)(args=arguments, prog_name="tickeng", standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exc()
        code = _exit_code(error)
    except SystemExit:  # from click, when nobody reads any more
        code = 0
    sys.exit(_let_go(code if isinstance(code, int) else 0))


if __name__ == "__main__":
    main()
