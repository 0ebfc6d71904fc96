"""An engine's checkpoints: written and read in one place, and counted.

A checkpoint that cannot be written is an error for the caller and nothing to the engine, which
runs on; the count says how often that was.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tickeng._engine.described_state import with_config
from tickeng.config import Config
from tickeng.errors import OutputError


class CheckpointCounts(NamedTuple):
    """What became of an engine's checkpoints: `written`, `failures` to write one, `fallbacks` to
    the generation before (1 when the engine was loaded from it)."""

    written: int = 0
    failures: int = 0
    fallbacks: int = 0


class Checkpoints:
    """Writes checkpoints of one engine, from any thread."""

    def __init__(self) -> None:
        self.counts = CheckpointCounts()
        self.cold: tuple[str, ...] = ()  # as the checkpoint that was loaded has it
        self._lock = threading.Lock()

    def save(self, path: str | Path, state: bytes, meta: Mapping[str, Any]) -> None:
        """Write one. Raises OutputError; what was there before is there still."""
        from tickeng.checkpoint import write_checkpoint
        from tickeng.files.disk import hold, resolved

        with self._lock:
            try:
                with hold(resolved(path)):
                    write_checkpoint(path, state, dict(meta))
            except OutputError:
                self._count("failures")
                raise
            self._count("written")

    def load(self, path: str | Path, max_memory: int | str | None) -> tuple[bytes, dict[str, Any]]:
        """The state, which names its configuration, and the description of the newest sound one."""
        from tickeng.checkpoint import read_checkpoint
        from tickeng.files.limits import memory_limit

        state, meta = read_checkpoint(path, max_bytes=memory_limit(max_memory).memory)
        if "fallback" in meta:
            self._count("fallbacks")
        self.cold = tuple(meta.get("cold", ()))
        return with_config(state, meta), meta

    def _count(self, name: str) -> None:
        self.counts = self.counts._replace(**{name: getattr(self.counts, name) + 1})


def description(config: Config, max_time_ns: int,
                cold: Sequence[str] = ()) -> dict[str, Any]:
    """What an engine's own checkpoint says beside its state."""
    return {"config": config.changed(), "config_hash": config.hash, "max_time_ns": max_time_ns,
            **({"cold": list(cold)} if cold else {})}
