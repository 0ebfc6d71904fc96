"""Where a replay's rows go: the sink with its columns."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ConfigError, StateError
from ..files.batch import VALUES
from ..files.sinks import Sink, is_there, open_sink
from .feeding import Result
from .options import Options, Table

_NOT_BY_DEFAULT = ("ready", "status")
COMMON = {"ts_ns": "int64", "symbol": "str"}
INPUTS = {  # what rows of a kind have besides, with the types that outputs give them
    kind: {name: np.dtype(dtype).name for name, dtype in VALUES[kind].items()}
    for kind in ("trade", "quote")}

Columns = dict[str, NDArray[Any]]


class Output:
    """The sink of a replay, fresh or continued where a checkpoint left it."""

    def __init__(self, options: Options, table: Table, types: dict[str, str],
                 saved: dict[str, Any] | None):
        """`types` are the engine's output columns with their numpy type names."""
        self.clock, self.path = table
        known = {**COMMON, **INPUTS.get(self.clock, {}), **types}
        usual = [name for name in known if name not in _NOT_BY_DEFAULT]
        usual.sort(key=lambda name: name == "reason")  # what shuts the gate stands last
        asked = options.columns or usual
        for name in asked:
            if name not in known:
                of_rows = f" in rows of {self.clock}" if options.also else ""
                raise ConfigError(f"no column {name!r}{of_rows}; there are {', '.join(known)}")
        self._columns = asked
        self.position = _continued(self.path, saved)
        schema = [(name, known[name]) for name in asked]
        self._sink: Sink = open_sink(self.path, schema, format=options.out_format,
                                     force=options.force, resume=self.position)
        self.warnings = self._sink.warnings

    @property
    def rows(self) -> int:
        """Rows in the output, those before a resume included."""
        return self._sink.rows

    def write(self, result: Result, names: list[str]) -> None:
        """Append accepted rows with what the engine made of them."""
        columns: dict[str, Any] = {"ts_ns": result.ts_ns, "symbol": (result.codes, names),
                                   **result.inputs, **result.outputs}
        self._sink.write({name: columns[name] for name in self._columns})

    def show(self) -> None:
        """Let a reader of the output see every row written."""
        self._sink.show()

    def flush(self) -> None:
        """Make everything written durable."""
        self.position = self._sink.flush()

    def close(self, manifest: dict[str, Any]) -> None:
        """Complete the output."""
        self.position = self._sink.close(manifest)

    def stop(self, manifest: dict[str, Any], *, continued: bool) -> None:
        """End a run that has not come to its end. What has grown under its name is completed as it
        is; a replacement is left for the run that continues it or, if there is none, dropped."""
        if not self._sink.replaces:
            self.close(manifest)
        elif continued:
            self.position = self._sink.suspend()
        else:
            self._sink.discard(continued=False)

    @property
    def replaces(self) -> bool:
        """Whether the file of this name is still the one from before the run."""
        return self._sink.replaces

    def discard(self, *, continued: bool) -> None:
        """Let go of the output after it failed; harmless when it is closed. `continued` says that a
        checkpoint holds a position in it."""
        if not self._sink.closed:
            self._sink.discard(continued=continued)

    def state(self) -> dict[str, Any] | None:
        """JSON-able position after the last `flush` or `close`."""
        if self.position is None:
            return None
        return {"path": _identity(self.path), "position": self.position}


def _identity(path: str) -> str:
    return path if path == "-" else os.path.abspath(path)


def _continued(path: str, saved: dict[str, Any] | None) -> dict[str, Any] | None:
    """The position to continue from when the checkpoint's output is this one."""
    if saved is None:
        return None
    mine = _identity(path)
    if mine == "-" or saved["path"] == "-":
        same = mine == saved["path"]
    else:
        same = os.path.basename(mine) == os.path.basename(saved["path"])
        if same and not is_there(mine, saved["position"]):
            if mine != saved["path"]:
                return None
            raise StateError(
                f"{path}: the output that the checkpoint continues is gone; bring it back"
                " or write to another file with -o"
            )
    position: dict[str, Any] = saved["position"]
    return position if same else None
