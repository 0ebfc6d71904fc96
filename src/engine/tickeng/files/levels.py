"""Messages of changes to books as columns with a row for each level, as `Engine.run` takes them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng.files.batch import NUMBERS, EventBatch
from tickeng.files.values import is_refused

LEVELS: dict[str, type[np.generic]] = {
    "message": np.int64, "snapshot": np.bool_, **dict.fromkeys(NUMBERS, np.int64),
    "side": np.int8, "price": np.float64, "qty": np.float64}


def level_columns(batch: EventBatch, status: int | None) -> dict[str, NDArray[Any]]:
    """Time, symbol codes and LEVELS of the messages of a batch of deltas; ``message`` numbers the
    messages by the rows of the file that end them. `status`: of refused ones, whose only row has no
    price; None: there is no such column."""
    values = batch.values
    bids, asks = (values[name].astype(np.int64) for name in ("bids", "asks"))
    of = np.repeat(np.arange(len(batch)), bids + asks)
    starts = np.cumsum(bids + asks) - bids - asks
    codes = np.zeros(len(batch), np.uint32) if batch.symbol is None else batch.symbol
    columns = {
        "ts_ns": batch.ts_ns[of], "message": batch.row[of],
        "snapshot": values["snapshot"][of] != 0, **{name: values[name][of] for name in NUMBERS},
        "side": np.where(np.arange(len(of)) - starts[of] < bids[of], 1, -1).astype(np.int8),
        "price": values["price"], "qty": values["qty"]}
    if batch.recv_ns is not None:
        columns["recv_ns"] = batch.recv_ns[of]
    if status is not None:
        columns["status"] = np.where(is_refused(values)[of], status, 0).astype(np.uint8)
    return {**columns, "codes": codes[of]}
