"""Which of the options that say how files are read reach which files of a replay.

Files of several kinds are replayed with one set of options. An option reaches the files in which it
means something: not those of a kind or a format that has none, nor those without the column that it
names. What means nothing to any file is refused, and so is what only some files of one kind can
have, for the others would be read in another way. `map="quotes.ts=COLUMN"` names a column of the
quotes alone, `trades.` and `books.` of the others. Trap: the words of sides are those of trades,
buy and sell, or of levels, bid and ask; a book read by those of trades may be upside down.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..files.sources import Source
from ..files.sources.columns import MARKET, OF_CHANGES, OF_TRADES, role_of
from ..files.sources.kinds import TRADES
from ..files.sources.options import SideWords, check_options, side_words, told

_PREFIXES = {"trades": None, "quotes": "quote", "books": "book"}


class _File(NamedTuple):
    """A file that was opened: what it was given as and is, which options it was told, and which of
    them it may not leave out."""

    asked: str | None
    source: Source
    words: set[str]
    own: set[str]


def reading_as(given: Mapping[str, Any], kind: str | None, *, several: bool) -> dict[str, Any]:
    """How a file is read that was given as one of trades (None), quotes or books: the options that
    such a file can have, where there are files of several kinds.

    Raises:
        ConfigError: an option is malformed.
    """
    reading = dict(given)
    if not several:
        return reading
    if given.get("map"):
        reading["map"] = _roles(given["map"], kind)[0]
    if given.get("sides"):
        reading["sides"] = _sides(side_words(given["sides"]), kind)
    if kind == "book" and given.get("keep"):  # words of trades would make it a file of these
        kept = check_options(keep=given["keep"]).keep
        reading["keep"] = [word for word in kept if word.lower() not in TRADES] or None
    return reading


def _roles(given: Any, kind: str | None) -> tuple[dict[str, str], set[str]]:
    """The roles that such a file can have, with their columns, and those named for its kind."""
    others = {*(OF_TRADES if kind else MARKET), *(OF_CHANGES if kind != "book" else ())}
    shared: dict[str, str] = {}
    own: dict[str, str] = {}
    for key, column in (check_options(map=given).map or {}).items():
        prefix, dot, role = key.partition(".")
        if not dot or prefix not in _PREFIXES:
            if role_of(key) not in others or (kind == "book" and role_of(key) in OF_TRADES):
                shared[key] = column
        elif _PREFIXES[prefix] == kind:
            own[role] = column
    replaced = {role_of(role) for role in own}
    kept = {key: column for key, column in shared.items() if role_of(key) not in replaced}
    return kept | own, {f"map.{role}" for role in replaced}


def _sides(words: SideWords, kind: str | None) -> SideWords | None:
    if kind == "book":
        return words if words.levels else None
    return words._replace(levels={}) if {1, -1} <= {*words.signs.values()} else None


def _names(reading: Mapping[str, Any]) -> set[str]:
    """The options that are told, and each role of `map` as one."""
    return {name for name, value in reading.items() if value is not None and name != "map"} | {
        f"map.{role_of(key.rpartition('.')[2])}"
        for key in check_options(map=reading.get("map")).map or {}}


class Fitting:
    """What the files of a replay are told; of several kinds each may leave out what is not its own.
    """

    def __init__(self, given: Mapping[str, Any], *, several: bool) -> None:
        self._given, self.several = given, several
        self._files: dict[tuple[str | None, str], _File] = {}

    def reading(self, kind: str | None) -> dict[str, Any]:
        """Keywords of `open_source` for a file that was given as one of this kind."""
        return {**reading_as(self._given, kind, several=self.several), "leaves": self.several}

    def opened(self, asked: str | None, source: Source) -> None:
        """Note a file that was opened with them."""
        own = _roles(self._given["map"], asked)[1] if self._given.get("map") else set()
        self._files[asked, source.path] = _File(asked, source, _names(self.reading(asked)), own)

    def check(self) -> None:
        """Raises what the first file said against an option that should have reached it."""
        files = list(self._files.values()) if self.several else []
        for file in files:
            alike = [other for other in files if (other.asked, other.source.kind) == (
                file.asked, file.source.kind)]
            for option, fault in file.source.left_out.items():
                taken = [other for other in files
                         if option in other.words and option not in other.source.left_out]
                if option in file.own or not taken or any(other in alike for other in taken):
                    raise fault
        if files:
            unread = _names(self._given) - set().union(*(file.words for file in files))
            self._refuse(min(unread, default=None))

    def _refuse(self, option: str | None) -> None:
        if option is None:
            return
        if option == "sides":
            raise ConfigError("sides: the files of books have bids and asks: write"
                              ' sides="bid=VALUE,ask=VALUE"')
        raise ConfigError(f"{told(self._given, option)} means nothing to any of the files: leave it"
                          " out")
