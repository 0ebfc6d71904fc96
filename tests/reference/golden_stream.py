"""The golden stream as reference input, its leader by arrival or merged by time."""

from functools import cache

from tests.golden.lcg import golden_stream
from tests.reference import Trades, lead_by_arrival, merge_leader, without_leader


@cache
def golden_trades(leader: str = "arrival") -> Trades:
    """leader: arrival, merged or none."""
    s = golden_stream()
    trades = without_leader(s.ts_ns, s.price, s.qty, s.side)
    if leader == "arrival":
        return lead_by_arrival(trades, s.leader)
    return merge_leader(trades, s.ts_ns, s.leader) if leader == "merged" else trades
