"""Where each source of a replay continues, by the places that a checkpoint has.

A source is the one a checkpoint knows when name, size and the hash of its first 64 KiB agree; it
then continues at its row. A file that has only grown still agrees. Another name is another source
and starts at its first row (the next day's file), unless it begins with what was read of a file
that is not given any more: then it is that file, renamed. The same name with another head is an
error.
Data on stdin has no name, so there only an equal head continues, as long as the one that had come
with the first row.
"""

import hashlib
from typing import Any

from ..errors import DataError, StateError
from ..files.batch import SEVERAL, plural
from ..files.sources import Source
from .cursor import Place

_HEAD_BYTES = 65_536


def place_of(source: Source, saved: list[dict[str, Any]]) -> Place:
    """Where `source` continues, given the states of a checkpoint's sources.

    Raises:
        StateError: a file of this name has other content, or other events of it were read.
    """
    of_name = {state.get("kind", "trade"): state for state in saved
               if state["name"] == source.name}
    known = of_name.get(source.kind)
    if known is None and of_name and SEVERAL in (source.kind, *of_name):
        raise StateError(
            f"{source.path}: {_events(next(iter(of_name)))} were read of it up to the checkpoint,"
            f" and {_events(source.kind)} would be now: continue with the kernels, rows and files"
            " of then, or start anew")
    if known is None:
        return Place()
    mine = source.fingerprint(known.get("head_bytes", _HEAD_BYTES))
    place = Place(known["row"], known["seen"], known["newest_ns"], known["signs"],
                  known.get("stray_ns"), known.get("taken", 0))
    if known["size"] == mine["size"] and known["head_sha256"] == mine["head_sha256"]:
        return place
    if mine["size"] is None:
        return Place()
    if mine["size"] < (known["size"] or 0) or _head(source, known) != known["head_sha256"]:
        raise StateError(
            f"{source.path}: is not the file of this name that the checkpoint has read;"
            " give new data another file name"
        )
    return place


def _events(kind: str) -> str:
    return plural(kind) if kind == SEVERAL else f"{plural(kind)} alone"


def renamed(source: Source, saved: list[dict[str, Any]], given: set[str]) -> str | None:
    """The name under which a checkpoint knows a source of a new name, as none of those `given`."""
    size = source.fingerprint()["size"]
    if size is None or any(state["name"] == source.name for state in saved):
        return None
    return next((str(state["name"]) for state in saved
                 if state["row"] and state["name"] not in given
                 and state.get("kind", "trade") == source.kind
                 and state["size"] is not None and size >= state["size"]
                 and _head(source, state) == state["head_sha256"]), None)


def is_known(source: Source, saved: list[dict[str, Any]]) -> bool:
    """Whether a checkpoint's run had this source among its own; on stdin the head tells."""
    mine = source.fingerprint()
    return any(
        state["name"] == mine["name"] and state.get("kind", "trade") == source.kind
        and (mine["size"] is not None or state["head_sha256"] == mine["head_sha256"])
        for state in saved
    )


def _head(source: Source, known: dict[str, Any]) -> str:
    """The hash the source's head had when it was as long as the known file."""
    try:
        with open(source.path, "rb") as file:
            return hashlib.sha256(file.read(min(_HEAD_BYTES, known["size"] or 0))).hexdigest()
    except OSError as error:
        raise DataError(f"{source.path}: cannot be read: {error.strerror}") from error
