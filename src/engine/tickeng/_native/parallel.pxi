"""The parallel engine for Python: calls wait without the GIL, in slices between which signals are
looked at. `tickeng.ParallelEngine` adds configuration, policies and files."""

from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.pair cimport pair
from libcpp.string cimport string


cdef extern from "pythread.h":
    unsigned long PyThread_get_thread_ident() noexcept nogil

cdef int64_t PATIENCE = 20_000_000  # ns between two looks for a signal
cdef size_t FEW = 256               # trades that are handed over without giving up the GIL first
cdef int WAITING = 3                # SubmitResult::End::kPatience


include "snapshot.pxi"


cdef class ParallelCore:
    """The C++ ParallelEngine. `tickeng.ParallelEngine` adds configuration and files."""

    cdef cpp.ParallelEngine* engine
    cdef Schema schema_of
    cdef dict codes
    cdef Turn turn, birth
    cdef Owner owner

    def __cinit__(self, *args, **kwargs):
        self.engine = NULL
        self.codes = {}
        self.turn.take()

    def __dealloc__(self):
        del self.engine

    def _build(self, tuple engine not None, dict parallel not None, bytes state not None):
        """`engine`: what EngineCore._build takes; `parallel`: fields of ParallelOptions."""
        cdef vector[cpp.Setting] rows
        cdef cpp.EngineOptions options
        cdef cpp.ParallelOptions p
        cdef pair[string, size_t] place
        cdef string_view kept = view_of(state), chosen
        (kernels, settings, late, dedupe_id, latency_ns, symbols, bytes_each, quotes,
         times) = engine
        cdef bytes selection = kernels.encode()
        chosen = view_of(selection)
        fill_settings(rows, settings)
        fill_options(options, late, dedupe_id, latency_ns, symbols, bytes_each, quotes, times)
        p.workers, p.ring, p.unread = parallel["workers"], parallel["ring"], parallel["unread"]
        p.on_full = <cpp.OnFull> <int> parallel["on_full"]
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

    @property
    def outputs(self) -> Schema:
        """Names of the outputs, and which are flags."""
        self.made()
        return self.schema_of

    cdef cpp.ParallelEngine* made(self) except NULL:
        if self.engine == NULL:
            raise TickengError("this ParallelEngine was never constructed; a subclass must call "
                               "super().__init__() before anything else")
        return self.engine

    cdef int enter(self, bint claim=True) except -1:
        """The turn, for the submitting thread; who claims first becomes it."""
        self.made()
        if not self.owner.admits(PyThread_get_thread_ident(), claim):
            raise TickengError("a ParallelEngine has one submitting thread, the first that "
                               "used it, and this is another; hand the ticks to that thread "
                               "through a queue.SimpleQueue")
        if not self.turn.take():
            raise TickengError("another call of this ParallelEngine is under way; one thread "
                               "submits, others hand it their ticks through a queue")
        return 0

    cdef list names(self):
        return [self.engine.symbol(i).decode() for i in range(self.engine.symbol_count())]

    cdef uint32_t code(self, symbol) except? 0xFFFFFFFE:
        cdef bytes raw
        code = self.codes.get(symbol) if isinstance(symbol, (str, int)) else None
        if code is None or isinstance(symbol, bool):
            raw = utf8_of(name_of(symbol))
            code = self.codes[name_of(symbol)] = self.engine.intern(view_of(raw))
            if type(symbol) is int:
                self.codes[symbol] = code
        return code

    cdef uint32_t known(self, symbol) except? 0xFFFFFFFE:
        """The code of a symbol that has had ticks; asking makes no new one."""
        cdef str name = name_of(symbol)
        cdef bytes raw = utf8_of(name)
        cdef uint32_t code = self.engine.find(view_of(raw))
        if code == SHARED:
            raise SymbolError(f"there is no symbol {name!r:.60} in this engine; submit makes one "
                              "at its first tick")
        return code

    def intern(self, names) -> np.ndarray:
        """Dense uint32 codes of symbol names, in the order given; new names get the next code."""
        codes = np.empty(len(names), dtype=np.uint32)
        self.enter()
        try:
            for i, name in enumerate(names):
                codes[i] = self.code(name)
            return codes
        finally:
            self.turn.give()

    def _submit_one(self, int64_t ts_ns, double price, double qty, side, symbol, int64_t id):
        """(taken, dropped, what ended it) of one trade."""
        cdef int8_t sign = sign_of(side)
        cdef uint32_t code
        cdef cpp.TradeColumns trades
        self.enter()
        try:
            code = self.code(symbol)
            trades.ts_ns, trades.price, trades.qty = &ts_ns, &price, &qty
            trades.side, trades.symbol, trades.id = &sign, &code, &id
            trades.size = 1
            return self.submit_columns(trades, 0)
        finally:
            self.turn.give()

    def _submit(self, const int64_t[::1] ts_ns not None, const double[::1] price not None,
                const double[::1] qty not None, const int8_t[::1] side not None,
                const uint32_t[::1] symbol, const int64_t[::1] id, size_t begin):
        """(rows taken or dropped, of those dropped, what ended it), from row `begin` on; `symbol`
        as in EngineCore._run."""
        cdef cpp.TradeColumns trades
        if ts_ns.shape[0] == 0:
            return 0, 0, 0
        trades.ts_ns, trades.price, trades.qty = &ts_ns[0], &price[0], &qty[0]
        trades.side, trades.size = &side[0], ts_ns.shape[0]
        trades.symbol = NULL
        trades.id = NULL
        if symbol is not None:
            trades.symbol = &symbol[0]
        if id is not None:
            trades.id = &id[0]
        self.enter()
        try:
            return self.submit_columns(trades, begin)
        finally:
            self.turn.give()

    cdef tuple submit_columns(self, const cpp.TradeColumns& trades, size_t begin):
        cdef cpp.SubmitResult result
        cdef size_t dropped = 0
        result.rows = begin
        result.end = <cpp.SubmitEnd> WAITING
        if trades.size - begin <= FEW:
            result = self.engine.submit(trades, begin, 0)
            dropped = result.dropped
        while <int> result.end == WAITING:
            with nogil:
                result = self.engine.submit(trades, result.rows, PATIENCE)
            dropped += result.dropped
            PyErr_CheckSignals()
        return result.rows, dropped, <int> result.end

    def on_leader(self, int64_t ts_ns, double price, symbol=None) -> int:
        """Feed one tick of the leader in call order; returns its status (0 ok, 1 late, 3 rejected).

        symbol: the symbol this leader leads; None: every symbol that has no leader of its own.
        Trades submitted from now on see it. Spec: A-17.
        """
        self.enter()
        try:
            code = SHARED if symbol is None else self.code(symbol)
            return <int> self.engine.on_leader(ts_ns, price, code)
        finally:
            self.turn.give()

    def flush(self) -> None:
        """Waits until every trade submitted is processed and its decision can be polled."""
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

    @property
    def symbols(self) -> list:
        """Symbol names by code."""
        self.enter(claim=False)
        try:
            return self.names()
        finally:
            self.turn.give()

    @property
    def symbol_count(self) -> int:
        """Symbols known."""
        self.enter(claim=False)
        try:
            return self.engine.symbol_count()
        finally:
            self.turn.give()

    @property
    def next_seq(self) -> int:
        """The sequence number of the next trade: how many were submitted, dropped ones included."""
        self.enter(claim=False)
        try:
            return self.engine.next_seq()
        finally:
            self.turn.give()

    @property
    def unread(self) -> int:
        """Decisions that wait to be polled."""
        return self.made().unread()

    @property
    def counters(self) -> dict:
        """Per symbol: in = processed + duplicate + late + rejected + dropped + held, and reasons.

        Exact: `held` are the trades that wait in a ring, or that close() left there. Answered
        within one batch of each worker.
        """
        cdef vector[cpp.Counters] all
        self.enter()
        try:
            with nogil:
                all = self.engine.counters()
            names = self.names()
            return {names[i]: counters_of(&all[i]) for i in range(all.size())}
        finally:
            self.turn.give()

    @property
    def leader_counters(self) -> dict:
        """The same per leader: "*" is the shared one, the others go by the symbol that they
        lead."""
        self.enter(claim=False)
        try:
            found = {"*": counters_of(self.engine.leader_counters(SHARED))}
            for i, name in enumerate(self.names()):
                if self.engine.leader_counters(i) != NULL:
                    found[name] = counters_of(self.engine.leader_counters(i))
            return found
        finally:
            self.turn.give()

    @property
    def workers(self) -> list:
        """One dict a worker, for any thread at any time: cpu (None: not pinned), pin_warning, in,
        processed, dropped, held, ring_high_water, sleeps, and latency_ns: a list of (bound, trades
        whose way from submit to decision took less than that and not less than the one before)."""
        return [facts_of(self.engine.facts(w)) for w in range(self.made().worker_count())]

    def worker_of(self, str symbol not None) -> int:
        """The worker that has a symbol, or would have it."""
        cdef bytes raw = utf8_of(symbol)
        return self.made().worker_of(view_of(raw))

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self.made().closed()

    def _close(self) -> None:
        if self.engine == NULL:
            return
        if not self.turn.take():
            raise TickengError("another call of this ParallelEngine is under way; close it when "
                               "that has returned")
        try:
            with nogil:
                self.engine.close()
        finally:
            self.turn.give()


cdef dict facts_of(const cpp.WorkerFacts& f):
    return {
        "cpu": f.cpu if f.cpu >= 0 else None, "pin_warning": f.pin_refusal.decode(),
        "in": f.arrived, "processed": f.processed, "dropped": f.dropped, "held": f.held,
        "ring_high_water": f.high_water, "sleeps": f.sleeps,
        "latency_ns": [(1 << i, f.latency[i]) for i in range(f.latency.size()) if f.latency[i]],
    }
