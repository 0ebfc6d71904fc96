"""Events into a parallel engine: many trades, or one of any kind."""

ctypedef fused Event:
    cpp.Quote
    cpp.Book
    cpp.DepthUpdate
    cpp.Bar
    cpp.Fill


cdef tuple hand_over(cpp.ParallelEngine* engine, uint32_t code, const Event* event):
    """(taken, dropped, what ended it) of one event that is no trade."""
    cdef cpp.SubmitResult result = engine.submit(code, deref(event), 0)
    while <int> result.end == WAITING:
        with nogil:
            result = engine.submit(code, deref(event), PATIENCE)
        PyErr_CheckSignals()
    return result.rows, result.dropped, <int> result.end


cdef class ParallelEvents(ParallelFacts):
    """The parallel engine as a stream feeds it."""

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

    def _quote(self, int64_t ts_ns, double bid, double bid_qty, double ask, double ask_qty,
               symbol) -> tuple:
        cdef cpp.Quote quote
        quote.ts_ns, quote.bid, quote.bid_qty = ts_ns, bid, bid_qty
        quote.ask, quote.ask_qty = ask, ask_qty
        self.enter()
        try:
            return hand_over(self.engine, self.code(symbol), &quote)
        finally:
            self.turn.give()

    def _book(self, int64_t ts_ns, bids, asks, symbol) -> tuple:
        cdef cpp.Book book
        cdef vector[double] bid, bid_qty, ask, ask_qty
        book.ts_ns = ts_ns
        book.bids, book.asks = side_of(bid, bid_qty, bids), side_of(ask, ask_qty, asks)
        self.enter()
        try:
            return hand_over(self.engine, self.code(symbol), &book)
        finally:
            self.turn.give()

    def _delta(self, int64_t ts_ns, bids, asks, symbol, bint snapshot, first, last,
               previous) -> tuple:
        cdef cpp.DepthUpdate update
        cdef vector[double] bid, bid_qty, ask, ask_qty
        update.ts_ns, update.snapshot = ts_ns, snapshot
        update.bids, update.asks = side_of(bid, bid_qty, bids), side_of(ask, ask_qty, asks)
        update.first, update.last = number_of(first), number_of(last)
        update.previous = number_of(previous)
        self.enter()
        try:
            return hand_over(self.engine, self.code(symbol), &update)
        finally:
            self.turn.give()

    def _bar(self, int64_t ts_ns, double open, double high, double low, double close,
             double volume, symbol, double signed_volume, double vwap, double trades) -> tuple:
        cdef cpp.Bar bar
        bar.ts_ns, bar.open, bar.high, bar.low, bar.close = ts_ns, open, high, low, close
        bar.volume, bar.signed_volume, bar.vwap, bar.trades = volume, signed_volume, vwap, trades
        self.enter()
        try:
            return hand_over(self.engine, self.code(symbol), &bar)
        finally:
            self.turn.give()

    def _fill(self, int64_t ts_ns, double price, double qty, side, symbol) -> tuple:
        cdef cpp.Fill fill
        fill.ts_ns, fill.price, fill.qty, fill.side = ts_ns, price, qty, sign_of(side)
        self.enter()
        try:
            return hand_over(self.engine, self.code(symbol), &fill)
        finally:
            self.turn.give()

    def _time(self, int64_t ts_ns, symbol) -> None:
        cdef cbool sent = False
        cdef uint32_t code
        self.enter()
        try:
            code = SHARED if symbol is None else self.known(symbol)
            while not sent:
                with nogil:
                    sent = self.engine.on_time(ts_ns, code, PATIENCE)
                PyErr_CheckSignals()
        finally:
            self.turn.give()

    cdef uint32_t leader_code(self, leads, leader) except? 0:
        if leader is None:
            return SHARED if leads is None else self.code(leads)
        if leads is not None:
            raise DataError(f"leader {leader!r} goes to the kernels that name it, of all symbols; "
                            f"leads={leads!r} cannot be said with it")
        return leader_code(self.engine.leaders(), leader)

    def on_leader(self, int64_t ts_ns, double price, leader=None, leads=None) -> int:
        """Feed one tick of a leader in call order; returns its status (0 ok, 1 late, 3 rejected).

        leader: its name, where it is one that kernels name, k2(leader="ETHUSDT"); then these alone
        read it, of every symbol. Raises ConfigError for a name that none of them gives.
        leads: the symbol that it leads, or a list of them (the status is then the highest); None:
        every symbol that has no leader of its own.
        Trades submitted from now on see it. Spec: A-17.
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
