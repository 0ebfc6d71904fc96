"""Runs a piece of code in a forked process that meets one fault of the system, at one call.

    with LD_PRELOAD=compiled(folder) in the environment of this process:
    end = fork(act, folder, Fault(17, "EIO"))

The calls are numbered as they are made on files of the folder. "kill" ends the process before one,
"torn" in the middle of a write; "short" writes half of what was given. The name of an error lets
one call fail, "full" and "read-only" every one from it on that a disk in that state refuses. "no
data", "no names" and "no power" end the process, and what was not synced of them is lost; at the
number after the last call that happens when the process has ended by itself.
A fork of a process that has everything imported takes milliseconds, so every call can be tried.
"""

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")
CALLS = ("open", "read", "write", "fsync", "rename", "link", "unlink", "ftruncate", "mkdir",
         "rmdir", "close", "chmod", "flock", "stat")
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EROFS", "EINTR")
POWER = ("no data", "no names", "no power")
LASTING = {"full": errno.ENOSPC, "read-only": errno.EROFS}
_KILL, _LASTING = 1000, 10000
NUMBERS = {
    **{name: _KILL + at for at, name in enumerate(("kill", "torn", "short", *POWER))},
    **{name: getattr(errno, name) for name in ERRORS},
    **{name: _LASTING + number for name, number in LASTING.items()},
}


def compiled(folder: Path) -> Path:
    """The library that LD_PRELOAD takes."""
    library = folder / "faults.so"
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl",
                    "-pthread"], check=True)
    return library


@dataclass(frozen=True)
class Fault:
    """At call number `at`: `how` is a key of NUMBERS."""

    at: int
    how: str


@dataclass(frozen=True)
class End:
    """How it ended: exit code, minus the signal if one killed it, stderr, the calls that were made
    and the file of the one that met the fault."""

    code: int
    err: str
    calls: list[str]
    path: str


class Forks:
    """Forks this process, which must have been started with the library."""

    def __init__(self, aside: Path) -> None:
        self._lib = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self._lib.faults_path.restype = ctypes.c_char_p
        self._shelf, self._err = aside / "shelf", aside / "stderr"

    def run(self, act: Callable[[], int], folder: Path, fault: Fault | None = None,
            kill_after: float | None = None) -> End:
        """`act` in a process of its own, in `folder`; it is killed after so many seconds."""
        shutil.rmtree(self._shelf, ignore_errors=True)
        self._shelf.mkdir()
        self._lib.faults_reset()
        child = os.fork()
        if not child:
            self._live(act, folder, fault)
        if kill_after is not None:
            until = time.monotonic() + kill_after
            while time.monotonic() < until and not self._is_over(child):
                time.sleep(min(0.001, max(0.0, until - time.monotonic())))
            os.kill(child, signal.SIGKILL)  # one that is over stays to be waited for
        _, status = os.waitpid(child, 0)
        lib = self._lib
        calls = [CALLS[lib.faults_made(at)] for at in range(lib.faults_count())]
        path = lib.faults_path().decode()
        return End(os.waitstatus_to_exitcode(status), self._err.read_text(errors="replace"), calls,
                   os.path.relpath(path, folder) if path else "")

    @staticmethod
    def _is_over(child: int) -> bool:
        return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _live(self, act: Callable[[], int], folder: Path, fault: Fault | None) -> None:
        code = 70
        try:
            os.chdir(folder)
            err = os.open(self._err, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
            null = os.open(os.devnull, os.O_RDWR)
            for number, file in enumerate((null, null, err)):
                os.dup2(file, number)
            sys.stdout, sys.stderr = open(1, "w"), open(2, "w")  # noqa: SIM115
            at, how = (fault.at, NUMBERS[fault.how]) if fault else (-1, 0)
            self._lib.faults_arm(os.fsencode(folder), os.fsencode(self._shelf), at, how)
            code = act()
            sys.stderr.flush()
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            self._lib.faults_end()
            os._exit(code)


KILLED = -signal.SIGKILL
