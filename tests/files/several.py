"""Files of trades, quotes, books and changes of books, with late and unreadable rows, and how a
replay is told to take them."""

import csv
import gzip
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tickeng
from tests.cli.conftest import START_NS, write_tape

EVENTS, SYMBOLS = 700, ("AB", "CD")
KERNELS = """chain; mid_spread; depth_imbalance; e = ema(mid, tau=1s); b = book.bid
bars = time_bars(period=200ms); r = rsi(bars, window=3); seen = mean(mid, window=5, on=trade)"""
SETTINGS = ("--set", "warmup=expanding", "--set", "quotes=native", "--set", "max_quote_age=2s",
            "--kernels", KERNELS, "--checkpoint-every", "150")
SOURCES: dict[str, Callable[[Path], tuple[object, ...]]] = {
    "a file of each kind": lambda place: (
        place / "t.csv", "--quotes", place / "q.csv", "--books", place / "b.jsonl"),
    "sorted, changes of books": lambda place: (
        place / "t.csv", "--quotes", place / "q.csv", "--books", place / "c.csv.gz",
        "--reorder-ms", "20", "--dedupe", "id"),
    "a tick file": lambda place: (place / "day.zst",),
    "a recording": lambda place: (place / "r.txt",),
}
ROWS_OF = {rows: ("--rows", rows, *SETTINGS) for rows in ("trade", "quote", "book", "bars")}


def write_sources(place: Path, rng: np.random.Generator) -> None:
    """Everything that SOURCES names."""
    write_tape(str(place / "t.csv"), EVENTS, late=0.02, bad=0.02, repeated=0.02, symbols=SYMBOLS)
    _write_quotes(place / "q.csv", rng)
    _write_books(place / "b.jsonl", rng)
    _write_changes(place / "c.csv.gz", rng)
    with warnings.catch_warnings(action="ignore"):  # of unreadable rows
        tickeng.convert([place / name for name in ("t.csv", "q.csv", "b.jsonl")],
                        place / "day.zst")
    _write_recording(place / "r.txt", rng)


def _stamps(rng: np.random.Generator) -> np.ndarray:
    stamps = START_NS + np.sort(rng.integers(0, 1_750, EVENTS)) * 1_000_000
    return stamps - (rng.random(EVENTS) < 0.02) * 30_000_000


def _write_quotes(path: Path, rng: np.random.Generator) -> None:
    bid = 100 + np.cumsum(rng.integers(-1, 2, EVENTS)) / 10
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(("ts_ns", "symbol", "bid", "bid_qty", "ask", "ask_qty"))
        for i, ts_ns in enumerate(_stamps(rng).tolist()):
            away = rng.choice((0.1, 0.2, -0.1), p=(0.6, 0.3, 0.1))
            out.writerow((ts_ns, SYMBOLS[rng.integers(2)], round(bid[i], 1),
                          "oops" if rng.random() < 0.02 else 1.5, round(bid[i] + away, 1), 2))


def _write_books(path: Path, rng: np.random.Generator) -> None:
    with path.open("w") as file:
        for ts_ns in _stamps(rng).tolist():
            mid, levels = 100 + int(rng.integers(-5, 6)) / 10, range(1, 2 + int(rng.integers(4)))
            sides = {name: [[round(mid + way * k / 10, 1), int(rng.integers(1, 9))]
                            for k in levels] for name, way in (("bids", -1), ("asks", 1))}
            if rng.random() < 0.02:
                sides["bids"].reverse()
                sides["bids"].append([1e9, 1])
            file.write(json.dumps({"ts_ns": ts_ns, "symbol": SYMBOLS[rng.integers(2)], **sides})
                       + "\n")


def _write_changes(path: Path, rng: np.random.Generator) -> None:
    """Tardis' layout: snapshots now and then, a message of up to three levels each time."""
    with gzip.open(path, "wt", newline="") as file:
        out = csv.writer(file)
        out.writerow(("exchange", "symbol", "timestamp", "local_timestamp", "is_snapshot", "side",
                      "price", "amount"))
        for i in range(EVENTS):
            at, snapshot = (START_NS + i * 2_500_000) // 1000, i % 90 < len(SYMBOLS)
            for k in range(8 if snapshot else int(rng.integers(1, 4))):
                way = -1 if k % 2 else 1
                price = 100 + way * (1 + (k if snapshot else int(rng.integers(8)))) / 10
                amount = "oops" if rng.random() < 0.005 and not snapshot else int(rng.integers(9))
                out.writerow(("xyz", SYMBOLS[i % 2], at, at + 9, str(snapshot).lower(),
                              "bid" if way < 0 else "ask", price, amount))


def _write_recording(path: Path, rng: np.random.Generator) -> None:
    """Websocket lines of Binance by turns: depth, quotes, trades, now and then a snapshot."""
    lines = []
    for i in range(EVENTS):
        ms = START_NS // 10**6 + 3 * i
        clock = {"E": ms, "T": ms, "s": "ABUSDT"}
        qty = str(int(rng.integers(0, 9)))
        depth = {"e": "depthUpdate", **clock, "U": i, "u": i, "pu": i - 1 - (i % 300 == 299),
                 "b": [[str(99.5 - int(rng.integers(3)) / 2), qty]], "a": [["101", qty]]}
        quote = {"e": "bookTicker", **clock, "u": i, "b": "99.5", "B": "1", "a": "100.5",
                 "A": "3"}
        trade = {"e": "trade", **clock, "t": i, "q": "1", "m": bool(i % 2),
                 "p": "oops" if rng.random() < 0.02 else str(99.5 + i % 3 / 2)}
        lines += [{"stream": f"abusdt@{name}", "data": data} for name, data in
                  (("depth@0ms", depth), ("bookTicker", quote), ("trade", trade))]
        if i % 200 == 5:
            lines.append({"lastUpdateId": i, "T": ms, "bids": [["99.5", "2"], ["99", "1"]],
                          "asks": [["100.5", "2"], ["101", "1"]]})
    path.write_text("".join(f"{START_NS + 1_000_000 * i} {json.dumps(line)}\n"
                            for i, line in enumerate(lines)))
