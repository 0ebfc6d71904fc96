# Events one by one and as columns, as Cython sees them; what facade.pxd shows besides.
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t
from libcpp cimport bool
from libcpp.vector cimport vector


cdef extern from "<span>" nogil:
    cdef cppclass ColumnSpan "std::span<const tickeng::OutputColumn>":
        ColumnSpan(const OutputColumn*, size_t)

cdef extern from "tickeng/facade/engine.hpp" namespace "tickeng" nogil:
    cdef enum class Clock "tickeng::Clock"(uint8_t):
        kTrade
        kQuote
        kBook
        kBar
        kOwn

    cdef cppclass OutputColumn:
        double* real
        uint8_t* flag

    cdef cppclass Trade:
        int64_t ts_ns
        double price
        double qty
        int8_t side

    cdef cppclass Quote:
        int64_t ts_ns
        double bid, bid_qty, ask, ask_qty

    cdef cppclass BookSide:
        const double* price
        const double* qty
        size_t levels

    cdef cppclass Book:
        int64_t ts_ns
        BookSide bids, asks

    const int64_t kNoNumber "tickeng::DepthUpdate::kNoNumber"

    cdef cppclass DepthUpdate:
        int64_t ts_ns
        BookSide bids, asks
        bool snapshot
        int64_t first, last, previous

    cdef cppclass Bar:
        int64_t ts_ns
        double open, high, low, close, volume, signed_volume, vwap, trades

    cdef cppclass Fill:
        int64_t ts_ns
        double price, qty
        int8_t side

    cdef cppclass TradeColumns:
        const int64_t* ts_ns
        const double* price
        const double* qty
        const int8_t* side
        const uint32_t* symbol
        const int64_t* id
        size_t size
        int8_t* inferred

    cdef cppclass QuoteColumns:
        const int64_t* ts_ns
        const double* bid
        const double* bid_qty
        const double* ask
        const double* ask_qty
        const uint32_t* symbol
        size_t size

    cdef cppclass BookColumns:
        const int64_t* ts_ns
        const double* bid
        const double* bid_qty
        const double* ask
        const double* ask_qty
        const uint32_t* symbol
        size_t size, levels

    cdef cppclass DepthColumns:
        const int64_t* ts_ns
        const uint8_t* snapshot
        const int64_t* first
        const int64_t* last
        const int64_t* previous
        const size_t* begin
        const uint32_t* bids
        const double* price
        const double* qty
        const uint32_t* symbol
        size_t size

    cdef cppclass BarColumns:
        const int64_t* ts_ns
        const double* open
        const double* high
        const double* low
        const double* close
        const double* volume
        const double* signed_volume
        const double* vwap
        const double* trades
        const uint32_t* symbol
        size_t size

    cdef cppclass FillColumns:
        const int64_t* ts_ns
        const double* price
        const double* qty
        const int8_t* side
        const uint32_t* symbol
        size_t size

    cdef cppclass BarSink:
        Clock clock
        vector[int64_t] ts_ns
        vector[uint32_t] symbol
        vector[vector[double]] columns

    cdef cppclass PerClock "std::array<std::size_t, tickeng::kClocks>":
        size_t& operator[](size_t)

    cdef cppclass StampsPerClock "std::array<const tickeng::TimeNs*, tickeng::kClocks>":
        const int64_t*& operator[](size_t)

    cdef cppclass StatusPerClock "std::array<std::uint8_t*, tickeng::kClocks>":
        uint8_t*& operator[](size_t)

    cdef cppclass BarSinks "std::span<tickeng::BarSink>":
        BarSinks()
        BarSinks(BarSink*, size_t)

    cdef cppclass RowsOfClock "tickeng::EventRun::Rows":
        ColumnSpan columns

    cdef cppclass RowsPerClock "std::array<tickeng::EventRun::Rows, tickeng::kClocks>":
        RowsOfClock& operator[](size_t)

    cdef cppclass EventRun:
        PerClock next
        RowsPerClock rows
        BarSinks bars
        StatusPerClock status
        bool ended
        size_t done()

    cdef cppclass EventColumns:
        TradeColumns trades
        QuoteColumns quotes
        BookColumns books
        DepthColumns depth
        BarColumns bars
        FillColumns fills
        StampsPerClock order
        PerClock sizes()
        size_t total()
        const uint32_t* symbols(Clock)
        Clock next(const EventRun&)
