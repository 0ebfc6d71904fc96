"""A book of levels, and the trades, quotes and depth messages that tell of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError
from ..files.batch import NO_ID
from .draws import Columns, draws, lots, times, trades_of


def market(rows: int, seed: int = 0, *, levels: int = 10) -> dict[str, Columns]:
    """Trades, quotes and the messages of a depth feed that tell of the same book.

    The book has `levels` levels a side, a tick of 0.1 apart, and a spread of a tick. A snapshot
    comes first; each message after it moves the touch by a tick (three in ten) or sets a level of
    each side. A quote comes with each message that changes the touch. Four messages in ten come
    with a trade, at the touch before them; where they move the touch, four of five trades are on
    the side that it moves to.
    At one time trades come first, then quotes, then messages, as a replay has them.

    Parameters
    ----------
    rows : messages, 1 to 20,000,000.
    seed : a whole number from 0.
    levels : levels a side, 2 to 1,000.

    Returns
    -------
    dict with "trades" as `walk` returns them, "quotes" (ts_ns, bid, bid_qty, ask, ask_qty) and
    "deltas" with a row per level (ts_ns, message, snapshot, first, last, previous, side +1 bid or
    -1 ask, price, qty with 0 for none), as `Engine.run(trades=, quotes=, deltas=)` takes them.

    Raises
    ------
    ConfigError : rows, seed or levels is out of range.

    >>> tape = synthetic.market(1000)
    >>> engine = tickeng.Engine(kernels="effective_spread", quotes="native")
    >>> engine.run(**tape)["status"].size == len(tape["trades"]["price"])
    True
    """
    return Market(rows, seed, levels).tables()


class Market:
    """The book as arrays, a row per message: the tick of the best bid, and what each message sets
    in four slots, two of bids and two of asks. Raises ConfigError."""

    def __init__(self, rows: int, seed: int, levels: int) -> None:
        if not 2 <= levels <= 1000 or levels != int(levels):
            raise ConfigError(f"levels must be a whole number from 2 to 1,000, not {levels!r}")
        u = draws(rows, 8, seed)
        self.u, self.levels, self.seed, at = u, levels, seed, np.arange(rows)
        self.ts_ns = times(u[:, 0], 20)
        self.move = np.where(u[:, 1] < 0.15, -1, np.where(u[:, 1] < 0.3, 1, 0))
        self.move[0] = 0
        self.bid = bid = 600_000 + np.cumsum(self.move)
        if bid.min() <= levels:
            raise ConfigError(f"seed {seed}: the price comes down to 0: ask for fewer rows, or"
                              " another seed")
        up, down, still = self.move > 0, self.move < 0, self.move == 0
        far_bid, far_ask = bid - levels + 1, bid + levels
        deep = np.floor(levels * u[:, 2:4]).astype(np.int64)
        qty = lots(u[:, 4:6], 5000)
        none = np.zeros(rows)
        # The touch that comes or goes, and the far level that goes or comes.
        self.tick = np.stack([np.where(up, bid, np.where(down, bid + 1, bid - deep[:, 0])),
                              np.where(up, far_bid - 1, far_bid),
                              np.where(up, bid, np.where(down, bid + 1, bid + 1 + deep[:, 1])),
                              np.where(up, far_ask, far_ask + 1)], axis=1)
        bid_qty, ask_qty = qty[:, 0], qty[:, 1]
        self.qty = np.stack([np.where(down, none, bid_qty), np.where(up, none, bid_qty),
                             np.where(up, none, ask_qty), np.where(down, none, ask_qty)], axis=1)
        self.is_set = np.stack([at > 0, ~still, at > 0, ~still], axis=1)
        first = lots(draws(2 * levels, 1, seed, stream=1)[:, 0], 5000)
        self.first_tick = np.append(bid[0] - np.arange(levels), bid[0] + 1 + np.arange(levels))
        self.first_qty = first.reshape(levels, 2).T.ravel()
        self.touched = ~still | (deep == 0).any(axis=1) | (at == 0)

    def standing(self, side: slice, ticks: NDArray[np.int64], at: NDArray[np.int64],
                 ) -> NDArray[np.float64]:
        """The quantity at each tick of a side behind each message."""
        levels = slice(0, self.levels) if side.start == 0 else slice(self.levels, None)
        is_set, rows = self.is_set[:, side], len(self.bid)
        when = np.repeat(np.arange(rows), 2).reshape(rows, 2)
        key = np.append(self.first_tick[levels] * rows,
                        self.tick[:, side][is_set] * rows + when[is_set])
        qty = np.append(self.first_qty[levels], self.qty[:, side][is_set])
        order = np.argsort(key, kind="stable")
        found = np.searchsorted(key[order], ticks * rows + at, side="right") - 1
        return np.asarray(qty[order][found])

    def tables(self) -> dict[str, Columns]:
        """As `market` returns them."""
        messages = self.messages()
        counts = messages["bids"] + messages["asks"]
        of = np.repeat(np.arange(len(counts)), counts)
        place = np.arange(len(of)) - (np.cumsum(counts) - counts)[of]
        deltas = {name: messages[name][of] for name in ("ts_ns", "first", "last", "previous")}
        deltas |= {"message": of + 1, "snapshot": messages["snapshot"][of] != 0,
                   "side": np.where(place < messages["bids"][of], 1, -1).astype(np.int8),
                   "price": messages["price"], "qty": messages["qty"]}
        return {"trades": self.trades(), "quotes": self.quotes(), "deltas": deltas}

    def messages(self) -> Columns:
        """A row per message, levels in one run, bids first, as batches of deltas have them."""
        number, count = np.arange(len(self.bid)), self.is_set.astype(np.int64)
        bids, asks = count[:, :2].sum(axis=1), count[:, 2:].sum(axis=1)
        bids[0] = asks[0] = self.levels
        return {"ts_ns": self.ts_ns, "snapshot": number == 0, "first": number + 1,
                "last": number + 1, "previous": np.where(number > 0, number, NO_ID), "bids": bids,
                "asks": asks, "qty": np.append(self.first_qty, self.qty[self.is_set]),
                "price": np.append(self.first_tick, self.tick[self.is_set]) / 10.0}

    def quotes(self) -> Columns:
        """The touch behind each message that changed it."""
        at = np.flatnonzero(self.touched)
        bid = self.bid[at]
        return {"ts_ns": self.ts_ns[at], "bid": bid / 10.0,
                "bid_qty": self.standing(slice(0, 2), bid, at), "ask": (bid + 1) / 10.0,
                "ask_qty": self.standing(slice(2, 4), bid + 1, at)}

    def trades(self) -> Columns:
        """At the touch before their messages."""
        at = np.flatnonzero(self.u[1:, 6] < 0.4) + 1
        u, move = self.u[at, 7], self.move[at]
        bought = np.where(move > 0, u < 0.8, np.where(move < 0, u >= 0.8, u < 0.5))
        price = (self.bid[at - 1] + bought) / 10.0
        # The digits of u behind those that chose the side.
        return trades_of(self.ts_ns[at], price, lots(u * 4096.0 % 1.0, 1000), bought, self.seed)
