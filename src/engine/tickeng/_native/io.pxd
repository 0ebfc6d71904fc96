# cython: language_level=3
"""C++ declarations of the parsers; see io.pyx."""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.deque cimport deque
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector


cdef extern from "<span>" namespace "std" nogil:
    cdef cppclass span "std::span<const char>":
        span(const char*, size_t)


cdef extern from "<array>" namespace "std" nogil:
    cdef cppclass array4 "std::array<double*, 4>":
        double*& operator[](size_t)

    cdef cppclass numbers4 "std::array<std::int64_t*, 4>":
        int64_t*& operator[](size_t)


cdef extern from "tickeng/io/symbol_table.hpp" namespace "tickeng::io" nogil:
    const size_t MOST_SYMBOLS "tickeng::io::SymbolTable::kMaxSymbols"

cdef extern from "tickeng/io/event_columns.hpp" namespace "tickeng" nogil:
    string reject_reason_names()


cdef extern from "tickeng/io/event_columns.hpp" namespace "tickeng::io" nogil:
    cdef enum Hint "tickeng::io::Hint":
        kNone "tickeng::io::Hint::kNone"

    cdef cppclass Reject:
        int64_t row
        uint8_t reason
        uint8_t hint
        string text
        string symbol
        uint8_t kind

    cdef cppclass CContradiction "tickeng::io::Contradiction":
        uint8_t about
        int64_t row
        string text
        int64_t column

    cdef cppclass EventColumns:
        int64_t* ts_ns
        double* price
        double* qty
        int8_t* side
        array4 market
        size_t levels
        uint8_t* snapshot
        numbers4 numbers
        int64_t* row
        uint32_t* symbol
        int64_t* recv_ns
        int64_t* id


cdef extern from "tickeng/io/local_zone.hpp" namespace "tickeng::io" nogil:
    cdef cppclass Period "tickeng::io::LocalZone::Period":
        int64_t utc_s
        int64_t offset_s

    cdef cppclass LocalZone:
        LocalZone()
        LocalZone(const vector[Period]&) except +
        cbool used()
        cbool to_utc(int64_t, int64_t&)


cdef extern from "tickeng/io/time_pattern.hpp" namespace "tickeng::io" nogil:
    cdef cppclass TimePattern:
        TimePattern()
        TimePattern(const string&) except +
        cbool has_date()


cdef extern from "tickeng/io/word_rule.hpp" namespace "tickeng::io" nogil:
    cdef cppclass Word "tickeng::io::WordRule::Word":
        string text
        int8_t meaning

    cdef cppclass WordRule:
        WordRule()
        WordRule(const vector[Word]&, cbool, int8_t) except +
        cbool parse(const char*, const char*, int8_t&)


cdef extern from "tickeng/io/amount_text.hpp" namespace "tickeng::io" nogil:
    cdef cppclass AmountText:
        double multiplier
        int places
        cbool decimal_comma
        cbool scaled()
        cbool parse(const char*, const char*, double&, double&)

    cbool stands_for_none(double, cbool)


cdef extern from "tickeng/io/time_text.hpp" namespace "tickeng::io" nogil:
    cdef enum TimeUnit "tickeng::io::TimeUnit":
        pass

    cdef enum OffsetRule "tickeng::io::OffsetRule":
        pass

    cdef cppclass LocalDay:
        int64_t base_ns
        int64_t switch_ms
        int64_t base_after_switch_ns
        cbool used

    cdef cppclass TimeText:
        TimeText()
        TimeText(TimeUnit, cbool, LocalDay, LocalZone, TimePattern, OffsetRule)
        cbool parse(const char*, const char*, int64_t&, Hint&)
        TimeUnit unit()


cdef extern from "tickeng/io/line_reader.hpp" namespace "tickeng::io" nogil:
    cdef cppclass SymbolTable:
        deque[string] names()

    cdef cppclass LineReader:
        void begin_batch(const EventColumns&, size_t) except +
        size_t feed(span) except +
        void finish() except +
        void skip_to(int64_t)
        cbool full()
        size_t batch_rows()
        size_t accepted()
        int64_t rows()
        size_t filtered()
        cbool unfinished()
        cbool last_line_cut()
        const CContradiction& contradiction()
        const vector[Reject]& rejects()
        const SymbolTable& symbols()


cdef extern from "tickeng/io/market_side.hpp" namespace "tickeng::io" nogil:
    cdef enum SideFault "tickeng::io::SideFault":
        pass

    SideFault to_one_form(double*, double*, size_t, double)


cdef extern from "tickeng/io/csv_events.hpp" namespace "tickeng::io" nogil:
    const uint32_t kNoColumn
    cdef enum Role "tickeng::io::Role":
        pass

    cdef cppclass KnownTexts:
        uint32_t column
        vector[string] texts

    cdef cppclass CsvLayout:
        CsvLayout()
        vector[Role] roles
        vector[uint32_t] symbol_columns
        vector[KnownTexts] known
        char delimiter
        TimeText ts
        TimeText recv
        char line_end
        AmountText price
        AmountText qty
        vector[uint32_t] market
        size_t levels
        WordRule side
        vector[WordRule] events
        vector[WordRule] changes
        cbool is_delta
        cbool signed_qty
        cbool text_ids
        cbool lenient_ids

    cdef cppclass CsvEvents(LineReader):
        CsvEvents(CsvLayout) except +

    int64_t c_id_hash "tickeng::io::id_hash"(const string&)


cdef extern from "tickeng/io/depth_columns.hpp" namespace "tickeng::io" nogil:
    cdef cppclass DepthColumns:
        vector[int64_t] ts_ns, recv_ns, row, first, last, previous
        vector[uint32_t] symbol, bids, asks
        vector[uint8_t] snapshot
        vector[double] price, qty
        size_t size()


cdef extern from "tickeng/io/raw_json_events.hpp" namespace "tickeng::io" nogil:
    cdef cppclass RawJsonOptions:
        TimeText ts, recv
        cbool trades, quotes, depth, clocked, by_recv
        string symbol

    cdef enum class Product "tickeng::io::RawJsonEvents::Product":
        kUnknown

    cdef cppclass RawJsonEvents(LineReader):
        RawJsonEvents(RawJsonOptions) except +
        void begin_market(const EventColumns&)
        size_t quotes()
        const DepthColumns& depth()
        int64_t lines()
        int64_t trade_lines()
        int64_t quote_lines()
        int64_t depth_lines()
        cbool twice()
        const vector[Product]& products()


cdef extern from "tickeng/io/order_messages.hpp" namespace "tickeng::io" nogil:
    cdef cppclass OrderRecord:
        uint64_t id
        int64_t price, ts_ns, recv_ns, row
        uint32_t size
        uint8_t action, side, flags
        cbool is_bad

    cdef enum class OrderFault "tickeng::io::OrderMessages::Fault":
        kNone

    cdef cppclass OrderMessages:
        OrderMessages(size_t)
        OrderFault add(uint32_t, uint32_t, const OrderRecord&) except +
        void clear()
        size_t orders()
        vector[int64_t] ts_ns, recv_ns, row, last, price
        vector[uint32_t] symbol, bids, asks
        vector[uint8_t] snapshot
        vector[double] qty


cdef extern from "tickeng/io/decimal.hpp" namespace "tickeng::io" nogil:
    cbool c_parse_decimal "tickeng::io::parse_decimal"(const char*, const char*, double&)


cdef extern from "tickeng/io/sample_columns.hpp" namespace "tickeng::io" nogil:
    cdef cppclass SampleColumns:
        SampleColumns()
        SampleColumns(char, size_t)
        cbool add(string_view, size_t, cbool) except +
        size_t rows()
        string_view cell(size_t, size_t)
        cbool numbers(size_t, double*)
        cbool integers(size_t)
        vector[string_view] values(size_t) except +


cdef extern from "tickeng/io/tick_rule.hpp" namespace "tickeng::io" nogil:
    cdef cppclass TickState:
        double price
        int8_t direction

    cdef cppclass CTickRule "tickeng::io::TickRule":
        void apply(const double*, const uint32_t*, int8_t*, size_t) except +
        TickState& at(size_t) except +
        size_t size()


cdef extern from "tickeng/io/feed_steps.hpp" namespace "tickeng::io" nogil:
    cdef struct LongStep "tickeng::io::LongStep":
        int64_t length_ns
        int64_t end_ns

    cdef struct StepCounts "tickeng::io::StepCounts":
        int64_t rows, first_ns, last_ns
        int64_t backward, jumps
        int64_t ids, unread_ids, first_id, last_id, least_id, greatest_id
        int64_t one, gap, back, same

    cdef cppclass FeedLimits:
        uint64_t hole_ns, jump_ns
        size_t most

    cdef cppclass CFeedSteps "tickeng::io::FeedSteps":
        CFeedSteps(const FeedLimits&) except +
        void add(const int64_t*, const int64_t*, const uint32_t*, size_t, size_t) except +
        size_t size()
        const StepCounts& counts(size_t) except +
        const vector[LongStep]& longest(size_t) except +
        int64_t up()
        int64_t down()
