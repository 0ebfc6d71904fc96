"""A wish to stop, made by a signal handler and granted between two batches.

While a source is waited for (a silent pipe on stdin may wait for ever) the wish breaks the wait;
at any other time it only leaves a note, so that no batch is ever half done.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class Interrupted(BaseException):
    """Breaks a wait; not an Exception, so that no reader takes it for bad data."""


class Stop:
    """`signal` is the number of the signal asked for first, None while nobody asked."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._waiting = False

    def request(self, signal: int) -> None:
        """Ask for the stop; call it from the signal handler."""
        self.signal = self.signal or signal
        if self._waiting:
            self._waiting = False
            raise Interrupted

    @contextmanager
    def reading(self) -> Iterator[None]:
        """The time in which nothing is lost by breaking off."""
        if self.signal:
            raise Interrupted
        self._waiting = True
        try:
            yield
        except RuntimeError as error:  # of Python 3.11, where a class was being made in an import
            if isinstance(error.__cause__, Interrupted):
                raise error.__cause__ from None
            raise
        finally:
            self._waiting = False
