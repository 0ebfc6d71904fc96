"""Events of several kinds in arrays; `tickeng.Engine.run` documents them."""


cdef int feed(EngineCore core, cpp.EventColumns& events, cpp.EventRun& run,
              size_t workers) except -1:
    """Runs all events, with a look for a signal now and then, and holds the counters to them."""
    cdef cpp.Balance balance[5]
    cdef size_t before, c, total = events.total()
    cdef cpp.Clock clock
    if total == 0:
        return 0
    for c in range(CLOCKS):
        clock = <cpp.Clock> c
        balance[c].begin(deref(core.engine), events.symbols(clock), events.sizes()[c], clock)
    while run.done() < total and not run.ended:
        before = run.done()
        with nogil:
            core.engine.run(events, run, FIRST * 4 * workers, workers)
        core.seq += run.done() - before + run.ended
        PyErr_CheckSignals()
    for c in range(CLOCKS):
        clock = <cpp.Clock> c
        late = run.ended and events.next(run) == clock
        core.check_balance(balance[c], run.next[c] + late, clock)
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


cdef int order_of(cpp.EventColumns& events, list order) except -1:
    """Arrays outlive the columns."""
    cdef const int64_t[::1] ranks
    cdef size_t c
    for c in range(CLOCKS if order is not None else 0):
        if order[c] is None or events.sizes()[c] == 0:
            continue
        ranks = order[c]
        if <size_t> ranks.shape[0] != events.sizes()[c]:
            raise DataError("the order of events has another length than they")
        events.order[c] = &ranks[0]
    return 0


def follow_depth(EngineCore core not None, Depth depth not None) -> None:
    """Have books follow messages of before the events that are fed; codes of symbols are known."""
    cdef cpp.DepthColumns columns = depth.columns()
    core.enter()
    try:
        core.engine.follow(columns)
    finally:
        core.turn.give()


cdef object rows_of(EngineCore core, cpp.EventColumns& events, cpp.EventRun& run, bytes clock,
                    vector[cpp.OutputColumn]* columns, vector[cpp.BarSink]& built):
    """The columns that the rows of a clock go to; of a builder's which of `built` they go to."""
    cdef cpp.BarSink sink = core.engine.make_sink(view_of(clock))
    cdef size_t c = <size_t> sink.clock
    if c >= CLOCKS:
        built.push_back(sink)
        return built.size() - 1
    arrays = new_columns(events.sizes()[c], core.outputs.flags)
    if events.sizes()[c] > 0:
        fill_columns(columns[c], arrays)
        run.rows[c].columns = cpp.ColumnSpan(columns[c].data(), columns[c].size())
    return arrays


def run_events(EngineCore core not None, tuple trades, Quotes quotes not None,
               Books books not None, Depth depth not None, Bars bars not None,
               Fills fills not None, tuple rows not None, size_t workers, list order=None):
    """(columns of each of rows, status of each kind, how many of each were fed, sides as of _run);
    rows: clocks, none twice, of which a row is written, of a builder's with stamps and symbols
    first. Books or depth is empty. order: by kind, where its events stand among all, rising; None:
    by stamps. Nobody else may write codes of symbols and begins of levels, for the core indexes
    with them. Raises ConfigError."""
    cdef const int64_t[::1] ts_ns, ids
    cdef const double[::1] price, qty
    cdef const int8_t[::1] side
    cdef const uint32_t[::1] symbol
    cdef uint8_t[::1] state
    cdef cpp.EventColumns events
    cdef cpp.EventRun run
    cdef vector[cpp.BarSink] built
    cdef vector[cpp.OutputColumn] columns[5]
    cdef size_t c
    ts_ns, price, qty, side, symbol, ids = trades
    events.quotes, events.books, events.depth = quotes.columns(), books.columns(), depth.columns()
    events.bars, events.fills = bars.columns(), fills.columns()
    if ts_ns.shape[0] > 0:
        events.trades = columns_of(ts_ns, price, qty, side, symbol, ids)
        events.trades.size = ts_ns.shape[0]
    sides = room_for_sides(core, events.trades, side)
    statuses = [np.zeros(events.sizes()[c], np.uint8) for c in range(CLOCKS)]
    for c in range(CLOCKS):
        if events.sizes()[c] > 0:
            state = statuses[c]
            run.status[c] = &state[0]
    order_of(events, order)
    tables = [rows_of(core, events, run, clock.encode(), columns, built) for clock in rows]
    run.bars = cpp.BarSinks(built.data(), built.size())
    core.enter()
    try:
        feed(core, events, run, workers)
    except KeyboardInterrupt as error:
        fed = ", ".join(f"{run.next[c]} {kind}s" for c, kind in enumerate(KINDS))
        error.add_note(f"fed were {fed}; the engine can continue from there")
        raise
    finally:
        core.turn.give()
    return ([columns_of_bars(core, built[table]) if isinstance(table, int) else table
             for table in tables], statuses, [run.next[c] for c in range(CLOCKS)], sides)
