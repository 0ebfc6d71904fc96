"""Column names to roles: which columns can be the time, the price, the quantity, the side.

Names are compared in lower case without blanks, underscores, hyphens and the signs < > # around
them; one-letter names are the venues' own (Binance) and keep their case. A role may have several
candidates; the values decide between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tickeng.errors import ConfigError, DataError, unfit

MARKET = ("bid", "bid_qty", "ask", "ask_qty")
OF_TRADES = ("price", "qty", "side", "maker")
OF_CHANGES = ("snapshot", "first", "last", "previous", "message")
ROLES = ("ts", "price", "qty", "side", "maker", "symbol", "id", "recv", *MARKET, *OF_CHANGES)
SEVERAL = ("symbol", *MARKET, *OF_CHANGES)  # roles that may have columns joined by +
NONE = "none"  # mapped to it, a role has no column

_ALIASES = {"time": "ts", "timestamp": "ts", "ts_ns": "ts", "quantity": "qty", "size": "qty",
            "amount": "qty", "px": "price", "is_buyer_maker": "maker", "trade_id": "id",
            "recv_ns": "recv", "recv_ts": "recv", "ticker": "symbol", "bid_price": "bid",
            "bid_size": "bid_qty", "bid_amount": "bid_qty", "ask_price": "ask",
            "ask_size": "ask_qty", "ask_amount": "ask_qty", "update_id": "id",
            "is_snapshot": "snapshot", "first_update_id": "first", "last_update_id": "last"}
_UNITS = {"ms": "ms", "us": "us", "ns": "ns", "millis": "ms", "micros": "us", "nanos": "ns",
          "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns", "seconds": "s",
          "sec": "s", "s": "s", "msec": "ms", "usec": "us"}
EVENT_CLOCKS = (
    "exchts", "exchtime", "exchangets", "exchangetime", "exchangetimestamp", "tsexchange", "tsexch",
    "timeexchange", "transacttime", "transactiontime", "tradetime", "tsevent", "eventtime",
    "tradets", "tradetimestamp", "participanttimestamp", "executiontime", "dealtime", "filltime",
    "matchtime", "createdtime", "createdat", "createtime", "updatetime",
)
BARE_CLOCKS = ("timestamp", "ts", "time", "datetime", "date", "unixtime", "unixtimestamp", "epoch",
               "unix", "siptimestamp", "timestampiso8601", "datetimeutc", "timeutc", "timestamputc",
               "utctime", "utctimestamp", "unixepoch", "epochtime", "t")
RECEIVE_CLOCKS = (
    "localtimestamp", "localts", "localtime", "tsrecv", "recvts", "recv", "recvtime", "receivetime",
    "receivedat", "received", "tslocal", "rectimestamp", "timecoinapi", "tsinit", "receivedtime",
    "receivetimestamp", "collectorts", "arrivaltime", "capturetime",
)
PRICES = ("price", "px", "tradeprice", "lastprice", "tradepx", "pricelast", "executionprice",
          "dealprice", "rate", "last", "fillprice", "matchprice", "p")
# A base_qty stands beside the quantity, where that counts contracts, and is none itself.
QUANTITIES = ("qty", "quantity", "size", "amount", "volume", "vol", "tradesize", "lastqty",
              "tradeqty", "baseamount", "basevolume", "lastsize", "tradevolume", "sz",
              "lastvolume", "shares", "lots", "contracts", "tradedqty", "execqty", "fillsize",
              "tradequantity", "dealvolume", "sizelast", "q", "v")
SIDES = ("side", "takerside", "aggressor", "aggressorside", "tradeside", "takerorderside",
         "direction", "buysell", "bsflag", "bs", "askbid", "makerside", "makerorderside",
         "initiator", "liquiditytakerside")
TYPES = ("type", "tradetype", "ordertype", "S", "s")  # a side where their words are sides
MAKER_SIDES = ("makerside", "makerorderside")
TAKER_SIDES = ("takerside", "aggressor", "aggressorside", "takerorderside", "liquiditytakerside",
               "initiator")
# What "true" means in a column of this name: +1 the buyer took, -1 the seller took.
FLAGS = {"isbuyermaker": -1, "buyermaker": -1, "buyerismaker": -1, "m": -1, "takersidesell": -1,
         "issell": -1, "sell": -1, "isselleraggressor": -1, "issellertaker": -1,
         "isbuy": 1, "buy": 1, "isbuyertaker": 1, "isbuyeraggressor": 1, "buyerinitiated": 1,
         "istakerbuy": 1, "takerbuy": 1, "issellermaker": 1}
SYMBOLS = ("symbol", "ticker", "instrument", "sym", "pair", "instid", "productid", "symbolid",
           "instrumentname", "instrumentid", "currencypair", "tradingpair", "marketid", "market",
           "contract", "contractcode", "tickersymbol", "tckrsymb", "symboltoken", "securityid",
           "security", "secid", "seccode", "stockcode", "windcode", "tscode", "ric", "isin",
           "product", "coin", "asset", "base", "code", "name", "s")
VENUES = ("exchange", "venue", "market", "mic", "exchangeid", "exch", "source", "publisherid")
PRODUCTS = ("markettype", "insttype", "marketscope")  # spot, futures and so on of one name
IDS = ("id", "tradeid", "aggtradeid", "tid", "aggid", "dealid", "matchid", "trdmatchid", "execid",
       "executionid", "guid", "uuid", "tradeno", "tradenumber", "a", "t")
UPDATE_IDS = ("updateid", "u", "lastupdateid", "sequencenumber", "sequence", "seqnum", "seq", "id")
DATES = ("date", "tradedate", "tradingdate", "day", "tradingday", "datelocal", "rptdt")
TIMES = ("time", "tradetime", "timeofday", "timelocal", "ntrytm", "clock")


def plain(name: str) -> str:
    """The name as it is compared."""
    name = name.strip().strip("<>#").strip()
    if len(name) == 1:  # "T" is the time and "t" the trade id
        return "timestamp" if name == "T" else name
    return "".join(c for c in name.lower() if c not in "_ -.")


def clock_unit(name: str, bases: Sequence[str]) -> str | None:
    """The unit that a clock's plain name states, "auto" if none, None if it is none of `bases`."""
    if name in bases:
        return "auto"
    for suffix, unit in _UNITS.items():
        stem = name.removesuffix(suffix)
        if stem != name and (stem in bases or stem.removesuffix("in") in bases):
            return unit
    return None


def candidates(names: Sequence[str], known: Sequence[str]) -> list[int]:
    """Columns that have one of the known plain names, those named first in `known` first."""
    return [i for base in known for i, name in enumerate(names) if name == base]


def clocks(names: Sequence[str], bases: Sequence[str]) -> list[int]:
    """Columns named as one of these clocks, with or without a unit, in the order of `bases`."""
    return [i for base in bases for i, name in enumerate(names)
            if clock_unit(name, (base,)) and (base != "t" or name == "t")]


def role_of(key: str) -> str:
    """The role that a key of `map` names."""
    return _ALIASES.get(key, key)


def mapped(columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, list[int]]:
    """Role -> the columns that the user named for it; none for `none`.

    Several columns, joined by +, make one symbol or are levels, best first. Raises ConfigError,
    DataError.
    """
    found: dict[str, list[int]] = {}
    for key, wanted in mapping.items():
        role = role_of(key)
        if role not in ROLES:
            raise ConfigError(f"cannot map {key!r}: the roles are {', '.join(ROLES)}")
        whole = wanted in columns
        parts = [wanted] if whole or role not in SEVERAL else wanted.split("+")
        for part in parts:
            if part not in columns and not (part == NONE and len(parts) == 1):
                raise unfit(DataError(f"has no column {part!r} to map to {key}; its columns are "
                                      f"{', '.join(columns)[:300]}"), f"map.{role}")
        found[role] = [list(columns).index(part) for part in parts if part in columns]
    return found


def check_unique(columns: Sequence[str], used: Mapping[str, int]) -> None:
    """Raises DataError where a column that is read shares its name with another."""
    names = [plain(column) for column in columns]
    for role, index in used.items():
        if names.count(names[index]) > 1:
            raise DataError(f"has column {columns[index]!r} (for {role}) more than once; "
                            "give distinct names with header=\"a,b,c\"")
