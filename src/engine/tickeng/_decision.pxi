"""Names of a pipeline's outputs, and what a tick decides."""


cdef class Schema:
    """Output names of a pipeline and their places in a row."""

    cdef readonly tuple names
    cdef readonly tuple flags
    cdef dict place
    cdef Py_ssize_t width
    cdef int alpha, signal, size, gate, reason, ready, k1, k2, k3, k4, hurst, efficiency

    cdef int at(self, str name):
        return self.place.get(name, -1)

    @staticmethod
    cdef Schema of(const vector[cpp.PipelineOutput]* outputs):
        cdef Schema s = Schema.__new__(Schema)
        cdef Py_ssize_t i
        s.width = <Py_ssize_t> outputs.size()
        s.names = tuple(text_of(deref(outputs)[i].name) for i in range(s.width))
        s.flags = tuple(bool(deref(outputs)[i].flag) for i in range(s.width))
        s.place = {name: i for i, name in enumerate(s.names)}
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
    """What the engine says after one tick: one attribute per output, and `status`.

    Numbers are floats (NaN before warm-up), `gate`, `ready`, `reason` and `status` are ints.
    A late, duplicate or rejected tick returns the last decision with its own status.
    """

    cdef Schema schema
    cdef double small[SMALL]
    cdef double* values
    cdef readonly int status

    def __dealloc__(self):
        if self.values != NULL and self.values != self.small:
            free(self.values)

    cdef double get(self, int place) except? -1.0:
        if place < 0:
            raise AttributeError("this pipeline has no such output")
        return self.values[place]

    @property
    def alpha(self) -> float:
        return self.get(self.schema.alpha)

    @property
    def signal(self) -> float:
        return self.get(self.schema.signal)

    @property
    def size(self) -> float:
        return self.get(self.schema.size)

    @property
    def gate(self) -> int:
        return <int> self.get(self.schema.gate)

    @property
    def ready(self) -> int:
        return <int> self.get(self.schema.ready)

    @property
    def reason(self) -> int:
        return <int> self.get(self.schema.reason)

    @property
    def k1(self) -> float:
        return self.get(self.schema.k1)

    @property
    def k2(self) -> float:
        return self.get(self.schema.k2)

    @property
    def k3(self) -> float:
        return self.get(self.schema.k3)

    @property
    def k4(self) -> float:
        return self.get(self.schema.k4)

    @property
    def hurst(self) -> float:
        return self.get(self.schema.hurst)

    @property
    def efficiency(self) -> float:
        return self.get(self.schema.efficiency)

    def __getattr__(self, str name):
        cdef int place = self.schema.at(name)
        if place < 0:
            raise AttributeError(f"no output {name!r}; there are {', '.join(self.schema.names)}")
        value = self.values[place]
        return int(value) if self.schema.flags[place] else value

    def to_dict(self) -> dict:
        """All outputs and the status by name."""
        values = {name: getattr(self, name) for name in self.schema.names}
        values["status"] = self.status
        return values

    def __repr__(self) -> str:
        inner = ", ".join(f"{k}={v!r}" for k, v in self.to_dict().items())
        return f"Decision({inner})"


cdef inline Decision decide(Schema schema, const double* row, int status):
    cdef Decision d = Decision.__new__(Decision)
    d.schema = schema
    d.status = status
    d.values = d.small
    if schema.width > SMALL:
        d.values = <double*> malloc(schema.width * sizeof(double))
        if d.values == NULL:
            raise MemoryError
    memcpy(d.values, row, schema.width * sizeof(double))
    return d
