"""Runs all ways, compares them with the first, and says what was found."""

import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .._base.notation import iso_utc
from .._native.core import level
from ..checkpoint import engine_version
from ..errors import ConfigError, DataError
from ..replay import Options
from ..replay.inputs import effective_config
from . import levels
from .against import Comparison
from .attempts import Attempt, Flip, Ran
from .blocks import BLOCK, Block
from .difference import Difference, first_difference
from .levels import AtLevel
from .ways import TICKS, InChunks, Sharded, TickByTick, Way, cannot_shard, cannot_tick

SCHEMA = "tickeng.verify/1"
Progress = Callable[[int, float | None], None]
_CUTS = 4
_TICK_COST = 12  # of a row fed tick by tick, that of one in a batch being 1


def verify_files(
    options: Options, *, every_tick: bool = False, workers: int = 2, seed: int | None = None,
    self_test: bool = False, against: str | None = None, progress: Progress | None = None,
) -> dict[str, Any]:
    """Run the files of `options` in every way and compare the bits of all rows and columns.

    Tick by tick are fed the first TICKS rows, or all with `every_tick`. `seed` decides where runs
    are cut. With `self_test` one bit of one cell of a second run is changed, which must be found.
    With `against` one run is made, with the settings of that output, and compared with it.
    Returns a JSON-able report; `identical` says whether all agree.

    Raises:
        ConfigError: options contradict each other, or a file cannot be read several times.
        DataError: of the input; all ways agree on the rows before it.
        StateError: the output was made with other settings.
    """
    if against is not None and self_test:
        raise ConfigError("against and self_test are two things: give one")
    for path in [*options.files, *options.quotes, *options.books, *options.leaders.values()]:
        _refuse_pipe(path)
    if against is not None:
        return _against(against, options, progress)
    options = replace(options, config=effective_config(options))
    chosen = secrets.randbits(32) if seed is None else seed
    run = _Verification(options, chosen, progress)
    if self_test:
        run.test_itself()
    else:
        run.all_ways(every_tick, max(workers, 2))
    if run.reference.error and not run.differences:
        raise run.reference.error
    return run.report()


def _against(path: str, options: Options, progress: Progress | None) -> dict[str, Any]:
    comparison = Comparison(path, options)
    comparison.run(progress or (lambda rows, share: None))
    found = comparison.found()
    return {
        "schema": SCHEMA, "version": engine_version(), "level": level,
        "rows": comparison.rows[0],
        "identical": all(difference["may_differ"] for difference in found),
        "differences": found, "against": comparison.report(),
        "counters": comparison.facts.counters, "inputs": comparison.facts.inputs,
        "config": comparison.options.config.to_dict(),
        "config_hash": comparison.options.config.hash,
    }


def _refuse_pipe(path: str) -> None:
    if path == "-" or (os.path.exists(path) and not (
            stat.S_ISREG(mode := os.stat(path).st_mode) or stat.S_ISDIR(mode))):
        raise ConfigError(f"{path}: can be read once, and every way of running reads it anew;"
                          " save it as a file first")


def _refuse_changed(reference: Ran, ran: Ran) -> None:
    """DataError where a file is another one than in the first run."""
    for then, now in zip(reference.facts.inputs, ran.facts.inputs, strict=False):
        if then["sha256"] and now["sha256"] and then["sha256"] != now["sha256"]:
            raise DataError(f"{now['name']}: changed while it was being verified; verify it when"
                            " nobody writes to it, or a copy of it")


@dataclass
class _Verification:
    options: Options
    seed: int
    progress: Progress | None
    ways: list[dict[str, Any]] = field(default_factory=list)
    not_run: list[dict[str, str]] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    planted: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self._done, self._ahead = 0.0, 1.0
        self.reference = Ran.__new__(Ran)
        self._batch = Attempt(Way("batch"), self.options)
        self.reference = self._try("batch", self._batch, 1.0)
        self._max_time_ns = self.reference.facts.max_time_ns
        self._random = np.random.default_rng(self.seed)

    @property
    def rows(self) -> int:
        """Rows of the reference run."""
        return self.reference.digests.total

    def all_ways(self, every_tick: bool, workers: int) -> None:
        """Every way but the batch, which all are held against."""
        ticks = None if every_tick or self.rows <= TICKS else TICKS
        share = min(ticks or self.rows, self.rows) / max(self.rows, 1)
        seed = int(self._random.integers(1 << 32))
        places = self._random.integers(1, max(self.rows, 2), _CUTS).tolist()
        tried: list[tuple[float, Attempt | AtLevel]] = [
            (1.5, self._attempt(Way("random chunks", InChunks, seed=seed))),
            (3.0, self._attempt(Way("resumed", cuts=tuple(sorted(set(places)))))),
            (1.0, self._attempt(Way(f"{workers} workers", workers=workers))),
        ]
        for at, why, cost, way in (
            (0, cannot_tick(self.options), _TICK_COST * share,
             Way("tick by tick", TickByTick, rows=ticks)),
            (9, cannot_shard(self.options, self.reference.facts), 1.5, Way("sharded", Sharded)),
        ):
            if why:
                self.not_run.append({"way": way.name, "why": why})
            else:
                tried.insert(at, (cost, self._attempt(way)))
        for name in levels.others():
            if why := levels.missing(name):
                self.not_run.append({"way": f"level {name}", "why": why})
            else:
                tried.append((1.5, AtLevel(name, self.options, self._max_time_ns)))
        self._ahead = sum(cost for cost, _ in tried)
        for cost, attempt in tried:
            name = f"level {attempt.level}" if isinstance(attempt, AtLevel) else attempt.way.name
            self._compare(name, attempt, self._try(name, attempt, cost))

    def test_itself(self) -> None:
        """A second run with one bit changed must be found to differ there."""
        if not self.rows:
            raise DataError("the self-test needs a row to change, and there is none")
        names = self.reference.digests.names
        outputs = names[names.index("symbol") + 1:]
        column = outputs[int(self._random.integers(len(outputs)))]
        row = int(self._random.integers(self.rows))
        block = self._attempt(Way("batch")).block(row // BLOCK)
        assert block is not None
        cell = block.columns[column][row % BLOCK:][:1]
        flip = Flip(row, column, int(self._random.integers(8 * cell.itemsize)))
        changed = flip.apply(Block(row, {column: cell}))
        wanted = first_difference(Block(row, {column: cell}), changed)
        attempt = Attempt(Way("second run"), self.options, self._max_time_ns, flip)
        self._compare("second run", attempt, self._try("second run", attempt, 1.0))
        self.planted = {"row": row + 1, "column": column, "bit": flip.bit,
                        "ulp": wanted.ulp if wanted else None, "found": False}
        if len(self.differences) == 1:
            found = self.differences[0]
            same = [found.get(key) == self.planted[key] for key in ("row", "column", "ulp")]
            self.planted["found"] = all(same)

    def _attempt(self, way: Way) -> Attempt:
        return Attempt(way, self.options, self._max_time_ns)

    def _try(self, name: str, attempt: Attempt | AtLevel, cost: float) -> Ran:
        started = time.monotonic()

        def advance(rows: int, share: float | None) -> None:
            if self.progress:
                whole = self._done + self._ahead
                done = None if share is None else (self._done + cost * min(share, 1.0)) / whole
                self.progress(rows, done)

        ran = attempt.run(advance)
        self._done, self._ahead = self._done + cost, self._ahead - cost
        self.ways.append({"way": name, "rows": ran.digests.total, "digest": ran.digests.hex(),
                          "seconds": round(time.monotonic() - started, 3)})
        return ran

    def _compare(self, name: str, attempt: Attempt | AtLevel, ran: Ran) -> None:
        _refuse_changed(self.reference, ran)
        expected, found = self.reference.digests, ran.digests
        if isinstance(attempt, Attempt) and attempt.way.rows and found.total < expected.total:
            whole = found.total // BLOCK
            expected, found = expected.head(whole), found.head(whole)
            self.ways[-1] |= {"rows": found.total, "digest": found.hex()}
        number = expected.first_unequal(found)
        told = None
        if number is not None:
            told = self._located(attempt, number, expected.unequal_columns(found, number))
        elif str(self.reference.error or "") != str(ran.error or "") and (
                found.total == self.rows):
            told = {"note": f"ends with {ran.error or 'no error'!s}, the batch with"
                            f" {self.reference.error or 'no error'!s}"}
        elif ran.facts.counters and ran.facts.counters != self.reference.facts.counters:
            told = {"note": "the counters at the end are others"}
        self.ways[-1]["same"] = told is None
        if told is not None:
            self.differences.append({"way": name, **told})

    def _located(
        self, attempt: Attempt | AtLevel, number: int, columns: list[str]
    ) -> dict[str, Any]:
        """Make both runs again up to the block in which they differ, and compare its cells."""
        expected, found = self._attempt(Way("batch")).block(number), attempt.block(number)
        first = number * BLOCK + 1
        if expected is None or found is None or len(expected) != len(found):
            lengths = [first - 1 + len(block or ()) for block in (expected, found)]
            if lengths[0] != lengths[1]:
                return {"note": f"gives {lengths[1]:,} rows, the batch {lengths[0]:,}"}
        difference = first_difference(expected, found) if expected and found else None
        if difference is None or expected is None:
            return {"row": first, "columns": columns, "note":
                    f"{', '.join(columns)} of rows {first:,} to {first + BLOCK - 1:,} differed once"
                    " and did not when both runs were repeated: look for a fault of the memory, or"
                    " report it as a race"}
        return self._told(difference, expected)

    def _told(self, difference: Difference, block: Block) -> dict[str, Any]:
        """A difference with the place of its row in the files."""
        at = difference.row - 1 - block.first
        return {**difference.to_dict(), **self.reference.facts.place(block.columns, at)}

    def report(self) -> dict[str, Any]:
        """The document."""
        return {
            "schema": SCHEMA, "version": engine_version(), "level": level, "seed": self.seed,
            "rows": self.rows, "digest": self.reference.digests.hex(),
            "identical": not self.differences, "ways": self.ways, "not_run": self.not_run,
            "differences": self.differences, "self_test": self.planted,
            "counters": self.reference.facts.counters, "inputs": self.reference.facts.inputs,
            "config": {**self.options.config.to_dict(), "max_time": iso_utc(self._max_time_ns)},
            "config_hash": self.options.config.hash,
        }
