"""The ways of running: each reads the files anew and gives every row with what became of it.

All share the replay's own stream (merge, filters, reordering, leaders) and differ in how the
engine is fed and when a run is taken up again. Rows are those that the options write: of a builder,
or of a kind of events, where those that were not accepted are kept with their status. Trap: on_tick
takes no id, so with dedupe="id" a tick is a run() of one row.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import pairwise
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base import conservation
from ..checkpoint import decode, encode
from ..engine import Engine
from ..errors import DataError, LateTickError
from ..parallel import ParallelEngine
from ..replay import Every, Options, Stop
from ..replay.cursor import Names
from ..replay.feeding import Fed, Result, every_row
from ..replay.inputs import Inputs
from ..replay.ledger import ENGINE_KINDS, Ledger, together
from ..replay.rows import KINDS, Rows
from ..replay.stream import Stream
from ..replay.timeline import Bounds
from .blocks import Columns
from .calls import METHODS, arguments

SHARDS = 2
TICKS = 1_000_000  # rows that are fed tick by tick unless all are asked for
_LONGEST = 65_536  # rows of a chunk
_UNREAD = 16_384  # rows that a ParallelEngine may hold at once
_BLOCK_ROWS = 4_096, 65_536  # that a source reads at once


class Whole(Stream):
    """A stream that gives all rows, accepted or not."""

    random: np.random.Generator  # of the ways that cut

    def counters(self) -> dict[str, dict[str, Any]]:
        """What became of the rows, per symbol, those that wait for their order among them."""
        return together(self._ledger.counters(self.held))

    def close(self) -> None:
        """Let go of what the stream made for itself."""

    def _accepted(self, rows: Rows, codes: NDArray[np.uint32], fed: Fed) -> Result:
        return every_row(rows, codes, fed, self._options.rows)


class TickByTick(Whole):
    """Feeds one event at a time, as a live program does."""

    def _feed(self, engine: Engine, rows: Rows, codes: NDArray[np.uint32]) -> Fed:
        if rows.id is not None:
            return _in_pieces(super()._feed, engine, rows, codes, range(len(rows) + 1))
        names, take = engine.symbols, attrgetter(*engine.schema)
        sides: list[int] | None = [] if engine.config["infer_side"] != "none" else None
        calls = {KINDS.index(kind): (getattr(engine, METHODS[kind]),
                                     arguments(kind, rows.values[kind])) for kind in rows.kinds}
        written = [ENGINE_KINDS[kind] == self._options.rows for kind in KINDS]
        status, table = [], []
        for ts_ns, kind, code in zip(
                rows.ts_ns.tolist(), rows.kind.tolist(), codes.tolist(), strict=True):
            call, given = calls[kind]
            values, named = next(given)
            decision = call(ts_ns, *values, names[code], **named)
            status.append(decision.status)
            if sides is not None and KINDS[kind] == "trade":
                sides.append(engine._last_side(names[code]) if decision.accepted else values[2])
            if written[kind]:
                table.append(take(decision))
        flags = (*engine.outputs.flags, True)
        columns = np.array(table).reshape(-1, len(flags)).T
        outputs = {
            name: column.astype(np.uint8) if flag else np.ascontiguousarray(column)
            for name, flag, column in zip(engine.schema, flags, columns, strict=True)
        }
        return Fed(np.array(status, np.uint8), outputs,
                   sides=None if sides is None else np.array(sides, np.int8))


class InChunks(Whole):
    """Feeds chunks of random lengths, short and long ones."""

    def _feed(self, engine: Engine, rows: Rows, codes: NDArray[np.uint32]) -> Fed:
        cuts = [0]
        while cuts[-1] < len(rows):
            length = int(np.exp(self.random.uniform(0, np.log(_LONGEST))))
            cuts.append(min(cuts[-1] + max(length, 1), len(rows)))
        return _in_pieces(super()._feed, engine, rows, codes, cuts)


class Sharded(Whole):
    """Feeds a ParallelEngine, whose workers have the symbols shared out among them."""

    _parallel: ParallelEngine | None = None

    def _feed(self, engine: Engine, rows: Rows, codes: NDArray[np.uint32]) -> Fed:
        if self._parallel is None:
            self._parallel = ParallelEngine(
                engine.config, workers=SHARDS, pin=False, order="total",
                _max_time_ns=engine.max_time_ns)
        self._parallel.intern(engine.symbols)
        cuts = [*range(0, len(rows), _UNREAD), len(rows)]
        return _in_pieces(self._submit, engine, rows, codes, cuts)

    def _submit(self, engine: Engine, rows: Rows, codes: NDArray[np.uint32]) -> Fed:
        assert self._parallel is not None
        trades = rows.values["trade"]
        self._parallel.submit_batch(rows.ts_ns, trades["price"], trades["qty"], trades["side"],
                                    codes, rows.id)
        self._parallel.flush()
        decisions = self._parallel.poll()
        outputs = {name: decisions[name] for name in engine.schema}
        return Fed(outputs["status"], outputs)

    def counters(self) -> dict[str, dict[str, Any]]:
        """Those of the workers, with the rows that the reader rejected."""
        found = super().counters()
        for symbol, counts in (self._parallel.counters if self._parallel else {}).items():
            for name, count in counts.pop("reasons").items():
                found[symbol]["reasons"][name] = found[symbol]["reasons"].get(name, 0) + count
            for name, count in counts.items():
                found[symbol][name] += count
        return found

    def close(self) -> None:
        """End the workers."""
        if self._parallel:
            self._parallel.close()


def cannot_tick(options: Options) -> str | None:
    """Why rows cannot be had event by event; None if they can."""
    if options.rows not in ENGINE_KINDS.values():
        return f"a call for an event gives its own row, none of {options.rows}"
    return None


def cannot_shard(options: Options, facts: "Facts") -> str | None:
    """Why a ParallelEngine cannot do what these options ask for; None if it can."""
    if options.rows != "trade" or set(facts.kinds) - {"trade"}:
        return "ParallelEngine takes batches of trades, and other events one by one"
    if options.config["infer_side"] != "none":
        return "ParallelEngine does not tell which sides it inferred"
    if options.leaders:
        return "ParallelEngine takes leaders in call order only"
    if options.config["on_late"] == "error":
        return "ParallelEngine has no on_late=error"
    return None


def _in_pieces(
    feed: Callable[..., Fed], engine: Engine, rows: Rows, codes: NDArray[np.uint32],
    cuts: Sequence[int],
) -> Fed:
    """What comes of all pieces as one."""
    pieces = [feed(engine, rows.take(slice(begin, end)), codes[begin:end])
              for begin, end in pairwise(cuts)]
    pieces = pieces or [feed(engine, rows, codes)]
    outputs = {name: np.concatenate([piece.outputs[name] for piece in pieces])
               for name in pieces[0].outputs}
    stamps, codes_of = ([getattr(piece, name) for piece in pieces] for name in ("ts_ns", "codes"))
    bars = pieces[0].ts_ns is not None
    sides = [piece.sides for piece in pieces if piece.sides is not None]
    return Fed(np.concatenate([piece.status for piece in pieces]), outputs,
               np.concatenate(stamps) if bars else None, np.concatenate(codes_of) if bars else None,
               np.concatenate(sides) if sides else None)


@dataclass(slots=True)
class Facts:
    """What a run leaves beside its rows."""

    labels: list[str] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    counters: dict[str, dict[str, Any]] = field(default_factory=dict)
    inputs: list[dict[str, Any]] = field(default_factory=list)
    share: float | None = 0.0  # of the input, on the way
    max_time_ns: int = 0

    def place(self, columns: Columns, at: int) -> dict[str, Any]:
        """Where one row of a block is in the files; one of a builder is in none."""
        found = {} if "row" not in columns else {
            "file": self.labels[int(columns["source"][at])], "file_row": int(columns["row"][at])}
        return {
            **found,
            "ts_ns": int(columns["ts_ns"][at]),
            "symbol": self.symbols[int(columns["symbol"][at])],
        }


@dataclass(frozen=True, slots=True)
class Way:
    """How to run: the stream, what to change of the options, where to stop and go on."""

    name: str
    stream: type[Whole] = Whole
    workers: int = 1
    seed: int = 0
    cuts: tuple[int, ...] = ()
    rows: int | None = None  # how many at least, None: all

    def pieces(self, options: Options, max_time_ns: int | None, facts: Facts) -> Iterator[Columns]:
        """The rows, in the order in which they are fed; `facts` is filled on the way.

        Raises:
            DataError: of the input, behind the rows before the damage.
        """
        options = replace(options, workers=self.workers)
        if self.stream is InChunks:
            block = int(np.random.default_rng(self.seed).integers(*_BLOCK_ROWS))
            options = replace(options, source={**options.source, "block_rows": block})
        given, taken = 0, 0
        state, saved = b"", dict[str, Any]()
        for cut in [*self.cuts, None]:
            with ExitStack() as closing:
                engine = (Engine.from_state(state, _max_time_ns=max_time_ns) if state else
                          Engine(options.config, _max_time_ns=max_time_ns))
                part = options if cut is None else replace(options, every=Every(rows=cut - taken))
                run = _Part(part, engine, saved, self, closing)
                for piece in run.pieces():
                    run.tell(facts)
                    yield piece
                    given += len(piece["ts_ns"])
                    if self.rows is not None and given >= self.rows:
                        return
                run.tell(facts)
                if run.ended:
                    return
                taken += run.stream.taken
                state, saved = run.saved()


class _Part:
    """One run over the files, from their beginning or from what was saved."""

    def __init__(
        self, options: Options, engine: Engine, saved: dict[str, Any], way: Way,
        closing: ExitStack,
    ) -> None:
        self._options, self._engine = options, engine
        came_in = {"trade": saved.get("came_in", {}), **saved.get("came_in_of", {})}
        self._ledger = Ledger(engine, names := Names(saved.get("names")),
                              came_in, None)
        self._inputs = Inputs(options, names, saved, self._ledger, Bounds.of(engine), Stop(),
                              closing)
        self._inputs.need_clocks(options.config)
        self.stream = way.stream(options, engine, self._inputs, self._ledger, saved)
        closing.callback(self.stream.close)
        self.stream.random = np.random.default_rng(way.seed)
        self.ended = False

    def pieces(self) -> Iterator[Columns]:
        """Rows up to the end of the files, or to where the run is to be left."""
        stream, every = self.stream, self._options.every
        try:
            for result in stream.results():
                yield self._columns(result)
                if every and every.rows and stream.taken >= every.rows and not len(stream.ready):
                    return
        except LateTickError:
            raise
        except DataError:
            yield from map(self._columns, stream.rest())
            raise
        yield from map(self._columns, stream.rest())
        self.ended = True
        conservation.check(together(self._ledger.came_in()), stream.counters())

    def _columns(self, result: Result) -> Columns:
        rows = result.rows
        origin: Columns = {} if rows is None else {"source": np.ascontiguousarray(rows.source),
                                                   "row": rows.row}
        return {
            **origin, "ts_ns": result.ts_ns, **result.inputs,
            "symbol": np.ascontiguousarray(result.codes), **result.outputs,
        }

    def tell(self, facts: Facts) -> None:
        """Say how far it has come."""
        facts.labels, facts.symbols = self.stream.labels, self._engine.symbols
        facts.kinds = sorted({kind for cursor in self._inputs.cursors
                              for kind in cursor.source.kinds})
        facts.share, facts.max_time_ns = self._inputs.fraction(), self._engine.max_time_ns
        if self.ended:
            facts.inputs = self._inputs.report()
            facts.counters = self.stream.counters()

    def saved(self) -> tuple[bytes, dict[str, Any]]:
        """State and places, through the bytes of a checkpoint."""
        came_in = self._ledger.came_in()
        meta = {**self.stream.state(), "came_in": came_in.pop("trade"),
                "came_in_of": came_in}
        return decode(encode(self._engine.state(), meta), max_bytes=None)
