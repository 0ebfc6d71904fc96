"""Nodes that a saved state lacks: which they are, and which may begin without a past.

Those that remember nothing, such as formulas, have none, and come along with the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tickeng.config import Config, digests
from tickeng.errors import StateError


def named(allow_cold: str | Iterable[str]) -> list[str]:
    """One name or several."""
    return [allow_cold] if isinstance(allow_cold, str) else list(allow_cold)


def _remembers(node: dict[str, Any]) -> bool:
    return bool(node["memory"] != "none")


def _added(stored: Config, wanted: Config) -> list[dict[str, Any]]:
    there = {node["name"] for node in stored.nodes()}
    return [node for node in wanted.nodes() if node["name"] not in there]


def added(stored: Config, wanted: Config) -> list[str]:
    """Nodes that only the second one has."""
    return [node["name"] for node in _added(stored, wanted)]


def beginning(allowed: Iterable[str], stored: Config | None,
              wanted: Config) -> tuple[list[str], list[str]]:
    """(those of the allowed nodes that the state lacks, those that have no past anyway). Raises
    StateError for a name of none, and for a node that computes something else than it did."""
    names = set(allowed)
    if not names:
        return [], []
    missing = wanted.nodes() if stored is None else _added(stored, wanted)
    cold = [node["name"] for node in missing if _remembers(node)]
    for name in sorted(names - {node["name"] for node in wanted.nodes()}):
        raise StateError(f"there is no node {name}; the state lacks {', '.join(cold) or 'none'}")
    then, now = ({} if side is None else dict(zip(
        [node["name"] for node in side.nodes()], digests(side.nodes()), strict=True))
        for side in (stored, wanted))
    for name in then.keys() & now.keys():
        if then[name] != now[name]:
            raise StateError(f"the node {name} computes something else than when this state was "
                             "saved; give it another name")
    return ([name for name in cold if name in names],
            [node["name"] for node in missing if not _remembers(node)])


def offered(stored: Config, wanted: Config) -> str:
    """What to give so that added nodes may begin without a past; "" where that would not do."""
    new = _added(stored, wanted)
    names = [node["name"] for node in new if _remembers(node)] or [
        node["name"] for node in new if node["written"]]
    if not names or added(wanted, stored):
        return ""
    given = ", ".join(f'"{name}"' for name in names)
    return f"allow_cold={given if len(names) == 1 else f'[{given}]'}"
