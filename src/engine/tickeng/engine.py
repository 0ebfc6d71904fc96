"""`Engine`: the public class over the C++ core, with configuration, tables and files."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tickeng._core import REJECT_REASONS, Decision, EngineCore
from tickeng.arrays import leader_columns, side_column, symbol_codes, trade_columns
from tickeng.config import ENGINE_KEYS, Config
from tickeng.described import describe, opened, settled, with_config
from tickeng.errors import (
    ConfigError,
    DataError,
    LateTickError,
    NotAcceptedWarning,
    TickengError,
)
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


_REMEDIES = {
    "bad_price": "price must be above 0; are price and qty in the right order?",
    "bad_qty": "qty must not be below 0; a sell is side -1, not a negative qty",
    "bad_timestamp": "ts_ns must be ns since 1970",
    "bad_side": 'side must be +1, -1 or 0; other values need sides={"buy": ..., "sell": ...}',
}


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

    _config: Config | None = None

    def __init__(self, config: Config | Mapping[str, object] | None = None, *,
                 _fused: bool = True, **overrides: object) -> None:
        base = config if isinstance(config, Config) else Config(config)
        config = base.merged(overrides) if overrides else base
        self._build(*engine_options(config), _fused)
        self._config = config

    @property
    def config(self) -> Config:
        """The configuration it was made with; another one needs another Engine."""
        if self._config is None:
            raise TickengError("this Engine was never constructed; a subclass must call "
                               "super().__init__() before anything else")
        return self._config

    def run(self, ts_ns: Any, price: Any = None, qty: Any = None, side: Any = None,
            symbol: Any = None, leader: tuple[Any, Any] | None = None, id: Any = None, *,
            sides: Mapping[str, Any] | None = None, workers: int | str = 1) -> Frame:
        """Feeds arrays of trades, continuing the state that on_tick feeds; the same bits.

        ts_ns: int64[n] ns UTC (datetime64 is converted), price, qty: float64[n], side: int[n] of
        +1, -1, 0, or of buy and sell; symbol: None (one symbol, 0), uint32[n] codes of intern(), or
        n names; id: int64[n], read when dedupe is "id". sides: what other values in `side` mean,
        {"buy": [2], "sell": [1], "unknown": "*"}. leader: (ts_ns, price) arrays, merged by time: a
        leader tick with a trade's own timestamp counts as not yet seen.
        `run(table)` takes anything with __arrow_c_stream__ whose columns have the usual names.
        workers: threads to share the work, "auto" for one per core this process may use; symbols
        are spread over them, a long stretch of one symbol is cut into chunks.

        Returns a Frame with one row per input row; warns (NotAcceptedWarning) where more than 1 %
        of them were not accepted. Raises DataError for columns of unequal length, of the wrong type
        or of which every row is rejected, LateTickError when on_late is "error" (rows before it
        were fed). KeyboardInterrupt acts between two stretches of rows and says how many were fed.
        Spec: A-28, A-31.
        """
        if price is None:
            from tickeng.sources.arrow import trades_of_table

            if sides is not None:
                raise DataError("sides= is for arrays; run(ts_ns, price, qty, side, sides=...)")
            trades = trades_of_table(ts_ns)
        elif qty is None or side is None:
            raise DataError("run() needs ts_ns, price, qty and side, or one table")
        else:
            trades = {"ts_ns": ts_ns, "price": price, "qty": qty,
                      "side": side_column(side, sides), "symbol": symbol, "id": id}
        before = self._refused
        frame = self._feed(**trades, leader=leader, workers=workers)
        self._judge(frame["status"], before)
        return frame

    def _feed(self, ts_ns: Any, price: Any, qty: Any, side: Any, symbol: Any = None,
              leader: tuple[Any, Any] | None = None, id: Any = None, *,
              workers: int | str = 1) -> Frame:
        """run() of columns whose sides are decided, without a word about what was not accepted."""
        times, prices, sizes, signs, ids = trade_columns(ts_ns, price, qty, side, id)
        ahead = leader_columns(leader) if leader is not None else None
        team = worker_count(workers)
        codes = symbol_codes(self, symbol, len(times))
        if ahead is not None:
            self._queue_leader(*ahead)
        arrays, status, done = self._run(times, prices, sizes, signs, codes, ids, team)
        if done < len(times):
            raise LateTickError(f"row {done} at {times[done]} is older than the last accepted "
                                "trade of its symbol; on_late='drop' counts such rows instead")
        return Frame(dict(zip(self.outputs.names, arrays, strict=True)) | {"status": status})

    def _judge(self, status: np.ndarray, before: list[int]) -> None:
        """Warns of rows that were not accepted where they are many; raises where all were bad."""
        lost = int(np.count_nonzero(status))
        if lost * 100 <= len(status):
            return
        late, duplicate, rejected = np.bincount(status, minlength=4)[1:4].tolist()
        why = {name: now - then for name, now, then in
               zip(REJECT_REASONS, self._refused, before, strict=True) if now > then}
        most = max(why, key=lambda name: why[name], default="")
        if rejected == len(status):
            raise DataError(f"every one of {rejected:,} rows was rejected, {why[most]:,} as {most}"
                            + (f": {_REMEDIES[most]}" if most in _REMEDIES else ""))
        counts = {"late": late, "duplicate": duplicate, **why}
        said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        warnings.warn(f"{lost:,} of {len(status):,} rows were not accepted: {said}",
                      NotAcceptedWarning, stacklevel=3)

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

    def peek(self, ts_ns: int, price: float, qty: float, side: int,
             symbol: str | int = 0) -> Decision:
        """The decision that on_tick would return, leaving this engine as it is (it works on a
        copy, so it costs some tens of microseconds)."""
        return self.copy().on_tick(ts_ns, price, qty, side, symbol)

    def copy(self) -> Engine:
        """An independent engine with the same configuration and state."""
        twin = Engine.__new__(Engine)
        twin._clone_from(self)
        twin._config = self.config
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> Engine:
        return self.copy()

    def state(self) -> bytes:
        """The whole state, uncompressed: configuration, kernels, counters, symbol table, leader."""
        return describe(super().state(), self.config)

    @classmethod
    def from_state(cls, state: bytes, config: Config | Mapping[str, object] | None = None,
                   **overrides: Any) -> Engine:
        """An engine that continues from state(), with its configuration.

        config or keywords may differ in what changes no numbers (`max_symbols`). Raises StateError
        for another that does, StateError or DataError when the bytes do not fit.
        """
        stored, body = opened(state)
        engine = cls(settled(stored, config, overrides))
        engine._load(body)
        return engine

    def save(self, path: str | Path) -> None:
        """Writes a checkpoint file (atomically; the one before is kept as PATH.1)."""
        from tickeng.checkpoint import write_checkpoint

        write_checkpoint(path, self.state(), self._meta())

    @classmethod
    def load(cls, path: str | Path, **overrides: Any) -> Engine:
        """The engine of a checkpoint file, with the configuration stored there; keywords as for
        from_state. Raises StateError when damaged or not of this build."""
        from tickeng.checkpoint import read_checkpoint

        state, meta = read_checkpoint(path)
        return cls.from_state(with_config(state, meta), **overrides)

    def _meta(self) -> dict[str, Any]:
        return {"config": self.config.changed(), "config_hash": self.config.hash}

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


def engine_options(config: Config) -> tuple[
    str, list[tuple[str, str, float]], int, bool, int, int, int]:
    """What the core is built from: kernels, settings, on_late, dedupe, latency in ns, and
    most symbols and bytes of a name."""
    late = next(k for k in ENGINE_KEYS if k.name == "on_late").choices
    return (str(config["kernels"]), config.engine_settings(), late.index(str(config["on_late"])),
            config["dedupe"] == "id", round(float(config["leader_latency"]) * 1e9),
            int(config["max_symbols"]), int(config["max_symbol_bytes"]))


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

    state, meta = decode(raw)
    return Engine.from_state(with_config(state, meta))
