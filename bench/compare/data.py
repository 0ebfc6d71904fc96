"""The trades every contestant gets: tickeng's own synthetic ones, and a leader's returns."""

import numpy as np


def make_trades(n: int) -> dict[str, np.ndarray]:
    """ts_ms int64, price, qty float64, side int8 and the leader's return at each trade."""
    from tickeng.benchmark import synthetic_trades

    trades = synthetic_trades(n)
    moves = np.diff(np.log(trades["price"]), prepend=np.log(trades["price"][0]))
    noise = np.random.default_rng(7).normal(0.0, 6e-6, n)
    return {"ts_ms": trades.pop("ts_ns") // 1_000_000, **trades,
            "lead": 0.6 * np.roll(moves, -2) + noise}
