"""A-17: the leader's last visible price and its age."""

from tests.reference import Outputs, Trades, outputs


def reference(trades: Trades) -> Outputs:
    return outputs(leader_price=trades.leader_price, leader_age_s=trades.leader_age_s)
