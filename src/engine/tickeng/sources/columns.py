"""Column names to roles: which column is the time, the price, the quantity, the side.

Names are compared in lower case without blanks, underscores and hyphens; the first name of a role's
list that the file has wins. One-letter names are the venues' own (Binance) and keep their case.
Trap: where a file has an exchange clock (`exch_ts_ms`) and a bare one (`ts_ms`), the bare one is
the receive clock; alone, the bare one is the only clock there is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tickeng.errors import ConfigError, DataError

_UNIT_SUFFIXES = {"ms": "ms", "us": "us", "ns": "ns", "millis": "ms", "micros": "us",
                  "nanos": "ns", "seconds": "s", "s": "s", "sec": "s"}
_EXCHANGE_CLOCKS = ("exchts", "exchtime", "exchangets", "exchangetime", "exchangetimestamp",
                    "tsexchange", "tsexch", "transacttime", "tradetime", "tsevent", "eventtime",
                    "tradets", "tradetimestamp")
_BARE_CLOCKS = ("timestamp", "ts", "time", "datetime", "date", "unixtime", "epoch", "unix")
_RECEIVE_CLOCKS = ("localtimestamp", "localts", "localtime", "tsrecv", "recvts", "recv", "recvtime",
                   "receivetime", "receivedat", "received", "tslocal", "rectimestamp")
_NAMES = {
    "price": ("price", "px", "tradeprice", "lastprice", "p"),
    "qty": ("qty", "quantity", "size", "amount", "volume", "vol", "tradesize", "lastqty",
            "tradeqty", "baseqty", "sz", "q"),
    "side": ("side", "aggressor", "aggressorside", "takerside", "tradeside", "direction"),
    "maker": ("isbuyermaker", "buyermaker", "buyerismaker", "m"),
    "symbol": ("symbol", "ticker", "instrument", "sym", "pair", "instid", "productid", "s"),
    "id": ("id", "tradeid", "aggtradeid", "tid", "aggid", "a", "t"),
}
_ROLE_ALIASES = {"time": "ts", "timestamp": "ts", "ts_ns": "ts", "quantity": "qty", "size": "qty",
                 "amount": "qty", "px": "price", "is_buyer_maker": "maker", "trade_id": "id",
                 "recv_ns": "recv", "recv_ts": "recv", "ticker": "symbol"}
ROLES = ("ts", "price", "qty", "side", "maker", "symbol", "id", "recv")


@dataclass(frozen=True, slots=True)
class Assignment:
    """Roles by column index, and the time unit that a clock's name states ("auto": none)."""

    index: dict[str, int]
    ts_unit: str
    recv_unit: str

    def roles(self, count: int) -> tuple[str, ...]:
        by_column = {column: role for role, column in self.index.items()}
        return tuple(by_column.get(i, "ignore") for i in range(count))

    @property
    def has_side(self) -> bool:
        return "side" in self.index or "maker" in self.index


def _plain(name: str) -> str:
    name = name.strip()
    if len(name) == 1:  # "T" is the time and "t" the trade id
        return "time" if name == "T" else name
    return name.lower().replace("_", "").replace(" ", "").replace("-", "")


def _clock_unit(name: str, bases: tuple[str, ...]) -> str | None:
    """The unit a clock's name states, "auto" if none, None if it is none of `bases`."""
    if name in bases:
        return "auto"
    for suffix, unit in _UNIT_SUFFIXES.items():
        if name.endswith(suffix) and name[:-len(suffix)] in bases:
            return unit
    return None


def _find_clock(names: Sequence[str], bases: tuple[str, ...], taken: int | None) -> int | None:
    found = [(bases.index(base), i) for i, name in enumerate(names) if i != taken
             for base in bases if _clock_unit(name, (base,))]
    return min(found)[1] if found else None


def assign_roles(columns: Sequence[str], mapping: Mapping[str, str] | None) -> Assignment:
    """Roles of `columns`; `mapping` (role -> column name) goes first. Raises DataError."""
    names = [_plain(column) for column in columns]
    index = _mapped(columns, mapping or {})
    for role, known in _NAMES.items():
        wanted = next((names.index(name) for name in known if name in names), None)
        if role not in index and wanted is not None and wanted not in index.values():
            index[role] = wanted
    if "side" in (mapping or {}) or "side" in index:
        _settle_side(names, index)
    exchange = index.get("ts", _find_clock(names, _EXCHANGE_CLOCKS, None))
    bare = _find_clock(names, _BARE_CLOCKS, exchange)
    ts = exchange if exchange is not None else bare
    recv = index.get("recv", _find_clock(names, _RECEIVE_CLOCKS, ts))
    if recv is None and ts != bare and "ts" not in index:
        recv = bare
    if ts is not None:
        index["ts"] = ts
    if recv is not None and recv != ts:
        index["recv"] = recv
    _check(columns, names, index)
    every = _EXCHANGE_CLOCKS + _BARE_CLOCKS + _RECEIVE_CLOCKS
    units = [(_clock_unit(names[index[r]], every) if r in index else None) or "auto"
             for r in ("ts", "recv")]
    return Assignment(index, *units)


def _settle_side(names: Sequence[str], index: dict[str, int]) -> None:
    # A side says more than a maker flag; but a flag mapped to the side is still a flag.
    if "side" in index and names[index["side"]] in _NAMES["maker"]:
        index["maker"] = index.pop("side")
    elif "side" in index:
        index.pop("maker", None)


def _mapped(columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    index = {}
    for key, column in mapping.items():
        role = _ROLE_ALIASES.get(key, key)
        if role not in ROLES:
            raise ConfigError(f"cannot map {key!r}: the roles are {', '.join(ROLES)}")
        if column not in columns:
            raise DataError(f"has no column {column!r} to map to {key}; "
                            f"its columns are {', '.join(columns)}")
        index[role] = list(columns).index(column)
    return index


def _check(columns: Sequence[str], names: Sequence[str], index: dict[str, int]) -> None:
    for role in ("ts", "price", "qty"):
        if role not in index:
            raise DataError(f"has no column for {role} among {', '.join(columns)[:300]}; "
                            f"name it with --map {role}=COLUMN")
    for role, column in index.items():
        if list(names).count(names[column]) > 1:
            raise DataError(f"has column {columns[column]!r} (for {role}) more than once; "
                            "give distinct names with --header a,b,c")
