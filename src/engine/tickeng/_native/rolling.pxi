"""Rolling primitives for Python: one class over the type-erased C++ one.

`tickeng.rolling` derives the public classes from it. Trap: whatever touches the C++ object takes
the turn first (run() works without the GIL); before construction it is taken.
"""

import zlib

import numpy as np

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from cython.operator cimport dereference as deref
from libc.stdint cimport uint64_t
from libcpp.string cimport string
from libcpp.string_view cimport string_view

from tickeng._native cimport rolling as cpp
from tickeng._native.turn cimport Turn

from tickeng.errors import DataError, TickengError

cdef Py_ssize_t STRETCH = 1 << 20  # values between two looks for a signal


cdef struct Facts:
    uint64_t accepted, skipped
    bint warm
    int kind
    cpp.Recipe recipe


cdef class RollingCore:
    """What all rolling primitives do; `tickeng.rolling` adds what each is made from."""

    cdef cpp.Rolling* made
    cdef Turn turn

    def __cinit__(self, *args, **kwargs):
        self.made = NULL
        self.turn.take()

    def __dealloc__(self):
        del self.made

    cdef cpp.Rolling* enter(self) except NULL:
        if not self.turn.take():
            raise TickengError("not constructed" if self.made == NULL else
                               "a rolling primitive serves one thread at a time; copy() it")
        return self.made

    cdef Facts facts(self) except *:
        cdef const cpp.Rolling* made = self.enter()
        cdef Facts f
        f.accepted, f.skipped, f.warm = made.accepted(), made.skipped(), made.warm()
        f.kind, f.recipe = cpp.kind_of(deref(made)), made.recipe()
        self.turn.give()
        return f

    cdef int place(self, cpp.Rolling* made) except -1:
        if self.made != NULL:
            try:
                self.enter()
            except TickengError:
                del made
                raise
            del self.made
        self.made = made
        self.turn.give()
        return 0

    def _build(self, int kind, uint64_t window=1, uint64_t min_count=0, uint64_t ddof=0,
               double p=0.5, double eps=1e-8, bint relative=False, double alpha=1.0,
               bint corrected=True):
        cdef cpp.Recipe recipe = cpp.recipe_of(kind)
        recipe.window, recipe.min_count, recipe.ddof = window, min_count, ddof
        recipe.p, recipe.eps, recipe.alpha = p, eps, alpha
        recipe.relative, recipe.corrected = relative, corrected
        self.place(cpp.make(recipe).release())

    def _load(self, bytes state):
        cdef string_view body
        if len(state) < 4 or zlib.crc32(state[:-4]).to_bytes(4, "little") != state[-4:]:
            raise DataError("not the state of a rolling primitive, or a damaged one")
        body = string_view(<const char*> state, len(state) - 4)
        self.place(cpp.load(body).release())

    def _clone_from(self, RollingCore other):
        cdef cpp.Rolling* made = other.enter()
        try:
            made = made.copy().release()
        finally:
            other.turn.give()
        self.place(made)

    @cython.binding(False)
    def update(self, double x, /) -> float:
        """Add one value and return the answer for the window that ends with it.

        x: float, any unit; the answer is in the same unit (squared for a variance, none for a
        z-score). NaN while fewer than `min_count` values have come, and when x is not finite: such
        a value is counted in `skipped` and leaves the window as it is. Allocates nothing but the
        float. Raises TickengError while another thread is inside a call.
        """
        cdef double y
        if not self.turn.take():
            self.enter()
        y = self.made.update(x)
        self.turn.give()
        return y

    def _run(self, const double[::1] x, double[::1] y):
        """As update() for each value, into y, which may not overlap x."""
        cdef cpp.Rolling* made
        cdef const double* values = NULL
        cdef double* answers = NULL
        cdef Py_ssize_t n = x.shape[0], done = 0, size
        if y.shape[0] != n:
            raise DataError(f"{n} values, and room for {y.shape[0]} answers")
        made = self.enter()
        try:
            if n > 0:
                values, answers = &x[0], &y[0]
            while done < n:
                size = min(n - done, STRETCH)
                with nogil:
                    made.run(values + done, <size_t> size, answers + done)
                done += size
                if done < n:
                    PyErr_CheckSignals()
        except KeyboardInterrupt as error:
            error.add_note(f"{done} of {n} values were taken in; the object can go on from there")
            raise
        finally:
            self.turn.give()

    def reset(self) -> None:
        """Back to the state of a new object, counts included."""
        self.enter().reset()
        self.turn.give()

    def state(self) -> bytes:
        """Everything as bytes, for `tickeng.rolling.restore`; little-endian, versioned, with a
        checksum. Restored on any machine, it continues with the same bits. Spec: B-30."""
        cdef cpp.Rolling* made = self.enter()
        cdef bytes body
        try:
            body = made.save()
        finally:
            self.turn.give()
        return body + zlib.crc32(body).to_bytes(4, "little")

    @property
    def count(self) -> int:
        """Values that the next answer can still see: at most the window; for exponential weights
        all that have come."""
        cdef Facts f = self.facts()
        return min(f.accepted, f.recipe.window) if f.kind < 8 else f.accepted

    @property
    def accepted(self) -> int:
        """Values taken in since the start or reset()."""
        return self.facts().accepted

    @property
    def skipped(self) -> int:
        """Values that were not finite, since the start or reset()."""
        return self.facts().skipped

    @property
    def warm(self) -> bool:
        """Whether `min_count` values have come."""
        return self.facts().warm

    @property
    def min_count(self) -> int:
        """Values before the first answer that is a number."""
        return self.facts().recipe.min_count

    @property
    def _kind(self) -> int:
        return self.facts().kind

    @property
    def _recipe(self) -> dict:
        cdef cpp.Recipe r = self.facts().recipe
        return {"window": r.window, "min_count": r.min_count, "ddof": r.ddof, "p": r.p,
                "eps": r.eps, "relative": bool(r.relative), "alpha": r.alpha,
                "corrected": bool(r.corrected)}
