"""`python -m tests.ways.run --count 2000 --first 1`: damaged tapes and layouts, read in every way.

Passes if all ways agree on each tape: the forms of one tape (text, JSON, Parquet, Arrow, a table in
memory) with one another, and each file with itself in other blocks, containers, pipes and calls.
--planted breaks a way instead, in each way that must be noticed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import traceback
import warnings
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

import tickeng
from tests.layouts.changes import Sheet
from tests.layouts.entry import Layout
from tests.layouts.tables import LAYOUTS
from tests.planted import report
from tests.ways import tapes
from tests.ways.answers import Answer, accepted, by_batches, same_answers
from tickeng import convert, scan

# What is broken and how; each must show on one of the first seeds.
PLANTS: dict[str, tuple[str, Any]] = {
    "kinds_in_tables_unseen": (
        "files.sources.tables.TableColumns.kept",
        lambda _, part: (np.ones(part.num_rows, np.bool_), np.zeros(part.num_rows, np.bool_))),
    "names_in_tables_unwatched": (
        "files.sources.table_columns.check_known", lambda *_: None),
    "row_of_a_fault_among_kept_rows": (
        "_native.io.Contradiction.at", lambda fault, _: fault),
    "scan_without_its_end": ("scan", lambda *args, **given: [*scan(*args, **given)][:-1]),
    "convert_counts_nothing_filtered": (
        "convert", lambda *args, **given: {**convert(*args, **given), "filtered": 0}),
}
_SEEDS = 100  # in which a plant must be found
_CHANGEABLE = [layout for layout in LAYOUTS if getattr(layout.content, "roles", ())]


def check_tape(seed: int, folder: Path, plant: str = "") -> None:
    """The forms of one tape against one another, and one of them in every way."""
    rng = random.Random(seed)
    cells = tapes.tape(rng)
    options = tapes.options(rng, cells)
    with tapes.small_sample(), _planted(plant):
        paths = tapes.files(folder, cells)
        found = [by_batches(path, options) for path in paths]
        for path, answer in zip(paths, found, strict=True):
            assert answer.content == found[0].content, path.name
        if not options.keys() & {"infer_side", "clock"}:
            _same_table(cells, options, found[0])
        (folder / "ways").mkdir()
        same_answers(paths[seed % len(paths)], options, folder / "ways", seed)


def _planted(plant: str) -> Any:
    place, broken = PLANTS.get(plant, ("scan", scan))
    return patch(f"tickeng.{place}", broken)


def _same_table(cells: tapes.Cells, options: dict[str, Any], whole: Answer) -> None:
    """The same tape from memory: the rows that an engine takes, or the refusal."""
    engine = tickeng.Engine()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = engine.run(tapes.table_of(cells), **options)
    except tickeng.TickengError as error:
        none_left = re.search("was rejected|every time lies", str(error)) and not whole.rows
        assert none_left or str(error) == whole.refusal, f"table: {error}"
        return
    assert not whole.refusal, f"the table takes what {whole.refusal!r} refuses"
    assert len(frame) == len(whole.rows) + len(whole.rejects), "table"
    counted = engine.counters.values()
    assert sum(each["processed"] for each in counted) == len(accepted(whole.rows)), "table"
    assert sum(each["rejected"] for each in counted) == len(whole.rejects), "table"


def check_layout(seed: int, folder: Path, plant: str = "") -> None:
    """A public layout with cells blanked and rows repeated."""
    rng = random.Random(seed)
    layout: Layout = rng.choice(_CHANGEABLE)
    sheet = Sheet.of(layout.content)
    sheet.rows += [list(rng.choice(sheet.rows)) for _ in range(rng.randrange(8))]
    for _ in range(rng.randrange(4)):
        row = rng.choice(sheet.rows)
        at = rng.randrange(len(row))
        row[at] = "" if isinstance(row[at], str) else rng.choice([None, row[at]])
    path = folder / layout.file
    path.write_bytes(sheet.back().encoded())
    (folder / "ways").mkdir()
    with tapes.small_sample(rng.choice([2, 4, 10_000])), _planted(plant):
        same_answers(path, layout.options(), folder / "ways", seed)


def wrong(seed: int, plant: str = "") -> list[str]:
    """What differs on the tape and the layout of a seed."""
    found = []
    for check in (check_tape, check_layout):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(seed, Path(folder), plant)
            except Exception as error:
                at = traceback.extract_tb(error.__traceback__)[-1]
                found.append(f"{check.__name__} {seed}: {type(error).__name__} "
                             f"{str(error)[:300]} ({at.name})")
    return found


def catch(plant: str) -> bool:
    """Whether a broken way is noticed."""
    return any(wrong(seed, plant) for seed in range(1, _SEEDS))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--planted", action="store_true")
    given = parser.parse_args()
    if given.planted:
        sys.exit(report(PLANTS, catch))
    faults = 0
    for seed in range(given.first, given.first + given.count):
        for fault in wrong(seed):
            faults += 1
            print(fault, flush=True)
    print(f"{given.count} seeds from {given.first}: {faults} differences")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
