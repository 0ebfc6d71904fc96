"""The documents a replay leaves: the summary for the caller and the manifest for the output."""

from typing import Any

from .._base.notation import iso_utc
from ..checkpoint import engine_version
from ..config import catalogue
from ..engine import Engine
from ..errors import TickengError
from ..files.sources import feed
from . import checks, delays, quote_age, resume
from .ledger import BySymbol, most_events
from .run_state import RunState
from .summary import totals, warmup_report

SCHEMA = "tickeng.replay/1"


def effective(engine: Engine) -> dict[str, Any]:
    """The settings in force, as a run that repeats this one would set them: max_time is no longer
    auto."""
    return {**engine.config.to_dict(), "max_time": iso_utc(engine.max_time_ns)}


def manifest(run: RunState, rows: str) -> dict[str, Any]:
    """What made the output of some rows: version, configuration, order policy, inputs, counters."""
    config = run.engine.config
    counters = run.ledger.counters(run.stream.held)
    return {
        "schema": "tickeng.manifest/1",
        "version": engine_version(),
        "config": effective(run.engine),
        "config_hash": config.hash,
        "kernels": {kernel["name"]: kernel["state_version"] for kernel in catalogue()},
        "order": resume.order(run.options, rows),
        "quote_age": _known(run)["quote_age"],
        "inputs": run.inputs.report(),
        "counters": counters["trade"],
        "counters_of": other_kinds(counters),
        "leaders": leaders(run),
        "sides": checks.sides(run),
        "feed": feed.total([cursor.feed for cursor in run.inputs.cursors]),
    }


def other_kinds(counters: dict[str, BySymbol]) -> dict[str, BySymbol]:
    """Counters by kind, of those but trades of which any event came."""
    return {kind: counts for kind, counts in counters.items() if kind != "trade" and counts}


def leaders(run: RunState) -> dict[str, dict[str, Any]]:
    """Counters of each leader by its name."""
    return {leader.name: leader.report() for leader in run.inputs.leaders}


def _known(run: RunState) -> dict[str, Any]:
    """How long a quote is the market, and how much later than their times events are known."""
    kinds = {kind for cursor in run.inputs.cursors for kind in cursor.source.kinds}
    return {"quote_age": quote_age.report(run.engine.config, kinds),
            "delay": delays.words(run.options.delays)}


def _clocks(engine: Engine) -> dict[str, str]:
    """What each output moves on."""
    return {column: " ".join(node["clocks"]) for node in engine.config.nodes()
            for column in node["columns"]}


def document(run: RunState, error: TickengError | None) -> dict[str, Any]:
    """The summary, JSON-able, with its schema version."""
    kinds = run.ledger.counters(run.stream.held)
    counters = kinds["trade"]
    seen = feed.total([cursor.feed for cursor in run.inputs.cursors])
    return {
        "schema": SCHEMA,
        "version": engine_version(),
        **run.summary.to_dict(),
        "rows": run.stream.taken,
        "filtered": run.ledger.filtered + sum(c.filtered for c in run.inputs.cursors),
        "run_seconds": round(run.seconds, 3),
        "rows_per_second": round(run.stream.taken / max(run.seconds, 1e-9)),
        "timings": {name: round(seconds, 3) for name, seconds in run.timings.items()},
        "rejected": dict(run.ledger.rejected),
        "leaders": leaders(run),
        "counters": {"total": totals(counters), "symbols": counters},
        "counters_of": {kind: {"total": totals(counts), "symbols": counts}
                        for kind, counts in other_kinds(kinds).items()},
        "book_audits": run.stream.audits.report(),
        "leader_counters": run.engine.leader_counters if run.inputs.leaders else None,
        "named_leaders": run.engine.named_leaders if run.inputs.leaders else None,
        "conserved": not run.faults,
        "conservation_faults": [str(fault) for fault in run.faults],
        "warmup": warmup_report(run.engine.warmup, _clocks(run.engine), run.summary.warm,
                                most_events(run.engine)),
        "health": {kernel: health._asdict() for kernel, health in run.engine.health.items()},
        "sides": checks.sides(run),
        **_known(run),
        "feed": seen,
        "findings": feed.findings(seen) if seen["rows"] else [],
        "warnings": [*run.warnings, *checks.warnings(run, seen, error)],
        "inputs": run.inputs.report(),
        "output": next(({"path": output.path, "rows": output.rows} for output in run.outputs),
                       None),
        "outputs": [{"clock": output.clock, "path": output.path, "rows": output.rows}
                    for output in run.outputs],
        "checkpoint": run.checkpoint,
        "cold": resume.cold(run.saved),
        "checkpoint_failures": run.checkpoint_failures,
        "checkpoint_fallbacks": int("fallback" in run.saved.meta),
        "plot": str(run.options.plot) if run.plot else None,
        "rejects": str(run.options.rejects) if run.options.rejects else None,
        "config": effective(run.engine),
        "config_hash": run.engine.config.hash,
        "interrupted": run.stopped_by,
        "error": None if error is None else {
            "type": type(error).__name__, "message": str(error), "exit_code": error.exit_code,
        },
    }

