"""Where a replay's rows go: the sink with its columns, and the list of rejected rows."""

import csv
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, OutputError, StateError
from ..sinks import Sink, format_of, open_sink
from ..sources import Reject
from .options import Options
from .rows import Rows

INPUT_COLUMNS = {
    "ts_ns": "int64", "symbol": "str", "price": "float64", "qty": "float64", "side": "int8",
}
_NOT_BY_DEFAULT = ("ready", "status")

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
        self._resume = _continued(self._path, saved)
        self._schema = [(name, known[name]) for name in asked]
        self._format, self._force = options.out_format, options.force
        self._sink: Sink | None = None
        if self._force and not self._resume and os.path.exists(self._path):
            if not self._format:
                format_of(self._path)
        else:
            self._opened()
        self.position: dict[str, Any] | None = self._resume

    def _opened(self) -> Sink:
        """The sink; one that replaces a file is opened by the first rows, so that a run without
        any replaces none."""
        if self._sink is None:
            self._sink = open_sink(self._path, self._schema, format=self._format,
                                   force=self._force, resume=self._resume)
        return self._sink

    @property
    def rows(self) -> int:
        """Rows in the output, those before a resume included."""
        return self._sink.rows if self._sink else 0

    def write(
        self, rows: Rows, codes: NDArray[np.uint32], names: list[str], outputs: Columns
    ) -> None:
        """Append accepted rows with what the engine made of them."""
        columns: dict[str, Any] = {
            "ts_ns": rows.ts_ns, "symbol": (codes, names), "price": rows.price,
            "qty": rows.qty, "side": rows.side, **outputs,
        }
        self._opened().write({name: columns[name] for name in self._columns})

    def show(self) -> None:
        """Let a reader of the output see every row written."""
        self._opened().show()

    def flush(self) -> None:
        """Make everything written durable."""
        self.position = self._opened().flush()

    def close(self, manifest: dict[str, Any]) -> None:
        """Complete the output."""
        self.position = self._opened().close(manifest)

    def discard(self) -> None:
        """Let go of the output after it failed."""
        if self._sink:
            self._sink.discard()

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
        if same and not os.path.exists(mine):
            if mine != saved["path"]:
                return None
            raise StateError(
                f"{path}: the output that the checkpoint continues is gone; bring it back"
                " or write to another file with -o"
            )
    position: dict[str, Any] = saved["position"]
    return position if same else None


class RejectList:
    """The CSV file `file,row,reason,text` of rows that could not be used."""

    def __init__(self, path: Path, saved: dict[str, Any] | None) -> None:
        self._path = path
        again = saved is not None and saved["path"] == os.path.abspath(path) and path.exists()
        try:
            self._file: IO[str] = open(  # noqa: SIM115, closed by close()
                path, "r+" if again else "w", encoding="utf-8", newline=""
            )
            if again and saved is not None:
                self._file.truncate(saved["offset"])
                self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise OutputError(error.errno, f"{path}: {error.strerror}") from error
        self._rows = csv.writer(self._file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        if not again:
            self._rows.writerow(["file", "row", "reason", "text"])

    def add(self, file: str, row: int, reason: str, text: str) -> None:
        """Append one row; text that a spreadsheet would run as a formula is disarmed."""
        if text.startswith(("=", "+", "-", "@", "\t")):
            text = "'" + text
        clean = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
        try:
            self._rows.writerow([file, row, reason, clean])
        except OSError as error:
            raise OutputError(error.errno, f"{self._path}: {error.strerror}") from error

    def add_all(self, file: str, rejects: list[Reject]) -> None:
        """Append the rejects of a batch."""
        for reject in rejects:
            self.add(file, reject.row, reject.reason, reject.text)

    def flush(self) -> dict[str, Any]:
        """Make it durable; the JSON-able position."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(error.errno, f"{self._path}: {error.strerror}") from error
        return {"path": os.path.abspath(self._path), "offset": os.path.getsize(self._path)}

    def close(self) -> None:
        """Complete the file."""
        try:
            self._file.close()
        except OSError as error:
            raise OutputError(error.errno, f"{self._path}: {error.strerror}") from error
