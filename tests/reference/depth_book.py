"""A book from messages of a depth feed, as a dictionary of levels for each side. Spec: A-04."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

SHOWN = 20


@dataclass
class Message:
    """What a feed sends: (price, quantity) of levels, quantity 0 for none, and its numbers."""

    ts_ns: int
    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]
    snapshot: bool = False
    first: int | None = None
    last: int | None = None
    previous: int | None = None


@dataclass
class DepthBook:
    """`apply` says what became of a message: "shown", "unchanged", "old", "gap", "waits", or of a
    snapshot "behind"."""

    snapshot_depth: int = 0
    bids: dict[float, float] = field(default_factory=dict)
    asks: dict[float, float] = field(default_factory=dict)
    valid: bool = False
    number: int | None = None
    joins: bool = False
    edges: tuple[float, float] = (0.0, np.inf)
    waiting: list[Message] = field(default_factory=list)
    aside: Message | None = None  # a snapshot behind the book

    def shown(self) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """The best levels; with `snapshot_depth` up to where the snapshot was cut."""
        bids = sorted(self.bids.items(), reverse=True)[:SHOWN]
        asks = sorted(self.asks.items())[:SHOWN]
        if not self.snapshot_depth:
            return bids, asks
        return ([level for level in bids if level[0] >= self.edges[0]],
                [level for level in asks if level[0] <= self.edges[1]])

    def is_beyond(self) -> bool:
        """Whether a level is shown that lies behind the last one of the snapshot."""
        bids, asks = self.shown()
        return any(price < self.edges[0] for price, _ in bids) or any(
            price > self.edges[1] for price, _ in asks)

    def apply(self, message: Message) -> str:
        if message.snapshot:
            another = self.aside is not None and self.aside.last != message.last
            if self.valid and None not in (message.last, self.number) and not another and (
                    message.last < self.number):
                self.aside = message
                return "behind"
            return self._take(message)
        if not self.valid:
            if message.last is not None:
                self.waiting.append(message)
            return "waits"
        return self._change(message)

    def end(self) -> None:
        self.bids, self.asks, self.valid, self.number, self.joins = {}, {}, False, None, False
        self.aside = None

    def _take(self, message: Message) -> str:
        self.bids, self.asks, self.aside = {}, {}, None
        self._set(message)
        cut = self.snapshot_depth or SHOWN
        bids, asks = (len(side) >= cut for side in (message.bids, message.asks))
        self.edges = (min(message.bids)[0] if bids else 0.0,
                      max(message.asks)[0] if asks else np.inf)
        self.valid, self.number, self.joins = True, message.last, True
        waiting, self.waiting = self.waiting, []
        outcome = "shown"
        for one in waiting:
            if not self.valid:
                self.waiting.append(one)
            elif self._change(one) == "gap":
                outcome = "gap"
        return outcome

    def _change(self, message: Message) -> str:
        order = self._order(message, self.number, self.joins)
        if self.aside is not None and order != "next":
            behind = self._order(message, self.aside.last, True)
            if behind == "next" and message.ts_ns >= self.aside.ts_ns:
                self._take(self.aside)
                self._change(message)
                return "shown"
            if behind == "gap" and message.last != self.number and (
                    message.ts_ns > self.aside.ts_ns):
                order = "gap"
        if order == "old":
            return order
        self.aside = None
        if order == "gap":
            self.end()
            if message.last is not None:
                self.waiting.append(message)
            return order
        before = self.shown()
        self._set(message)
        if message.last is not None:
            self.number = message.last
        self.joins = False
        return "shown" if self.shown() != before else "unchanged"

    def _set(self, message: Message) -> None:
        for side, levels in ((self.bids, message.bids), (self.asks, message.asks)):
            for price, qty in levels:
                if qty:
                    side[price] = qty
                else:
                    side.pop(price, None)

    @staticmethod
    def _order(message: Message, number: int | None, joins: bool) -> str:
        """Whether it holds something new, and whether nothing is missing before it."""
        if message.last is None or number is None:
            return "next"
        if message.previous == number and message.last < number:  # the feed counts anew from here
            return "next"
        if joins and message.previous is not None:  # futures: it may end at the snapshot
            if message.last < number:
                return "old"
        elif message.last <= number:
            return "old"
        if message.previous is not None and message.previous == number:
            return "next"
        if message.previous is not None and not (joins and message.first is not None):
            return "gap"
        first = message.last if message.first is None else message.first
        return "next" if first <= number + 1 else "gap"
