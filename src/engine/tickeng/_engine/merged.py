"""`Engine.run` of events of several kinds, merged by their stamps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tickeng._engine.acceptance import judge
from tickeng._engine.arrays import (
    leader_columns,
    real_column,
    side_column,
    symbol_codes,
    time_column,
    trade_columns,
)
from tickeng._native import core
from tickeng._native.core import EngineCore
from tickeng.errors import ConfigError, DataError, LateTickError
from tickeng.frame import Frame

_ROWS = ("trade", "quote")
_TRADE = ("ts_ns", "price", "qty", "side")
_QUOTE = ("ts_ns", "bid", "bid_qty", "ask", "ask_qty")


def run_merged(engine: EngineCore, trades: Any, quotes: Any, rows: str,
               leader: Any = None, sides: Any = None, **reading: Any) -> Frame:
    """Feeds trades and quotes in the order of their stamps, trades first where these are equal.

    trades, quotes: tables or mappings of columns, None: none of that kind. Returns a Frame with a
    row for each event of the kind `rows`. Raises as Engine.run.
    """
    if rows not in _ROWS:
        raise ConfigError(f"rows is {rows!r}; it must be one of {', '.join(_ROWS)}")
    if reading:
        raise ConfigError(f"{min(reading)} says how one table or file is read; give tickeng.read's "
                          "result as trades=")
    if leader is not None:
        engine._queue_leader(*leader_columns(leader))
    bought, quoted = _columns(trades, _TRADE, "trades"), _columns(quotes, _QUOTE, "quotes")
    if len(bought["ts_ns"]) and len(quoted["ts_ns"]) and (
            (bought.get("symbol") is None) != (quoted.get("symbol") is None)):
        raise DataError("trades and quotes must both have a column symbol, or neither")
    side = side_column(bought["side"], sides)
    times, price, qty, signs, ids = trade_columns(bought["ts_ns"], bought["price"], bought["qty"],
                                                  side, bought.get("id"))
    codes = symbol_codes(engine, bought.get("symbol"), len(times))
    quote_times = time_column(quoted["ts_ns"], "quotes ts_ns")
    bid, bid_qty, ask, ask_qty = (real_column(quoted[name], f"quotes {name}")
                                  for name in _QUOTE[1:])
    quote_codes = symbol_codes(engine, quoted.get("symbol"), len(quote_times))
    before = engine._refused
    arrays, status, quote_status, done, quotes_done = core.run_events(
        engine, (times, price, qty, signs, codes, ids),
        core.Quotes(quote_times, bid, bid_qty, ask, ask_qty, quote_codes), rows == "quote")
    for what, given, came in (("trade", times, done), ("quote", quote_times, quotes_done)):
        if came < len(given) and (status if what == "trade" else quote_status)[came] == 1:
            raise LateTickError(f"{what} {came} at {given[came]} is older than the last accepted "
                                "one of its symbol; on_late='drop' counts such rows instead")
    refused = np.subtract(engine._refused, before).tolist()
    judge(np.concatenate((status, quote_status)), refused)
    own = status if rows == "trade" else quote_status
    return Frame(dict(zip(engine.outputs.names, arrays, strict=True)) | {"status": own})


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
