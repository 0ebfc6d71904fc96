"""Reads an output of a replay back, exactly: its manifest, and its rows in pieces of columns.

Doubles are read to the bit in every format; an empty field of CSV and a null of JSON are NaN.
Trap: numbers of a column are read as what the run would write, so a file with other text in it is
an error, not a difference. What Arrow and Parquet say of themselves is not believed, as in sources.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.json
import pyarrow.parquet
import zstandard
from numpy.typing import NDArray

from ..errors import DataError
from ..files.disk.output import manifest_path
from ..files.limits import Limits
from ..files.sinks import format_of
from ..files.sinks.tables import TYPES
from ..files.sources.arrow_messages import Watch
from ..files.sources.guarded_columns import guarded
from ..files.sources.parquet_footer import row_groups
from ..files.sources.parquet_pages import check_pages
from ..files.sources.stream_file import StreamFile
from .blocks import BLOCK, Columns

_BYTES = 1 << 22  # of text at a time
_ARROW_FILE = b"ARROW1"
_KINDS = {"csv": "csv", "jsonl": "jsonl", "arrow": "arrow", "arrows": "arrow", "feather": "arrow",
          "parquet": "parquet"}


class Stored:
    """The output `path` of some `kind`; `symbols` has the names of the codes in its pieces."""

    def __init__(self, path: str) -> None:
        if not os.path.exists(path):
            raise DataError(f"{path}: no such file")
        self.path = path
        self._packed = path.lower().endswith(".zst")
        self.kind = _kind(path)
        self.manifest = self._manifest()
        self.names = self._names()
        self.symbols: list[str] = []
        self._codes: dict[str, int] = {}

    def pieces(self, types: dict[str, str]) -> Iterator[Columns]:
        """The rows; `types` are the columns that a run can have, with their type names.

        Raises:
            DataError: the file is damaged, or holds what the run does not write.
        """
        for name in self.names:
            if name not in types:
                raise DataError(f"{self.path}: has a column {name!r}, which this run does not; give"
                                " the settings that it was made with")
        self._types = types
        with self._damage(), ExitStack() as closing:
            for batch in self._batches(closing):
                sound = guarded(batch)
                yield {name: self._column(name, sound.column(name)) for name in self.names}

    def _batches(self, closing: ExitStack) -> Iterator[Any]:
        if self.kind == "parquet":
            for part in self._parts():
                file = closing.enter_context(part.open("rb"))
                check_pages(file, row_groups(file), set(self.names), Limits())
                yield from closing.enter_context(
                    pa.parquet.ParquetFile(file)).iter_batches(BLOCK, use_threads=False)
            return
        file = self._opened(closing)
        schema = {name: TYPES[self._types[name]] for name in self.names}
        if self.kind == "arrow":
            yield from _arrow_batches(file, self._head())
        elif self.kind == "csv":
            yield from closing.enter_context(pa.csv.open_csv(
                file, pa.csv.ReadOptions(block_size=_BYTES),
                convert_options=pa.csv.ConvertOptions(
                    column_types=schema, null_values=[""], strings_can_be_null=False)))
        else:
            yield from closing.enter_context(pa.json.open_json(
                file, pa.json.ReadOptions(block_size=_BYTES),
                pa.json.ParseOptions(pa.schema(list(schema.items())))))

    def _opened(self, closing: ExitStack) -> Any:
        file: Any = closing.enter_context(pa.OSFile(self.path, "rb"))
        if self._packed:
            unpacker = zstandard.ZstdDecompressor()
            file = closing.enter_context(unpacker.stream_reader(file, read_across_frames=True))
        return file

    def _head(self) -> bytes:
        with ExitStack() as closing:
            return bytes(self._opened(closing).read(len(_ARROW_FILE)))

    def _parts(self) -> list[Path]:
        path = Path(self.path)
        return sorted(path.glob("part-*.parquet")) if path.is_dir() else [path]

    def _manifest(self) -> dict[str, Any] | None:
        """That in the file or beside it; None if there is none."""
        beside, text = manifest_path(Path(self.path)), None
        with self._damage():
            if self.kind == "parquet":
                for part in self._parts()[-1:]:
                    text = (pa.parquet.read_metadata(part).metadata or {}).get(b"tickeng")
            if text is None and beside.exists():
                text = beside.read_bytes()
            found = None if text is None else json.loads(text)
        return found if isinstance(found, dict) else None

    def _names(self) -> list[str]:
        with self._damage(), ExitStack() as closing:
            if self.kind == "parquet":
                return list(pa.parquet.read_schema(self._parts()[0]).names)
            file = self._opened(closing)
            if self.kind == "arrow":
                return list(_arrow_reader(file, self._head()).schema.names)
            line = _first_line(file)
            return list(json.loads(line or "{}")) if self.kind == "jsonl" else line.split(",")

    @contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, zstandard.ZstdError, ValueError, IndexError, KeyError,
                RecursionError, OSError) as error:
            if isinstance(error, DataError):
                raise
            said = str(error).partition("\n")[0]
            raise DataError(f"{self.path}: cannot be read as {self.kind}: {said}") from error

    def _column(self, name: str, column: Any) -> NDArray[Any]:
        if name == "symbol":
            coded = column.dictionary_encode()
            own = np.array([self._code(text) for text in coded.dictionary.to_pylist()], np.uint32)
            codes: NDArray[np.uint32] = own[coded.indices.to_numpy(zero_copy_only=False)]
            return codes
        kind = np.dtype(self._types[name])
        if column.null_count and kind.kind != "f":
            raise DataError(f"{self.path}: column {name} lacks a value")
        return np.ascontiguousarray(column.to_numpy(zero_copy_only=False), kind)

    def _code(self, name: str) -> int:
        if name not in self._codes:
            self._codes[name] = len(self.symbols)
            self.symbols.append(name)
        return self._codes[name]


def _kind(path: str) -> str:
    """What is in an output, by its extension."""
    extension = path.lower().removesuffix(".zst").rpartition(".")[2]
    return _KINDS.get(extension) or format_of(path)


def _first_line(file: Any) -> str:
    read = b""
    while b"\n" not in read and (more := file.read(4096)):
        read += more
    return read.partition(b"\n")[0].decode()


def _arrow_reader(file: Any, head: bytes) -> Any:
    watch = Watch(Limits())
    if head == _ARROW_FILE:
        watch.file(file)
        file.seek(0)
        return pa.ipc.open_file(file)
    return pa.ipc.open_stream(StreamFile(watch.stream(iter(lambda: file.read(_BYTES), b""))))


def _arrow_batches(file: Any, head: bytes) -> Iterator[Any]:
    reader = _arrow_reader(file, head)
    if head != _ARROW_FILE:
        yield from reader
        return
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number)
