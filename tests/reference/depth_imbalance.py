"""D-12: imbalance of the best levels of a book, for four depths."""

import numpy as np

from tests.reference import Books, Outputs, Real, outputs


def reference(books: Books, depths: tuple[int, ...] = (1, 3, 5, 10)) -> Outputs:
    columns = {}
    for n, depth in enumerate(depths, 1):
        bid, ask = (np.array([sum(row[:depth], Real(0)) for row in side])
                    for side in (books.bid_qty, books.ask_qty))
        columns[f"depth_imbalance_{n}"] = (bid - ask) / (bid + ask + Real(1e-10))
    return outputs(**columns)
