"""`Engine`: the public class over the C++ core, with configuration, tables and files."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tickeng import _core
from tickeng._core import Decision, EngineCore, ParallelCore
from tickeng.config import DAY_NS, ENGINE_KEYS, Config, Times
from tickeng.errors import ConfigError, DataError, LateTickError
from tickeng.frame import Frame
from tickeng.notation import exact_ns, iso_utc

_1990_NS = 631_152_000 * 10**9
_UNITS = (("microseconds", 10**3), ("milliseconds", 10**6), ("seconds", 10**9))


class Status(IntEnum):
    """What became of a tick."""

    OK = 0
    LATE = 1
    DUPLICATE = 2
    REJECTED = 3


class KernelHealth(NamedTuple):
    """How often eps was above 1 % of sigma in one kernel, and what to do about it."""

    share: float
    flagged: bool
    remedy: str


class Engine(EngineCore):
    """Streams trades through the kernels: K1..K5, signal, size, gate and alpha.

    `Engine()` runs the decision chain with its defaults. `config` is a Config, a mapping or None;
    keywords are settings on top: `Engine(eps="relative")`, `Engine({"k1.window": 512})`,
    `Engine(kernels="v_norm,speed")`. One Engine serves one thread at a time.

    Raises ConfigError for unknown or bad settings.
    """

    config: Config

    def __init__(self, config: Config | Mapping[str, object] | None = None, *,
                 _fused: bool = True, _max_time_ns: int | None = None,
                 **overrides: object) -> None:
        base = config if isinstance(config, Config) else Config(config)
        self.config = base.merged(overrides) if overrides else base
        self._build(*engine_options(self.config, _max_time_ns), _fused)

    def run(self, ts_ns: Any, price: Any = None, qty: Any = None, side: Any = None,
            symbol: Any = None, leader: tuple[Any, Any] | None = None, id: Any = None, *,
            workers: int | str = 1) -> Frame:
        """Feeds arrays of trades, continuing the state that on_tick feeds; the same bits.

        ts_ns: int64[n] ns UTC (datetime64 is converted), price, qty: float64[n], side: int[n] of
        +1, -1, 0, symbol: None (one symbol, 0), uint32[n] codes of intern(), or n names;
        id: int64[n], read when dedupe is "id". leader: (ts_ns, price) arrays, merged by time: a
        leader tick with a trade's own timestamp counts as not yet seen.
        `run(table)` takes anything with __arrow_c_stream__ whose columns have the usual names.
        workers: threads to share the work, "auto" for one per core this process may use; symbols
        are spread over them, a long stretch of one symbol is cut into chunks.

        Returns a Frame with one row per input row. Raises DataError for columns of unequal length
        or the wrong type, and for stamps that all lie before min_time, which are most often of
        another unit; LateTickError when on_late is "error" (rows before it were fed).
        Spec: A-28, A-31.
        """
        if price is None:
            from tickeng.sources.arrow import trades_of_table

            return self.run(**trades_of_table(ts_ns), leader=leader, workers=workers)
        times = stamps(ts_ns, "ts_ns", self.config)
        if leader is not None:
            leader = (stamps(leader[0], "leader ts_ns", self.config), leader[1])
        return self._take(times, price, qty, side, symbol, leader, id, workers=workers)

    def _take(self, ts_ns: Any, price: Any, qty: Any, side: Any, symbol: Any,
              leader: tuple[Any, Any] | None, id: Any, *, workers: int | str = 1) -> Frame:
        """run() of rows that may be a part of others: they may all have bad stamps."""
        if leader is not None:
            self._queue_leader(_times(leader[0], "leader ts_ns"), _reals(leader[1], "leader price"))
        times, prices, sizes, sides, ids = trade_columns(ts_ns, price, qty, side, id)
        codes = symbol_codes(self, symbol, len(times))
        arrays, status, done = self._run(times, prices, sizes, sides, codes, ids,
                                         worker_count(workers))
        if done < len(times):
            raise LateTickError(f"row {done} at {times[done]} is older than the last accepted "
                                "trade of its symbol; on_late='drop' counts such rows instead")
        return Frame(dict(zip(self.outputs.names, arrays, strict=True)) | {"status": status})

    def on_event(self, event: Mapping[str, Any]) -> Decision | int:
        """Feeds one event as a mapping: kind "trade" (ts_ns, price, qty, side[, symbol]) or
        "leader" (ts_ns, price[, symbol]). Raises DataError for another kind."""
        kind = event.get("kind")
        if kind == "trade":
            return self.on_tick(event["ts_ns"], event["price"], event["qty"], event["side"],
                                event.get("symbol", 0))
        if kind == "leader":
            return self.on_leader(event["ts_ns"], event["price"], event.get("symbol"))
        raise DataError(f"no event kind {kind!r}; there are trade and leader")

    def on_time(self, ts_ns: int, symbol: str | int | None = None) -> Decision | None:
        """Tells the time when no tick does: shuts the gate of decisions that have become stale.

        With `stale_after` set, a decision whose symbol's last accepted tick is older than that gets
        gate 0, alpha 0.0 and reason bit 8 (feed) until the symbol's next accepted tick. The call
        moves the engine's own clock, never back, and that clock decides nothing else: no later tick
        is late for it, nothing enters a window, no later row changes a bit. run() and replay do not
        call it, so stale_after has no effect there.

        ts_ns: int, ns UTC. symbol: whose decision to look at and return; None: those of all
        symbols, and None is returned. Raises DataError for a time outside min_time and max_time,
        and for a symbol that never came. Spec: I-03.

        >>> from tickeng import Engine
        >>> engine = Engine(stale_after="5s")
        >>> _ = engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC")
        >>> engine.on_time(1_700_000_006_000_000_000, "BTC").reason & 8
        8
        """
        return _core.on_time(self, ts_ns, symbol)

    def reset(self, symbol: str | int | None = None) -> None:
        """Back to the state of a new engine; symbols keep their codes.

        symbol: only this one starts anew (windows, clock, ids); its counters, halts and leader
        stay. Raises DataError for a symbol that never came.

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
            _core.restart(self, symbol, False)

    def forget(self, symbol: str | int) -> None:
        """Frees the state of a symbol that is done with, some hundreds of kilobytes.

        Its name, code and counters stay; a tick of it that comes all the same starts it anew, as
        after reset(symbol). Raises DataError for a symbol that never came.

        >>> from tickeng import Engine
        >>> engine = Engine()
        >>> _ = engine.on_tick(1_700_000_000_000_000_000, 100.0, 1.0, 1, "BTC-28NOV")
        >>> engine.forget("BTC-28NOV")
        """
        _core.restart(self, symbol, True)

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
        _core.begin_source(self)

    @property
    def max_time_ns(self) -> int:
        """Ticks with later stamps are rejected: `max_time`, or where that is auto a day after the
        wall clock, as of the construction or of the last tick that made the engine look."""
        return _core.max_time_ns(self)

    @property
    def id_conflict(self) -> dict[str, Any] | None:
        """The first id that came again with another price or quantity since this engine was made:
        symbol, id, price_before, qty_before, price, qty; None if there was none."""
        return _core.id_conflict(self)

    def peek(self, ts_ns: int, price: float, qty: float, side: int,
             symbol: str | int = 0) -> Decision:
        """The decision that on_tick would return, leaving this engine as it is (it works on a
        copy, so it costs some tens of microseconds)."""
        return self.copy().on_tick(ts_ns, price, qty, side, symbol)

    def copy(self) -> Engine:
        """An independent engine with the same configuration and state."""
        twin = Engine.__new__(Engine)
        twin.config = self.config
        twin._clone_from(self)
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> Engine:
        return self.copy()

    @classmethod
    def from_state(cls, state: bytes, config: Config | Mapping[str, object] | None = None,
                   *, _max_time_ns: int | None = None) -> Engine:
        """An engine that continues from state(); the configuration must be the same.

        Raises StateError or DataError when the bytes do not fit.
        """
        engine = cls(config, _max_time_ns=_max_time_ns)
        engine._load(state)
        return engine

    def save(self, path: str | Path) -> None:
        """Writes a checkpoint file (atomically; the one before is kept as PATH.1)."""
        from tickeng.checkpoint import write_checkpoint

        write_checkpoint(path, self.state(), self._meta())

    @classmethod
    def load(cls, path: str | Path, *, max_memory: int | str | None = None) -> Engine:
        """The engine of a checkpoint file whose state takes at most `max_memory` (None: 1 GiB).

        Raises StateError when it is damaged, larger or not of this build.
        """
        from tickeng.checkpoint import read_checkpoint
        from tickeng.checkpoint_description import config_of
        from tickeng.limits import memory_limit

        state, meta = read_checkpoint(path, max_bytes=memory_limit(max_memory).memory)
        return cls.from_state(state, config_of(meta, path), _max_time_ns=meta.get("max_time_ns"))

    def _meta(self) -> dict[str, Any]:
        return {"config": self.config.changed(), "config_hash": self.config.hash,
                "max_time_ns": self.max_time_ns}

    def __reduce__(self) -> tuple[Any, ...]:
        from tickeng.checkpoint import encode

        return _unpickle, (encode(self.state(), self._meta()),)

    @property
    def schema(self) -> tuple[str, ...]:
        """Names of Decision attributes and Frame columns, `status` last."""
        return (*self.outputs.names, "status")

    @property
    def warmup(self) -> dict[str, int]:
        """Output -> 0-based index of the accepted trade at which it is first defined (for ready,
        gate and alpha: from which it may differ from 0)."""
        warmup: dict[str, int] = self._warmup()
        return warmup

    @property
    def health(self) -> dict[str, KernelHealth]:
        """Kernel -> worst share over symbols of ticks on which eps was above 1 % of sigma;
        flagged above 10 %, which silences that kernel's z-score."""
        worst: dict[str, float] = {}
        for name in self.symbols:
            for kernel, (ticks, dominated) in self._health(name).items():
                share = dominated / ticks if ticks else 0.0
                worst[kernel] = max(share, worst.get(kernel, 0.0))
        return {k: KernelHealth(s, s > 0.1, "eps=relative" if s > 0.1 else "")
                for k, s in worst.items()}

    def __repr__(self) -> str:
        return f"Engine({self.config.changed()!r}, symbols={len(self.symbols)})"


Settings = tuple[str, list[tuple[str, str, float]], int, bool, int, int, Times]


def engine_options(config: Config, max_time_ns: int | None = None) -> Settings:
    """What the core is built from: kernels, settings, on_late, dedupe, latency in ns, symbols and
    Config.times."""
    late = next(k for k in ENGINE_KEYS if k.name == "on_late").choices
    return (str(config["kernels"]), config.engine_settings(), late.index(str(config["on_late"])),
            config["dedupe"] == "id", round(float(config["leader_latency"]) * 1e9),
            int(config["max_symbols"]), config.times(max_time_ns))


def trade_columns(ts_ns: Any, price: Any, qty: Any, side: Any, id: Any) -> tuple[Any, ...]:
    """(ts_ns, price, qty, side, id) as the core takes them; id may be None. Raises DataError."""
    times = _times(ts_ns, "ts_ns")
    columns = (_reals(price, "price"), _reals(qty, "qty"), _sides(side),
               None if id is None else np.ascontiguousarray(id, dtype=np.int64))
    for name, column in zip(("price", "qty", "side", "id"), columns, strict=True):
        if column is not None and len(column) != len(times):
            raise DataError(f"{name} has {len(column)} rows, ts_ns has {len(times)}")
    return (times, *columns)


def symbol_codes(core: EngineCore | ParallelCore, symbol: Any, rows: int) -> np.ndarray | None:
    """uint32 codes; checked, because the core indexes with them."""
    if symbol is None:
        if not core.symbol_count:
            core.intern(["0"])
        return None
    if isinstance(symbol, str):
        raise DataError("symbol must be an array of codes or a sequence of names")
    array = np.asarray(symbol)
    if len(array) != rows:
        raise DataError(f"symbol has {len(array)} rows, ts_ns has {rows}")
    if array.dtype.kind in "iu":
        if array.size and not 0 <= int(array.min()) <= int(array.max()) < core.symbol_count:
            raise DataError("a symbol code was not given out by intern()")
        return np.ascontiguousarray(array, dtype=np.uint32)
    names, places = np.unique(array.astype(str), return_inverse=True)
    order = np.unique(places, return_index=True)[1].argsort()  # names by first appearance
    codes = np.empty(len(names), dtype=np.uint32)
    codes[order] = core.intern([str(n) for n in names[order]])
    return codes[places]


def worker_count(workers: int | str) -> int:
    """Threads that `workers` asks for: a number from 1 on, or "auto" for one per usable core.

    Raises ConfigError for anything else.
    """
    if workers == "auto":
        return len(os.sched_getaffinity(0))
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise ConfigError(f"workers is {workers!r}; it must be 1 to 1024, or 'auto'")
    return workers


def _unpickle(raw: bytes) -> Engine:
    from tickeng.checkpoint import decode

    state, meta = decode(raw, max_bytes=None)
    return Engine.from_state(state, meta["config"], _max_time_ns=meta.get("max_time_ns"))


def stamps(values: Any, name: str, config: Config) -> np.ndarray:
    """int64 ns. Raises DataError where no one lies behind min_time: all would be rejected."""
    times = _times(values, name)
    least = exact_ns(str(config["min_time"]))
    if len(times) and times[0] < least and times[-1] < least and int(times.max()) < least:
        raise DataError(f"{name}: every time lies before min_time, {iso_utc(least)}"
                        + _other_unit(float(times.max()), "np.asarray(ts, 'int64') * {:_}"))
    return times


def _other_unit(newest: float, remedy: str) -> str:
    """What to say if a time has the size of another unit's."""
    for unit, factor in _UNITS:
        if _1990_NS <= newest * factor <= time.time_ns() + DAY_NS:
            return f"; the times look like {unit}: give {remedy.format(factor)}, or datetime64"
    return ""


def _times(values: Any, name: str) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind == "M":
        array = array.astype("datetime64[ns]").view(np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        if array.size == 0:
            return np.empty(0, dtype=np.int64)
        hint = ""
        if array.dtype.kind == "f" and np.isfinite(array).any():
            remedy = "(np.asarray(ts) * {:_}).astype('int64')"
            hint = _other_unit(float(array[np.isfinite(array)].max()), remedy)
        raise DataError(f"{name} must be a one-dimensional array of integers (ns UTC) or "
                        f"datetime64, not {array.dtype}{hint}")
    return np.ascontiguousarray(array, dtype=np.int64)


def _reals(values: Any, name: str) -> np.ndarray:
    try:
        array = np.ascontiguousarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} must hold numbers") from None
    if array.ndim != 1:
        raise DataError(f"{name} must be one-dimensional")
    return array


def _sides(values: Any) -> np.ndarray:
    """int8 of +1, -1, 0; anything else becomes 2, which the core rejects and counts."""
    array = np.asarray(values)
    if array.dtype == np.int8 and array.flags.c_contiguous:
        return array
    try:
        numbers = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("side must hold +1, -1 or 0") from None
    known = (numbers == 1) | (numbers == -1) | (numbers == 0)
    return np.where(known, numbers, 2.0).astype(np.int8)


