"""Events of several kinds in arrays; `tickeng.Engine.run` documents them."""


cdef class Quotes:
    """Columns of quotes that stay alive while the core reads them."""

    cdef const int64_t[::1] ts_ns
    cdef const double[::1] bid, bid_qty, ask, ask_qty
    cdef const uint32_t[::1] symbol

    def __init__(self, ts_ns not None, bid not None, bid_qty not None, ask not None,
                 ask_qty not None, symbol):
        self.ts_ns, self.bid, self.bid_qty = ts_ns, bid, bid_qty
        self.ask, self.ask_qty, self.symbol = ask, ask_qty, symbol
        for size in (len(bid), len(bid_qty), len(ask), len(ask_qty),
                     len(ts_ns if symbol is None else symbol)):
            if size != len(ts_ns):
                raise DataError("columns of quotes have unequal lengths")

    cdef cpp.QuoteColumns columns(self):
        cdef cpp.QuoteColumns c
        c.size = self.ts_ns.shape[0]
        if c.size == 0:
            return c
        c.ts_ns, c.bid, c.bid_qty = &self.ts_ns[0], &self.bid[0], &self.bid_qty[0]
        c.ask, c.ask_qty = &self.ask[0], &self.ask_qty[0]
        c.symbol = &self.symbol[0] if self.symbol is not None else NULL
        return c


cdef int feed(EngineCore core, cpp.EventColumns& events, cpp.EventRun& run) except -1:
    """Runs all events, with a look for a signal now and then, and holds the counters to them."""
    cdef cpp.Balance traded, quoted
    cdef size_t before, total = events.trades.size + events.quotes.size
    if total == 0:
        return 0
    traded.begin(deref(core.engine), events.trades.symbol, events.trades.size, cpp.Clock.kTrade)
    quoted.begin(deref(core.engine), events.quotes.symbol, events.quotes.size, cpp.Clock.kQuote)
    while run.trade + run.quote < total and not run.ended:
        before = run.trade + run.quote
        with nogil:
            core.engine.run(events, run, FIRST * 4)
        core.seq += run.trade + run.quote - before + run.ended
        PyErr_CheckSignals()
    late = run.ended and events.trade_next(run)  # a trade, else a quote
    core.check_balance(traded, run.trade + late, False)
    core.check_balance(quoted, run.quote + (run.ended and not late), True)
    return 0


cdef list columns_of_bars(EngineCore core, cpp.BarSink& bars):
    """[stamps, symbols, outputs ...] of a builder's rows."""
    cdef size_t c, i, n = bars.ts_ns.size()
    cdef int64_t[::1] stamps
    cdef uint32_t[::1] codes
    cdef double[::1] reals
    found = [np.empty(n, np.int64), np.empty(n, np.uint32)]
    stamps, codes = found
    for i in range(n):
        stamps[i], codes[i] = bars.ts_ns[i], bars.symbol[i]
    for c, flag in enumerate(core.outputs.flags):
        values = np.empty(n, np.float64)
        reals = values
        for i in range(n):
            reals[i] = bars.columns[c][i]
        found.append(values.astype(np.uint8) if flag else values)
    return found


def run_events(EngineCore core not None, tuple trades, Quotes quotes not None, str rows not None):
    """(columns, status of trades, status of quotes, trades done, quotes done); rows: the clock of
    which a row is written. Of a builder's, the columns begin with stamps and symbols. Codes of
    symbols must be arrays that nobody else can write: the core indexes with them. Raises
    ConfigError where there is no such clock."""
    cdef const int64_t[::1] ts_ns, ids
    cdef const double[::1] price, qty
    cdef const int8_t[::1] side
    cdef const uint32_t[::1] symbol
    cdef cpp.EventColumns events
    cdef cpp.EventRun run
    cdef bytes clock = rows.encode()
    cdef cpp.BarSink bars = core.engine.make_sink(view_of(clock))
    cdef vector[cpp.OutputColumn] columns
    cdef uint8_t[::1] trade_status, quote_status
    cdef bint derived = bars.clock != cpp.Clock.kTrade and bars.clock != cpp.Clock.kQuote
    ts_ns, price, qty, side, symbol, ids = trades
    events.quotes = quotes.columns()
    status = np.zeros(ts_ns.shape[0], np.uint8), np.zeros(events.quotes.size, np.uint8)
    trade_status, quote_status = status
    run.rows = bars.clock
    if derived:
        run.bars = &bars
    else:
        count = <size_t> ts_ns.shape[0] if bars.clock == cpp.Clock.kTrade else events.quotes.size
        arrays = new_columns(count, core.outputs.flags)
        if count > 0:
            fill_columns(columns, arrays)
    if ts_ns.shape[0] > 0:
        events.trades = columns_of(ts_ns, price, qty, side, symbol, ids)
        events.trades.size = ts_ns.shape[0]
        run.trade_status = &trade_status[0]
    if events.quotes.size > 0:
        run.quote_status = &quote_status[0]
    run.columns = cpp.ColumnSpan(columns.data(), columns.size())
    core.enter()
    try:
        feed(core, events, run)
    except KeyboardInterrupt as error:
        error.add_note(f"{run.trade} trades and {run.quote} quotes were fed; the engine can "
                       "continue from there")
        raise
    finally:
        core.turn.give()
    if derived:
        arrays = columns_of_bars(core, bars)
    return arrays, *status, run.trade, run.quote
