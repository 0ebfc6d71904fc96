"""`Engine.run` of events of several kinds, merged by their stamps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tickeng._engine.acceptance import judge
from tickeng._engine.arrays import (
    leader_columns,
    not_before,
    real_column,
    side_column,
    symbol_codes,
    time_column,
    trade_columns,
)
from tickeng._native import core
from tickeng._native.core import EngineCore
from tickeng.config import Config
from tickeng.errors import ConfigError, DataError, LateTickError
from tickeng.frame import Frame

_TRADE = ("ts_ns", "price", "qty", "side")
_QUOTE = ("ts_ns", "bid", "bid_qty", "ask", "ask_qty")


def run_merged(engine: EngineCore, config: Config, trades: Any, quotes: Any, rows: str,
               leader: Any = None, sides: Any = None, **reading: Any) -> Frame:
    """Feeds trades and quotes in the order of their stamps, trades first where these are equal.

    trades, quotes: tables or mappings of columns, None: none of that kind. Returns a Frame with a
    row for each event of the kind `rows`; of a builder's rows, its first columns are their stamps
    and, where there are several symbols, names. Raises as Engine.run.
    """
    if reading:
        raise ConfigError(f"{min(reading)} says how one table or file is read; give tickeng.read's "
                          "result as trades=")
    bought, quoted = _columns(trades, _TRADE, "trades"), _columns(quotes, _QUOTE, "quotes")
    if len(bought["ts_ns"]) and len(quoted["ts_ns"]) and (
            (bought.get("symbol") is None) != (quoted.get("symbol") is None)):
        raise DataError("trades and quotes must both have a column symbol, or neither")
    side = side_column(bought["side"], sides)
    times, price, qty, signs, ids = trade_columns(bought["ts_ns"], bought["price"], bought["qty"],
                                                  side, bought.get("id"))
    quote_times = time_column(quoted["ts_ns"], "quotes ts_ns")
    bid, bid_qty, ask, ask_qty = (real_column(quoted[name], f"quotes {name}")
                                  for name in _QUOTE[1:])
    ahead = leader_columns(leader) if leader is not None else None
    not_before(times, "trades ts_ns", config)
    not_before(quote_times, "quotes ts_ns", config)
    codes, quote_codes = (symbol_codes(engine, given.get("symbol"), len(stamps))
                          if len(stamps) else None
                          for given, stamps in ((bought, times), (quoted, quote_times)))
    if ahead is not None:
        engine._queue_leader(*ahead)
    refused, quotes_refused = engine._refused, _quotes_refused(engine)
    arrays, status, quote_status, done, quotes_done = core.run_events(
        engine, (times, price, qty, signs, codes, ids),
        core.Quotes(quote_times, bid, bid_qty, ask, ask_qty, quote_codes), rows)
    for what, stamps, states, came in (("trade", times, status, done),
                                       ("quote", quote_times, quote_status, quotes_done)):
        if came < len(stamps) and states[came] == 1:
            raise LateTickError(f"{what} {came} at {stamps[came]} is older than the last accepted "
                                "one of its symbol; on_late='drop' counts such rows instead")
    of_quotes = np.subtract(_quotes_refused(engine), quotes_refused)
    judge(status, (np.subtract(engine._refused, refused) - of_quotes).tolist())
    judge(quote_status, of_quotes.tolist())
    if rows in ("trade", "quote"):
        own = status if rows == "trade" else quote_status
        return Frame(dict(zip(engine.outputs.names, arrays, strict=True)) | {"status": own})
    stamps, of_symbol, *values = arrays
    first = {"ts_ns": stamps}
    if codes is not None or quote_codes is not None:
        first["symbol"] = np.asarray(engine.symbols, dtype=object)[of_symbol]
    return Frame(first | dict(zip(engine.outputs.names, values, strict=True))
                 | {"status": np.zeros(len(stamps), np.uint8)})


def _quotes_refused(engine: EngineCore) -> list[int]:
    """Quotes rejected so far, by REJECT_REASONS."""
    counters = engine.quote_counters.values()
    return [sum(counts["reasons"].get(reason, 0) for counts in counters)
            for reason in core.REJECT_REASONS]


def _columns(given: Any, needed: tuple[str, ...], what: str) -> Mapping[str, Any]:
    """Columns by name. Raises DataError where one is missing."""
    if given is None:
        return {name: () for name in needed}
    columns: Mapping[str, Any]
    if isinstance(given, Mapping):
        columns = given
    elif hasattr(given, "__arrow_c_stream__"):
        import pyarrow as pa  # slow to load

        table = pa.table(given)
        columns = {name: table[name].to_numpy() for name in table.column_names}
    else:
        raise DataError(f"{what} must be a table or a mapping of columns, not "
                        f"{type(given).__name__}")
    missing = [name for name in needed if name not in columns]
    if missing:
        raise DataError(f"{what} have no column {missing[0]}; they need {', '.join(needed)}")
    return columns
