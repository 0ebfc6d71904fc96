"""The tapes that prove bits: the golden stream and the real ones of examples/, and their hash.

`rows_hash` is what hash_tapes.cpp computes, so that the package and every build of the program can
be compared by one number a tape.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.golden.lcg import golden_stream
from tickeng import Engine
from tickeng.files.sources import open_source

EXAMPLES = Path(__file__).parents[2] / "examples"
# Name -> trades, leader; None as trades is the golden stream.
TAPES: dict[str, tuple[str | None, str | None]] = {
    "golden_stream": (None, None),
    "ltc": ("ltcusdt_20250621.csv.gz", None),
    "btc_spot": ("btcusdt_spot_20240808.gz", None),
    "btc_usdm": ("btcusdt_usdm_20240808.gz", "btcusdt_spot_20240808.gz"),
    "btc_perp": ("btcusdt_perp_20260216.parquet", "btcusdt_spot_20260216.parquet"),
}


@dataclass(frozen=True)
class Tape:
    """Trades in order of time, columns of one length, and the ticks of a leader (maybe none)."""

    ts_ns: NDArray[np.int64]
    price: NDArray[np.float64]
    qty: NDArray[np.float64]
    side: NDArray[np.int8]
    leader: tuple[NDArray[np.int64], NDArray[np.float64]]

    @property
    def columns(self) -> tuple[NDArray[Any], ...]:
        return self.ts_ns, self.price, self.qty, self.side

    def write(self, path: Path) -> None:
        """The flat file that hash_tapes.cpp reads; its header has the layout."""
        sizes = np.array([len(self.ts_ns), len(self.leader[0])], np.uint64)
        path.write_bytes(b"".join(c.tobytes() for c in (sizes, *self.columns, *self.leader)))


def _trades(name: str) -> tuple[NDArray[Any], ...]:
    """ts_ns, price, qty, side of a file, without the trades older than their predecessors."""
    batches = list(open_source(EXAMPLES / name).batches())
    columns = [np.concatenate([b.columns[c] for b in batches])
               for c in ("ts_ns", "price", "qty", "side")]
    kept = columns[0] >= np.maximum.accumulate(columns[0])
    return tuple(c[kept] for c in columns)


@cache
def tape(name: str) -> Tape:
    """One of TAPES."""
    trades, leader = TAPES[name]
    if trades is None:
        s = golden_stream()
        return Tape(s.ts_ns, s.price, s.qty, s.side, (s.ts_ns + 3_000_000, s.leader))
    none = (np.empty(0, np.int64), np.empty(0))
    return Tape(*_trades(trades), leader=_trades(leader)[:2] if leader else none)


def fold(state: Any, word: Any) -> Any:
    """One step of the hash on uint64; numpy's product of arrays wraps, as in C++."""
    y = (state ^ word) * np.uint64(0x9E3779B97F4A7C15)
    return y ^ (y >> np.uint64(32))


def rows_hash(columns: list[NDArray[Any]]) -> str:
    """Over output columns, each value as the bits of a double; 16 hex digits."""
    rows = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        rows = fold(rows, column.astype(np.float64).view(np.uint64))
    state, factor, mask = 0, 0x9E3779B97F4A7C15, 2**64 - 1
    for row in rows.tolist():
        y = (state ^ row) * factor & mask
        state = y ^ y >> 32
    return f"{state:016x}"


def batch_hash(tape: Tape, **settings: object) -> str:
    """The hash of the chain's outputs by this package's Engine.run()."""
    engine = Engine(**settings)
    frame = engine.run(*tape.columns, leader=tape.leader)
    return rows_hash([frame[name] for name in engine.outputs.names])
