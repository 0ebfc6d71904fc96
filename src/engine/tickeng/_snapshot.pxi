"""A cut through the feed of a parallel engine, for Python."""


<<<<<<< Updated upstream
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
=======
cdef class MarkCore:
    """A cut through the feed; see ParallelEngine.mark."""

    cdef shared_ptr[cpp.Mark] mark
    cdef ParallelCore engine

    cdef cpp.Mark* made(self) except NULL:
        if self.mark.get() == NULL:
            raise TickengError("this Mark is of no engine; ParallelEngine.mark() makes one")
        return self.mark.get()

    @property
    def ready(self) -> bool:
        """Whether every worker has reached the mark. Any thread may ask."""
        return self.made().ready()

    def state(self) -> bytes:
        """The state at the mark, as Engine.state() gives it. While the mark is not ready, for the
>>>>>>> Stashed changes
        submitting thread only, which waits."""
        cdef cbool there = self.made().ready()
        if not there:
            self.engine.enter()
            try:
                while not there:
                    with nogil:
<<<<<<< Updated upstream
                        there = self.engine.engine.wait_snapshot(deref(self.snapshot),
                                                                 PATIENCE)
                    PyErr_CheckSignals()
            finally:
                self.engine.turn.give()
        return self.snapshot.get().state()
=======
                        there = self.engine.engine.wait_mark(deref(self.mark), PATIENCE)
                    PyErr_CheckSignals()
            finally:
                self.engine.turn.give()
        return self.mark.get().state()
>>>>>>> Stashed changes
