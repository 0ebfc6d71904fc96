"""Rolling primitives for Python: one class over the type-erased C++ one.

`tickeng.rolling` derives the public classes from it. Trap: whatever touches the C++ object first
asks whether it is there and idle: run() works without the GIL.
"""

import zlib

import numpy as np

cimport cython
from cython.operator cimport dereference as deref
from libc.stdint cimport uint64_t
from libcpp.string cimport string
from libcpp.string_view cimport string_view

from tickeng cimport _rolling as cpp

from tickeng.errors import DataError, TickengError


cdef class RollingCore:
    """What all rolling primitives do; `tickeng.rolling` adds what each is made from."""

    cdef cpp.Rolling* made
    cdef bint idle

    def __cinit__(self, *args, **kwargs):
        self.made = NULL
        self.idle = False

    def __dealloc__(self):
        del self.made

    cdef cpp.Rolling* enter(self) except NULL:
        if not self.idle:
            raise TickengError("not constructed" if self.made == NULL else
                               "a rolling primitive serves one thread at a time; copy() it")
        return self.made

    cdef int take(self, cpp.Rolling* made) except -1:
        if self.made != NULL:
            if not self.idle:
                del made
                self.enter()
            del self.made
        self.made = made
        self.idle = True
        return 0

    def _build(self, int kind, uint64_t window=1, uint64_t min_count=0, uint64_t ddof=0,
               double p=0.5, double eps=1e-8, bint relative=False, double alpha=1.0,
               bint corrected=True):
        cdef cpp.Recipe recipe = cpp.recipe_of(kind)
        recipe.window, recipe.min_count, recipe.ddof = window, min_count, ddof
        recipe.p, recipe.eps, recipe.alpha = p, eps, alpha
        recipe.relative, recipe.corrected = relative, corrected
        self.take(cpp.make(recipe).release())

    def _load(self, bytes state):
        cdef string_view body
        if len(state) < 4 or zlib.crc32(state[:-4]).to_bytes(4, "little") != state[-4:]:
            raise DataError("not the state of a rolling primitive, or a damaged one")
        body = string_view(<const char*> state, len(state) - 4)
        self.take(cpp.load(body).release())

    def _clone_from(self, RollingCore other):
        self.take(other.enter().copy().release())

    @cython.binding(False)
    def update(self, double x, /) -> float:
        """Add one value and return the answer for the window that ends with it.

        x: float, any unit; the answer is in the same unit (squared for a variance, none for a
        z-score). NaN while fewer than `min_count` values have come, and when x is not finite: such
        a value is counted in `skipped` and leaves the window as it is. Allocates nothing but the
        float. Raises TickengError while another thread is in run().
        """
        if not self.idle:
            self.enter()
        return self.made.update(x)

    def _run(self, const double[::1] x, double[::1] y):
        """As update() for each value, into y, which may not overlap x."""
        cdef cpp.Rolling* made = self.enter()
        cdef Py_ssize_t n = x.shape[0]
        if y.shape[0] != n:
            raise DataError(f"{n} values, and room for {y.shape[0]} answers")
        if n == 0:
            return
        self.idle = False
        try:
            with nogil:
                made.run(&x[0], <size_t> n, &y[0])
        finally:
            self.idle = True

    def reset(self) -> None:
        """Back to the state of a new object, counts included."""
        self.enter().reset()

    def state(self) -> bytes:
        """Everything as bytes, for `tickeng.rolling.restore`; little-endian, versioned, with a
        checksum. Restored on any machine, it continues with the same bits. Spec: B-30."""
        cdef bytes body = self.enter().save()
        return body + zlib.crc32(body).to_bytes(4, "little")

    @property
    def count(self) -> int:
        """Values that the next answer can still see: at most the window; for exponential weights
        all that have come."""
        cdef cpp.Rolling* made = self.enter()
        return min(made.accepted(), made.recipe().window) if self._kind < 8 else made.accepted()

    @property
    def accepted(self) -> int:
        """Values taken in since the start or reset()."""
        return self.enter().accepted()

    @property
    def skipped(self) -> int:
        """Values that were not finite, since the start or reset()."""
        return self.enter().skipped()

    @property
    def warm(self) -> bool:
        """Whether `min_count` values have come."""
        return self.enter().warm()

    @property
    def min_count(self) -> int:
        """Values before the first answer that is a number."""
        return self.enter().recipe().min_count

    @property
    def _kind(self) -> int:
        return cpp.kind_of(deref(self.enter()))

    @property
    def _recipe(self) -> dict:
        cdef const cpp.Recipe* r = &self.enter().recipe()
        return {"window": r.window, "min_count": r.min_count, "ddof": r.ddof, "p": r.p,
                "eps": r.eps, "relative": bool(r.relative), "alpha": r.alpha,
                "corrected": bool(r.corrected)}
