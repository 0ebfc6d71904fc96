"""Saved state with the configuration it was made under, so that it cannot go on under another.

    8 bytes "tickeng" and a 1 | u32 length | JSON of the settings that are no defaults | core state

Trap: states of earlier versions are the core's alone, which begins with its format number; those
are taken, with the configuration of their checkpoint where they come from one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tickeng.config import Config
from tickeng.errors import ConfigError, DataError, StateError

_MAGIC = b"tickeng\x01"
_HEAD = len(_MAGIC) + 4


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
    """A checkpoint's state with the checkpoint's configuration, where it has none of its own."""
    stored, body = opened(state)
    return state if stored is not None else describe(body, _config(meta["config"]))


def _config(settings: Any) -> Config:
    if not isinstance(settings, dict):
        raise DataError("saved state is damaged: its configuration is no table of settings")
    try:
        return Config(settings, origin="saved state")
    except ConfigError as error:
        raise StateError(f"the state was saved with settings of another version: {error}") from None


def settled(stored: Config | None, config: Config | Mapping[str, object] | None,
            overrides: Mapping[str, object]) -> Config:
    """The configuration to go on with. Raises StateError where it would change numbers."""
    if config is None:
        base = stored or Config()
    else:
        base = config if isinstance(config, Config) else Config(config)
    wanted = base.merged(overrides) if overrides else base
    for name, old, new in stored.differences(wanted) if stored is not None else ():
        raise StateError(f"{name} was {old!r} when this state was saved and is {new!r} now, which "
                         f"changes numbers; go on with {old!r}, or start a new engine")
    return wanted
