"""Files of quotes and books to arrays, beside polars and databento-dbn on one thread, what memory
long files take, and the size of a tick file: `bench/readers.py [--rows 300000] [--rounds 5]
[--only tardis|dbn|memory|size] [--file KIND=FILE ...]`, `make bench-readers`.

Tardis' CSV (trades, quotes, incremental_book_L2) against `polars.read_csv`, DBN (trades, mbp-1)
against databento's own: its decoder's records put into arrays, and, which is what its client does,
the bytes taken as they are and the same columns made of them. Contestants read the same file in
turn, in this process; quoted is the median of the ratios of processor time within a round.
`tickeng.read` checks each row, and has times in ns, sides as numbers and refused rows besides.
Memory is the most that a replay of books had, less that of one of 1,000 of them. Files are made of
`tickeng.synthetic`, or are yours: tardis-trades, tardis-quotes, tardis-book, dbn-trades, dbn-mbp-1.
"""

import os

os.environ["POLARS_MAX_THREADS"] = "1"  # before it is imported

import argparse
import csv
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import databento_dbn as dbn
import numpy as np
import polars

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.merged import machine  # noqa: E402
from bench.python import tick_file  # noqa: E402
from tickeng import convert, read  # noqa: E402
from tickeng.files.batch import EventBatch  # noqa: E402
from tickeng.files.tickfile import TickFileWriter  # noqa: E402
from tickeng.synthetic import generate, market  # noqa: E402

LEAST, MOST_MIB, BOOK_LEVELS = 0.7, 300, 20
CLOCKS = ("exchange", "symbol", "timestamp", "local_timestamp")
HEADERS = {"trades": (*CLOCKS, "id", "side", "price", "amount"),
           "quotes": (*CLOCKS, "ask_amount", "ask_price", "bid_price", "bid_amount"),
           "book": (*CLOCKS, "is_snapshot", "side", "price", "amount")}
NEEDED = {kind: header[1:] for kind, header in HEADERS.items()}
Columns = dict[str, np.ndarray]
_WITH_PEAK = """import atexit, re
atexit.register(lambda: print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]))
from tickeng_cli.app import main
main()"""


def write_tardis(folder: Path, made: dict[str, Columns]) -> dict[str, str]:
    """The same events in Tardis' layout."""
    trades, quotes, deltas = (made[name] for name in ("trades", "quotes", "deltas"))
    word = {"trades": np.where(trades["side"] > 0, "buy", "sell"),
            "book": np.where(deltas["side"] > 0, "bid", "ask")}
    snapshot = np.where(deltas["snapshot"], "true", "false")
    tables = {
        "trades": (trades, (trades["id"], word["trades"], trades["price"], trades["qty"])),
        "quotes": (quotes, tuple(quotes[n] for n in ("ask_qty", "ask", "bid", "bid_qty"))),
        "book": (deltas, (snapshot, word["book"], deltas["price"], deltas["qty"]))}
    paths = {}
    for name, (columns, values) in tables.items():
        paths[f"tardis-{name}"] = str(folder / f"{name}.csv")
        us = (columns["ts_ns"] // 1000).tolist()
        with open(paths[f"tardis-{name}"], "w", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(HEADERS[name])
            out.writerows(("binance", "BTCUSDT", at, at + 900, *row) for at, *row in
                          zip(us, *(column.tolist() for column in values), strict=True))
    return paths


def write_dbn(folder: Path, made: dict[str, Columns]) -> dict[str, str]:
    """Trades and quotes as a vendor's file of one instrument."""
    paths = {}
    for schema, columns in (("trades", made["trades"]), ("mbp-1", made["quotes"])):
        dtype = np.dtype({"trades": dbn.TradeMsg, "mbp-1": dbn.MBP1Msg}[schema]._dtypes)
        records = np.zeros(len(columns["ts_ns"]), dtype)
        records["length"], records["publisher_id"] = dtype.itemsize // 4, 1
        records["rtype"], records["instrument_id"] = {"trades": 0, "mbp-1": 1}[schema], 7
        records["ts_event"], records["ts_recv"] = columns["ts_ns"], columns["ts_ns"] + 900
        records["flags"], records["action"], records["side"] = 128, b"A", b"N"
        if schema == "trades":
            records["price"] = np.rint(columns["price"] * 1e9)
            records["size"] = np.rint(columns["qty"] * 1000)
            records["action"], records["side"] = b"T", np.where(columns["side"] > 0, b"B", b"A")
        else:
            for side in ("bid", "ask"):
                records[f"{side}_px_00"] = np.rint(columns[side] * 1e9)
                records[f"{side}_sz_00"] = np.rint(columns[f"{side}_qty"] * 1000)
        head = dbn.Metadata("GLBX.MDP3", int(columns["ts_ns"][0]), dbn.SType.RAW_SYMBOL,
                            dbn.SType.INSTRUMENT_ID, dbn.Schema.from_str(schema), version=3)
        paths[f"dbn-{schema}"] = str(folder / f"{schema}.dbn")
        Path(paths[f"dbn-{schema}"]).write_bytes(head.encode() + records.tobytes())
    return paths


def by_polars(path: str, kind: str) -> None:
    table = polars.read_csv(path)
    for name in NEEDED[kind]:
        table[name].to_numpy()


def by_records(path: str, schema: str) -> None:
    """Each record of databento's decoder, column by column."""
    decoder = dbn.DBNDecoder()
    decoder.write(Path(path).read_bytes())
    records = decoder.decode()[1:]  # without the metadata
    for name in ("ts_event", "ts_recv"):
        np.array([getattr(record, name) for record in records])
    if schema == "trades":
        np.array([record.price for record in records]) / 1e9
        np.array([record.size for record in records], float)
        np.array([str(record.side) for record in records])
        return
    touches = [record.levels[0] for record in records]
    for name in ("bid_px", "ask_px", "bid_sz", "ask_sz"):
        np.array([getattr(touch, name) for touch in touches]) / 1e9


def by_bytes(path: str, schema: str) -> None:
    """The file's bytes behind its head as records, and contiguous columns of them."""
    data = Path(path).read_bytes()
    begin = 8 + struct.unpack_from("<I", data, 4)[0]
    records = np.frombuffer(data, {"trades": dbn.TradeMsg, "mbp-1": dbn.MBP1Msg}[schema]._dtypes,
                            offset=begin)
    for name in ("ts_event", "ts_recv", "instrument_id"):
        records[name].copy()
    if schema == "trades":
        np.divide(records["price"], 1e9)
        records["size"].astype(float)
        (records["side"] == b"B").astype(np.int8) - (records["side"] == b"A")
        return
    for side in ("bid", "ask"):
        np.divide(records[f"{side}_px_00"], 1e9)
        records[f"{side}_sz_00"].astype(float)


def seconds(call: Callable[[], object]) -> float:
    """Processor time, which other work on the machine disturbs less."""
    began = time.process_time()
    call()
    return time.process_time() - began


def compare(what: str, path: str, ours: Callable[[], object],
            peers: dict[str, Callable[[], object]], rounds: int) -> None:
    """A line a peer: rows a second of both, and the share that is ours."""
    rows, taken = len(ours()), {name: [] for name in ("", *peers)}
    for peer in peers.values():
        peer()
    for _ in range(rounds):
        for name, call in {"": ours, **peers}.items():
            taken[name].append(seconds(call))
    for name in peers:
        share = statistics.median(b / a for a, b in zip(taken[""], taken[name], strict=True))
        rates = [rows / statistics.median(taken[who]) / 1e6 for who in ("", name)]
        print(f"{what}, {rows:,} rows: {rates[0]:.2f} M rows/s, {name} {rates[1]:.2f}: "
              f"{share:.0%} of it (at least {LEAST:.0%}: "
              f"{'met' if share >= LEAST else 'missed'})", flush=True)


def compare_all(paths: dict[str, str], rounds: int) -> None:
    for what, path in paths.items():
        vendor, _, kind = what.partition("-")
        peers = {"polars": lambda p=path, k=kind: by_polars(p, k)}
        if vendor == "dbn":
            peers = {"its decoder's records": lambda p=path, k=kind: by_records(p, k),
                     "its bytes as records": lambda p=path, k=kind: by_bytes(p, k)}
        words = {"kind": "delta"} if kind == "book" else {}
        compare(what, path, lambda p=path, w=words: read(p, **w), peers, rounds)


def books(rows: int) -> EventBatch:
    """Snapshots of a made-up market, whose levels stand a tick apart."""
    quotes = market(3 * rows, levels=2)["quotes"]
    ts_ns, away = quotes["ts_ns"][:rows], np.arange(BOOK_LEVELS) / 10.0
    values = {"ts_ns": ts_ns}
    for side, way in (("bid", -1), ("ask", 1)):
        values[side] = np.round(quotes[side][:len(ts_ns), None] + way * away, 1)
        values[f"{side}_qty"] = np.roll(quotes[f"{side}_qty"][:len(ts_ns), None] + away, 3, axis=1)
    return EventBatch.of("book", values, ["BTCUSDT"])


def most_mib(path: str) -> float:
    """The most memory of a replay of books in a process of its own, which tells it itself: what
    `wait4` tells of a child begins with what its parent had."""
    words = ["replay", path, "--rows", "book", "--kernels", "depth_imbalance", "-q", "-f", "-o",
             path + ".out.parquet"]
    done = subprocess.run(
        [sys.executable, "-c", _WITH_PEAK, *words], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))})
    return int(done.stdout.split()[-1]) / 1024


def memory(folder: Path, rows: int) -> None:
    """Growth of a replay from 1,000 books to a quarter of them, and to all."""
    whole = books(rows)
    for form in ("zst", "parquet", "csv"):
        found = []
        for count in (1_000, len(whole) // 4, len(whole)):
            own, path = str(folder / "books.zst"), str(folder / f"{count}.{form}")
            with TickFileWriter(own, force=True, kinds=("book",)) as writer:
                writer.write(whole.take(slice(count)))
            convert(own, path, force=True)
            found.append(most_mib(path))
        start, quarter, full = found
        verdict = "met" if full - start < MOST_MIB else "missed"
        print(f"{len(whole):,} books of {BOOK_LEVELS} levels a side, .{form}: "
              f"{full - start:.0f} MiB above {start:.0f} at the start (less than {MOST_MIB}: "
              f"{verdict}); a quarter of them {quarter - start:.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=300_000, help="messages of the made-up market")
    parser.add_argument("--books", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="what begins so, as tardis, dbn or memory")
    parser.add_argument("--file", action="append", default=[], metavar="KIND=FILE")
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="tickeng-readers-") as name:
        folder = Path(name)
        made = market(given.rows)
        paths = {**write_tardis(folder, made), **write_dbn(folder, made)}
        paths |= dict(word.split("=", 1) for word in given.file)
        compare_all({what: path for what, path in paths.items() if what.startswith(given.only)},
                    given.rounds)
        if "memory".startswith(given.only):
            memory(folder, given.books)
        if "size".startswith(given.only):
            tape = str(folder / "market.zst")
            generate("market", tape, rows=given.rows)
            tick_file.main([tape])


if __name__ == "__main__":
    main()
