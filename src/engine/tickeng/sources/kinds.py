"""Which kind of event a file's rows are: trades, or something else that has a price and a size too.

A column such as action, type or update_type says it, or the names of all columns together do. A
file of another kind is named as what it is; one that mixes kinds is refused until `keep` says what
stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tickeng.errors import DataError
from tickeng.sources import columns as names_
from tickeng.sources.sample import Sample

Given = Mapping[str, Sequence[int]]

EVENT_COLUMNS = ("action", "type", "updatetype", "eventtype", "event", "kind", "recordtype",
                 "rtype", "msgtype", "messagetype", "issnapshot", "channel", "stream", "e",
                 "datatype", "ticktype", "entrytype", "mdentrytype", "trdtype")
TRADES = {"trade", "trades", "t", "fill", "execution", "executed", "match", "matches", "last_match",
          "aggtrade", "publictrade", "trade_report", "deal", "new_trade", "regular", "normal"}
MAYBE_SIDES = ("type", "tradetype")
_ORDER_TYPES = {"market", "limit", "stop", "stop_limit", "m", "l", ""}
_BOOK = {"snap", "snapshot", "set", "delta", "update", "delete", "insert", "partial", "change",
         "add", "modify", "cancel", "clear", "l2update", "depthupdate", "depth", "book", "new",
         "remove", "true", "false"}
_RANGE = {"open", "high", "low"}
_OTHER_NAMES = (
    ({"bids", "asks"}, "order book snapshots"),
    ({"issnapshot"}, "order book updates"),
    ({"updatetype"}, "order book updates"),
    ({"firstupdateid"}, "order book updates"),
    ({"open", "high", "low", "close"}, "bars (open, high, low, close)"),
    ({"open", "high", "low", "last"}, "bars (open, high, low, last)"),
    (_RANGE, "bars (open, high, low)"),
    ({"bidprice", "askprice"}, "quotes"), ({"bid", "ask"}, "quotes"),
    ({"bestbidprice", "bestaskprice"}, "quotes"), ({"bidpx00", "askpx00"}, "quotes or books"),
    ({"bidprice1", "askprice1"}, "order book snapshots"),
    ({"fundingrate"}, "funding rates"), ({"openinterest"}, "open interest"),
    ({"markprice", "indexprice"}, "mark and index prices"),
)
_FILE_WORDS = re.compile(
    r"(?i)(?:^|[-_. ])(liquidations?|incremental[-_]?book\w*|book[-_]?snapshot\w*|depth\w*|quotes?|"
    r"bookticker|book[-_]ticker|klines?|funding\w*|orderbooks?|order[-_]book\w*|options[-_]chain|"
    r"derivative[-_]ticker|mbo|mbp\d*|ohlcv\w*)(?:[-_. \d]|$)")


def what_else(plain: Sequence[str]) -> str | None:
    """What a file is by the names of its columns, where that is no trades."""
    have = set(plain)
    for names, what in _OTHER_NAMES:
        if names <= have:
            return what
    return None


def check_file_name(name: str) -> None:
    """Raises DataError where the file's name says that it holds no trades."""
    stem = re.sub(r"\.(csv|txt|gz|zst|zip|json|jsonl|parquet|arrow)(?=\.|$)", "", name)
    if (found := _FILE_WORDS.search(stem)) and not re.search(r"(?i)trade", stem):
        raise DataError(f"is named after {found[1]!r}, which is no trades: give the file of the "
                        "trades, or the format of the file, such as format=\"csv\", if it has them")


def check_names(sample: Sample, plain: Sequence[str], given: Given) -> None:
    """Raises DataError where the columns are of another event; `given`: those mapped to roles."""
    if (what := what_else(plain)) is None or has_trades(sample, plain, given):
        return
    found = names_.candidates(plain, names_.PRICES) if set(plain) >= _RANGE else []
    remedy = f', or map="price={sample.names[found[0]]}" if each row is one trade' if found else ""
    raise DataError(f"holds {what}, no trades: give the file of the trades{remedy}")


def choose(sample: Sample, plain: Sequence[str], taken: set[int], keep: Sequence[str],
           has_side: bool, given: Given) -> tuple[int, tuple[tuple[str, bool], ...]] | None:
    """The column that says the kind and which of its words stay; None where there is none.

    The word * stands for all that are not listed; without it another word contradicts. Raises
    DataError where the rows are no trades or of several kinds.
    """
    if not keep:
        check_names(sample, plain, given)
    columns = [i for name in EVENT_COLUMNS for i, known in enumerate(plain)
               if known == name and i not in taken]
    found = [(i, words) for i in columns
             if (words := _column(sample, i, keep, plain[i] in MAYBE_SIDES and not has_side))]
    if found:
        return found[0]
    if keep:
        raise DataError(f"has no column whose words {', '.join(keep)} could be kept: leave keep "
                        "out")
    return None


def has_trades(sample: Sample, plain: Sequence[str], given: Given) -> bool:
    """Whether there is a trade's own price and size, perhaps beside quotes that a vendor joined.

    A price beside open, high and low is a bar's, unless the user named it (`given`).
    """
    book = {"issnapshot", "updatetype", "firstupdateid", "bids", "asks", "bidprice1", "askprice1"}
    prices = names_.candidates(plain, names_.PRICES)
    if set(plain) >= _RANGE:
        prices = [i for i in given.get("price", ()) if plain[i] not in {*_RANGE, "close"}]
    return not book & set(plain) and all(
        any(sample.filled(i, 1) for i in found)
        for found in (prices, names_.candidates(plain, names_.QUANTITIES)))


def _column(sample: Sample, index: int, keep: Sequence[str],
            maybe_side: bool) -> tuple[tuple[str, bool], ...] | None:
    values = sample.values(index)
    words = {cell.lower() for cell in values}
    name = sample.names[index]
    if keep:
        if not {word.lower() for word in keep} & words:
            return None
        return (*((word.lower(), True) for word in keep), ("*", False))
    if words <= {""}:
        return None
    for family in (TRADES | {""}, _ORDER_TYPES):
        if words <= family:
            return tuple((word, True) for word in sorted(family))
    shown = ", ".join(cell[:30] or '""' for cell in values[:6])
    if maybe_side and len(words) > 1 and not words & TRADES:
        raise DataError(f"its column {name!r} holds {shown}: if it says who took, give "
                        f'map="side={name}"; if these are kinds of events, keep="{values[0]}" '
                        'keeps some')
    some = next((cell for cell in values if cell.lower() in TRADES), None)
    if some is not None:
        raise DataError(f"its column {name!r} holds {shown}: several kinds of events; "
                        f'keep="{some}" keeps the trades')
    if words <= _BOOK:
        raise DataError(f"its column {name!r} holds {shown}: book or order events, no trades; give "
                        "the file of the trades")
    if len(words) > 1:
        raise DataError(f"its column {name!r} holds {shown}: several kinds of events; say which "
                        f"are trades with keep='{values[0] or chr(34) * 2}' (or several: "
                        'keep="A,B")')
    return ((next(iter(words)), True),) if words else None


def question(column: str, word: str) -> str:
    """What to say of a kind that comes later and is none of those decided."""
    return (f"its column {column!r} holds {word[:30]!r}, which no row of the sample had: say which "
            'kinds stay with keep="A,B"')
