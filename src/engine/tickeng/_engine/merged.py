"""Events of several kinds: one as a mapping, and `Engine.run` of many, merged by their stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickeng._engine.acceptance import judge
from tickeng._engine.arrays import (
    level_columns,
    not_before,
    real_column,
    side_column,
    symbol_codes,
    time_column,
    trade_columns,
)
from tickeng._engine.depth import NEEDED, NUMBERS, Messages, messages
from tickeng._engine.leaders import leader_columns, need_leaders, queue_leaders
from tickeng._native import core
from tickeng._native.core import Decision, EngineCore
from tickeng.config import Config
from tickeng.errors import ConfigError, DataError, LateTickError
from tickeng.frame import Frame

_MARKET = ("bid", "bid_qty", "ask", "ask_qty")
_BAR, _TOLD = ("open", "high", "low", "close"), ("volume", "signed_volume", "vwap", "trades")
_BESIDES = {"bar": _TOLD, "delta": ("snapshot", *NUMBERS)}
_METHODS = {"trade": ("on_tick", ("ts_ns", "price", "qty", "side")),
            "quote": ("on_quote", ("ts_ns", *_MARKET)),
            "book": ("on_book", ("ts_ns", "bids", "asks")),
            "delta": ("on_delta", ("ts_ns", "bids", "asks")),
            "bar": ("on_bar", ("ts_ns", *_BAR)),
            "fill": ("on_fill", ("ts_ns", "price", "qty", "side")),
            "leader": ("on_leader", ("ts_ns", "price"))}
_COLUMNS = {"trade": ("ts_ns", "price", "qty", "side"), "quote": ("ts_ns", *_MARKET),
            "book": ("ts_ns", *_MARKET), "bar": ("ts_ns", *_BAR),
            "fill": ("ts_ns", "price", "qty", "side")}


def feed_event(engine: EngineCore, event: Mapping[str, Any]) -> Decision | int:
    """What `Engine.on_event` does."""
    kind = event.get("kind")
    if kind not in _METHODS:
        raise DataError(f"no event kind {kind!r}; there are {', '.join(_METHODS)}")
    method, fields = _METHODS[kind]
    missing = [name for name in fields if name not in event]
    if missing:
        raise DataError(f"a {kind} has no {missing[0]}; it needs {', '.join(fields)}")
    feed: Callable[..., Decision | int] = getattr(engine, method)
    told = {name: event[name] for name in _BESIDES.get(kind, ()) if name in event}
    if kind == "leader":
        if "symbol" in event:
            raise DataError("a leader has no symbol; leads= says which symbols it leads")
        told = {name: event[name] for name in ("leader", "leads") if name in event}
    else:
        told["symbol"] = event.get("symbol", 0)
    return feed(*(event[name] for name in fields), **told)


def run_merged(engine: EngineCore, config: Config, given: Mapping[str, Any],
               rows: str | Sequence[str], leader: Any = None, sides: Any = None, workers: int = 1,
               **reading: Any) -> Frame:
    """Feeds events in the order of their stamps, and of the kinds at one stamp.

    given: by kind, as _COLUMNS has them, a table or a mapping of columns. Returns a Frame with a
    row for each event of the first of `rows`, at() has the others'; of a builder's, its first
    columns are stamps and, where there are several symbols, names. Raises as Engine.run.
    """
    rows = _clocks(rows)
    if reading:
        raise ConfigError(f"{min(reading)} says how one table or file is read; give tickeng.read's "
                          "result as trades=")
    tables = {kind: _columns(given.get(kind), kind, needed) for kind, needed in _COLUMNS.items()}
    depth = messages(_columns(given.get("delta"), "delta", NEEDED))
    if given.get("delta") is not None:
        if given.get("book") is not None:
            raise DataError("books come as books= or as deltas=: give one of them")
        tables["book"] = tables["book"] | {"ts_ns": depth.ts_ns, "symbol": depth.symbol}
    stamps = {kind: time_column(table["ts_ns"], f"{kind}s ts_ns") for kind, table in tables.items()}
    some = [kind for kind in tables if len(stamps[kind])]
    if len({tables[kind].get("symbol") is None for kind in some}) > 1:
        raise DataError(f"{' and '.join(kind + 's' for kind in some)} must all have a column "
                        "symbol, or none")
    ahead = leader_columns(leader, engine.named_leaders)
    need_leaders(engine, ahead, config)
    for kind in some:
        not_before(stamps[kind], f"{kind}s ts_ns", config)
    columns = _core_columns(tables, stamps, sides)
    codes = {kind: symbol_codes(engine, tables[kind].get("symbol"), len(stamps[kind]))
             if kind in some else None for kind in tables}
    queue_leaders(engine, ahead)
    refused = _refused(engine)
    bid, bid_qty, ask, ask_qty = columns["quote"]
    price, qty, signs, ids = columns["trade"]
    filled, filled_qty, filled_side = columns["fill"]
    arrays, statuses, done = core.run_events(
        engine, (stamps["trade"], price, qty, signs, codes["trade"], ids),
        core.Quotes(stamps["quote"], bid, bid_qty, ask, ask_qty, codes["quote"]),
        *_books(stamps["book"], columns["book"], depth, codes["book"]),
        core.Bars(stamps["bar"], columns["bar"], columns["told"], codes["bar"]),
        core.Fills(stamps["fill"], filled, filled_qty, filled_side, codes["fill"]),
        tuple("own" if clock == "fill" else clock for clock in rows), workers)
    status = dict(zip(tables, statuses, strict=True))
    _refuse_late(stamps, status, dict(zip(tables, done, strict=True)))
    for kind, now in _refused(engine).items():
        judge(status[kind], (now - refused[kind]).tolist())
    named = any(code is not None for code in codes.values())
    return _frames(engine, dict(zip(rows, arrays, strict=True)), status, named)


def _refuse_late(stamps: Mapping[str, Any], status: Mapping[str, Any],
                 done: Mapping[str, int]) -> None:
    """Raises LateTickError where a late event has ended the run."""
    for kind, came in done.items():
        if came < len(status[kind]) and status[kind][came] == 1:
            raise LateTickError(f"{kind} {came} at {stamps[kind][came]} is older than the last "
                                "accepted one of its symbol; on_late='drop' counts such rows "
                                "instead")


def _clocks(given: str | Sequence[str]) -> list[str]:
    """Of one or several. Raises ConfigError for none, and for one that is given twice."""
    rows = [given] if isinstance(given, str) else [*given]
    if not rows:
        raise ConfigError('rows=[] writes nothing: give at least one clock, as rows=["trade"]')
    twice = [clock for clock in rows if rows.count(clock) > 1]
    if twice:
        raise ConfigError(f"rows gives {twice[0]} twice: give each clock once")
    return rows


def _books(stamps: NDArray[np.int64], levels: list[NDArray[np.float64]], depth: Messages,
           codes: NDArray[np.uint32] | None) -> tuple[core.Books, core.Depth]:
    """Books as such or as messages; the other ones are none."""
    built = len(depth.ts_ns) > 0
    bid, bid_qty, ask, ask_qty = levels
    return (core.Books(np.empty(0, np.int64) if built else stamps, bid, bid_qty, ask, ask_qty,
                       None if built else codes),
            core.Depth(depth.ts_ns, depth.snapshot, depth.numbers, depth.begin, depth.bids,
                       depth.price, depth.qty, codes if built else None))


def _frames(engine: EngineCore, arrays: Mapping[str, list[Any]], status: Mapping[str, Any],
            named: bool) -> Frame:
    """The first of the rows, with the others beside it."""
    first, *_ = arrays
    frames = {clock: _frame(engine, clock, columns, status, named)
              for clock, columns in arrays.items()}
    return frames[first].beside(first, frames)


def _frame(engine: EngineCore, rows: str, arrays: list[Any], status: Mapping[str, Any],
           named: bool) -> Frame:
    """named: symbols have names."""
    kind = "fill" if rows == "own" else rows
    if kind in status:
        return Frame(dict(zip(engine.outputs.names, arrays, strict=True))
                     | {"status": status[kind]})
    times, of_symbol, *values = arrays
    first = {"ts_ns": times}
    if named:
        first["symbol"] = np.asarray(engine.symbols, dtype=object)[of_symbol]
    return Frame(first | dict(zip(engine.outputs.names, values, strict=True))
                 | {"status": np.zeros(len(times), np.uint8)})


def _core_columns(tables: Mapping[str, Mapping[str, Any]], stamps: Mapping[str, Any],
                  sides: Any) -> dict[str, list[Any]]:
    """What the core takes beside stamps and symbols, by kind. Raises DataError."""
    trades = tables["trade"]
    signs = side_column(trades["side"], sides)
    bars, fills = tables["bar"], tables["fill"]
    return {
        "bar": [real_column(bars[name], f"bars {name}") for name in _BAR],
        "told": [real_column(bars[name], f"bars {name}") if name in bars else None
                 for name in _TOLD],
        "fill": [real_column(fills[name], f"fills {name}") for name in ("price", "qty")]
        + [side_column(fills["side"], sides)],
        "trade": [*trade_columns(stamps["trade"], trades["price"], trades["qty"], signs,
                                 trades.get("id"))[1:]],
        "quote": [real_column(tables["quote"][name], f"quotes {name}") for name in _MARKET],
        "book": level_columns([tables["book"][name] for name in _MARKET])}


def _refused(engine: EngineCore) -> dict[str, NDArray[np.int64]]:
    """Events rejected so far, by kind and by REJECT_REASONS."""
    found = {}
    for kind, counters in (("quote", engine.quote_counters), ("book", engine.book_counters),
                           ("bar", engine.bar_counters), ("fill", engine.fill_counters)):
        found[kind] = np.array([sum(counts["reasons"].get(reason, 0)
                                    for counts in counters.values())
                                for reason in core.REJECT_REASONS], np.int64)
    return {"trade": np.array(engine._refused, np.int64) - sum(found.values())} | found


def _columns(given: Any, kind: str, needed: Sequence[str]) -> dict[str, Any]:
    """Columns by name. Raises DataError where one is missing."""
    if given is None:
        return {name: () for name in needed}
    if (of := getattr(given, "kind", kind)) != kind and isinstance(of, str):
        raise DataError(f"{kind}s= was given a table of {of}s: give it as {of}s=")
    if isinstance(given, Mapping):
        columns = dict(given)
    elif hasattr(given, "__arrow_c_stream__"):
        import pyarrow as pa  # slow to load

        table = pa.table(given)
        columns = {name: table[name].to_numpy() for name in table.column_names}
    else:
        raise DataError(f"{kind}s must be a table or a mapping of columns, not "
                        f"{type(given).__name__}")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise DataError(f"{kind}s have no column {missing[0]}; they need {', '.join(needed)}")
    return columns
