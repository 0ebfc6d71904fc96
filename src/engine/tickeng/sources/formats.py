"""The formats there are, in the order in which they are asked, and the way from a path to a Source.

A new format is a module with a FORMAT and one line in TABLE. Those told by magic numbers come
first, the one that takes any text comes last.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping, Sequence

from tickeng.errors import ConfigError, DataError, EmptyError
from tickeng.sources import binance, binary, delimited, lean, raw_json
from tickeng.sources.options import Options, check_options
from tickeng.sources.probe import Format, Probe
from tickeng.sources.raw import RawInput
from tickeng.sources.source import Source

TABLE: tuple[Format, ...] = (
    *binary.FORMATS, raw_json.FORMAT, lean.FORMAT, binance.FORMAT, delimited.FORMAT,
)
FORMATS = tuple(known.name for known in TABLE)


def open_source(
    path: str | os.PathLike[str], *, format: str | None = None,
    map: Mapping[str, str] | None = None, symbol_name: str | None = None,
    columns: Mapping[str, str] | None = None, header: str | Sequence[str] | None = None,
    time_unit: str | None = None, symbol: str | None = None, infer_side: str | None = None,
    date: str | dt.date | None = None, clock: str = "event", block_rows: int = 65536,
) -> Source:
    """Open a file of trades, "-" for stdin; its format is told by its content.

    ``format`` names one and skips the recognition. ``columns`` maps roles (ts, price, qty, side,
    maker, symbol, id, recv) to column names, ``header`` names the columns of a file without header,
    ``time_unit`` (iso, s, ms, us, ns) goes before the guess by magnitude, ``symbol`` is every
    row's, ``infer_side="tick"`` fills unknown sides by the tick rule, ``date`` is the day of
    files that tell only the time, ``clock`` is "event" or "recv", ``block_rows`` the data
    rows of a batch.

    Raises DataError (empty, unrecognised, truncated) and ConfigError (options, no such file).
    """
    columns, symbol = columns or map, symbol or symbol_name
    options = check_options(columns, header, time_unit, symbol, infer_side, date, clock, block_rows)
    if format is not None and format not in FORMATS:
        raise ConfigError(f"unknown format {format!r}: one of {', '.join(FORMATS)}")
    raw = RawInput(os.fspath(path))
    try:
        return _open(raw, options, format)
    except DataError as error:
        raw.close()
        raise type(error)(f"{raw.name}: {error}") from None
    except BaseException:
        raw.close()
        raise


def _open(raw: RawInput, options: Options, format: str | None) -> Source:
    probe = Probe(raw, options)
    if not raw.head:
        raise EmptyError("is empty")
    for known in TABLE:
        if known.name == format or (format is None and known.recognise(probe)):
            return Source(probe, known.open(probe))
    if probe.content.damage:
        raise probe.content.damage
    if not probe.content.head.strip():
        raise EmptyError("is empty" if raw.head == probe.content.head else "holds no content")
    raise DataError("row 1: is in no known format (binary, not text): "
                    "convert it to CSV or Parquet, or name its --format")
