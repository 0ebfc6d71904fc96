"""What each way of reading a file gives: rows, rejected rows and counts, or a refusal.

`same_answers` compares all ways with the first one, a reading of the whole file. Trap: a replay
drops late rows and an engine marks them, so that both are compared by what the other one accepts.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import re
import threading
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

import tickeng
from tests.layouts.reading import run_command, words
from tickeng._base.control_text import escaped
from tickeng.files.sources import EventBatch, open_source

_1990 = 631_152_000 * 10**9
Row = tuple[int, float, float, int, str]
Options = dict[str, Any]


@dataclass
class Answer:
    """``rejects`` are (row, reason, text) in the order of the file."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[tuple[int, str, str]] = field(default_factory=list)
    filtered: int = 0
    refusal: str = ""

    @property
    def content(self) -> tuple[Any, ...]:
        """What does not depend on how the cells are written and which columns are read."""
        return (self.rows, [reject[:2] for reject in self.rejects], self.filtered, self.refusal)


def of_batches(batches: Iterable[EventBatch], answer: Answer) -> None:
    for batch in batches:
        codes = np.zeros(len(batch), int) if batch.symbol is None else batch.symbol
        values = [batch.values[name].tolist() for name in ("price", "qty", "side")]
        answer.rows += zip(batch.ts_ns.tolist(), *values, [batch.symbols[code] for code in codes],
                           strict=True)
        answer.rejects += [(r.row, r.reason, escaped(r.text)) for r in batch.rejects]
        answer.filtered += batch.filtered


def by_batches(path: str | Path, options: Options) -> Answer:
    answer = Answer()
    try:
        with open_source(str(path), ids="lenient", **options) as source:
            of_batches(source.batches(), answer)
    except tickeng.TickengError as error:
        answer.refusal = told(error, path)
    return answer


def told(error: object, path: str | Path) -> str:
    """The sentence without the file's name."""
    text = re.sub(r"^tickeng: ", "", str(error).strip())
    return text.removeprefix(f"{path}: ").removeprefix(f"{Path(path).name}: ")


def rows_of(table: Any) -> list[Row]:
    names = [str(name) for name in table["symbol"]]
    return list(zip(table["ts_ns"].tolist(), table["price"].tolist(), table["qty"].tolist(),
                    table["side"].tolist(), names, strict=True))


def by_scan(path: Path, options: Options, rows: int) -> tuple[Answer, Counter[str]]:
    """Rows and their counts; a scan lists no rejects."""
    answer, reasons = Answer(), Counter[str]()
    try:
        for table in tickeng.scan(path, rows, **options):
            assert len(table) <= rows
            answer.rows += rows_of(table)
            answer.filtered += table.counters["filtered"]
            reasons.update(table.counters["reasons"])
            assert table.counters["accepted"] == len(table)
    except tickeng.TickengError as error:
        answer.refusal = told(error, path)
    return answer, reasons


def written(path: Path) -> list[Row]:
    with path.open(newline="") as file:
        return [(int(r["ts_ns"]), float(r["price"]), float(r["qty"]), int(r["side"]), r["symbol"])
                for r in csv.DictReader(file)]


def listed(path: Path) -> list[tuple[int, str, str]]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [(int(r["row"]), r["reason"], _bare(r["text"])) for r in csv.DictReader(file)]


def _bare(text: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from running it."""
    return text.removeprefix("'")


def by_call(call: Callable[..., dict[str, Any]], path: Path, options: Options,
            folder: Path) -> tuple[Answer, dict[str, Any]]:
    """What `replay` or `convert` writes, and its report."""
    out, rejects = folder / "out.csv", folder / "rejects.csv"
    for file in folder.glob("*"):
        file.unlink()
    report: dict[str, Any] = {}
    answer = Answer()
    try:
        report = call(path, out, rejects=rejects, max_rejected=100, **options)
    except tickeng.TickengError as error:
        answer.refusal = told(error, path)
    answer.rows = written(out) if out.exists() else []
    answer.rejects = listed(rejects)
    answer.filtered = report.get("filtered", 0)
    return answer, report


def accepted(rows: list[Row]) -> list[Row]:
    """The rows that an engine takes: none older than the last one of its symbol."""
    newest: dict[str, int] = {}
    taken = []
    for row in rows:
        if row[0] >= newest.get(row[4], row[0]):
            newest[row[4]] = row[0]
            taken.append(row)
    return taken


def packed(path: Path, folder: Path, container: str) -> Path:
    """The file in a container, under a name that says no more than its own."""
    data = path.read_bytes()
    to = folder / f"{path.name}.{container}"
    if container == "gz":
        to.write_bytes(gzip.compress(data, mtime=0))
    elif container == "zst":
        to.write_bytes(zstandard.compress(data))
    else:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.name, data)
        to.write_bytes(out.getvalue())
    return to


def by_pipe(path: Path, options: Options, folder: Path, piece: int) -> Answer:
    """The file as somebody writes it, piece by piece."""
    pipe = folder / path.name
    os.mkfifo(pipe)

    def write() -> None:
        data = path.read_bytes()
        try:
            with pipe.open("wb", buffering=0) as to:
                for at in range(0, len(data), piece):
                    to.write(data[at:at + piece])
        except BrokenPipeError:
            pass

    writer = threading.Thread(target=write)
    writer.start()
    try:
        return by_batches(pipe, options)
    finally:
        writer.join()
        pipe.unlink()


def same_answers(path: Path, options: Options, folder: Path, turn: int = 0) -> Answer:
    """The answer that all ways give. `turn` chooses sizes, and which way the command goes.

    Raises AssertionError for a way that gives another one.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = by_batches(path, options)
        _same_reading(path, options, whole, 1 + turn % 7)
        _same_bytes(path, options, whole, folder, turn)
        if any(row[0] < _1990 for row in whole.rows):
            return whole  # an engine takes no such rows
        _same_run(path, options, whole, folder)
        _same_command(path, options, whole, folder, ("convert", "replay")[turn % 2])
    return whole


def _same_reading(path: Path, options: Options, whole: Answer, size: int) -> None:
    assert by_batches(path, {**options, "block_rows": size}) == whole, f"blocks of {size}"
    reasons = Counter(reason for _, reason, _ in whole.rejects)
    for rows in (size, 1_000_000):
        scanned, counted = by_scan(path, options, rows)
        assert scanned.rows == whole.rows and scanned.refusal == whole.refusal, f"scan {rows}"
        assert (scanned.filtered, counted) == (whole.filtered, reasons), f"scan {rows}"
    try:
        table = tickeng.read(path, **options)
    except tickeng.TickengError as error:
        none_left = "every row was rejected" in str(error) and not whole.rows
        assert none_left or told(error, path) == whole.refusal, f"read: {error}"
        return
    assert not whole.refusal, f"read takes what {whole.refusal!r} refuses"
    assert rows_of(table) == whole.rows and table.counters["reasons"] == reasons, "read"
    assert table.counters["filtered"] == whole.filtered, "read"


def _same_bytes(path: Path, options: Options, whole: Answer, folder: Path, turn: int) -> None:
    for container in ("gz", "zst", "zip"):
        found = by_batches(packed(path, folder, container), options)
        assert found == whole, container
    piped = by_pipe(path, options, folder, (1 << 20, 61, 7)[turn % 3])
    assert piped.content == whole.content or piped.refusal, "pipe"
    if whole.rows or not whole.refusal:  # else the sample is refused, of which a pipe sees less
        assert whole.rows[:len(piped.rows)] == piped.rows, "pipe"


def _same_run(path: Path, options: Options, whole: Answer, folder: Path) -> None:
    taken = accepted(whole.rows)
    converted, report = by_call(tickeng.convert, path, options, folder)
    _compare(converted, whole, whole.rows, report, "convert")
    _same_replay(path, options, whole, folder)
    try:
        engine = tickeng.Engine()
        status = engine.run(path, **options)["status"]
    except tickeng.TickengError as error:
        assert whole.refusal in told(error, path) or not whole.rows, f"run: {error}"
        return
    assert not whole.refusal, f"run takes what {whole.refusal!r} refuses"
    assert [row for row, bad in zip(whole.rows, status, strict=True) if not bad] == taken, "run"


def _same_replay(path: Path, options: Options, whole: Answer, folder: Path) -> None:
    taken = accepted(whole.rows)
    found, report = by_call(tickeng.replay, path, options, folder)
    if "runs backwards" in found.refusal:
        return
    _compare(found, whole, taken, report, "replay")
    if report:
        counted = report["counters"]["total"]
        assert counted["processed"] == len(taken), "replay"
        assert counted["late"] == len(whole.rows) - len(taken), "replay"
        assert counted["rejected"] == len(whole.rejects), "replay"


def _compare(found: Answer, whole: Answer, rows: list[Row], report: dict[str, Any],
             way: str) -> None:
    if found.refusal:
        same = found.refusal.startswith(whole.refusal) if whole.refusal else not whole.rows
        assert same, f"{way}: {found.refusal}"
    else:
        assert not whole.refusal, f"{way} takes what {whole.refusal!r} refuses"
    assert found.rows == rows, way
    if report:
        assert found.rejects == whole.rejects, way
        assert found.filtered == whole.filtered, way


def _same_command(path: Path, options: Options, whole: Answer, folder: Path, verb: str) -> None:
    out = folder / "command.csv"
    code, said = run_command(verb, str(path), "-o", str(out), "-f", "--max-rejected", "100",
                             *words(options))
    assert code in (0, 2, 3), said
    rows = accepted(whole.rows) if verb == "replay" else whole.rows
    if "runs backwards" not in said:
        assert (code == 0) == (not whole.refusal and bool(rows or not whole.rejects)), said
    if code == 0:
        assert written(out) == rows, f"the command {verb}"
