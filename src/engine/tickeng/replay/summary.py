"""What a replay tells about itself at its end, gathered on the way in bounded memory.

Shares and quantiles describe the accepted ticks of this run. Quantiles of alpha come from a
histogram of 4,000 equal bins over ticks with the gate open. Its range is [-2, 2], that of the
chain's alpha, where they are exact to 0.001, and doubles as often as values need (`clip`).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base.notation import iso_ns
from .._native.core import REASONS, TickSummary

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_NEVER_NAN = ("size", "gate", "alpha", "reason", "status")  # 0 before they mean something

Columns = dict[str, NDArray[Any]]


def distribution(
    low: float, high: float, span: float, counts: NDArray[np.int64]
) -> dict[str, float] | None:
    """Minimum, quantiles and maximum of alpha from its histogram over [-span, span]; None without
    values."""
    total = int(counts.sum())
    if not total:
        return None
    upto = np.cumsum(counts)
    edges = np.linspace(-span, span, len(counts) + 1)
    found: dict[str, float] = {"min": low}
    for quantile in QUANTILES:
        place = int(np.searchsorted(upto, max(1.0, quantile * total)))
        middle = float(edges[place] + edges[place + 1]) / 2
        found[f"p{quantile * 100:02.0f}"] = round(min(max(middle, low), high), 6)
    found["max"] = high
    return found


@dataclass(eq=False, repr=False)
class Summary:
    """Gathers accepted ticks with their outputs.

    `warm` may come from a checkpoint; `processed` are the ticks each symbol code had before.
    """

    warm: dict[str, dict[str, Any]] = field(default_factory=dict)
    processed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._outcome = TickSummary()
        self._ticks_of = np.array(self.processed, np.int64)
        self._has_gate = False

    @property
    def ticks(self) -> int:
        """Accepted ticks of this run."""
        return self._outcome.ticks

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last time of the accepted ticks; None without any."""
        return self._outcome.span_ns

    def add(self, ts_ns: NDArray[np.int64], outputs: Columns) -> None:
        """Gather accepted ticks, at least one."""
        self._outcome.add(ts_ns, outputs)
        self._has_gate |= "gate" in outputs

    def waking(self, outputs: Columns) -> Columns:
        """The outputs that have had no value so far and have one here."""
        return {
            name: values for name, values in outputs.items()
            if name not in self.warm and name not in _NEVER_NAN
            and (values.any() if name == "ready" else not np.isnan(values).all())
        }

    def count(self, codes: NDArray[np.uint32]) -> None:
        """Count accepted ticks per symbol code."""
        counts = tally(codes)
        grown = np.zeros(max(len(counts), len(self._ticks_of)), np.int64)
        grown[: len(self._ticks_of)] = self._ticks_of
        grown[: len(counts)] += counts
        self._ticks_of = grown

    def watch(self, codes: NDArray[np.uint32], symbols: list[str], ts_ns: NDArray[np.int64],
              outputs: Columns) -> None:
        """Note the first tick of any symbol at which an output has a value, and count.

        The columns hold ticks in order, `symbols` the names of the codes.
        """
        before = self._ticks_of
        self.count(codes)
        for name, values in outputs.items():
            known = _known(name, values)
            if name not in self.warm and known.any():
                at = int(known.argmax())
                code = int(codes[at])
                tick = int(np.count_nonzero(codes[:at + 1] == code)) + (
                    int(before[code]) if code < len(before) else 0)
                self.warm[name] = {
                    "symbol": symbols[code], "tick": tick, "ts_ns": int(ts_ns[at]),
                }

    def rows_of(self, symbols: list[str]) -> dict[str, int]:
        """Rows of each symbol, those before a resume included; `symbols` are those of the codes."""
        return dict(zip(symbols, self._ticks_of.tolist(), strict=False))

    def to_dict(self) -> dict[str, Any]:
        """JSON-able: ticks, span, gate, size, alpha."""
        return {
            "ticks": self.ticks,
            "span": self._span(),
            "gate": self._gate(),
            "size": [
                {"size": size, "share": count / self.ticks}
                for size, count in sorted(self._outcome.sizes.items(), reverse=True)
            ],
            "alpha_open": distribution(*self._outcome.alpha),
        }

    def _span(self) -> dict[str, Any] | None:
        if self._outcome.span_ns is None:
            return None
        first_ns, last_ns = self._outcome.span_ns
        return {
            "first_ts_ns": first_ns,
            "last_ts_ns": last_ns,
            "first": iso_ns(first_ns),
            "last": iso_ns(last_ns),
            "seconds": (last_ns - first_ns) / 1e9,
        }

    def _gate(self) -> dict[str, Any] | None:
        """Share of ticks with the gate open, None where there is none; a shut one may have several
        reasons."""
        if not (self.ticks and self._has_gate):
            return None
        shut_by = self._outcome.shut_by
        why = {name: shut_by[bit] / self.ticks for bit, name in enumerate(REASONS)}
        return {
            "open_share": self._outcome.open_ticks / self.ticks,
            "shut_by": {name: share for name, share in why.items() if share},
        }


def _known(name: str, values: NDArray[Any]) -> NDArray[np.bool_]:
    """Where an output has a value; `ready` has one when it is set."""
    known: NDArray[np.bool_] = values != 0 if name == "ready" else ~np.isnan(values)
    return known


def tally(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How often each code occurs; a column of stride 0 (one and the same) needs no counting."""
    if len(codes) and codes.strides == (0,):
        counts = np.zeros(int(codes[0]) + 1, np.int64)
        counts[-1] = len(codes)
        return counts
    return np.bincount(codes)


def warmup_report(
    needed: dict[str, int], clocks: dict[str, str], warm: dict[str, dict[str, Any]],
    most: dict[str, int],
) -> list[dict[str, Any]]:
    """Per output: events of its clock needed, where it became warm, or how many are missing.

    `needed` is the 0-based index of the first event at which an output may have a value, `most` has
    the events of the busiest symbol by clock; of a clock that is not in it nobody knows how many
    are missing, which is None.
    """
    report = []
    for name, index in needed.items():
        if name in _NEVER_NAN:
            continue
        ticks, clock = index + 1, clocks.get(name, "trade")
        reached = warm.get(name)
        entry: dict[str, Any] = {"output": name, "clock": clock, "needs": ticks,
                                 "reached": reached}
        if reached:
            entry["reached"] = {**reached, "time": iso_ns(reached["ts_ns"])}
        else:
            entry["missing"] = max(0, ticks - most[clock]) if clock in most else None
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
