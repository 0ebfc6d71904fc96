"""Seeded synthetic trades: clustered times, persistent sides, heavy-tailed lots, a leader."""

import numpy as np


def make_trades(n: int, seed: int = 20240607) -> dict[str, np.ndarray]:
    """ts_ms int64, price, qty float64, side int8 and the leader's return at each trade."""
    rng = np.random.default_rng(seed)
    side = np.where(np.cumsum(rng.random(n) < 0.22) & 1, 1, -1).astype(np.int8)
    gap = np.where(rng.random(n) < 0.55, 0.0, np.exp(rng.normal(3.2, 1.4, n)))
    ts_ms = 1_700_000_000_000 + np.cumsum(np.rint(gap)).astype(np.int64)
    lots = np.exp(rng.normal(2.6, 1.5, n))
    tail = rng.random(n) < 0.02
    lots[tail] *= 1.0 + np.minimum(rng.pareto(1.3, int(tail.sum())), 2e4)
    qty = np.maximum(np.rint(lots), 1.0) / 1000.0
    vol = 6e-6 * np.exp(0.5 * np.sin(np.arange(n) / 40_000.0))
    step = np.where(rng.random(n) < 0.45, rng.standard_t(4, n) + 0.25 * side, 0.0) * vol
    price = np.rint(60_000.0 * np.exp(np.cumsum(step - step.mean())) * 10.0) / 10.0
    lead = 0.6 * np.roll(step, -2) + np.where(rng.random(n) < 0.5, rng.normal(0, 1, n) * vol, 0.0)
    return {"ts_ms": ts_ms, "price": price, "qty": qty, "side": side, "lead": lead}
