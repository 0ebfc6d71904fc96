"""C-14: VPIN over volume buckets that split trades, its rank, and with the open bucket.

What decides when a bucket is full is the rule as written, in doubles; what is in a bucket is kept
as a list of parts and summed anew.
"""

from fractions import Fraction

import numpy as np

from tests.reference import Outputs, Real, Trades, outputs

Parts = list[tuple[float, int]]


def imbalance(parts: Parts, size: float) -> Real:
    bought = np.sum(np.array([q * (1 + s) / 2 for q, s in parts], Real))
    sold = np.sum(np.array([q * (1 - s) / 2 for q, s in parts], Real))
    return min(abs(bought - sold) / Real(size), Real(1))


def buckets(trades: Trades, size: float, most: int):
    """For each trade the imbalances that it closes (at most `most` whole ones) and what is open."""
    filled, parts = 0.0, []
    for qty, side in zip(trades.qty.tolist(), trades.side.tolist(), strict=True):
        closed: list[Real] = []
        left, room = qty, max(size - filled, 0.0)
        if left >= room:
            closed.append(imbalance([*parts, (room, side)], size))
            left, filled, parts = left - room, 0.0, []
            whole = int(Fraction(left) // Fraction(size))
            closed += [imbalance([(size, side)], size)] * min(whole, most)
            left = float(Fraction(left) - whole * Fraction(size))  # exact: a remainder is a double
        filled += left
        parts.append((left, side))
        yield closed, parts


def reference(trades: Trades, *, bucket: float = 50_000.0, window: int = 50,
              rank_window: int = 1000, min_count: int = 60) -> Outputs:
    found = np.full((3, len(trades)), np.nan)
    ring: list[Real] = []
    values: list[float] = []
    vpin = rank = np.nan
    for n, (closed, parts) in enumerate(buckets(trades, bucket, window)):
        ring = (ring + closed)[-window:]
        if closed and len(ring) == window:
            vpin = float(np.mean(np.array(ring, Real)))
            values = [*values, vpin][-rank_window:]
            if len(values) >= min(min_count, rank_window):
                part = np.rint(np.array(values) * 2.0**32)  # what is closer is equal
                rank = (np.sum(part < part[-1]) + 0.5 * np.sum(part == part[-1])) / len(part)
        if len(ring) == window:
            volume = np.sum(np.array([q for q, _ in parts], Real)) / Real(bucket)
            signed = abs(np.sum(np.array([q * s for q, s in parts], Real))) / Real(bucket)
            total = np.sum(np.array(ring, Real)) + signed
            found[:, n] = vpin, rank, min(total / (window + volume), Real(1))
    return outputs(vpin=found[0], vpin_rank=found[1], vpin_nowcast=found[2])
