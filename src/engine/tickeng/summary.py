"""What a replay tells about itself at its end, gathered on the way in bounded memory.

Shares and quantiles describe the accepted ticks of this run. Quantiles of alpha come from a
histogram of 4,000 equal bins over [-2, 2] (the range of the chain's alpha; what lies outside is
counted in the outermost bins), over ticks with the gate open, so they are exact to 0.001.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

REASONS = {1: "not_warm", 2: "liquidity", 4: "leader", 8: "feed", 16: "halted"}
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_BINS, _LOW, _HIGH = 4_000, -2.0, 2.0
_SIZES_MAX = 32
_NEVER_NAN = ("size", "gate", "alpha", "reason", "status")  # 0 before they mean something

Columns = dict[str, NDArray[Any]]


class Distribution:
    """Histogram of fixed bins with the exact extremes."""

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS, np.int64)
        self._low, self._high = np.inf, -np.inf

    def add(self, values: NDArray[np.float64]) -> None:
        """Count values, which are finite."""
        if len(values):
            place = (np.clip(values, _LOW, _HIGH) - _LOW) * (_BINS / (_HIGH - _LOW))
            bins = np.minimum(place.astype(np.int64), _BINS - 1)
            self._counts += np.bincount(bins, minlength=_BINS)
            self._low = min(self._low, float(values.min()))
            self._high = max(self._high, float(values.max()))

    def to_dict(self) -> dict[str, float] | None:
        """Minimum, quantiles and maximum; None without values."""
        total = int(self._counts.sum())
        if not total:
            return None
        upto = np.cumsum(self._counts)
        edges = np.linspace(_LOW, _HIGH, _BINS + 1)
        found: dict[str, float] = {"min": self._low}
        for quantile in QUANTILES:
            place = int(np.searchsorted(upto, max(1.0, quantile * total)))
            middle = float(edges[place] + edges[place + 1]) / 2
            found[f"p{quantile * 100:02.0f}"] = round(min(max(middle, self._low), self._high), 6)
        found["max"] = self._high
        return found


@dataclass
class Summary:
    """Gathers accepted ticks with their outputs.

    `warm` may come from a checkpoint; `processed` are the ticks each symbol code had before.
    """

    warm: dict[str, dict[str, Any]] = field(default_factory=dict)
    processed: list[int] = field(default_factory=list)
    ticks: int = 0
    open_ticks: int = 0
    first_ns: int | None = None
    last_ns: int | None = None

    def __post_init__(self) -> None:
        self._shut = np.zeros(256, np.int64)
        self._sizes: dict[float, int] = {}
        self._alpha = Distribution()
        self._ticks_of = np.array(self.processed, np.int64)

    def add(self, ts_ns: NDArray[np.int64], outputs: Columns) -> None:
        """Gather accepted ticks, at least one."""
        first, last = int(ts_ns.min()), int(ts_ns.max())
        self.first_ns = first if self.first_ns is None else min(self.first_ns, first)
        self.last_ns = last if self.last_ns is None else max(self.last_ns, last)
        self.ticks += len(ts_ns)
        if "gate" in outputs:
            is_open = outputs["gate"] != 0
            self.open_ticks += int(np.count_nonzero(is_open))
            if "alpha" in outputs:
                self._alpha.add(outputs["alpha"][is_open])
        if "reason" in outputs:
            self._shut += np.bincount(outputs["reason"], minlength=256)
        if "size" in outputs:
            self._add_sizes(outputs["size"])

    def _add_sizes(self, size: NDArray[np.float64]) -> None:
        """Count each size. There are few, so those known are looked for; a sort costs more."""
        left = len(size)
        for known in self._sizes:
            count = int(np.count_nonzero(size == known))
            self._sizes[known] += count
            left -= count
        if not left:
            return
        values, counts = np.unique(size[~np.isin(size, list(self._sizes))], return_counts=True)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True):
            full = len(self._sizes) >= _SIZES_MAX
            key = min(self._sizes, key=lambda known: abs(known - value)) if full else value
            self._sizes[key] = self._sizes.get(key, 0) + count

    def waking(self, outputs: Columns) -> Columns:
        """The outputs that have had no value so far and have one here."""
        cold = (item for item in outputs.items() if item[0] not in {*self.warm, *_NEVER_NAN})
        return {name: values for name, values in cold if _known(name, values).any()}

    def count(self, codes: NDArray[np.uint32]) -> None:
        """Count accepted ticks per symbol code."""
        counts = tally(codes)
        grown = np.zeros(max(len(counts), len(self._ticks_of)), np.int64)
        grown[: len(self._ticks_of)] = self._ticks_of
        grown[: len(counts)] += counts
        self._ticks_of = grown

    def watch(self, code: int, symbol: str, ts_ns: NDArray[np.int64], outputs: Columns) -> None:
        """Note the first tick of any symbol at which an output has a value, and count.

        The columns hold the ticks of one symbol, in order.
        """
        before = int(self._ticks_of[code]) if code < len(self._ticks_of) else 0
        self.count(np.full(len(ts_ns), code, np.uint32))
        for name, values in outputs.items():
            known = _known(name, values)
            if name not in self.warm and known.any():
                at = int(known.argmax())
                self.warm[name] = {
                    "symbol": symbol, "tick": before + at + 1, "ts_ns": int(ts_ns[at]),
                }

    @property
    def most_ticks(self) -> int:
        """Accepted ticks of the busiest symbol, those before a resume included."""
        return int(self._ticks_of.max(initial=0))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: ticks, span, gate, size, alpha."""
        return {
            "ticks": self.ticks,
            "span": self._span(),
            "gate": self._gate(),
            "size": [
                {"size": size, "share": count / self.ticks}
                for size, count in sorted(self._sizes.items(), reverse=True)
            ],
            "alpha_open": self._alpha.to_dict(),
        }

    def _span(self) -> dict[str, Any] | None:
        if self.first_ns is None or self.last_ns is None:
            return None
        return {
            "first_ts_ns": self.first_ns,
            "last_ts_ns": self.last_ns,
            "first": iso(self.first_ns),
            "last": iso(self.last_ns),
            "seconds": (self.last_ns - self.first_ns) / 1e9,
        }

    def _gate(self) -> dict[str, Any] | None:
        """Share of ticks with the gate open; a shut one may have several reasons."""
        if not self.ticks:
            return None
        masks = np.arange(256)
        why = {
            name: int(self._shut[(masks & bit) != 0].sum()) / self.ticks
            for bit, name in REASONS.items()
        }
        return {
            "open_share": self.open_ticks / self.ticks,
            "shut_by": {name: share for name, share in why.items() if share},
        }


def _known(name: str, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where an output has a value; `ready` has one when it is set."""
    known: NDArray[np.bool_] = values != 0 if name == "ready" else ~np.isnan(values)
    return known


def tally(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How often each code occurs. Mostly all are one and the same, which needs no counting."""
    if len(codes) and codes.min() == codes.max():
        counts = np.zeros(int(codes[0]) + 1, np.int64)
        counts[-1] = len(codes)
        return counts
    return np.bincount(codes)


def iso(ts_ns: int) -> str:
    """UTC time with nanoseconds, as numpy writes it, with the zone."""
    return f"{np.datetime64(ts_ns, 'ns')}Z"


def warmup_report(
    needed: dict[str, int], warm: dict[str, dict[str, Any]], most_ticks: int
) -> list[dict[str, Any]]:
    """Per output: ticks needed, where it became warm, or how many ticks are missing.

    `needed` is the 0-based index of the first tick at which an output may have a value.
    """
    report = []
    for name, index in needed.items():
        if name in _NEVER_NAN:
            continue
        ticks = index + 1
        reached = warm.get(name)
        entry: dict[str, Any] = {"output": name, "needs": ticks, "reached": reached}
        if reached:
            entry["reached"] = {**reached, "time": iso(reached["ts_ns"])}
        else:
            entry["missing"] = max(0, ticks - most_ticks)
        report.append(entry)
    return report


def totals(counters: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The counters of all symbols together, reasons included."""
    sums: dict[str, Any] = {"reasons": {}}
    for counts in counters.values():
        for name, value in counts.items():
            if name == "reasons":
                for reason, count in value.items():
                    sums["reasons"][reason] = sums["reasons"].get(reason, 0) + count
            else:
                sums[name] = sums.get(name, 0) + value
    return sums


def broken(came_in: dict[str, int], counters: dict[str, dict[str, Any]]) -> list[str]:
    """Symbols for which `in = processed + duplicate + late + rejected + dropped + held` fails.

    `came_in` is counted where rows are read, `counters` where they end.
    """
    faults = []
    for symbol in sorted(came_in.keys() | counters.keys()):
        counts = counters.get(symbol, {})
        ends = ("processed", "duplicate", "late", "rejected", "dropped", "held")
        found = sum(counts.get(end, 0) for end in ends)
        if found != came_in.get(symbol, 0):
            faults.append(f"{symbol}: {came_in.get(symbol, 0)} rows came in, {found} are known")
    return faults
