"""C-34: simple returns over four numbers of trades, each from its own s on."""

import numpy as np

from tests.reference import Outputs, Real, Reals, Trades, nans, outputs

LARGEST = Real(np.finfo(np.float64).max)


def momentum(price: np.ndarray, scale: int) -> Reals:
    found, p = nans(len(price)), price.astype(Real)
    if scale < len(p):
        found[scale:] = (p[scale:] - p[:-scale]) / p[:-scale]
    return np.where(abs(found) > LARGEST, np.nan, found)


def reference(trades: Trades, *, scale_1: int = 10, scale_2: int = 50, scale_3: int = 200,
              scale_4: int = 1000) -> Outputs:
    scales = (scale_1, scale_2, scale_3, scale_4)
    return outputs(**{f"price_momentum_{i}": momentum(trades.price, scale)
                      for i, scale in enumerate(scales, 1)})
