"""The engine for Python: one class over the C++ engine and one for what a tick decides.

Trap: what touches the C++ object takes the turn first, and before construction it is taken; what
does not take it must ask made().
"""

from operator import index
from time import perf_counter_ns

import numpy as np

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from cpython.unicode cimport PyUnicode_DecodeUTF8
from cython.operator cimport dereference as deref
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector

from tickeng._native cimport facade as cpp
from tickeng._native.turn cimport Owner, Turn

from tickeng._base.conservation import unaccounted
from tickeng.errors import DataError, LateTickError, SymbolError, TickengError
from tickeng.frame import new_columns

cdef uint32_t SHARED = 0xFFFFFFFF
cdef size_t STRETCH = 1 << 18  # most rows of a batch, of one thread, between two looks for a signal
cdef size_t FIRST = 1 << 13  # of many symbols, before their pace is known
cdef size_t NEW = 64  # most first ticks of symbols, which take their memory
cdef int64_t SOON_NS = 80_000_000  # a signal acts within about so long
cdef object NOBODY = object()  # no symbol: whatever a caller may pass is another object
REJECT_REASONS = ("bad_price", "bad_qty", "bad_timestamp", "bad_side", "bad_fields", "bad_id",
                  "bad_line", "jump")


def catalogue_json() -> str:
    """Every kernel of the registry as one JSON array."""
    return cpp.catalogue().decode()


def presets_json() -> str:
    """Every preset as one JSON array."""
    return cpp.presets().decode()


def nodes_json(str kernels, list settings) -> str:
    """Every node of a pipeline as one JSON array. Raises ConfigError."""
    cdef vector[cpp.Setting] rows
    cdef bytes text = kernels.encode()
    fill_settings(rows, settings)
    return cpp.nodes(view_of(text), rows).decode()


def build_info() -> str:
    """Compiler, standard and instruction set of this build."""
    return cpp.build_info().decode()


def core_map() -> dict:
    """Processors that this process may use, one of every core first, then the siblings, and the
    number of cores: {"order": [0, 2, 1, 3], "cores": 2}. A container's cpuset counts."""
    cdef cpp.CpuMap usable = cpp.usable_cpus()
    return {"order": list(usable.order), "cores": usable.cores}


cdef size_t next_stretch(size_t stretch, size_t rows, size_t most, int64_t took_ns) noexcept:
    """Rows until the next look for a signal; where a batch is cut changes no bit of it."""
    if took_ns > SOON_NS:
        return max(stretch // 2, FIRST)
    return max(stretch, min(2 * rows, most)) if took_ns < SOON_NS // 2 else stretch


include "names.pxi"
include "columns.pxi"
include "decision.pxi"
include "facts.pxi"


cdef class EngineCore(EngineFacts):
    """Ticks in, decisions out. `tickeng.Engine` adds configuration, tables and files."""

    cdef size_t stretch  # rows of many symbols, per worker, that take as long as a signal may wait

    def _build(self, str kernels, list settings, int on_late, bint dedupe_id,
               int64_t leader_latency_ns, size_t max_symbols, size_t max_symbol_bytes,
               tuple quotes, tuple times, bint fused=True):
        cdef vector[cpp.Setting] rows
        cdef cpp.EngineOptions options
        cdef bytes selection = kernels.encode()
        fill_settings(rows, settings)
        fill_options(options, on_late, dedupe_id, leader_latency_ns, max_symbols, max_symbol_bytes,
                     quotes, times)
        self.be_born()
        try:
            self.engine = cpp.make_engine(view_of(selection), rows, options, fused).release()
        except BaseException:
            self.birth.give()
            raise
        self.schema_of = Schema.of(&self.engine.outputs(), cpp.Clock.kTrade)
        self.schema_of_quotes = Schema.of(&self.engine.outputs(), cpp.Clock.kQuote)
        self.schema_of_books = Schema.of(&self.engine.outputs(), cpp.Clock.kBook)
        self.late_is_error = on_late == 1
        self.turn.give()

    cdef int be_born(self) except -1:
        if not self.birth.take():
            raise TickengError("this Engine is constructed already; make a new one")
        return 0

    @cython.binding(False)
    def on_tick(self, int64_t ts_ns, double price, double qty, side, symbol=0) -> Decision:
        """Feed one trade and return the decision after it.

        ts_ns: int, ns UTC. price: quote currency, > 0. qty: base units, >= 0. side: +1 buyer took,
        -1 seller took, 0 unknown. symbol: str or int (k and "k" are the same symbol).
        Raises LateTickError for a late tick when on_late is "error"; never for bad values, which
        are counted and come back with status 3: a tick that is not accepted leaves the state as
        it is and decides nothing (numbers NaN, gate 0, alpha 0.0), as its row of run().
        Spec: A-01, H-02.
        """
        cdef cpp.Trade trade
        cdef const double* row
        trade.ts_ns, trade.price, trade.qty = ts_ns, price, qty
        trade.side = sign_of(side)
        self.enter()
        try:
            status = <int> self.engine.on_trade(self.code(symbol), trade, cpp.kNoId, &row)
            self.seq += 1
            if status == 1 and self.late_is_error:
                raise LateTickError(f"a tick of {symbol!r} at {ts_ns} is older than the last "
                                    "accepted; on_late='drop' counts it instead")
            return decide(self.schema_of, row, status, ts_ns, self.seq, self.last_name)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_quote(self, int64_t ts_ns, double bid, double bid_qty, double ask, double ask_qty,
                 symbol=0) -> Decision:
        """Feed one top of the book and return the decision as of it.

        ts_ns: int, ns UTC. bid, ask: prices; NaN, or 0 with quantity 0: that side is empty.
        bid_qty, ask_qty: base units, >= 0. A quote that is locked or crossed (bid >= ask) is
        counted and moves nothing; `hold_good` after it the one before is no market any more.
        Otherwise as on_tick. Spec: A-02.
        """
        cdef cpp.Quote quote
        cdef const double* row
        quote.ts_ns, quote.bid, quote.bid_qty = ts_ns, bid, bid_qty
        quote.ask, quote.ask_qty = ask, ask_qty
        self.enter()
        try:
            status = <int> self.engine.on_quote(self.code(symbol), quote, &row)
            self.seq += 1
            if status == 1 and self.late_is_error:
                raise LateTickError(f"a quote of {symbol!r} at {ts_ns} is older than the last "
                                    "accepted; on_late='drop' counts it instead")
            return decide(self.schema_of_quotes, row, status, ts_ns, self.seq, self.last_name)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_book(self, int64_t ts_ns, bids, asks, symbol=0) -> Decision:
        """Feed one snapshot of the book and return the decision as of it.

        ts_ns: int, ns UTC. bids, asks: (price, quantity) of each level, best first, at most 10,000:
        pairs, or float64[n, 2]; a level whose price is NaN ends its side. Where a symbol has had no
        quote of its own, its books give the quotes, one behind each book whose best prices or
        quantities changed. Otherwise as on_quote. Raises DataError for levels that are no pairs or
        too many. Spec: A-03.
        """
        cdef cpp.Book book
        cdef vector[double] bid, bid_qty, ask, ask_qty
        cdef const double* row
        fill_side(bid, bid_qty, bids)
        fill_side(ask, ask_qty, asks)
        book.ts_ns = ts_ns
        book.bids.price, book.bids.qty, book.bids.levels = bid.data(), bid_qty.data(), bid.size()
        book.asks.price, book.asks.qty, book.asks.levels = ask.data(), ask_qty.data(), ask.size()
        self.enter()
        try:
            status = <int> self.engine.on_book(self.code(symbol), book, &row)
            self.seq += 1
            if status == 1 and self.late_is_error:
                raise LateTickError(f"a book of {symbol!r} at {ts_ns} is older than the last "
                                    "accepted; on_late='drop' counts it instead")
            return decide(self.schema_of_books, row, status, ts_ns, self.seq, self.last_name)
        finally:
            self.turn.give()

    @cython.binding(False)
    def on_leader(self, int64_t ts_ns, double price, symbol=None) -> int:
        """Feed one tick of the leader in call order; returns its status (0 ok, 1 late, 3 rejected).

        symbol: the symbol this leader leads; None: every symbol that has no leader of its own.
        Spec: A-17.
        """
        self.enter()
        try:
            code = SHARED if symbol is None else self.code(symbol)
            return <int> self.engine.on_leader(ts_ns, price, code)
        finally:
            self.turn.give()

    def decision(self, symbol) -> Decision:
        """The decision of the last accepted tick of a symbol; its seq is None.

        Before the first one its ts_ns is None and `accepted` is false. Raises SymbolError, a
        KeyError, for a symbol that this engine has not seen.
        """
        cdef uint32_t code
        self.enter()
        try:
            code = self.known(symbol)
            return decide(self.schema_of, self.engine.row(code).data(), 0,
                          self.engine.last_ts_ns(code), 0, name_of(symbol))
        finally:
            self.turn.give()

    def intern(self, names) -> np.ndarray:
        """Dense uint32 codes of symbol names, in the order given; new names get the next code.

        Raises DataError for names that are empty, too long or hold control characters.
        """
        cdef bytes raw
        codes = np.empty(len(names), dtype=np.uint32)
        self.enter()
        try:
            for i, name in enumerate(names):
                raw = utf8_of(name_of(name))
                codes[i] = self.engine.intern(view_of(raw))
            return codes
        finally:
            self.turn.give()

    def _run(self, const int64_t[::1] ts_ns not None, const double[::1] price not None,
             const double[::1] qty not None, const int8_t[::1] side not None,
             const uint32_t[::1] symbol, const int64_t[::1] id, size_t workers):
        """Arrays of one length in, (columns, status, rows done) out; the GIL is released.

        `symbol` must be an array that nobody else can write: the core indexes with it.
        """
        cdef size_t n = ts_ns.shape[0], done = 0, start, end
        cdef size_t most = STRETCH if workers <= 1 else 4 * STRETCH * workers
        cdef size_t stretch
        cdef bint late = False, mixed = symbol is not None
        cdef vector[cpp.OutputColumn] columns
        cdef uint8_t[::1] state
        cdef cpp.TradeColumns trades
        cdef cpp.Balance balance
        status = np.zeros(n, dtype=np.uint8)
        arrays = new_columns(n, self.outputs.flags)
        if n == 0:
            return arrays, status, 0
        fill_columns(columns, arrays)
        state = status
        trades = columns_of(ts_ns, price, qty, side, symbol, id)
        self.enter()
        try:
            balance.begin(deref(self.engine), trades.symbol, n, cpp.Clock.kTrade)
            stretch = workers * (min(max(self.stretch, FIRST), STRETCH) if mixed else STRETCH)
            while done < n and not late:
                end = trades.size = min(n, done + stretch)
                start, began = done, perf_counter_ns()
                with nogil:
                    done = self.engine.run(trades, cpp.ColumnSpan(columns.data(), columns.size()),
                                           &state[0], workers, done, NEW * workers)
                if done == end:
                    stretch = next_stretch(stretch, end - start, most, perf_counter_ns() - began)
                else:
                    late = state[done] == <uint8_t> cpp.Status.kLate
                if done < n and not late:
                    PyErr_CheckSignals()
            if mixed:
                self.stretch = stretch // workers
            self.check_balance(balance, done + late, cpp.Clock.kTrade)
        except KeyboardInterrupt as error:
            error.add_note(f"{done} of {n} rows were fed; the engine can go on from there")
            raise
        finally:
            self.seq += done + late
            self.turn.give()
        return arrays, status, done

    cdef int check_balance(self, cpp.Balance& balance, size_t fed, cpp.Clock kind) except -1:
        cdef uint32_t code = balance.broken(deref(self.engine), fed)
        cdef const cpp.Counters* counters
        if code == SHARED:
            return 0
        counters = &self.engine.counters(code)
        if kind == cpp.Clock.kQuote:
            counters = &self.engine.quotes(code).counters()
        elif kind == cpp.Clock.kBook:
            counters = &self.engine.books(code).counters()
        raise unaccounted(deref(self.engine).symbols()[code].decode(), balance.came_in(),
                          counters_of(counters))

    def _queue_leader(self, const int64_t[::1] ts_ns not None, const double[::1] price not None,
                      symbol=None):
        self.enter()
        try:
            code = SHARED if symbol is None else self.code(symbol)
            if ts_ns.shape[0] > 0:
                self.engine.queue_leader(cpp.TimeSpan(&ts_ns[0], ts_ns.shape[0]),
                                         cpp.RealSpan(&price[0], price.shape[0]), code)
        finally:
            self.turn.give()

    def _release_leader(self, size_t most, symbol=None):
        """Engine::release_leader."""
        self.enter()
        try:
            return self.engine.release_leader(
                most, SHARED if symbol is None else self.code(symbol))
        finally:
            self.turn.give()

    def _leader_ns(self, symbol=None):
        """The time of the newest visible leader tick, None before the first."""
        cdef int64_t ns
        self.enter()
        try:
            ns = self.engine.leader_ts_ns(SHARED if symbol is None else self.code(symbol))
            return None if ns == cpp.kNoTime else ns
        finally:
            self.turn.give()

    def reset(self) -> None:
        """Back to the state of a new engine; symbols keep their codes."""
        self.enter()
        self.engine.reset()
        self.seq = 0
        self.turn.give()

    def halt(self, symbol=None, bint on=True) -> None:
        """Shut (or reopen) the gate of one symbol, or of all: reason bit 16."""
        self._flag(symbol, 2, on)

    def feed_down(self, symbol=None, bint on=True) -> None:
        """Declare the feed of one symbol, or of all, down (or up again): reason bit 8."""
        self._flag(symbol, 1, on)

    cdef int _flag(self, symbol, uint32_t flag, bint on) except -1:
        self.enter()
        try:
            self.engine.set_flag(SHARED if symbol is None else self.code(symbol), flag, on)
            return 0
        finally:
            self.turn.give()

    def count_rejected(self, symbol, str reason, uint64_t n) -> None:
        """Count rows that a reader rejected before they became ticks."""
        cdef int why = REJECT_REASONS.index(reason)
        self.enter()
        try:
            self.engine.count_rejected(self.code(symbol), <cpp.Reject> why, n)
            self.seq += n
        finally:
            self.turn.give()

    def state(self) -> bytes:
        """The whole state, uncompressed: kernels, counters, symbol table, leader."""
        self.enter()
        try:
            return self.engine.save()
        finally:
            self.turn.give()

    def _load(self, bytes state not None):
        self.enter()
        try:
            self.engine.load(view_of(state))
            self.last_symbol = NOBODY
            self.seq = 0
            for i in range(self.engine.symbols().size()):
                self.seq += self.engine.counters(i).arrived
        finally:
            self.turn.give()

    def _clone_from(self, EngineCore other not None):
        self.be_born()
        try:
            other.enter()
            try:
                self.engine = new cpp.Engine(deref(other.engine))
                self.seq = other.seq
            finally:
                other.turn.give()
        except BaseException:
            self.birth.give()
            raise
        self.schema_of = other.schema_of
        self.schema_of_quotes, self.schema_of_books = other.schema_of_quotes, other.schema_of_books
        self.late_is_error = other.late_is_error
        self.turn.give()
