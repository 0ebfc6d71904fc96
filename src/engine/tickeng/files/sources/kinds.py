"""Which kind of event a file's rows are: trades, or something else that has a price and a size too.

A column such as action, type, update_type or status says it, or the names of all columns together
do. A file of another kind is named as what it is; one that mixes kinds is refused until `keep` says
what stays. Every such column is read to the end, also one that is blank in the sample.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from tickeng.errors import DataError, unfit
from tickeng.files.sources import change_words, markets
from tickeng.files.sources import columns as names_
from tickeng.files.sources.sample import Sample

Given = Mapping[str, Sequence[int]]

STATUSES = ("status", "orderstatus", "ordstatus", "tradestatus", "exectype")
EVENT_COLUMNS = ("action", "type", "updatetype", "eventtype", "event", "kind", "recordtype",
                 "rtype", "msgtype", "messagetype", "issnapshot", "channel", "stream", "e",
                 "datatype", "ticktype", "entrytype", "mdentrytype", "trdtype", *STATUSES)
TRADES = {"trade", "trades", "t", "fill", "execution", "executed", "match", "matches", "last_match",
          "aggtrade", "publictrade", "trade_report", "deal", "new_trade", "regular", "normal"}
MAYBE_SIDES = ("type", "tradetype")
_ORDER_TYPES = {"market", "limit", "stop", "stop_limit", "m", "l", ""}
_DONE = {"filled", "partially_filled", "partiallyfilled", "partial_fill", "executed", "closed",
         "done", "complete", "completed", "settled", "matched", "ok", ""}
_BOOK = {"snap", "snapshot", "set", "delta", "update", "delete", "insert", "partial", "change",
         "add", "modify", "cancel", "clear", "l2update", "depthupdate", "depth", "book", "new",
         "remove", "true", "false"}
_RANGE = {"open", "high", "low"}
_PLURALS = {"trade": "trades", "quote": "quotes", "book": "order books",
            "delta": "changes of order books"}
_UPDATES = "order book updates"
_AS_BOOKS = "; a replay takes this one as books=FILE"
_BARS = ("bars (open, high, low, close)", "bars (open, high, low, last)", "bars (open, high, low)")
_CHANGES = {"delta", "update", "delete", "insert", "change", "add", "modify", "cancel", "l2update",
            "depthupdate", "remove", "incremental"}
_ACTIONS = {*"ACMRTFN"}  # of Databento, whose rows have the book behind each


class Kind(NamedTuple):
    """A column that says the kind of event: its words, each with whether it stays, and those seen.

    The word * stands for all that are not listed; without it another word contradicts.
    """

    column: int
    words: tuple[tuple[str, bool], ...]
    seen: tuple[str, ...]


_OTHER_NAMES = (
    ({"open", "high", "low", "close"}, "bars (open, high, low, close)"),
    ({"open", "high", "low", "last"}, "bars (open, high, low, last)"),
    (_RANGE, "bars (open, high, low)"),
    ({"fundingrate"}, "funding rates"), ({"openinterest"}, "open interest"),
    ({"markprice", "indexprice"}, "mark and index prices"),
)
_FILE_WORDS = re.compile(
    r"(?i)(?:^|[-_. ])(liquidations?|incremental[-_]?book\w*|book[-_]?snapshot\w*|depth\w*|quotes?|"
    r"bookticker|book[-_]ticker|klines?|funding\w*|orderbooks?|order[-_]book\w*|options[-_]chain|"
    r"derivative[-_]ticker|mbo|mbp\d*|ohlcv\w*)(?:[-_. \d]|$)")


def kind_of(sample: Sample, plain: Sequence[str], given: Given, asked: str | None,
            keep: Sequence[str] | None = None) -> str:
    """The kind of the rows: the one asked for, or that of the columns; of what has neither, trade.

    A file with a trade's own price and size is one of trades, whatever else it has but words of
    changes of books; books that are asked for may be such changes.
    """
    kept = {word.lower() for word in keep or ()} & TRADES
    if asked in (None, "book") and not kept and change_words.are_changes(
            sample, plain, given, {*EVENT_COLUMNS} - {*STATUSES}, asked):
        return "delta"
    if asked:
        return asked
    if set(names_.OF_TRADES) & set(given) or has_trades(sample, plain, given):
        return "trade"
    if set(names_.MARKET) & set(given):
        return "book" if any(len(given.get(role, ())) > 1 for role in names_.MARKET) else (
            markets.kind_by_columns(sample, given))
    if what_else(plain) in (_UPDATES, *_BARS):
        return "trade"
    return markets.kind_by_name(sample) or "trade"


def check_taken(kind: str, takes: Collection[str], plain: Sequence[str] = ()) -> None:
    """Raises DataError for a kind that is not taken, and for changes of books as another kind."""
    if kind not in takes:
        wanted = _PLURALS["trade" if "trade" in takes else min(takes)]
        also = _AS_BOOKS if kind == "delta" else ""
        raise DataError(f"holds {_PLURALS[kind]}, no {wanted}: give the file of the {wanted}{also}")
    if kind not in ("trade", "delta") and (what := what_else(plain)) == _UPDATES:
        raise DataError(f"holds {what}, no {_PLURALS[kind]}: give the file of the {_PLURALS[kind]}"
                        f"{_as_books(plain)}")


def what_else(plain: Sequence[str]) -> str | None:
    """What a file is by the names of its columns, where that is no event that can be read."""
    have = set(plain)
    if change_words.by_names(have):
        return _UPDATES
    for names, what in _OTHER_NAMES:
        if names <= have:
            return what
    return None


def check_file_name(name: str, kind: str) -> None:
    """Raises DataError where the file's name says that it holds no trades."""
    if kind != "trade":
        return
    stem = re.sub(r"\.(csv|txt|gz|zst|zip|json|jsonl|parquet|arrow)(?=\.|$)", "", name)
    if (found := _FILE_WORDS.search(stem)) and not re.search(r"(?i)trade", stem):
        also = _AS_BOOKS if re.match("(?i)incremental|depth", found[1]) else ""
        raise DataError(f"is named after {found[1]!r}, which is no trades: give the file of the "
                        "trades, or the format of the file, such as format=\"csv\", if it has them"
                        f"{also}")


def check_names(sample: Sample, plain: Sequence[str], given: Given) -> None:
    """Raises DataError where the columns are of another event; `given`: those mapped to roles."""
    if (what := what_else(plain)) is None or has_trades(sample, plain, given):
        return
    found = names_.candidates(plain, names_.PRICES) if set(plain) >= _RANGE else []
    remedy = f', or map="price={sample.names[found[0]]}" if each row is one trade' if found else ""
    raise DataError(f"holds {what}, no trades: give the file of the trades{remedy}"
                    f"{_as_books(plain)}")


def _as_books(plain: Sequence[str]) -> str:
    """What takes changes of books, where each row is a level."""
    levels = change_words.has_sides(plain) and names_.candidates(plain, names_.PRICES)
    return _AS_BOOKS if levels and change_words.by_names(plain) else ""


def choose(sample: Sample, plain: Sequence[str], taken: set[int], keep: Sequence[str],
           has_side: bool, given: Given) -> list[Kind]:
    """The columns that say the kind, and which of their words stay.

    Raises DataError where the rows are no trades or of several kinds.
    """
    if not keep:
        check_names(sample, plain, given)
    columns = [i for name in EVENT_COLUMNS for i, known in enumerate(plain)
               if known == name and i not in taken]
    if not keep:
        return [_column(sample, i, plain[i] in MAYBE_SIDES and not has_side) for i in columns]
    wanted = {word.lower() for word in keep}
    named = [i for i in columns if _is_meant(sample, i, wanted)]
    if not named:
        raise unfit(DataError(f"has no column whose words {', '.join(keep)} could be kept: leave "
                              "keep out"), "keep")
    words = (*((word, True) for word in sorted(wanted)), ("*", False))
    stay = [all(cell.lower() in wanted for cell in cells)
            for cells in zip(*map(sample.cells, named), strict=True)]
    rest = sample.only(stay)
    return [*(Kind(i, words, tuple(keep)) for i in named),
            *(Kind(i, known, tuple(rest.values(i))) for i in columns
              if i not in named and (known := _known(rest, i)))]


def choose_market(sample: Sample, plain: Sequence[str], taken: set[int],
                  keep: Sequence[str]) -> list[Kind]:
    """The columns of quotes or books that say the kind of their rows, and which words stay.

    Raises DataError where rows are changes of a book, or of several kinds.
    """
    columns = [i for name in EVENT_COLUMNS for i, known in enumerate(plain)
               if known == name and i not in taken
               and not set(sample.values(i)) <= {*_ACTIONS, ""}]
    if keep:
        return choose(sample, plain, {i for i in range(len(plain)) if i not in columns}, keep, True,
                      {})
    found = []
    for i in columns:
        values = sample.values(i)
        shown = ", ".join(cell[:30] or '""' for cell in values[:6])
        whole = next((cell for cell in values if cell.lower() not in _CHANGES), None)
        if len(values) > 1 and whole is not None:
            raise DataError(f"its column {sample.names[i]!r} holds {shown}: several kinds of "
                            f"events; {keep_option([whole])} keeps those alone")
        if values and whole is None:
            raise DataError(f"its column {sample.names[i]!r} holds {shown}: changes of a book, no "
                            "snapshots: give the file of the snapshots")
        found.append(Kind(i, tuple((cell.lower(), True) for cell in values), tuple(values)))
    return [kind for kind in found if kind.words]


def has_trades(sample: Sample, plain: Sequence[str], given: Given) -> bool:
    """Whether there is a trade's own price and size, perhaps beside quotes that a vendor joined.

    A price beside open, high and low is a bar's, unless the user named it (`given`).
    """
    book = {"bids", "asks", "bidprice1", "askprice1"}
    prices = names_.candidates(plain, names_.PRICES)
    if set(plain) >= _RANGE:
        prices = [i for i in given.get("price", ()) if plain[i] not in {*_RANGE, "close"}]
    return not book & set(plain) and not change_words.by_names(plain) and all(
        any(sample.filled(i, 1) or not sample.rows for i in found)
        for found in (prices, names_.candidates(plain, names_.QUANTITIES)))


def _is_meant(sample: Sample, index: int, wanted: set[str]) -> bool:
    """Whether a column has words to keep; the blank one alone only where it has to be asked for."""
    words = {cell.lower() for cell in sample.values(index)}
    return bool(wanted & words - {""}) or ("" in wanted & words and (
        words <= wanted or _known(sample, index) is None))


def _known(sample: Sample, index: int) -> tuple[tuple[str, bool], ...] | None:
    """The words that stay where those of the column are of one known kind, or are but one."""
    words = {cell.lower() for cell in sample.values(index)}
    if words <= {""}:
        return (("", True),)
    families = (TRADES | {""}, _ORDER_TYPES, _DONE, words if len(words) == 1 else set())
    family: set[str] = next((family for family in families if words <= family), set())
    return tuple((word, True) for word in sorted(family)) or None


def _column(sample: Sample, index: int, maybe_side: bool) -> Kind:
    values = sample.values(index)
    words = {cell.lower() for cell in values}
    name = sample.names[index]
    known = _known(sample, index)
    if known and not (len(known) == 1 and words & _BOOK):
        return Kind(index, known, tuple(values))
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
    raise DataError(f"its column {name!r} holds {shown}: several kinds of events; say which "
                    f"are trades with keep='{values[0] or chr(34) * 2}' (or several: "
                    'keep="A,B")')


def question(column: str, word: str, stay: Sequence[str]) -> str:
    """What to say of a kind that comes later and is none of those that `stay`."""
    return (f"its column {column!r} holds {word[:30]!r}, which no row of the sample had: "
            f"{keep_option(stay)} leaves such rows out, {keep_option([*stay, word])} keeps them")


def keep_option(words: Sequence[str]) -> str:
    """The option that keeps these words."""
    cells = list(dict.fromkeys(word or '""' for word in words))
    if any("," in cell or "'" in cell for cell in cells):
        return f"keep={cells!r}"
    return f"keep='{','.join(cells)}'" if '""' in cells else f'keep="{",".join(cells)}"'
