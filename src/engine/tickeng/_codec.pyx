# cython: language_level=3
"""Text rows and blocks of the tick file, formatted and decoded in C++ with the GIL released."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t
from libcpp.string cimport string
from libcpp.utility cimport move
from libcpp.vector cimport vector

import numpy as np
cimport numpy as cnp

from tickeng.errors import DataError

cnp.import_array()

cdef extern from *:
    """
    #include <exception>
    #include <new>
    #include "tickeng/base/error.hpp"
    static void* tickeng_data_error = nullptr;
    static void tickeng_translate() {
      try { throw; }
      catch (const tickeng::DataError& e) { PyErr_SetString(static_cast<PyObject*>(tickeng_data_error), e.what()); }
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


cdef dict CELL_KINDS = {"d": CellKind.kF64, "q": CellKind.kI64, "l": CellKind.kI64,
                        "b": CellKind.kI8, "B": CellKind.kU8, "?": CellKind.kU8}


cdef inline string utf8(str text):
    return text.encode("utf-8", "backslashreplace")


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
