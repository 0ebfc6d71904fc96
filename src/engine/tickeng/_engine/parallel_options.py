"""Options of a `ParallelEngine` as its core takes them."""

from __future__ import annotations

from collections.abc import Mapping

from tickeng.errors import ConfigError

ON_FULL = ("block", "drop", "error")
ORDER = ("symbol", "total")
ROWS = ("trade", "quote", "book", "bar", "own")  # by clock


def one_of(name: str, value: str, choices: tuple[str, ...]) -> int:
    if value not in choices:
        raise ConfigError(f"{name} is {value!r}; it must be {' or '.join(choices)}")
    return choices.index(value)


def power(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= 1 << 24 or (
            value & (value - 1)):
        raise ConfigError(f"{name} is {value!r}; it must be a power of two from 2 to 2^24")
    return value


def workers_or_auto(workers: int | str) -> int:
    """0 lets the core count."""
    if workers == "auto":
        return 0
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise ConfigError(f"workers is {workers!r}; it must be 1 to 1024, or 'auto'")
    return workers


def places(given: Mapping[str, int] | None) -> dict[str, int]:
    found = dict(given or {})
    for name, worker in found.items():
        if not isinstance(name, str) or isinstance(worker, bool) or not (
                isinstance(worker, int) and worker >= 0):
            raise ConfigError(f"map has {name!r}: {worker!r}; it must be symbol name: worker, "
                              "counted from 0")
    return found
