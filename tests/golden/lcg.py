"""The golden stream: a 64-bit linear congruential generator of trades and a leader.

u = (x >> 11) / 2^53, five draws a trade. Everything is exact in double, so the stream is the same
on every machine.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Stream:
    """Columns of one length; `leader` is the leader's price as of each trade, by arrival."""

    ts_ns: NDArray[np.int64]
    price: NDArray[np.float64]
    qty: NDArray[np.float64]
    side: NDArray[np.int8]
    leader: NDArray[np.float64]

    def head(self, n: int) -> "Stream":
        return Stream(self.ts_ns[:n], self.price[:n], self.qty[:n], self.side[:n], self.leader[:n])


@cache
def golden_stream(n: int = 20_000) -> Stream:
    state = 42

    def draw() -> float:
        nonlocal state
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        return (state >> 11) / 2**53

    ts_ms, price, leader = 1_600_000_000_000, 10_000.0, 10_000.0
    rows = []
    for i in range(n):
        u1, u2, u3, u4, u5 = (draw() for _ in range(5))
        side = 1 if u3 >= 0.5 else -1
        if i > 0:
            ts_ms += math.floor(u4 * u4 * 200)
            leader += 0.5 * math.floor(5 * u5 - 2)
            price += 0.5 * math.floor(5 * u1 - 2) + 0.25 * side
        rows.append((ts_ms * 1_000_000, price, 0.001 + 1.5 * u2, side, leader))
    ts, p, q, s, ld = zip(*rows, strict=True)
    return Stream(np.array(ts), np.array(p), np.array(q), np.array(s, np.int8), np.array(ld))
