"""Orders by name to messages of depth."""


MOST_ORDERS = 1 << 22


cdef class OrderParser:
    """Gives what orders do to books; `most` orders are known at a time."""

    cdef unique_ptr[OrderMessages] made

    def __init__(self, size_t most):
        self.made.reset(new OrderMessages(most))

    def add(self, const uint32_t[::1] instrument not None, const uint32_t[::1] code not None,
            dict records not None, const int64_t[::1] row not None, bad not None):
        """Take records, whose fields are arrays by name; per record 0, or 1 where it was bad, 2 for
        an order that is not there, 3 for one that is there already, 4 for one too many."""
        cdef const uint64_t[::1] order_id = records["order_id"]
        cdef const int64_t[::1] price = records["price"], ts = records["ts"], recv = records["recv"]
        cdef const uint32_t[::1] size = records["size"]
        cdef const uint8_t[::1] action = records["action"], side = records["side"]
        cdef const uint8_t[::1] flags = records["flags"], is_bad = bad.view(np.uint8)
        cdef uint8_t[::1] out = np.zeros(len(row), np.uint8)
        cdef OrderRecord record
        cdef Py_ssize_t i
        check_columns((instrument, code, *records.values(), row, bad))
        with nogil:
            for i in range(out.shape[0]):
                record.id, record.price, record.size = order_id[i], price[i], size[i]
                record.action, record.side, record.flags = action[i], side[i], flags[i]
                record.ts_ns, record.recv_ns, record.row = ts[i], recv[i], row[i]
                record.is_bad = is_bad[i] != 0
                out[i] = <uint8_t> self.made.get().add(instrument[i], code[i], record)
        return out.base

    def take(self):
        """The messages since the last call, and the levels of all of them, as columns."""
        cdef OrderMessages* found = self.made.get()
        cdef size_t size = found.row.size(), levels = found.qty.size()
        taken = {
            "ts_ns": copied(found.ts_ns.data(), size, np.int64),
            "recv_ns": copied(found.recv_ns.data(), size, np.int64),
            "row": copied(found.row.data(), size, np.int64),
            "symbol": copied(found.symbol.data(), size, np.uint32),
            "snapshot": copied(found.snapshot.data(), size, np.uint8),
            "last": copied(found.last.data(), size, np.int64),
            "bids": copied(found.bids.data(), size, np.uint32),
            "asks": copied(found.asks.data(), size, np.uint32),
            "price": copied(found.price.data(), levels, np.int64),
            "qty": copied(found.qty.data(), levels, np.float64)}
        found.clear()
        return taken

    @property
    def orders(self):
        """How many are known."""
        return self.made.get().orders()


cdef void check_columns(tuple columns) except *:
    if len({len(column) for column in columns}) > 1:
        raise DataError("columns of records must have one length")
