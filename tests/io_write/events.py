"""Batches of every kind of event, drawn or always the same, and what they hold row by row."""

import io

import numpy as np
from hypothesis import strategies as st

from tickeng.files.batch import NO_ID, VALUES, EventBatch
from tickeng.files.tickfile import TickFileReader, TickFileWriter, order_of

BLOCK = 8  # rows
KINDS = ("trade", "quote", "book", "delta")
BITS = st.integers(-(2**63), 2**63 - 1)
NEAR = st.integers(0, 9).map(lambda k: 1_700_000_000_000_000_000 + k * 1_000_000)
IDS = st.integers(0, 99) | st.just(NO_ID)
NAN, MINUS_ZERO, DENORMAL = 0x7FF8000000000000, -(2**63), 1
ODD = BITS | st.sampled_from([NAN, NAN - 2**63, NAN + 1, MINUS_ZERO, DENORMAL])
PLAIN = (st.integers(-(10**9), 10**9).map(lambda k: np.float64(k / 1000).view(np.int64).item())
         | st.just(NAN))


class Pipe(io.RawIOBase):
    """Bytes that cannot be sought in and come in small pieces."""

    def __init__(self, data):
        self.left = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.left.read(min(len(buffer), 7))
        buffer[: len(data)] = data
        return len(data)


def contents(batches):
    """Every event in the order of the batches: kind, bits of all it has, and symbol."""
    found = []
    for batch in batches:
        ends = None
        if batch.kind == "delta":
            ends = np.cumsum(batch.values["bids"].astype(int) + batch.values["asks"])
        for i in range(len(batch)):
            symbol = None
            if batch.symbols:
                symbol = batch.symbols[0 if batch.symbol is None else batch.symbol[i]]
            event = [batch.kind, symbol, batch.ts_ns[i].item()]
            event += [None if column is None else column[i].item()
                      for column in (batch.recv_ns, batch.id)]
            for name in VALUES[batch.kind]:
                column = batch.values[name]
                if ends is not None and name in ("price", "qty"):
                    column = column[ends[i - 1] if i else 0 : ends[i]].tobytes()
                    event.append(column)
                else:
                    event.append(column[i].tobytes())
            found.append(tuple(event))
    return found


def of_rows(kind, rows, column):
    """A batch; `column(name, count)` gives its columns as arrays."""
    columns = {"ts_ns": column("ts_ns", rows), "recv_ns": column("recv_ns", rows),
               "id": None if kind == "delta" else column("id", rows)}
    if kind == "delta":
        counts = {name: column(name, rows) for name in ("bids", "asks")}
        levels = sum(int(count.sum()) for count in counts.values())
        columns |= counts
    for name in VALUES[kind]:
        if kind == "book":
            columns[name] = column(name, rows * 3).reshape(rows, 3)
        elif kind == "delta" and name in ("price", "qty"):
            columns[name] = column(name, levels)
        elif name not in columns:
            columns[name] = column(name, rows)
    return EventBatch.of(kind, columns, [])


@st.composite
def drawn(draw, kind, rows):
    """A batch of the kind with so many rows, of odd values or plain ones."""
    floats, times = draw(st.sampled_from([(ODD, BITS), (PLAIN, NEAR)]))
    sources = {"ts_ns": (times, np.int64), "recv_ns": (times, np.int64), "id": (IDS, np.int64),
               "first": (IDS, np.int64), "last": (IDS, np.int64), "previous": (IDS, np.int64),
               "side": (st.integers(-128, 127), np.int8),
               "snapshot": (st.integers(0, 255), np.uint8), "bids": (st.integers(0, 3), np.uint32),
               "asks": (st.integers(0, 2), np.uint32)}
    absent = draw(st.sets(st.sampled_from(["recv_ns", "id"])))

    def column(name, count):
        if name in absent:
            return None
        values, dtype = sources.get(name, (floats, np.int64))
        found = np.array(draw(st.lists(values, min_size=count, max_size=count)), dtype)
        return found if name in sources else found.view(np.float64)

    batch = of_rows(kind, rows, column)
    batch.symbols = ["A", draw(st.sampled_from(["B", "=é"]))]
    codes = draw(st.none() | st.lists(st.integers(0, 1), min_size=rows, max_size=rows))
    batch.symbol = None if codes is None else np.array(codes, np.uint32)
    return batch


def tape(kind, first, last):
    """Events first..last-1 of an endless tape of the kind and of two symbols, always the same."""
    index = np.arange(first, last)
    whole = {"ts_ns": 1_700_000_000_000_000_000 + index // 3 * 1_000_000, "id": 100 + index,
             "recv_ns": 1_700_000_000_000_000_000 + index * 777_777, "first": 10 * index,
             "last": 10 * index + 9, "previous": 10 * index - 1, "side": index % 3 - 1,
             "snapshot": index % 7 == 0, "bids": index % 3, "asks": index % 2}
    widths = {"delta": index % 3 + index % 2, "book": np.full(len(index), 3)}.get(kind)
    flat = index if widths is None else np.repeat(index * 7, widths)
    inner = np.arange(len(flat)) % 5

    def column(name, count):
        if name in whole:
            dtype = {"side": np.int8, "snapshot": np.uint8, "bids": np.uint32, "asks": np.uint32}
            return whole[name].astype(dtype.get(name, np.int64))
        values = (60_000 + (flat + inner) % 11 * (1 + len(name))) / 10
        return np.where((flat + len(name)) % 9 == 0, np.nan, values)

    batch = of_rows(kind, len(index), column)
    batch.symbols, batch.symbol = ["LTCUSDT", "BTCUSDT"], (index % 2).astype(np.uint32)
    return batch


def written(calls, **options):
    """A file of the calls, each one batch or several that overlap."""
    file = io.BytesIO()
    with TickFileWriter(file, **({"block_rows": BLOCK} | options)) as writer:
        for call in calls:
            writer.write(*(call if isinstance(call, (list, tuple)) else [call]))
    return file.getvalue()


def opened(data, pipe=False):
    return TickFileReader(io.BufferedReader(Pipe(data)) if pipe else io.BytesIO(data))


def in_order(spans):
    """The events of all spans in their order, with their seq."""
    found = []
    for span in spans:
        events = [contents([batch]) for batch in span]
        which, index = order_of(span)
        found += [(span[w].seq[i].item(), events[w][i]) for w, i in zip(which, index, strict=True)]
    return found
