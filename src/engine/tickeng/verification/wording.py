"""What a verification found, in sentences."""

from typing import Any


def failure(report: dict[str, Any]) -> str | None:
    """Why the bits cannot be relied on; None where nothing was found, or what was planted."""
    found = [entry for entry in report["differences"] if not entry.get("may_differ")]
    if planted := report.get("self_test"):
        if planted["found"]:
            return None
        return (f"the self-test failed: the change of row {planted['row']:,}, column"
                f" {planted['column']}, bit {planted['bit']} was not found")
    if not found:
        return None
    more = f"; {len(found) - 1} more differ" if len(found) > 1 else ""
    if against := report.get("against"):
        return f"{where(found[0])}{more}{''.join(f'; {note}' for note in against['notes'])}"
    return f"{where(found[0])}{more}; seed={report['seed']} repeats this"


def where(found: dict[str, Any]) -> str:
    """One difference: way or output, row, column, both values and their distance."""
    if "note" in found:
        return f"{found['way']}: {found['note']}"
    apart = f"{found['ulp']:,} ulp apart" if found["ulp"] is not None else "one is no number"
    by = f", {apart} ({found['found_bits']}, {found['expected_bits']})"
    place = f"{found['file']}, row {found['file_row']:,}, " if "file" in found else ""
    return (f"{found['way']}: row {found['row']:,} ({place}{found['symbol']}), column"
            f" {found['column']}: {found['found']!r} where {found['expected']!r} is expected"
            f"{by if found['column'] != 'symbol' else ''}")
