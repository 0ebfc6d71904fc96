"""The engine for Python: one class over the C++ engine and one for what a tick decides."""

import numpy as np

cimport cython
from cpython.unicode cimport PyUnicode_DecodeUTF8
from cython.operator cimport dereference as deref
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector

from tickeng cimport _facade as cpp
from tickeng._turn cimport Owner, Turn

from tickeng.errors import DataError, LateTickError, TickengError
from tickeng.frame import new_columns

cdef uint32_t SHARED = 0xFFFFFFFF
REJECT_REASONS = ("bad_price", "bad_qty", "bad_timestamp", "bad_side", "bad_fields", "bad_id",
                  "bad_line", "jump")


def catalogue_json() -> str:
    """Every kernel of the registry as one JSON array."""
    return cpp.catalogue().decode()


def build_info() -> str:
    """Compiler, standard and instruction set of this build."""
    return cpp.build_info().decode()


def core_map() -> dict:
    """Processors that this process may use, one of every core first, then the siblings, and the
    number of cores: {"order": [0, 2, 1, 3], "cores": 2}. A container's cpuset counts."""
    cdef cpp.CpuMap usable = cpp.usable_cpus()
    return {"order": list(usable.order), "cores": usable.cores}


cdef str text_of(string_view view):
    return PyUnicode_DecodeUTF8(view.data(), view.size(), NULL)


cdef string_view view_of(bytes raw):
    return string_view(<const char*> raw, len(raw))


include "_decision.pxi"


cdef int fill_settings(vector[cpp.Setting]& rows, settings) except -1:
    cdef cpp.Setting row
    for kernel, param, value in settings:
        row.kernel, row.param, row.value = kernel.encode(), param.encode(), value
        rows.push_back(row)
    return 0


cdef int fill_options(cpp.EngineOptions& options, int on_late, bint dedupe_id,
                      int64_t leader_latency_ns, size_t max_symbols, tuple times) except -1:
    options.on_late = <cpp.LatePolicy> on_late
    options.dedupe_id = dedupe_id
    options.leader_latency_ns = leader_latency_ns
    options.max_symbols = max_symbols
    options.time.min_ns, options.time.max_ns, options.time.max_moves = times[:3]
    options.time.max_jump_ns, options.stale_after_ns = times[3:]
    return 0


cdef int fill_columns(vector[cpp.OutputColumn]& columns, list arrays) except -1:
    """Where the core writes: into arrays that are not empty."""
    cdef cpp.OutputColumn column
    cdef double[::1] real
    cdef uint8_t[::1] flag
    for array in arrays:
        column.real = NULL
        column.flag = NULL
        if array.dtype == np.uint8:
            flag = array
            column.flag = &flag[0]
        else:
            real = array
            column.real = &real[0]
        columns.push_back(column)
    return 0


cdef class EngineCore:
    """The C++ engine. `tickeng.Engine` adds configuration, tables and files."""

    cdef cpp.Engine* engine
    cdef readonly Schema outputs
    cdef object last_symbol
    cdef uint32_t last_code
    cdef Turn turn
    cdef bint late_is_error

    def __cinit__(self, *args, **kwargs):
        self.engine = NULL

    def __dealloc__(self):
        del self.engine

    def _build(self, str kernels, list settings, int on_late, bint dedupe_id,
               int64_t leader_latency_ns, size_t max_symbols, tuple times, bint fused=True):
        cdef vector[cpp.Setting] rows
        cdef cpp.EngineOptions options
        cdef bytes selection = kernels.encode()
        fill_settings(rows, settings)
        fill_options(options, on_late, dedupe_id, leader_latency_ns, max_symbols, times)
        self.engine = cpp.make_engine(view_of(selection), rows, options, fused).release()
        self.outputs = Schema.of(&self.engine.outputs())
        self.last_symbol = None
        self.late_is_error = on_late == 1

    cdef int enter(self) except -1:
        if not self.turn.take():
            raise TickengError("an Engine serves one thread at a time; use one Engine a thread")
        return 0

    cdef uint32_t code(self, symbol) except? 0xFFFFFFFE:
        if symbol is not self.last_symbol:
            name = symbol if isinstance(symbol, str) else str(int(symbol))
            self.last_code = self.engine.intern(view_of(name.encode()))
            self.last_symbol = symbol
        return self.last_code

    @cython.binding(False)
    def on_tick(self, int64_t ts_ns, double price, double qty, int side, symbol=0) -> Decision:
        """Feed one trade and return the decision after it.

        ts_ns: int, ns UTC. price: quote currency, > 0. qty: base units, >= 0. side: +1 buyer took,
        -1 seller took, 0 unknown. symbol: str or int (k and "k" are the same symbol).
        Raises LateTickError for a late tick when on_late is "error"; never for bad values, which
        are counted and come back with status 3. Spec: A-01, H-02.
        """
        cdef cpp.Trade trade
        cdef const double* row
        trade.ts_ns, trade.price, trade.qty = ts_ns, price, qty
        trade.side = <int8_t> (side if -1 <= side <= 1 else 2)
        self.enter()
        try:
            status = <int> self.engine.on_trade(self.code(symbol), trade, cpp.kNoId, &row)
            if status == 1 and self.late_is_error:
                raise LateTickError(f"a tick of {symbol!r} at {ts_ns} is older than the last "
                                    "accepted; on_late='drop' counts it instead")
            return decide(self.outputs, row, status)
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

    def intern(self, names) -> np.ndarray:
        """Dense uint32 codes of symbol names, in the order given; new names get the next code."""
        codes = np.empty(len(names), dtype=np.uint32)
        self.enter()
        try:
            for i, name in enumerate(names):
                codes[i] = self.engine.intern(view_of(name.encode()))
            return codes
        finally:
            self.turn.give()

    def _run(self, const int64_t[::1] ts_ns, const double[::1] price, const double[::1] qty,
             const int8_t[::1] side, const uint32_t[::1] symbol, const int64_t[::1] id,
             size_t workers):
        """Arrays in, (columns, status, rows done) out; the GIL is released."""
        cdef Py_ssize_t n = ts_ns.shape[0], done
        cdef vector[cpp.OutputColumn] columns
        cdef uint8_t[::1] state
        cdef cpp.TradeColumns trades
        status = np.zeros(n, dtype=np.uint8)
        arrays = new_columns(n, self.outputs.flags)
        if n == 0:
            return arrays, status, 0
        fill_columns(columns, arrays)
        state = status
        trades.ts_ns, trades.price, trades.qty = &ts_ns[0], &price[0], &qty[0]
        trades.side, trades.size = &side[0], n
        trades.symbol = NULL
        trades.id = NULL
        if symbol is not None:
            trades.symbol = &symbol[0]
        if id is not None:
            trades.id = &id[0]
        self.enter()
        try:
            with nogil:
                done = <Py_ssize_t> self.engine.run(
                    trades, cpp.ColumnSpan(columns.data(), columns.size()), &state[0],
                    workers)
        finally:
            self.turn.give()
        return arrays, status, done

    def _queue_leader(self, const int64_t[::1] ts_ns, const double[::1] price, symbol=None):
        self.enter()
        try:
            code = SHARED if symbol is None else self.code(symbol)
            if ts_ns.shape[0] > 0:
                self.engine.queue_leader(cpp.TimeSpan(&ts_ns[0], ts_ns.shape[0]),
                                         cpp.RealSpan(&price[0], price.shape[0]), code)
        finally:
            self.turn.give()

    def reset(self) -> None:
        """Back to the state of a new engine; symbols keep their codes."""
        self.enter()
        self.engine.reset()
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
        finally:
            self.turn.give()

    cdef list names(self):
        cdef size_t i
        names = &self.engine.symbols()
        return [deref(names)[i].decode() for i in range(names.size())]

    @property
    def symbols(self) -> list:
        """Symbol names by code."""
        self.enter()
        try:
            return self.names()
        finally:
            self.turn.give()

    @property
    def symbol_count(self) -> int:
        """Symbols known."""
        self.enter()
        try:
            return self.engine.symbols().size()
        finally:
            self.turn.give()

    @property
    def leader_waiting(self) -> int:
        """Queued leader ticks that no trade has passed yet."""
        self.enter()
        try:
            return self.engine.leader_waiting()
        finally:
            self.turn.give()

    @property
    def counters(self) -> dict:
        """Per symbol: in = processed + duplicate + late + rejected + dropped + held; of the
        duplicates duplicate_conflict came with another price or quantity; reasons of rejects."""
        self.enter()
        try:
            return {name: counters_of(&self.engine.counters(i))
                    for i, name in enumerate(self.names())}
        finally:
            self.turn.give()

    @property
    def leader_counters(self) -> dict:
        """The same for the shared leader; queued ticks are `held`."""
        self.enter()
        try:
            return counters_of(&self.engine.leader_counters())
        finally:
            self.turn.give()

    @property
    def progress(self) -> dict:
        """Per symbol: (accepted trades, ts_ns of the last one or None)."""
        self.enter()
        try:
            return {name: (self.engine.count(i),
                           self.engine.last_ts_ns(i) if self.engine.count(i) else None)
                    for i, name in enumerate(self.names())}
        finally:
            self.turn.give()

    def _health(self, symbol) -> dict:
        """Kernel -> (ticks with full windows, ticks with eps above 1 % of sigma)."""
        cdef vector[cpp.KernelHealth] rows
        self.enter()
        try:
            rows = self.engine.health(self.code(symbol))
        finally:
            self.turn.give()
        return {text_of(rows[i].kernel): (rows[i].health.ticks, rows[i].health.dominated)
                for i in range(rows.size())}

    def _warmup(self) -> dict:
        outputs = &self.engine.outputs()
        return {text_of(deref(outputs)[i].name): deref(outputs)[i].warmup
                for i in range(outputs.size())}

    def state(self) -> bytes:
        """The whole state, uncompressed: kernels, counters, symbol table, leader."""
        self.enter()
        try:
            return self.engine.save()
        finally:
            self.turn.give()

    def _load(self, bytes state):
        self.enter()
        try:
            self.engine.load(view_of(state))
            self.last_symbol = None
        finally:
            self.turn.give()

    def _clone_from(self, EngineCore other):
        other.enter()
        try:
            self.engine = new cpp.Engine(deref(other.engine))
        finally:
            other.turn.give()
        self.outputs = other.outputs
        self.late_is_error = other.late_is_error


cdef dict counters_of(const cpp.Counters* c):
    return {
        "in": c.arrived, "processed": c.processed, "duplicate": c.duplicate,
        "duplicate_conflict": c.conflicts, "late": c.late,
        "rejected": c.rejected, "dropped": c.dropped, "held": c.held,
        "reasons": {name: c.reasons[i] for i, name in enumerate(REJECT_REASONS) if c.reasons[i]},
    }
