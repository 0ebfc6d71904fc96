"""A file of events, whatever its format: batches in file order, position, progress, identity.

Here is what every format shares: the choice of the clock, inferred sides, and the file's name and
row in every error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from tickeng._base import conservation
from tickeng._native import io as _io
from tickeng.errors import DataError, TickengError
from tickeng.files.batch import EventBatch
from tickeng.files.sources import kinds
from tickeng.files.sources.columns import MARKET, PRODUCTS, plain
from tickeng.files.sources.containers import BlockReader
from tickeng.files.sources.instruments import one_name
from tickeng.files.sources.markets import MOST_LEVELS
from tickeng.files.sources.message_repeats import RowError
from tickeng.files.sources.messages import Messages
from tickeng.files.sources.probe import Probe
from tickeng.files.sources.raw import unreadable
from tickeng.files.sources.reader import Reader
from tickeng.files.sources.reading import Reading

_LAST_NS = int(np.iinfo(np.int64).max)


class Source:
    """Made by `open_source`. Read once: `batches()`; then `sha256()`, `close()`.

    ``columns`` are the names in the file, ``symbols`` those seen so far, ``rows_read`` the data
    rows consumed so far, refused ones included; ``inferred`` how many trades without a side got one
    `by_tick`, and how many stay `unknown`, where the tick rule is asked for.
    """

    def __init__(self, probe: Probe, reader: Reader) -> None:
        self._raw = probe.raw
        self._probe = probe
        self._reader = reader
        self._options = options = probe.options
        self._sha256: str | None = None
        self.left_out: dict[str, TickengError] = {}  # options that do not fit it, and why
        self._started = False
        self._carry: dict[str, tuple[float, int]] = {}
        self._carried = 0
        self.inferred: Counter[str] = Counter()
        self.rows_read = 0
        self._delay_ns = 0
        self._looked: list[EventBatch | TickengError] = []
        self._behind: Iterator[EventBatch] | None = None
        kinds.check_taken(self.kind, probe.takes)
        self.kinds: tuple[str, ...] = getattr(reader, "kinds", (self.kind,))
        is_trade = self.kind == "trade"
        self._tick_rule = _io.TickRule() if options.infer_side == "tick" and is_trade else None
        if is_trade and not reader.has_side and not options.infer_side:
            raise DataError('has no side column: give infer_side="tick" to infer it from prices, '
                            'or name it with map="side=COLUMN"')
        if options.clock == "recv" and not reader.has_recv:
            raise DataError('has no receive clock: give clock="event", '
                            'or name it with map="recv=COLUMN"')

    @property
    def name(self) -> str:
        return self._raw.name

    @property
    def path(self) -> str:
        return self._raw.path

    @property
    def size(self) -> int | None:
        """Raw bytes, None where unknown (a pipe)."""
        return self._raw.size

    @property
    def live(self) -> bool:
        """Whether somebody still writes it: a pipe, a terminal, a followed file."""
        return self._raw.live

    @property
    def format(self) -> str:
        return self._reader.format

    @property
    def kind(self) -> str:
        """What each row is: trade, quote, book or delta; "several": see ``kinds``."""
        return self._reader.reading.kind

    @property
    def levels(self) -> int:
        """Of books the levels of each side, of other kinds 1."""
        layout = self.reading.layout
        if layout.form != "columns":
            return MOST_LEVELS
        return max(1, len(layout.market) // len(MARKET))

    @property
    def container(self) -> str:
        """plain, gzip, zstd or zip."""
        return "zstd" if self.format == "tickeng" else self._probe.content.container

    @property
    def reading(self) -> Reading:
        """What was decided of how the file is read."""
        return self._reader.reading

    @property
    def rows(self) -> int | None:
        """Data rows in all, where the file tells it before they are read."""
        return getattr(self._reader, "rows", None)

    @property
    def columns(self) -> list[str]:
        return self._reader.columns

    @property
    def roles(self) -> dict[str, str]:
        """Column name -> what it is read as; columns not read are absent."""
        return self._reader.roles

    @property
    def symbols(self) -> list[str]:
        override = self._options.symbol_name
        return [override] if override else self._reader.symbols

    @property
    def products(self) -> dict[str, tuple[str, str]]:
        """Symbol -> (column or "", spot, futures or the like), where the file tells."""
        told: dict[str, tuple[str, str]] | None = getattr(self._reader, "products", None)
        if told is not None:
            return told
        reading = self.reading
        named = [(plain(reading.columns[index]), texts) for index, texts in reading.layout.known]
        product = next(((name, text) for name, texts in named if name in PRODUCTS
                        for text in texts if text), None)
        return dict.fromkeys(self.symbols, product) if product else {}

    @property
    def has_side(self) -> bool:
        return self._reader.has_side

    def read_by(self, reader: BlockReader) -> None:
        """Let `reader` fetch, hash and decompress the bytes, in a thread of its own say; to be
        called before `batches`. Formats that read at random go on reading for themselves."""
        if "content" in vars(self._probe):
            self._probe.content.read_by(reader)

    def leave_sides(self) -> None:
        """Unknown sides stay unknown, `infer_side` or not; to be called before `batches`."""
        self._tick_rule = None

    def delay(self, ns: int) -> None:
        """Date every event so much later; to be called before `batches`."""
        self._delay_ns = ns

    def leave_hash(self) -> None:
        """`sha256()` stays None; to be called before `batches`."""
        self._raw.leave_hash()

    def look(self) -> Iterator[EventBatch]:
        """The first batches; `batches()` gives them again. What they end with is raised there."""
        self._behind = self._read(0)
        while True:
            try:
                batch = next(self._behind, None)
            except TickengError as error:
                self._looked.append(error)
                return
            if batch is None:
                return
            self._looked.append(batch)
            yield batch

    def batches(self, start_row: int = 0) -> Iterator[EventBatch]:
        """Batches of the rows behind `start_row`, in file order; can be called once.

        Raises DataError, TruncatedError behind the last batch before the damage.
        """
        behind, self._behind = self._behind or self._read(start_row), None
        looked, self._looked = self._looked, []
        for batch in looked:
            if isinstance(batch, TickengError):
                raise batch
            yield batch
        yield from behind

    def _read(self, start_row: int) -> Iterator[EventBatch]:
        if self._started:
            raise ValueError(f"{self.name}: a source is read once; open it again")
        self._started = True
        # Inferred sides depend on every row before, so these are read, not passed over.
        skip = 0 if self._tick_rule else start_row
        known = filtered = 0
        try:
            for batch in self._events(skip):
                self.rows_read = batch.rows_end
                known += batch.known
                filtered += batch.filtered
                self._name_symbol(batch)
                self._infer_sides(batch, start_row)
                if batch.rows_end <= start_row:
                    continue
                yield self._by_clock(batch if skip == start_row else batch.after(start_row))
            if not skip and not (self.reading.layout.is_delta and self._raw.may_grow):
                conservation.check_file(self.name, self.rows_read, known, filtered)
            self._sha256 = self._raw.sha256()
        except _io.Contradiction as fault:
            said = self.reading.contradiction(fault)
            raise DataError(f"{self.name}: row {fault.row}: {said}") from None
        except RowError as fault:
            raise DataError(f"{self.name}: row {fault.row}: {fault}") from None
        except DataError as error:
            raise type(error)(f"{self.name}: row {self.rows_read + 1}: {error}") from None
        except OSError as error:
            raise DataError(f"{self.name}: row {self.rows_read + 1}: {unreadable(error)}") from None

    def _events(self, skip: int) -> Iterator[EventBatch]:
        """The reader's batches, of levels that changed the messages that told of them."""
        batches = self._reader.batches(skip)
        if not self.reading.layout.is_delta:
            return batches
        whole = Messages(skip, several=self.reading.several)
        return whole.through(batches, ends=not self._raw.may_grow)

    def _by_clock(self, batch: EventBatch) -> EventBatch:
        if self._options.clock == "recv":
            if batch.recv_ns is None:
                raise DataError('has no receive clock: give clock="event"')
            batch.ts_ns = batch.recv_ns
        if self._delay_ns:
            batch.ts_ns = np.minimum(batch.ts_ns, _LAST_NS - self._delay_ns) + self._delay_ns
        return batch

    def _name_symbol(self, batch: EventBatch) -> None:
        if self._options.symbol_name:
            if self._options.among and len(batch.symbols) > 1:
                raise DataError(one_name(batch.symbols, self._options.symbol_name))
            batch.symbol, batch.symbols = None, self.symbols

    def _infer_sides(self, batch: EventBatch, start_row: int) -> None:
        if self._tick_rule is None:
            return
        for code in range(self._carried, len(batch.symbols)):
            price, direction = self._carry.get(batch.symbols[code], (0.0, 0))
            self._tick_rule.restore(code, price, direction)
        self._carried = len(batch.symbols)
        side = np.ascontiguousarray(batch.values["side"], dtype=np.int8)
        missing = (side == 0) & (batch.row > start_row)
        self._tick_rule.apply(batch.values["price"], batch.symbol, side)
        batch.values["side"] = side
        unknown = int(np.count_nonzero(side[missing] == 0))
        self.inferred.update(unknown=unknown, by_tick=int(np.count_nonzero(missing)) - unknown)

    def carry_state(self) -> dict[str, tuple[float, int]]:
        """Tick rule state for the file that follows: symbol -> (last price, last direction)."""
        state = dict(self._carry)
        if self._tick_rule is not None:
            for code in range(self._carried):
                state[self.symbols[code]] = self._tick_rule.state(code)
        return state

    def restore(self, state: Mapping[str, Sequence[Any]]) -> None:
        """Begin this file's first row with the `carry_state()` of the file before."""
        self._carry = {name: (float(price), int(way)) for name, (price, way) in state.items()}

    def fraction(self) -> float | None:
        """Share of the raw bytes read so far, None where the size is unknown."""
        return self._raw.fraction()

    def fingerprint(self, head_bytes: int | None = None) -> dict[str, Any]:
        """name, size and SHA-256 of the first 64 KiB, to know the file again; of a pipe's first
        `head_bytes`, by default what came with its first row."""
        return self._raw.fingerprint(head_bytes)

    @property
    def may_be_cut(self) -> bool:
        """Whether it has been read to an end that may stand within a number."""
        return bool(getattr(self._reader, "may_be_cut", False))

    def sha256(self) -> str | None:
        """SHA-256 of all raw bytes, once the source was read to its end."""
        return self._sha256

    def close(self) -> None:
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
