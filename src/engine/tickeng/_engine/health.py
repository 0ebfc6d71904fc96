"""What the health of an engine says of its kernels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class KernelHealth(NamedTuple):
    """How often a kernel's z-score says little: `share` is that of ticks on which eps was above
    1 % of sigma, flagged above 10 %, with what to do about it; `still` that of ticks on which
    sigma was within the rounding of what the series is made of, so that the z-score is 0;
    `overflow` that of ticks on which a window by time held more than max_rows and said nothing;
    `restarts` how often a builder began anew, since it would have completed more than 10,000 bars
    at once."""

    share: float
    flagged: bool
    remedy: str
    still: float = 0.0
    overflow: float = 0.0
    restarts: int = 0


def worst(symbols: Iterable[Mapping[str, tuple[int, ...]]]) -> dict[str, KernelHealth]:
    """By kernel, the worst shares of all symbols, each of which has its ticks and counts of them by
    kernel, and the restarts of all."""
    shares: dict[str, list[float]] = {}
    restarts: dict[str, int] = {}
    for kernels in symbols:
        for kernel, (ticks, *counts, begun) in kernels.items():
            its = [count / ticks if ticks else 0.0 for count in counts]
            shares[kernel] = list(map(max, its, shares.get(kernel, its)))
            restarts[kernel] = restarts.get(kernel, 0) + begun
    return {k: KernelHealth(share, share > 0.1, "eps=relative" if share > 0.1 else "", still,
                            overflow, restarts[k])
            for k, (share, still, overflow) in shares.items()}
