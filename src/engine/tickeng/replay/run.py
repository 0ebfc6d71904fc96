"""The replay: drives the stream into the output, and leaves checkpoints that it can go on from.

Order at a checkpoint: the output is made durable first, then its position is written together with
the engine's state and the places of the sources, so a crash at any moment loses no row and
repeats none. A checkpoint that cannot be written is counted, and the one before stays; the replay
continues, and where the last one fails too it ends with that error.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext, suppress
from itertools import chain
from pathlib import Path
from signal import Signals
from typing import Any, NamedTuple

import numpy as np

from .. import plotting
from .._base import conservation
from ..checkpoint import write_checkpoint
from ..engine import Engine
from ..errors import (
    ConservationError,
    DataError,
    LateTickError,
    OutputError,
    TickengError,
)
from ..files.disk import hold, resolved
from ..files.sinks.rejects import RejectList
from ..files.sources import Source
from . import checks, paths, report, resume
from . import rows as rows_
from .cursor import Names
from .feeding import Result, feed
from .inputs import Inputs, effective_config, open_as, ways
from .ledger import ENGINE_KINDS, Ledger, engine_counters, together
from .options import Options, Table, check
from .outputs import Output
from .overlap import Behind
from .stop import Interrupted, Stop
from .stream import Stream
from .summary import Summary, totals
from .timeline import Bounds

Progress = Callable[[int, float | None], None]
Tell = Callable[[str], None]


class Outcome(NamedTuple):
    """How a replay ended. `report` is the JSON-able summary, also when `error` stopped it."""

    report: dict[str, Any]
    error: TickengError | None = None
    signal: int | None = None


def replay(
    options: Options, *, progress: Progress | None = None, stop: Stop | None = None,
    tell: Tell | None = None,
) -> Outcome:
    """Run a replay to its end, its limit, an error or a stop.

    `progress` is called after each batch with the rows taken and the share of the input read,
    `tell` before the run with what can be known then to be in vain.
    Errors of the input on the way are in the outcome, after what came before has been written.

    Raises:
        TickengError: nothing could be started.
        Interrupted: stopped before anything was started.
    """
    with ExitStack() as closing:
        run = Replay(options, progress, stop or Stop(), closing)
        if tell and run.hint:
            tell(run.hint)
        return run.run()


class Replay:
    """One replay from its options to its outcome; `closing` closes what it opens."""

    def __init__(
        self, options: Options, progress: Progress | None, stop: Stop, closing: ExitStack
    ) -> None:
        self.options, self._progress, self._stop = options, progress, stop
        self._closing = closing
        self.seconds = 0.0
        self.timings: dict[str, float] = {}
        started = time.monotonic()
        if options.plot:
            plotting.check(options.plot)
        check(options)
        paths.guard(options)
        self.warnings: list[str] = []
        self.faults: list[ConservationError] = []
        if options.checkpoint:
            held = closing.enter_context(hold(resolved(options.checkpoint)))
            self.warnings += [held.warning] if held.warning else []
        self.checkpoint: dict[str, Any] | None = None
        options.config = effective_config(options, self._piped, self._stop.reading)
        self.saved = resume.load(options, self.warnings)
        self.engine: Engine = self.saved.engine or Engine(options.config)
        bounds = Bounds.of(self.engine)
        self._prime(bounds)
        meta = self.saved.meta
        names = Names(meta.get("names"))
        self._rejects = None
        if options.rejects:
            self._rejects = RejectList(options.rejects, meta.get("rejects"), force=options.force)
            closing.callback(self._discard, self._rejects)
            self.warnings += self._rejects.warnings
        self.sides_before = checks.added_up(self.engine.inferred_sides)
        self._before = totals(together(engine_counters(self.engine)))
        self.ledger = Ledger(self.engine, names, self._came_in(meta), self._rejects)
        self.inputs = Inputs(options, names, meta, self.ledger, bounds, stop, closing)
        self.inputs.need_clocks(options.config)
        self.stream = Stream(options, self.engine, self.inputs, self.ledger, meta)
        self.summary = Summary(dict(meta.get("warm", {})), self._rows_before(meta))
        self.plot = plotting.Plot() if options.plot else None
        self.outputs: list[Output] = []
        self._open_outputs([meta.get("sink"), *meta.get("sinks", [])])
        self._behind = Behind(closing) if options.workers > 1 else None
        self.checkpoint_failures = 0
        self._last_checkpoint = time.monotonic()
        self._rows_at_checkpoint = 0
        self.hint = checks.known_short(self)
        self.timings["opening"] = time.monotonic() - started

    def _piped(self, kind: str | None) -> Source:
        """Standard input, opened before it is known what the engine is to be."""
        with self._stop.reading():
            source = open_as(self.options, "-", kind, **ways(self.options))
        self._closing.callback(source.close)
        self.options.piped = source
        return source

    def _came_in(self, meta: dict[str, Any]) -> dict[str, dict[str, int]]:
        """Rows that had come in before, by kind and symbol."""
        if meta.get("came_in") or meta.get("came_in_of"):
            return {"trade": meta["came_in"], **meta.get("came_in_of", {})}
        return {kind: conservation.known(counts)
                for kind, counts in engine_counters(self.engine).items()}

    def _rows_before(self, meta: dict[str, Any]) -> list[int]:
        """Rows that each symbol had before; of events they are those that were processed."""
        counters = engine_counters(self.engine).get(self.options.rows, {})
        written = meta.get("written", {
            name: counts.get("processed", 0) for name, counts in counters.items()})
        return [written.get(name, 0) for name in self.engine.symbols]

    def _open_outputs(self, saved: list[dict[str, Any] | None]) -> None:
        """Open all that are asked for, continued where `saved` says."""
        types = self._types()
        asked = map(Table, self.options.clocks, self.options.outs)
        for rank, table in enumerate(asked):
            sink = saved[rank] if rank < len(saved) else None
            output = Output(self.options, table, types, sink)
            self.outputs.append(output)
            self._closing.callback(self._discard, output)
            self.warnings += output.warnings

    def _types(self) -> dict[str, str]:
        rows = rows_.empty()
        fed = feed(self.engine, rows, np.empty(0, np.uint32), self.options.clocks, 1)
        return {name: column.dtype.name for name, column in fed.outputs.items()}

    def _prime(self, bounds: Bounds) -> None:
        """Feed history to a fresh engine, without output."""
        if not self.options.warm:
            return
        options = Options(
            files=self.options.warm, config=self.options.config, source=self.options.source,
            reorder_ns=self.options.reorder_ns, delays=self.options.delays,
            symbols=self.options.symbols, workers=self.options.workers, beside=self.options.several,
        )
        names = Names()
        ledger = Ledger(self.engine, names, {}, None)
        inputs = Inputs(options, names, {}, ledger, bounds, self._stop, self._closing)
        stream = Stream(options, self.engine, inputs, ledger, {})
        for _ in chain(stream.results(), stream.rest()):
            if self._progress:
                self._progress(stream.taken, inputs.fraction())
        conservation.check(together(ledger.came_in()), together(ledger.counters(stream.held)))
        self.engine.begin_source()

    def shares(self) -> dict[str, Any]:
        """What became of the rows of this run: in, processed, late, duplicate, rejected, why."""
        return checks.counts_of(together(self.ledger.counters(self.stream.held)), self._before)

    @property
    def stopped_by(self) -> str | None:
        """The name of the signal that stopped the run."""
        return Signals(self._stop.signal).name if self._stop.signal else None

    def run(self) -> Outcome:
        """Go through the input and finish; what was written stays whatever happens."""
        error: TickengError | None = None
        started = time.monotonic()
        try:
            try:
                self._go_through()
            finally:
                self._drain()
        except Interrupted:
            pass
        except TickengError as fault:
            error = fault
        except OSError as fault:
            error = OutputError(fault.errno, str(fault))
        self.seconds = self.timings["running"] = time.monotonic() - started
        if not (error or self._stop.signal):
            error = checks.nothing(self)
        self.faults = [error] if isinstance(error, ConservationError) else checks.unaccounted(self)
        error = error or next(iter(self.faults), None)
        try:
            self._finish(error)
        except TickengError as fault:
            error = error or fault
        self.timings["finishing"] = time.monotonic() - started - self.seconds
        if not (error or self._stop.signal):
            error = checks.too_many_lost(self)
        return Outcome(report.document(self, error), error, self._stop.signal)

    def _go_through(self) -> None:
        """All results; held rows too, unless a checkpoint keeps them for the run that continues."""
        try:
            self._deliver_all(self.stream.results())
        except LateTickError:
            raise
        except DataError:
            if self._last_target() is None:
                self._deliver_all(self.stream.rest())
            raise
        if self.stream.ended or self._last_target() is None:
            self._deliver_all(self.stream.rest())

    def _deliver_all(self, results: Iterator[Result]) -> None:
        for result in results:
            if not result.is_empty:
                symbols = self.engine.symbols
                if self._behind:
                    self._behind.submit(self._deliver, result, symbols)
                else:
                    self._deliver(result, symbols)
            if self._progress:
                self._progress(self.stream.taken, self.inputs.fraction())
            if self._due():
                self._checkpoint_on_the_way()
            if self._stop.signal:
                raise Interrupted

    def _drain(self) -> None:
        """All results so far are delivered."""
        if self._behind:
            self._behind.drain()

    def _deliver(self, result: Result, symbols: list[str]) -> None:
        ts_ns, outputs = result.ts_ns, result.outputs
        for output, part in zip(self.outputs, (result, *result.also), strict=False):
            if len(part.ts_ns):
                output.write(part, symbols)
                if self.inputs.live:
                    output.show()
        if not len(ts_ns):
            return
        self.summary.add(ts_ns, outputs)
        waking = self.summary.waking(outputs)
        if waking:
            self.summary.watch(result.codes, symbols, ts_ns, waking)
        else:
            self.summary.count(result.codes)
        if self.plot:
            for code, mine in _by_symbol(result):
                drawn = {name: outputs[name][mine] for name in plotting.DRAWN if name in outputs}
                self.plot.add(symbols[code], ts_ns[mine], result.inputs["price"][mine], drawn)

    def _due(self) -> bool:
        every = self.options.every
        if not (every and self.options.checkpoint) or len(self.stream.ready):
            return False
        if every.rows:
            return self.stream.taken >= self._rows_at_checkpoint + every.rows
        return time.monotonic() - self._last_checkpoint >= (every.seconds or 0.0)

    def _checkpoint_on_the_way(self) -> None:
        assert self.options.checkpoint is not None
        self._rows_at_checkpoint, self._last_checkpoint = self.stream.taken, time.monotonic()
        self._drain()
        for output in self.outputs:
            output.flush()
        failed = self._write_checkpoint(self.options.checkpoint)
        if failed and self.checkpoint_failures == 1:
            self.warnings.append(str(failed))

    def _finish(self, error: TickengError | None) -> None:
        """Write what there is: the output with its manifest, the checkpoint, the plot."""
        fruitless = isinstance(error, DataError) and not (self.summary.ticks or self.saved.engine)
        if isinstance(error, OutputError) or fruitless:
            if self._rejects and fruitless:
                with suppress(OutputError):  # the error is known
                    self._rejects.close()
            for file in (*self.outputs, self._rejects):
                with suppress(OutputError):
                    self._discard(file)
            return
        unsound = isinstance(error, (LateTickError, ConservationError))
        target = None if unsound else self._last_target()
        stopped = error is not None or self._stop.signal is not None
        for output in self.outputs:
            if stopped:
                self._stop_output(output, target)
            else:
                output.close(report.manifest(self, output.clock))
        failed = self._write_checkpoint(target) if target else None
        if self._rejects:
            self._rejects.close(continued=stopped and target is not None)
        if self.plot and self.options.plot:
            plotting.save(self.plot, self.options.plot)
        if failed:
            raise failed

    def _discard(self, file: Output | RejectList | None) -> None:
        if file:
            file.discard(continued=self.checkpoint is not None)

    def _stop_output(self, output: Output, target: Path | None) -> None:
        """Leave the output of a run that has not come to its end."""
        if output.replaces:
            then = f'; resume="{target}" continues the one that replaces it' if target else ""
            self.warnings.append(f"{output.path}: is still the file from before{then}")
        output.stop(report.manifest(self, output.clock), continued=target is not None)

    def _last_target(self) -> Path | None:
        """Where the last checkpoint goes: where asked, or beside an interrupted output."""
        if self.options.checkpoint or not self._stop.signal:
            return self.options.checkpoint
        return paths.beside_output(self.options)

    def _counts(self) -> dict[str, Any]:
        """Rows that came in and what became of them; those of trades by symbol, of others by kind
        and symbol."""
        came_in, counters = self.ledger.came_in(), self.ledger.counters(self.stream.held)
        trades = {"came_in": came_in.pop("trade"), "counters": counters.pop("trade")}
        others = {kind: counts for kind, counts in came_in.items() if counts}
        return trades | ({"came_in_of": others, "counters_of": counters} if others else {})

    def _write_checkpoint(self, target: Path) -> OutputError | None:
        """Leave a checkpoint; the error if it cannot be written, which is counted."""
        config = self.engine.config
        meta = {
            "kind": "replay",
            "config": config.to_dict(),
            "config_hash": config.hash,
            "max_time_ns": self.engine.max_time_ns,
            "cold": resume.cold(self.saved),
            "order": resume.order(self.options),
            "sink": next((output.state() for output in self.outputs), None),
            **({"sinks": [output.state() for output in self.outputs[1:]]}
               if self.options.also else {}),
            "rejects": self._rejects.flush() if self._rejects else None,
            **self._counts(),
            "warm": self.summary.warm,
            **({} if self.options.rows in ENGINE_KINDS else {
                "written": self.summary.rows_of(self.engine.symbols)}),
            **self.stream.state(),
        }
        state = self.engine.state()
        held = target == self.options.checkpoint  # for the whole run
        try:
            with nullcontext() if held else hold(resolved(target)):
                generation = write_checkpoint(target, state, meta)
        except OutputError as error:
            self.checkpoint_failures += 1
            return resume.continuable(error, target)
        self.checkpoint = {
            "path": str(target), "generation": generation, "state_bytes": len(state),
        }
        return None


def _by_symbol(result: Result) -> Iterator[tuple[int, Any]]:
    """Engine codes with the rows of each, as a slice or an index array."""
    codes = result.codes
    if rows_.sole(codes) is not None:
        yield int(codes[0]), slice(None)
        return
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(order)], strict=True):
        yield int(codes[order[start]]), order[start:end]
