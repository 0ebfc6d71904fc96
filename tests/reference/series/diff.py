"""B-16, bound to positions."""

from tests.reference.series import Column, lag


def reference(x: Column, *, rows: int = 1) -> Column:
    return x - lag.reference(x, rows=rows)
