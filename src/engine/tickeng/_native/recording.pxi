"""Recorded websocket lines: trades, quotes and changes of books out of one pass."""

from libc.string cimport memcpy


_PRODUCTS = ("", "spot", "futures")  # by RawJsonEvents::Product
_OF_KIND = ("", "", "trade", "quote", "delta")  # by RawJsonEvents::Kind


cdef class RecordingParser(LineParser):
    """Gives the kinds of events that were asked for; made by `raw_json_events`."""

    cdef RawJsonEvents* recording
    cdef LineParser quotes  # the room for them
    cdef readonly tuple kinds

    def begin(self, size_t rows):
        """Start a batch of `rows` rows, which are lines where other kinds than trades are read."""
        LineParser.begin(self, rows)
        self.recording.begin_market(self.quotes.made_room(rows))

    def take_kinds(self):
        """The batch: (columns by name, by kind), rejects, how many rows were filtered. A reject
        ends with its kind, "" where the line does not say it."""
        trades, rejects, filtered = LineParser.take(self)
        rejects = [(*reject, _OF_KIND[self.reader.get().rejects()[i].kind])
                   for i, reject in enumerate(rejects)]
        found = {"trade": trades, "quote": self.taken_quotes(), "delta": self.taken_depth()}
        return {kind: found[kind] for kind in self.kinds}, rejects, filtered

    cdef dict taken_quotes(self):
        cdef size_t size = self.recording.quotes()
        return {name: column[:size] for name, column in self.quotes.columns.items()}

    cdef dict taken_depth(self):
        cdef const DepthColumns* depth = &self.recording.depth()
        cdef size_t size = depth.size(), levels = depth.price.size()
        clock = {"recv_ns": copied(depth.recv_ns.data(), size, np.int64)}
        return (clock if "recv" in self.wanted else {}) | {
                "ts_ns": copied(depth.ts_ns.data(), size, np.int64),
                "row": copied(depth.row.data(), size, np.int64),
                "symbol": copied(depth.symbol.data(), size, np.uint32),
                "snapshot": copied(depth.snapshot.data(), size, np.uint8),
                "first": copied(depth.first.data(), size, np.int64),
                "last": copied(depth.last.data(), size, np.int64),
                "previous": copied(depth.previous.data(), size, np.int64),
                "bids": copied(depth.bids.data(), size, np.uint32),
                "asks": copied(depth.asks.data(), size, np.uint32),
                "price": copied(depth.price.data(), levels, np.float64),
                "qty": copied(depth.qty.data(), levels, np.float64)}

    @property
    def lines(self):
        """Lines so far."""
        return self.recording.lines()

    @property
    def met(self):
        """How many of them were of each kind that is wanted, those that were refused included."""
        return {"trade": self.recording.trade_lines(), "quote": self.recording.quote_lines(),
                "delta": self.recording.depth_lines()}

    @property
    def products(self):
        """Of each symbol "spot", "futures" or "", where its messages do not tell."""
        found = [_PRODUCTS[<uint8_t> self.recording.products()[i]]
                 for i in range(self.recording.products().size())]
        return found + [""] * (self.reader.get().symbols().names().size() - len(found))

    @property
    def twice(self):
        """Whether two streams tell of the same trades."""
        return self.recording.twice()


cdef copied(const void* values, size_t size, dtype):
    """So many values as an array of their own."""
    column = np.empty(size, dtype)
    cdef uint8_t[::1] to
    if size:
        to = column.view(np.uint8)
        memcpy(&to[0], values, to.shape[0])
    return column


def raw_json_events(ts, recv, kinds, by_recv=False, symbol=None):
    """A parser of `local_clock {json}` lines; `ts` and `recv` are Clocks, `recv` None where the
    messages stand alone.

    `kinds`: trade, quote, delta. `by_recv`: an event without a time of the exchange has that of the
    local clock; else it contradicts. `symbol`: of snapshots that name none; None: that of the
    messages of depth.
    """
    cdef RawJsonOptions wanted
    cdef RecordingParser parser = RecordingParser()
    wanted.ts, wanted.by_recv, wanted.clocked = time_text(ts), by_recv, recv is not None
    if recv is not None:
        wanted.recv = time_text(recv)
    wanted.trades, wanted.quotes = "trade" in kinds, "quote" in kinds
    wanted.depth = "delta" in kinds
    wanted.symbol = (symbol or "").encode()
    parser.kinds = tuple(kinds)
    parser.recording = new RawJsonEvents(wanted)
    parser.reader.reset(parser.recording)
    parser.wanted = ("symbol", "id") if recv is None else ("symbol", "recv", "id")
    parser.quotes = LineParser()
    parser.quotes.wanted, parser.quotes.levels = parser.wanted, 1
    return parser
