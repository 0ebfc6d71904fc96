"""Columns and batches that the writer tests share."""

import numpy as np
import pytest

from tickeng.files.batch import VALUES, EventBatch

SCHEMA = [
    ("ts_ns", "int64"),
    ("symbol", "str"),
    ("price", "float64"),
    ("side", "int8"),
    ("gate", "uint8"),
]


def output_rows(first: int, last: int) -> dict:
    """Rows first..last-1 of one endless output, always the same."""
    index = np.arange(first, last)
    price = np.random.default_rng(7).normal(size=997)[index % 997]
    price[index % 5 == 0] = np.nan
    names = ["BTCUSDT", "=cmd()", 'he said "a,b"']
    return {
        "ts_ns": 1_700_000_000_000_000_000 + index * 1_000_003,
        "symbol": ((index % 3).astype(np.uint32), names),
        "price": price,
        "side": np.where(index % 2, 1, -1).astype(np.int8),
        "gate": (index % 2).astype(np.uint8),
    }


def trades(first: int, last: int, **columns: object) -> EventBatch:
    """Trades first..last-1 of one endless tape of two symbols, always the same."""
    index = np.arange(first, last)
    walk = np.cumsum(np.random.default_rng(3).integers(-3, 4, 1000))[index % 1000]
    given = {
        "ts_ns": 1_700_000_000_000_000_000 + index // 3 * 1_000_000,
        "price": (60_000 + walk) / 10,
        "qty": (index % 17) / 1000,
        "side": np.where(index % 2, 1, -1).astype(np.int8),
        "symbol": (index % 2).astype(np.uint32),
        "symbols": ["LTCUSDT", "BTCUSDT"],
        "recv_ns": 1_700_000_000_000_000_000 + index * 777_777,
        "id": 100 + index,
        "row": 1 + index - first,
    }
    given |= columns
    values = {name: given.pop(name) for name in VALUES["trade"]}
    return EventBatch(kind="trade", values=values, **given)


@pytest.fixture(scope="session")
def schema() -> list:
    return SCHEMA


@pytest.fixture(scope="session")
def rows():
    return output_rows


@pytest.fixture(scope="session")
def tape():
    return trades
