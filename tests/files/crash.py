"""Tries every call of every scenario with every fault: `python -m tests.files.crash`.

A line "ok    NAME ..." or "FAIL  NAME ..." is printed for each scenario. `--sample N` tries N cases
of each, of as many kinds as possible; `--lane I/N` takes every N-th scenario from the I-th on.
`--kills N` kills replays at random moments instead, with `--several` such of several kinds of
events; `--room` takes their disk away; `--planted` shows that faults are found.
"""

import argparse
import gc
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from tests.cli.conftest import write_tape
from tests.files import kills, planted, room
from tests.files.commands import MODES, Convert, Read, Replay
from tests.files.faults import ERRORS, POWER, Fault, Forks, compiled
from tests.files.scenario import FORMS, Scenario, command
from tests.files.writers import Append, Save
from tickeng import TickengError
from tickeng.files import sinks
from tickeng.files.sinks import parquet
from tickeng.files.tickfile import TickFileWriter
from tickeng_cli import app

MEETS = {
    "open": ("kill", *ERRORS),
    "read": ("EIO", "EINTR"),
    "write": ("kill", "torn", "short", "no power", *ERRORS, "full"),
    "fsync": ("kill", *POWER, *ERRORS),
    "rename": ("kill", *POWER, *ERRORS, "read-only"),
    "link": ("kill", "no power", *ERRORS),
    "unlink": ("kill", "no power", *ERRORS),
    "ftruncate": ("kill", "no power", *ERRORS),
    "mkdir": ("kill", "no power", *ERRORS),
    "rmdir": ("kill", "no power", *ERRORS),
    "close": ("kill", *ERRORS),
    "chmod": ("EIO", "EROFS", "EINTR"),
    "flock": ("EIO", "EINTR"),
    "stat": ("EIO",),
}
EACH_STAT = 4  # of these calls one in so many
# Outputs of these forms meet every error at every call; others, which share their code, the errors
# in turn.
EVERY_ERROR = re.compile(r"replay (csv|parquet) \w+$|convert|append|save|read")
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None


def small_pieces() -> None:
    """Frames, row groups and blocks end often."""
    sinks.open_sink.__kwdefaults__["frame_rows"] = 64
    parquet.ROW_GROUP = 128
    TickFileWriter.__init__.__kwdefaults__["block_rows"] = 64


def command_once() -> None:
    """The command line is built once for each verb, before the forks."""
    build, built = app.command_line, {}

    def command_line(arguments):
        if arguments[0] not in built:
            built[arguments[0]] = typer.main.get_command(build(arguments))
        return built[arguments[0]]
    app.command_line = command_line


def warm(place: Path) -> None:
    """What a run imports and builds late is there before the forks."""
    place.mkdir()
    write_tape(str(place / "t.csv"), 300, bad=0.02)
    err = sys.stderr
    with open(os.devnull, "w") as sys.stderr:
        for form in FORMS:
            out = place / f"out.{form}"
            for more in ((), ("--resume", place / "k")):
                command("replay", place / "t.csv", "-o", out, "--checkpoint", place / "k",
                        "--plot", place / "p.html", "-f", *more)()
        command("convert", place / "t.csv", "-o", place / "own.zst")()
    sys.stderr = err
    gc.freeze()


def every(place: Path, forks: Forks) -> dict[str, Callable[[], Scenario]]:
    """All scenarios by name, each made when its turn comes."""
    made: list[tuple[type[Scenario], tuple[str, ...]]] = [
        (Replay, (form, mode)) for form in FORMS for mode in MODES]
    made += [(Replay, ("csv", mode, "--plot", "p.html")) for mode in ("new", "replaced")]
    made += [(Replay, (form, "replaced", "--workers", "2")) for form in ("csv", "arrow", "parquet")]
    made += [(Convert, (form, mode))
             for form in ("zst", "csv", "parquet") for mode in ("new", "replaced")]
    made += [(Append, ()), (Save, ())]
    made += [(Read, (form,)) for form in ("csv", "zst", "parquet", "jsonl.zst")]
    return {" ".join((kind.__name__.lower(), *words)): partial(kind, place, forks, *words)
            for kind, words in made}


def cases(scenario: Scenario, name: str) -> list[tuple[Fault, str]]:
    """Every fault at every call, and power that goes when all is done."""
    scenario.restore()
    end = scenario.attempt()
    assert end.code == 0, end.err
    found = []
    for at, call in enumerate(end.calls):
        left_out = set() if EVERY_ERROR.match(name) else {*ERRORS} - {ERRORS[at % len(ERRORS)]}
        if call != "stat" or at % EACH_STAT == 0:
            found += [(Fault(at, how), f"{how} at call {at}, {call}") for how in MEETS[call]
                      if how not in left_out or len(MEETS[call]) < len(ERRORS)]
    return found + [(Fault(len(end.calls), how), f"{how} at the end") for how in POWER]


def sampled(found: list[tuple[Fault, str]], count: int, seed: str) -> list[tuple[Fault, str]]:
    """`count` cases, of different calls and faults as long as there are such."""
    random.Random(seed).shuffle(found)
    first: dict[str, tuple[Fault, str]] = {}
    for case in found:
        first.setdefault(f"{case[0].how} {case[1].rpartition(' ')[2]}", case)
    return list(first.values())[:count]


def wrong_cases(scenario: Scenario, chosen: list[tuple[Fault, str]]) -> Iterator[str]:
    """What is wrong after which fault. What the same files lead to is seen once."""
    known = set()
    for fault, told in chosen:
        scenario.restore()
        end = scenario.attempt(fault)
        try:
            scenario.require_whole(end, fault)
            if (state := scenario.state()) not in known:
                scenario.finish()
                known.add(state)
        except (AssertionError, OSError, TickengError) as error:
            yield f"{told} of {end.path}: {error}"


def try_all(place: Path, forks: Forks, asked: argparse.Namespace) -> int:
    """How many scenarios of the lane have a wrong case."""
    failed = 0
    lane, lanes = map(int, asked.lane.split("/"))
    made = every(place / "files", forks)
    for name in [name for name in made if asked.only in name][lane::lanes]:
        began = time.monotonic()
        scenario = made[name]()
        chosen = cases(scenario, name)
        total = len(chosen)
        if asked.sample:
            chosen = sampled(chosen, asked.sample, f"{asked.seed} {name}")
        wrong = list(wrong_cases(scenario, chosen))
        print(f"{'FAIL' if wrong else 'ok  '}  {name}: {len(chosen)} of {total} cases,"
              f" {len(wrong)} wrong, {time.monotonic() - began:.0f} s", *wrong, sep="\n      ",
              flush=True)
        failed += bool(wrong)
    return failed


def plant_all(place: Path, forks: Forks, only: str) -> int:
    """How many planted faults survive the cases of the scenario that is to find them."""
    survivors = 0
    made = every(place / "files", forks)
    for name, plant in planted.PLANTS.items():
        if only not in name:
            continue
        with plant.planted():
            scenario = made[plant.where]()
            chosen = [case for case in cases(scenario, plant.where) if case[0].how in plant.by]
            found = next(wrong_cases(scenario, chosen), "").partition("\n")[0]
        print(f"{'ok  ' if found else 'FAIL'}  {name}, {plant.where}: {found or 'survives'}",
              flush=True)
        survivors += not found
    return survivors


def in_a_process_with_the_library(words: list[str]) -> int:
    own_mounts = ["unshare", "-m" if os.geteuid() == 0 else "-rm"] if "--room" in words else []
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "LD_PRELOAD": str(compiled(Path(folder)))}
        return subprocess.run([*own_mounts, sys.executable, "-m", "tests.files.crash", *words],
                              env=environment, check=False).returncode


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--sample", type=int)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--lane", default="0/1")
    words.add_argument("--only", default="")
    words.add_argument("--kills", type=int)
    words.add_argument("--several", action="store_true")
    words.add_argument("--room", action="store_true")
    words.add_argument("--planted", nargs="?", const="")
    asked = words.parse_args()
    if "faults.so" not in os.environ.get("LD_PRELOAD", ""):
        return in_a_process_with_the_library(sys.argv[1:])
    small_pieces()
    command_once()
    with TemporaryDirectory(dir=MEMORY) as folder:
        place = Path(folder)
        forks = Forks(place)
        warm(place / "warm")
        if asked.planted is not None:
            failed = plant_all(place, forks, asked.planted)
        elif asked.kills:
            way = kills.killed_markets if asked.several else kills.killed
            failed = way(place / "files", forks, asked.kills, asked.seed)
        elif asked.room:
            failed = room.no_room(place / "files", forks)
        else:
            failed = try_all(place, forks, asked)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
