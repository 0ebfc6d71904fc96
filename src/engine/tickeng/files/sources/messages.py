"""Levels that changed, a row each, to the messages that told of them.

Rows that follow one another and agree in symbol, times, numbers of updates and whether they are of
a snapshot are one message, however the file is cut into blocks. A message of which a row is refused
is refused as a whole: it stays among the events, without a price, so that the engine refuses it
where it stood and knows that its book lacks something. A row that does not tell whose it is belongs
to the message around it; between two messages it may be of either, and both are refused.
Trap: what is given up to a row must not depend on rows behind it, for a run may be resumed there:
so a batch ends with the last message that is complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.files.batch import NO_ID, NUMBERS, EventBatch, Reject, count_reasons
from tickeng.files.sources.message_repeats import Repeats, RowError
from tickeng.files.sources.reading import Reading
from tickeng.files.values import Values, without_price

LEVEL = "level"  # the kind of the batches that readers give of changes, whose rows are levels
_OF_MESSAGE = ("symbol", "ts_ns", "recv_ns", "snapshot", *NUMBERS, "message")
MOST_LEVELS = 1 << 20  # of a message; books of exchanges have some thousands
_MOST_WAITING = 4_096  # rows that do not tell whose they are
Columns = dict[str, NDArray[Any]]


class Messages:
    """The messages of a source's levels. `several`: there are several symbols, so that a row that
    does not tell whose it is ends the file: nobody would know which of the books is wrong."""

    def __init__(self, start_row: int, *, several: bool) -> None:
        self._several = several
        self._open: Columns | None = None  # of the message that may go on
        self._loose: list[Reject] = []  # that do not tell whose they are, within it or behind it
        self._refused: list[Reject] = []  # rows of it, and what it is refused for besides
        self._filtered = 0
        self._folded = 0  # of the loose rows those within messages that were closed last
        self._within = 0  # of the open message, of which but the first is held
        self._end = start_row
        self._repeats = Repeats()
        self._number = NO_ID  # of the last message, where a column numbers them

    def through(self, batches: Iterator[EventBatch], *, ends: bool) -> Iterator[EventBatch]:
        """The messages of batches of levels. `ends`: behind the last batch nothing comes, so that
        the message that is open is complete.

        Raises RowError behind the messages before it.
        """
        batch = None
        for batch in batches:
            if (found := self._add(batch)) is not None:
                yield found
        if batch is not None and ends:
            nothing = batch.take(slice(0))
            rows = _columns(nothing) if self._open is None else self._open
            found = self._close(nothing, rows, self._starts(rows)[0], None)
            found.rows_end = batch.rows_end
            yield found

    def _add(self, batch: EventBatch) -> EventBatch | None:
        """The messages that are complete with a batch; None where there are none."""
        self._sort_out(batch)
        self._filtered += batch.filtered
        rows = _columns(batch)
        rows = rows if self._open is None else _joined([self._open, rows])
        starts, at = self._starts(rows)
        size = len(starts)
        full = int(np.count_nonzero(at == size)) > _MOST_WAITING
        count = size if full else int(np.flatnonzero(starts)[-1]) if size else 0
        if count or full:
            return self._close(batch, rows, starts, count)
        self._open = rows if size else None
        if size:
            self._fold(at)
        if size + self._within + len(self._loose) > MOST_LEVELS:
            raise _too_large(rows["row"][0] if size else self._loose[0].row)
        return None

    def _fold(self, at: NDArray[np.int64]) -> None:
        """Of the refused rows of the open message, and the loose ones within it, which stand before
        the rows `at`, hold the first: a message of a million takes no more than one of two."""
        assert self._open is not None
        size = len(self._open["row"])
        within = [reject for reject, place in zip(self._loose, at.tolist(), strict=True)
                  if 0 < place < size]
        self._loose = [reject for reject, place in zip(self._loose, at.tolist(), strict=True)
                       if not 0 < place < size]
        self._within += len(within)
        self._refused = sorted([*self._refused, *within], key=lambda reject: reject.row)[:1]

    def _starts(self, rows: Columns) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which rows begin a message, and before which row each of the loose ones stands. Many of
        these part what they stand in."""
        starts = _starts(rows)
        at = np.searchsorted(rows["row"], [reject.row for reject in self._loose])
        places, lengths = np.unique(at, return_counts=True)
        long = places[lengths > _MOST_WAITING]
        starts[long[long < len(starts)]] = True
        return starts, at

    def _sort_out(self, batch: EventBatch) -> None:
        """Refused rows to those of messages and those that do not tell whose they are."""
        at = np.searchsorted(batch.row, [reject.row for reject in batch.rejects])
        for place, reject in zip(at.tolist(), batch.rejects, strict=True):
            if place < len(batch) and batch.row[place] == reject.row:
                self._refused.append(reject)
            elif self._several or len(batch.symbols) > 1:
                raise RowError(reject.row, f"{reject.reason}: nobody knows whose change it was, "
                                           "and any of the books may lack it: give the rows of "
                                           "each symbol as a file of its own")
            else:
                self._loose.append(reject)

    def _close(self, batch: EventBatch, rows: Columns, starts: NDArray[np.bool_],
               count: int | None) -> EventBatch:
        """The first `count` rows that wait as messages (None: all, nothing comes behind them); the
        others wait on, and so does the last of rows that do not tell whose they are."""
        ends, size = count is None, len(rows["row"])
        count = size if count is None else count
        first = np.flatnonzero(starts[:count])
        behind = np.append(first[1:], count)
        if len(first) and (behind - first).max() > MOST_LEVELS:
            raise _too_large(rows["row"][first[(behind - first).argmax()]])
        of = np.cumsum(starts) - 1
        faults, alone = self._faults(rows, starts, of, count, ends)
        last = rows["row"][behind - 1] if len(first) else np.empty(0, np.int64)
        begun = rows["row"][first]
        told = {m: _told(faults[m], int(begun[m]), int(last[m])) for m in sorted(faults)
                if m < len(first)}
        self._refused = [min(found, key=lambda reject: reject.row)
                         for m, found in faults.items() if m >= len(first)]
        self._open = {name: column[count:] for name, column in rows.items()} if (
            count < size) else None
        done = [*last[-1:].tolist(), *([alone[-1].row] if alone and self._open is None else [])]
        self._end = max([self._end, *done])
        rejects = sorted([*alone, *told.values()], key=lambda reject: reject.row)
        head = {name: column[first] for name, column in rows.items()}
        found = EventBatch(
            "delta", head["ts_ns"], _values(rows, first, of, count, told), head.get("symbol"),
            batch.symbols, last, head.get("recv_ns"), None, rejects, count_reasons(rejects),
            self._end, self._filtered)
        self._filtered = 0
        found.of_rows = count + self._folded + len(alone)
        if not self._rise(head.get("message")):
            self._repeats.check(found)
        return found

    def _rise(self, numbers: NDArray[np.int64] | None) -> bool:
        """Whether a column numbers the messages, each higher than the one before: then no message
        is a piece of another."""
        if numbers is None or not len(numbers):
            return False
        steps = np.append(self._number, numbers)
        self._number = int(numbers[-1])
        return bool((steps[1:] > steps[:-1]).all())

    def _faults(self, rows: Columns, starts: NDArray[np.bool_], of: NDArray[np.int64], count: int,
                ends: bool) -> tuple[dict[int, list[Reject]], list[Reject]]:
        """What each message is refused for, and the rows that are of none. Rows within and behind
        the message that stays open wait."""
        size = len(of)
        faults: dict[int, list[Reject]] = {}
        alone, wait = [], []
        self._folded, self._within = self._within, 0
        for reject in self._refused:
            at = int(np.searchsorted(rows["row"], reject.row))
            faults.setdefault(int(of[min(at, size - 1)]), []).append(reject)
        for n, reject in enumerate(self._loose):
            at = int(np.searchsorted(rows["row"], reject.row))
            within = 0 < at < size and not starts[at]
            is_last = n + 1 == len(self._loose)
            if not ends and (at > count or (at == size and (is_last or count < size))):
                wait.append(reject)
                continue
            sides = [at] if within else [m for m in (at - 1, at) if 0 <= m < size]
            for side in sides:
                faults.setdefault(int(of[side]), []).append(reject)
            if within:
                self._folded += 1
            else:
                alone.append(reject)
        self._loose = wait
        return faults, alone


def by_message(of: NDArray[np.int64], count: int, bid: NDArray[np.bool_],
               price: NDArray[np.float64], qty: NDArray[np.float64]) -> Values:
    """How many bids and asks each of so many messages has, and all levels, in each message bids
    first, in their order. Arrays of one length: `of` which message a level is, whether a `bid`."""
    order = np.argsort(2 * of + ~bid, kind="stable")
    bids, asks = (np.bincount(of[mine], minlength=count).astype(np.uint32) for mine in (bid, ~bid))
    return {"bids": bids, "asks": asks, "price": price[order], "qty": qty[order]}


def batch_kind(reading: Reading) -> str:
    """The kind of the batches that a reader gives, which has read a file so."""
    return LEVEL if reading.layout.is_delta else reading.kind


def _too_large(row: int) -> RowError:
    return RowError(row, f"begins a message of more than {MOST_LEVELS:,} levels: are its times "
                         'those of messages? Name their column with map="ts=COLUMN"')


def _columns(batch: EventBatch) -> Columns:
    told = {"ts_ns": batch.ts_ns, "recv_ns": batch.recv_ns, "symbol": batch.symbol,
            "row": batch.row, **batch.values}
    return {name: column for name, column in told.items() if column is not None}


def _joined(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _starts(rows: Columns) -> NDArray[np.bool_]:
    """Which rows are of another message than the row before."""
    starts = np.zeros(len(rows["row"]), np.bool_)
    starts[:1] = True
    for name in _OF_MESSAGE:
        if name in rows:
            starts[1:] |= rows[name][1:] != rows[name][:-1]
    return starts


def _told(faults: Sequence[Reject], begun: int, last: int) -> Reject:
    """The reject of a message: the first of its faults, at its last row where that is no row of it.
    """
    first = min(faults, key=lambda reject: reject.row)
    return first._replace(row=first.row if begun <= first.row <= last else last, fed=True)


def _values(rows: Columns, first: NDArray[np.int64], of: NDArray[np.int64], count: int,
            refused: dict[int, Reject]) -> Values:
    """The values of the messages that are the first `count` rows."""
    values = {name: rows[name][first] if name in rows else np.full(len(first), NO_ID)
              for name in ("snapshot", *NUMBERS)}
    values |= by_message(of[:count], len(first), rows["side"][:count] > 0, rows["price"][:count],
                         rows["qty"][:count])
    return without_price(values, {m: reject.reason for m, reject in refused.items()})
