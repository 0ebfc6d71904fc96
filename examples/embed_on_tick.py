"""A strategy loop: feed trades and leader ticks as they arrive, act on alpha.

It acts on ticks that were accepted and are young, and on nothing else: a tick that is late, bad or
comes twice decides nothing, and an alpha of a second ago is no reason to trade now. While only the
leader ticks, on_time() shuts the gate of a decision that has become stale.

Run from anywhere: python examples/embed_on_tick.py
"""

import heapq
from pathlib import Path

from tickeng import Engine
from tickeng.files.sources import open_source

HERE = Path(__file__).parent
OLDEST_NS = 1_000_000_000  # a decision on an older tick is not acted on


def ticks(path: Path, kind: str):
    """(receive time, kind, event time, price, qty, side) of every trade in a file."""
    for batch in open_source(path).batches():
        rows = zip(batch.recv_ns, batch.ts_ns, *batch.values.values(), strict=True)
        for recv_ns, ts_ns, price, qty, side in rows:
            yield int(recv_ns), kind, int(ts_ns), float(price), float(qty), int(side)


def main() -> None:
    engine = Engine(leader_max_age=1.0, stale_after=OLDEST_NS / 1e9)
    position = trades = 0.0
    perp = ticks(HERE / "btcusdt_usdm_20240808.gz", "trade")
    spot = ticks(HERE / "btcusdt_spot_20240808.gz", "leader")
    for now_ns, kind, ts_ns, price, qty, side in heapq.merge(perp, spot):  # as they arrived
        if kind == "leader":
            engine.on_leader(ts_ns, price)
            engine.on_time(now_ns)  # also the thing to call from a timer while nothing comes
            continue
        decision = engine.on_tick(ts_ns, price, qty, side, "BTCUSDT")
        if not decision.accepted or now_ns - decision.ts_ns > OLDEST_NS:
            continue
        target = 1.0 if decision.alpha > 1 else -1.0 if decision.alpha < -1 else 0.0
        if decision.gate and target != position:
            position, trades = target, trades + 1
    decision = engine.decision("BTCUSDT")
    print(f"{engine.counters['BTCUSDT']['processed']} ticks, {trades:.0f} position changes, "
          f"last alpha {decision.alpha:+.4f}, gate {'open' if decision.gate else 'shut'}")


if __name__ == "__main__":
    main()
