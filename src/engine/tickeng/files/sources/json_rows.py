"""Values of JSON to rows: what is no trade is left out and counted, lists lie in their objects."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from tickeng.errors import DataError
from tickeng.files.sources import json_layouts
from tickeng.files.sources.json_depth import DEPTH_COLUMNS, OF_ANOTHER_FORM, Depth, is_depth
from tickeng.files.sources.json_events import (
    COLUMNS,
    LOCAL_CLOCK,
    NEEDED,
    PRICES,
    NotATrade,
    check_one_form,
    trades_of,
)
from tickeng.files.sources.json_stream import Malformed

SAMPLE_ROWS = 10_000


class Rows:
    """Values of JSON to rows that are dicts (or lists of one layout): what is no trade is left out.

    `filtered` counts that by the name of its stream, `kinds` the trades by theirs; `columns` are
    those of the rows of a venue's feed.
    """

    columns: tuple[str, ...] = COLUMNS

    def __init__(self, header: Sequence[str] | None, keep: Sequence[str] = ()) -> None:
        self._header, self._keep = header, keep
        self.names: tuple[str, ...] | None = None  # of the positions of rows that are lists
        self.plain: Any = None  # the keys of the sample's objects, where each is a row
        self.key: str | None = None  # under which an object holds its list
        self.known: Collection[str] | None = None  # names in the sample, once it is over
        self.fault: DataError | None = None  # behind the rows that were returned last
        self._own = False  # whether there are objects that are rows, not messages of a venue
        self._venues: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.filtered: Counter[str] = Counter()
        self.has_depth = False  # among them

    def why_none(self) -> str | None:
        """Why messages of the feed gave no row, where that can be told."""
        return None

    def of(self, values: list[Any]) -> list[Any]:
        """The rows of values, up to what would be misread: it is in `fault`."""
        if self.plain is not None and values and set(map(type, values)) == {dict} and all(
                self.plain == set(names) for names in set(map(tuple, values))):
            return values  # all like the sample, in which each object was a row
        rows: list[Any] = []
        try:
            for value in values:
                self._add(value, rows)
        except DataError as error:
            self.fault = error
        return rows

    def _add(self, value: Any, rows: list[Any]) -> None:
        if isinstance(value, dict):
            self._add_object(value, rows)
        elif isinstance(value, list) and value and isinstance(value[0], dict | list):
            for item in value:
                self._add(item, rows)
        elif isinstance(value, list) and value:
            if tuple(value) != self.names:  # the header, which each page may have
                rows.append(self._named(value, value))
        elif not isinstance(value, list):  # an empty list has no rows
            rows.append(value if isinstance(value, Malformed) else Malformed(str(value)[:200]))

    def _add_object(self, value: dict[str, Any], rows: list[Any]) -> None:
        try:
            found = trades_of(value)
        except NotATrade as other:
            if str(other) not in self.filtered:
                self.has_depth = self.has_depth or is_depth(value)
            self.filtered[str(other)] += 1
            return
        if found is not None:
            self._add_message(*found, value, rows)
        elif (self.kinds or self.filtered) and not self._own and not any(
                name in value for name in PRICES):  # an answer to a subscription, say
            self.filtered["other"] += 1
        elif (inner := json_layouts.inner_list(value)) is not None:
            self._add_list(*inner, json_layouts.above(value, inner[0]), rows)
        else:
            self._own = True
            check_one_form(self._venues, self.kinds, self._own)
            row = json_layouts.flat(value)
            if self.known is not None:
                json_layouts.check_new_names(row, self.known)
            rows.append(row)

    def _add_message(self, venue: str, stream: str, found: list[Any], message: dict[str, Any],
                     rows: list[Any]) -> None:
        if self._keep and stream not in self._keep and not any(
                (row or {}).keys() - set(COLUMNS) for row in found):
            self.filtered[stream] += 1
            return
        trades = [row for row in found if row is not None]
        self.kinds[stream] += len(trades)
        if off_market := len(found) - len(trades):
            self.filtered[f"{stream} off the market"] += off_market
        self._venues.add(venue)
        check_one_form(self._venues, self.kinds, self._own)
        clock = {LOCAL_CLOCK: message[LOCAL_CLOCK]} if LOCAL_CLOCK in message else {}
        rows.extend(row | clock if all(row.get(name) is not None for name in NEEDED)
                    else Malformed(json.dumps(message)[:200]) for row in trades)

    def _add_list(self, key: str, items: list[Any], above: dict[str, str],
                  rows: list[Any]) -> None:
        if self.key not in (None, key):
            raise DataError(f"holds lists of {self.key} and of {key}: give one a file")
        self.key = key
        if items and isinstance(items[0], list):
            self._decide(items[:SAMPLE_ROWS])
        first = len(rows)
        try:
            for item in items:
                self._add(item, rows)
        finally:
            if above:
                rows[first:] = [above | row if isinstance(row, dict) else row
                                for row in rows[first:]]

    def _decide(self, sample: list[Any]) -> None:
        if self.names is None and self._header is not None:
            self.names = tuple(self._header)
        if self.names is None:
            lists = [row for row in sample if isinstance(row, list) and row]
            if json_layouts.is_header(lists[0]):
                self.names = tuple(lists[0])
            else:
                self.names = json_layouts.names_of(lists)

    def look_at(self, sample: list[Any]) -> None:
        """Decide what the positions of rows that are lists mean, once."""
        if self.names is not None:
            return
        lists = [value for value in sample if isinstance(value, list) and value]
        nested = [row for value in lists for row in value
                  if isinstance(value[0], list) and isinstance(row, list) and row]
        if lists:
            self._decide(nested or lists)

    def decide_plain(self, values: list[Any], rows: list[Any]) -> None:
        """Remember from the sample whether objects are rows as they are."""
        nothing_special = not (self.kinds or self.filtered or self.key)
        if nothing_special and values and set(map(type, values)) == {dict} and (
                len(values) == len(rows)):
            self.plain = values[0].keys()

    def _named(self, row: list[Any], text: Any) -> Any:
        names = self.names or tuple(map(str, range(len(row))))
        if names == json_layouts.BITFINEX:
            return json_layouts.bitfinex_row(row) if len(row) == len(names) else Malformed(
                str(text)[:200])
        if len(row) > len(names):
            return Malformed(str(text)[:200])
        return dict(zip(names, row, strict=False))


class DepthRows(Rows):
    """Rows of levels where a message of a venue's feed is depth; its trades are left out."""

    columns = DEPTH_COLUMNS

    def __init__(self, header: Sequence[str] | None, keep: Sequence[str] = ()) -> None:
        super().__init__(header, keep)
        self._depth = Depth()

    def why_none(self) -> str | None:
        if not self._depth.waits:
            return None
        return ("holds snapshots without a time of the exchange, and no update behind them, which "
                "would tell theirs: record the updates, too")

    def _add_object(self, value: dict[str, Any], rows: list[Any]) -> None:
        try:
            found = self._depth.rows(value)
        except OF_ANOTHER_FORM:
            rows.append(Malformed(json.dumps(value)[:200]))
            return
        if found is not None:
            self._add_depth(*found, rows)
            return
        try:
            trades = trades_of(value)
        except NotATrade as other:
            self.filtered[str(other)] += 1
            return
        if trades is None:
            super()._add_object(value, rows)
        else:
            self.filtered[trades[1]] += 1

    def _add_depth(self, venue: str, stream: str, found: list[Any], rows: list[Any]) -> None:
        self._venues.add(venue)
        self.kinds[stream] += len(found)
        check_one_form(self._venues, self.kinds, self._own)
        if len(self.kinds) > 1:
            raise DataError(f"holds the streams {' and '.join(sorted(self.kinds))}, which tell of "
                            "the same books: give each a file of its own")
        rows.extend(found)
