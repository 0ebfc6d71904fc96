"""`Engine`: the public class over the C++ core, with configuration, tables and files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any

import numpy as np

from tickeng._engine.acceptance import judge
from tickeng._engine.alone import need_fed, without_sides
from tickeng._engine.arrays import (
    not_before,
    side_column,
    symbol_codes,
    time_column,
    trade_columns,
)
from tickeng._engine.cold_start import beginning, named
from tickeng._engine.described_state import describe, opened, settled, with_config
from tickeng._engine.health import KernelHealth, worst
from tickeng._engine.leaders import Given, leader_columns, need_leaders, queue_leaders, silent
from tickeng._engine.merged import feed_event, run_merged
from tickeng._engine.saving import CheckpointCounts, Checkpoints, description
from tickeng._engine.tabular import tabular_trades
from tickeng._engine.team import worker_count as worker_count
from tickeng._native import core
from tickeng._native.core import Decision, EngineCore
from tickeng.config import ENGINE_KEYS, Config, Setting, Times
from tickeng.errors import ConfigError, DataError, LateTickError, TickengError
from tickeng.frame import Frame


class Status(IntEnum):
    """What became of a tick."""

    OK = 0
    LATE = 1
    DUPLICATE = 2
    REJECTED = 3


class Reason(IntFlag):
    """What shuts the gate: the bits of `reason`."""

    NOT_WARM = 1
    LIQUIDITY = 2
    LEADER = 4
    FEED = 8
    HALTED = 16


class Engine(EngineCore):
    """Streams trades through the kernels: K1..K5, signal, size, gate and alpha.

    `Engine()` runs the decision chain with its defaults. `config` is a Config, a mapping or None;
    keywords are settings on top: `Engine(eps="relative")`, `Engine({"k1.window": 512})`,
    `Engine(kernels="v_norm,speed")`. One Engine serves one thread at a time.

    Raises ConfigError for unknown or bad settings.
    """

    _config: Config | None = None
    _cold: tuple[str, ...] = ()

    def __init__(self, config: Config | Mapping[str, object] | None = None, *,
                 _fused: bool = True, _max_time_ns: int | None = None,
                 **overrides: object) -> None:
        base = config if isinstance(config, Config) else Config(config)
        config = base.merged(overrides) if overrides else base
        self._build(*engine_options(config, _max_time_ns), _fused)
        self._config, self._saved = config, Checkpoints()

    @property
    def config(self) -> Config:
        """The configuration it was made with; another one needs another Engine."""
        if self._config is None:
            raise TickengError("this Engine was never constructed; a subclass must call "
                               "super().__init__() before anything else")
        return self._config

    def run(self, ts_ns: Any = None, price: Any = None, qty: Any = None, side: Any = None,
            symbol: Any = None, leader: Given = None, id: Any = None, *,
            sides: Any = None, workers: int | str = 1, trades: Any = None, quotes: Any = None,
            books: Any = None, deltas: Any = None, bars: Any = None, fills: Any = None,
            rows: str | Sequence[str] = "trade", **reading: Any) -> Frame:
        """Feeds arrays of trades, continuing the state that on_tick feeds; the same bits.

        ts_ns: int64[n] ns UTC (datetime64 is converted), price, qty: float64[n], side: int[n] of
        +1, -1, 0, or of buy and sell; symbol: None (one symbol, 0), uint32[n] codes of intern(), or
        n names; id: int64[n], read when dedupe is "id". sides: what other values in `side` mean,
        {"buy": [2], "sell": [1], "unknown": "*"}; with the setting infer_side `side` may be left
        out, and the Frame has the one that counted. leader: (ts_ns, price) arrays, merged by time:
        a leader tick with a trade's own timestamp counts as not yet seen; {name: (ts_ns, price)} of
        leaders that kernels name, k2(leader="ETHUSDT"), None being the one of all symbols.
        `run(table)` takes anything with __arrow_c_stream__, `run(path)` a file; both take the
        keywords of tickeng.read (sides, map, time_unit, ...). `run(tickeng.read(...))` is the same.
        trades, quotes, books: instead of arrays, tables or mappings of columns (quotes: ts_ns, bid,
        bid_qty, ask, ask_qty[, symbol]; books: the same with a row of levels in each, best first,
        NaN behind the last), merged by time; a trade sees no quote or book of its own time.
        deltas: messages of depth feeds in place of books, as on_delta takes them with a row per
        level: ts_ns, side ("bid", "ask"; 1, -1), price, qty[, snapshot, symbol, first, last,
        previous, message]. Rows of a `message`, else those that agree in all but the level, are one
        event and write one row. bars: ts_ns (their end), open, high, low, close[, volume,
        signed_volume, vwap, trades], for kernels on `bar`. fills: own ones, ts_ns, price, qty,
        side. Events at one time come in the order of these keywords.
        rows: whose events write a row, "trade", "quote", "book", "bar", "own" or a builder's, or
        several: the Frame has those of the first, `frame.at("m1")` others.
        workers: threads to share the work, "auto" for one per core this process may use: symbols
        are spread over them. A long stretch of one symbol's trades is cut into chunks or run node
        by node; with more than trades one symbol stays on one thread.

        Returns a Frame with one row per input row; warns (NotAcceptedWarning) where more than 1 %
        of them were not accepted. Raises DataError for columns of unequal length, of the wrong
        type, of which every row is rejected, or whose stamps all lie before min_time (most often
        of another unit); LateTickError when on_late is "error" (rows before it were fed).
        KeyboardInterrupt acts between two stretches of rows and says how many were fed.
        Spec: A-28, A-31.
        """
        kinds = dict(trade=trades, quote=quotes, book=books, delta=deltas, bar=bars, fill=fills)
        if any(table is not None for table in kinds.values()) or rows != "trade":
            if any(given is not None for given in (ts_ns, price, qty, side, symbol, id)):
                raise DataError("run() takes arrays, or trades=, quotes= and so on, not both")
            team = worker_count(workers)
            return run_merged(self, self.config, kinds, rows, leader, sides, team, **reading)
        need_fed(self, self.config)
        return self._run_trades(ts_ns, price, qty, side, symbol, leader, id, sides, workers,
                                **reading)

    def _run_trades(self, ts_ns: Any, price: Any, qty: Any, side: Any, symbol: Any, leader: Given,
                    id: Any, sides: Any, workers: int | str, **reading: Any) -> Frame:
        side = without_sides(self.config, ts_ns, qty, side, reading)
        if price is None:
            if not all(column is None for column in (qty, side, symbol, id)):
                raise DataError("run() takes ts_ns, price, qty and side, or one table or path and "
                                "what to make of its columns, such as map={...}")
            trades, unread = tabular_trades(self, ts_ns, sides=sides, **reading)
        elif qty is None or side is None:
            raise DataError("run() needs ts_ns, price, qty and side, or one table or path")
        elif reading:
            raise ConfigError(f"{min(reading)} says how a table or file is read; of arrays, sides= "
                              "alone can be said")
        else:
            trades, unread = {"ts_ns": ts_ns, "price": price, "qty": qty, "symbol": symbol,
                              "side": side_column(side, sides), "id": id}, {}
        trades["ts_ns"] = time_column(trades["ts_ns"], "ts_ns")
        not_before(trades["ts_ns"], "ts_ns", self.config)
        ahead = leader_columns(leader, self.named_leaders)
        need_leaders(self, ahead, self.config)
        before = self._refused
        frame = self._feed(**trades, leader=ahead, workers=workers)
        judge(frame["status"], np.subtract(self._refused, before).tolist(), unread)
        return frame

    def _feed(self, ts_ns: Any, price: Any, qty: Any, side: Any, symbol: Any = None,
              leader: Given = None, id: Any = None, *,
              workers: int | str = 1) -> Frame:
        """run() of columns that may be a part of others, with sides decided: not a word about what
        was not accepted."""
        times, prices, sizes, signs, ids = trade_columns(ts_ns, price, qty, side, id)
        ahead = leader_columns(leader, self.named_leaders)
        team = worker_count(workers)
        codes = symbol_codes(self, symbol, len(times))
        queue_leaders(self, ahead)
        arrays, status, done, sides = self._run(times, prices, sizes, signs, codes, ids, team)
        if done < len(times):
            raise LateTickError(f"row {done} at {times[done]} is older than the last accepted "
                                "trade of its symbol; on_late='drop' counts such rows instead")
        return Frame(dict(zip(self.outputs.names, arrays, strict=True))
                     | ({} if sides is None else {"side": sides}) | {"status": status})

    def on_event(self, event: Mapping[str, Any]) -> Decision | int:
        """Feeds one event as a mapping: kind "trade" (ts_ns, price, qty, side[, symbol]), "quote"
        (ts_ns, bid, bid_qty, ask, ask_qty[, symbol]), "book" (ts_ns, bids, asks[, symbol]),
        "delta" (the same and what on_delta takes besides) or "leader" (ts_ns, price[, leads or
        leader]). Raises DataError for another kind."""
        return feed_event(self, event)

    def on_time(self, ts_ns: int, symbol: str | int | None = None) -> Decision | None:
        """Tells the time when no tick does: shuts the gate of decisions that have become stale.

        With `stale_after` set, a decision whose symbol's last accepted tick is older than that gets
        gate 0, alpha 0.0 and reason bit 8 (feed) until the symbol's next accepted tick. The call
        moves the engine's own clock, never back, and that clock decides nothing else: no later tick
        is late for it, nothing enters a window. Bars that end by this time are completed, as the
        next event would complete them; so no later row changes a bit, unless a tick comes that is
        stamped before the end of a bar that has been completed so. run() and replay do not call it,
        so stale_after has no effect there.

        ts_ns: int, ns UTC. symbol: whose decision to look at and return; None: those of all
        symbols, and None is returned. Raises DataError for a time outside min_time and max_time,
        SymbolError for a symbol that never came. Spec: I-03.

        >>> from tickeng import Engine
        >>> engine = Engine(stale_after="5s")
        >>> _ = engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC")
        >>> engine.on_time(1_700_000_006_000_000_000, "BTC").reason & 8
        8
        """
        return core.on_time(self, ts_ns, symbol)

    def reset(self, symbol: str | int | None = None) -> None:
        """Back to the state of a new engine; symbols keep their codes.

        symbol: only this one starts anew (windows, clock, ids); its counters, halts and leader
        stay. Raises SymbolError for a symbol that never came.

        >>> from tickeng import Engine
        >>> engine = Engine()
        >>> _ = engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC")
        >>> engine.reset("BTC")
        >>> engine.progress["BTC"], engine.counters["BTC"]["processed"]
        ((0, None), 1)
        """
        if symbol is None:
            super().reset()
        else:
            core.restart(self, symbol, False)

    def forget(self, symbol: str | int) -> None:
        """Frees the state of a symbol that is done with, some hundreds of kilobytes.

        Its name, code and counters stay; a tick of it that comes all the same starts it anew, as
        after reset(symbol). Raises SymbolError for a symbol that never came.

        >>> from tickeng import Engine
        >>> engine = Engine()
        >>> _ = engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC-28NOV")
        >>> engine.forget("BTC-28NOV")
        """
        core.restart(self, symbol, True)

    def begin_source(self) -> None:
        """Declares that ticks from now on come from another source (the next month's file): the
        next one of each symbol and leader is no jump, however much later it is.

        >>> from tickeng import Engine
        >>> engine = Engine()
        >>> _ = engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1)
        >>> engine.begin_source()
        >>> engine.on_tick(1_710_000_000_000_000_000, 100.0, 1.0, 1).status
        0
        """
        core.begin_source(self)

    @property
    def max_time_ns(self) -> int:
        """Ticks with later stamps are rejected: `max_time`, or where that is auto a day after the
        wall clock, as of the construction or of the last tick that made the engine look."""
        return core.max_time_ns(self)

    @property
    def id_conflict(self) -> dict[str, Any] | None:
        """The first id that came again with another price or quantity since this engine was made:
        symbol, id, price_before, qty_before, price, qty; None if there was none."""
        return core.id_conflict(self)

    def peek(self, ts_ns: int, price: float, qty: float, side: int,
             symbol: str | int = 0) -> Decision:
        """The decision that on_tick would return, leaving this engine as it is (it works on a
        copy, so it costs some tens of microseconds)."""
        return self.copy().on_tick(ts_ns, price, qty, side, symbol)

    def copy(self) -> Engine:
        """An independent engine with the same configuration and state."""
        twin = Engine.__new__(Engine)
        twin._clone_from(self)
        twin._config, twin._saved, twin._cold = self.config, Checkpoints(), self._cold
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> Engine:
        return self.copy()

    def state(self) -> bytes:
        """The whole state, uncompressed: configuration, kernels, counters, symbol table, leader."""
        return describe(super().state(), self.config)

    @classmethod
    def from_state(cls, state: bytes, config: Config | Mapping[str, object] | None = None,
                   *, allow_cold: str | Iterable[str] = (), _max_time_ns: int | None = None,
                   _cold: Iterable[str] = (), **overrides: Any) -> Engine:
        """An engine that continues from state(), with its configuration.

        config or keywords may differ in what changes no numbers (`max_symbols`). allow_cold: nodes
        of config that the state may lack; they begin without a past at the next row of their clock,
        undefined until warm, while all others continue, those that read them too. Raises StateError
        for another difference, StateError or DataError when the bytes do not fit.

        >>> from tickeng import Engine
        >>> engine = Engine(kernels="speed")
        >>> Engine.from_state(engine.state(), kernels="speed; cvd", allow_cold="cvd").cold
        ('cvd',)
        """
        stored, body = opened(state)
        allowed = named(allow_cold)
        engine = cls(settled(stored, config, overrides, allowed), _max_time_ns=_max_time_ns)
        begun, without = beginning(allowed, stored, engine.config)
        engine._load(body, begun + without)
        engine._cold = tuple(dict.fromkeys((*_cold, *begun)))
        return engine

    @property
    def cold(self) -> tuple[str, ...]:
        """Nodes that began without a past while others continued, here or before."""
        return self._cold

    def save(self, path: str | Path) -> None:
        """Writes a checkpoint file (atomically; the one before is kept as PATH.1).

        Raises OutputError when it cannot be written, which leaves the checkpoints that are there
        and this engine as they are and is counted in `checkpoints`.
        """
        state = self.state()
        self._saved.save(path, state, description(self.config, self.max_time_ns, self._cold))

    @classmethod
    def load(cls, path: str | Path, *, max_memory: int | str | None = None,
             **overrides: Any) -> Engine:
        """The engine of a checkpoint file, with the configuration stored there; keywords as for
        from_state. Warns (FallbackWarning) when the file is damaged or missing and PATH.1 is taken.

        Raises StateError when both are damaged, or it is larger than `max_memory` (None: 1 GiB) or
        not of this build.
        """
        saved = Checkpoints()
        state, meta = saved.load(path, max_memory)
        engine = cls.from_state(state, _max_time_ns=meta.get("max_time_ns"),
                                _cold=meta.get("cold", ()), **overrides)
        engine._saved = saved
        return engine

    @property
    def checkpoints(self) -> CheckpointCounts:
        """Checkpoints written, failures to write one, and fallbacks to the generation before."""
        _ = self.config  # raises where nothing was constructed
        return self._saved.counts

    def __reduce__(self) -> tuple[Any, ...]:
        from tickeng.checkpoint import encode

        meta = description(self.config, self.max_time_ns, self._cold)
        return _unpickle, (encode(self.state(), meta),)

    @property
    def schema(self) -> tuple[str, ...]:
        """Names of Decision attributes and Frame columns, `status` last."""
        return (*self.outputs.names, "status")

    @property
    def warmup(self) -> dict[str, int]:
        """Output -> 0-based index of the accepted trade at which it is first defined (for ready,
        gate and alpha: from which it may differ from 0)."""
        return {name: rows for name, (rows, _) in self._warmup().items()}

    @property
    def warmup_ns(self) -> dict[str, int]:
        """Output -> time that must have passed besides, since its first row, where it has one."""
        return {name: ns for name, (_, ns) in self._warmup().items() if ns}

    @property
    def health(self) -> dict[str, KernelHealth]:
        """Kernel -> worst shares over symbols of ticks on which eps was above 1 % of sigma (above
        10 %, flagged, it silences that kernel's z-score), a series stood still, a window by time
        overflowed. A node that names a leader of which no tick came says so in `remedy`."""
        return worst(self._health(name) for name in self.symbols) | {
            node: KernelHealth(0.0, False, f"no tick of the leader {leader} yet")
            for node, leader in silent(self, self.config).items()}

    def __repr__(self) -> str:
        return f"Engine({self.config.changed()!r}, symbols={len(self.symbols)})"


QUOTES, SIDES = (next(k for k in ENGINE_KEYS if k.name == name).choices
                 for name in ("quotes", "infer_side"))
Settings = tuple[str, list[Setting], int, bool, int, int, int,
                 tuple[int, ...], Times]


def engine_options(config: Config, max_time_ns: int | None = None) -> Settings:
    """What the core is built from: kernels, settings, on_late, dedupe, latency in ns, most symbols
    and bytes of a name, how long quotes hold in ns, and Config.times."""
    late = next(k for k in ENGINE_KEYS if k.name == "on_late").choices
    return (str(config["kernels"]), config.engine_settings(), late.index(str(config["on_late"])),
            config["dedupe"] == "id", round(float(config["leader_latency"]) * 1e9),
            int(config["max_symbols"]), int(config["max_symbol_bytes"]),
            (*config.nanoseconds("max_quote_age", "hold_good"), int(config["snapshot_depth"]),
             QUOTES.index(str(config["quotes"])), SIDES.index(str(config["infer_side"]))),
            config.times(max_time_ns))


def _unpickle(raw: bytes) -> Engine:
    from tickeng.checkpoint import decode

    state, meta = decode(raw, max_bytes=None)
    return Engine.from_state(with_config(state, meta), _max_time_ns=meta.get("max_time_ns"),
                             _cold=meta.get("cold", ()))
