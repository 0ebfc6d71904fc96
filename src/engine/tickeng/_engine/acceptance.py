"""What is said of a run whose rows were not all accepted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from tickeng._native.core import REJECT_REASONS
from tickeng.errors import DataError, NotAcceptedWarning

_REMEDIES = {
    "bad_price": "price must be above 0; are price and qty in the right order?",
    "bad_qty": "qty must not be below 0; a sell is side -1, not a negative qty",
    "bad_timestamp": "ts_ns must be ns since 1970, from min_time to max_time",
    "bad_side": 'side must be +1, -1 or 0; other values need sides={"buy": ..., "sell": ...}',
    "jump": "ticks more than max_jump after their symbol's last; max_jump=\"off\" takes them",
}


def judge(status: np.ndarray, refused: Sequence[int],
          unread: Mapping[str, int] | None = None) -> None:
    """Warns of rows that were not accepted where they are many; raises where all were bad.

    refused: rows that the engine rejected, by REJECT_REASONS. unread: rows of a file that never
    came to it, by reason.
    """
    unread = unread or {}
    out = sum(unread.values())
    rows, lost = len(status) + out, int(np.count_nonzero(status)) + out
    if lost * 100 <= rows:
        return
    late, duplicate, rejected = np.bincount(status, minlength=4)[1:4].tolist()
    why = {name: count + unread.get(name, 0)
           for name, count in zip(REJECT_REASONS, refused, strict=True)}
    most = max(why, key=lambda name: why[name])
    if rejected + out == rows:
        raise DataError(f"every one of {rows:,} rows was rejected, {why[most]:,} as {most}"
                        + (f": {_REMEDIES[most]}" if most in _REMEDIES else ""))
    counts = {"late": late, "duplicate": duplicate, **why}
    said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    warnings.warn(f"{lost:,} of {rows:,} rows were not accepted: {said}",
                  NotAcceptedWarning, stacklevel=4)
