"""CSV and JSONL as they are: rows go straight to the file or to stdout.

An interrupted file is valid up to its last line; resuming cuts it at the recorded byte.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickeng._native.codec import TextFormatter
from tickeng.errors import ConfigError, OutputError
from tickeng.files.disk import OutputFile, write_stream
from tickeng.files.sinks.sink import Column, Columns, FileSink, OutputClosed, Position, Sink


class TextSink(FileSink):
    """A plain .csv or .jsonl file."""

    def __init__(
        self, path: Path, form: str, columns: Columns, *, force: bool, resume: Position | None
    ) -> None:
        super().__init__(form, columns, resume)
        self._formatter = TextFormatter(form, [name for name, _ in columns])
        self._file = OutputFile(path, force=force, resume=resume)
        with self._opening():
            if resume is not None:
                self._file.cut(int(resume["offset"]))
            else:
                self._file.append(self._formatter.header())

    def _write(self, columns: list[Column], rows: int) -> None:
        self._file.append(self._formatter.rows(columns))

    def _flush(self) -> Position:
        self._file.sync()
        return {"offset": self._file.size, **self._file.place()}


class StdoutSink(Sink):
    """CSV or JSONL on stdout; a resumed one prints no header. OutputClosed when nobody reads."""

    def __init__(self, form: str, columns: Columns, resume: Position | None) -> None:
        if form not in ("csv", "jsonl"):
            raise ConfigError(f"stdout takes csv or jsonl, not {form}; use -o FILE.{form}")
        super().__init__(form, columns, resume)
        self._formatter = TextFormatter(form, [name for name, _ in columns])
        if resume is None:
            self._print(self._formatter.header())

    def _print(self, text: bytes) -> None:
        try:
            write_stream(sys.stdout.buffer, text)
        except BrokenPipeError as error:
            # The interpreter flushes stdout once more at exit: let that go nowhere, quietly.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OutputClosed("stdout: the reader has gone") from error
        except OSError as error:
            raise OutputError(f"stdout: cannot be written: {error.strerror or error}") from error

    def _write(self, columns: list[Column], rows: int) -> None:
        self._print(self._formatter.rows(columns))

    def _flush(self) -> Position:
        return {}

    def _finish(self, manifest: Mapping[str, Any] | None) -> None:
        pass

    def _release(self) -> None:
        pass

    def _abandon(self, *, keep: bool) -> None:
        pass
