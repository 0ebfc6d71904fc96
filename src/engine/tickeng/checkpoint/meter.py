"""How far a pass over whole files has come, for a bar that shows the time left."""

import os
from collections.abc import Callable, Sequence

Progress = Callable[[int, float | None], None]


class Meter:
    """Adds up what has been passed; each file's share of the way is that of its size."""

    def __init__(
        self, progress: Progress | None, files: Sequence[str | os.PathLike[str]]
    ) -> None:
        self._progress = progress
        self._amount, self._done = 0, 0.0
        self._size = sum(os.path.getsize(file) for file in files if os.path.exists(file))

    def passed(self, amount: int, size: float) -> None:
        """A piece of `amount`, for which `size` bytes of a file stand."""
        self._amount += amount
        self._done += size
        if self._progress:
            self._progress(self._amount, self._done / self._size if self._size else None)
