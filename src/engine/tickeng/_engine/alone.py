"""What `Engine.run` of trades alone asks first: whether what its kernels and rules look at came
before, and what sides stand for where none are given."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from tickeng._native.core import EngineCore
from tickeng.config import Config
from tickeng.errors import ConfigError


def need_fed(engine: EngineCore, config: Config) -> None:
    """Raises ConfigError where kernels or the rule for sides look at events of which none came."""
    quotes, rule = bool(engine.quote_counters or engine.book_counters), config["infer_side"]
    if rule in ("quote", "lee-ready") and not quotes:
        raise ConfigError(f'infer_side="{rule}" needs quotes: give run(trades=..., quotes=...), or'
                          ' infer_side="tick"')
    for kind, came in (("quote", quotes), ("book", bool(engine.book_counters)),
                       ("bar", bool(engine.bar_counters))):
        config.need(kind, came, f"give run(trades=..., {kind}s=...), or select kernels of trades")


def without_sides(config: Config, first: Any, qty: Any, side: Any, reading: dict[str, Any]) -> Any:
    """The sides of trades: unknown where none are given and the engine infers them. `first`: the
    first argument of run, of which a file may then lack them, as `reading` will say."""
    if config["infer_side"] == "none":
        return side
    if isinstance(first, str | os.PathLike):
        reading.setdefault("infer_side", "none")
    return np.zeros(len(qty), np.int8) if side is None and qty is not None else side
