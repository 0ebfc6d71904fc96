"""How a file is read: columns, side words, units, zone, scale and symbol, decided once.

`decide` looks at the names of the columns and the first 10,000 rows; what it finds holds for the
whole file, whoever hands the file over: the command, `tickeng.read` or `Engine.run(table)`. What
the names and rows leave open is refused with the option that answers. The rules: docs/reading.md.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from tickeng._native.io import Contradiction
from tickeng.errors import ConfigError, DataError
from tickeng.files.batch import SEVERAL
from tickeng.files.limits import DEFAULT_MEMORY
from tickeng.files.sources import (
    changes,
    clocks,
    instruments,
    kinds,
    list_changes,
    markets,
    quantities,
    sides,
)
from tickeng.files.sources import columns as names_
from tickeng.files.sources import reading_parts as parts
from tickeng.files.sources.layout import Clock, Layout, Scale
from tickeng.files.sources.options import OF_TEXT, Options, given_options
from tickeng.files.sources.sample import Sample

_OF_EVERY_FILE = ("symbol_name", "infer_side", "clock", "block_rows", "max_memory")
_OF_TRADES = ("sides", "side_is", "qty_sign")
_JOINED = 'it holds quotes or books beside the trades; kind="quote" or kind="book" reads those'
_NAIVE = 'its times carry no zone and are read as UTC; tz="ZONE" says otherwise'


class Reading(NamedTuple):
    """What was decided for a file with these columns.

    ``roles`` has one role a column (see ``_io.ROLES``); ``layout`` what the parsers are given;
    ``kind``: what each row is, a trade, quote or book, or a level of a "delta";
    ``kinds``: the columns that say the kind of event, in the order of the file;
    ``several``: whether the sample has rows of several symbols;
    ``naive``: times are text without an offset, read as UTC; ``notes`` and ``warnings`` are
    sentences for people.
    """

    columns: tuple[str, ...]
    layout: Layout
    side: sides.Sides | None
    kinds: tuple[kinds.Kind, ...]
    naive: bool
    options: Options
    kind: str = "trade"
    shape: Mapping[str, Any] = MappingProxyType({})
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    several: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        return self.layout.roles

    @property
    def has_side(self) -> bool:
        return self.layout.signed_qty or "side" in self.roles or "maker" in self.roles

    @property
    def has_recv(self) -> bool:
        return "recv" in self.roles

    def column(self, role: str) -> str | None:
        """The name of the first column of a role."""
        return next((name for name, found in zip(self.columns, self.roles, strict=True)
                     if found == role), None)

    def keywords(self) -> dict[str, Any]:
        """The options that would say what was decided, as keywords."""
        said: dict[str, Any] = dict(self.shape)
        if self.kind not in ("trade", SEVERAL) or self.options.kind:
            said["kind"] = self.kind
        roles = ("ts", "recv", "price", "qty", "side", "maker", "symbol", "id", *names_.OF_CHANGES)
        found = {role: [n for n, r in zip(self.columns, self.roles, strict=True) if r == role]
                 for role in roles}
        found["symbol"] = [self.columns[i] for i in self.layout.symbols]
        found |= self._sides()
        date = self.column("date")
        if date is not None and found["ts"]:
            said["time_columns"] = (date, found.pop("ts")[0])
        said["map"] = {role: "+".join(names) for role, names in found.items() if names}
        said["map"] |= {role: names_.NONE for role, column in (self.options.map or {}).items()
                        if role in names_.OF_CHANGES and column == names_.NONE}
        said |= _clock_words(self.layout.ts, self.options, self.naive)
        if self.has_recv and self.layout.recv.unit != self.layout.ts.unit and (
                self.options.time_unit is None):
            said.pop("time_unit", None)  # which would be that of both
        if self.side is not None and self.side.role == "side":
            said["sides"] = self.side.words()
            if not {"buy", "sell"} <= {part.split("=")[0] for part in said["sides"].split(",")}:
                del said["sides"]  # one side alone cannot be told, and needs not
            if self.side.flipped and self.options.side_is:
                said["side_is"] = "maker"
        if self.layout.signed_qty:
            said["qty_sign"] = "side"
        for name in ("price_scale", "qty_scale"):
            value = getattr(self.options, name)
            if value is not None:
                said[name] = quantities.decimal_text(value)
        for name in ("symbol_name", "symbol_from", "infer_side", "date", "encoding"):
            value = getattr(self.options, name)
            if value is not None:
                said[name] = value.isoformat() if name == "date" else value
        if self.options.keep:
            said["keep"] = tuple(word or '""' for word in self.options.keep)
        if self.options.clock != "event":
            said["clock"] = self.options.clock
        if self.options.max_memory != DEFAULT_MEMORY:
            said["max_memory"] = self.options.max_memory
        return said

    def _sides(self) -> dict[str, list[str]]:
        """The columns of each side of a quote or book, best first, "none" where there are none."""
        found: dict[str, list[str]] = {}
        each = len(self.layout.market) // len(names_.MARKET)
        for n, role in enumerate(names_.MARKET if each else ()):
            columns = self.layout.market[n * each:(n + 1) * each]
            found[role] = [self.columns[i] for i in columns if i is not None] or [names_.NONE]
        if self.layout.form == "pairs":
            del found["bid_qty"], found["ask_qty"]
        return found

    def words(self) -> list[str]:
        """The same as words of the command line, quoted for the shell."""
        found = []
        for name, value in self.keywords().items():
            if name == "map":
                value = ",".join(f"{role}={column}" for role, column in value.items())
            elif isinstance(value, tuple):
                value = ",".join(value)
            found += [f"--{name.replace('_', '-')}", shlex.quote(str(value))]
        return found

    def contradiction(self, fault: Contradiction) -> str:
        """What to say of a row that contradicts what was decided."""
        role, text = fault.role, fault.text
        if role == "side":
            index = self.side.index if self.side else 0
            return sides.question(self.columns[index], text)
        if role == "qty":
            side = self.columns[self.side.index] if self.side else None
            return quantities.negative(self.column("qty") or "qty", text, None, side)
        if role == "event":
            stay = next(kind.seen for kind in self.kinds if kind.column == fault.column)
            return kinds.question(self.columns[fault.column], text,
                                  [*self.options.keep, *stay])
        if role == "offset":
            return clocks.other_offset(self.column("ts") or "ts", text)
        if role == "instrument":
            known = dict(self.layout.known)[fault.column]
            return instruments.question(self.columns[fault.column], known, text,
                                        self.column("symbol"))
        return (f"the time {text[:40]!r} is in another unit than the rows before it: give the "
                "parts before and after it as files of their own")


def _clock_words(clock: Clock, options: Options, naive: bool) -> dict[str, Any]:
    if clock.unit == "pattern":
        said: dict[str, Any] = {"time_format": options.time_format or clock.pattern}
    elif clock.unit in ("iso", "auto"):
        said = {}
    else:
        said = {"time_unit": clock.unit}
    if naive or options.tz:
        said["tz"] = options.tz or "UTC"
    return said


def decide(sample: Sample, options: Options, *, shape: Mapping[str, Any] | None = None,
           ids: str = "integer", takes: Collection[str] = ("trade",)) -> Reading:
    """The reading of a file whose first rows these are.

    `shape` are keywords already decided from the text's shape. `ids`: which are read, see `_ids`.
    `takes`: the kinds that the caller can make use of.

    Raises:
        DataError: something is ambiguous or missing; the message says what to give.
        ConfigError: options that exclude one another.
    """
    plain = [names_.plain(name) for name in sample.names]
    clocks.check_options(options)
    given = names_.mapped(sample.names, options.map or {})
    kind = kinds.kind_of(sample, plain, given, options.kind, options.keep)
    kinds.check_taken(kind, takes, plain)
    if kind == "delta":
        return _decide_changes(sample, plain, given, options, shape or {})
    if found := {*names_.OF_CHANGES} & {*given}:
        raise ConfigError(f'a {kind} has no {min(found)}: leave map="{min(found)}=..." out')
    if kind != "trade":
        return _decide_market(sample, plain, given, options, kind, ids, shape or {})
    return _decide_trades(sample, plain, given, options, ids, shape or {})


def _decide_trades(sample: Sample, plain: list[str], given: dict[str, list[int]], options: Options,
                   ids: str, shape: Mapping[str, Any]) -> Reading:
    """The reading of a file of trades."""
    if not given:
        kinds.check_names(sample, plain, given)
    times = clocks.choose(sample, plain, given, options)
    taken = {times.ts.index, *([times.ts.date] if times.ts.date is not None else []),
             *([times.recv.index] if times.recv else []),
             *(i for found in given.values() for i in found)}
    amounts = quantities.choose(sample, plain, given, taken, options)
    taken |= {amounts.price, amounts.qty}
    whole, sample = sample, parts.sound(sample, times, amounts, options)
    side = parts.side_of(sample, plain, given, options)
    taken |= {side.index} if side else set()
    quantities.check_signs(sample, amounts, sample.names[side.index] if side else None, options)
    events = sorted(kinds.choose(whole, plain, taken, options.keep, side is not None, given))
    taken |= {event.column for event in events}
    found_ids = given.get("id", [i for i in names_.candidates(plain, names_.IDS)
                                 if i not in taken])[:1]
    symbols, known = instruments.choose(sample, plain, given, taken | set(found_ids),
                                        sample.reals(amounts.price), options)
    found_ids, text_ids, id_note = parts.ids_of(sample, found_ids, ids)
    used = {"ts": times.ts.index, "price": amounts.price, "qty": amounts.qty,
            **({side.role: side.index} if side else {}),
            **({"symbol": symbols[0]} if symbols else {})}
    names_.check_unique(sample.names, used)
    others = {"recv": times.recv.index if times.recv else None, "date": times.ts.date,
              "id": found_ids[0] if found_ids else None}
    parts.check_live(sample, side)
    layout = Layout(
        parts.roles_of(len(plain), used, others, symbols, [event.column for event in events]),
        tuple(symbols), tuple(known), ts=times.ts.clock,
        recv=times.recv.clock if times.recv else Clock(),
        price_scale=Scale.of(options.price_scale), qty_scale=Scale.of(options.qty_scale),
        side=side.rule if side else None, events=tuple(event.words for event in events),
        signed_qty=amounts.signed, text_ids=text_ids, lenient_ids=ids == "lenient",
    )
    naive = times.ts.naive and not options.tz
    notes = (*([_NAIVE] if naive else []), *id_note,
             *([_JOINED] if markets.kind_by_name(sample) and options.kind is None else []))
    return Reading(tuple(sample.names), layout, side, tuple(events), naive, options, "trade",
                   dict(shape), notes)


def _decide_changes(sample: Sample, plain: list[str], given: dict[str, list[int]],
                    options: Options, shape: Mapping[str, Any]) -> Reading:
    """The reading of a file of changes of books, a level a row."""
    for name in ("side_is", "qty_sign"):
        if getattr(options, name) is not None:
            raise ConfigError(f"a change of a book is on a side of its own: leave {name} out")
    for role in (*names_.MARKET, "maker", "id"):
        if role in given:
            raise ConfigError(f'a change of a book has no {role}: leave map="{role}=..." out')
    times = clocks.choose(sample, plain, given, options)
    parts.check_fraction(sample, plain, times.ts)
    taken = {times.ts.index, *([times.ts.date] if times.ts.date is not None else []),
             *([times.recv.index] if times.recv else [])}
    amounts = quantities.choose(sample, plain, given, taken, options)
    sound = (times.ts.ns > 0) & np.isfinite(sample.reals(amounts.price))
    stamps = [column.ns for column in (times.ts, times.recv) if column]
    if sound.any() and not sound.all():  # rows that are broken decide nothing
        sample, stamps = sample.only(sound.tolist()), [column[sound] for column in stamps]
    found = changes.choose(sample, plain, given, taken | {amounts.price, amounts.qty}, options)
    changes.check_sample(sample, stamps, amounts.qty, found)
    taken |= {amounts.price, amounts.qty, *found.taken}
    symbols, known = instruments.choose(sample, plain, given, taken, sample.reals(amounts.price),
                                        options)
    used = {"ts": times.ts.index, "price": amounts.price, "qty": amounts.qty,
            "side": found.side.index, **({"symbol": symbols[0]} if symbols else {})}
    names_.check_unique(sample.names, used)
    others = {"recv": times.recv.index if times.recv else None, "date": times.ts.date}
    roles = [*parts.roles_of(len(plain), used, others, symbols, ())]
    for role, columns in (("snapshot", found.flags), *found.numbers.items()):
        for index in columns:
            roles[index] = role
    layout = Layout(
        tuple(roles), tuple(symbols), tuple(known), ts=times.ts.clock,
        recv=times.recv.clock if times.recv else Clock(), is_delta=True,
        changes=tuple(words for _, words in sorted(found.flags.items())), side=found.side.rule,
        price_scale=Scale.of(options.price_scale), qty_scale=Scale.of(options.qty_scale))
    naive = times.ts.naive and not options.tz
    several = any(len(sample.values(index)) > 1 for index in symbols)
    return Reading(tuple(sample.names), layout, found.side, found.kinds, naive, options, "delta",
                   dict(shape), (*([_NAIVE] if naive else []), *found.notes), several=several)


def kind_by_names(sample: Sample, options: Options) -> str:
    """The kind that `decide` finds; of names that cannot be mapped trade, which it refuses."""
    plain = [names_.plain(name) for name in sample.names]
    try:
        given = names_.mapped(sample.names, options.map or {})
    except (ConfigError, DataError):
        return "trade"
    return kinds.kind_of(sample, plain, given, options.kind, options.keep)


def _decide_market(sample: Sample, plain: list[str], given: dict[str, list[int]], options: Options,
                   kind: str, ids: str, shape: Mapping[str, Any]) -> Reading:
    """The reading of a file of quotes or books."""
    for name in _OF_TRADES:
        if getattr(options, name) is not None:
            raise ConfigError(f"a {kind} has no side: leave {name} out")
    for role in names_.OF_TRADES:
        if role in given:
            raise ConfigError(f'a {kind} has no {role} of its own: leave map="{role}=..." out')
    times = clocks.choose(sample, plain, given, options)
    parts.check_fraction(sample, plain, times.ts)
    market = markets.choose(sample, given, kind)
    taken = {times.ts.index, *([times.ts.date] if times.ts.date is not None else []),
             *([times.recv.index] if times.recv else []), *market.taken}
    if market.form == "pairs":
        list_changes.check(sample, plain, market.taken, options.kind)
    markets.check_filled(sample, plain, market)
    prices = markets.best_prices(sample, market)
    if market.form == "columns":
        for price, qty in (market.columns[:2], market.columns[2:]):
            parts.check_scale(sample, price[0], qty[0], options)
    events = sorted(kinds.choose_market(sample, plain, taken, options.keep))
    taken |= {event.column for event in events}
    found_ids = given.get("id", [i for i in names_.candidates(plain, names_.UPDATE_IDS)
                                 if i not in taken])[:1]
    free = taken | set(found_ids) | {i for i, name in enumerate(sample.names)
                                     if markets.place(name)}
    symbols, known = instruments.choose(sample, plain, given, free, prices, options)
    found_ids, text_ids, id_note = parts.ids_of(sample, found_ids, ids)
    used = {"ts": times.ts.index, **({"symbol": symbols[0]} if symbols else {})}
    for role, columns in zip(names_.MARKET, market.columns, strict=True):
        used |= {f"{role} {n}": i for n, i in enumerate(columns) if i is not None}
    names_.check_unique(sample.names, used)
    others = {"recv": times.recv.index if times.recv else None, "date": times.ts.date,
              "id": found_ids[0] if found_ids else None}
    roles = parts.roles_of(len(plain), {}, others, symbols, [event.column for event in events])
    layout = Layout(
        parts.with_market(roles, times.ts.index, market), tuple(symbols), tuple(known),
        ts=times.ts.clock, recv=times.recv.clock if times.recv else Clock(),
        market=tuple(i for columns in market.columns for i in columns), is_book=kind == "book",
        form=market.form, price_scale=Scale.of(options.price_scale),
        qty_scale=Scale.of(options.qty_scale), events=tuple(event.words for event in events),
        text_ids=text_ids, lenient_ids=ids == "lenient",
    )
    naive = times.ts.naive and not options.tz
    notes = (*([_NAIVE] if naive else []), *id_note, *market.notes)
    return Reading(tuple(sample.names), layout, None, tuple(events), naive, options, kind,
                   dict(shape), notes)


def fixed(columns: Sequence[str], layout: Layout, options: Options, format: str,
          answers: Collection[str] = (), kind: str = "trade", **true: str) -> Reading:
    """The reading of a format that says everything itself but for the `answers` of options.

    `true`: options that would say what it says. Raises ConfigError for others.
    """
    reading = Reading(tuple(columns), layout, None, (), False, options, kind)
    said: dict[str, Any] = {"tz": "UTC", "kind": kind,
                            **reading._replace(options=Options()).keywords(), **true}
    for name, value in given_options(options).items():
        same = (value.items() <= said["map"].items() if name == "map" else value == said.get(name))
        if name not in (*_OF_EVERY_FILE, *answers) and not same:
            raise ConfigError(f"{format} says itself how it is read: leave {name} out")
    return reading


def check_shape(options: Options, format: str, answers: Collection[str] = ()) -> None:
    """Raises ConfigError for options on the shape of text but for the `answers` of this format."""
    for name in given_options(options):
        if name in OF_TEXT and name not in answers:
            raise ConfigError(f"{name} is for delimited text, not for {format}: leave {name} out")


