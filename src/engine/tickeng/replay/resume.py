"""Takes up a checkpoint: the engine with its state, if configuration and order are the same."""

import warnings
from dataclasses import dataclass, field
from typing import Any

from ..checkpoint import read_checkpoint
from ..config import Config
from ..engine import Engine
from ..errors import ConfigError, DataError, StateError
from ..limits import memory_limit
from .options import Options


@dataclass(slots=True)
class Saved:
    """What a checkpoint gives a replay; empty without one."""

    engine: Engine | None = None
    meta: dict[str, Any] = field(default_factory=dict)


def order(options: Options) -> dict[str, Any]:
    """What decides the order of rows and their signs beside the configuration."""
    return {
        "reorder_ns": options.reorder_ns,
        "clock": options.source.get("clock") or "event",
        "infer_side": options.source.get("infer_side"),
        **({"pairs": options.pairs} if options.pairs else {}),
    }


def load(options: Options, warned: list[str]) -> Saved:
    """The checkpoint of `options.resume`; what is worth a warning is appended to `warned`.

    Raises:
        StateError: damaged, or taken under another configuration or order policy.
        FileNotFoundError: there is none.
    """
    if options.resume is None:
        return Saved()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        limits = memory_limit(options.source.get("max_memory"))
        state, meta = read_checkpoint(options.resume, max_bytes=limits.memory)
    warned += [str(warning.message) for warning in caught]
    config = options.config
    if meta.get("config_hash") != config.hash:
        faults = differences(_in_full(meta.get("config", {})), config.to_dict())
        raise StateError(
            f"{options.resume}: was written under another configuration:\n  "
            + "\n  ".join(faults or ["the hashes differ"])
            + "\ngive it the configuration that it had then"
        )
    mine = order(options)
    faults = differences(meta.get("order", mine), mine)
    if faults:
        raise StateError(
            f"{options.resume}: was written under another order of rows:\n  " + "\n  ".join(faults)
        )
    try:
        engine = Engine.from_state(state, config, _max_time_ns=meta.get("max_time_ns"))
    except DataError as error:
        raise StateError(f"{options.resume}: its state does not fit: {error}") from error
    return Saved(engine, meta)


def _in_full(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with the defaults of this version, if it knows them all."""
    try:
        return Config(settings).to_dict()
    except ConfigError:
        return settings


def differences(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """`key: was A, is B` for every key that differs."""
    return [
        f"{key}: was {then.get(key, 'not set')}, is {now.get(key, 'not set')}"
        for key in sorted(then.keys() | now.keys())
        if then.get(key) != now.get(key)
    ]
