"""The formats there are, in the order in which they are asked, and the way from a path to a Source.

A new format is a module with a FORMAT and one line in TABLE. Those told by magic numbers come
first, the one that takes any text comes last.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence

from tickeng.errors import ConfigError, DataError
from tickeng.limits import memory_limit
from tickeng.sources import binance, binary, delimited, foreign, lean, raw_json
from tickeng.sources.options import check_options
from tickeng.sources.probe import Format, Probe
from tickeng.sources.raw import RawInput
from tickeng.sources.source import Source
from tickeng.tickfile import is_tick_file

TABLE: tuple[Format, ...] = (
    *binary.FORMATS, raw_json.FORMAT, lean.FORMAT, binance.FORMAT, delimited.FORMAT,
)
FORMATS = tuple(known.name for known in TABLE)


def open_source(
    path: str | os.PathLike[str], *, format: str | None = None,
    columns: Mapping[str, str] | None = None, header: str | Sequence[str] | None = None,
    time_unit: str | None = None, symbol: str | None = None, infer_side: str | None = None,
    date: str | dt.date | None = None, clock: str = "event", block_rows: int = 65536,
    max_memory: int | str | None = None,
) -> Source:
    """Open a file of trades, "-" for stdin; its format is told by its content.

    ``format`` names one and skips the recognition. ``columns`` maps roles (ts, price, qty, side,
    maker, symbol, id, recv) to column names, ``header`` names the columns of a file without header,
    ``time_unit`` (iso, s, ms, us, ns) goes before the guess by magnitude, ``symbol`` is every
    row's, ``infer_side="tick"`` fills unknown sides by the tick rule, ``date`` is the day of
    files that tell only the time, ``clock`` is "event" or "recv", ``block_rows`` the data
    rows of a batch. ``max_memory`` (bytes, or text like "2GiB"; None: 1 GiB) is the most that
    this input may make us hold at once.

    Raises DataError (empty, unrecognised, truncated) and ConfigError (options, no such file).
    """
    options = check_options(columns, header, time_unit, symbol, infer_side, date, clock, block_rows)
    limits = memory_limit(max_memory)
    if format is not None and format not in FORMATS:
        raise ConfigError(f"unknown format {format!r}: one of {', '.join(FORMATS)}")
    raw = RawInput(os.fspath(path))
    try:
        return _open(Probe(raw, options, limits), format)
    except DataError as error:
        raw.close()
        raise type(error)(f"{raw.name}: {error}") from None
    except BaseException:
        raw.close()
        raise


def _open(probe: Probe, format: str | None) -> Source:
    raw = probe.raw
    if not raw.head:
        raise DataError("is empty")
    if not is_tick_file(raw.head):
        foreign.refuse(probe.content.head, raw.head, raw.name)
    for known in TABLE:
        if known.name == format or (format is None and known.recognise(probe)):
            return Source(probe, known.open(probe))
    if probe.content.damage:
        raise probe.content.damage
    if not probe.content.head.strip():
        raise DataError("is empty" if raw.head == probe.content.head else "holds no content")
    raise DataError("row 1: is in no known format (binary, not text): "
                    "convert it to CSV or Parquet, or name its --format")
