"""What a finished replay is held against: was there anything, was enough of it usable, and what
should be known before its numbers are trusted.

Sentences are in the words of Python; the command puts them into its own.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from .._base import conservation
from .._base.notation import iso_ns
from .._engine.audits import warning
from ..errors import CheckError, ConservationError, DataError, TickengError
from ..files.batch import SEVERAL
from ..files.sources import feed
from ..files.sources.inspection import price_hint
from .inputs import Inputs
from .leader import EVERY
from .ledger import most_events, together
from .options import Options
from .run_state import RunState
from .summary import totals

_SHARE = 0.01  # what happens to more than this share of the rows is worth a warning
_SHOWN = 8


def unaccounted(run: RunState) -> list[ConservationError]:
    """What breaks the law of counters: rows that came in and ended nowhere, or the reverse."""
    return conservation.faults(together(run.ledger.came_in()),
                               together(run.ledger.counters(run.stream.held)))


def nothing(run: RunState) -> DataError | None:
    """The error of a run that had rows and used none; None for a header alone, or a resume, or
    where rows wait in the checkpoint."""
    if run.shares()["processed"] or run.saved.engine or run.options.limit == 0:
        return None
    if any(len(rows) for rows in run.stream.held):
        return None
    given = sum(cursor.rows_given for cursor in run.inputs.cursors)
    if run.stream.taken:
        counts = run.shares()
        why = ", ".join(f"{counts[name]:,} {name}" for name in ("rejected", "late") if counts[name])
        return DataError(f"no row was accepted: {why or 'all are duplicates'}"
                         f"{price_hint(run.ledger.rejected)}")
    if given:
        return DataError(nothing_left(run.options, run.inputs))
    if sum(cursor.filtered for cursor in run.inputs.cursors):
        kept = ",".join(run.options.source.get("keep", []))
        which = f"a kind that keep={kept} keeps" if kept else "the kind that is read"
        return DataError(f"nothing is left: no row is of {which}")
    return None


def nothing_left(options: Options, inputs: Inputs) -> str:
    """The sentence on filters that let no row of the inputs through."""
    return f"nothing is left: {_asked(options)}; there {_seen(inputs)}"


def _asked(options: Options) -> str:
    asked = []
    if options.symbols:
        asked.append(f"of the symbols {_listed(options.symbols)}")
    if options.from_ns is not None:
        asked.append(f"from {iso_ns(options.from_ns)} on")
    if options.to_ns is not None:
        asked.append(f"before {iso_ns(options.to_ns)}")
    return "no row is " + " and ".join(asked)


def _seen(inputs: Inputs) -> str:
    names = sorted({name for cursor in inputs.cursors for name in cursor.source.symbols})
    spans = [cursor.feed.span_ns for cursor in inputs.cursors if cursor.feed.span_ns]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    return f"are {_listed(names)}, from {iso_ns(first)} to {iso_ns(last)}"


def _listed(names: list[str]) -> str:
    """Names as a list that the filter takes back."""
    shown = ",".join(f'"{name}"' if "," in name else name for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return shown + more


def too_many_lost(run: RunState) -> CheckError | None:
    """The error of a run that lost more rows than it may."""
    counts = run.shares()
    lost, read = counts["rejected"] + counts["late"], counts["in"]
    if not read or 100 * lost <= run.options.max_rejected * read:
        return None
    return CheckError(
        f"{lost / read:.1%} of {read:,} rows were not used ({counts['rejected']:,} rejected,"
        f" {counts['late']:,} late), more than max_rejected={run.options.max_rejected:g} percent;"
        " what was written is kept"
    )


def warnings(
    run: RunState, feed_report: dict[str, Any], error: TickengError | None
) -> list[str]:
    """What a user should know before trusting the numbers."""
    found = [*run.inputs.opening.warnings]
    for cursor in run.inputs.cursors if error is None else ():
        if not (cursor.place.seen or cursor.rows_given or cursor.filtered):
            found.append(f"{cursor.source.name}: 0 ticks, it has a header and no rows")
    if run.saved.engine and not run.shares()["processed"]:
        found.append("0 ticks: the checkpoint was taken behind the last row"
                     + (f" that limit={run.options.limit} allows" if run.options.limit else ""))
    if (audits := run.stream.audits.report())["differing"]:
        found.append(warning(audits))
    inferred = infers(run)
    found += feed.warnings(feed_report, inferred=inferred)
    inputs = [*run.inputs.cursors, *(leader.cursor for leader in run.inputs.leaders)]
    found += feed.cut_ends([each.source.name for each in inputs if each.source.may_be_cut])
    found += [*_apart(run), *_without_snapshot(run)]
    short = [run.hint] if run.hint else _short(run, most_events(run.engine)["trade"])
    found += [*_lost(run), *_leaders(run), *_health(run, feed_report), *short]
    return found


def infers(run: RunState) -> bool:
    """Whether trades without a side get one."""
    told = (run.options.source.get("infer_side"), run.options.config["infer_side"])
    return any(rule not in (None, "none") for rule in told)


def sides(run: RunState) -> dict[str, Any] | None:
    """The rule of those that are inferred, and of the trades of this run that came without one how
    many got theirs by_quote and by_tick, and how many are unknown; None where none are."""
    if not infers(run):
        return None
    counts: Counter[str] = Counter()
    for cursor in run.inputs.cursors:
        counts.update(cursor.source.inferred)
    if (rule := run.options.config["infer_side"]) != "none":
        counts = added_up(run.engine.inferred_sides) - run.sides_before
    names = ("by_quote", "by_tick", "unknown")
    return {"rule": "tick" if rule == "none" else rule, **{name: counts[name] for name in names}}


def added_up(counts: Mapping[str, Mapping[str, int]]) -> Counter[str]:
    """Counts by symbol as those of all symbols."""
    found: Counter[str] = Counter()
    for each in counts.values():
        found.update(each)
    return found


def _apart(run: RunState) -> list[str]:
    """Kinds of which no symbol has trades, where there are trades."""
    came = {kind: set(counts) for kind, counts in run.ledger.came_in().items() if counts}
    trades = came.pop("trade", set())
    return [f"no {kind} is of a symbol that trades: {kind}s are of {_listed(sorted(symbols))},"
            f" trades of {_listed(sorted(trades))}"
            for kind, symbols in came.items() if trades and not symbols & trades]


def _without_snapshot(run: RunState) -> list[str]:
    """Books whose changes came before any snapshot, so that they were not known."""
    found = []
    for symbol, counts in run.engine.book_counters.items():
        waited = 0 if counts.get("gaps") else counts.get("waited", 0)
        if waited <= _SHARE * counts["processed"]:
            continue
        until = ("came, and its" if run.engine.book(symbol) is None else
                 "stands before the first")
        found.append(f"no snapshot of the book of {symbol} {until} {waited:,} changes: without one"
                     " they tell of no book, and what moves on it is undefined; give the file that"
                     " has the snapshot too")
    return found


def _lost(run: RunState) -> list[str]:
    counts, found = run.shares(), []
    if late := counts["late"]:
        found.append(
            f"{late:,} late ticks ({late / counts['in']:.1%}) were dropped; reorder_ms=MS holds"
            ' ticks back to sort them, on_late="error" stops at the first'
        )
    if jumps := counts["reasons"].get("jump", 0):
        found.append(
            f"{jumps} rows came later than max_jump after the row before and were rejected; where"
            " the feed has such gaps, max_jump=off takes them"
        )
    if conflict := run.stream.conflict:
        total = totals(run.ledger.counters(run.stream.held)["trade"])
        found.append(
            "{file}, row {row}: id {id} of {symbol} comes again with price {price!r} and quantity"
            " {qty!r}, it had {price_before!r} and {qty_before!r}".format(**conflict)
            + f"; {total['duplicate_conflict']} such rows were dropped (duplicate_conflict); where"
            " ids start again, leave dedupe out"
        )
    for name in ("rejected", "duplicate"):
        if counts[name] > _SHARE * counts["in"]:
            reasons = counts["reasons"] if name == "rejected" else {}
            why = ", ".join(f"{reason} {n:,}" for reason, n in reasons.items())
            found.append(f"{counts[name]:,} rows ({counts[name] / counts['in']:.1%}) were"
                         f" {name}{f': {why}' if why else ''}{price_hint(reasons)}")
    return found


def _leaders(run: RunState) -> list[str]:
    span, found = run.summary.span_ns, []
    for leader in run.inputs.leaders:
        if span and leader.outside(span[1]):
            found.append(f"the leader {leader.cursor.source.name} has no tick inside the span of"
                         " the tape: it leads nothing; is it of another day?")
        if leader.late > _SHARE * leader.ticks:
            found.append(f"{leader.late:,} ticks of the leader {leader.name}"
                         f" ({leader.late / leader.ticks:.1%}) were late")
        came = run.ledger.symbols()
        found += [f"no row is of {symbol}, which {leader.name} is to lead"
                  for symbol in leader.leads if symbol != EVERY and symbol not in came]
    return found


def _health(run: RunState, feed_report: dict[str, Any]) -> list[str]:
    """Builders that began anew, and kernels that epsilon silences, unless sides or a leader that
    are missing explain it."""
    sideless = feed_report["unknown_side"] == feed_report["rows"] and not infers(run)
    span = run.summary.span_ns
    leaderless = any(span and leader.outside(span[1]) for leader in run.inputs.leaders)
    restarted = [f"{kernel} began anew, {health.restarts:,} time{'s'[:health.restarts - 1]}: more"
                 " than 10,000 bars would have ended at once"
                 for kernel, health in run.engine.health.items() if health.restarts]
    return restarted + [
        f"{kernel}: epsilon dominates its sigma on {health.share:.1%} of ticks, which silences"
        f" it; remedy: {health.remedy}"
        for kernel, health in run.engine.health.items()
        if health.flagged and not sideless and not (leaderless and kernel == "k2")
    ]


def known_short(run: RunState) -> str | None:
    """The warning of a tape whose files say beforehand that they are too short for the gate."""
    rows = [cursor.source.rows for cursor in run.inputs.cursors if cursor.kind == "trade"]
    if any(cursor.kind == SEVERAL for cursor in run.inputs.cursors):
        return None
    if None in rows or run.saved.engine or run.options.warm:
        return None
    told = _short(run, sum(row or 0 for row in rows))
    return told[0] if told else None


def _short(run: RunState, most: int) -> list[str]:
    """Whether that many trades of a symbol are too few for the gate to open at all."""
    needed = run.engine.warmup
    if not most or "gate" not in needed or most > needed["gate"]:
        return []
    last = max((name for name in needed if name.startswith("k")), key=lambda name: needed[name])
    return [f"{last.upper()} needs {needed[last] + 1:,} trades of a symbol; here are {most:,}:"
            " the gate cannot open"]


def counts_of(counters: dict[str, dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """What this run added to the counters."""
    now = totals(counters)
    counts = {name: now.get(name, 0) - before.get(name, 0)
              for name in ("in", "processed", "late", "duplicate", "duplicate_conflict",
                           "rejected")}
    reasons = {name: count - before["reasons"].get(name, 0)
               for name, count in now["reasons"].items()}
    return {**counts, "reasons": {name: count for name, count in reasons.items() if count}}
