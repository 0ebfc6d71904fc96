"""The list of rows that could not be used, which grows beside an output and continues with it."""

import csv
import io
import os
from pathlib import Path
from typing import Any

from tickeng._base.control_text import escaped
from tickeng._native.codec import with_guard
from tickeng.files.batch import Reject
from tickeng.files.disk import OutputFile, draft_of, resolved
from tickeng.files.disk.guard import require_kind

_AT_ONCE = 65_536  # characters


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
