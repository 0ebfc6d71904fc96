# The first rows of plain delimited text by column: see files/sources/lines.py.

from libcpp.string_view cimport string_view


cdef class _SampleText:
    """The columns, and the bytes that their cells are views of."""

    cdef bytes text
    cdef SampleColumns columns


cdef class TextColumn:
    """One column of ASCII text; its cells are trimmed."""

    cdef _SampleText rows
    cdef size_t index

    def __len__(self):
        return self.rows.columns.rows() if self.rows is not None else 0

    def texts(self, size_t count=-1):
        """The first `count` cells, "" where there is none; all by default."""
        cdef size_t i
        return [view_text(self.rows.columns.cell(i, self.index))
                for i in range(min(count, <size_t> len(self)))]

    def filled(self, size_t count):
        """The first `count` cells that are not empty."""
        cdef size_t i
        cdef list found = []
        for i in range(<size_t> len(self)):
            if <size_t> len(found) == count:
                break
            if not self.rows.columns.cell(i, self.index).empty():
                found.append(view_text(self.rows.columns.cell(i, self.index)))
        return found

    def values(self):
        """The different cells, by first appearance."""
        if not len(self):
            return []
        cdef vector[string_view] found = self.rows.columns.values(self.index)
        cdef size_t i
        return [view_text(found[i]) for i in range(found.size())]

    def numbers(self):
        """The cells as numbers, NaN where there is none; None where a cell may be one to Python."""
        cdef double[::1] out = np.empty(len(self), np.float64)
        if not len(self) or self.rows.columns.numbers(self.index, &out[0]):
            return out.base
        return None

    def integers(self):
        """Whether all cells are integers of 64 bits."""
        return not len(self) or self.rows.columns.integers(self.index)

    def times(self, TimeField field not None):
        """What ``TimeField.parse_many`` gives for the cells."""
        cdef size_t i
        cdef size_t size = len(self)
        cdef int64_t[::1] out = np.zeros(size, np.int64)
        cdef uint8_t[::1] bad = np.zeros(size, np.uint8)
        cdef uint8_t[::1] hints = np.zeros(size, np.uint8)
        cdef Hint hint
        cdef string_view cell
        for i in range(size):
            cell = self.rows.columns.cell(i, self.index)
            hint = kNone
            if not field.text.parse(cell.data(), cell.data() + cell.size(), out[i], hint):
                out[i], bad[i], hints[i] = 0, 1, <uint8_t>hint
        return out.base, bad.base.view(np.bool_), hints.base


cdef str view_text(string_view view):
    return view.data()[:view.size()].decode("ascii")


def text_columns(bytes head, size_t begin, size_t rest, size_t lines, cbool whole, str delimiter,
                 size_t width):
    """The columns of the lines of `head` from `begin` on, `lines` at most behind `rest`.

    None where a line has another number of fields than `width`. The head is ASCII without quotes;
    what stands behind its last line end is a line only where it is `whole`.
    """
    cdef const char* data = head
    cdef _SampleText rows = _SampleText()
    cdef TextColumn column
    rows.text = head
    rows.columns = SampleColumns(<char>ord(delimiter), width)
    cdef size_t size = len(head)
    if not rows.columns.add(string_view(data + begin, rest - begin), size, True):
        return None
    if not rows.columns.add(string_view(data + rest, size - rest), lines, whole):
        return None
    found = []
    for index in range(width):
        column = TextColumn()
        column.rows, column.index = rows, index
        found.append(column)
    return found
