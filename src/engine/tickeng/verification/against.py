"""Compares a stored output of a replay with a fresh run, which is made with its settings."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._base.notation import instant_ns
from .._native.codec import with_guard
from ..checkpoint import engine_version
from ..config import Config, catalogue
from ..engine import Engine, Status
from ..errors import ConfigError, DataError, StateError
from ..replay import Options
from ..replay.inputs import effective_config
from ..replay.outputs import COMMON, INPUTS
from ..replay.resume import differences, order
from .attempts import Advance
from .blocks import Block, Columns, in_blocks
from .difference import Difference, bits, difference
from .stored import Stored
from .ways import Facts, Way

_NOBODY = 0xFFFFFFFF  # the code of a symbol that the run does not have


class Comparison:
    """A stored output beside a fresh run over the files of `options`."""

    def __init__(self, path: str, options: Options) -> None:
        self.stored = Stored(path)
        self.manifest = self.stored.manifest or {}
        if self.manifest:
            _check(path, self.manifest)
        self.options, self.max_time_ns = _with_its_settings(path, options, self.manifest)
        self.facts = Facts()
        self.may_differ = may_differ(self.manifest) if self.manifest else []
        self.first: dict[str, Difference] = {}
        self.rows = [0, 0]  # fresh and stored
        self.places: dict[str, dict[str, Any]] = {}

    def run(self, advance: Advance) -> None:
        """Compare block by block, to the end of both."""
        stored = in_blocks(self.stored.pieces(types(self.options)))
        for mine, theirs in zip_longest(in_blocks(self._accepted()), stored):
            for at, block in enumerate((mine, theirs)):
                self.rows[at] += len(block or ())
            if mine and theirs:
                self._compare(mine, theirs)
            advance(self.rows[0], self.facts.share)

    def _accepted(self) -> Iterator[Columns]:
        """The rows that a replay writes."""
        for piece in Way("fresh run").pieces(self.options, self.max_time_ns, self.facts):
            accepted = piece["status"] == Status.OK
            yield piece if accepted.all() else {n: c[accepted] for n, c in piece.items()}

    def _compare(self, fresh: Block, stored: Block) -> None:
        rows = min(len(fresh), len(stored))
        for name in self.stored.names:
            mine, theirs = fresh.columns[name][:rows], stored.columns[name][:rows]
            if name == "symbol":
                theirs = self._codes()[theirs]
            unequal = np.flatnonzero(bits(mine) != bits(theirs))
            if not len(unequal) or name in self.first:
                continue
            at = int(unequal[0])
            found = difference(fresh.first + at + 1, name, mine[at], theirs[at], len(unequal))
            self.places[name] = place = self.facts.place(fresh.columns, at)
            if name == "symbol":
                theirs = stored.columns[name]
                found = replace(found, expected=place["symbol"], ulp=None,
                                found=self.stored.symbols[int(theirs[at])])
            self.first[name] = found

    def _codes(self) -> NDArray[np.uint32]:
        """The run's codes of the stored symbols, which in CSV may have a guard before them."""
        stands = with_guard if self.stored.kind == "csv" else str
        mine = {stands(name): code for code, name in enumerate(self.facts.symbols)}
        return np.array([mine.get(name, _NOBODY) for name in self.stored.symbols], np.uint32)

    def found(self) -> list[dict[str, Any]]:
        """The first difference of each column, by row; where one may differ it says so."""
        told = [
            {"way": self.stored.path, **found.to_dict(), **self.places[name],
             "may_differ": name in self.may_differ}
            for name, found in sorted(self.first.items(), key=lambda item: item[1].row)]
        fresh, stored = self.rows
        if fresh != stored:
            told.append({"way": self.stored.path, "may_differ": False, "note":
                         f"has {stored:,} rows, a fresh run {fresh:,}"})
        return told

    def report(self) -> dict[str, Any]:
        """What was compared, and what may explain a difference."""
        return {
            "path": self.stored.path, "rows": self.rows[1], "columns": self.stored.names,
            "version": self.manifest.get("version"), "may_differ": self.may_differ,
            "notes": self._notes(),
        }

    def _notes(self) -> list[str]:
        if not self.manifest:
            return ["the output has no manifest, so that the settings are those given"]
        notes = []
        if self.may_differ:
            notes.append(f"it was made by version {self.manifest.get('version')}, this is"
                         f" {engine_version()}: {', '.join(self.may_differ)} may differ")
        pairs = zip(self.manifest.get("inputs", []), self.facts.inputs, strict=False)
        for then, now in pairs:
            if then["sha256"] and then["sha256"] != now["sha256"]:
                notes.append(f"{now['name']} is not the file that it was made from")
            elif then["reading"]["options"] != now["reading"]["options"]:
                notes.append(f"{now['name']} was read with {then['reading']['options']}, and is"
                             f" with {now['reading']['options']}")
        return notes


def types(options: Options) -> dict[str, str]:
    """The columns that an output can have, with their type names."""
    engine = Engine(options.config)
    outputs = zip(engine.schema, (*engine.outputs.flags, True), strict=True)
    return {**COMMON, **INPUTS.get(options.rows, {}),
            **{name: "uint8" if flag else "float64" for name, flag in outputs}}


def _check(path: str, manifest: dict[str, Any]) -> None:
    """Raises DataError for a manifest that no replay writes."""
    kinds = {"version": str, "config": dict, "config_hash": str, "order": dict, "inputs": list}
    sound = all(isinstance(manifest.get(name), kind) for name, kind in kinds.items())
    if not (sound and isinstance(manifest["config"].get("max_time"), str)
            and isinstance(manifest.get("kernels", {}), dict)
            and all(map(_is_input, manifest["inputs"]))):
        raise DataError(f"{path}: its manifest is not one that a replay writes; move it away to"
                        " compare with the settings given")


def _is_input(entry: Any) -> bool:
    """Whether an entry of a manifest names an input and how it was read."""
    return (isinstance(entry, dict) and isinstance(entry.get("sha256"), str | None)
            and isinstance(entry.get("reading"), dict) and "options" in entry["reading"])


def _with_its_settings(
    path: str, options: Options, manifest: dict[str, Any]
) -> tuple[Options, int | None]:
    """Options with the settings of the manifest; those given must be the same.

    Raises:
        StateError: they, or what decides the order of rows, are others.
    """
    given = effective_config(options)
    if not manifest:
        return replace(options, config=given), None
    stored = dict(manifest["config"])
    max_time_ns = instant_ns(str(stored.pop("max_time")))
    try:
        then = Config.restored(stored, path)
    except ConfigError as error:
        raise StateError(f"{path}: was written under settings that this version does not know: "
                         f"{error}") from None
    if options.config.changed() and given.hash != manifest["config_hash"]:
        faults = differences(then.to_dict(), given.to_dict())
        raise StateError(f"{path}: was written under another configuration:\n  "
                         + "\n  ".join(faults) + "\nleave the settings out to take its own")
    faults = differences(manifest["order"], order(options))
    if faults:
        raise StateError(f"{path}: was written under another order of rows:\n  "
                         + "\n  ".join(faults))
    return replace(options, config=then), max_time_ns


def may_differ(manifest: dict[str, Any]) -> list[str]:
    """Output columns of kernels whose state_version is another one now, and what is made of them;
    all of them where another version does not tell."""
    kernels = catalogue()
    then = manifest.get("kernels")
    if then is None:
        then = {} if manifest.get("version") != engine_version() else {
            kernel["name"]: kernel["state_version"] for kernel in kernels}
    found = [output["name"] for kernel in kernels for output in kernel["outputs"]
             if then.get(kernel["name"]) != kernel["state_version"]]
    before = -1
    while before != len(found):
        before = len(found)
        for kernel in kernels:
            if any(name in found for name in kernel["inputs"]):
                found += [output["name"] for output in kernel["outputs"]
                          if output["name"] not in found]
    return found
