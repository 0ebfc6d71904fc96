"""Where a replay's rows go: the sink with its columns, and the list of rejected rows."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._codec import with_guard
from ..control_text import escaped
from ..errors import ConfigError, StateError
from ..files import OutputFile, draft_of, resolved
from ..files.guard import require_kind
from ..sinks import Sink, is_there, open_sink
from ..sources import Reject
from .options import Options
from .rows import Rows

INPUT_COLUMNS = {
    "ts_ns": "int64", "symbol": "str", "price": "float64", "qty": "float64", "side": "int8",
}
_NOT_BY_DEFAULT = ("ready", "status")
_AT_ONCE = 65_536  # characters of rejects

Columns = dict[str, NDArray[Any]]


class Output:
    """The sink of a replay, fresh or continued where a checkpoint left it."""

    def __init__(self, options: Options, types: dict[str, str], saved: dict[str, Any] | None):
        """`types` are the engine's output columns with their numpy type names."""
        known = {**INPUT_COLUMNS, **types}
        usual = [name for name in known if name not in _NOT_BY_DEFAULT]
        usual.sort(key=lambda name: name == "reason")  # what shuts the gate stands last
        asked = options.columns or usual
        for name in asked:
            if name not in known:
                raise ConfigError(f"no column {name!r}; there are {', '.join(known)}")
        self._columns = asked
        self._path = options.out or "-"
        self.position = _continued(self._path, saved)
        schema = [(name, known[name]) for name in asked]
        self._sink: Sink = open_sink(self._path, schema, format=options.out_format,
                                     force=options.force, resume=self.position)
        self.warnings = self._sink.warnings

    @property
    def rows(self) -> int:
        """Rows in the output, those before a resume included."""
        return self._sink.rows

    def write(
        self, rows: Rows, codes: NDArray[np.uint32], names: list[str], outputs: Columns
    ) -> None:
        """Append accepted rows with what the engine made of them."""
        columns: dict[str, Any] = {
            "ts_ns": rows.ts_ns, "symbol": (codes, names), "price": rows.price,
            "qty": rows.qty, "side": rows.side, **outputs,
        }
        self._sink.write({name: columns[name] for name in self._columns})

    def show(self) -> None:
        """Let a reader of the output see every row written."""
        self._sink.show()

    def flush(self) -> None:
        """Make everything written durable."""
        self.position = self._sink.flush()

    def close(self, manifest: dict[str, Any]) -> None:
        """Complete the output."""
        self.position = self._sink.close(manifest)

    def stop(self, manifest: dict[str, Any], *, continued: bool) -> None:
        """End a run that has not come to its end. What has grown under its name is completed as it
        is; a replacement is left for the run that continues it or, if there is none, dropped."""
        if not self._sink.replaces:
            self.close(manifest)
        elif continued:
            self.position = self._sink.suspend()
        else:
            self._sink.discard(continued=False)

    @property
    def replaces(self) -> bool:
        """Whether the file of this name is still the one from before the run."""
        return self._sink.replaces

    def discard(self, *, continued: bool) -> None:
        """Let go of the output after it failed; harmless when it is closed. `continued` says that a
        checkpoint holds a position in it."""
        if not self._sink.closed:
            self._sink.discard(continued=continued)

    def state(self) -> dict[str, Any] | None:
        """JSON-able position after the last `flush` or `close`."""
        if self.position is None:
            return None
        return {"path": _identity(self._path), "position": self.position}


def _identity(path: str) -> str:
    return path if path == "-" else os.path.abspath(path)


def _continued(path: str, saved: dict[str, Any] | None) -> dict[str, Any] | None:
    """The position to continue from when the checkpoint's output is this one."""
    if saved is None:
        return None
    mine = _identity(path)
    if mine == "-" or saved["path"] == "-":
        same = mine == saved["path"]
    else:
        same = os.path.basename(mine) == os.path.basename(saved["path"])
        if same and not is_there(mine, saved["position"]):
            if mine != saved["path"]:
                return None
            raise StateError(
                f"{path}: the output that the checkpoint continues is gone; bring it back"
                " or write to another file with -o"
            )
    position: dict[str, Any] = saved["position"]
    return position if same else None


class RejectList:
    """The CSV file `file,row,reason,text` of rows that could not be used.

    Text is escaped where it would end a line or steer a terminal.
    """

    def __init__(
        self, path: Path, saved: dict[str, Any] | None = None, *, force: bool = False
    ) -> None:
        self.require(path)
        self._waiting = io.StringIO()
        self._rows = csv.writer(self._waiting, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        self._closed = False
        target = resolved(path)
        again = saved is not None and saved["path"] == os.path.abspath(path) and (
            target.exists() or draft_of(target).exists())
        self._path, self._resumed, self._flushed = path, again, False
        self._file = OutputFile(path, force=force, resume=saved if again else None)
        try:
            if again and saved is not None:
                self._file.cut(saved["offset"])
            else:
                self._rows.writerow(["file", "row", "reason", "text"])
                self._write()
        except BaseException:
            self._let_go()
            raise

    @staticmethod
    def require(path: Path) -> None:
        """Refuse a file that holds something else."""
        head = b'"file","row","reason","text"'  # of which a crash may have left a part
        require_kind(path, "list of rejects of tickeng",
                     lambda found: found.startswith(head[:len(found)]))

    @property
    def warnings(self) -> list[str]:
        """Sentences on what the file cannot promise."""
        return [self._file.warning] if self._file.warning else []

    def add(self, file: str, row: int, reason: str, text: str) -> None:
        """Append one row."""
        self._rows.writerow([_cell(file), row, reason, _cell(text)])
        if self._waiting.tell() >= _AT_ONCE:
            self._write()

    def add_all(self, file: str, rejects: list[Reject]) -> None:
        """Append the rejects of a batch."""
        for reject in rejects:
            self.add(file, reject.row, reject.reason, reject.text)

    def _write(self) -> None:
        self._file.append(self._waiting.getvalue().encode())
        self._waiting.seek(0)
        self._waiting.truncate()

    def flush(self) -> dict[str, Any]:
        """Make it durable; the JSON-able position."""
        self._write()
        self._file.sync()
        self._flushed = True
        return {"path": os.path.abspath(self._path), "offset": self._file.size,
                **self._file.place()}

    def close(self, *, continued: bool = False) -> None:
        """Complete the file, or leave it for a run that continues it; harmless when closed."""
        if self._closed:
            return
        self._closed = True
        try:
            self._write()
            if continued:
                self._file.sync()
            else:
                self._file.complete()
        except BaseException:
            self._let_go()
            raise
        self._file.close()

    def discard(self, *, continued: bool) -> None:
        """Remove the file after an error, unless it can be continued; harmless when closed. One
        that it replaces stays. `continued` says that a checkpoint holds a position in it."""
        self._flushed &= continued
        if not self._closed:
            self._closed = True
            self._let_go()

    def _let_go(self) -> None:
        if self._resumed or self._flushed:
            self._file.close()
        else:
            self._file.drop()


def _cell(text: str) -> str:
    return with_guard(escaped(text))
