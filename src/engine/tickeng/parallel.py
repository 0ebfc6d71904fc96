"""`ParallelEngine`: many symbols on many cores, with the bits of one Engine.

One thread submits events; workers, each with an engine of its own, run the symbols that a stable
hash of their names gives them; decisions are polled by the thread that submits. docs/threads.md
says which objects threads may share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import nan
from pathlib import Path
from typing import Any

from tickeng._base.conservation import ended, unaccounted
from tickeng._engine.arrays import not_before, side_column, symbol_codes, time_column, trade_columns
from tickeng._engine.described_state import describe, opened, settled
from tickeng._engine.health import KernelHealth, worst
from tickeng._engine.parallel_options import (
    ON_FULL,
    ORDER,
    ROWS,
    one_of,
    places,
    power,
    workers_or_auto,
)
from tickeng._engine.saving import CheckpointCounts, Checkpoints, description
from tickeng._native.core import ParallelCore, SnapshotCore
from tickeng.config import Config
from tickeng.engine import engine_options
from tickeng.errors import BackpressureError, ConfigError, TickengError
from tickeng.frame import Frame

_FULL, _UNREAD = 1, 2  # what ended a call: SubmitResult::End of the core
_ROWS_A_LOOK = 256  # submitted events per symbol between two looks at all counters
_NO_ID = -(1 << 63)
_LONG = 1 << 40  # ns that a wait may take at most: it ends when the workers are done


class Snapshot(SnapshotCore):
    """A consistent cut through a feed that goes on: the state after every tick submitted before."""

    def __init__(self, config: Config, max_time_ns: int,
                 saved: Checkpoints | None = None) -> None:
        self._config, self._max_time_ns = config, max_time_ns
        self._saved = saved or Checkpoints()

    def state(self) -> bytes:
        """The state at the snapshot, as Engine.state() gives it. While it is not ready, for the
        submitting thread only, which waits."""
        return describe(super().state(), self._config)

    def save(self, path: str | Path) -> None:
        """Writes the state as a checkpoint file, for Engine.load and ParallelEngine.load.

        A snapshot that is ready may be written by another thread. Raises OutputError, which changes
        nothing and is counted in the engine's `checkpoints`.
        """
        state = self.state()
        self._saved.save(path, state, description(self._config, self._max_time_ns,
                                                  self._saved.cold))


class ParallelEngine(ParallelCore):
    """Streams events of many symbols through workers on cores of their own.

    config, overrides: as for Engine (on_late "error" is not possible here). workers: threads, or
    "auto": one per core but one, which is left to the submitting thread. pin: bind each to a core
    of the cpuset, physical cores first (more workers than processors are not pinned; `workers`
    shows the map and what was refused). map: symbol -> worker from 0; a worker named there gets no
    other symbols while there are others, so that a hot symbol can have its own.

    ring: records that wait for a worker, a power of two; beside them 32,768 levels of books, or as
    many as records where these are more. on_full, when there is no room: "block" waits, "drop"
    drops the event and counts it, "error" raises BackpressureError. rows: whose events have
    decisions, "trade", "quote", "book", "bar" or "own". unread: decisions that may be unread per
    worker, a power of two; no more such events than that are in progress, so polling is the
    caller's part: with that many unread "block" raises too. decisions=False keeps none;
    `decision(symbol)` still gives the newest. on_decisions: called with a Frame of all there is, on
    the submitting thread, at each submit and flush; then nothing needs to be polled.
    order: of decisions, "symbol" (each symbol's in order) or "total" (the order of submission).
    spin: idle workers never sleep; for cores that have nothing else to do.

    Raises ConfigError for bad settings, TickengError where threads cannot be started.

    >>> from tickeng import ParallelEngine
    >>> with ParallelEngine(kernels="mid_spread", rows="quote", workers=2, pin=False) as engine:
    ...     _ = engine.on_quote(1_700_000_000_000_000_000, 100.0, 2.0, 101.0, 3.0, "BTC")
    ...     engine.flush()
    ...     engine.poll()["mid"].tolist()
    [100.5]
    """

    _config: Config | None = None

    def __init__(self, config: Config | Mapping[str, object] | None = None, *,
                 workers: int | str = "auto", pin: bool = True, on_full: str = "block",
                 ring: int = 4096, unread: int = 32768, decisions: bool = True,
                 order: str = "symbol", rows: str = "trade", spin: bool = False,
                 map: Mapping[str, int] | None = None,
                 on_decisions: Callable[[Frame], object] | None = None, _state: bytes = b"",
                 _max_time_ns: int | None = None, **overrides: object) -> None:
        stored, state = opened(_state)
        wanted = settled(stored, config, overrides)
        policy = one_of("on_full", on_full, ON_FULL)
        if on_decisions is not None and not decisions:
            raise ConfigError("on_decisions needs decisions; decisions=False keeps none")
        settings = engine_options(wanted, _max_time_ns)
        self._max_time_ns = settings[-1][1]
        self._build(settings, {
            "workers": workers_or_auto(workers), "ring": power("ring", ring),
            "unread": power("unread", unread) if decisions else 0, "on_full": policy,
            "rows": one_of("rows", rows, ROWS),
            "total_order": one_of("order", order, ORDER) == 1, "spin": bool(spin),
            "pin": bool(pin), "map": places(map)}, state)
        self._config, self._deliver, self._saved = wanted, on_decisions, Checkpoints()
        self._before = None if state else 0  # rows of the state, known when counters are looked at
        self._checked = 0

    @property
    def config(self) -> Config:
        """The configuration it was made with; another one needs another ParallelEngine."""
        if self._config is None:
            raise TickengError("this ParallelEngine was never constructed; a subclass must call "
                               "super().__init__() before anything else")
        return self._config

    def submit(self, ts_ns: int, price: float, qty: float, side: int, symbol: str | int = 0,
               id: int = _NO_ID) -> bool:
        """Hands over one trade (as Engine.on_tick takes it); False: dropped and counted.

        Raises BackpressureError as submit_batch does.
        """
        return self._hand_over(self._submit_one, ts_ns, price, qty, side, symbol, id)

    def on_quote(self, ts_ns: int, bid: float, bid_qty: float, ask: float, ask_qty: float,
                 symbol: str | int = 0) -> bool:
        """Hands over one top of the book (as Engine.on_quote takes it); False: dropped and counted.

        Raises BackpressureError as submit_batch does.
        """
        return self._hand_over(self._quote, ts_ns, bid, bid_qty, ask, ask_qty, symbol)

    def on_book(self, ts_ns: int, bids: Any, asks: Any, symbol: str | int = 0) -> bool:
        """Hands over one snapshot of the book (as Engine.on_book takes it), whole or not at all.

        Otherwise as on_quote. Raises DataError for levels as Engine.on_book does.

        >>> from tickeng import ParallelEngine
        >>> with ParallelEngine(kernels="depth_imbalance", workers=2, pin=False) as engine:
        ...     _ = engine.on_book(10**18, [(100.0, 2.0)], [(101.0, 3.0), (102.0, 1.0)], "BTC")
        ...     engine.flush()
        ...     engine.book_counters["BTC"]["processed"]
        1
        """
        return self._hand_over(self._book, ts_ns, bids, asks, symbol)

    def on_delta(self, ts_ns: int, bids: Any, asks: Any, symbol: str | int = 0, *,
                 snapshot: bool = False, first: int | None = None, last: int | None = None,
                 previous: int | None = None) -> bool:
        """Hands over one message of a depth feed (as Engine.on_delta takes it), whole or not at
        all. One that is dropped ends the book, as one that was lost does: the next one shows it,
        and a snapshot makes a book again. Otherwise as on_book; `book(symbol)` is what was built.

        >>> from tickeng import ParallelEngine
        >>> with ParallelEngine(kernels="mid_spread", workers=2, pin=False) as engine:
        ...     _ = engine.on_delta(10**18, [(100.0, 2.0)], [(101.0, 3.0)], "BTC", snapshot=True)
        ...     _ = engine.on_delta(10**18 + 1, [(100.5, 1.0)], [], "BTC")
        ...     engine.flush()
        ...     engine.book("BTC")[0].tolist()
        [[100.5, 1.0], [100.0, 2.0]]
        """
        return self._hand_over(self._delta, ts_ns, bids, asks, symbol, snapshot, first, last,
                               previous)

    def on_bar(self, ts_ns: int, open: float, high: float, low: float, close: float,
               volume: float = nan, symbol: str | int = 0, *, signed_volume: float = nan,
               vwap: float = nan, trades: float = nan) -> bool:
        """Hands over one bar that came as such (as Engine.on_bar takes it). As on_quote."""
        return self._hand_over(self._bar, ts_ns, open, high, low, close, volume, symbol,
                               signed_volume, vwap, trades)

    def on_fill(self, ts_ns: int, price: float, qty: float, side: int,
                symbol: str | int = 0) -> bool:
        """Hands over one fill of an own order (as Engine.on_fill takes it). As on_quote."""
        return self._hand_over(self._fill, ts_ns, price, qty, side, symbol)

    def on_time(self, ts_ns: int, symbol: str | int | None = None) -> None:
        """Tells the time when no event does, as Engine.on_time, behind what was submitted.

        It waits for room in the rings whatever on_full says. After flush(), decision(symbol) shows
        what it did. Raises DataError and SymbolError as there.

        >>> from tickeng import ParallelEngine
        >>> with ParallelEngine(stale_after="5s", workers=2, pin=False) as engine:
        ...     _ = engine.submit(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC")
        ...     engine.on_time(1_700_000_006_000_000_000)
        ...     engine.flush()
        ...     engine.decision("BTC").reason & 8
        8
        """
        self._time(ts_ns, symbol)

    def _hand_over(self, submit: Callable[..., tuple[int, int, int]], *event: Any) -> bool:
        while True:
            taken, dropped, end = submit(*event)
            if taken:
                break
            self._make_way(end, 0)
        if self._deliver is not None:
            self._hand_out()
        return not dropped

    def submit_batch(self, ts_ns: Any, price: Any, qty: Any, side: Any, symbol: Any = None,
                     id: Any = None, *, sides: Mapping[str, Any] | None = None) -> int:
        """Hands over arrays of trades, as Engine.run takes them; returns how many were dropped.

        Each trade gets the next sequence number, dropped ones too (`next_seq`). The GIL is
        released. Raises DataError for unfit columns; BackpressureError when a ring is full and
        on_full is "error", or when as many decisions as may be are unread: rows before
        `error.taken` are handed over, the others are not.
        """
        times = time_column(ts_ns, "ts_ns")
        not_before(times, "ts_ns", self.config)
        times, prices, sizes, signs, ids = trade_columns(times, price, qty,
                                                         side_column(side, sides), id)
        codes = symbol_codes(self, symbol, len(times))
        at = lost = 0
        while True:
            at, dropped, end = self._submit(times, prices, sizes, signs, codes, ids, at)
            lost += dropped
            if end == 0:
                break
            self._make_way(end, at)
        if self._deliver is not None:
            self._hand_out()
        return lost

    def _make_way(self, end: int, taken: int) -> None:
        """Raises, unless decisions that nobody read stand in the way and can be delivered."""
        if end == _FULL:
            raise BackpressureError(
                f"tick {taken} of this call was not taken: the ring of its worker is full; "
                "submit again from there, or use on_full='block' or 'drop'", taken)
        if self._deliver is None:
            raise BackpressureError(
                f"tick {taken} of this call was not taken: too many decisions are unread; poll() "
                "and submit again from there, or use on_decisions or decisions=False", taken)
        self._hand_out(wait=True)

    def _hand_out(self, wait: bool = False) -> None:
        while len(frame := self.poll(wait=_LONG / 1e9 if wait else 0.0)):
            assert self._deliver is not None
            self._deliver(frame)
            wait = False

    def poll(self, max: int | None = None, *, wait: float = 0.0) -> Frame:
        """Decisions that are there, at most `max`: seq, symbol (codes), the outputs, status.

        seq counts submitted events of all kinds from 0. Rows that were not accepted hold NaN and 0,
        as in Engine.run. wait: seconds to wait for the first one, if any is still to come.
        """
        most = (1 << 62) if max is None else int(max)
        seq, symbol, arrays, status = self._poll(most, round(wait * 1e9))
        names = ("seq", "symbol", *self.outputs.names, "status")
        return Frame(dict(zip(names, (seq, symbol, *arrays, status), strict=True)))

    def __iter__(self) -> Iterator[Frame]:
        """Frames of decisions until those of all events submitted have come."""
        while len(frame := self.poll(wait=_LONG / 1e9)):
            yield frame

    def flush(self) -> None:
        """Waits until every event submitted is processed and its decision can be polled (with
        on_decisions: until it has been delivered). Raises ConservationError where counters do not
        account for the events submitted."""
        super().flush()
        if self.next_seq - self._checked >= _ROWS_A_LOOK * self.symbol_count:
            self._check()
        if self._deliver is not None:
            self._hand_out()

    def reset(self, symbol: str | int) -> None:
        """Starts one symbol anew, as Engine.reset(symbol), after every tick submitted so far: it
        waits for those. Raises SymbolError for a symbol that never came."""
        self.flush()
        self._reset(symbol)

    def close(self) -> None:
        """Ends the workers, at once: ticks that they had not taken yet stay counted as `held`.

        flush() first for those. Decisions there are can still be polled, counters still be read.
        """
        self._close()

    def _check(self) -> None:
        """Holds the counters, after flush(), against the events submitted."""
        self._checked = self.next_seq
        came_in = 0
        for counters in (self.counters, self.quote_counters, self.book_counters,
                         self.bar_counters, self.fill_counters):
            for symbol, counts in counters.items():
                if counts["held"] or counts["in"] != ended(counts):
                    raise unaccounted(symbol, counts["in"], counts)
                came_in += counts["in"]
        if self._before is None:
            self._before = came_in - self._checked
        if came_in != self._before + self._checked:
            raise unaccounted("all symbols", self._before + self._checked,
                              {"in": came_in, "processed": came_in})

    def __enter__(self) -> ParallelEngine:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None and not self.closed:
                self.flush()
                self._check()
        finally:
            self.close()

    def snapshot(self) -> Snapshot:
        """Marks this place of the feed: workers save their symbols when they come to it, while
        ticks are submitted on. `snapshot.save(path)` writes the checkpoint once it is `ready`."""
        snapshot = Snapshot(self.config, self._max_time_ns, self._saved)
        self._snapshot(snapshot)
        return snapshot

    def state(self) -> bytes:
        """The state after every tick submitted so far, as Engine.state() gives it."""
        return self.snapshot().state()

    def save(self, path: str | Path) -> None:
        """Writes a checkpoint of every tick submitted so far; the feed waits meanwhile (snapshot()
        lets it go on)."""
        self.snapshot().save(path)

    @classmethod
    def from_state(cls, state: bytes, config: Config | Mapping[str, object] | None = None,
                   **parallel: Any) -> ParallelEngine:
        """Continues from state() of an Engine or a ParallelEngine; keywords as for the class.

        Settings as for Engine.from_state. Raises StateError or DataError when the bytes do not fit.
        """
        return cls(config, _state=state, **parallel)

    @classmethod
    def load(cls, path: str | Path, *, max_memory: int | str | None = None, **parallel: Any,
             ) -> ParallelEngine:
        """Continues from a checkpoint file, with any number of workers; keywords as for the class.
        Warns (FallbackWarning) when the file is damaged or missing and PATH.1 is taken.

        Raises StateError when both are damaged, or it is larger than `max_memory` (1 GiB) or not of
        this build.
        """
        saved = Checkpoints()
        state, meta = saved.load(path, max_memory)
        engine = cls.from_state(state, _max_time_ns=meta.get("max_time_ns"), **parallel)
        engine._saved = saved
        return engine

    @property
    def checkpoints(self) -> CheckpointCounts:
        """Checkpoints written, failures to write one, and fallbacks to the generation before."""
        _ = self.config  # raises where nothing was constructed
        return self._saved.counts

    @property
    def health(self) -> dict[str, KernelHealth]:
        """As Engine.health, of the events that workers are done with: after flush() all submitted.

        >>> from tickeng import ParallelEngine
        >>> with ParallelEngine(kernels="k1", workers=2, pin=False, decisions=False) as engine:
        ...     _ = engine.submit(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC")
        ...     engine.flush()
        ...     engine.health["k1"].flagged
        False
        """
        return worst({kernel: counts} for kernel, counts in self._health())

    @property
    def schema(self) -> tuple[str, ...]:
        """Names of the columns that poll() gives."""
        return ("seq", "symbol", *self.outputs.names, "status")

    def __repr__(self) -> str:
        return f"ParallelEngine({self.config.changed()!r}, workers={len(self.workers)})"
