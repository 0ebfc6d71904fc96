"""Parse rate of futures aggTrades lines: tickeng's parser against pyarrow.csv, in turns.

Both get the same bytes in memory and one thread. pyarrow is given the column types and the columns
to keep, which is the least it can do; it then has float and bool columns, while tickeng's also hold
checked times in ns, sides and refused rows. Prints medians over the rounds and the ratio.

    python bench/python/parse_csv.py [--rows 1000000] [--rounds 9]
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tickeng._native import io as _io
from tickeng.files.sources import open_source
from tickeng.files.sources.layout import Layout, SideRule

NAMES = ["agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "transact_time",
         "is_buyer_maker"]
ROLES = ("id", "price", "qty", "ignore", "ignore", "ts", "maker")
MAKER = SideRule((("true", -1), ("false", 1)))
BLOCK_BYTES = 1 << 20


def lines(rows: int) -> bytes:
    """A random walk written as futures aggTrades: made up, its only use is its shape."""
    rng = np.random.default_rng(1)
    price = np.round(42_000 + np.cumsum(rng.normal(0, 0.5, rows)), 1)
    qty = np.round(rng.exponential(0.05, rows) + 0.001, 3)
    ts_ms = 1_704_067_200_000 + np.cumsum(rng.integers(0, 60, rows))
    maker = rng.integers(0, 2, rows)
    return "".join(
        f"{2_000_000_000 + i},{price[i]:.2f},{qty[i]:.3f},{5_000_000_000 + 2 * i},"
        f"{5_000_000_001 + 2 * i},{ts_ms[i]},{'true' if maker[i] else 'false'}\n"
        for i in range(rows)).encode()


def by_tickeng(data: bytes) -> int:
    parser = _io.csv_events(Layout(ROLES, side=MAKER))
    parser.begin(65_536)
    view = memoryview(data)
    rows = 0
    for start in range(0, len(data), BLOCK_BYTES):
        block = view[start:start + BLOCK_BYTES]
        at = 0
        while at < len(block):
            at = parser.feed(block, at)
            if parser.full:
                rows += len(parser.take()[0]["ts_ns"])
                parser.begin(65_536)
    parser.finish()
    return rows + len(parser.take()[0]["ts_ns"])


def by_pyarrow(data: bytes) -> int:
    types = {"agg_trade_id": pa.int64(), "price": pa.float64(), "quantity": pa.float64(),
             "transact_time": pa.int64(), "is_buyer_maker": pa.bool_()}
    reader = csv.open_csv(
        io.BytesIO(data),
        read_options=csv.ReadOptions(use_threads=False, column_names=NAMES,
                                     block_size=BLOCK_BYTES),
        convert_options=csv.ConvertOptions(column_types=types, include_columns=list(types)))
    return sum(batch.num_rows for batch in reader)


def by_source(path: str) -> int:
    with open_source(path) as source:
        return sum(len(batch) for batch in source.batches())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args()
    data = lines(given.rows)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(data)
        file.flush()
        contenders: dict[str, Callable[[], int]] = {
            "tickeng parser": lambda: by_tickeng(data),
            "pyarrow.csv": lambda: by_pyarrow(data),
            "open_source (file, SHA-256)": lambda: by_source(file.name),
        }
        took: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(given.rounds):
            for name, run in contenders.items():
                began = time.perf_counter()
                assert run() == given.rows
                took[name].append(time.perf_counter() - began)
    print(f"{given.rows:,} rows of {len(data) / given.rows:.1f} bytes, {given.rounds} rounds")
    for name, seconds in took.items():
        middle, best = statistics.median(seconds), min(seconds)
        print(f"{name:28} median {given.rows / middle / 1e6:6.2f} M rows/s"
              f"   best {given.rows / best / 1e6:6.2f}")
    ratio = statistics.median(
        arrow / own for own, arrow in zip(took["tickeng parser"], took["pyarrow.csv"], strict=True))
    print(f"tickeng parser / pyarrow.csv: {ratio:.2f} times as fast (median of the rounds)")


if __name__ == "__main__":
    main()
