# cython: language_level=3
"""Parsers of files of events: bytes in, columns out, the GIL released while bytes are read.

A LineParser fills one batch at a time: `begin(rows)`, `feed(block)` until `full` or out of bytes,
`finish()` after the last block, `take()`. Nothing here opens files or decompresses.
Trap: `take()` hands out the arrays themselves; the next `begin()` makes new ones.
"""

import numpy as np

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector

from tickeng.errors import ConfigError, DataError, TickengError


ROLES = ("ignore", "ts", "recv", "price", "qty", "side", "maker", "symbol", "id", "event",
         "date", "market", "snapshot", "first", "last", "previous",
         "message")
MAX_SYMBOLS = MOST_SYMBOLS  # of a file of any format that names them by row
NUMBERS = ("first", "last", "previous", "message")
MARKET = ("bid", "bid_qty", "ask", "ask_qty")
UNITS = ("auto", "iso", "s", "ms", "us", "ns", "pattern")
REASONS = tuple(reject_reason_names().decode().split())
HINTS = (
    "",
    "its time is in another unit than the rows before it: split the file, or give its time_unit",
    "its time is not between 1990 and 2100: if it is meant, give time_unit: s, ms, us or ns",
    "a quote is not closed on its line",
    "another number of fields than the file's columns",
    "longer than 1 MiB",
    "the symbol is empty, longer than 255 bytes or holds control characters",
    "its local time does not exist: clocks were put forward over it",
    "the last line is not complete",
    "its number is the one that dumps write for none",
    "its time carries an offset and the rows before it do not, or the other way round",
)
OFFSETS = ("either", "without", "with")
_CONFLICTS = ("", "side", "qty", "event", "time", "offset", "instrument", "clock", "snapshot",
              "levels", "product")


class Contradiction(DataError):
    """A row says otherwise than was decided for the file; the rows before it were read.

    ``row`` is its number from 1, ``role`` what it contradicts (one of _CONFLICTS), ``text`` the
    field and ``column`` its index, -1 where a file has no columns.
    """

    def __init__(self, row, role, text, column=-1):
        super().__init__(f"row {row}: {text!r} ({role}) contradicts how the rows before it were "
                         "read")
        self.row, self.role, self.text, self.column = row, role, text, column

    def at(self, row):
        """The same, in another row."""
        return Contradiction(row, self.role, self.text, self.column)

    def __reduce__(self):
        return Contradiction, (self.row, self.role, self.text, self.column)


cdef LocalZone local_zone(periods) except *:
    """((UTC second from which it holds, offset in seconds), ...) as their C++ twin."""
    cdef vector[Period] out
    cdef Period period
    for utc_s, offset_s in periods:
        period.utc_s, period.offset_s = utc_s, offset_s
        out.push_back(period)
    return LocalZone(out)


cdef TimeText time_text(clock) except *:
    """A Clock as its C++ twin. Raises ConfigError for a pattern that cannot be followed."""
    cdef LocalDay day
    cdef TimePattern pattern
    day.used = clock.day is not None
    if day.used:
        day.base_ns, day.switch_ms, day.base_after_switch_ns = clock.day
    if clock.unit == "pattern":
        try:
            pattern = TimePattern(<string>clock.pattern.encode())
        except ValueError as error:
            raise ConfigError(f"time_format {clock.pattern!r} cannot be read: {error}") from None
        if not pattern.has_date() and not day.used:
            raise ConfigError(f"time_format {clock.pattern!r} tells no date: give the date")
    return TimeText(<TimeUnit><uint8_t>UNITS.index(clock.unit), clock.any_range, day,
                    local_zone(clock.zone), pattern,
                    <OffsetRule><uint8_t>OFFSETS.index(clock.offsets))


cdef WordRule word_rule(words, cbool exact, other) except *:
    """Texts with their meanings as their C++ twin; `other` None: there is no other word."""
    cdef vector[Word] out
    cdef Word word
    for text, meaning in words:
        word.text, word.meaning = text.encode(), meaning
        out.push_back(word)
    return WordRule(out, exact, -128 if other is None else other)


cdef AmountText amount_text(scale, cbool decimal_comma) except *:
    cdef AmountText out
    if not 0 <= scale.places <= 22:
        raise ValueError(f"places must be from 0 to 22, not {scale.places}")
    out.multiplier, out.places, out.decimal_comma = scale.multiplier, scale.places, decimal_comma
    return out


cdef text_of(const string& raw):
    cdef bytes copied = raw
    return copied.decode("utf-8", "backslashreplace")


cdef class LineParser:
    """One text format's parser; made by `csv_events` or `raw_json_events`."""

    cdef unique_ptr[LineReader] reader
    cdef tuple wanted
    cdef dict columns
    cdef size_t levels  # of quotes and books
    cdef bint is_book, is_delta
    cdef size_t named

    cdef LineReader* made(self) except NULL:
        if self.reader.get() == NULL:
            raise TickengError("this LineParser has no format; csv_events and raw_json_events make "
                               "them")
        return self.reader.get()

    cdef LineReader* begun(self) except NULL:
        if self.columns is None:
            raise TickengError("a LineParser takes bytes between begin() and take() only")
        return self.made()

    def begin(self, size_t rows):
        """Start a batch of `rows` data rows, accepted and refused together."""
        self.made().begin_batch(self.made_room(rows), rows)

    cdef EventColumns made_room(self, size_t rows) except *:
        """Columns for so many rows."""
        cdef EventColumns to
        cdef int64_t[::1] ts_ns = np.empty(rows, np.int64)
        cdef int64_t[::1] row = np.empty(rows, np.int64)
        cdef uint32_t[::1] symbol
        cdef int64_t[::1] recv_ns, ident
        to.ts_ns, to.row = &ts_ns[0], &row[0]
        self.columns = {"ts_ns": ts_ns.base, "row": row.base}
        if self.levels:
            self.begin_market(&to, rows)
        else:
            self.begin_trades(&to, rows)
        if self.is_delta:
            self.begin_changes(&to, rows)
        if "symbol" in self.wanted:
            symbol = self.columns["symbol"] = np.empty(rows, np.uint32)
            to.symbol = &symbol[0]
        if "recv" in self.wanted:
            recv_ns = self.columns["recv_ns"] = np.empty(rows, np.int64)
            to.recv_ns = &recv_ns[0]
        if "id" in self.wanted:
            ident = self.columns["id"] = np.empty(rows, np.int64)
            to.id = &ident[0]
        return to

    cdef int begin_trades(self, EventColumns* to, size_t rows) except -1:
        cdef double[::1] price = np.empty(rows, np.float64)
        cdef double[::1] qty = np.empty(rows, np.float64)
        cdef int8_t[::1] side = np.empty(rows, np.int8)
        to.price, to.qty, to.side = &price[0], &qty[0], &side[0]
        self.columns |= {"price": price.base, "qty": qty.base, "side": side.base}
        return 0

    cdef int begin_changes(self, EventColumns* to, size_t rows) except -1:
        cdef size_t k
        cdef int64_t[::1] numbers
        cdef uint8_t[::1] snapshot = np.empty(rows, np.uint8)
        to.snapshot = &snapshot[0]
        self.columns["snapshot"] = snapshot.base
        for k in range(4):
            if NUMBERS[k] in self.wanted:
                numbers = self.columns[NUMBERS[k]] = np.empty(rows, np.int64)
                to.numbers[k] = &numbers[0]
        return 0

    cdef int begin_market(self, EventColumns* to, size_t rows) except -1:
        cdef size_t k
        cdef double[::1] values
        to.levels = self.levels
        for k in range(4):
            values = np.empty(rows * self.levels, np.float64)
            to.market[k] = &values[0]
            self.columns[MARKET[k]] = (values.base.reshape(rows, self.levels) if self.is_book
                                       else values.base)
        return 0

    def feed(self, const uint8_t[::1] block not None, size_t offset=0):
        """Read `block` from `offset`; returns the offset reached.

        Raises Contradiction, again on each further call, and DataError.
        """
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
        self.check()
        return offset + used

    def finish(self):
        """The last line, if no line end ends it. Raises Contradiction and DataError."""
        try:
            self.begun().finish()
        except RuntimeError as error:
            raise DataError(str(error)) from None
        self.check()

    cdef int check(self) except -1:
        cdef const CContradiction* found = &self.reader.get().contradiction()
        if <uint8_t>found.about:
            raise Contradiction(found.row, _CONFLICTS[<uint8_t>found.about],
                                text_of(found.text), found.column)
        return 0

    def skip_to(self, int64_t row):
        """Pass over the rows up to and including `row` (1-based)."""
        self.made().skip_to(row)

    def take(self):
        """The batch: (columns by name, rejects, how many rows were filtered).

        A reject is (row, reason, text, symbol or None, hint).
        """
        cdef size_t size = self.begun().accepted()
        cdef size_t i
        cdef const Reject* reject
        rejects = []
        for i in range(self.reader.get().rejects().size()):
            reject = &self.reader.get().rejects()[i]
            rejects.append((reject.row, REASONS[<uint8_t>reject.reason], text_of(reject.text),
                            text_of(reject.symbol) or None, HINTS[<uint8_t>reject.hint]))
        return {name: column[:size] for name, column in self.columns.items()}, rejects, \
            self.reader.get().filtered()

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
        """Data rows read so far; refused, filtered and passed over ones included."""
        return self.made().rows()

    @property
    def unfinished(self):
        """True while the bytes fed end in the middle of a line."""
        return self.made().unfinished()

    @property
    def last_line_cut(self):
        """True when `finish` met a row that was cut off; it is among the rejects."""
        return self.made().last_line_cut()


def csv_events(layout):
    """A parser of delimited text for a `tickeng.files.sources.layout.Layout`."""
    cdef CsvLayout out
    roles = tuple(layout.roles)
    if layout.side is None and ("side" in roles or "maker" in roles):
        raise ValueError("a column of sides needs the rule of its words")
    if "date" in roles and "ts" not in roles:
        raise ValueError("a column of dates needs one of times")
    for role in roles:
        out.roles.push_back(<Role><uint8_t>ROLES.index("market" if role in MARKET else role))
    out.symbol_columns = layout.symbols
    cdef KnownTexts known
    for known.column, texts in layout.known:
        known.texts = [text.encode() for text in texts]
        out.known.push_back(known)
    out.delimiter, out.line_end = ord(layout.delimiter), ord(layout.line_end)
    out.ts, out.recv = time_text(layout.ts), time_text(layout.recv)
    out.price = amount_text(layout.price_scale, layout.decimal_comma)
    out.qty = amount_text(layout.qty_scale, layout.decimal_comma)
    for column in layout.market:
        out.market.push_back(kNoColumn if column is None else column)
    out.levels = len(layout.market) // 4
    if layout.side is not None:
        out.side = word_rule(layout.side.words, layout.side.exact, layout.side.other)
    for rule in layout.events:
        out.events.push_back(word_rule([word for word in rule if word[0] != "*"], False,
                                       dict(rule).get("*")))
    for rule in layout.changes:
        out.changes.push_back(word_rule([word for word in rule if word[0] != "*"], False,
                                        dict(rule).get("*")))
    out.is_delta, out.signed_qty = layout.is_delta, layout.signed_qty
    out.text_ids, out.lenient_ids = layout.text_ids, layout.lenient_ids
    cdef LineParser parser = LineParser()
    parser.reader.reset(new CsvEvents(out))
    parser.wanted = roles
    parser.levels, parser.is_book, parser.is_delta = out.levels, layout.is_book, layout.is_delta
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


include "fields.pxi"
include "market.pxi"
include "orders.pxi"
include "recording.pxi"
