"""Reads mutants one after the other in a process of its own, with an address space that ends.

Before each mutant its number is written down, so that whoever started this knows at which one it
died. What is found goes to stdout, one JSON object a line.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import signal
import struct
import sys
import time
import traceback
import warnings
from pathlib import Path

import tickeng
from tickeng import TickengError, checkpoint
from tickeng.checkpoint import config_of
from tickeng.files.sources import open_source
from tickeng.files.tickfile import TickFileReader
from tickeng_cli import app

from . import markets, seeds
from .mutate import ROOMS, mutant, sound

ADDRESS_SPACE = 6 << 30
MAX_MEMORY = 64 << 20
# A few columns beside each other, what libraries keep, and the batch of trades.
MOST_GROWTH_MIB = 3 * (MAX_MEMORY >> 20)
_BY_COMMAND = 50  # one mutant in so many goes through the command
_LEGAL_EXITS = (0, 1, 2, 3, 4, 5)


def read(path: Path, number: int) -> None:
    """One mutant, the way a user would meet it. Raises TickengError, or what must not come."""
    if number % _BY_COMMAND == 0:
        return _by_command(path, replayed=number % (2 * _BY_COMMAND) == 0)
    if path.name == "checkpoint":
        state, meta = checkpoint.decode(path.read_bytes(), max_bytes=MAX_MEMORY)
        tickeng.Engine.from_state(state, config_of(meta))
        return None
    if path.name == "kinds.zst":
        with open(path, "rb") as file:
            for _ in TickFileReader(file).merged():
                pass
    options = {**seeds.OPTIONS.get(path.name, {}), "max_memory": MAX_MEMORY}
    is_own = path.name in ("own.zst", "kinds.zst")  # whose numbers the engine checks
    if markets.kind_of(path.name) or path.name == "kinds.zst":
        options["takes"] = markets.KINDS
    for ids in ("any", "integer"):
        for infer_side in (None, "tick"):
            try:
                with open_source(path, ids=ids, infer_side=infer_side, **options) as source:
                    for batch in source.batches():
                        if not is_own:
                            markets.require_sound(batch)
                break
            except TickengError as error:
                if 'infer_side="tick"' not in str(error) or infer_side:
                    raise
    return None


def _by_command(path: Path, *, replayed: bool) -> None:
    words = ["checkpoint", "show"] if path.name == "checkpoint" else ["inspect"]
    sys.argv = ["tickeng", *words, str(path)]
    if replayed and (rows := markets.clock_of(path.name)):
        sys.argv = ["tickeng", "replay", str(path), "-f", "-o", str(path.with_name("out.csv")),
                    "--rows", rows, "--kernels", f"x = {rows}.bid", "--set", "quotes=native"]
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        try:
            app.main()
        except SystemExit as end:
            if (end.code or 0) not in _LEGAL_EXITS:
                raise AssertionError(f"exit {end.code}: {told.getvalue()[-300:]}") from None


def plant(kind: str) -> None:
    """Break the reader on some mutants, to see that it is noticed."""
    unbroken = read

    def broken(path: Path, number: int) -> None:
        if number % 7 == 3:
            if kind == "KeyError":
                raise KeyError("planted")
            if kind == "crash":
                os.kill(os.getpid(), signal.SIGSEGV)
            if kind == "hang":
                time.sleep(3600)
            if kind == "memory":
                bytearray(b"x") * ((MOST_GROWTH_MIB + 64) << 20)
            if kind in markets.UNSOUND:
                markets.require_sound(markets.UNSOUND[kind]())
        unbroken(path, number)

    globals()["read"] = broken


def _peak_mib() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024


def _forget_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def main() -> None:
    """Mutants `first`, `first + step`, ... below `end`."""
    parser = argparse.ArgumentParser()
    for name in ("first", "end", "step", "seed"):
        parser.add_argument(name, type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plant", default="")
    parser.add_argument("--room", choices=ROOMS, default=ROOMS[0])
    given = parser.parse_args()
    if not os.environ.get("ASAN_OPTIONS"):  # whose shadow memory takes terabytes of addresses
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    warnings.simplefilter("ignore")
    progress = os.open(given.folder / "progress", os.O_RDWR | os.O_CREAT)
    for name, data in sound(given.room):  # what is loaded on demand is no mutant's memory
        (given.folder / name).write_bytes(data)
        with contextlib.suppress(TickengError):
            read(given.folder / name, 1)
    if given.plant:
        plant(given.plant)
    measured = _forget_peak() and not os.environ.get("ASAN_OPTIONS")
    for number in range(given.first, given.end, given.step):
        os.pwrite(progress, struct.pack("<q", number), 0)
        name, data = mutant(given.seed, number, given.room)
        path = given.folder / name
        path.write_bytes(data)
        if measured:
            _forget_peak()
        before, found = _peak_mib(), ""
        try:
            read(path, number)
        except TickengError as error:
            found = "exit 70" if error.exit_code == 70 else ""
        except BaseException:
            found = traceback.format_exc()[-1500:]
        grown = _peak_mib() - before
        if measured and grown > MOST_GROWTH_MIB:
            found += f"took {grown} MiB, more than {MOST_GROWTH_MIB}"
        if found:
            print(json.dumps({"number": number, "file": name, "found": found}), flush=True)


if __name__ == "__main__":
    main()
