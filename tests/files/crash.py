"""Runs the command in a forked process that dies, or whose disk fails, at one chosen call.

The calls are those by which files change: each is numbered as it is made, and at the chosen one the
process is killed before it or (a write) in its middle, or the call raises an error of the system.
A fork of a process that has everything imported takes milliseconds, so that every call of a run can
be tried.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tickeng import sinks
from tickeng.files import durable
from tickeng.sinks import parquet
from tickeng_cli import app

CALLS = ("open", "write", "fsync", "replace", "rename", "unlink", "ftruncate", "mkdir", "link",
         "rmdir", "close", "chmod")
FRAME_ROWS, ROW_GROUP = 64, 128


@dataclass(frozen=True)
class Fault:
    """At call number `at`: `how` is "before", "torn" or the number of an error."""

    at: int
    how: str | int


class Seam:
    """Stands before the calls, counts them and makes the fault come true."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault = fault
        self.made: list[str] = []

    def install(self) -> None:
        for name in CALLS:
            setattr(os, name, self.around(name, getattr(os, name)))
        durable._rename_with = self.around("exchange", durable._rename_with)
        for name in ("write_table", "close"):
            setattr(pq.ParquetWriter, name, self.around(name, getattr(pq.ParquetWriter, name)))

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def made(*arguments: Any, **options: Any) -> Any:
            self.made.append(name)
            fault = self._fault
            if fault is None or len(self.made) != fault.at + 1:
                return call(*arguments, **options)
            if isinstance(fault.how, int):
                if name == "close":
                    call(*arguments, **options)
                raise OSError(fault.how, os.strerror(fault.how))
            if fault.how == "torn" and name == "write":
                descriptor, data = arguments
                call(descriptor, data[:len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        return made


@dataclass(frozen=True)
class End:
    """How a run ended: its exit code, minus the signal if one killed it, its stderr, its calls."""

    code: int
    err: str
    calls: list[str]


def run(folder: Path, *words: object, fault: Fault | None = None) -> End:
    """Run the command in `folder` in a process of its own."""
    told, calls = folder.parent / "stderr", folder.parent / "calls"
    calls.write_text("")
    child = os.fork()
    if not child:
        code = 70
        try:
            os.chdir(folder)
            with open(told, "wb") as err, open(os.devnull, "rb+") as null:
                os.dup2(null.fileno(), 0)
                os.dup2(null.fileno(), 1)
                os.dup2(err.fileno(), 2)
                sys.stdout, sys.stderr = open(1, "w"), open(2, "w")  # noqa: SIM115
                code = _main([str(word) for word in words], fault, calls)
                sys.stderr.flush()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return End(os.waitstatus_to_exitcode(status), told.read_text(), calls.read_text().split())


def _main(words: list[str], fault: Fault | None, calls: Path) -> int:
    sinks.open_sink.__kwdefaults__["frame_rows"] = FRAME_ROWS
    parquet.ROW_GROUP = ROW_GROUP
    seam = Seam(fault)
    seam.install()
    sys.argv = ["tickeng", *words]
    code: Any = 0
    try:
        app.main()
    except SystemExit as stopped:
        code = stopped.code
    made = list(seam.made)
    with contextlib.suppress(OSError):
        calls.write_text(" ".join(made))
    return int(code or 0)
