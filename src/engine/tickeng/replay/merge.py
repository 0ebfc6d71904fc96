"""Merges sources into one stream by time, opening each only when the stream reaches it.

A row's key is the largest timestamp of its source so far, so a row that is late inside its file
stays late in the stream. Ties go to trades, quotes, books, and then to the source of lower rank.
The order depends on the files alone, not on how they are cut into batches. Files that do not
overlap are simply read in turn, and then the tick rule of the next continues from the signs of
those before.
"""

from collections import deque
from collections.abc import Iterator

import numpy as np

from . import rows as rows_
from .cursor import Cursor, Signs
from .rows import Rows


def merge(cursors: list[Cursor], signs: Signs) -> Iterator[Rows]:
    """Batches of the merged stream; each must have been processed before the next is asked for.

    `signs` is kept by the caller: the last price and inferred side of each symbol processed.
    """
    waiting = deque(sorted(cursors, key=lambda c: (c.first_key, c.rank)))
    active: list[Cursor] = []
    while True:
        active = [cursor for cursor in active if cursor.load()]
        while waiting and (not active or waiting[0].first_key <= _horizon(active)):
            cursor = waiting.popleft()
            cursor.inherit({} if active else signs)
            if cursor.load():
                active.append(cursor)
        if not active:
            return
        active.sort(key=lambda cursor: cursor.order)
        yield _next_rows(active)


def _horizon(active: list[Cursor]) -> int:
    """Up to here every active source has shown its rows."""
    return min(cursor.last_key for cursor in active)


def _next_rows(active: list[Cursor]) -> Rows:
    """All rows whose order is certain; at least one source gives all its pending rows.

    At the horizon itself a source may have more rows to come, and these precede the equal rows of
    sources behind it, which therefore wait.
    """
    horizon = _horizon(active)
    last = next(cursor.order for cursor in active if cursor.last_key == horizon)
    parts, keys = [], []
    for cursor in active:
        side = "right" if cursor.order <= last else "left"
        count = int(np.searchsorted(cursor.keys, horizon, side=side))  # type: ignore[call-overload]
        if count:
            keys.append(cursor.keys[:count])
            parts.append(cursor.pop(count))
    if len(parts) == 1:
        return parts[0]
    return rows_.concat(parts).take(np.argsort(np.concatenate(keys), kind="stable"))
