"""Shows the summary of a replay on stderr: the report's numbers in words and columns."""

import shlex
from typing import Any

from rich.text import Text

from . import console
from .reading import to_words

_OF_MESSAGES = (("gaps", "gaps in updates"), ("waited", "waited for a snapshot"),
                ("lost", "too many to wait"), ("beyond", "show levels beyond the snapshot"),
                ("behind", "snapshots behind the book"),
                ("left_out", "levels left out behind the 10,000th of a side"))
_AUDITS = (("agreed", "agree with the book built until then"), ("differing", "differ"),
           ("unmatched", "not comparable"))
_ENDS = ("duplicate", "late", "rejected", "dropped", "held")


def show(report: dict[str, Any]) -> None:
    """The summary for people; the same facts as the JSON document."""
    rows = [*_reading(report), *_ticks(report), *_feed(report), *_decisions(report),
            *_files(report)]
    console.say(console.pairs(rows))
    for entry in report["inputs"]:
        console.detail(f"{entry['name']}: {entry['format']}, {entry['rows']:,} rows, read with"
                       f" {shlex.join(to_words(entry['reading']['options'])) or 'no options'}")
    for phase, seconds in report["timings"].items():
        console.detail(f"{phase}: {seconds:.3f} seconds")
    for text in report["warnings"]:
        console.warn(text)
    for fault in report["conservation_faults"]:
        console.warn(f"rows are unaccounted for: {fault}")


def reading_rows(reading: dict[str, Any], label: str = "read with") -> list[tuple[str, Any]]:
    """How a file was read: the options that would say the same, then what was decided."""
    options = " ".join(map(shlex.quote, to_words(reading["options"]))) or "as it says itself"
    return [(label, options), *(("", note) for note in reading["notes"])]


def _ticks(report: dict[str, Any]) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = [("ticks", Text(f"{report['ticks']:,} ticks", "bold"))]
    if span := report["span"]:
        first, last = (span[end][:23].replace("T", " ") for end in ("first", "last"))
        rows.append(("span", f"{first} to {last} UTC ({_duration(span['seconds'])})"))
    rows.append(
        ("rate", f"{report['rows_per_second']:,} rows/s, {report['run_seconds']:.2f} s in all")
    )
    total = report["counters"]["total"]
    ends = [f"{total[end]:,} {end}" for end in _ENDS if total.get(end)]
    if report["filtered"]:
        ends.append(f"{report['filtered']:,} filtered")
    rows.append(("not processed", ", ".join(ends) or "none"))
    if reasons := {**total["reasons"], **_leader(report)}:
        rows.append(("reasons", ", ".join(f"{name} {n:,}" for name, n in reasons.items())))
    symbols = report["counters"]["symbols"]
    if len(symbols) > 1:
        rows.append(("symbols", f"{len(symbols)}: {', '.join(list(symbols)[:8])}"))
    if sides := report["sides"]:
        rows.append(("sides inferred", f"{sides['by_quote']:,} by quote, {sides['by_tick']:,} by"
                     f" tick, {sides['unknown']:,} unknown ({sides['rule']})"))
    rows += [(f"{kind}s", _events(counts["total"]))
             for kind, counts in report["counters_of"].items()]
    rows += [*age_of_quotes(report["quote_age"]), *delays(report["delay"])]
    found = report["book_audits"]
    if told := [f"{found[name]:,} {text}" for name, text in _AUDITS if found[name]]:
        rows.append(("snapshots", ", ".join(told)))
    return rows


def age_of_quotes(found: dict[str, Any] | None) -> list[tuple[str, Any]]:
    """How long a quote holds, and who says so."""
    if not found:
        return []
    holds = f"{found['seconds']:g} s" if found["seconds"] else "always"
    return [("quotes hold", f"{holds} ({found['by']}; max_quote_age)")]


def delays(found: dict[str, str]) -> list[tuple[str, Any]]:
    """How much later than their times events are known."""
    return [("known later", ", ".join(f"{kind} {late}" for kind, late in found.items()))] if (
        found) else []


def _events(total: dict[str, Any]) -> str:
    """What became of the events of a kind other than trades, and what is odd about them."""
    told = [f"{total.get('processed', 0):,} processed",
            *(f"{total[end]:,} {end}" for end in _ENDS if total.get(end))]
    told += [f"{name} {count:,}" for name, count in total["reasons"].items()]
    if crossed := total.get("crossed"):
        told.append(f"{crossed:,} crossed ({crossed / total['processed']:.1%})")
    return ", ".join([*told, *(f"{total[name]:,} {text}" for name, text in _OF_MESSAGES
                               if total.get(name))])


def _leader(report: dict[str, Any]) -> dict[str, int]:
    return {
        f"{name} {reason}": count for name, leader in report["leaders"].items()
        for reason, count in {**leader["rejected"], "late": leader["late"],
                              "released": leader["released"]}.items() if count
    }


def _reading(report: dict[str, Any]) -> list[tuple[str, Any]]:
    """How the inputs were read, once for all that were read alike."""
    rows: list[tuple[str, Any]] = []
    for entry in report["inputs"]:
        label = "leader read with" if entry["role"] == "leader" else "read with"
        rows += [row for row in reading_rows(entry["reading"], label) if row not in rows]
    return rows


def _feed(report: dict[str, Any]) -> list[tuple[str, Any]]:
    return [("feed", line) for line in report["findings"]]


def _decisions(report: dict[str, Any]) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    if gate := report["gate"]:
        why = ", ".join(f"{name} {share:.1%}" for name, share in gate["shut_by"].items())
        shut = f", shut by {why}" if why else ""
        rows.append(("gate open", f"{gate['open_share']:.1%}{shut}"))
    if sizes := report["size"]:
        rows.append(("size", ", ".join(f"{s['size']:g}: {s['share']:.1%}" for s in sizes)))
    if alpha := report["alpha_open"]:
        text = "  ".join(f"{name} {value:+.3f}" for name, value in alpha.items())
        rows.append(("alpha when open", text))
    warm, cold = [], []
    for entry in report["warmup"]:
        if entry["reached"]:
            warm.append(f"{entry['output']} {entry['reached']['tick']:,}")
        else:
            cold.append(f"{entry['output']} ({_missing(entry)})")
    if warm:
        rows.append(("warm at tick", ", ".join(warm)))
    if cold:
        rows.append(("not warm yet", ", ".join(cold)))
    return rows


def _missing(entry: dict[str, Any]) -> str:
    """What an output still waits for."""
    if entry["missing"] is None:
        return f"needs {entry['needs']:,} of {entry['clock']}"
    events = "tick" if entry["clock"] == "trade" else entry["clock"]
    return f"{entry['missing']:,} {events}s missing" if entry["missing"] else "no input yet"


def _files(report: dict[str, Any]) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    several = len(report["outputs"]) > 1
    for output in report["outputs"]:
        where = "stdout" if output["path"] == "-" else output["path"]
        of = f" of {output['clock']}" if several else ""
        rows.append(("output", f"{where}, {output['rows']:,} rows{of}"))
    if checkpoint := report["checkpoint"]:
        rows.append(("checkpoint", f"{checkpoint['path']}, generation {checkpoint['generation']}"))
    for name in ("rejects", "plot"):
        if report[name]:
            rows.append((name, report[name]))
    if report["interrupted"]:
        rows.append(("stopped by", report["interrupted"]))
    return rows


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.3g} s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
