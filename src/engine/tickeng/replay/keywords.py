"""`tickeng.replay`: files of trades in one call, with the options of the command as keywords.

Options have the command's names, with `_` for `-`; those that say how a file is read are those of
`tickeng.read`. Trap: a replay streams its rows to `out`; for arrays in memory there is
`Engine.run`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._base.notation import duration_ns, instant_ns
from .._engine.cold_start import named
from ..config import Config
from ..errors import ConfigError
from . import delays
from .options import Every, Options, tables
from .run import replay as run_replay

PathLike = str | os.PathLike[str]


def replay(
    files: PathLike | Sequence[PathLike],
    out: PathLike | Sequence[PathLike] | None = None,
    *,
    config: Config | Mapping[str, object] | None = None,
    leaders: PathLike | Mapping[str, PathLike] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run files of trades through the engine and write a row of outputs for each trade.

    Parameters
    ----------
    files : a file, a folder, or several; "-" is stdin.
    out : .parquet, .arrow, .csv, .jsonl or .arrows (the last three also with .zst); None writes
        nothing. Several, with as many `rows`: the n-th gets rows of the n-th clock, in one pass.
    config : settings of the engine.
    leaders : the file of the leading market, of trades, or of quotes or books, whose mid leads;
        or several by name; then `pairs`, symbol -> leader,
        says which of them leads a symbol ("*": every symbol without one of its own).
    options : those of the command: `quotes` and `books` (files merged with the trades by time),
        `rows` (whose events write a row: "trade", "quote", "book" or the name of a builder of
        bars; a list for several files), `symbols`, `from_` and `to` (ns since 1970 or text),
        `limit`, `columns`, `force`, `checkpoint`, `every` (rows, or text such as "30s"), `resume`,
        `allow_cold` (nodes), `warm`, `reorder_ms`, `delay` ({"quotes": "5ms"}: known so much
        later than their times), `on_late`, `dedupe`, `strict`, `rejects`,
        `max_rejected` (percent), `skip_unreadable`, `plot`, `follow`, `idle_exit`, `workers`; and
        those of `open_source` that say how a file is read, as ``infer_side="tick"``.

    Returns
    -------
    dict : the report that `tickeng replay --json` prints.

    Raises
    ------
    TickengError : what ended the run; rows before it are written. CheckError: all was written, but
        more rows were lost than `max_rejected` allows.

    Examples
    --------
    >>> report = tickeng.replay("perp.csv", "alpha.parquet", leaders="spot.csv")  # doctest: +SKIP
    """
    rows = options.pop("rows", None) or "trade"
    wanted = options_of(files, config, leaders, options)
    _write(wanted, [rows] if isinstance(rows, str) else [*rows], [] if out is None else _paths(out))
    outcome = run_replay(wanted)
    for text in outcome.report["warnings"]:
        warnings.warn(text, UserWarning, stacklevel=2)
    if outcome.error:
        raise outcome.error
    return outcome.report


def _write(wanted: Options, rows: list[str], outs: list[str]) -> None:
    """Say which rows go where; one clock without an output writes nothing. Raises ConfigError."""
    if len(rows) == 1 and not outs:
        wanted.rows = rows[0]
    else:
        (wanted.rows, wanted.out), *wanted.also = tables(rows, outs)


# Option -> the field of `Options` and how it gets there; the others say how a file is read.
OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "symbols": ("symbols", list), "pairs": ("pairs", dict),
    "quotes": ("quotes", lambda paths: _paths(paths)),
    "books": ("books", lambda paths: _paths(paths)),
    "from_": ("from_ns", lambda time: instant_ns(str(time))),
    "to": ("to_ns", lambda time: instant_ns(str(time))),
    "every": ("every", lambda every: Every.parse(str(every))),
    "delay": ("delays", delays.parse),
    "warm": ("warm", lambda paths: _paths(paths)), "allow_cold": ("allow_cold", named),
    "idle_exit": ("idle_exit_ns", duration_ns), "rows": ("rows", lambda clock: _one(clock)),
    "reorder_ms": ("reorder_ns", lambda ms: duration_ns(f"{ms:f}ms")),
    **{name: (name, Path) for name in ("checkpoint", "resume", "rejects", "plot")},
    **{name: (name, lambda value: value) for name in (
        "limit", "columns", "force", "strict", "max_rejected", "skip_unreadable", "workers",
        "follow")},
}


# Those that decide rows and numbers.
DECIDING = {"quotes", "books", "rows", "pairs", "symbols", "from_", "to", "limit", "reorder_ms",
            "delay", "skip_unreadable"}


def options_of(
    files: PathLike | Sequence[PathLike], config: Config | Mapping[str, object] | None,
    leaders: PathLike | Mapping[str, PathLike] | None, options: dict[str, Any],
) -> Options:
    """The options of a replay from keywords. Raises ConfigError."""
    settings = config if isinstance(config, Config) else Config(config)
    engine = {key: options.pop(key) for key in ("on_late", "dedupe") if options.get(key)}
    return Options(files=_paths(files), config=settings.merged(engine), leaders=_leaders(leaders),
                   **_own(options), source=options)


def _own(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a replay among the given ones, which they leave."""
    given = {name: options.pop(name) for name in OPTIONS if name in options}
    return {OPTIONS[name][0]: OPTIONS[name][1](value) for name, value in given.items()
            if value is not None}


def _one(rows: object) -> str:
    if not isinstance(rows, str):
        raise ConfigError('rows takes one clock here, as rows="quote"')
    return rows


def _leaders(given: PathLike | Mapping[str, PathLike] | None) -> dict[str, str]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {name: os.fspath(path) for name, path in given.items()}
    return {"leader": os.fspath(given)}


def _paths(paths: PathLike | Sequence[PathLike]) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        return [os.fspath(paths)]
    return [os.fspath(path) for path in paths]
