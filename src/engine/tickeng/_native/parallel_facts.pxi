"""What a parallel engine tells of itself: names, counters, workers."""


cdef class ParallelFacts:
    """The C++ ParallelEngine, whose turn it is, and what it tells of itself."""

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
            raise TickengError("another call of this ParallelEngine has not returned; one thread "
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
        """The sequence number of the next event: how many were submitted, dropped ones included."""
        self.enter(claim=False)
        try:
            return self.engine.next_seq()
        finally:
            self.turn.give()

    @property
    def unread(self) -> int:
        """Decisions that wait to be polled."""
        return self.made().unread()

    cdef dict counters_by(self, cpp.Clock clock):
        cdef vector[cpp.KindCounters] all
        cdef dict found = {}
        self.enter()
        try:
            with nogil:
                all = self.engine.counters(clock)
            for i, name in enumerate(self.names()):
                if clock != cpp.Clock.kTrade and all[i].arrived == 0:
                    continue
                found[name] = counters_of(&all[i])
                if clock == cpp.Clock.kQuote or clock == cpp.Clock.kBook:
                    found[name]["crossed"] = all[i].crossed
                if all[i].built.has_value():
                    found[name].update(built_of(all[i].built.value()))
            return found
        finally:
            self.turn.give()

    @property
    def counters(self) -> dict:
        """Per symbol: in = processed + duplicate + late + rejected + dropped + held, and reasons.

        Exact: `held` are the trades that wait in a ring, or that close() left there. Answered
        within one batch of each worker.
        """
        return self.counters_by(cpp.Clock.kTrade)

    @property
    def quote_counters(self) -> dict:
        """The same of quotes, of each symbol that had any; `crossed` as in Engine."""
        return self.counters_by(cpp.Clock.kQuote)

    @property
    def book_counters(self) -> dict:
        """The same of books; of those from messages of a depth feed as in Engine."""
        return self.counters_by(cpp.Clock.kBook)

    def book(self, symbol=0):
        """As Engine.book, of the events that the worker is done with: after flush() all submitted.
        Raises SymbolError for a symbol that never came.
        """
        cdef optional[pair[cpp.Levels, cpp.Levels]] found
        cdef uint32_t code
        self.enter()
        try:
            code = self.known(symbol)
            with nogil:
                found = self.engine.book(code)
        finally:
            self.turn.give()
        if not found.has_value():
            return None
        return levels_of(&found.value().first), levels_of(&found.value().second)

    @property
    def bar_counters(self) -> dict:
        """The same of bars that came as such."""
        return self.counters_by(cpp.Clock.kBar)

    @property
    def fill_counters(self) -> dict:
        """The same of own fills."""
        return self.counters_by(cpp.Clock.kOwn)

    def _health(self) -> list:
        """(kernel, counts of a symbol as EngineFacts._health has them), of all symbols."""
        cdef vector[cpp.NodeHealth] rows
        self.enter()
        try:
            with nogil:
                rows = self.engine.health()
            return [(text_of(rows[i].node), health_of(rows[i])) for i in range(rows.size())]
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
    def named_leaders(self) -> dict:
        """The same of each leader that kernels name, by its name."""
        self.enter(claim=False)
        try:
            return {name: counters_of(self.engine.leader_counters(cpp.leader_code(i)))
                    for i, name in enumerate(texts_of(self.engine.leaders()))}
        finally:
            self.turn.give()

    @property
    def workers(self) -> list:
        """One dict a worker, for any thread at any time: cpu (None: not pinned), pin_warning, in,
        processed, dropped, held, ring_high_water, sleeps, and latency_ns: a list of (bound, events
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


cdef dict facts_of(const cpp.WorkerFacts& f):
    return {
        "cpu": f.cpu if f.cpu >= 0 else None, "pin_warning": f.pin_refusal.decode(),
        "in": f.arrived, "processed": f.processed, "dropped": f.dropped, "held": f.held,
        "ring_high_water": f.high_water, "sleeps": f.sleeps,
        "latency_ns": [(1 << i, f.latency[i]) for i in range(f.latency.size()) if f.latency[i]],
    }
