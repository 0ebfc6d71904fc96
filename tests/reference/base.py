"""A-14: v, r, dt and x of every trade."""

import numpy as np

from tests.reference import Outputs, Real, Trades, outputs


def reference(trades: Trades) -> Outputs:
    return outputs(signed_qty=trades.signed_qty, log_return=trades.log_return, dt_s=trades.dt_s,
                   log_price=np.log(trades.price.astype(Real)))
