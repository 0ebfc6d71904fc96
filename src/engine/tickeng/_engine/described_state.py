"""Saved state with the configuration it was made under, so that it cannot go on under another.

    8 bytes "tickeng" and a 1 | u32 length | JSON of the settings that are no defaults | core state

Trap: states of earlier versions are the core's alone, which begins with its format number; those
are taken, with the configuration of their checkpoint where they come from one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tickeng._engine.cold_start import offered
from tickeng.config import Config
from tickeng.errors import ConfigError, DataError, StateError

_MAGIC = b"tickeng\x01"
_HEAD = len(_MAGIC) + 4
_NODES = ("kernels", "nodes")  # what differs where nodes do


def describe(body: bytes, config: Config) -> bytes:
    """The core's state with its configuration."""
    text = json.dumps(config.changed(), sort_keys=True).encode()
    return b"".join((_MAGIC, len(text).to_bytes(4, "little"), text, body))


def opened(state: bytes) -> tuple[Config | None, bytes]:
    """(its configuration, if it has one, the core's state). Raises DataError, StateError."""
    state = bytes(state)
    if not state.startswith(_MAGIC):
        return None, state
    size = int.from_bytes(state[len(_MAGIC):_HEAD], "little")
    try:
        settings = json.loads(state[_HEAD:_HEAD + size])
    except ValueError:
        raise DataError("saved state is damaged: its configuration cannot be read") from None
    return _config(settings), state[_HEAD + size:]


def with_config(state: bytes, meta: Mapping[str, Any]) -> bytes:
    """A checkpoint's state with the checkpoint's configuration, where it has none of its own.

    Raises StateError where the two have different ones.
    """
    stored, body = opened(state)
    if stored is None:
        return describe(body, _config(meta["config"]))
    if meta.get("config_hash", stored.hash) != stored.hash:
        raise StateError("the checkpoint's description and its state have different configurations:"
                         " they were not saved together")
    return state


def _config(settings: Any) -> Config:
    if not isinstance(settings, dict):
        raise DataError("saved state is damaged: its configuration is no table of settings")
    try:
        return Config.restored(settings, "saved state")
    except ConfigError as error:
        raise StateError(f"the state was saved with settings of another version: {error}") from None


def settled(stored: Config | None, config: Config | Mapping[str, object] | None,
            overrides: Mapping[str, object], cold: Sequence[str] = ()) -> Config:
    """The configuration to continue with. Raises StateError where it would change numbers, but for
    nodes that may begin without a past."""
    if config is None:
        base = stored or Config()
    else:
        base = config if isinstance(config, Config) else Config(config)
    wanted = base.merged(overrides) if overrides else base
    if stored is not None and (changes := changed(stored, wanted, cold)):
        told = "; ".join(f"{name} was {old!r} when this state was saved and is {new!r} now"
                         for name, old, new in changes)
        raise StateError(f"{told}: that changes numbers; leave the settings out to continue with"
                         " those of then, or start a new engine" + or_cold(stored, wanted, changes))
    return wanted


def changed(stored: Config, wanted: Config,
            cold: Sequence[str] = ()) -> list[tuple[str, Any, Any]]:
    """(key, value then, value now) of what changes numbers, but for the settings of kernels that
    are selected on one side only, and for nodes where some may begin without a past: the core
    compares those one by one."""
    return [(name, old, new) for name, old, new in stored.differences(wanted)
            if old is not None and new is not None and not (cold and name in _NODES)]


def or_cold(stored: Config, wanted: Config, changes: list[tuple[str, Any, Any]]) -> str:
    """", or give ..." where nothing but nodes has been added."""
    only_nodes = all(name in _NODES for name, _, _ in changes)
    words = offered(stored, wanted) if only_nodes else ""
    return f", or give {words} to let the new begin without a past" if words else ""


def as_settings(stored: Config, changes: list[tuple[str, Any, Any]]) -> str:
    """The stored values of what changed, as they are given: `eps="absolute" k1.window=64`."""
    names = dict.fromkeys("kernels" if name == "nodes" else name for name, _, _ in changes)
    return " ".join(f"{name}={_quoted(stored[name])}" for name in names)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)
