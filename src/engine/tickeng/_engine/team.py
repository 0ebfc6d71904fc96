"""How many threads share the work."""

from __future__ import annotations

import os

from tickeng.errors import ConfigError


def worker_count(workers: int | str) -> int:
    """Threads that `workers` asks for: a number from 1 on, or "auto" for one per usable core.

    Raises ConfigError for anything else.
    """
    if workers == "auto":
        return len(os.sched_getaffinity(0))
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise ConfigError(f"workers is {workers!r}; it must be 1 to 1024, or 'auto'")
    return workers
