# The C++ core as Cython sees it: include/tickeng/facade/engine.hpp and nothing else.
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libcpp cimport bool
from libcpp.memory cimport shared_ptr, unique_ptr
from libcpp.optional cimport optional
from libcpp.pair cimport pair
from libcpp.string cimport string
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector

from tickeng._native.event_columns cimport (
    BarColumns, BarSink, BarSinks, Bar, Book, BookColumns, BookSide, Clock, ColumnSpan,
    DepthColumns, DepthUpdate, EventColumns, EventRun, Fill, FillColumns, OutputColumn, PerClock,
    Quote, QuoteColumns, StatusPerClock, Trade, TradeColumns, kNoNumber,
)


# Rethrows the current C++ exception as its Python class (base/error.hpp -> errors.py).
cdef extern from *:
    """
    #include <cstring>
    #include <exception>
    #include <new>
    #include "tickeng/base/error.hpp"
    static void tickeng_set_error(const char* name, const char* text) {
      PyObject* module = PyImport_ImportModule("tickeng.errors");
      PyObject* type = module != nullptr ? PyObject_GetAttrString(module, name) : nullptr;
      // What a damaged file calls a thing may be no UTF-8.
      PyObject* said = PyUnicode_DecodeUTF8(text, std::strlen(text), "backslashreplace");
      if (type != nullptr && said != nullptr) PyErr_SetObject(type, said);
      Py_XDECREF(said);
      Py_XDECREF(type);
      Py_XDECREF(module);
    }
    static void raise_typed() {
      try {
        throw;
      } catch (const tickeng::ConfigError& e) {
        tickeng_set_error("ConfigError", e.what());
      } catch (const tickeng::DataError& e) {
        tickeng_set_error("DataError", e.what());
      } catch (const tickeng::StateError& e) {
        tickeng_set_error("StateError", e.what());
      } catch (const std::bad_alloc&) {
        PyErr_NoMemory();
      } catch (const std::exception& e) {
        tickeng_set_error("TickengError", e.what());
      }
    }
    """
    void raise_typed()

cdef extern from "<span>" nogil:
    cdef cppclass TimeSpan "std::span<const tickeng::TimeNs>":
        TimeSpan(const int64_t*, size_t)
    cdef cppclass RealSpan "std::span<const double>":
        RealSpan(const double*, size_t)

cdef extern from "tickeng/facade/engine.hpp" namespace "tickeng" nogil:
    const int64_t kNoId
    const int64_t kNoTime

    cdef cppclass Setting:
        string kernel, param, text "value.text"
        double value "value.number"

    cdef cppclass PipelineOutput:
        string_view name
        string_view node
        bool flag
        uint64_t warmup
        uint64_t warmup_ns
        size_t slot_at(Clock)

    cdef enum class LatePolicy "tickeng::LatePolicy"(int):
        pass
    cdef enum class QuoteSource "tickeng::QuoteSource"(int):
        pass
    cdef enum class SideRule "tickeng::SideRule"(int):
        pass
    cdef enum class Status "tickeng::Status"(uint8_t):
        kOk
        kLate
        kDuplicate
        kRejected
    cdef enum class RejectReason "tickeng::RejectReason"(uint8_t):
        pass
    string reject_reason_names()

    cdef cppclass TimeRule:
        int64_t min_ns, max_ns, max_jump_ns
        bool max_moves

    cdef cppclass EngineOptions:
        LatePolicy on_late
        bool dedupe_id
        TimeRule time
        int64_t stale_after_ns
        int64_t leader_latency_ns, max_quote_age_ns, hold_good_ns
        QuoteSource quotes
        SideRule sides
        size_t snapshot_depth, max_symbols, max_symbol_bytes

    cdef cppclass EventFeed:
        const Counters& counters()

    cdef cppclass MarketFeed(EventFeed):
        uint64_t crossed()

    cdef cppclass BuilderCounts "tickeng::BookBuilder::Counts":
        uint64_t applied, old, gaps, waited, lost, beyond, behind, left_out

    cdef cppclass Levels:
        vector[double] prices() except +
        vector[double] quantities() except +

    cdef cppclass BookBuilder:
        BuilderCounts counts()
        bool valid()
        const Levels& all_bids()
        const Levels& all_asks()

    cdef cppclass BookFeed(MarketFeed):
        const BookBuilder* builder()

    cdef cppclass SideCounts "tickeng::SideFeed::Counts":
        uint64_t by_quote, by_tick, unknown

    cdef cppclass SideFeed:
        const SideCounts& counts()
        int8_t last()
        bool infers()

    cdef cppclass SymbolFeeds:
        SideFeed sides
        const EventFeed* of(Clock)

    cdef cppclass Counters:
        uint64_t processed, duplicate, late, rejected, dropped, held
        uint64_t arrived "in"
        uint64_t conflicts
        uint64_t reasons[8]

    cdef cppclass RejectCounts:
        uint64_t operator[](size_t)

    cdef cppclass Health:
        uint64_t ticks, dominated, still, overflow, restarts

    cdef cppclass NodeHealth:
        string_view node
        Health health

    cdef cppclass IdConflict:
        uint32_t symbol
        int64_t id
        double price_before, qty_before, price, qty

    cdef cppclass Engine:
        Engine(const Engine&) except +
        const vector[PipelineOutput]& outputs()
        uint32_t intern(string_view) except +raise_typed
        uint32_t find(string_view) except +raise_typed
        const vector[string]& symbols()
        const vector[string]& leaders()
        Status on_trade(uint32_t, const Trade&, int64_t, const double**) except +raise_typed
        Status on_quote(uint32_t, const Quote&, const double**) except +raise_typed
        void run(const EventColumns&, EventRun&, size_t, size_t) except +raise_typed
        BarSink make_sink(string_view) except +raise_typed
        Status on_book(uint32_t, const Book&, const double**) except +raise_typed
        Status on_depth(uint32_t, const DepthUpdate&, const double**) except +raise_typed
        Status on_bar(uint32_t, const Bar&, const double**) except +raise_typed
        Status on_fill(uint32_t, const Fill&, const double**) except +raise_typed
        const SymbolFeeds& feeds(uint32_t)
        Status on_leader(int64_t, double, uint32_t) except +raise_typed
        void queue_leader(TimeSpan, RealSpan, uint32_t) except +raise_typed
        size_t release_leader(size_t, uint32_t)
        int64_t leader_ts_ns(uint32_t)
        size_t run(const TradeColumns&, ColumnSpan, uint8_t*, size_t, size_t,
                   size_t) except +raise_typed
        void reset()
        void reset(uint32_t)
        void forget(uint32_t)
        void begin_source()
        void follow(const DepthColumns&) except +raise_typed
        bool on_time(int64_t, uint32_t)
        const TimeRule& time()
        const optional[IdConflict]& first_conflict()
        void set_flag(uint32_t, uint32_t, bool)
        void count_rejected(uint32_t, RejectReason, uint64_t, Clock)
        const Counters& counters(uint32_t)
        const Counters* leader_counters(uint32_t)
        const RejectCounts& refused()
        uint64_t chunks()
        uint64_t wavefronts()
        const vector[double]& row(uint32_t)
        size_t leader_waiting()
        uint64_t count(uint32_t)
        int64_t last_ts_ns(uint32_t)
        vector[NodeHealth] health(uint32_t)
        string save() except +raise_typed
        void load(string_view, const vector[string]&) except +raise_typed

    cdef cppclass Balance:
        void begin(const Engine&, const uint32_t*, size_t, Clock) except +raise_typed
        uint32_t broken(const Engine&, size_t)
        uint64_t came_in()

    cdef cppclass TickColumns:
        const int64_t* ts_ns
        const double* alpha
        const double* size
        const uint8_t* gate
        const uint8_t* reason
        size_t rows

    cdef cppclass TickSummary:
        void add(const TickColumns&) except +raise_typed
        uint64_t ticks, open_ticks
        int64_t first_ns, last_ns
        uint64_t shut_by[8]
        vector[pair[double, uint64_t]] sizes
        vector[uint64_t] alpha_bins
        double range, least_alpha, greatest_alpha

    cdef cppclass CpuMap:
        vector[int] order
        size_t cores

    CpuMap usable_cpus "tickeng::CpuMap::usable"() except +raise_typed

    cdef enum class OnFull "tickeng::OnFull"(int):
        pass

    cdef cppclass ParallelOptions:
        size_t workers, ring, unread
        OnFull on_full
        Clock rows
        bool total_order, spin, pin
        vector[pair[string, size_t]] map

    cdef enum class SubmitEnd "tickeng::SubmitResult::End"(int):
        pass

    cdef cppclass SubmitResult:
        size_t rows, dropped
        SubmitEnd end

    cdef cppclass DecisionColumns:
        uint64_t* seq
        uint32_t* symbol
        uint8_t* status
        ColumnSpan outputs

    cdef cppclass KindCounters "tickeng::ParallelEngine::KindCounters"(Counters):
        uint64_t crossed
        optional[BuilderCounts] built

    cdef cppclass Snapshot:
        bool ready()
        string state() except +raise_typed

    cdef cppclass WorkerFacts "tickeng::ParallelEngine::WorkerFacts":
        uint64_t arrived "in"
        uint64_t processed, dropped, held, high_water, sleeps
        vector[uint64_t] latency
        int cpu
        string pin_refusal

    cdef cppclass Last "tickeng::ParallelEngine::Last":
        int64_t ts_ns
        vector[double] row

    cdef cppclass ParallelEngine:
        const vector[PipelineOutput]& outputs()
        uint32_t intern(string_view) except +raise_typed
        uint32_t find(string_view) except +raise_typed
        size_t symbol_count()
        const string& symbol(uint32_t)
        SubmitResult submit(const TradeColumns&, size_t, int64_t) except +raise_typed
        SubmitResult submit(uint32_t, const Quote&, int64_t) except +raise_typed
        SubmitResult submit(uint32_t, const Book&, int64_t) except +raise_typed
        SubmitResult submit(uint32_t, const DepthUpdate&, int64_t) except +raise_typed
        SubmitResult submit(uint32_t, const Bar&, int64_t) except +raise_typed
        SubmitResult submit(uint32_t, const Fill&, int64_t) except +raise_typed
        Status on_leader(int64_t, double, uint32_t) except +raise_typed
        bool on_time(int64_t, uint32_t, int64_t) except +raise_typed
        bool flush(int64_t) except +raise_typed
        size_t poll(size_t, const DecisionColumns&) except +raise_typed
        bool wait_readable(int64_t) except +raise_typed
        size_t unread()
        uint64_t next_seq()
        vector[KindCounters] counters(Clock) except +raise_typed
        const vector[string]& leaders()
        vector[NodeHealth] health() except +raise_typed
        const Counters* leader_counters(uint32_t)
        Last last(uint32_t) except +raise_typed
        optional[pair[Levels, Levels]] book(uint32_t) except +raise_typed
        void reset(uint32_t) except +raise_typed
        void set_flag(uint32_t, uint32_t, bool) except +raise_typed
        shared_ptr[Snapshot] snapshot(int64_t) except +raise_typed
        bool wait_snapshot(const Snapshot&, int64_t) except +raise_typed
        void close()
        bool closed()
        size_t worker_count()
        WorkerFacts facts(size_t) except +raise_typed
        size_t worker_of(string_view)

cdef extern from "tickeng/facade/engine.hpp" namespace "tickeng::facade" nogil:
    string catalogue()
    string presets()
    string nodes(string_view, const vector[Setting]&) except +raise_typed
    size_t symbol_bytes(string_view, const vector[Setting]&) except +raise_typed
    unique_ptr[ParallelEngine] make_parallel(
        string_view, const vector[Setting]&, const EngineOptions&, const ParallelOptions&,
        string_view) except +raise_typed
    unique_ptr[Engine] make_engine(string_view, const vector[Setting]&, const EngineOptions&,
                                   bool) except +raise_typed
    uint32_t leader_code "tickeng::Engine::leader_code"(size_t)
    string build_info()
