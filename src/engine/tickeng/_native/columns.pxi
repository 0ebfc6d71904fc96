"""Columns of events as the core reads them, and the levels of one book."""

cdef size_t MOST_LEVELS = 10_000  # of a side


cdef cpp.TradeColumns columns_of(
        const int64_t[::1] ts_ns, const double[::1] price, const double[::1] qty,
        const int8_t[::1] side, const uint32_t[::1] symbol, const int64_t[::1] id) noexcept:
    """Of n > 0 trades, of which none is to be run yet."""
    cdef cpp.TradeColumns trades
    trades.ts_ns, trades.price, trades.qty = &ts_ns[0], &price[0], &qty[0]
    trades.side, trades.size = &side[0], 0
    trades.symbol = &symbol[0] if symbol is not None else NULL
    trades.id = &id[0] if id is not None else NULL
    return trades


cdef object room_for_sides(EngineCore core, cpp.TradeColumns& trades, side):
    """Memory of their own for the sides of trades, where the engine infers them; else None."""
    cdef int8_t[::1] own
    if not core.infers:
        return None
    sides = np.array(side, np.int8)
    if len(sides):
        own = sides
        trades.side = trades.inferred = &own[0]
    return sides


cdef class Quotes:
    """Columns of quotes that stay alive while the core reads them."""

    cdef const int64_t[::1] ts_ns
    cdef const double[::1] bid, bid_qty, ask, ask_qty
    cdef const uint32_t[::1] symbol

    def __init__(self, ts_ns not None, bid not None, bid_qty not None, ask not None,
                 ask_qty not None, symbol):
        self.ts_ns, self.bid, self.bid_qty = ts_ns, bid, bid_qty
        self.ask, self.ask_qty, self.symbol = ask, ask_qty, symbol
        check_lengths("quotes", ts_ns, [bid, bid_qty, ask, ask_qty, symbol])

    cdef cpp.QuoteColumns columns(self):
        cdef cpp.QuoteColumns c
        c.size = self.ts_ns.shape[0]
        if c.size == 0:
            return c
        c.ts_ns, c.bid, c.bid_qty = &self.ts_ns[0], &self.bid[0], &self.bid_qty[0]
        c.ask, c.ask_qty = &self.ask[0], &self.ask_qty[0]
        c.symbol = &self.symbol[0] if self.symbol is not None else NULL
        return c


cdef class Books:
    """Columns of books, (rows, levels) each, that stay alive while the core reads them."""

    cdef const int64_t[::1] ts_ns
    cdef const double[:, ::1] bid, bid_qty, ask, ask_qty
    cdef const uint32_t[::1] symbol

    def __init__(self, ts_ns not None, bid not None, bid_qty not None, ask not None,
                 ask_qty not None, symbol):
        self.ts_ns, self.bid, self.bid_qty = ts_ns, bid, bid_qty
        self.ask, self.ask_qty, self.symbol = ask, ask_qty, symbol
        for side in (bid, bid_qty, ask, ask_qty):
            if side.shape != bid.shape or len(side) != len(ts_ns):
                raise DataError("columns of books have unequal shapes")
        check_lengths("books", ts_ns, [symbol])

    cdef cpp.BookColumns columns(self):
        cdef cpp.BookColumns c
        c.size, c.levels = self.ts_ns.shape[0], self.bid.shape[1]
        if c.size == 0 or c.levels == 0:
            c.size = 0
            return c
        c.ts_ns, c.bid, c.bid_qty = &self.ts_ns[0], &self.bid[0, 0], &self.bid_qty[0, 0]
        c.ask, c.ask_qty = &self.ask[0, 0], &self.ask_qty[0, 0]
        c.symbol = &self.symbol[0] if self.symbol is not None else NULL
        return c


cdef class Depth:
    """Columns of messages of depth feeds and of their levels that stay alive while the core reads
    them. begin: of the levels of each message, and where the last one's end."""

    cdef const int64_t[::1] ts_ns, first, last, previous
    cdef const uint8_t[::1] snapshot
    cdef const uint64_t[::1] begin
    cdef const uint32_t[::1] bids, symbol
    cdef const double[::1] price, qty

    def __init__(self, ts_ns not None, snapshot not None, numbers not None, begin not None,
                 bids not None, price not None, qty not None, symbol):
        self.ts_ns, self.snapshot, self.begin, self.bids = ts_ns, snapshot, begin, bids
        self.first, self.last, self.previous = numbers
        self.price, self.qty, self.symbol = price, qty, symbol
        check_lengths("deltas", ts_ns, [snapshot, *numbers, bids, symbol, begin[1:]])
        check_lengths("levels", price, [qty])
        sizes = np.diff(np.asarray(begin).astype(np.int64))
        if len(begin) and (begin[0] != 0 or begin[-1] != len(price) or (sizes < bids).any()):
            raise DataError("deltas and their levels do not fit together")

    cdef cpp.DepthColumns columns(self):
        cdef cpp.DepthColumns c
        c.size = self.ts_ns.shape[0]
        if c.size == 0:
            return c
        c.ts_ns, c.snapshot, c.begin = &self.ts_ns[0], &self.snapshot[0], <size_t*> &self.begin[0]
        c.bids = &self.bids[0]
        if self.price.shape[0] > 0:
            c.price, c.qty = &self.price[0], &self.qty[0]
        c.first = &self.first[0] if self.first is not None else NULL
        c.last = &self.last[0] if self.last is not None else NULL
        c.previous = &self.previous[0] if self.previous is not None else NULL
        c.symbol = &self.symbol[0] if self.symbol is not None else NULL
        return c


cdef class Bars:
    """Columns of bars that stay alive while the core reads them; None: not known."""

    cdef const int64_t[::1] ts_ns
    cdef list prices, told
    cdef const uint32_t[::1] symbol

    def __init__(self, ts_ns not None, list prices not None, list told not None, symbol):
        self.ts_ns, self.prices, self.told, self.symbol = ts_ns, prices, told, symbol
        check_lengths("bars", ts_ns, [*prices, *told, symbol])

    cdef cpp.BarColumns columns(self):
        cdef cpp.BarColumns c
        c.size = self.ts_ns.shape[0]
        if c.size == 0:
            return c
        c.ts_ns = &self.ts_ns[0]
        c.open, c.high = first_of(self.prices[0]), first_of(self.prices[1])
        c.low, c.close = first_of(self.prices[2]), first_of(self.prices[3])
        c.volume, c.signed_volume = first_of(self.told[0]), first_of(self.told[1])
        c.vwap, c.trades = first_of(self.told[2]), first_of(self.told[3])
        c.symbol = &self.symbol[0] if self.symbol is not None else NULL
        return c


cdef class Fills:
    """Columns of own fills that stay alive while the core reads them."""

    cdef const int64_t[::1] ts_ns
    cdef const double[::1] price, qty
    cdef const int8_t[::1] side
    cdef const uint32_t[::1] symbol

    def __init__(self, ts_ns not None, price not None, qty not None, side not None, symbol):
        self.ts_ns, self.price, self.qty, self.side = ts_ns, price, qty, side
        self.symbol = symbol
        check_lengths("fills", ts_ns, [price, qty, side, symbol])

    cdef cpp.FillColumns columns(self):
        cdef cpp.FillColumns c
        c.size = self.ts_ns.shape[0]
        if c.size == 0:
            return c
        c.ts_ns, c.price, c.qty = &self.ts_ns[0], &self.price[0], &self.qty[0]
        c.side = &self.side[0]
        c.symbol = &self.symbol[0] if self.symbol is not None else NULL
        return c


cdef const double* first_of(column) except? NULL:
    """Of a float64 column that is not empty; None: NULL."""
    cdef const double[::1] view = column
    return &view[0] if column is not None else NULL


cdef int check_lengths(str kind, ts_ns, list columns) except -1:
    for column in columns:
        if column is not None and len(column) != len(ts_ns):
            raise DataError(f"columns of {kind} have unequal lengths")
    return 0


cdef int64_t number_of(number) except? -1:
    """Of an update; None: it has none."""
    if isinstance(number, float) and not number.is_integer():
        raise DataError(f"numbers of updates are whole, not {number!r}")
    return cpp.kNoNumber if number is None else number


cdef cpp.BookSide side_of(vector[double]& price, vector[double]& qty, levels) except *:
    """One side of a book, whose memory these are, from pairs or from float64[n, 2]."""
    cdef cpp.BookSide side
    fill_side(price, qty, levels)
    side.price, side.qty, side.levels = price.data(), qty.data(), price.size()
    return side


cdef int fill_side(vector[double]& price, vector[double]& qty, levels) except -1:
    cdef const double[:, :] table
    cdef Py_ssize_t i
    if len(levels) > <Py_ssize_t> MOST_LEVELS:
        raise DataError(f"a side of a book has {len(levels):,} levels; at most {MOST_LEVELS:,}")
    if isinstance(levels, np.ndarray):
        if levels.ndim != 2 or levels.shape[1] != 2:
            raise DataError("levels of a book are (price, quantity): an array of shape (n, 2), not "
                            f"{levels.shape}")
        table = np.asarray(levels, np.float64)
        for i in range(table.shape[0]):
            price.push_back(table[i, 0])
            qty.push_back(table[i, 1])
        return 0
    try:
        for each, size in levels:
            price.push_back(each)
            qty.push_back(size)
    except (TypeError, ValueError):
        raise DataError("levels of a book are pairs of numbers, (price, quantity), best first, "
                        "or an array of shape (n, 2)") from None
    return 0
