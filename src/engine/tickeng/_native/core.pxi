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
from libc.math cimport NAN
from libc.string cimport memcpy
from libcpp.string cimport string
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector

from tickeng._native cimport facade as cpp
from tickeng._native.turn cimport Owner, Turn

from tickeng._base.conservation import unaccounted
from tickeng.errors import ConfigError, DataError, LateTickError, SymbolError, TickengError
from tickeng.frame import new_columns

KINDS = ("trade", "quote", "book", "bar", "fill")  # of events, by clock
cdef size_t CLOCKS = len(KINDS)
cdef uint32_t SHARED = 0xFFFFFFFF
cdef size_t STRETCH = 1 << 18  # most rows of a batch, of one thread, between two looks for a signal
cdef size_t FIRST = 1 << 13  # of many symbols, before their pace is known
cdef size_t NEW = 64  # most first ticks of symbols, which take their memory
cdef int64_t SOON_NS = 80_000_000  # a signal acts within about so long
cdef object NOBODY = object()  # no symbol: whatever a caller may pass is another object
REJECT_REASONS = tuple(cpp.reject_reason_names().decode().split())


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


def symbol_bytes(str kernels, list settings) -> int:
    """Bytes that the windows of one symbol take once they are full. Raises ConfigError."""
    cdef vector[cpp.Setting] rows
    cdef bytes text = kernels.encode()
    fill_settings(rows, settings)
    return cpp.symbol_bytes(view_of(text), rows)


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
include "one_event.pxi"


cdef class EngineCore(EngineEvents):
    """Ticks in, decisions out. `tickeng.Engine` adds configuration, tables and files."""

    cdef bint infers  # sides of trades that have none
    cdef size_t stretch  # rows of many symbols, per worker, that take as long as a signal may wait

    def _build(self, str kernels, list settings, int on_late, bint dedupe_id,
               int64_t leader_latency_ns, size_t max_symbols, size_t max_symbol_bytes,
               tuple market, tuple times, bint fused=True):
        cdef vector[cpp.Setting] rows
        cdef cpp.EngineOptions options
        cdef bytes selection = kernels.encode()
        fill_settings(rows, settings)
        fill_options(options, on_late, dedupe_id, leader_latency_ns, max_symbols, max_symbol_bytes,
                     market, times)
        self.infers = <int> options.sides != 0
        self.be_born()
        try:
            self.engine = cpp.make_engine(view_of(selection), rows, options, fused).release()
        except BaseException:
            self.birth.give()
            raise
        self.schema_of = Schema.of(&self.engine.outputs(), cpp.Clock.kTrade)
        self.schemas = tuple(Schema.of(&self.engine.outputs(), <cpp.Clock> c)
                             for c in range(CLOCKS))
        self.late_is_error = on_late == 1
        self.turn.give()

    cdef int be_born(self) except -1:
        if not self.birth.take():
            raise TickengError("this Engine is constructed already; make a new one")
        return 0

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
        """Arrays of one length in, (columns, status, rows done, sides that count where they are
        inferred or None) out; the GIL is released. `symbol` must be an array that nobody else can
        write: the core indexes with it.
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
            return arrays, status, 0, np.empty(0, np.int8) if self.infers else None
        fill_columns(columns, arrays)
        state = status
        trades = columns_of(ts_ns, price, qty, side, symbol, id)
        sides = room_for_sides(self, trades, side)
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
        return arrays, status, done, sides

    cdef int check_balance(self, cpp.Balance& balance, size_t fed, cpp.Clock kind) except -1:
        cdef uint32_t code = balance.broken(deref(self.engine), fed)
        cdef const cpp.Counters* counters
        if code == SHARED:
            return 0
        counters = &self.engine.counters(code)
        if kind != cpp.Clock.kTrade:
            counters = &self.engine.feeds(code).of(kind).counters()
        raise unaccounted(deref(self.engine).symbols()[code].decode(), balance.came_in(),
                          counters_of(counters))

    def _queue_leader(self, const int64_t[::1] ts_ns not None, const double[::1] price not None,
                      symbol=None, leader=None):
        if ts_ns.shape[0] != price.shape[0]:
            raise DataError("a leader has not as many prices as stamps")
        self.enter()
        try:
            code = self.leader_code(symbol, leader)
            if ts_ns.shape[0] > 0:
                self.engine.queue_leader(cpp.TimeSpan(&ts_ns[0], ts_ns.shape[0]),
                                         cpp.RealSpan(&price[0], price.shape[0]), code)
        finally:
            self.turn.give()

    def _release_leader(self, size_t most, symbol=None, leader=None):
        """Engine::release_leader."""
        self.enter()
        try:
            return self.engine.release_leader(most, self.leader_code(symbol, leader))
        finally:
            self.turn.give()

    def _leader_ns(self, symbol=None, leader=None):
        """The time of the newest visible leader tick, None before the first."""
        cdef int64_t ns
        self.enter()
        try:
            ns = self.engine.leader_ts_ns(self.leader_code(symbol, leader))
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

    def count_rejected(self, symbol, str reason, uint64_t n, str kind="trade") -> None:
        """Count rows that a reader rejected before they became events of this kind."""
        cdef int why = REJECT_REASONS.index(reason)
        cdef cpp.Clock clock = <cpp.Clock> <int> KINDS.index(kind)
        self.enter()
        try:
            self.engine.count_rejected(self.code(symbol), <cpp.RejectReason> why, n, clock)
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

    def _load(self, bytes state not None, list cold not None):
        """cold: nodes that may begin without a past where the state has none of them."""
        cdef vector[string] nodes = [utf8_of(name) for name in cold]
        self.enter()
        try:
            self.engine.load(view_of(state), nodes)
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
        self.schema_of, self.schemas = other.schema_of, other.schemas
        self.late_is_error, self.infers = other.late_is_error, other.infers
        self.turn.give()
