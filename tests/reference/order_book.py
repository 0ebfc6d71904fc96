"""Books of orders as dictionaries of the orders, one for each instrument. Spec: A-05."""

from __future__ import annotations

from dataclasses import dataclass, field

LAST, MAYBE_BAD = 0x80, 0x04


@dataclass
class OrderBook:
    """`apply` takes (action, side, order, price, size, flags) and says whether the record fits."""

    orders: dict[int, tuple[str, int, int]] = field(default_factory=dict)
    known: bool = False

    def apply(self, action: str, side: str, order: int, price: int, size: int, flags: int) -> bool:
        fits = self._apply(action, side, order, price, size)
        if not fits or flags & MAYBE_BAD:
            self.orders, self.known = {}, False
        return fits

    def _apply(self, action: str, side: str, order: int, price: int, size: int) -> bool:
        if action == "R":
            self.orders, self.known = {}, True
        if action in "AM" and price <= 0:
            return False
        if action in "AMC" and side not in "AB":
            return False
        if not self.known or action not in "AMC":
            return True
        if action == "C":
            if order not in self.orders or size > self.orders[order][2]:
                return False
            whose, at, left = self.orders.pop(order)
            if left > size:
                self.orders[order] = whose, at, left - size
            return True
        if action == "A" and order in self.orders:
            return False
        self.orders[order] = side, price, size
        return True

    def levels(self, side: str) -> list[list[float]]:
        """[price, quantity] of each price, the best first."""
        found: dict[int, int] = {}
        for whose, price, size in self.orders.values():
            if whose == side and size:
                found[price] = found.get(price, 0) + size
        return [[price / 10**9, float(found[price])]
                for price in sorted(found, reverse=side == "B")]
