"""Spot and futures of one name are two markets, which their messages and columns tell apart."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tickeng import DataError, convert, read, replay

pytestmark = pytest.mark.filterwarnings("ignore")
START = 1_723_161_255_000
BOOKS = {"kernels": "b = book.bid"}
TRADES = {"kernels": "k1"}


def lines(product, kinds, first=0):
    """Recorded lines of BTCUSDT."""
    futures, found = product == "futures", []
    for n in range(first, first + 6):
        ms, ns = START + n, (START + n) * 10**6
        previous = f'"pu":{n + 9},' if futures else ""
        said = {
            "snapshot": f'{{"stream":"btcusdt@depthSnapshot","data":{{"lastUpdateId":{n + 10},'
                        f'"E":{ms},"T":{ms},"bids":[["99.0","1"]],"asks":[["101.0","1"]]}}}}',
            "depth": f'{{"stream":"btcusdt@depth","data":{{"e":"depthUpdate","E":{ms},'
                     f'"s":"BTCUSDT","U":{n + 10},"u":{n + 10},{previous}"b":[["98.0","1"]],'
                     '"a":[]}}',
            "trade": f'{{"stream":"btcusdt@trade","data":{{"e":"trade","E":{ms},"T":{ms},'
                     f'"s":"BTCUSDT","t":{n},"p":"100.0","q":"1",'
                     + ('"X":"MARKET","m":true}}' if futures else '"m":true,"M":true}}'),
        }
        found += [f"{ns} {said[kind]}" for kind in kinds if kind != "snapshot" or n == first]
    return found


def write(path, found):
    with gzip.open(path, "wt") as file:
        file.write("".join(f"{line}\n" for line in found))
    return str(path)


@pytest.mark.parametrize(("kinds", "config", "rows"), [
    (("snapshot", "depth"), BOOKS, "book"), (("trade",), TRADES, "trade")])
def test_recordings_of_two_products_are_no_market(tmp_path, kinds, config, rows):
    one, two = (write(tmp_path / f"{product}.gz", lines(product, kinds, first))
                for product, first in (("spot", 0), ("futures", 3)))
    for paths in ([one, two], [two, one]):
        with pytest.raises(DataError, match="two markets would be one") as found:
            replay(paths, config=config, rows=rows)
        for word in ("spot.gz", "futures.gz", "BTCUSDT", 'symbol_name="BTCUSDT_FUTURES"'):
            assert word in str(found.value)
    convert(two, tmp_path / "other.zst", symbol_name="BTCUSDT_FUTURES")  # as it says
    report = replay([one, str(tmp_path / "other.zst")], config=config, rows=rows)
    assert set(report["counters_of"].get("book", report)["symbols"] if rows == "book" else
               report["counters"]["symbols"]) == {"BTCUSDT", "BTCUSDT_FUTURES"}
    again = write(tmp_path / "again.gz", lines("spot", kinds, 6))
    replay([one, again], config=config, rows=rows)


def test_a_recording_of_two_products_ends_there(tmp_path):
    both = [*lines("spot", ("snapshot", "depth")), *lines("futures", ("depth",), 6)]
    path = write(tmp_path / "both.gz", both)
    for run in (lambda: replay(path, config=BOOKS, rows="book"),
                lambda: read(path, kind="book")):
        with pytest.raises(DataError, match="row 8: BTCUSDT is of futures here"):
            run()


def table(path, markets):
    n = len(markets)
    pq.write_table(pa.table({
        "ts_ms": pa.array([START + k for k in range(n)]), "symbol": ["BTCUSDT"] * n,
        "market_type": list(markets), "bids_px": [[99.0, 98.0]] * n, "bids_qty": [[1.0, 2.0]] * n,
        "asks_px": [[101.0]] * n, "asks_qty": [[1.0]] * n}), path)
    return str(path)


def test_the_column_of_the_product_parts_files(tmp_path):
    spot, futures = (table(tmp_path / f"{name}.parquet", [name] * 5) for name in ("spot", "fut"))
    with pytest.raises(DataError, match=r"spot.parquet has BTCUSDT of spot and fut.parquet of fut"):
        replay([], books=[spot, futures], config=BOOKS, rows="book")
    replay([], books=[spot, table(tmp_path / "more.parquet", ["spot"] * 3)], config=BOOKS,
           rows="book")
    replay([], books=[spot, futures], config=BOOKS, rows="book",
           map={"symbol": "market_type+symbol"})
    with pytest.raises(DataError, match="two markets would be one"):
        replay(write(tmp_path / "s.gz", lines("spot", ("trade",))), books=[futures],
               config=BOOKS, rows="book")


def test_in_one_file_the_column_is_asked_about(tmp_path):
    both = table(tmp_path / "both.parquet", ["spot", "fut"] * 4)
    with pytest.raises(DataError, match="'market_type' names several markets"):
        read(both)
    late = table(tmp_path / "late.parquet", ["spot"] * 10_050 + ["fut"])
    with pytest.raises(DataError, match="row 10051: its column 'market_type' holds 'fut'"):
        read(late)
    assert set(read(both, map={"symbol": "market_type+symbol"}).symbols) == {
        "spot:BTCUSDT", "fut:BTCUSDT"}
