"""What an engine tells of itself: names, counters, progress, health."""


cdef tuple health_of(const cpp.NodeHealth& node):
    return (node.health.ticks, node.health.dominated, node.health.still, node.health.overflow,
            node.health.restarts)


cdef dict counters_of(const cpp.Counters* c):
    return {
        "in": c.arrived, "processed": c.processed, "duplicate": c.duplicate,
        "duplicate_conflict": c.conflicts, "late": c.late,
        "rejected": c.rejected, "dropped": c.dropped, "held": c.held,
        "reasons": {name: c.reasons[i] for i, name in enumerate(REJECT_REASONS) if c.reasons[i]},
    }


cdef dict built_of(const cpp.BuilderCounts& counts):
    """What became of messages of a depth feed."""
    return {"gaps": counts.gaps, "waited": counts.waited, "lost": counts.lost,
            "beyond": counts.beyond, "behind": counts.behind, "left_out": counts.left_out}


cdef object levels_of(const cpp.Levels* levels):
    """float64[n, 2] of prices and quantities, the best first."""
    return np.array([levels.prices(), levels.quantities()], np.float64).reshape(2, -1).T


cdef class EngineFacts:
    """The C++ engine, whose turn it is, and what it tells of itself."""

    cdef cpp.Engine* engine
    cdef Schema schema_of
    cdef tuple schemas  # as rows of each clock show outputs
    cdef object last_symbol
    cdef str last_name
    cdef uint32_t last_code
    cdef uint64_t seq
    cdef Turn turn, birth
    cdef bint late_is_error

    def __cinit__(self, *args, **kwargs):
        self.engine = NULL
        self.last_symbol = NOBODY
        self.turn.take()

    def __dealloc__(self):
        del self.engine

    @property
    def outputs(self) -> Schema:
        """Names of the outputs, and which are flags."""
        self.made()
        return self.schema_of

    cdef cpp.Engine* made(self) except NULL:
        if self.engine == NULL:
            raise TickengError("this Engine was never constructed; a subclass must call "
                               "super().__init__() before anything else")
        return self.engine

    cdef int enter(self) except -1:
        if not self.turn.take():
            self.made()
            raise TickengError("an Engine serves one thread at a time; use one Engine a thread")
        return 0

    cdef uint32_t code(self, symbol) except? 0xFFFFFFFE:
        cdef str name
        cdef bytes raw
        if symbol is not self.last_symbol:
            name = name_of(symbol)
            raw = utf8_of(name)
            self.last_code = self.engine.intern(view_of(raw))
            self.last_symbol, self.last_name = symbol, name
        return self.last_code

    cdef uint32_t known(self, symbol) except? 0xFFFFFFFE:
        """The code of a symbol that has had ticks; asking makes no new one."""
        cdef str name = name_of(symbol)
        cdef bytes raw = utf8_of(name)
        cdef uint32_t code = self.engine.find(view_of(raw))
        if code == SHARED:
            raise SymbolError(f"there is no symbol {name!r:.60} in this engine; on_tick and run "
                              "make one at its first tick")
        return code

    cdef list names(self):
        cdef size_t i
        names = &self.engine.symbols()
        return [deref(names)[i].decode() for i in range(names.size())]

    @property
    def symbols(self) -> list:
        """Symbol names by code."""
        self.enter()
        try:
            return self.names()
        finally:
            self.turn.give()

    @property
    def symbol_count(self) -> int:
        """Symbols known."""
        self.enter()
        try:
            return self.engine.symbols().size()
        finally:
            self.turn.give()

    @property
    def leader_waiting(self) -> int:
        """Queued leader ticks that no trade has passed yet."""
        self.enter()
        try:
            return self.engine.leader_waiting()
        finally:
            self.turn.give()

    @property
    def counters(self) -> dict:
        """Per symbol: in = processed + duplicate + late + rejected + dropped + held; of the
        duplicates duplicate_conflict came with another price or quantity; reasons of rejects."""
        self.enter()
        try:
            return {name: counters_of(&self.engine.counters(i))
                    for i, name in enumerate(self.names())}
        finally:
            self.turn.give()

    cdef dict counters_by(self, cpp.Clock clock):
        cdef const cpp.EventFeed* feed
        cdef const cpp.BookBuilder* builder
        cdef dict found = {}
        self.enter()
        try:
            for i, name in enumerate(self.names()):
                feed = self.engine.feeds(i).of(clock)
                if feed != NULL:
                    found[name] = counters_of(&feed.counters())
                    if clock == cpp.Clock.kQuote or clock == cpp.Clock.kBook:
                        found[name]["crossed"] = (<const cpp.MarketFeed*> feed).crossed()
                    if clock == cpp.Clock.kBook:
                        builder = (<const cpp.BookFeed*> feed).builder()
                        if builder != NULL:
                            found[name].update(built_of(builder.counts()))
            return found
        finally:
            self.turn.give()

    @property
    def quote_counters(self) -> dict:
        """The same of quotes, of each symbol that had any; `crossed`: of those processed, the ones
        with bid >= ask, which are no market and move nothing."""
        return self.counters_by(cpp.Clock.kQuote)

    @property
    def book_counters(self) -> dict:
        """The same of books. Where they came as messages of a depth feed: `gaps`, before which some
        were missing; `waited`, those that came while there was no book, applied behind the next
        snapshot if they are newer; `lost`, those of them that were too many to keep; `beyond`, of
        the books behind the others those that show a level from behind the last of a snapshot of 20
        or more a side, where only what has changed since is known; `behind`, snapshots with a
        number below the book's, left out unless the next message follows them; `left_out`, levels
        that were too many: where 20 of the 10,000 a side that are kept are not left, the book ends
        (a gap), for what lies behind them is not known."""
        return self.counters_by(cpp.Clock.kBook)

    def book(self, symbol=0):
        """The book that messages of a depth feed have built, all levels that it has told of: (bids,
        asks), float64[n, 2] of prices and quantities, the best first. None where there is none: no
        message came, or none that a snapshot or its numbers made a book of. Raises SymbolError.
        """
        cdef const cpp.BookFeed* feed
        self.enter()
        try:
            feed = <const cpp.BookFeed*> self.engine.feeds(self.known(symbol)).of(cpp.Clock.kBook)
            if feed == NULL or feed.builder() == NULL or not feed.builder().valid():
                return None
            return (levels_of(&feed.builder().all_bids()), levels_of(&feed.builder().all_asks()))
        finally:
            self.turn.give()

    @property
    def bar_counters(self) -> dict:
        """The same of bars that came as such."""
        return self.counters_by(cpp.Clock.kBar)

    @property
    def fill_counters(self) -> dict:
        """The same of own fills."""
        return self.counters_by(cpp.Clock.kOwn)

    @property
    def leader_counters(self) -> dict:
        """The same per leader: "*" is the shared one, the others go by the symbol that they lead.
        Queued ticks are `held`."""
        self.enter()
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
        self.enter()
        try:
            return {name: counters_of(self.engine.leader_counters(cpp.leader_code(i)))
                    for i, name in enumerate(texts_of(self.engine.leaders()))}
        finally:
            self.turn.give()

    @property
    def progress(self) -> dict:
        """Per symbol: (accepted trades, ts_ns of the last one or None)."""
        self.enter()
        try:
            return {name: (self.engine.count(i),
                           self.engine.last_ts_ns(i) if self.engine.count(i) else None)
                    for i, name in enumerate(self.names())}
        finally:
            self.turn.give()

    def _health(self, symbol) -> dict:
        """Kernel -> (ticks with full windows, of these: eps above 1 % of sigma, standing still,
        more rows in a window by time than it may hold)."""
        cdef vector[cpp.NodeHealth] rows
        self.enter()
        try:
            rows = self.engine.health(self.code(symbol))
        finally:
            self.turn.give()
        return {text_of(rows[i].node): health_of(rows[i]) for i in range(rows.size())}

    def _warmup(self) -> dict:
        outputs = &self.made().outputs()
        return {text_of(deref(outputs)[i].name): (deref(outputs)[i].warmup,
                                                  deref(outputs)[i].warmup_ns)
                for i in range(outputs.size())}

    @property
    def _refused(self) -> list:
        """Ticks rejected since the engine was made, by REJECT_REASONS."""
        self.enter()
        try:
            return [self.engine.refused()[i] for i in range(len(REJECT_REASONS))]
        finally:
            self.turn.give()

    @property
    def _chunks(self) -> int:
        """Chunks that run() cut stretches of one symbol into, since the engine was made."""
        self.enter()
        try:
            return self.engine.chunks()
        finally:
            self.turn.give()

    @property
    def _wavefronts(self) -> int:
        """Stretches of one symbol that run() ran node by node, since the engine was made."""
        self.enter()
        try:
            return self.engine.wavefronts()
        finally:
            self.turn.give()
