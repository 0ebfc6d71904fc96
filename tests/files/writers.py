"""Files that a program writes by itself: a tick file that grows, an engine's checkpoint."""

import contextlib
import os
import sys
import warnings
from functools import partial
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tests.files.faults import ERRORS, LASTING, End, Fault, Forks
from tests.files.scenario import Scenario, command
from tickeng import DataError, Engine, OutputError
from tickeng.files.batch import EventBatch
from tickeng.files.tickfile import TickFileReader, TickFileWriter

OLD, ROWS = 230, 420  # rows of the tick file before and after


class Append(Scenario):
    """A tick file that is appended to, from where the file says that it is."""

    ENDS = (300, ROWS)

    def __init__(self, place: Path, forks: Forks) -> None:
        super().__init__(place, forks)
        self.out = self.folder / "t.zst"
        self.append(OLD)
        self.keep()
        self.run = partial(self.append, *self.ENDS)
        assert self.attempt().code == 0
        self.new = self.out.read_bytes()

    def append(self, *ends: int) -> int:
        """Append up to each of these rows."""
        try:
            with TickFileWriter(self.out, append=True, block_rows=64) as writer:
                at = writer.rows
                for end in ends:
                    writer.write(trades(at, end))
                    at = max(at, end)
        except OutputError as error:
            print(error, file=sys.stderr)
            return error.exit_code
        return 0

    def read(self) -> tuple[int, str]:
        """The rows that the file has, and the message that ends them."""
        found = []
        try:
            with open(self.out, "rb") as file:
                for batch in TickFileReader(file).batches():
                    found.append(batch.ts_ns)
            told = ""
        except DataError as error:
            told = str(error)
        ts_ns = np.concatenate(found)
        assert ts_ns.tolist() == trades(0, len(ts_ns)).ts_ns.tolist(), "rows differ"
        return len(ts_ns), told

    def require_whole(self, end: End, fault: Fault) -> None:
        self.require_code(end, fault)
        self.require_clean(end, fault, set())
        rows, told = self.read()
        assert rows >= OLD, f"{OLD - rows} rows are lost"
        assert not told or "appending to it, keeps" in told or self.lost_by_sync(end, fault), told
        assert not (told and end.code == 0), f"exit 0: {told}"
        assert end.code != 0 or rows == ROWS, f"exit 0 with {rows} rows"

    @staticmethod
    def lost_by_sync(end: End, fault: Fault) -> bool:
        """Whether the disk has lost what it had taken."""
        return end.calls[fault.at] == "fsync" and fault.how in ERRORS

    def finish(self) -> None:
        rows, told = self.read()
        if told and "appending" not in told:
            self.salvage(rows)
        done = self.attempt()
        assert done.code == 0, f"then: exit {done.code}: {done.err}"
        assert self.read() == (ROWS, ""), "then: rows differ"
        assert self.out.read_bytes() == self.new, "then: the file differs"
        assert os.listdir(self.folder) == ["t.zst"], "then: left"

    def salvage(self, rows: int) -> None:
        """The remedy that is told for a damaged file."""
        with pytest.raises(DataError, match="converting it to another file keeps"):
            TickFileWriter(self.out, append=True)
        other = self.folder / "other.zst"
        assert self.forks.run(command("convert", self.out, "-o", other), self.folder).code == 3
        os.replace(other, self.out)
        assert self.read() == (rows, ""), "then: the rest is not kept"


def trades(first: int, end: int) -> EventBatch:
    """Rows of one symbol."""
    rows = np.arange(first, max(first, end))
    return EventBatch.of("trade", {
        "ts_ns": 10**18 + rows * 10**6, "price": 100 + rows % 7 / 8, "qty": 1.0 + rows % 3,
        "side": np.where(rows % 2, 1, -1)}, ["BTCUSDT"])


class Save(Scenario):
    """An engine that saves, and continues where it cannot."""

    SMALL: ClassVar[dict[str, object]] = {"kernels": "k1", "k1.window": 16}

    def __init__(self, place: Path, forks: Forks) -> None:
        super().__init__(place, forks)
        self.path, self.start = self.folder / "k", place / "start"
        for ticks, path in ((20, self.start), (3, self.path), (4, self.path)):
            engine = Engine(self.SMALL)
            for k in range(ticks):
                engine.on_tick(10**18 + k, 100.0 + k % 5, 1.0, 1 if k % 2 else -1)
            engine.save(path)
        self.keep()
        self.beside = set(os.listdir(self.folder))

    def run(self) -> int:
        engine = Engine.load(self.start)
        engine.on_tick(10**18 + 99, 101.0, 2.0, -1)
        try:
            engine.save(self.path)
        except OutputError as error:
            print(error, file=sys.stderr)
            assert engine.checkpoints.failures == 1
            assert engine.on_tick(10**18 + 100, 102.0, 2.0, 1).accepted
            with contextlib.suppress(OutputError):  # where the disk stays as it is
                engine.save(self.path)
            return error.exit_code
        return 0

    def require_whole(self, end: End, fault: Fault) -> None:
        self.require_code(end, fault)
        self.require_clean(end, fault, set())
        with warnings.catch_warnings(action="ignore"):
            found = Engine.load(self.path).counters["0"]["processed"]
        legal = {0: (21,), 5: (22,)}.get(end.code, (4, 21))
        if fault.how in LASTING and end.code:
            legal = (4, 21)
        assert found in legal, f"exit {end.code}: {found} ticks, not {legal}"

    def finish(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            Engine.load(self.path).save(self.path)
        assert set(os.listdir(self.folder)) == self.beside, "then: left or missing"
