"""Rows of levels to messages, one row after the other: the slow and obvious way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """A row of a file: the key of its message, None where it does not tell; its level, (side,
    price, qty), None where that cannot be read, and then why."""

    number: int
    key: Any
    level: tuple[int, float, float] | None = None
    reason: str = ""


@dataclass
class Message:
    key: Any
    rows: list[Row] = field(default_factory=list)
    faults: list[Row] = field(default_factory=list)

    @property
    def levels(self) -> list[tuple[int, float, float]] | None:
        """Bids before asks; None where the message is refused."""
        if self.faults:
            return None
        found = [row.level for row in self.rows if row.level]
        return [level for side in (1, -1) for level in found if level[0] == side]

    @property
    def reject(self) -> tuple[int, str]:
        """Row and reason."""
        first = min(self.faults, key=lambda row: row.number)
        inside = self.rows[0].number <= first.number <= self.rows[-1].number
        return (first.number if inside else self.rows[-1].number), first.reason


def messages_of(rows: list[Row]) -> tuple[list[Message], list[Row]]:
    """The messages, and the rows that are of none."""
    found: list[Message] = []
    alone: list[Row] = []
    loose: list[Row] = []
    for row in rows:
        if row.key is None:
            loose.append(row)
            continue
        if found and found[-1].key == row.key:
            found[-1].faults += loose
        else:
            if found:
                found[-1].faults += loose
            found.append(Message(row.key, faults=list(loose)))
            alone += loose
        loose = []
        found[-1].rows.append(row)
        if row.level is None:
            found[-1].faults.append(row)
    if found:
        found[-1].faults += loose
    return found, alone + loose
