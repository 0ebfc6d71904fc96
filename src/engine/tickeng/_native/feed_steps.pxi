"""Steps of time and ids in a feed for Python; the rules are in tickeng/io/feed_steps.hpp."""


cdef class FeedSteps:
    """Counts over batches in the order of the file, by symbol code."""

    cdef unique_ptr[CFeedSteps] steps

    def __cinit__(self, uint64_t hole_ns, uint64_t jump_ns, size_t most):
        cdef FeedLimits limits
        limits.hole_ns, limits.jump_ns, limits.most = hole_ns, jump_ns, most
        self.steps.reset(new CFeedSteps(limits))

    def add(self, const int64_t[::1] ts_ns not None, const int64_t[::1] id,
            const uint32_t[::1] symbol, size_t symbols):
        """Count rows; `id` and `symbol` may be None, codes are below `symbols`. Raises DataError
        for columns of unequal length, IndexError for another code."""
        cdef size_t size = ts_ns.shape[0]
        cdef const int64_t* ids = NULL
        cdef const uint32_t* codes = NULL
        if (id is not None and <size_t> id.shape[0] != size) or (
                symbol is not None and <size_t> symbol.shape[0] != size):
            raise DataError("ts_ns, id and symbol must have one length")
        if size == 0:
            return
        if id is not None:
            ids = &id[0]
        if symbol is not None:
            codes = &symbol[0]
        with nogil:
            self.steps.get().add(&ts_ns[0], ids, codes, size, symbols)

    def __len__(self):
        """Codes there is room for."""
        return self.steps.get().size()

    def counts(self, size_t code):
        """The StepCounts of a code as a dict, with its longest steps as (length, end) in ns."""
        cdef StepCounts counts = self.steps.get().counts(code)
        cdef vector[LongStep] longest = self.steps.get().longest(code)
        cdef size_t i
        found = dict(counts)
        found["longest"] = [(longest[i].length_ns, longest[i].end_ns)
                            for i in range(longest.size())]
        return found

    @property
    def up(self):
        """Steps between neighbours in the file that rise."""
        return self.steps.get().up()

    @property
    def down(self):
        """Those that fall."""
        return self.steps.get().down()
