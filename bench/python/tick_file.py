"""Size and speed of the tick file: `python bench/python/tick_file.py FILE.zst...`.

Each kind of event in a file is written alone, to a tick file and to Parquet (zstd at its default
level and at 3), and read back from memory. Prints bytes an event, the share of Parquet's, and the
best rates of three; of kinds with levels also per level.
"""

import io
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tickeng.files.batch import EventBatch
from tickeng.files.tickfile import TickFileReader, TickFileWriter

REPEATS, MOST_SHARE = 3, 0.8


def best(call) -> float:
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def written(batches: list[EventBatch]) -> bytes:
    file = io.BytesIO()
    with TickFileWriter(file) as writer:
        for batch in batches:
            writer.write(batch)
    return file.getvalue()


def read(data: bytes) -> int:
    return sum(len(batch) for batch in TickFileReader(io.BytesIO(data)).batches())


def lists(values, ends) -> pa.Array:
    offsets = np.concatenate([[0], ends]).astype(np.int32)
    return pa.ListArray.from_arrays(offsets, np.ascontiguousarray(values))


def table(batch: EventBatch) -> pa.Table:
    """The events as a user would keep them in Parquet: levels in lists, a list a side."""
    columns = dict(batch.columns)
    if batch.kind == "book":
        depth = columns["bid"].shape[1]
        for name in ("bid", "bid_qty", "ask", "ask_qty"):
            values = columns[name].ravel()
            columns[name] = lists(values, np.arange(1, len(batch) + 1) * depth)
    if batch.kind == "delta":
        bids, asks = (columns.pop(name).astype(int) for name in ("bids", "asks"))
        of_bid = np.repeat(np.tile([True, False], len(batch)), np.stack([bids, asks], 1).ravel())
        for name in ("price", "qty"):
            values = columns.pop(name)
            columns[f"bid_{name}"] = lists(values[of_bid], np.cumsum(bids))
            columns[f"ask_{name}"] = lists(values[~of_bid], np.cumsum(asks))
    return pa.table(columns)


def parquet(events: pa.Table, **options) -> bytes:
    file = io.BytesIO()
    pq.write_table(events, file, compression="zstd", **options)
    return file.getvalue()


def levels(batch: EventBatch) -> int:
    return next(reversed(batch.values.values())).size if batch.kind in ("book", "delta") else 0


def measure(path: str, kind: str, batches: list[EventBatch]) -> None:
    rows, flat = sum(map(len, batches)), sum(map(levels, batches))
    own = written(batches)
    events = pa.concat_tables([table(batch) for batch in batches]).combine_chunks()
    default, third = parquet(events), parquet(events, compression_level=3)
    seconds = best(lambda: read(own)), best(lambda: pq.read_table(io.BytesIO(default)))
    write = best(lambda: written(batches))
    print(f"{path} {kind}: {rows} events, {flat} levels\n"
          f"  {len(own) / rows:.2f} B/event; Parquet {len(default) / rows:.2f}, level 3 "
          f"{len(third) / rows:.2f}; share {len(own) / len(default):.2f}, "
          f"{len(own) / len(third):.2f} (at most {MOST_SHARE:g}: "
          f"{'met' if len(own) <= MOST_SHARE * min(len(default), len(third)) else 'missed'})")
    for unit, count in (("events", rows), ("levels", flat)):
        if count:
            print(f"  read {count / seconds[0] / 1e6:.2f} M {unit}/s (Parquet "
                  f"{count / seconds[1] / 1e6:.2f}), write {count / write / 1e6:.2f}")


def main(paths: list[str]) -> None:
    for path in paths:
        kinds: dict[str, list[EventBatch]] = {}
        with open(path, "rb") as file:
            for batch in TickFileReader(file).batches():
                batch.seq = None
                kinds.setdefault(batch.kind, []).append(batch)
        for kind, batches in kinds.items():
            measure(path, kind, batches)


if __name__ == "__main__":
    main(sys.argv[1:])
