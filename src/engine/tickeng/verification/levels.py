"""The same run on another instruction set, in a process of its own.

A process has one core (tickeng._native.core), so the other one runs in a child with TICKENG_LEVEL.
The child reads a request in JSON from stdin and answers in lines of JSON: how far it is, then
digests, or the block that was asked for.
"""

import base64
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .._native import cpu
from .._native.core import LEVELS, level
from ..config import Config
from ..errors import DataError, TickengError
from ..replay import Options
from .attempts import Advance, Attempt, Ran
from .blocks import Block, Digests
from .ways import Facts, Way

_SENT = ("files", "quotes", "books", "rows", "leaders", "pairs", "from_ns", "to_ns", "limit",
         "symbols", "reorder_ns", "delays", "skip_unreadable", "source")


def others() -> list[str]:
    """The levels that this process does not run on."""
    return [name for name in LEVELS if name != level]


def missing(name: str) -> str | None:
    """Why a level cannot be tried here; None if it can."""
    if int(name[1:]) > cpu.level():
        return f"this processor has no x86-64-{name}"
    if importlib.util.find_spec(f"tickeng._native.core_{name}") is None:
        return f"this build has no core for x86-64-{name}"
    if not sys.executable:
        return "there is no Python interpreter to start a process with"
    return None


@dataclass(frozen=True, slots=True)
class AtLevel:
    """A batch over the files of `options` on another level."""

    level: str
    options: Options
    max_time_ns: int

    def run(self, advance: Advance) -> Ran:
        """Run it to its end."""
        ran = Ran(Digests(), Facts())
        for answer in self._answers(None):
            if "rows" in answer:
                advance(answer["rows"], answer["share"])
            else:
                ran.digests, ran.facts = Digests(**answer["digests"]), Facts(**answer["facts"])
                if answer["error"]:
                    ran.error = DataError(answer["error"])
        return ran

    def block(self, number: int) -> Block | None:
        """Run it again up to one block."""
        for answer in self._answers(number):
            if answer.get("block"):
                columns = {name: np.frombuffer(base64.b64decode(data), np.dtype(kind))
                           for name, (kind, data) in answer["block"].items()}
                return Block(answer["first"], columns)
        return None

    def _answers(self, block: int | None) -> Iterator[dict[str, Any]]:
        with self._child() as (child, heard):
            assert child.stdin and child.stdout
            child.stdin.write(json.dumps(_request(self, block), default=str))
            child.stdin.close()
            yield from map(json.loads, child.stdout)
            if child.wait():
                heard.seek(0)
                last = heard.read().decode(errors="replace").strip().rpartition("\n")[2]
                raise TickengError(f"level {self.level} ended with {child.returncode}: {last}")

    @contextmanager
    def _child(self) -> Iterator[tuple["subprocess.Popen[str]", Any]]:
        environment = {**os.environ, "TICKENG_LEVEL": self.level,
                       "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with tempfile.TemporaryFile() as heard, subprocess.Popen(
            [sys.executable, "-P", "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=heard, text=True, env=environment,
        ) as child:
            try:
                yield child, heard
            finally:
                child.kill()


def _request(attempt: AtLevel, block: int | None) -> dict[str, Any]:
    options = {name: getattr(attempt.options, name) for name in _SENT}
    return {"options": options, "config": attempt.options.config.changed(),
            "max_time_ns": attempt.max_time_ns, "block": block}


def answer(request: dict[str, Any]) -> None:
    """Do in the child what was asked for, and print the answers."""
    options = Options(config=Config(request["config"]), **request["options"])
    attempt = Attempt(Way(f"level {level}"), options, request["max_time_ns"])
    if request["block"] is not None:
        found = attempt.block(request["block"])
        columns = {} if found is None else {
            name: (column.dtype.str, base64.b64encode(column.tobytes()).decode())
            for name, column in found.columns.items()}
        _say({"block": columns, "first": found.first if found else 0})
        return
    ran = attempt.run(lambda rows, share: _say({"rows": rows, "share": share}))
    _say({"digests": asdict(ran.digests), "facts": asdict(ran.facts),
          "error": str(ran.error) if ran.error else None})


def _say(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    answer(json.load(sys.stdin))
