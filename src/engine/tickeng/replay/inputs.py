"""Opens what a replay reads and finds where each source continues.

A source is the one a checkpoint knows when name, size and the hash of its first 64 KiB agree; it
then continues at its row. A file that has only grown still agrees. Another name is another source
and starts at its first row (the next day's file). The same name with another head is an error.
Data on stdin has no name, so there only an equal head continues, as long as the one that had come
with the first row.
"""

import hashlib
from contextlib import ExitStack
from typing import Any

from ..errors import ConfigError, StateError
from ..sources import Follow, Source, open_source
from .cursor import BEFORE_ALL, Cursor, Names, Place
from .ledger import Ledger
from .options import Options
from .overlap import Ahead
from .stop import Stop

_HEAD_BYTES = 65_536
_ROWS_AT_ONCE = 524_288
_BLOCKS_AHEAD = 4  # of a mebibyte


def place_of(source: Source, saved: list[dict[str, Any]]) -> Place:
    """Where `source` continues, given the states of a checkpoint's sources.

    Raises:
        StateError: a file of this name has other content.
    """
    known = next((state for state in saved if state["name"] == source.name), None)
    if known is None:
        return Place()
    mine = source.fingerprint(known.get("head_bytes", _HEAD_BYTES))
    place = Place(known["row"], known["seen"], known["newest_ns"], known["signs"])
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


def _head(source: Source, known: dict[str, Any]) -> str:
    """The hash the source's head had when it was as long as the known file."""
    with open(source.path, "rb") as file:
        return hashlib.sha256(file.read(min(_HEAD_BYTES, known["size"] or 0))).hexdigest()


class Inputs:
    """The cursors of a replay's sources, ordered by first timestamp, and the leader's.

    Every source that is opened is closed by `closing`.
    """

    def __init__(
        self,
        options: Options,
        names: Names,
        saved: dict[str, Any],
        ledger: Ledger,
        stop: Stop,
        closing: ExitStack,
    ) -> None:
        if [*options.files, options.leader].count("-") > 1:
            raise ConfigError("stdin (-) can be only one of the inputs")
        self._options, self.names = options, names
        self._ledger, self._stop, self._closing = ledger, stop, closing
        self.ids = options.config["dedupe"] == "id"
        self._ahead = self._bytes_ahead = None
        if options.workers > 1:
            # As many batches as a stretch takes, so that none is waited for when the next begins.
            self._ahead, self._bytes_ahead = Ahead(2 * options.workers), Ahead(_BLOCKS_AHEAD)
        self.cursors: list[Cursor] = []
        self.leader: Cursor | None = None
        sources = self._in_order(options.files)
        for rank, (first_ns, source) in enumerate(sources):
            cursor = self._cursor(source, rank, saved.get("sources", []))
            cursor.first_key = max(cursor.first_key, first_ns)
            self.cursors.append(cursor)
        if options.leader:
            extra = {**options.source, "infer_side": "tick"}  # a leader's side is not used
            source = self._open(options.leader, extra)
            known = [saved["leader"]] if saved.get("leader") else []
            self.leader = self._cursor(source, len(sources), known, leader=True)
        for ahead in (self._bytes_ahead, self._ahead):  # done reading before a source is closed
            if ahead:
                closing.callback(ahead.close)

    def _cursor(
        self, source: Source, rank: int, saved: list[dict[str, Any]], *, leader: bool = False
    ) -> Cursor:
        on_rejected = self._ledger.reject_leader if leader else self._ledger.reject
        is_file = source.size is not None  # a wait for a pipe must be broken off by a signal
        if self._bytes_ahead and is_file:
            source.read_by(self._bytes_ahead)
        with self._stop.reading():
            place = place_of(source, saved)
        return Cursor(
            source, rank, Names() if leader else self.names, place, on_rejected,
            reading=self._stop.reading, ids=self.ids and not leader, strict=self._options.strict,
            ahead=self._ahead if is_file else None,
        )

    def _in_order(self, files: list[str]) -> list[tuple[int, Source]]:
        """Sources with their first timestamps; one source alone is not looked into."""
        rows = min(65_536, max(4_096, _ROWS_AT_ONCE // len(files)))
        options = {**self._options.source, "block_rows": rows}
        if self._options.follow:
            if len(files) > 1:
                raise ConfigError("one file can be followed at a time")
            options["follow"] = Follow(self._options.idle_exit_ns)
        found = []
        for path in files:
            first_ns = BEFORE_ALL
            if len(files) > 1 and path != "-":
                first_ns = self._first_ns(path)
            found.append((first_ns, self._open(path, options)))
        return sorted(found, key=lambda item: item[0])

    def _open(self, path: str, options: dict[str, Any]) -> Source:
        with self._stop.reading():
            source = open_source(path, **options)
        self._closing.callback(source.close)
        return source

    def _first_ns(self, path: str) -> int:
        source = self._open(path, {**self._options.source, "block_rows": 1_024})
        try:
            with self._stop.reading():
                for batch in source.batches():
                    if len(batch.ts_ns):
                        return int(batch.ts_ns[0])
            return BEFORE_ALL
        finally:
            source.close()

    @property
    def live(self) -> bool:
        """Whether an input is still being written, so that each row goes out as it comes."""
        return any(cursor.source.live for cursor in self.cursors)

    @property
    def filtered(self) -> int:
        """Messages of recorded feeds that are no trades."""
        return sum(cursor.source.filtered for cursor in self.cursors)

    def fraction(self) -> float | None:
        """Share of the sources' bytes that has been read; None when it cannot be known."""
        sizes = [cursor.source.size or 0 for cursor in self.cursors]
        shares = [cursor.source.fraction() for cursor in self.cursors]
        if not sum(sizes) or None in shares:
            return None
        read = sum(size * (share or 0.0) for size, share in zip(sizes, shares, strict=True))
        return read / sum(sizes)

    def labels(self) -> list[str]:
        """The sources' names by rank."""
        return [cursor.source.name for cursor in self.cursors]

    def state(self) -> dict[str, Any]:
        """JSON-able places of all sources, for the checkpoint."""
        return {
            "sources": [cursor.state() for cursor in self.cursors],
            "leader": self.leader.state() if self.leader else None,
        }

    def report(self) -> list[dict[str, Any]]:
        """Name, format, rows, size and SHA-256 (once fully read) of every input."""
        inputs = [*self.cursors, *([self.leader] if self.leader else [])]
        return [
            {
                "name": cursor.source.name,
                "role": "leader" if cursor is self.leader else "trades",
                "format": cursor.source.format,
                "rows": cursor.place.seen,
                "size": cursor.source.size,
                "sha256": cursor.source.sha256(),
            }
            for cursor in inputs
        ]
