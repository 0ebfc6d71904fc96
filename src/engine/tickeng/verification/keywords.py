"""`tickeng.verify`: the check of files of events in one call, with the command's options."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ..config import Config
from ..engine import worker_count
from ..errors import ConfigError, DifferenceError
from ..replay.keywords import DECIDING, OPTIONS, PathLike, options_of
from .report import verify_files
from .wording import failure


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
    """Check that every way of running files gives the same bits in every row and column.

    Parameters
    ----------
    files, config, leaders : as of `replay`.
    against : an output of `replay`, to be compared with one fresh run instead; its settings are
        taken, and columns that may differ because it is of another version are named.
    every_tick : feed all rows tick by tick, not the first million.
    seed : decides where runs are cut; chosen and reported if None.
    self_test : change one bit of a second run, which must be found.
    workers : threads of the run with threads, at least 2.
    options : those of `replay` that decide rows and numbers: `quotes`, `books`, `rows`, `pairs`,
        `symbols`, `from_`, `to`, `limit`, `reorder_ms`, `delay`, `on_late`, `dedupe`,
        `skip_unreadable`, and those of `open_source`.

    Returns
    -------
    dict : the report that `tickeng verify --json` prints.

    Raises
    ------
    DifferenceError : two ways differ; its `report` is the same document. TickengError: no input.

    Examples
    --------
    >>> tickeng.verify("trades.csv")["identical"]  # doctest: +SKIP
    True
    """
    for name in sorted(options.keys() & (OPTIONS.keys() - DECIDING)):
        raise ConfigError(f"verify takes no {name}: it changes no row and no number")
    report = verify_files(
        options_of(files, config, leaders, options),
        every_tick=every_tick, workers=worker_count(workers), seed=seed, self_test=self_test,
        against=None if against is None else os.fspath(against),
    )
    if failed := failure(report):
        raise DifferenceError(failed, report)
    return report
