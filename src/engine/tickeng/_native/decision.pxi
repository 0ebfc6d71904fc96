"""Names of a pipeline's outputs, and what a tick decides."""

from cpython.mem cimport PyObject_Free, PyObject_Malloc

REASONS = ("not_warm", "liquidity", "leader", "feed", "halted")  # by bit of `reason`


cdef class Schema:
    """Output names of a pipeline and their slots in a row."""

    cdef readonly tuple names
    cdef readonly tuple flags
    cdef frozenset flag_names
    cdef dict slot
    cdef Py_ssize_t width
    cdef int alpha, signal, size, gate, reason, ready, k1, k2, k3, k4, hurst, efficiency

    cdef int at(self, str name):
        return self.slot.get(name, -1)

    @staticmethod
    cdef Schema of(const vector[cpp.PipelineOutput]* outputs, cpp.Clock clock):
        """As rows of a clock show them."""
        cdef Schema s = Schema.__new__(Schema)
        cdef Py_ssize_t i, n = <Py_ssize_t> outputs.size()
        s.names = tuple(text_of(deref(outputs)[i].name) for i in range(n))
        s.flags = tuple(bool(deref(outputs)[i].flag) for i in range(n))
        s.slot = {s.names[i]: deref(outputs)[i].slot_at(clock) for i in range(n)}
        s.flag_names = frozenset(s.names[i] for i in range(n) if s.flags[i])
        s.width = max(s.slot.values(), default=-1) + 1
        s.alpha, s.signal, s.size = s.at("alpha"), s.at("signal"), s.at("size")
        s.gate, s.reason, s.ready = s.at("gate"), s.at("reason"), s.at("ready")
        s.k1, s.k2, s.k3, s.k4 = s.at("k1"), s.at("k2"), s.at("k3"), s.at("k4")
        s.hurst, s.efficiency = s.at("hurst"), s.at("efficiency")
        return s


DEF SMALL = 16


@cython.freelist(64)
@cython.no_gc  # a schema refers to no decision
@cython.final
cdef class Decision:
    """What the engine says after one tick: one attribute per output, `status`, and which tick.

    Numbers are floats (NaN before warm-up), `gate`, `ready`, `reason` and `status` are ints. A
    late, duplicate or rejected tick decides nothing: NaN, gate 0, alpha 0.0 and its own status;
    `engine.decision(symbol)` has the last one that was accepted.
    """

    cdef Schema schema
    cdef str name
    cdef double small[SMALL]
    cdef double* values
    cdef int64_t time_ns
    cdef uint64_t nth
    cdef readonly int status

    def __dealloc__(self):
        if self.values != self.small:
            PyObject_Free(self.values)

    cdef Schema made(self):
        if self.schema is None:
            raise TickengError("this Decision was never made by an engine; on_tick makes them")
        return self.schema

    cdef double get(self, int slot) except? -1.0:
        if slot < 0:
            raise AttributeError("this pipeline has no such output")
        return self.values[slot]

    @property
    def ts_ns(self) -> int | None:
        """Time of the tick, ns UTC; None where the symbol has had none."""
        return self.time_ns if self.time_ns != cpp.kNoTime else None

    @property
    def symbol(self) -> str:
        """Name of the symbol."""
        return self.name

    @property
    def seq(self) -> int | None:
        """Number of the tick among all that the engine was fed, from 0, whatever became of them;
        None for a decision that was looked up."""
        return self.nth - 1 if self.nth > 0 else None

    @property
    def accepted(self) -> bool:
        """Whether the tick was: only then there is something to act on."""
        return self.status == 0 and self.time_ns != cpp.kNoTime

    @property
    def reasons(self) -> tuple:
        """What shuts the gate, by name: not_warm, liquidity, leader, feed, halted."""
        cdef int bits = self.reason
        return tuple([name for bit, name in enumerate(REASONS) if bits >> bit & 1])

    @property
    def alpha(self) -> float:
        return self.get(self.made().alpha)

    @property
    def signal(self) -> float:
        return self.get(self.made().signal)

    @property
    def size(self) -> float:
        return self.get(self.made().size)

    @property
    def gate(self) -> int:
        return <int> self.get(self.made().gate)

    @property
    def ready(self) -> int:
        return <int> self.get(self.made().ready)

    @property
    def reason(self) -> int:
        return <int> self.get(self.made().reason)

    @property
    def k1(self) -> float:
        return self.get(self.made().k1)

    @property
    def k2(self) -> float:
        return self.get(self.made().k2)

    @property
    def k3(self) -> float:
        return self.get(self.made().k3)

    @property
    def k4(self) -> float:
        return self.get(self.made().k4)

    @property
    def hurst(self) -> float:
        return self.get(self.made().hurst)

    @property
    def efficiency(self) -> float:
        return self.get(self.made().efficiency)

    def __getattr__(self, str name):
        cdef int slot = self.made().at(name)
        if slot < 0:
            raise AttributeError(f"no output {name!r}; there are {', '.join(self.schema.names)}")
        value = self.values[slot]
        return int(value) if name in self.schema.flag_names else value

    def to_dict(self) -> dict:
        """All outputs and the status by name."""
        values = {name: getattr(self, name) for name in self.made().names}
        values["status"] = self.status
        return values

    def __repr__(self) -> str:
        inner = ", ".join(f"{k}={v!r}" for k, v in self.to_dict().items())
        return f"Decision({inner})"


cdef inline Decision decide(Schema schema, const double* row, int status, int64_t ts_ns,
                            uint64_t nth, str name):
    """nth: of the tick, from 1; 0: not known."""
    cdef Decision d = Decision.__new__(Decision)
    d.values = d.small
    if schema.width > SMALL:
        # Not malloc: Python keeps pieces of this size at hand.
        d.values = <double*> PyObject_Malloc(schema.width * sizeof(double))
        if d.values == NULL:
            raise MemoryError
    d.schema = schema
    d.name = name
    d.status = status
    d.time_ns = ts_ns
    d.nth = nth
    if schema.width:  # of no outputs there is no row
        memcpy(d.values, row, schema.width * sizeof(double))
    return d
