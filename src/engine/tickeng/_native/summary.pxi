"""The summary of a replay's ticks for Python; the rules are in tickeng/engine/tick_summary.hpp."""


cdef class TickSummary:
    """Gathers columns of accepted ticks: span, shares of gate and reasons, sizes, alpha."""

    cdef cpp.TickSummary summary

    def add(self, const int64_t[::1] ts_ns not None, dict outputs not None) -> None:
        """Gather ticks: ts_ns int64[n] ns; of the outputs alpha, size (float64), gate and reason
        (uint8) are looked at, where there are such. Raises DataError for columns of other
        lengths."""
        cdef cpp.TickColumns ticks
        cdef const double[::1] alpha = outputs.get("alpha")
        cdef const double[::1] size = outputs.get("size")
        cdef const uint8_t[::1] gate = outputs.get("gate")
        cdef const uint8_t[::1] reason = outputs.get("reason")
        ticks.rows = ts_ns.shape[0]
        if ticks.rows == 0:
            return
        for name in ("alpha", "size", "gate", "reason"):
            if name in outputs and <size_t> len(outputs[name]) != ticks.rows:
                raise DataError(f"{name} has {len(outputs[name])} rows, ts_ns has {ticks.rows}")
        ticks.ts_ns = &ts_ns[0]
        if alpha is not None:
            ticks.alpha = &alpha[0]
        if size is not None:
            ticks.size = &size[0]
        if gate is not None:
            ticks.gate = &gate[0]
        if reason is not None:
            ticks.reason = &reason[0]
        with nogil:
            self.summary.add(ticks)

    @property
    def ticks(self) -> int:
        """Ticks gathered."""
        return self.summary.ticks

    @property
    def open_ticks(self) -> int:
        """Those with the gate open."""
        return self.summary.open_ticks

    @property
    def span_ns(self) -> tuple | None:
        """The least and the greatest time; None without ticks."""
        return (self.summary.first_ns, self.summary.last_ns) if self.summary.ticks else None

    @property
    def shut_by(self) -> list:
        """Ticks with each bit of `reason`, the lowest bit first."""
        return [self.summary.shut_by[bit] for bit in range(8)]

    @property
    def sizes(self) -> dict:
        """Ticks by size."""
        return {pair.first: pair.second for pair in self.summary.sizes}

    @property
    def alpha(self) -> tuple:
        """(least, greatest, range, int64 counts of the equal bins over [-range, range]), the gate
        open."""
        counts = np.array(self.summary.alpha_bins, dtype=np.int64)
        return self.summary.least_alpha, self.summary.greatest_alpha, self.summary.range, counts
