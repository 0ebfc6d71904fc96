# cython: language_level=3
"""Text rows and blocks of the tick file, formatted and decoded in C++ with the GIL released."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport int8_t, int64_t, uint8_t, uint32_t, uint64_t
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
    using TradesIn = tickeng::io::TradeColumns<tickeng::io::ConstSpan>;
    using TradesOut = tickeng::io::TradeColumns<tickeng::io::MutableSpan>;
    template <class T> std::span<const T> view(const void* data, size_t rows) {
      return {static_cast<const T*>(data), rows};
    }
    template <class T> std::span<T> room(void* data, size_t rows) {
      return {static_cast<T*>(data), rows};
    }
    """
    cdef cppclass Bytes "std::span<const std::uint8_t>":
        Bytes() nogil
        Bytes(const uint8_t*, size_t) nogil

    cdef cppclass Span "std::span" [T]:
        pass

    cdef cppclass ConstSpan "tickeng::io::ConstSpan" [T]:
        pass

    ConstSpan[T] view[T](const void*, size_t) nogil
    Span[T] room[T](void*, size_t) nogil

    cdef cppclass TradesIn:
        ConstSpan[int64_t] ts_ns, recv_ns, id
        ConstSpan[double] price, qty
        ConstSpan[int8_t] side
        ConstSpan[uint32_t] symbol

    cdef cppclass TradesOut:
        Span[int64_t] ts_ns, recv_ns, id
        Span[double] price, qty
        Span[int8_t] side
        Span[uint32_t] symbol

cdef extern from "tickeng/io/block_codec.hpp" namespace "tickeng::io" nogil:
    cdef cppclass BlockInfo:
        uint32_t rows
        uint64_t first_row
        cbool has_recv, has_symbol, has_id
        vector[string] names

    string cpp_encode_trades "tickeng::io::encode_trades"(
        TradesIn&, uint64_t, vector[string]&) except +tickeng_translate
    BlockInfo cpp_inspect_block "tickeng::io::inspect_block"(Bytes) except +tickeng_translate
    void cpp_decode_trades "tickeng::io::decode_trades"(Bytes, TradesOut&) except +tickeng_translate


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


def encode_trades(dict columns, uint64_t first_row, list names) -> bytes:
    """One trade block of the tick file.

    `columns` holds arrays of one length: ts_ns int64, price and qty float64, side int8 and, where
    the file has them, recv_ns and id int64, symbol uint32. `names` are the symbols new here.
    """
    cdef TradesIn trades
    cdef vector[string] new_names
    cdef string block
    cdef size_t rows = len(columns["ts_ns"])
    if any(len(array) != <Py_ssize_t> rows for array in columns.values()):
        raise ValueError("columns differ in length")
    for name in names:
        new_names.push_back(utf8(name))
    trades.ts_ns = view[int64_t](array_data(columns["ts_ns"], np.int64), rows)
    trades.price = view[double](array_data(columns["price"], np.float64), rows)
    trades.qty = view[double](array_data(columns["qty"], np.float64), rows)
    trades.side = view[int8_t](array_data(columns["side"], np.int8), rows)
    if "recv_ns" in columns:
        trades.recv_ns = view[int64_t](array_data(columns["recv_ns"], np.int64), rows)
    if "symbol" in columns:
        trades.symbol = view[uint32_t](array_data(columns["symbol"], np.uint32), rows)
    if "id" in columns:
        trades.id = view[int64_t](array_data(columns["id"], np.int64), rows)
    with nogil:
        block = cpp_encode_trades(trades, first_row, new_names)
    return PyBytes_FromStringAndSize(block.data(), block.size())


def inspect_block(const uint8_t[::1] block) -> tuple:
    """(rows, first_row, names of new symbols) of a trade block; DataError when it is not one."""
    cdef BlockInfo info = cpp_inspect_block(bytes_of(block))
    names = [(<bytes> name).decode("utf-8", "replace") for name in info.names]
    return info.rows, info.first_row, names


def decode_trades(const uint8_t[::1] block) -> dict:
    """The columns of a trade block; absent ones are missing. DataError when it is damaged."""
    cdef BlockInfo info = cpp_inspect_block(bytes_of(block))
    cdef size_t rows = info.rows
    cdef TradesOut trades
    columns = {"ts_ns": np.empty(rows, np.int64), "price": np.empty(rows, np.float64),
               "qty": np.empty(rows, np.float64), "side": np.empty(rows, np.int8)}
    trades.ts_ns = room[int64_t](cnp.PyArray_DATA(columns["ts_ns"]), rows)
    trades.price = room[double](cnp.PyArray_DATA(columns["price"]), rows)
    trades.qty = room[double](cnp.PyArray_DATA(columns["qty"]), rows)
    trades.side = room[int8_t](cnp.PyArray_DATA(columns["side"]), rows)
    if info.has_recv:
        columns["recv_ns"] = np.empty(rows, np.int64)
        trades.recv_ns = room[int64_t](cnp.PyArray_DATA(columns["recv_ns"]), rows)
    if info.has_symbol:
        columns["symbol"] = np.empty(rows, np.uint32)
        trades.symbol = room[uint32_t](cnp.PyArray_DATA(columns["symbol"]), rows)
    if info.has_id:
        columns["id"] = np.empty(rows, np.int64)
        trades.id = room[int64_t](cnp.PyArray_DATA(columns["id"]), rows)
    with nogil:
        cpp_decode_trades(bytes_of(block), trades)
    return columns


cdef Bytes bytes_of(const uint8_t[::1] block) noexcept nogil:
    if block.shape[0] == 0:
        return Bytes()
    return Bytes(&block[0], <size_t> block.shape[0])
