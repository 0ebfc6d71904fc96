"""Files of trades in one call each: `replay`, `convert` and `inspect`, as the command does it.

Options have the command's names, with `_` for `-`; those that say how a file is read are those of
`tickeng.sources.open_source`. Trap: a replay streams its rows to `out`; for arrays in memory there
is `Engine.run`.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .config import Config
from .conversion import convert_file
from .errors import CheckError, DataError
from .replay import Every, Options, instant_ns
from .replay import replay as run_replay
from .sources import inspect_file

PathLike = str | os.PathLike[str]


def replay(
    files: PathLike | Sequence[PathLike],
    out: PathLike | None = None,
    *,
    config: Config | Mapping[str, object] | None = None,
    leaders: PathLike | Mapping[str, PathLike] | None = None,
    pairs: Mapping[str, str] | None = None,
    checkpoint: PathLike | None = None,
    every: int | str | None = None,
    resume: PathLike | None = None,
    warm: Sequence[PathLike] = (),
    from_: int | str | None = None,
    to: int | str | None = None,
    symbols: Sequence[str] = (),
    reorder_ms: float = 0.0,
    on_late: str | None = None,
    dedupe: str | None = None,
    rejects: PathLike | None = None,
    plot: PathLike | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Run files of trades through the engine and write a row of outputs for each trade.

    Parameters
    ----------
    files : a file, a folder, or several; "-" is stdin.
    out : .parquet, .csv, .jsonl or .arrow (the last three also with .zst); None writes nothing.
    config : settings of the engine.
    leaders : the file of the leading market, or several by name.
    pairs : symbol -> the leader that leads it; "*" is every symbol without one of its own.
    every : rows between checkpoints, or a time such as "30s".
    from_, to : first time, and first time left out: ns since 1970, or text such as "2024-08-08".
    symbols : run only these.
    reorder_ms : milliseconds that rows are held back to sort late ones.
    options : `force`, `columns`, `limit`, `strict`, `skip_unreadable`, `max_rejected` (percent),
        `workers`, and those of `open_source`, such as ``sides={"buy": ["0"], "sell": ["1"]}``.

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
    >>> report["ticks"]  # doctest: +SKIP
    """
    settings = config if isinstance(config, Config) else Config(config)
    given = {"on_late": on_late, "dedupe": dedupe}
    own = {"force", "columns", "limit", "strict", "skip_unreadable", "max_rejected", "workers"}
    outcome = run_replay(Options(
        files=_paths(files),
        out=None if out is None else os.fspath(out),
        config=settings.merged({name: value for name, value in given.items() if value}),
        leaders=_leaders(leaders),
        pairs=dict(pairs or {}),
        checkpoint=_path(checkpoint), resume=_path(resume), rejects=_path(rejects),
        plot=_path(plot),
        every=None if every is None else Every.parse(str(every)),
        warm=_paths(warm),
        from_ns=None if from_ is None else instant_ns(str(from_)),
        to_ns=None if to is None else instant_ns(str(to)),
        symbols=list(symbols),
        reorder_ns=round(reorder_ms * 1e6),
        source={name: value for name, value in options.items() if name not in own},
        **{name: value for name, value in options.items() if name in own},
    ))
    _warn(outcome.report["warnings"])
    if outcome.error:
        raise outcome.error
    return outcome.report


def convert(path: PathLike, out: PathLike, **options: Any) -> dict[str, Any]:
    """Read a file of trades in any known format and write the trades in another.

    Parameters
    ----------
    path : the file; "-" is stdin.
    out : tickeng's own .zst, or .parquet .csv .jsonl .arrow, the last three also with .zst.
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


def _leaders(given: PathLike | Mapping[str, PathLike] | None) -> dict[str, str]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {name: os.fspath(path) for name, path in given.items()}
    return {"leader": os.fspath(given)}


def _warn(texts: list[str]) -> None:
    for text in texts:
        warnings.warn(text, UserWarning, stacklevel=3)


def _path(path: PathLike | None) -> Path | None:
    return None if path is None else Path(path)


def _paths(paths: PathLike | Sequence[PathLike]) -> list[str]:
    alone = isinstance(paths, (str, os.PathLike))
    return [os.fspath(paths)] if alone else [os.fspath(path) for path in paths]  # type: ignore[arg-type, union-attr]
