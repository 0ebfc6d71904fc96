"""Reading a whole file in tests, and where the large real tapes are."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tickeng.errors import TickengError
from tickeng.files.batch import VALUES
from tickeng.files.sources import EventBatch, Reject, open_source

# The most memory this process image held, in MiB. Not ru_maxrss: that one survives exec and would
# show what the test runner held.
PEAK_MIB = """
def peak_mib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
"""
ROOT = Path(__file__).parents[2]


@dataclass
class Tape:
    """All batches of a source as one, and the error that ended it."""

    columns: dict[str, np.ndarray]
    symbol: list[str]
    rejects: list[Reject]
    rejected: Counter[str]
    rows: int
    error: Exception | None = None

    def __len__(self) -> int:
        return len(self.columns["ts_ns"])

    def __getattr__(self, name: str) -> np.ndarray:
        return self.columns[name]


COLUMNS = ("ts_ns", *VALUES["trade"], "row", "recv_ns", "id")


def gather(batches: list[EventBatch], error: Exception | None = None) -> Tape:
    columns = {}
    for name in COLUMNS:
        parts = [{**b.columns, "row": b.row}.get(name) for b in batches]
        if all(part is not None for part in parts):
            columns[name] = np.concatenate(parts) if parts else np.empty(0)
    symbol = [b.symbols[0 if b.symbol is None else b.symbol[i]]
              for b in batches for i in range(len(b))]
    rejected: Counter[str] = Counter()
    for batch in batches:
        rejected.update(batch.rejected)
    return Tape(columns, symbol, [r for b in batches for r in b.rejects], rejected,
                batches[-1].rows_end if batches else 0, error)


def read(path: object, start_row: int = 0, **options: object) -> Tape:
    """Every row of a file; damage is kept as `error`, behind what precedes it."""
    batches: list[EventBatch] = []
    error = None
    with open_source(str(path), **options) as source:
        try:
            batches.extend(source.batches(start_row))  # keeps what came before an error
        except TickengError as raised:
            error = raised
    return gather(batches, error)


def same(a: Tape, b: Tape) -> None:
    assert a.columns.keys() == b.columns.keys()
    for name, column in a.columns.items():
        assert column.dtype == b.columns[name].dtype
        np.testing.assert_array_equal(column, b.columns[name], err_msg=name)
    assert (a.symbol, a.rejects, a.rejected) == (b.symbol, b.rejects, b.rejected)


@pytest.fixture
def tapes() -> Path:
    folder = Path(os.environ.get("TICKENG_DATA", ROOT / "../shared/data"))
    if not folder.is_dir():
        pytest.skip("the large tapes are not here (TICKENG_DATA)")
    return folder
