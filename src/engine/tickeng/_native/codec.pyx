# cython: language_level=3
"""Text rows and blocks of the tick file, formatted and decoded in C++ with the GIL released."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libcpp cimport bool as cbool
from libcpp.string cimport string
from libcpp.utility cimport move
from libcpp.vector cimport vector

import numpy as np
cimport numpy as cnp

from tickeng.errors import DataError

cnp.import_array()

cdef extern from *:
    """
    #include <cstring>
    #include <exception>
    #include <new>
    #include "tickeng/base/error.hpp"
    static void* tickeng_data_error = nullptr;
    static void tickeng_translate() {
      try { throw; }
      catch (const tickeng::DataError& e) {
        PyObject* said = PyUnicode_DecodeUTF8(e.what(), std::strlen(e.what()), "backslashreplace");
        if (said != nullptr) PyErr_SetObject(static_cast<PyObject*>(tickeng_data_error), said);
        Py_XDECREF(said);
      }
      catch (const std::bad_alloc&) { PyErr_NoMemory(); }
      catch (const std::exception& e) { PyErr_SetString(PyExc_RuntimeError, e.what()); }
    }
    """
    void tickeng_translate()
    void* tickeng_data_error

tickeng_data_error = <void*> DataError

cdef extern from "tickeng/io/text_writer.hpp" namespace "tickeng::io" nogil:
    cdef enum class TextFormat(uint8_t):
        kCsv
        kJsonl

    cdef enum class CellKind(uint8_t):
        kF64
        kI64
        kI8
        kU8
        kText

    cdef cppclass TextColumn:
        CellKind kind
        const void* data
        vector[string] table

    cdef cppclass CppTextWriter "tickeng::io::TextWriter":
        CppTextWriter(TextFormat, vector[string]) except +tickeng_translate
        string header() except +tickeng_translate
        string rows(vector[TextColumn], size_t) except +tickeng_translate

cdef extern from *:
    """
    #include "tickeng/io/block_codec.hpp"
    """
    cdef cppclass Bytes "std::span<const std::uint8_t>":
        Bytes() nogil
        Bytes(const uint8_t*, size_t) nogil

    cdef cppclass ArraysIn "std::span<const void* const>":
        ArraysIn(const void**, size_t) nogil

    cdef cppclass ArraysOut "std::span<void* const>":
        ArraysOut(void**, size_t) nogil

    cdef cppclass Rules "std::span<const tickeng::io::ColumnRule>":
        size_t size() nogil
        const ColumnRule& operator[](size_t) nogil

cdef extern from "tickeng/io/block_codec.hpp" namespace "tickeng::io" nogil:
    cdef enum class ColumnId(uint16_t):
        pass

    cdef enum class ValueType(uint8_t):
        kInt64
        kFloat64
        kInt8
        kUint8
        kUint32

    cdef cppclass EventKind "tickeng::EventKind":
        pass

    cdef cppclass ColumnRule:
        ColumnId id
        const char* name
        ValueType type
        cbool optional, per_level

    cdef cppclass BlockInfo:
        EventKind kind
        uint32_t rows, levels
        uint64_t first_row
        cbool more
        vector[string] names
        vector[ColumnId] columns

    Rules columns_of(EventKind)
    const ColumnRule* column_rule(EventKind, ColumnId)
    size_t values_of(const BlockInfo&, const ColumnRule&)
    string cpp_encode_block "tickeng::io::encode_block"(
        const BlockInfo&, ArraysIn) except +tickeng_translate
    BlockInfo cpp_inspect_block "tickeng::io::inspect_block"(Bytes) except +tickeng_translate
    void cpp_decode_block "tickeng::io::decode_block"(Bytes, ArraysOut) except +tickeng_translate


cdef dict VALUE_TYPES = {ValueType.kInt64: np.dtype(np.int64), ValueType.kInt8: np.dtype(np.int8),
                         ValueType.kFloat64: np.dtype(np.float64),
                         ValueType.kUint8: np.dtype(np.uint8),
                         ValueType.kUint32: np.dtype(np.uint32)}
cdef dict CELL_KINDS = {"d": CellKind.kF64, "q": CellKind.kI64, "l": CellKind.kI64,
                        "b": CellKind.kI8, "B": CellKind.kU8, "?": CellKind.kU8}


cdef inline string utf8(str text):
    return text.encode("utf-8", "backslashreplace")


cdef extern from "tickeng/io/formula_text.hpp" namespace "tickeng::io" nogil:
    string cpp_with_guard "tickeng::io::with_guard"(string) except +tickeng_translate


def with_guard(str text) -> str:
    """The text as the content of a CSV cell that no spreadsheet runs: a formula gets an apostrophe
    before it."""
    return (<bytes> cpp_with_guard(utf8(text))).decode()


cdef class TextFormatter:
    """CSV or JSONL rows of fixed columns; `names` are the columns in order."""

    cdef CppTextWriter* writer
    cdef Py_ssize_t width

    def __cinit__(self, str form, list names):
        cdef vector[string] keys
        for name in names:
            keys.push_back(utf8(name))
        self.width = len(names)
        self.writer = new CppTextWriter(
            TextFormat.kCsv if form == "csv" else TextFormat.kJsonl, keys)

    def __dealloc__(self):
        del self.writer

    def header(self) -> bytes:
        """The header line; empty for JSONL."""
        return self.writer.header()

    def rows(self, list columns) -> bytes:
        """Text of all rows.

        Each column is a contiguous array of float64, int64, int8 or uint8, or a pair (uint32 codes,
        list of names). DataError when a code is outside its names.
        """
        cdef vector[TextColumn] cells
        cdef TextColumn cell
        cdef size_t rows = 0
        cdef string text
        if len(columns) != self.width:
            raise ValueError(f"{len(columns)} columns, and names for {self.width}")
        for i, column in enumerate(columns):
            array, names = column if isinstance(column, tuple) else (column, None)
            if i and <size_t> len(array) != rows:
                raise ValueError("columns differ in length")
            rows = len(array)
            cell.table.clear()
            if names is None:
                cell.kind = CELL_KINDS[array.dtype.char]
            else:
                cell.kind = CellKind.kText
                for name in names:
                    cell.table.push_back(utf8(name))
            cell.data = array_data(array, np.uint32 if names is not None else array.dtype)
            cells.push_back(cell)
        with nogil:
            text = self.writer.rows(move(cells), rows)
        return PyBytes_FromStringAndSize(text.data(), text.size())


cdef const void* array_data(object array, object dtype) except? NULL:
    if array.dtype != dtype or array.ndim != 1 or not array.flags.c_contiguous:
        raise TypeError(f"column must be a contiguous one-dimensional {np.dtype(dtype)} array")
    return cnp.PyArray_DATA(array)


def block_columns(uint8_t kind) -> list:
    """(name, dtype, optional, per level) of each column that a block of the kind may have, in the
    order of the block; empty for a kind that blocks do not hold."""
    cdef Rules rules = columns_of(<EventKind> kind)
    cdef size_t i
    return [(rules[i].name.decode(), VALUE_TYPES[rules[i].type], <bint> rules[i].optional,
             <bint> rules[i].per_level) for i in range(rules.size())]


def encode_block(uint8_t kind, dict columns, uint64_t first_row, list names, uint32_t levels=0,
                 cbool more=False) -> bytes:
    """One block of the tick file.

    `columns` holds contiguous arrays by the names and types of `block_columns`, one value a row or
    a level. `levels` are those on a side of each row of a book snapshot, or those of all messages
    of a block of book deltas. `names` are the symbols new here, `more` says that the next block
    belongs to the same span. DataError when they do not fit.
    """
    cdef BlockInfo info
    cdef vector[const void*] data
    cdef Rules rules = columns_of(<EventKind> kind)
    cdef string block
    cdef size_t i
    info.kind = <EventKind> kind
    info.rows = len(columns["ts_ns"])
    info.levels = levels
    info.first_row = first_row
    info.more = more
    for name in names:
        info.names.push_back(utf8(name))
    found = 0
    for i in range(rules.size()):
        array = columns.get(rules[i].name.decode())
        if array is None:
            continue
        if <size_t> array.size != values_of(info, rules[i]):
            raise ValueError("columns differ in length")
        data.push_back(array_data(array, VALUE_TYPES[rules[i].type]))
        info.columns.push_back(rules[i].id)
        found += 1
    if found != len(columns):
        raise ValueError("a column that the kind does not have")
    with nogil:
        block = cpp_encode_block(info, ArraysIn(data.data(), data.size()))
    return PyBytes_FromStringAndSize(block.data(), block.size())


def inspect_block(const uint8_t[::1] block) -> tuple:
    """(kind, rows, first row, names of new symbols, whether the next block belongs to the same
    span) of a block; DataError when it is not one."""
    cdef BlockInfo info = cpp_inspect_block(bytes_of(block))
    names = [(<bytes> name).decode("utf-8", "replace") for name in info.names]
    return <uint8_t> info.kind, info.rows, info.first_row, names, info.more


def decode_block(const uint8_t[::1] block) -> dict:
    """The columns of a block by name; absent ones are missing. DataError when it is damaged."""
    cdef BlockInfo info = cpp_inspect_block(bytes_of(block))
    cdef vector[void*] data
    cdef ColumnId id
    cdef const ColumnRule* rule
    columns = {}
    for id in info.columns:
        rule = column_rule(info.kind, id)
        array = np.empty(values_of(info, rule[0]), VALUE_TYPES[rule.type])
        data.push_back(cnp.PyArray_DATA(array))
        columns[rule.name.decode()] = array
    with nogil:
        cpp_decode_block(bytes_of(block), ArraysOut(data.data(), data.size()))
    return columns


cdef Bytes bytes_of(const uint8_t[::1] block) noexcept nogil:
    if block.shape[0] == 0:
        return Bytes()
    return Bytes(&block[0], <size_t> block.shape[0])
