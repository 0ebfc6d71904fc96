"""Every field of a saved state is needed: without any one of them a run continues differently.

A field that an encoder forgets keeps, after loading, what a reset gives it. That is made here for
each field in turn, at several moments of a stream that has everything: leaders, late and rejected
ticks, repeated ids, gaps, flags. What is left out must show in outputs, counters or health.
"""

import itertools
import re
import struct
import warnings

import numpy as np

from tests.checkpoint.state_bytes import Piece, pieces
from tests.feeds import OF_TRADES
from tests.golden.lcg import golden_stream
from tickeng import Config, Engine, NotAcceptedWarning, TickengError

N, SECOND = 2_400, 10**9
SHORT = {"k1.window": 64, "k1.flow_window": 16, "k2.window": 64, "k3.mean_window": 32,
         "k3.window": 64, "k4.norm_window": 128, "k4.mean_window": 32, "k4.window": 64,
         "regime.step": 200, "dedupe": "id", "max_jump": "1h", "stale_after": "30m"}
ALL = ",".join(kernel["name"] for kernel in OF_TRADES if not kernel["builds"])
MODES = {
    "chain": SHORT,
    "continuous": {**SHORT, "kernels": ALL, "regime_update": "continuous", "hurst.window": 64,
                   "efficiency.window": 32, "k1.flow_window": 64, "k1.window": 16,
                   "v_norm.window": 64, "impact.norm_window": 64,
                   "warmup": "expanding", "k2.alignment": "last_return", "leader_max_age": 3600,
                   "price_momentum.scale_4": 64, "amihud.window": 32, "vpin.bucket": 20.0,
                   "vpin.window": 8, "vpin.rank_window": 40, "vpin.min_count": 4,
                   "kyle_lambda.interval": 5, "kyle_lambda.window": 9,
                   **{f"{kernel}.{name}": value for kernel in
                      ("trade_imbalance", "buy_ratio", "trade_imbalance_change")
                      for name, value in (("window", "4s"), ("max_rows", 20),
                                          ("warmup", "strict"))}},
    "engine": {**SHORT, "mode": "engine", "warmup": "expanding", "eps": "relative"},
}
JUMP, EQUAL, PERIODIC = 1_000, slice(420, 560), slice(1_100, 1_480)


def stream():
    s = golden_stream().head(N)
    ts_ns, price, qty, side = s.ts_ns.copy(), s.price.copy(), s.qty.copy(), s.side.copy()
    side[5::17] = 0
    qty[EQUAL], side[EQUAL], price[EQUAL] = 1_234_567.1, 1, price[EQUAL.start]
    ts_ns[EQUAL] = ts_ns[EQUAL.start] + np.arange(EQUAL.stop - EQUAL.start) * 10**6
    ts_ns[EQUAL.stop :] += 10 * SECOND
    rows = np.arange(PERIODIC.stop - PERIODIC.start)  # sums over a period stand still, but rounded
    qty[PERIODIC] = np.where(rows % 64 == 0, 1_234_567_890.1, 0.1)
    side[PERIODIC] = 1
    price[PERIODIC] = price[PERIODIC.start] * (1 + 1e-3 * np.array([0, 1, 3, 2, 5])[rows % 5])
    symbol = np.where(np.arange(N) % 5 == 4, "B", "A")
    symbol[PERIODIC] = "A"
    ts_ns[JUMP - 1 :] += 7_200 * SECOND  # the row before the split is a stray, the next confirms it
    leader_ns = ts_ns[::10] - 2_000_000
    ts_ns[50:1_000:97] -= 5 * SECOND  # late
    price[60:1_000:211] = np.nan
    ids = np.arange(N)
    ids[100:1_000:53] -= 300
    return {"ts_ns": ts_ns, "price": price, "qty": qty, "side": side, "id": ids,
            "symbol": symbol}, (leader_ns, s.leader[::10])


ROWS, LEADER = stream()


def moments() -> list[int]:
    """Where to split: early, at jumps, among equal trades, and where a slice has just ended."""
    seen = Engine(SHORT)._feed(**ROWS)["status"]
    ends = [int(np.flatnonzero(np.cumsum((seen == 0) & (ROWS["symbol"] == name)) == 200)[0]) + 1
            for name in ("A", "B")]
    return [20, 41, 202, 425, 443, 470, 501, 540, 563, JUMP, 1_303, 1_361, 1_999, *ends]


def fed(engine: Engine, start: int, end: int, ahead: int) -> tuple:
    """Runs rows and leader ticks, these `ahead` of them; everything that can be seen."""
    columns = {name: column[start:end] for name, column in ROWS.items()}
    ticks = slice(start // 10 + (3 if start else 0), end // 10 + ahead)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotAcceptedWarning)
        frame = engine._feed(**columns, leader=tuple(column[ticks] for column in LEADER))
    seen = {name: frame[name].tobytes() for name in frame.columns}
    told = [engine.on_time(int(columns["ts_ns"].max()) + SECOND, name) for name in ("A", "B")]
    return (seen, engine.counters, engine.leader_counters, engine.health, engine.symbols,
            engine.progress, repr(told), repr(engine.decision("A")), repr(engine.decision("B")))


def prepared(config: Config, split: int) -> Engine:
    engine = Engine(config)
    fed(engine, 0, split, 3)
    last = int(ROWS["ts_ns"][:split].max())
    for k in range(3):
        engine.on_leader(last - 5 + k, 100.0 + k, leads="B")
    engine.on_leader(last - 900, 100.0, leads="B")
    engine._queue_leader(np.array([last + 10**6, last + 2 * SECOND]), np.array([101.0, 99.0]), "B")
    for name in (None, "B"):
        engine.on_leader(last + 9_000 * SECOND, 100.0, leads=name)  # a stray
    engine.on_time(last + 9 * 3600 * SECOND)  # rows to come look stale
    engine.halt("A", split % 2 == 0)
    engine.feed_down("B")
    engine.halt(None, split % 2 == 1)
    return engine


def fresh_fields(config: Config) -> dict[str, bytes]:
    """What a field is where nobody has set it."""
    engine = Engine(config)
    for name in ("A", "B"):
        engine.on_tick(10**18, 1.0, 1.0, 1, name)
    engine.reset()
    state = engine.state()
    return {p.path: state[p.start : p.end] for p in pieces(state)}


def seen_after(state: bytes, config: Config, split: int) -> tuple | str:
    """What a run that continues from a state shows; "refused" if it does not load."""
    try:
        engine = Engine.from_state(state, config)
        now = int(ROWS["ts_ns"][:split].max())
        first = (engine.counters, engine.leader_counters, engine.health, engine.progress,
                 repr(engine.decision("A")), repr(engine.decision("B")))
        late = [engine.copy().on_leader(now + at, 100.0, leads=name) for name in (None, "B")
                for at in (-1800 * SECOND, 9_001 * SECOND)]
        return first, late, fed(engine, split, min(N, split + 700), 3)
    except TickengError:
        return "refused"


def replaced(state: bytes, piece: Piece, value: bytes) -> bytes:
    return state[: piece.start] + value + state[piece.end :]


def planted(path: str) -> bytes | None:
    """A value for a count that this stream leaves at 0."""
    if path.endswith((" dominated", " still")):
        return struct.pack("<d", 50.0)
    if "/counters/" in path and not path.endswith("reasons"):
        return struct.pack("<Q", 7)
    return None


def needed(state: bytes, piece: Piece, fresh: bytes, config: Config, split: int) -> bool:
    """Whether forgetting the field shows, at its value or at one planted."""
    dropped = seen_after(replaced(state, piece, fresh), config, split)
    if dropped != seen_after(state, config, split):
        return True
    value = planted(piece.path)
    return value is not None and value != state[piece.start : piece.end] and (
        seen_after(replaced(state, piece, value), config, split) != dropped)


# What no stream shows, and why it is written nevertheless.
LAG_10 = "of the differences over 10 only whether they vary is read"
UNSEEN = {
    "regime/15 anchor": LAG_10, "regime/16 s1": LAG_10, "regime/18 open": LAG_10,
    "regime/20 used": LAG_10,
    "regime/29 s2": "of the path only the sum is read",
    **dict.fromkeys(("k4/0 values", "k4/1 first", "k4/2 next"),
                    "a mean that mode=engine does not read"),
    **dict.fromkeys((f"{kernel}/{field} first" for kernel in ("trade_imbalance", "buy_ratio")
                     for field in (4, 7)), "where sums are cut: those of so few rows round alike"),
    "format": "how all else is written",
    "outputs of alpha": "0 while the gate is shut, as at the start",
}


def unseen(settings: dict) -> tuple[set[str], set[str]]:
    """Fields by kernel, whatever the symbol: all, and those of which no symbol's was missed."""
    config = Config(settings)
    fresh, known, shown = fresh_fields(config), set(), set()
    for split in moments():
        state = prepared(config, split).state()
        assert seen_after(state, config, split) != "refused"
        for piece in pieces(state):
            field = re.sub("^[AB]/", "", piece.path)
            known.add(field)
            value = fresh[piece.path.replace("B/leader/", "leader/")]
            if field not in shown and needed(state, piece, value, config, split):
                shown.add(field)
    return known, shown


def test_every_field_is_needed():
    known, shown = map(set.union, *(unseen(settings) for settings in MODES.values()))
    assert known - shown == UNSEEN.keys()


def test_the_layout_accounts_for_every_byte():
    for settings in MODES.values():
        state = prepared(Config(settings), 500).state()
        found = pieces(state)
        assert len(found) > 200
        assert all(a.end <= b.start for a, b in itertools.pairwise(found))
