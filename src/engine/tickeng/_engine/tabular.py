"""What `Engine.run` takes in place of arrays: a table, or a file of trades.

A `tickeng.read` Table goes in as it is; other tables are read by the rules of files, and every row
of theirs stays a row. Trap: imports of readers are in the functions, because pyarrow is slow to
load and most callers bring arrays.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tickeng._native.core import EngineCore
from tickeng.errors import ConfigError, DataError
from tickeng.files.batch import plural

if TYPE_CHECKING:
    from tickeng.reading import Table


def tabular_trades(core: EngineCore, given: Any,
                   **options: Any) -> tuple[dict[str, Any], Mapping[str, int]]:
    """(keywords of Engine._feed, rows of a file that could not be read by reason).

    given: a path, a Table, or anything with __arrow_c_stream__. Raises DataError, ConfigError.
    """
    options = {name: value for name, value in options.items() if value is not None}
    if isinstance(given, str | os.PathLike):
        from tickeng.reading import read

        table = _trades(read(given, **options))
        kept = "status" in table.columns  # rejected rows, which the engine rejects again
        return _of_table(core, table), {} if kept else table.counters["reasons"]
    from tickeng.reading import Table

    if isinstance(given, Table):
        if options:
            raise ConfigError(f"this Table has been read already; give {min(options)}= to "
                              "tickeng.read")
        return _of_table(core, _trades(given)), {}
    from tickeng.files.sources.arrow import trades_of_table

    return trades_of_table(given, **options), {}


def _trades(table: Table) -> Table:
    """The table, if it is one of trades."""
    if table.kind != "trade":
        raise DataError(f"holds {plural(table.kind)}, no trades: give them as "
                        f"run({table.kind}s=...), such as "
                        f'run(trades=tickeng.read("trades.csv"), {table.kind}s=...)')
    return table


def _of_table(core: EngineCore, table: Table) -> dict[str, Any]:
    trades: dict[str, Any] = {name: table[name] for name in ("ts_ns", "price", "qty", "side")}
    trades["id"] = table["id"] if "id" in table.columns else None
    trades["symbol"] = None
    if table.symbols:
        used, first = np.unique(table.codes, return_index=True)
        used = used[np.argsort(first)]  # engine codes go by first appearance
        codes = np.zeros(len(table.symbols), dtype=np.uint32)
        codes[used] = core.intern([table.symbols[code] for code in used])
        trades["symbol"] = codes[table.codes]
    return trades
