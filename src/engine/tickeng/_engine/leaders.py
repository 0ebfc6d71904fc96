"""Leaders of `Engine.run`: columns by name, checked and queued ahead of the trades."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from tickeng._engine.arrays import not_before, real_column, time_column
from tickeng._native.core import EngineCore
from tickeng.config import Config
from tickeng.errors import ConfigError, DataError

Given = tuple[Any, Any] | Mapping[str | None, tuple[Any, Any]] | None
Ahead = dict[str | None, tuple[np.ndarray, np.ndarray]]


def leader_columns(leader: Any, known: Collection[str]) -> Ahead:
    """(ts_ns, price) of leaders' ticks by name, None: that of all symbols; `known`: those that
    kernels name. Raises DataError, ConfigError for another name."""
    given = leader if isinstance(leader, Mapping) else {} if leader is None else {None: leader}
    for name in given:
        if name is not None and name not in known:
            raise ConfigError(f"no kernel names the leader {name!r}; "
                              f"{', '.join(known) or 'none'} are named")
    return {name: _leader_columns(pair, f"leader {name}" if name else "leader")
            for name, pair in given.items()}


def _leader_columns(pair: Any, what: str) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise DataError(f"{what} must be a pair of arrays (ts_ns, price)")
    times, prices = time_column(pair[0], f"{what} ts_ns"), real_column(pair[1], f"{what} price")
    if len(times) != len(prices):
        raise DataError(f"{what} price has {len(prices)} rows, {what} ts_ns has {len(times)}")
    return times, prices


def queue_leaders(engine: EngineCore, ahead: Ahead) -> None:
    """Ticks that become visible as later trades pass them."""
    for name, (times, prices) in ahead.items():
        engine._queue_leader(times, prices, leader=name)


def need_leaders(engine: EngineCore, given: Ahead, config: Config) -> None:
    """Raises ConfigError where kernels name a leader of which nothing comes or ever came, DataError
    for stamps that all lie before min_time."""
    for name, counters in engine.named_leaders.items():
        if name not in given and not counters["in"]:
            raise ConfigError(f"kernels name the leader {name}, and there is none: give run(..., "
                              f"leader={{{name!r}: (ts_ns, price)}})")
    for times, _ in given.values():
        not_before(times, "leader ts_ns", config)


def silent(engine: EngineCore, config: Config) -> dict[str, str]:
    """Nodes that name a leader of which no tick ever came, and that leader."""
    silent = {name for name, counts in engine.named_leaders.items() if not counts["in"]}
    nodes = config.nodes() if silent else []
    return {node["name"]: node["leader"] for node in nodes if node["leader"] in silent}
