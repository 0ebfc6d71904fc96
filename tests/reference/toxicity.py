"""C-04: |v| |s - s_prev|, with the last known side (carry) or literally the last side."""

from tests.reference import Outputs, Real, Reals, Trades, nans, outputs


def toxicity(trades: Trades, carry: bool) -> Reals:
    y = nans(len(trades))
    before = trades.side[0]
    for n in range(1, len(trades)):
        side = trades.side[n]
        if carry and (side == 0 or before == 0):
            y[n] = 0
        else:
            y[n] = abs(trades.signed_qty[n]) * abs(Real(side) - Real(before))
        if side != 0 or not carry:
            before = side
    return y


def reference(trades: Trades, *, carry: bool = True) -> Outputs:
    return outputs(toxicity=toxicity(trades, carry))
