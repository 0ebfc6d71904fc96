"""What a format gives a source to read content with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from tickeng.files.batch import EventBatch
from tickeng.files.sources.reading import Reading


class Reader(Protocol):
    """One format's half of a Source: it turns content into batches and knows nothing of files.

    ``columns`` are the file's column names, ``roles`` says what each is read as. ``has_side`` and
    ``has_recv`` say whether the content carries them, ``reading`` what was decided of it.
    """

    @property
    def reading(self) -> Reading: ...

    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> list[str]: ...
    @property
    def roles(self) -> dict[str, str]: ...
    @property
    def symbols(self) -> list[str]: ...
    @property
    def has_side(self) -> bool: ...
    @property
    def has_recv(self) -> bool: ...

    def batches(self, start_row: int) -> Iterator[EventBatch]:
        """Batches behind data row `start_row`. Raises DataError with the row, without the file."""
        ...
