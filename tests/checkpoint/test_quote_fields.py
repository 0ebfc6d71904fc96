"""Every field of a saved state that a kernel of quotes has is needed: without it a run continues
differently, or the state is refused. Forgetting is made by the value that a reset gives.
"""

import re

import pytest

from tests.checkpoint.state_bytes import pieces
from tests.contract.test_clocks import tape
from tickeng import Engine, TickengError

SETTINGS = {"quote_ofi.window": "700ms", "quote_ofi.max_rows": 430,
            "quote_imbalance_change.time": "300ms", "window_return.window": "500ms"}
KERNELS = "quote_ofi; quote_imbalance_change; window_return; trade_side; mid_spread"
MOMENTS = (1, 3, 40, 300, 690, 1_000, 1_250, 1_251, 1_700)
# What no stream shows, and why it is written nevertheless.
UNSEEN = {"quote_ofi/11 first": "of the newer block: its rows begin with it"} | {
    f"{kernel}/0 first": "the number of a row, which no value depends on"
    for kernel in ("quote_imbalance_change", "window_return")}


def fed(engine, bought, quoted, start, end):
    """Everything that can be seen of these quotes and of the trades among them."""
    stamps = quoted["ts_ns"]
    last = stamps[-1] + 1
    a, b = (bought["ts_ns"].searchsorted(stamps[n] if n < len(stamps) else last)
            for n in (start, end))
    trades = {c: x[a:b] for c, x in bought.items()}
    quotes = {c: x[start:end] for c, x in quoted.items()}
    beside = engine.copy()
    frames = [e.run(trades=trades, quotes=quotes, rows=rows)
              for e, rows in ((engine, "quote"), (beside, "trade"))]
    return [f[c].tobytes() for f in frames for c in f.columns], engine.health


def seen_after(state, bought, quoted, split):
    try:
        return fed(Engine.from_state(state), bought, quoted, split, min(2_500, split + 800))
    except TickengError:
        return "refused"


def fresh():
    engine = Engine(SETTINGS, kernels=KERNELS)
    engine.on_tick(10**18, 1.0, 1.0, 1)
    engine.on_quote(10**18, 1.0, 1.0, 2.0, 1.0)
    engine.reset()
    state = engine.state()
    return {p.path: state[p.start:p.end] for p in pieces(state)}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_every_field_is_needed():
    bought, quoted = tape(4)
    bought["price"] = 100 + (bought["price"] - 100).round(1)  # stands still now and then
    reset, known, shown = fresh(), set(), set()
    for split in MOMENTS:
        engine = Engine(SETTINGS, kernels=KERNELS)
        fed(engine, bought, quoted, 0, split)
        state = engine.state()
        want = seen_after(state, bought, quoted, split)
        assert want != "refused"
        for piece in pieces(state):
            field = piece.path.partition("/")[2]
            if not re.match("quote_ofi|quote_imb|window_ret|trade_side", field):
                continue
            known.add(field)
            if field not in shown:
                dropped = state[:piece.start] + reset[piece.path] + state[piece.end:]
                if seen_after(dropped, bought, quoted, split) != want:
                    shown.add(field)
    assert len(known) == 14 + 4 + 4 + 1
    assert known - shown == UNSEEN.keys()
