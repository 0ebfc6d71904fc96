"""Tapes as files."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from ..conversion.writing import Writer, is_own
from ..errors import ConfigError
from ..files.batch import EventBatch
from .draws import Columns
from .market import Market, market
from .tapes import disturbed, impact, lead_lag, walk

_KINDS = {"trades": "trade", "quotes": "quote", "deltas": "delta"}
TAPES: dict[str, Callable[..., Any]] = {
    "walk": walk, "impact": impact, "lead-lag": lead_lag, "market": market}
_DISTURBED = ("gaps", "gap_rows", "duplicates", "late")


def generate(tape: str, out: str | os.PathLike[str], *, rows: int = 100_000, seed: int = 0,
             leader_out: str | os.PathLike[str] | None = None, force: bool = False,
             **options: Any) -> dict[str, Any]:
    """Write a tape to a file that every command reads.

    Parameters
    ----------
    tape : "walk", "impact", "lead-lag" or "market", made by the function of that name.
    out : tickeng's own .zst, or a table such as .csv and .parquet; a market, which has events of
        several kinds, takes .zst alone (`convert` with `kind` makes a table of one).
    rows, seed : as the function takes them.
    leader_out : of "lead-lag" the file of the leader's trades.
    force : replace files that are there.
    options : what the function takes besides, and of tapes of trades alone what `disturbed` takes.

    Returns
    -------
    dict : what `tickeng generate --json` prints: the events by kind and what was planted.

    Raises
    ------
    ConfigError : there is no such tape, or an option is not its own. OutputError: a file is there,
    or cannot be written.

    >>> synthetic.generate("walk", "trades.csv", rows=1000)["events"]  # doctest: +SKIP
    {'trade': 1000}
    """
    disturbing = {name: options.pop(name) for name in _DISTURBED if name in options}
    _check(tape, os.fspath(out), leader_out is not None, [*options], [*disturbing])
    options = {**(TAPES[tape].__kwdefaults__ or {}), **options}
    made = _made(tape, rows, seed, options)
    told: dict[str, int] = {}
    if disturbing:
        made["trades"], told = disturbed(made["trades"], seed, **disturbing)
    files = {os.fspath(out): [_batch(_KINDS[name], columns) for name, columns in made.items()
                              if name != "leader"]}
    if leader_out is not None:
        files[os.fspath(leader_out)] = [_batch("trade", made["leader"], "LEADER")]
    _write(files, force)
    return {"schema": "tickeng.generate/1", "tape": tape, "seed": seed, "out": [*files],
            "events": {batch.kind: len(batch) for batch in files[os.fspath(out)]},
            "planted": {**options, **told}}


def _check(tape: str, out: str, led: bool, options: list[str], disturbing: list[str]) -> None:
    """Raises ConfigError for what is none of a tape's own."""
    if tape not in TAPES:
        raise ConfigError(f"no tape is called {tape!r}: there are {', '.join(TAPES)}")
    if tape == "lead-lag" and not led:
        raise ConfigError("the tape lead-lag has a leader: give leader_out=FILE for its trades")
    if tape == "market" and not is_own(out):
        raise ConfigError(f"{out}: a market has trades, quotes and changes of books, and a table is"
                          " of one kind: give a name that ends in .zst")
    wrong = sorted({*options} - {*(TAPES[tape].__kwdefaults__ or {})})
    wrong += disturbing if tape == "market" else []
    wrong += ["leader_out"] if led and tape != "lead-lag" else []
    if wrong:
        raise ConfigError(f"the tape {tape} has no {wrong[0]}: leave it out")


def _made(tape: str, rows: int, seed: int, options: dict[str, Any]) -> dict[str, Columns]:
    """Columns by what they are, as files have them."""
    if tape == "market":
        book = Market(rows, seed, **options)
        return {"trades": book.trades(), "quotes": book.quotes(), "deltas": book.messages()}
    made = TAPES[tape](rows, seed, **options)
    return made if tape == "lead-lag" else {"trades": made}


def _batch(kind: str, columns: Columns, symbol: str = "SYN") -> EventBatch:
    return EventBatch.of(kind, columns, [symbol])


def _write(files: dict[str, list[EventBatch]], force: bool) -> None:
    """All files are opened before the first is written."""
    if len({os.path.abspath(path) for path in files}) < len(files):
        raise ConfigError("the leader needs a file of its own")
    with ExitStack() as closing:
        writers = {}
        for path in files:
            writers[path] = Writer(path, force, None)
            closing.callback(writers[path].discard)
        for path, batches in files.items():
            writers[path].kinds = tuple(batch.kind for batch in batches)
            if len(batches) > 1:  # numbered in the order of a replay
                kind = np.repeat(np.arange(len(batches)), [len(batch) for batch in batches])
                order = np.lexsort((kind, np.concatenate([batch.ts_ns for batch in batches])))
                seq = np.empty(len(order), np.int64)
                seq[order] = np.arange(len(order))
                for n, batch in enumerate(batches):
                    batch.seq = seq[kind == n]
            writers[path].write(batches)
            writers[path].close()
