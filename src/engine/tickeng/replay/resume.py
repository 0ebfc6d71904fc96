"""Takes up a checkpoint: the engine with its state, if configuration and order are the same."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .._engine.cold_start import added
from .._engine.described_state import as_settings, changed, or_cold, with_config
from ..checkpoint import config_of, read_checkpoint
from ..config import Config
from ..engine import Engine
from ..errors import DataError, OutputError, StateError
from ..files.limits import memory_limit
from . import delays, quote_age
from .options import Options


@dataclass(slots=True, eq=False, repr=False)
class Saved:
    """What a checkpoint gives a replay; empty without one."""

    engine: Engine | None = None
    meta: dict[str, Any] = field(default_factory=dict)


def order(options: Options, rows: str | None = None) -> dict[str, Any]:
    """What decides rows, their order and their signs beside the configuration; `rows`: of one of
    several outputs."""
    clocks = list(options.clocks) if rows is None else [rows]
    return {
        "reorder_ns": options.reorder_ns,
        "clock": options.source.get("clock") or "event",
        "infer_side": options.source.get("infer_side"),
        **({"delay": delays.words(options.delays)} if options.delays else {}),
        **({"pairs": options.pairs} if options.pairs else {}),
        **({"rows": clocks[0] if len(clocks) == 1 else clocks} if clocks != ["trade"] else {}),
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
    config = options.config = _aged(options.config, meta)
    if meta.get("config_hash") != config.hash:
        then = config_of(meta, options.resume)
        changes = changed(then, config, options.allow_cold)
        if changes:
            raise StateError(
                f"{options.resume}: was written under another configuration:\n  "
                + "\n  ".join(f"{key}: was {old}, is {new}" for key, old, new in changes)
                + f"\ncontinue with {as_settings(then, changes)}, or start anew"
                + or_cold(then, config, changes)
            )
        if not (added(then, config) or added(config, then)):
            raise StateError(f"{options.resume}: its configuration is not the one of its hash")
    mine = order(options)
    faults = differences(meta.get("order", mine), mine)
    if faults:
        raise StateError(
            f"{options.resume}: was written under another order of rows:\n  " + "\n  ".join(faults)
        )
    try:
        engine = Engine.from_state(with_config(state, meta), config, allow_cold=options.allow_cold,
                                   _max_time_ns=meta.get("max_time_ns"))
    except DataError as error:
        raise StateError(f"{options.resume}: its state does not fit: {error}") from error
    warned += [f"{name} began without a past here, and is undefined until its windows are full"
               for name in engine.cold]
    return Saved(engine, meta)


def _aged(config: Config, meta: dict[str, Any]) -> Config:
    """The settings, with the age of quotes that was decided when the run began."""
    age = meta.get("config", {}).get(quote_age.KEY)
    if age is None or config.origin(quote_age.KEY) != quote_age.NOBODY:
        return config
    return config.merged({quote_age.KEY: age}, origin="the checkpoint")


def cold(saved: Saved) -> list[str]:
    """Nodes that began without a past, here or before."""
    now = saved.engine.cold if saved.engine else ()
    return list(dict.fromkeys((*saved.meta.get("cold", ()), *now)))


def continuable(failed: OutputError, target: Path) -> OutputError:
    """The failure to write a checkpoint, with how to continue from the one that is there."""
    if not target.is_file():
        return failed
    told = OutputError(f'{failed}: resume="{target}" continues from it')
    told.errno = failed.errno
    return told


def differences(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """`key: was A, is B` for every key that differs."""
    return [
        f"{key}: was {then.get(key, 'not set')}, is {now.get(key, 'not set')}"
        for key in sorted(then.keys() | now.keys())
        if then.get(key) != now.get(key)
    ]
