"""A cut through the feed of a parallel engine, for Python."""


cdef class SnapshotCore:
    """A cut through the feed; see ParallelEngine.snapshot."""

    cdef shared_ptr[cpp.Snapshot] snapshot
    cdef ParallelCore engine

    cdef cpp.Snapshot* made(self) except NULL:
        if self.snapshot.get() == NULL:
            raise TickengError("this Snapshot is of no engine; ParallelEngine.snapshot() makes one")
        return self.snapshot.get()

    @property
    def ready(self) -> bool:
        """Whether every worker has reached the snapshot. Any thread may ask."""
        return self.made().ready()

    def state(self) -> bytes:
        """The state at the snapshot, as Engine.state() gives it. While it is not ready, for the
        submitting thread only, which waits."""
        cdef cbool there = self.made().ready()
        if not there:
            self.engine.enter()
            try:
                while not there:
                    with nogil:
                        there = self.engine.engine.wait_snapshot(deref(self.snapshot),
                                                                 PATIENCE)
                    PyErr_CheckSignals()
            finally:
                self.engine.turn.give()
        return self.snapshot.get().state()
