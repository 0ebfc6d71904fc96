"""Which column of a table is what: the usual names, in order of preference.

Shared by text, Parquet and Arrow files and by `Engine.run(table)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tickeng.errors import DataError

ROLE_NAMES: dict[str, tuple[str, ...]] = {
    "ts": ("ts_event", "exch_ts_ms", "exch_ts", "exchange_timestamp", "transact_time",
           "trade_time", "event_time", "ts_ns", "ts_us", "ts_ms", "timestamp", "ts", "datetime",
           "date_time", "time", "date", "t"),
    "price": ("price", "px", "trade_price", "last_price", "p"),
    "qty": ("qty", "quantity", "size", "amount", "volume", "vol", "q"),
    "side": ("side", "aggressor", "aggressor_side", "taker_side", "direction"),
    "maker": ("is_buyer_maker", "isbuyermaker", "buyer_maker", "buyer_is_maker", "m"),
    "symbol": ("symbol", "ticker", "instrument", "sym"),
    "id": ("id", "trade_id", "tradeid", "agg_trade_id", "aggtradeid"),
    "recv": ("ts_recv", "recv_ns", "recv_ts", "local_timestamp", "local_ts", "local_ns",
             "received_at", "ts_ms"),
}
REQUIRED = ("ts", "price", "qty")


def find_roles(columns: Sequence[str], wanted: Mapping[str, str] | None = None) -> dict[str, str]:
    """Role -> column name. `wanted` (role -> column, as --map gives it) goes first.

    Raises DataError naming the columns there are when a wanted or required one is missing, or
    when a name stands twice.
    """
    wanted = dict(wanted or {})
    for alias, role in (("timestamp", "ts"), ("time", "ts"), ("quantity", "qty"), ("size", "qty"),
                        ("is_buyer_maker", "maker"), ("recv_ts", "recv")):
        if alias in wanted:
            wanted.setdefault(role, wanted.pop(alias))
    there = ", ".join(columns) or "none"
    lower: dict[str, str] = {}
    for name in columns:
        if name and name.strip().lower() in lower:
            raise DataError(f"the column {name.strip()!r} stands twice; there are: {there}")
        lower[name.strip().lower()] = name
    found: dict[str, str] = {}
    for role, column in wanted.items():
        if role not in ROLE_NAMES:
            raise DataError(f"--map {role}={column}: there is no role {role!r}; "
                            f"roles are {', '.join(ROLE_NAMES)}")
        if column not in columns:
            raise DataError(f"--map {role}={column}: no such column; there are: {there}")
        found[role] = column
    for role, names in ROLE_NAMES.items():
        taken = set(found.values())
        hit = next((lower[n] for n in names if n in lower and lower[n] not in taken), None)
        if role not in found and hit is not None:
            found[role] = hit
    if "side" in found and "maker" in found:
        del found["maker" if "maker" not in wanted else "side"]
    for role in REQUIRED:
        if role not in found:
            raise DataError(f"no column for {role}; there are: {there}; "
                            f"name it with --map {role}=COLUMN")
    return found
