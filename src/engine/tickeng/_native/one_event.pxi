"""Events one by one, and the decision after each."""


cdef class EngineEvents(EngineFacts):
    """The engine as a stream feeds it."""

    @cython.binding(False)
    def on_tick(self, int64_t ts_ns, double price, double qty, side, symbol=0) -> Decision:
        """Feed one trade and return the decision after it.

        ts_ns: int, ns UTC. price: quote currency, > 0. qty: base units, >= 0. side: +1 buyer took,
        -1 seller took, 0 unknown. symbol: str or int (k and "k" are the same symbol).
        Raises LateTickError for a late tick when on_late is "error"; never for bad values, which
        are counted and come back with status 3: a tick that is not accepted leaves the state as
        it is and decides nothing (numbers NaN, gate 0, alpha 0.0), as its row of run().
        Spec: A-01, H-02.
        """
        cdef cpp.Trade trade
        cdef const double* row
        trade.ts_ns, trade.price, trade.qty = ts_ns, price, qty
        trade.side = sign_of(side)
        self.enter()
        try:
            status = <int> self.engine.on_trade(self.code(symbol), trade, cpp.kNoId, &row)
            self.seq += 1
            if status == 1 and self.late_is_error:
                raise LateTickError(f"a tick of {symbol!r} at {ts_ns} is older than the last "
                                    "accepted; on_late='drop' counts it instead")
            return decide(self.schema_of, row, status, ts_ns, self.seq, self.last_name)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_quote(self, int64_t ts_ns, double bid, double bid_qty, double ask, double ask_qty,
                 symbol=0) -> Decision:
        """Feed one top of the book and return the decision as of it.

        ts_ns: int, ns UTC. bid, ask: prices; NaN, or 0 with quantity 0: that side is empty.
        bid_qty, ask_qty: base units, >= 0. A quote that is locked or crossed (bid >= ask) is
        counted and moves nothing; `hold_good` after it the one before is no market any more.
        Otherwise as on_tick. Spec: A-02.
        """
        cdef cpp.Quote quote
        cdef const double* row
        quote.ts_ns, quote.bid, quote.bid_qty = ts_ns, bid, bid_qty
        quote.ask, quote.ask_qty = ask, ask_qty
        self.enter()
        try:
            status = <int> self.engine.on_quote(self.code(symbol), quote, &row)
            return self.decided(cpp.Clock.kQuote, row, status, ts_ns)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_book(self, int64_t ts_ns, bids, asks, symbol=0) -> Decision:
        """Feed one snapshot of the book and return the decision as of it.

        ts_ns: int, ns UTC. bids, asks: (price, quantity) of each level, best first, at most 10,000:
        pairs, or float64[n, 2]; a level whose price is NaN ends its side. Where a symbol has had no
        quote of its own, its books give the quotes, one behind each book whose best prices or
        quantities changed. Otherwise as on_quote. Raises DataError for levels that are no pairs or
        too many. Spec: A-03.
        """
        cdef cpp.Book book
        cdef vector[double] bid, bid_qty, ask, ask_qty
        cdef const double* row
        book.ts_ns = ts_ns
        book.bids, book.asks = side_of(bid, bid_qty, bids), side_of(ask, ask_qty, asks)
        self.enter()
        try:
            status = <int> self.engine.on_book(self.code(symbol), book, &row)
            return self.decided(cpp.Clock.kBook, row, status, ts_ns)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_delta(self, int64_t ts_ns, bids, asks, symbol=0, *, bint snapshot=False, first=None,
                 last=None, previous=None) -> Decision:
        """Feed one message of a depth feed and return the decision as of it.

        ts_ns: int, ns UTC. bids, asks: (price, quantity) of each level that changed, as on_book
        takes them but in any order; quantity 0: nothing is there now. snapshot: these are all
        levels, and what was known before is gone. first, last: numbers of the first and last update
        in it; previous: the last one of the message before, where the feed says so. A message whose
        numbers do not follow ends the book until the next snapshot; one that holds nothing new is a
        duplicate. A snapshot with a number below the book's is taken only if the next message
        follows it and not the book. The book behind it is one for kernels if its best 20 levels a
        side changed. Behind the last level of a snapshot only that is known which changed since:
        `book_counters` has how often such a level was among the best 20, `snapshot_depth` shows
        none. Otherwise as on_book. Spec: A-04.
        """
        cdef cpp.DepthUpdate update
        cdef vector[double] bid, bid_qty, ask, ask_qty
        cdef const double* row
        update.ts_ns, update.snapshot = ts_ns, snapshot
        update.bids, update.asks = side_of(bid, bid_qty, bids), side_of(ask, ask_qty, asks)
        update.first, update.last = number_of(first), number_of(last)
        update.previous = number_of(previous)
        self.enter()
        try:
            status = <int> self.engine.on_depth(self.code(symbol), update, &row)
            return self.decided(cpp.Clock.kBook, row, status, ts_ns)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_bar(self, int64_t ts_ns, double open, double high, double low, double close,
               double volume=NAN, symbol=0, *, double signed_volume=NAN, double vwap=NAN,
               double trades=NAN) -> Decision:
        """Feed one bar that came as such and return the decision as of it.

        ts_ns: int, ns UTC, its end, when it is known. What is NaN was not told. Kernels move on it
        as on a builder's: rsi(bar). Otherwise as on_quote. Spec: A-06.
        """
        cdef cpp.Bar bar
        cdef const double* row
        bar.ts_ns, bar.open, bar.high, bar.low, bar.close = ts_ns, open, high, low, close
        bar.volume, bar.signed_volume, bar.vwap, bar.trades = volume, signed_volume, vwap, trades
        self.enter()
        try:
            status = <int> self.engine.on_bar(self.code(symbol), bar, &row)
            return self.decided(cpp.Clock.kBar, row, status, ts_ns)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_fill(self, int64_t ts_ns, double price, double qty, side, symbol=0) -> Decision:
        """Feed one fill of an own order and return the decision as of it.

        side: +1 bought, -1 sold. Formulas and series kernels read own.price, own.qty, own.side;
        no trade kernel sees it. Otherwise as on_quote. Spec: A-12.
        """
        cdef cpp.Fill fill
        cdef const double* row
        fill.ts_ns, fill.price, fill.qty, fill.side = ts_ns, price, qty, sign_of(side)
        self.enter()
        try:
            status = <int> self.engine.on_fill(self.code(symbol), fill, &row)
            return self.decided(cpp.Clock.kOwn, row, status, ts_ns)
        finally:
            self.turn.give()

    cdef Decision decided(self, cpp.Clock clock, const double* row, int status, int64_t ts_ns):
        """Of an event that is no trade."""
        self.seq += 1
        if status == 1 and self.late_is_error:
            raise LateTickError(f"a {KINDS[<int> clock]} of {self.last_name!r} at {ts_ns} is older "
                                "than the last accepted; on_late='drop' counts it instead")
        return decide(<Schema> self.schemas[<int> clock], row, status, ts_ns, self.seq,
                      self.last_name)

    cdef uint32_t leader_code(self, leads, leader) except? 0:
        if leader is None:
            return SHARED if leads is None else self.code(leads)
        if leads is not None:
            raise DataError(f"leader {leader!r} goes to the kernels that name it, of all symbols; "
                            f"leads={leads!r} cannot be said with it")
        return leader_code(self.engine.leaders(), leader)

    @cython.binding(False)
    def on_leader(self, int64_t ts_ns, double price, leader=None, leads=None) -> int:
        """Feed one tick of a leader in call order; returns its status (0 ok, 1 late, 3 rejected).

        leader: its name, where it is one that kernels name, k2(leader="ETHUSDT"); then these alone
        read it, of every symbol. Raises ConfigError for a name that none of them gives.
        leads: the symbol that it leads, or a list of them (the status is then the highest); None:
        every symbol that has no leader of its own.
        Spec: A-17.
        """
        cdef int status = 0
        self.enter()
        try:
            for one in leads if isinstance(leads, (list, tuple)) else (leads,):
                status = max(status, <int> self.engine.on_leader(ts_ns, price,
                                                                 self.leader_code(one, leader)))
            return status
        finally:
            self.turn.give()

    def decision(self, symbol) -> Decision:
        """The decision of the last accepted tick of a symbol; its seq is None.

        Before the first one its ts_ns is None and `accepted` is false. Raises SymbolError, a
        KeyError, for a symbol that this engine has not seen.
        """
        cdef uint32_t code
        self.enter()
        try:
            code = self.known(symbol)
            return decide(self.schema_of, self.engine.row(code).data(), 0,
                          self.engine.last_ts_ns(code), 0, name_of(symbol))
        finally:
            self.turn.give()
