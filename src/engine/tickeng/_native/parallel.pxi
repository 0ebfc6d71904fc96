"""The parallel engine for Python: calls wait without the GIL, in slices between which signals are
looked at. `tickeng.ParallelEngine` adds configuration, policies and files."""

from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.optional cimport optional
from libcpp.pair cimport pair
from libcpp.string cimport string


cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident() noexcept nogil

cdef int64_t PATIENCE = 20_000_000  # ns between two looks for a signal
cdef size_t FEW = 256               # trades that are handed over without giving up the GIL first
cdef int WAITING = 3                # SubmitResult::End::kPatience


include "parallel_facts.pxi"
include "parallel_events.pxi"
include "snapshot.pxi"


cdef class ParallelCore(ParallelEvents):
    """The C++ ParallelEngine. `tickeng.ParallelEngine` adds configuration and files."""

    def _build(self, tuple engine not None, dict parallel not None, bytes state not None):
        """`engine`: what EngineCore._build takes; `parallel`: fields of ParallelOptions."""
        cdef vector[cpp.Setting] rows
        cdef cpp.EngineOptions options
        cdef cpp.ParallelOptions p
        cdef pair[string, size_t] place
        cdef string_view kept = view_of(state), chosen
        (kernels, settings, late, dedupe_id, latency_ns, symbols, bytes_each, market,
         times) = engine
        cdef bytes selection = kernels.encode()
        chosen = view_of(selection)
        fill_settings(rows, settings)
        fill_options(options, late, dedupe_id, latency_ns, symbols, bytes_each, market, times)
        p.workers, p.ring, p.unread = parallel["workers"], parallel["ring"], parallel["unread"]
        p.on_full = <cpp.OnFull> <int> parallel["on_full"]
        p.rows = <cpp.Clock> <int> parallel["rows"]
        p.total_order, p.spin, p.pin = parallel["total_order"], parallel["spin"], parallel["pin"]
        for name, worker in parallel["map"].items():
            place.first, place.second = name.encode(), worker
            p.map.push_back(place)
        if not self.birth.take():
            raise TickengError("this ParallelEngine is constructed already; make a new one")
        try:
            with nogil:
                self.engine = cpp.make_parallel(chosen, rows, options, p, kept).release()
        except BaseException:
            self.birth.give()
            raise
        self.schema_of = Schema.of(&self.engine.outputs(), cpp.Clock.kTrade)
        self.turn.give()

    def flush(self) -> None:
        """Waits until every event submitted is processed and its decision can be polled."""
        cdef cbool done = False
        self.enter()
        try:
            while not done:
                with nogil:
                    done = self.engine.flush(PATIENCE)
                PyErr_CheckSignals()
        finally:
            self.turn.give()

    def _poll(self, size_t most, int64_t patience_ns):
        """(seq, symbol codes, outputs, status) of decisions, after waiting for the first."""
        cdef vector[cpp.OutputColumn] columns
        cdef uint64_t[::1] seq
        cdef uint32_t[::1] symbol
        cdef uint8_t[::1] state
        cdef cpp.DecisionColumns out
        self.enter()
        try:
            self.await_readable(patience_ns)
            rows = min(most, self.engine.unread())
            arrays = new_columns(rows, self.schema_of.flags)
            numbers, codes = np.empty(rows, dtype=np.uint64), np.empty(rows, dtype=np.uint32)
            status = np.empty(rows, dtype=np.uint8)
            if rows > 0:
                fill_columns(columns, arrays)
                seq, symbol, state = numbers, codes, status
                out.seq, out.symbol, out.status = &seq[0], &symbol[0], &state[0]
                out.outputs = cpp.ColumnSpan(columns.data(), columns.size())
                rows = self.engine.poll(rows, out)
            return numbers[:rows], codes[:rows], [a[:rows] for a in arrays], status[:rows]
        finally:
            self.turn.give()

    cdef int await_readable(self, int64_t left_ns) except -1:
        cdef cbool there = False
        cdef int64_t slice_ns
        while left_ns > 0 and not there:
            slice_ns = min(left_ns, PATIENCE)
            with nogil:
                there = self.engine.wait_readable(slice_ns)
            if not there and self.engine.unread() == 0 and self.engine.closed():
                break
            left_ns -= slice_ns
            PyErr_CheckSignals()
        return 0

    def _snapshot(self, SnapshotCore snapshot not None) -> None:
        snapshot.engine = self
        self.enter()
        try:
            while snapshot.snapshot.get() == NULL:
                with nogil:
                    snapshot.snapshot = self.engine.snapshot(PATIENCE)
                PyErr_CheckSignals()
        finally:
            self.turn.give()

    def decision(self, symbol) -> Decision:
        """The decision of the last accepted tick of a symbol, within one batch of its worker; ticks
        that wait in the ring are not in it. See Engine.decision."""
        cdef cpp.Last last
        cdef uint32_t code
        self.enter()
        try:
            code = self.known(symbol)
            with nogil:
                last = self.engine.last(code)
            return decide(self.schema_of, last.row.data(), 0, last.ts_ns, 0, name_of(symbol))
        finally:
            self.turn.give()

    def _reset(self, symbol) -> None:
        cdef uint32_t code
        self.enter()
        try:
            code = self.known(symbol)
            with nogil:
                self.engine.reset(code)
        finally:
            self.turn.give()

    def halt(self, symbol=None, bint on=True) -> None:
        """Shut (or reopen) the gate of one symbol, or of all: reason bit 16.

        It acts from the next batch of each worker on, ahead of ticks that wait in the rings; after
        flush() it acts where Engine.halt would. For all symbols: any thread, at any time.
        """
        self._flag(symbol, 2, on)

    def feed_down(self, symbol=None, bint on=True) -> None:
        """Declare the feed of one symbol, or of all, down (or up again): reason bit 8. See halt."""
        self._flag(symbol, 1, on)

    cdef int _flag(self, symbol, uint32_t flag, bint on) except -1:
        cdef uint32_t code
        if symbol is None:
            self.made().set_flag(SHARED, flag, on)
            return 0
        self.enter()
        try:
            code = self.code(symbol)
            with nogil:
                self.engine.set_flag(code, flag, on)
            return 0
        finally:
            self.turn.give()

    def _close(self) -> None:
        if self.engine == NULL:
            return
        if not self.turn.take():
            raise TickengError("another call of this ParallelEngine has not returned; close it "
                               "when that has returned")
        try:
            with nogil:
                self.engine.close()
        finally:
            self.turn.give()
