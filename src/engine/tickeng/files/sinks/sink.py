"""What a sink is: columns go in, `flush` makes them durable and says where the output stands.

A position is a small JSON-able dict: the format, the schema, the rows written and what the format
needs to be cut there. It belongs into the checkpoint, written after `flush` has returned.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from tickeng.errors import ConfigError, OutputError, StateError
from tickeng.files.disk import OutputFile, write_manifest

Column = NDArray[Any] | tuple[NDArray[Any], list[str]]
Schema = Sequence[tuple[str, DTypeLike]]
Columns = list[tuple[str, str]]
Position = dict[str, Any]

NUMBERS = ("float64", "int64", "int8", "uint8")


class OutputClosed(OutputError):
    """The reader of stdout has gone; stop quietly."""

    exit_code = 0


def normal_schema(schema: Schema) -> Columns:
    """The schema with type names; ConfigError for a type that no sink can write."""
    columns: Columns = []
    for name, dtype in schema:
        kind = "str" if dtype in ("str", str) else np.dtype(dtype).name
        if kind not in (*NUMBERS, "str"):
            known = ", ".join(NUMBERS)
            raise ConfigError(f"column {name!r}: outputs hold {known} and str, not {kind}")
        columns.append((name, kind))
    return columns


class Sink(ABC):
    """One output. `rows` counts the rows written since its beginning, also before a resume."""

    def __init__(self, form: str, columns: Columns, resume: Position | None) -> None:
        self.format = form
        self.columns = columns
        self.rows = 0
        self.closed = False
        self._resumed, self._flushed = resume is not None, False
        if resume is not None:
            asked = {"format": form, "columns": [list(column) for column in columns]}
            for key, value in asked.items():
                if resume.get(key) != value:
                    raise StateError(
                        f"cannot continue the output: its {key} were {resume.get(key)}, not {value}"
                    )
            self.rows = int(resume["rows"])

    def write(self, columns: Mapping[str, Column]) -> None:
        """Appends rows: arrays of one length, for a str column a pair (codes, names).

        After an OutputError discard the sink and resume from the last position.
        """
        ready = [self._column(name, kind, columns[name]) for name, kind in self.columns]
        lengths = {len(c[0] if isinstance(c, tuple) else c) for c in ready}
        if len(lengths) != 1:
            raise ValueError(f"columns differ in length: {sorted(lengths)}")
        rows = lengths.pop()
        self._write(ready, rows)
        self.rows += rows

    @staticmethod
    def _column(name: str, kind: str, values: Column) -> Column:
        if kind == "str":
            if not isinstance(values, tuple):
                raise TypeError(f"column {name!r} must be a pair (codes, names)")
            return np.ascontiguousarray(values[0], np.uint32), values[1]
        return np.ascontiguousarray(values, kind)

    def show(self) -> None:  # noqa: B027 (a format may have nothing to do)
        """Lets a reader of the output see every row written, where its format allows that."""

    @property
    def warnings(self) -> list[str]:
        """Sentences on what the output cannot promise."""
        return []

    @property
    def replaces(self) -> bool:
        """Whether a file under the output's name stays until `close`."""
        return False

    def flush(self) -> Position:
        """Makes everything written durable and returns the position to resume from."""
        self._flushed = True
        return {
            "format": self.format,
            "columns": [list(column) for column in self.columns],
            "rows": self.rows,
            **self._flush(),
        }

    def close(self, manifest: Mapping[str, Any] | None = None) -> Position:
        """Completes the output, stores the manifest and returns the final position."""
        self._finish(manifest)
        position = self.flush()
        self.closed = True
        self._release()
        return position

    def suspend(self) -> Position:
        """Leaves the output for a run that continues it at the returned position; a file that it
        is to replace stays until then."""
        position = self.flush()
        self.closed = True
        self._release()
        return position

    def discard(self, *, continued: bool = True) -> None:
        """Lets go of the output, after an error. What can be continued stays; what cannot stays
        only where it has rows and replaces nothing. `continued` says that a position which `flush`
        returned is kept somewhere."""
        self.closed = True
        self._abandon(keep=self._resumed or (continued and self._flushed)
                      or (self.rows > 0 and not self.replaces))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.discard()
        elif not self.closed:
            self.close()

    @abstractmethod
    def _write(self, columns: list[Column], rows: int) -> None: ...

    @abstractmethod
    def _flush(self) -> Position: ...

    @abstractmethod
    def _finish(self, manifest: Mapping[str, Any] | None) -> None: ...

    @abstractmethod
    def _release(self) -> None: ...

    @abstractmethod
    def _abandon(self, *, keep: bool) -> None: ...


class FileSink(Sink):
    """An output that is one growing file, with its manifest beside it."""

    _file: OutputFile

    @property
    def warnings(self) -> list[str]:
        return [self._file.warning] if self._file.warning else []

    @property
    def replaces(self) -> bool:
        return self._file.aside

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """Closes the file if it cannot be begun or continued."""
        try:
            yield
        except BaseException:
            self._abandon(keep=self._resumed)
            raise

    def _finish(self, manifest: Mapping[str, Any] | None) -> None:
        self._finish_rows()
        self._file.complete()
        if manifest is not None:
            write_manifest(self._file.path, manifest)

    def _finish_rows(self) -> None:
        """Writes what is still missing of the output."""
        self._flush()

    def _release(self) -> None:
        self._file.close()

    def _abandon(self, *, keep: bool) -> None:
        if keep:
            self._file.close()
        else:
            self._file.drop()
