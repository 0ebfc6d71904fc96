"""What a side column means: decided from all its words, or asked for.

Known words are read without a question; 0 and 1, 1 and 2, bid and ask, A and B, long and short,
true and false mean one thing here and the opposite there, so they are asked for once. +1: the buyer
took, -1: the seller took, 0: unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tickeng._native import io as _io
from tickeng.errors import ConfigError, DataError, unfit
from tickeng.files.sources import columns as names_
from tickeng.files.sources.layout import SideRule
from tickeng.files.sources.options import Options, SideWords
from tickeng.files.sources.sample import BOOL, Sample

UNKNOWN = ("", "unknown", "none", "null", "nan", "n/a", "na", "n", "-", "any", "u", "undefined",
           "no side", "noside", "no_side", "undetermined")
_WORDS = {"buy": 1, "sell": -1, "buyer": 1, "seller": -1, "buys": 1, "sells": -1, "bought": 1,
          "sold": -1, "buy_estimated": 1, "sell_estimated": -1, "taker_buy": 1, "taker_sell": -1,
          "buyer_taker": 1, "seller_taker": -1, "market_buy": 1, "market_sell": -1}
_LETTERS = {"b": 1, "s": -1}
_SIGNS = {"1": 1, "-1": -1, "0": 0}
_FLAGS = {"true": 1, "t": 1, "1": 1, "yes": 1, "y": 1,
          "false": -1, "f": -1, "0": -1, "no": -1, "n": -1}
_NO_FLAG = (("", 0), ("null", 0), ("none", 0), ("nan", 0))
FLAG_WORDS = SideRule((*((word, -sign) for word, sign in _FLAGS.items()), *_NO_FLAG))  # of a maker
_BOOK = {"bid": 1, "ask": -1, "bids": 1, "asks": -1, "offer": -1, "b": 1, "a": -1}
_COINBASE = {"time", "tradeid", "price", "size", "side"}
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Sides:
    """The column of the side, its role ("side" or "maker") and what its words mean.

    ``flipped``: the words are the maker's side, so that their signs were turned round. ``told``:
    the user said what they mean. ``seen``: the words of the sample.
    """

    index: int
    role: str
    rule: SideRule
    flipped: bool = False
    told: bool = False
    seen: tuple[str, ...] = ()

    def words(self) -> str:
        """What the words of the sample mean, as in the option `sides`."""
        field = _io.SideField(self.rule)
        parts = []
        for name, sign in (("buy", 1), ("sell", -1), ("unknown", 0)):
            stated = -sign if self.flipped else sign
            cells = [word for word, _ in self.rule.words] if self.told else self.seen
            words = [escaped(cell) or '""' for cell in cells
                     if field.parse(cell.encode()) == stated]
            if sign == 0 and self.rule.other == 0:
                words.append("*")
            if words:
                parts.append(f"{name}={'|'.join(words)}")
        return ",".join(parts)


def choose(sample: Sample, plain: Sequence[str], given: dict[str, list[int]], options: Options,
           ) -> Sides | None:
    """The side column with its rule; None where the file has none.

    Raises DataError where the words do not say who took, ConfigError for options that cannot be.
    """
    found = _column(sample, plain, given, options)
    if found is None:
        if options.sides:
            raise DataError(f"has no side column among {', '.join(sample.names)[:300]}, whose "
                            'words sides would explain: name it with map="side=COLUMN"')
        if options.side_is:
            raise unfit(DataError('has no side column: leave side_is out, or name it with '
                                  'map="side=COLUMN"'), "side_is")
        return None
    index, role = found
    if role == "maker":
        return _flag(sample, index, plain[index], options)
    return _words(sample, index, plain, options)


def _column(sample: Sample, plain: Sequence[str], given: dict[str, list[int]], options: Options,
            ) -> tuple[int, str] | None:
    for role in ("side", "maker"):
        if given.get(role):
            index = given[role][0]
            flag = plain[index] in names_.FLAGS and _is_flag(sample, index)
            return index, "maker" if flag or role == "maker" else "side"
    if "side" in given:  # "none": the user says that there is no side column
        return None
    for index in names_.candidates(plain, names_.SIDES):
        return index, "side"
    for index in names_.candidates(plain, tuple(names_.FLAGS)):
        if _is_flag(sample, index):
            return index, "maker"
    for index in names_.candidates(plain, names_.TYPES):
        words = {cell.lower() for cell in sample.values(index)} - set(UNKNOWN)
        letters = bool(words) and words <= _LETTERS.keys() and plain[index] != "s"  # s: a symbol
        if words & _WORDS.keys() or letters:
            return index, "side"
    return None


def _is_flag(sample: Sample, index: int) -> bool:
    values = {_number(cell.lower()) for cell in sample.values(index)} - {w for w, _ in _NO_FLAG}
    return sample.kind(index) == BOOL or (len(values) > 0 and values <= set(_FLAGS))


def _flag(sample: Sample, index: int, plain: str, options: Options) -> Sides:
    """A column whose name says what is true, such as is_buyer_maker."""
    name = sample.names[index]
    if options.side_is:
        raise unfit(ConfigError(f"the column {name!r} says itself whose side it is: leave side_is "
                                "out"), "side_is")
    if options.sides:
        return Sides(index, "maker", _told(options.sides), told=True)
    true = names_.FLAGS.get(plain, names_.FLAGS["isbuyermaker"])
    words = ((word, sign * true) for word, sign in _FLAGS.items())
    return Sides(index, "maker", SideRule((*words, *_NO_FLAG)))


def _words(sample: Sample, index: int, plains: Sequence[str], options: Options) -> Sides:
    name, plain = sample.names[index], plains[index]
    makers = plain in names_.MAKER_SIDES
    stated = makers or plain in names_.TAKER_SIDES
    if options.side_is and stated:
        raise unfit(ConfigError(f"the column {name!r} says itself whose side it is: leave side_is "
                                "out"), "side_is")
    if not stated and options.side_is is None and set(plains) >= _COINBASE:
        raise DataError(f"has the columns of Coinbase, whose {name!r} is the maker's: give "
                        'side_is="maker", or side_is="taker" if this file says who took')
    flipped = makers or options.side_is == "maker"
    if options.sides:
        rule = _told(options.sides)
        _check_told(sample, index, options.sides)
    else:
        rule = _known(sample, index, whose_is_known=stated or options.side_is is not None)
    if flipped:
        rule = rule._replace(words=tuple((word, -sign) for word, sign in rule.words))
    return Sides(index, "side", rule, flipped, options.sides is not None,
                 tuple(sample.values(index)))


def told(sample: Sample, index: int, words: SideWords) -> SideRule:
    """The rule that the user told of levels, which explains every word of the sample. Raises
    DataError."""
    names = ("bid", "ask") if words.levels else ("buy", "sell")
    _check_told(sample, index, words, names)
    return _told(words)


def _told(words: SideWords) -> SideRule:
    return SideRule(tuple(words.signs.items()), exact=True, other=words.others)


def _check_told(sample: Sample, index: int, words: SideWords,
                names: tuple[str, str] = ("buy", "sell")) -> None:
    if words.others is not None:
        return
    told = {_number(word) for word in words.signs}
    for cell in sample.values(index):
        if _number(cell) not in told:
            sign = {**_WORDS, **_LETTERS}.get(cell.lower(), 0)
            word = {1: names[0], -1: names[1]}.get(sign, "unknown")
            raise DataError(f"its side column {sample.names[index]!r} holds {cell!r} (row "
                            f"{sample.row_of(index, cell)}), which the sides that are given do not "
                            f"explain: add {word}={escaped(cell)} to them")


def _known(sample: Sample, index: int, *, whose_is_known: bool) -> SideRule:
    """The vocabulary that holds all words of the column."""
    shown = sample.values(index)
    values = {_number(cell.lower()) for cell in shown}
    said = values - set(UNKNOWN)
    for family in (_WORDS, _LETTERS):
        if said <= family.keys() and (family is not _LETTERS or said != {"b"}):
            unknown = [word for word in UNKNOWN if word not in family]
            return SideRule((*family.items(), *((word, 0) for word in unknown)))
    if said <= _SIGNS.keys() and "-1" in said:
        return SideRule((*_SIGNS.items(), *((word, 0) for word in UNKNOWN)))
    if len(said) <= 1 and said <= _SIGNS.keys() and own_columns(sample.names):
        return SideRule(tuple(_SIGNS.items()))
    if whose_is_known and said <= _BOOK.keys():
        return SideRule((*_BOOK.items(), *((word, 0) for word in UNKNOWN if word != "b")))
    raise DataError(_question(sample, index, [cell for cell in shown
                                              if _number(cell.lower()) in said]))


def _question(sample: Sample, index: int, shown: Sequence[str]) -> str:
    name = sample.names[index]
    strange = [cell for cell in shown if cell.lower() not in {*_WORDS, *_LETTERS}]
    listed = ", ".join(repr(cell[:40]) for cell in shown[:_SHOWN])
    more = " and others" if len(shown) > _SHOWN else ""
    kind = "a column of true and false" if sample.kind(index) == BOOL else "a side column"
    known = {sign: "|".join(escaped(cell) for cell in shown if _WORDS.get(cell.lower()) == sign)
             for sign in (1, -1)}
    others = [cell for cell in shown if cell.lower() not in _WORDS]
    if others and all(known.values()):
        return (f"has {kind} {name!r} that holds {listed}{more}: tell what they mean, as in "
                f'sides="buy={known[1]},sell={known[-1]},'
                f'unknown={"|".join(map(escaped, others[:_SHOWN]))}"')
    shown = [*strange, *(cell for cell in shown if cell not in strange)]
    first, second = (*(escaped(cell) for cell in shown[:2]), "VALUE", "VALUE")[:2]
    return (f"has {kind} {name!r} that holds {listed}{more}, which does not say who took: tell "
            f'what they mean, as in sides="buy={first},sell={second}" (or the other way round)')


def escaped(cell: str) -> str:
    """A cell as it stands in the option sides."""
    return "".join("\\" + c if c in ",|=\\" else c for c in cell)


def _number(cell: str) -> str:
    """A cell that is a number as the shortest text of its value: 1.0 and +1 are 1."""
    try:
        value = float(cell)
    except ValueError:
        return cell
    return str(int(value)) if value == value and value.is_integer() and "_" not in cell else cell


def own_columns(names: Iterable[str]) -> bool:
    """Whether a file's columns are those that tickeng itself writes, whose sides are +1, -1, 0."""
    return list(names)[:5] == ["ts_ns", "symbol", "price", "qty", "side"]


def question(column: str, word: str, *, of_levels: bool = False) -> str:
    """What to say of a word that comes later and is none of those decided."""
    words = "bid=VALUE,ask=VALUE" if of_levels else "buy=VALUE,sell=VALUE"
    return (f"its side column {column!r} holds {word[:40]!r}, which no row of the sample had: say "
            f'what the words mean with sides="{words},unknown={escaped(word[:40])}"')


def unmistakable(sides: Sides, sample: Sample) -> bool:
    """Whether so few rows are enough: words such as buy, signs, or an option say what it is."""
    if sides.told or sides.role == "maker":
        return True
    values = {cell.lower() for cell in sample.values(sides.index)} - set(UNKNOWN)
    return bool(values & (_WORDS.keys() | {"-1"})) or own_columns(sample.names)


__all__ = ["Sides", "choose", "escaped", "own_columns", "question", "told", "unmistakable"]
