"""The error tree. Everything tickeng raises on purpose is a TickengError.

Each class carries the exit code with which the command ends when the error reaches it.
"""

from collections.abc import Mapping
from typing import Any, TypeVar


class TickengError(Exception):
    """Root of the tree. `option`: what a file was told of how it is read, where just that does not
    fit the file."""

    exit_code = 70
    option: str | None = None


_Error = TypeVar("_Error", bound=TickengError)


def unfit(error: _Error, option: str) -> _Error:
    """The error, told that it is this option that does not fit the file; "map.ROLE" is one role."""
    error.option = option
    return error


class ConfigError(TickengError, ValueError):
    """A setting is unknown, of the wrong type or out of bounds; the message names it."""

    exit_code = 2


class DataError(TickengError, ValueError):
    """Input is empty, unrecognised or damaged; the message names file, row and remedy."""

    exit_code = 3


class EmptyError(DataError):
    """Input has no content at all, not even a header."""


class TruncatedError(DataError):
    """Input ends before its format says it does; what came before was read."""


class LateTickError(DataError):
    """A tick is older than the last accepted one and `on_late` is "error"."""


class SymbolError(TickengError, KeyError):
    """A symbol was asked for that the engine does not know."""

    exit_code = 2
    __str__ = Exception.__str__  # KeyError's shows the repr


class NotAcceptedWarning(UserWarning):
    """A run did not accept more than 1 % of its rows; the message counts them by reason."""


class FallbackWarning(UserWarning):
    """The newest generation of a checkpoint is damaged or missing; the one before was taken."""


class BackpressureError(TickengError):
    """A ParallelEngine did not take a tick: its ring is full, or decisions are not polled.

    `taken`: place of that tick in the call; those before it were handed over, none is lost.
    """

    def __init__(self, message: str, taken: int = 0) -> None:
        super().__init__(message)
        self.taken = taken


class CheckError(TickengError):
    """Everything was done and written, but the result should not be trusted as it is."""

    exit_code = 1


class ConservationError(CheckError):
    """Rows are unaccounted for, which is a defect of tickeng: its output is not to be used.

    `symbol`: whose rows; `came_in`: how many by an own count; `counts`: the counters of that symbol
    (in, processed, duplicate, late, rejected, dropped, held).
    """

    def __init__(self, message: str, symbol: str, came_in: int, counts: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.symbol, self.came_in, self.counts = symbol, came_in, dict(counts)


class DifferenceError(CheckError):
    """Runs that must give the same bits did not; `report` says where."""

    def __init__(self, message: str, report: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.report = dict(report)


class StateError(TickengError):
    """A checkpoint does not fit: other configuration, other source, damaged or newer version."""

    exit_code = 4


class OutputError(TickengError, OSError):
    """Output cannot be written."""

    exit_code = 5

    def __str__(self) -> str:  # OSError's begins with "[Errno N]"
        return self.strerror or Exception.__str__(self)
