"""Books built from recorded depth messages against the best prices that the exchange sent for the
same update."""

import gzip
import json
from pathlib import Path

import pytest

from tests.conftest import DATA
from tickeng import Engine

HERE = Path(__file__).parent / "depth"
LARGE = [f"{market}/{name}_{day}.gz" for market, names in (
    ("usdm", ("btcusdt", "ethusdt")), ("spot", ("btcusdt", "ethusdt")),
    ("cm", ("btcusd_perp", "ethusd_perp"))) for name in names for day in ("20240808",)]


def recorded(path):
    """(depth messages, best prices and quantities by update) of raw lines."""
    messages, touch = [], {}
    with gzip.open(path) as lines:
        for line in lines:
            message = json.loads(line.partition(b" ")[2])
            data = message.get("data", message)
            ns = int(line.partition(b" ")[0])
            if "lastUpdateId" in data:
                messages.append((ns, data["bids"], data["asks"],
                                 {"snapshot": True, "last": data["lastUpdateId"]}))
            elif data.get("e") == "depthUpdate":
                messages.append((ns, data["b"], data["a"], {
                    "first": data["U"], "last": data["u"], "previous": data.get("pu")}))
            elif "bookTicker" in message.get("stream", ""):
                touch[data["u"]] = tuple(float(data[name]) for name in "bBaA")
    return messages, touch


def numbers(levels):
    return [(float(price), float(qty)) for price, qty in levels]


def compare(path, least):
    messages, touch = recorded(path)
    engine = Engine(kernels="b = book.bid; bq = book.bid_qty; a = book.ask; aq = book.ask_qty")
    compared = 0
    for ns, bids, asks, told in messages:
        decision = engine.on_delta(ns, numbers(bids), numbers(asks), **told)
        want = touch.get(told["last"])
        if want is not None and engine.book() is not None:
            assert (decision.b, decision.bq, decision.a, decision.aq) == want, told
            compared += 1
    counters = engine.book_counters["0"]
    assert counters["processed"] == len(messages) and counters["gaps"] == 0
    assert compared >= least


def test_a_recorded_book_has_the_best_prices_that_were_sent():
    compare(HERE / "btcusd_coinm_20240808.gz", 40)


@pytest.mark.parametrize("name", LARGE)
def test_the_whole_recordings_too(name):
    path = DATA / "hftbacktest" / name
    if not path.exists():
        pytest.skip("the recordings are not here")
    compare(path, 500)


def test_a_message_that_is_left_out_ends_the_book():
    messages, _ = recorded(HERE / "btcusd_coinm_20240808.gz")
    at = next(i for i, (*_, told) in enumerate(messages) if told.get("snapshot")) + 200
    engine = Engine(kernels="b = book.bid")
    for i, (ns, bids, asks, told) in enumerate(messages[:at + 50]):
        if i != at:
            engine.on_delta(ns, numbers(bids), numbers(asks), **told)
        assert (engine.book() is None) == (i > at) or i < at - 200
    assert engine.book_counters["0"]["gaps"] == 1
