"""Faults that writers of files are known for, planted for the time of a with statement.

Each stands beside the scenario that is to find it. They change the product in this process alone.
"""

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from tickeng.checkpoint import store
from tickeng.errors import TruncatedError
from tickeng.files.disk import durable, output
from tickeng.files.sinks import parquet
from tickeng.files.tickfile import TickFileReader
from tickeng.replay import resume
from tickeng.replay import run as replay_run

Planted = Callable[[], AbstractContextManager[Any]]


def not_cut_to_the_checkpoint() -> AbstractContextManager[Any]:
    return patch.object(output.OutputFile, "cut", lambda self, size: None)


@contextlib.contextmanager
def offset_in_a_second_file() -> Iterator[None]:
    """The engine's state first, then where its output was."""
    write, load = replay_run.write_checkpoint, resume.load

    def write_both(path: Path, state: bytes, meta: dict[str, Any]) -> int:
        generation = write(path, state, meta)
        durable.write_aside(path.with_name("k.offset"), json.dumps(meta["sink"]).encode())
        return generation

    def load_both(options: Any, warned: list[str]) -> resume.Saved:
        saved = load(options, warned)
        if options.resume:
            with contextlib.suppress(FileNotFoundError):
                saved.meta["sink"] = json.loads(Path("k.offset").read_text())
        return saved

    with patch.object(replay_run, "write_checkpoint", write_both), patch.object(
            resume, "load", load_both):
        yield


@contextlib.contextmanager
def short_write_ignored() -> Iterator[None]:
    with contextlib.ExitStack() as patched:
        for module in (durable, output):
            patched.enter_context(patch.object(module, "write_all", os.write))
        yield


def fsync_again() -> AbstractContextManager[Any]:
    real = os.fsync

    def twice(descriptor: int) -> None:
        try:
            real(descriptor)
        except OSError:
            real(descriptor)
    return patch.object(os, "fsync", twice)


@contextlib.contextmanager
def folder_not_synced() -> Iterator[None]:
    with contextlib.ExitStack() as patched:
        for module in (durable, output, parquet):
            patched.enter_context(patch.object(module, "sync_folder", lambda folder: None))
        yield


def renamed_before_its_data() -> AbstractContextManager[Any]:
    """Only folders are synced."""
    real = os.fsync

    def names_alone(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            real(descriptor)
    return patch.object(os, "fsync", names_alone)


def old_one_removed_first() -> AbstractContextManager[Any]:
    real = output.OutputFile.complete

    def complete(self: output.OutputFile) -> None:
        if self.aside:
            durable.remove(self.path)
        real(self)
    return patch.object(output.OutputFile, "complete", complete)


def written_in_place() -> AbstractContextManager[Any]:
    def place(target: Path, data: bytes, *, keep: bool) -> None:
        durable.write_synced(target, data)
    return patch.object(store, "_place", place)


def tail_without_its_record() -> AbstractContextManager[Any]:
    def replace(self: output.OutputFile, offset: int, data: bytes) -> None:
        with durable.output_errors(self.path):
            self._apply(offset, data)
    return patch.object(output.OutputFile, "replace", replace)


def draft_left() -> AbstractContextManager[Any]:
    return patch.object(output.OutputFile, "drop", output.OutputFile.close)


def continued_under_its_name() -> AbstractContextManager[Any]:
    """A complete output that a checkpoint knows as a draft is shortened where it lies."""
    def in_place(self: Any) -> None:
        self.aside = self._aside = False
    patched = contextlib.ExitStack()
    patched.enter_context(patch.object(output.OutputFile, "_make_draft", in_place))
    patched.enter_context(patch.object(parquet.ParquetSink, "_make_aside", in_place))
    return patched


def no_end_no_append() -> AbstractContextManager[Any]:
    def rebuild_index(self: TickFileReader) -> None:
        raise TruncatedError("it has no end frame")
    return patch.object(TickFileReader, "rebuild_index", rebuild_index)


class Plant(NamedTuple):
    """A fault of the product, the scenario that is to find it and by what."""

    where: str
    by: tuple[str, ...]
    planted: Planted


PLANTS = {
    "output not cut to the checkpoint":
        Plant("replay csv new", ("kill", "torn"), not_cut_to_the_checkpoint),
    "offset in a second file": Plant("replay csv new", ("kill",), offset_in_a_second_file),
    "short write ignored": Plant("replay csv replaced", ("short",), short_write_ignored),
    "short write of a checkpoint ignored": Plant("save", ("short",), short_write_ignored),
    "fsync tried again": Plant("replay csv replaced", ("EIO",), fsync_again),
    "fsync of a checkpoint tried again": Plant("save", ("EIO",), fsync_again),
    "folder not synced": Plant("replay csv replaced", ("no names",), folder_not_synced),
    "folder of parts not synced": Plant("replay parquet new", ("no names",), folder_not_synced),
    "renamed before its data": Plant("replay csv replaced", ("no data",), renamed_before_its_data),
    "old one removed first": Plant("replay csv replaced", ("kill",), old_one_removed_first),
    "checkpoint written in place": Plant("save", ("torn",), written_in_place),
    "tail without its record": Plant("replay csv.zst new", ("torn",), tail_without_its_record),
    "draft left": Plant("replay csv replaced", ("ENOSPC",), draft_left),
    "complete output shortened":
        Plant("replay csv.zst completed", ("kill",), continued_under_its_name),
    "complete folder of parts shortened":
        Plant("replay parquet completed", ("kill",), continued_under_its_name),
    "no append without an end": Plant("append", ("kill",), no_end_no_append),
}
