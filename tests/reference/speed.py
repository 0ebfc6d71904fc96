"""C-02: signed volume per root second."""

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, outputs

MILLI = Real("0.001")


def speed(trades: Trades, mode: str) -> Reals:
    if mode == "spec":
        return trades.signed_qty / (np.sqrt(trades.dt_s) + MILLI)
    return trades.signed_qty / np.sqrt(np.maximum(trades.dt_s, MILLI))


def reference(trades: Trades, *, mode: str = "spec") -> Outputs:
    return outputs(speed=speed(trades, mode))
