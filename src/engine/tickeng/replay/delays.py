"""Feed delays: how much later than its time an event of a kind is known.

A delay makes of the time of an event the one at which it came in, as a recorded receive clock would
have it: that orders, dates and measures alike. So nothing behind the sources knows of delays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .._base.notation import duration_ns, span_text
from ..errors import ConfigError, DataError
from ..files.batch import SEVERAL
from ..files.sources import Source

KINDS_OF = {"trades": ("trade",), "quotes": ("quote",), "books": ("book", "delta")}
_MOST_NS = 60 * 10**9
_EXAMPLE = 'as delay={"quotes": "5ms", "books": "5ms"}'


def parse(given: str | Mapping[str, object]) -> dict[str, int]:
    """`quotes=5ms,books=5ms`, or the same as a mapping, in ns by word; those of 0 are left out.

    Raises:
        ConfigError: no such kind, one that comes twice, no duration, or one above a minute.
    """
    parts = [part.partition("=")[::2] for part in given.split(",")] if isinstance(given, str) else (
        [(word, str(value)) for word, value in given.items()])
    found: dict[str, int] = {}
    for word, text in parts:
        if word not in KINDS_OF:
            raise ConfigError(f"a delay is of trades, quotes or books, not of {word[:40]!r}: give"
                              f" it {_EXAMPLE}")
        if word in found:
            raise ConfigError(f"the delay of {word} is given twice: give it once, {_EXAMPLE}")
        found[word] = duration_ns(text)
        if found[word] > _MOST_NS:
            raise ConfigError(f"{text!r} is more than a minute, the longest delay of {word}: give"
                              f" it {_EXAMPLE}")
    return {word: ns for word, ns in found.items() if ns}


def put(delays: Mapping[str, int], source: Source) -> None:
    """Have a source date its events when they are known. Raises DataError where it has an order of
    its own."""
    mine = {kind: ns for word, ns in delays.items() for kind in KINDS_OF[word]}
    if source.kind == SEVERAL and mine.keys() & set(source.kinds):
        kind = next(kind for kind in source.kinds if kind in mine)
        raise DataError(
            f"{source.name}: has events of several kinds in the order in which they came, and a"
            " delay would give another: leave delay out, or give a file of each kind, as"
            f' `tickeng.convert("{source.path}", "{kind}s.zst", kind="{kind}")` writes one')
    source.delay(mine.get(source.kind, 0))


def need(delays: Mapping[str, int], kinds: Iterable[str]) -> None:
    """Raises ConfigError where a delay is of events that no file has."""
    for word in delays:
        if not set(KINDS_OF[word]) & set(kinds):
            raise ConfigError(f"there is a delay of {word}, and no file has any: leave it out, or"
                              f" give it of what there is, {_EXAMPLE}")


def words(delays: Mapping[str, int]) -> dict[str, str]:
    """As they are given: word -> duration."""
    return {word: span_text(delays[word]) for word in KINDS_OF if word in delays}
