# Single fields of text: what a LineParser does with a row's, for columns of tables.

from libc.stdint cimport uint64_t


cdef class TimeField:
    """The parser of one time column, for values that come one by one; its unit becomes fixed."""

    cdef TimeText text

    def __init__(self, clock):
        self.text = time_text(clock)

    def parse(self, bytes value):
        """(ts_ns or None, hint)."""
        cdef int64_t out = 0
        cdef Hint hint = kNone
        cdef const char* data = value
        parsed = self.text.parse(data, data + len(value), out, hint)
        return out if parsed else None, HINTS[<uint8_t>hint]

    def parse_many(self, values):
        """A list of bytes: (ts_ns as int64, mask of the bad ones, index into HINTS each)."""
        cdef Py_ssize_t i
        cdef Py_ssize_t size = len(values)
        cdef int64_t[::1] out = np.zeros(size, np.int64)
        cdef uint8_t[::1] bad = np.zeros(size, np.uint8)
        cdef uint8_t[::1] hints = np.zeros(size, np.uint8)
        cdef Hint hint
        cdef const char* data
        for i in range(size):
            value = <bytes?>values[i]
            data = value
            hint = kNone
            if not self.text.parse(data, data + len(value), out[i], hint):
                out[i], bad[i], hints[i] = 0, 1, <uint8_t>hint
        return out.base, bad.base.view(np.bool_), hints.base

    def copy(self):
        """A copy that continues from here by itself."""
        cdef TimeField twin = TimeField.__new__(TimeField)
        twin.text = self.text
        return twin

    @property
    def unit(self):
        """Its unit, "auto" while no value has fixed it."""
        return UNITS[<uint8_t>self.text.unit()]


cdef class SideField:
    """The parser of one column of sides, for values that come one by one."""

    cdef WordRule words

    def __init__(self, rule):
        self.words = word_rule(rule.words, rule.exact, rule.other)

    def parse(self, bytes value):
        """+1, -1 or 0; None for a text that contradicts the rule."""
        cdef int8_t side = 0
        cdef const char* data = value
        return side if self.words.parse(data, data + len(value), side) else None


def id_hash(bytes text):
    """The 64-bit number that stands for a text id; blanks around it do not count."""
    return c_id_hash(text)


cdef class LocalTimes:
    """Local times of one column to UTC, in row order over all calls; `zone` as in Clock.

    An hour that comes twice is the first one until the times step back by more than a minute.
    """

    cdef LocalZone to

    def __init__(self, zone):
        self.to = local_zone(zone)

    def to_utc(self, const int64_t[::1] local):
        """Nanoseconds: (ts_ns, mask of times that do not exist)."""
        cdef Py_ssize_t i
        cdef Py_ssize_t size = local.shape[0]
        cdef int64_t[::1] out = np.zeros(size, np.int64)
        cdef uint8_t[::1] bad = np.zeros(size, np.uint8)
        if not self.to.used():
            return np.array(local), bad.base.view(np.bool_)
        with nogil:
            for i in range(size):
                bad[i] = not self.to.to_utc(local[i], out[i])
        return out.base, bad.base.view(np.bool_)

    def copy(self):
        """A copy that continues from here by itself."""
        cdef LocalTimes twin = LocalTimes(())
        twin.to = self.to
        return twin


include "feed_steps.pxi"
include "sample_columns.pxi"
