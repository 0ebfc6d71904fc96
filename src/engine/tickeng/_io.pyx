# cython: language_level=3
"""Parsers of trade files: bytes in, columns out, the GIL released while bytes are read.

A LineParser fills one batch at a time: `begin(rows)`, `feed(block)` until `full` or out of bytes,
`finish()` after the last block, `take()`. Nothing here opens files or decompresses.
Trap: `take()` hands out the arrays themselves; the next `begin()` makes new ones.
"""

import numpy as np

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t
from libcpp cimport bool as cbool
from libcpp.deque cimport deque
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from tickeng.errors import DataError, TickengError


cdef extern from "<span>" namespace "std" nogil:
    cdef cppclass span "std::span<const char>":
        span(const char*, size_t)


cdef extern from "tickeng/io/trade_columns.hpp" namespace "tickeng::io" nogil:
    cdef enum Hint "tickeng::io::Hint":
        kNone "tickeng::io::Hint::kNone"

    cdef cppclass Reject:
        int64_t row
        uint8_t reason
        uint8_t hint
        string text
        string symbol

    cdef cppclass TradeColumns:
        int64_t* ts_ns
        double* price
        double* qty
        int8_t* side
        int64_t* row
        uint32_t* symbol
        int64_t* recv_ns
        int64_t* id


cdef extern from "tickeng/io/time_text.hpp" namespace "tickeng::io" nogil:
    cdef enum TimeUnit "tickeng::io::TimeUnit":
        pass

    cdef cppclass LocalDay:
        int64_t base_ns
        int64_t switch_ms
        int64_t base_after_switch_ns
        cbool used

    cdef cppclass TimeText:
        TimeText()
        TimeText(TimeUnit, cbool, LocalDay)
        cbool parse(const char*, const char*, int64_t&, Hint&)
        TimeUnit unit()


cdef extern from "tickeng/io/line_reader.hpp" namespace "tickeng::io" nogil:
    cdef cppclass SymbolTable:
        deque[string] names()

    cdef cppclass LineReader:
        void begin_batch(const TradeColumns&, size_t) except +
        size_t feed(span) except +
        void finish() except +
        void skip_to(int64_t)
        cbool full()
        size_t batch_rows()
        size_t accepted()
        int64_t rows()
        const vector[Reject]& rejects()
        const SymbolTable& symbols()


cdef extern from "tickeng/io/csv_trades.hpp" namespace "tickeng::io" nogil:
    cdef enum Role "tickeng::io::Role":
        pass

    cdef cppclass CsvLayout:
        CsvLayout()
        vector[Role] roles
        char delimiter
        TimeText ts
        TimeText recv
        double price_divisor

    cdef cppclass CsvTrades(LineReader):
        CsvTrades(CsvLayout) except +


cdef extern from "tickeng/io/raw_json_trades.hpp" namespace "tickeng::io" nogil:
    cdef cppclass RawJsonTrades(LineReader):
        RawJsonTrades(TimeText, TimeText) except +


cdef extern from "tickeng/io/decimal.hpp" namespace "tickeng::io" nogil:
    cbool c_parse_decimal "tickeng::io::parse_decimal"(const char*, const char*, double&)


cdef extern from "tickeng/io/side_text.hpp" namespace "tickeng::io" nogil:
    cbool c_parse_side "tickeng::io::parse_side"(const char*, const char*, int8_t&, Hint&)
    cbool c_parse_maker "tickeng::io::parse_maker"(const char*, const char*, int8_t&)


cdef extern from "tickeng/io/tick_rule.hpp" namespace "tickeng::io" nogil:
    cdef cppclass TickState:
        double price
        int8_t direction

    cdef cppclass CTickRule "tickeng::io::TickRule":
        void apply(const double*, const uint32_t*, int8_t*, size_t) except +
        TickState& at(size_t) except +
        size_t size()


ROLES = ("ignore", "ts", "recv", "price", "qty", "side", "maker", "symbol", "id")
UNITS = ("auto", "iso", "s", "ms", "us", "ns")
REASONS = ("bad_fields", "bad_timestamp", "bad_price", "bad_qty", "bad_side", "bad_id", "bad_line")
HINTS = (
    "",
    "its time is in another unit than the rows before it: split the file, or give its --time-unit",
    "its time is not between 1990 and 2100: if it is meant, give --time-unit s, ms, us or ns",
    "a quote is not closed on its line",
    "another number of fields than the file's columns",
    "longer than 1 MiB",
    "ambiguous: the book's side or the taker's? Write buy/sell or 1/-1",
    "the symbol is empty, longer than 255 bytes or holds control characters",
)


cdef TimeText time_text(clock) except *:
    """A Clock (unit, any_range, day) as its C++ twin; `day` is None or three integers."""
    cdef LocalDay day
    day.used = clock.day is not None
    if day.used:
        day.base_ns, day.switch_ms, day.base_after_switch_ns = clock.day
    return TimeText(<TimeUnit><uint8_t>UNITS.index(clock.unit), clock.any_range, day)


cdef text_of(const string& raw):
    cdef bytes copied = raw
    return copied.decode("utf-8", "backslashreplace")


cdef class LineParser:
    """One text format's parser; made by `csv_trades` or `raw_json_trades`."""

    cdef unique_ptr[LineReader] reader
    cdef tuple wanted
    cdef dict columns
    cdef size_t named

    cdef LineReader* made(self) except NULL:
        if self.reader.get() == NULL:
            raise TickengError("this LineParser has no format; csv_trades and raw_json_trades make "
                               "them")
        return self.reader.get()

    cdef LineReader* begun(self) except NULL:
        if self.columns is None:
            raise TickengError("a LineParser takes bytes between begin() and take() only")
        return self.made()

    def begin(self, size_t rows):
        """Start a batch of `rows` data rows, accepted and refused together."""
        cdef LineReader* reader = self.made()
        cdef TradeColumns to
        cdef int64_t[::1] ts_ns = np.empty(rows, np.int64)
        cdef double[::1] price = np.empty(rows, np.float64)
        cdef double[::1] qty = np.empty(rows, np.float64)
        cdef int8_t[::1] side = np.empty(rows, np.int8)
        cdef int64_t[::1] row = np.empty(rows, np.int64)
        cdef uint32_t[::1] symbol
        cdef int64_t[::1] recv_ns, ident
        to.ts_ns, to.price, to.qty = &ts_ns[0], &price[0], &qty[0]
        to.side, to.row = &side[0], &row[0]
        self.columns = {"ts_ns": ts_ns.base, "price": price.base, "qty": qty.base,
                        "side": side.base, "row": row.base}
        if "symbol" in self.wanted:
            symbol = self.columns["symbol"] = np.empty(rows, np.uint32)
            to.symbol = &symbol[0]
        if "recv" in self.wanted:
            recv_ns = self.columns["recv_ns"] = np.empty(rows, np.int64)
            to.recv_ns = &recv_ns[0]
        if "id" in self.wanted:
            ident = self.columns["id"] = np.empty(rows, np.int64)
            to.id = &ident[0]
        reader.begin_batch(to, rows)

    def feed(self, const uint8_t[::1] block not None, size_t offset=0):
        """Read `block` from `offset`; returns the offset reached. Raises DataError."""
        cdef LineReader* reader = self.begun()
        cdef size_t used
        if offset >= <size_t> block.shape[0]:
            return offset
        cdef size_t size = block.shape[0] - offset
        cdef const char* data = <const char*>&block[0] + offset
        try:
            with nogil:
                used = reader.feed(span(data, size))
        except RuntimeError as error:
            raise DataError(str(error)) from None
        return offset + used

    def finish(self):
        """The last line, if no newline ends it. Raises DataError."""
        try:
            self.begun().finish()
        except RuntimeError as error:
            raise DataError(str(error)) from None

    def skip_to(self, int64_t row):
        """Pass over the rows up to and including `row` (1-based)."""
        self.made().skip_to(row)

    def take(self):
        """The batch: (columns by name, rejects as (row, reason, text, symbol, hint))."""
        cdef size_t size = self.begun().accepted()
        cdef size_t i
        cdef const Reject* reject
        rejects = []
        for i in range(self.reader.get().rejects().size()):
            reject = &self.reader.get().rejects()[i]
            rejects.append((reject.row, REASONS[<uint8_t>reject.reason], text_of(reject.text),
                            text_of(reject.symbol) or None, HINTS[<uint8_t>reject.hint]))
        return {name: column[:size] for name, column in self.columns.items()}, rejects

    def new_symbols(self):
        """Names seen since the last call, in order of appearance."""
        self.made()
        names = []
        while self.named < self.reader.get().symbols().names().size():
            names.append(text_of(self.reader.get().symbols().names()[self.named]))
            self.named += 1
        return names

    @property
    def full(self):
        return self.made().full()

    @property
    def batch_rows(self):
        return self.made().batch_rows()

    @property
    def rows(self):
        """Data rows read so far, refused and passed over ones included."""
        return self.made().rows()


def csv_trades(layout):
    """A parser of delimited text for a `tickeng.sources.options.Layout`."""
    cdef CsvLayout out
    for role in layout.roles:
        out.roles.push_back(<Role><uint8_t>ROLES.index(role))
    out.delimiter = ord(layout.delimiter)
    out.ts, out.recv = time_text(layout.ts), time_text(layout.recv)
    out.price_divisor = layout.price_divisor
    cdef LineParser parser = LineParser()
    parser.reader.reset(new CsvTrades(out))
    parser.wanted = tuple(layout.roles)
    return parser


def raw_json_trades(ts, recv):
    """A parser of `local_ns {json}` lines; `ts` and `recv` are Clocks."""
    cdef LineParser parser = LineParser()
    parser.reader.reset(new RawJsonTrades(time_text(ts), time_text(recv)))
    parser.wanted = ("symbol", "recv", "id")
    return parser


cdef class TickRule:
    """Side by the tick rule (A-15), state per symbol code: last price and last direction."""

    cdef CTickRule rule

    def apply(self, const double[::1] price not None, const uint32_t[::1] symbol,
              int8_t[::1] side not None):
        """Fill `side` in place where it is 0; `symbol` None means every row is code 0. Raises
        DataError for columns of unequal length."""
        cdef size_t size = price.shape[0]
        if <size_t> side.shape[0] != size or (
                symbol is not None and <size_t> symbol.shape[0] != size):
            raise DataError("price, symbol and side must have one length")
        if size == 0:
            return
        cdef const uint32_t* codes = NULL
        if symbol is not None:
            codes = &symbol[0]
        with nogil:
            self.rule.apply(&price[0], codes, &side[0], size)

    def state(self, size_t code):
        """(last price or 0.0, last direction) of one symbol code."""
        return self.rule.at(code).price, self.rule.at(code).direction

    def restore(self, size_t code, double price, int8_t direction):
        self.rule.at(code).price = price
        self.rule.at(code).direction = direction


def parse_decimal(bytes text):
    """The double that a price or quantity field gives, or None."""
    cdef double out = 0
    cdef const char* data = text
    return out if c_parse_decimal(data, data + len(text), out) else None


cdef class TimeField:
    """The parser of one time column, for values that come one by one; its unit becomes fixed."""

    cdef TimeText text

    def __init__(self, clock):
        self.text = time_text(clock)

    def parse(self, bytes value):
        """(ts_ns or None, hint)."""
        cdef int64_t out = 0
        cdef Hint hint = kNone
        cdef const char* data = value
        parsed = self.text.parse(data, data + len(value), out, hint)
        return out if parsed else None, HINTS[<uint8_t>hint]

    @property
    def unit(self):
        """Its unit, "auto" while no value has fixed it."""
        return UNITS[<uint8_t>self.text.unit()]


def parse_side(bytes text, cbool maker):
    """(+1, -1, 0 or None, hint) for a word; `maker`: it answers "is the buyer the maker?"."""
    cdef int8_t side = 0
    cdef Hint hint = kNone
    cdef const char* data = text
    if maker:
        parsed = c_parse_maker(data, data + len(text), side)
    else:
        parsed = c_parse_side(data, data + len(text), side, hint)
    return side if parsed else None, HINTS[<uint8_t>hint]
