"""F-01: Hurst exponent and signed efficiency of the last whole slice, or of every window."""

from tests.reference import Outputs, Trades, nans, outputs
from tests.reference.efficiency import efficiency, rolling_efficiency
from tests.reference.hurst import exponent, lagged_differences, rolling_exponent


def reference(trades: Trades, *, step: int = 5000, update: str = "sparse") -> Outputs:
    if update == "continuous":
        return outputs(hurst=rolling_exponent(trades, step),
                       efficiency=rolling_efficiency(trades, step))
    hurst, net = nans(len(trades)), nans(len(trades))
    for start in range(step, len(trades), step):  # published here, held for one step
        price = trades.price[start - step:start]
        hurst[start:start + step] = exponent(lagged_differences(price))
        net[start:start + step] = efficiency(price, trades.log_return[start - step + 1:start])
    return outputs(hurst=hurst, efficiency=net)
