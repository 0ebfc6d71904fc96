"""Reading ahead of the computation and writing behind it, in threads of their own.

Order is kept and nothing is skipped: what is done is the same as without the threads.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Ahead:
    """One thread that takes up to `depth` items ahead, of any number of iterators."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._thread = ThreadPoolExecutor(1)

    def __call__(self, items: Iterator[Item]) -> Iterator[Item]:
        """The same items, none of them None. A wait for one may be broken off and begun again."""
        return _ReadAhead(items, self._thread, self._depth)

    def close(self) -> None:
        """Begin no further item and wait for the one being made."""
        self._thread.shutdown(cancel_futures=True)


class _ReadAhead(Iterator[Item], Generic[Item]):
    def __init__(self, items: Iterator[Item], thread: ThreadPoolExecutor, depth: int) -> None:
        self._items, self._thread, self._depth = items, thread, depth
        self._coming: deque[Future[Item | None]] = deque()

    def __next__(self) -> Item:
        while len(self._coming) <= self._depth:
            self._coming.append(self._thread.submit(next, self._items, None))
        item = self._coming[0].result()
        self._coming.popleft()
        if item is None:
            self._coming.clear()
            raise StopIteration
        return item


class Behind:
    """One thread for what may lag by one piece; an error in it comes up at the next call here."""

    def __init__(self, closing: ExitStack) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._last: Future[None] | None = None
        closing.callback(self._thread.shutdown)

    def submit(self, work: Callable[..., None], *given: Any) -> None:
        """Have `work(*given)` done after what was submitted before, which is waited for."""
        self.drain()
        self._last = self._thread.submit(work, *given)

    def drain(self) -> None:
        """Wait for what was submitted."""
        last, self._last = self._last, None
        if last:
            last.result()
