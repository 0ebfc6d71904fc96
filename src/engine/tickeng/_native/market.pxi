# Quotes and books of tables, in the one form that the parsers of text give them.


def to_market_form(bid, bid_qty, ask, ask_qty):
    """Bring sides into one form in place; per row 0, or 1 for a bad price, 2 for a bad quantity.

    float64[n, levels] each, NaN where nothing is given; raises DataError for unequal shapes.
    """
    if not bid.shape == bid_qty.shape == ask.shape == ask_qty.shape:
        raise DataError("the sides of a book must have one shape")
    cdef double[:, ::1] bids = bid
    cdef double[:, ::1] bid_sizes = bid_qty
    cdef double[:, ::1] asks = ask
    cdef double[:, ::1] ask_sizes = ask_qty
    cdef size_t rows = bids.shape[0]
    cdef size_t levels = bids.shape[1]
    cdef size_t i
    cdef uint8_t[::1] out = np.zeros(rows, np.uint8)
    if levels == 0:
        return out.base
    with nogil:
        for i in range(rows):
            out[i] = <uint8_t>to_one_form(&bids[i, 0], &bid_sizes[i, 0], levels, -1)
            if not out[i]:
                out[i] = <uint8_t>to_one_form(&asks[i, 0], &ask_sizes[i, 0], levels, 1)
    return out.base
