"""Files of trades in one call each: `replay`, `convert`, `inspect`, `verify`, as in the command.

Options have the command's names, with `_` for `-`; those that say how a file is read are those of
`tickeng.sources.open_source`. Trap: a replay streams its rows to `out`; for arrays in memory there
is `Engine.run`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .config import Config
from .conversion import convert_file
from .engine import worker_count
from .errors import CheckError, ConfigError, DataError, DifferenceError
from .replay import Every, Options, duration_ns, instant_ns
from .replay import replay as run_replay
from .sources import inspect_file
from .verification import failure, verify_files

PathLike = str | os.PathLike[str]


def replay(
    files: PathLike | Sequence[PathLike],
    out: PathLike | None = None,
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
        nothing.
    config : settings of the engine.
    leaders : the file of the leading market, or several by name; then `pairs`, symbol -> leader,
        says which of them leads a symbol ("*": every symbol without one of its own).
    options : those of the command: `symbols`, `from_` and `to` (ns since 1970 or text), `limit`,
        `columns`, `force`, `checkpoint`, `every` (rows, or text such as "30s"), `resume`, `warm`,
        `reorder_ms`, `on_late`, `dedupe`, `strict`, `rejects`, `max_rejected` (percent),
        `skip_unreadable`, `plot`, `follow`, `idle_exit`, `workers`; and those of `open_source`
        that say how a file is read, such as ``infer_side="tick"``.

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
    wanted = _options(files, config, leaders, options)
    wanted.out = None if out is None else os.fspath(out)
    outcome = run_replay(wanted)
    _warn(outcome.report["warnings"])
    if outcome.error:
        raise outcome.error
    return outcome.report


# Option -> the field of `Options` and how it gets there; the others say how a file is read.
_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "symbols": ("symbols", list), "pairs": ("pairs", dict),
    "from_": ("from_ns", lambda time: instant_ns(str(time))),
    "to": ("to_ns", lambda time: instant_ns(str(time))),
    "every": ("every", lambda every: Every.parse(str(every))),
    "warm": ("warm", lambda paths: _paths(paths)),
    "idle_exit": ("idle_exit_ns", duration_ns),
    "reorder_ms": ("reorder_ns", lambda ms: duration_ns(f"{ms:f}ms")),
    **{name: (name, Path) for name in ("checkpoint", "resume", "rejects", "plot")},
    **{name: (name, lambda value: value) for name in (
        "limit", "columns", "force", "strict", "max_rejected", "skip_unreadable", "workers",
        "follow")},
}


_DECIDING = {"pairs", "symbols", "from_", "to", "limit", "reorder_ms", "skip_unreadable"}


def _options(files: PathLike | Sequence[PathLike], config: Config | Mapping[str, object] | None,
             leaders: PathLike | Mapping[str, PathLike] | None, options: dict[str, Any]) -> Options:
    settings = config if isinstance(config, Config) else Config(config)
    engine = {key: options.pop(key) for key in ("on_late", "dedupe") if options.get(key)}
    return Options(files=_paths(files), config=settings.merged(engine), leaders=_leaders(leaders),
                   **_own(options), source=options)


def _own(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a replay among the given ones, which they leave."""
    given = {name: options.pop(name) for name in _OPTIONS if name in options}
    return {_OPTIONS[name][0]: _OPTIONS[name][1](value) for name, value in given.items()
            if value is not None}


def convert(path: PathLike, out: PathLike, **options: Any) -> dict[str, Any]:
    """Read a file of trades in any known format and write the trades in another.

    Parameters
    ----------
    path : the file; "-" is stdin.
    out : tickeng's own .zst, or .parquet .arrow .csv .jsonl .arrows, the last three also with .zst.
    options : `force`, `rejects` (a CSV of the rows that could not be read), `reverse` (for a file
        that begins with its newest row), `max_rejected` (percent), and those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng convert --json` prints.

    Raises
    ------
    TickengError : the input cannot be read or the output not written. CheckError: all was written,
        but more rows were rejected than `max_rejected` allows.

    Examples
    --------
    >>> tickeng.convert("trades.csv", "trades.zst", map={"price": "px"})  # doctest: +SKIP
    """
    if options.get("rejects") is not None:
        options["rejects"] = Path(options["rejects"])
    report = convert_file(os.fspath(path), os.fspath(out), **options)
    _warn(report["warnings"])
    if report["failed"]:
        raise CheckError(report["failed"])
    return report


def inspect(path: PathLike, **options: Any) -> dict[str, Any]:
    """How a file of trades is read, what is in it, and what is odd about it.

    Parameters
    ----------
    path : the file; "-" is stdin.
    options : those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng inspect --json` prints; `reading` has the options that say how
        the file was read, `feed` counts what is odd, `warnings` are sentences.

    Raises
    ------
    DataError : the file is empty, unrecognised or truncated, or no row of it can be read.

    Examples
    --------
    >>> tickeng.inspect("trades.csv")["feed"]["id_gaps"]  # doctest: +SKIP
    """
    report = inspect_file(os.fspath(path), **options)
    if report["error"]:
        raise DataError(report["error"])
    return report


def verify(
    files: PathLike | Sequence[PathLike],
    *,
    config: Config | Mapping[str, object] | None = None,
    leaders: PathLike | Mapping[str, PathLike] | None = None,
    against: PathLike | None = None,
    every_tick: bool = False,
    seed: int | None = None,
    self_test: bool = False,
    workers: int | str = "auto",
    **options: Any,
) -> dict[str, Any]:
    """Check that every way of running files of trades gives the same bits in every row and column.

    Parameters
    ----------
    files, config, leaders : as of `replay`.
    against : an output of `replay`, to be compared with one fresh run instead; its settings are
        taken, and columns that may differ because it is of another version are named.
    every_tick : feed all rows tick by tick, not the first million.
    seed : decides where runs are cut; chosen and reported if None.
    self_test : change one bit of a second run, which must be found.
    workers : threads of the run with threads, at least 2.
    options : those of `replay` that decide rows and numbers: `pairs`, `symbols`, `from_`, `to`,
        `limit`, `reorder_ms`, `on_late`, `dedupe`, `skip_unreadable`; and those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng verify --json` prints.

    Raises
    ------
    DifferenceError : two ways differ; its `report` is the same document. TickengError: the input
        cannot be read.

    Examples
    --------
    >>> tickeng.verify("trades.csv")["identical"]  # doctest: +SKIP
    True
    """
    for name in sorted(options.keys() & (_OPTIONS.keys() - _DECIDING)):
        raise ConfigError(f"verify takes no {name}: it changes no row and no number")
    report = verify_files(
        _options(files, config, leaders, options),
        every_tick=every_tick, workers=worker_count(workers), seed=seed, self_test=self_test,
        against=None if against is None else os.fspath(against),
    )
    if failed := failure(report):
        raise DifferenceError(failed, report)
    return report


def _leaders(given: PathLike | Mapping[str, PathLike] | None) -> dict[str, str]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {name: os.fspath(path) for name, path in given.items()}
    return {"leader": os.fspath(given)}


def _warn(texts: list[str]) -> None:
    for text in texts:
        warnings.warn(text, UserWarning, stacklevel=3)


def _paths(paths: PathLike | Sequence[PathLike]) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        return [os.fspath(paths)]
    return [os.fspath(path) for path in paths]
