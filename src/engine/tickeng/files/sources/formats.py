"""The formats there are, in the order in which they are asked, and the way from a path to a Source.

A new format is a module with a FORMAT and one line in TABLE. Those told by magic numbers come
first, the one that takes any text comes last.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from tickeng.errors import ConfigError, DataError, EmptyError, TickengError
from tickeng.files.sources import (
    binance,
    binary,
    dbn,
    delimited,
    foreign,
    hftbacktest,
    hftbacktest_array,
    json_format,
    lean,
    lobster,
    raw_json,
)
from tickeng.files.sources.growing import Follow
from tickeng.files.sources.options import Options, check_options
from tickeng.files.sources.probe import Format, Probe
from tickeng.files.sources.raw import RawInput, unreadable
from tickeng.files.sources.source import Source
from tickeng.files.tickfile import is_tick_file

TABLE: tuple[Format, ...] = (
    *binary.FORMATS, dbn.FORMAT, hftbacktest.FORMAT, raw_json.FORMAT, json_format.FORMAT,
    lean.FORMAT, lobster.FORMAT, binance.FORMAT, delimited.FORMAT,
)
FORMATS = tuple(known.name for known in TABLE)


def open_source(path: str | os.PathLike[str], *, format: str | None = None, ids: str = "integer",
                takes: Collection[str] = ("trade",), needs: Collection[str] = (),
                follow: Follow | None = None, **options: Any) -> Source:
    """Open a file of events, "-" for stdin; its format is recognised by its content.

    ``format`` names one and skips the recognition, ``ids`` says which ids are read: "integer",
    "lenient", "any" or "none" (see `decide`). ``takes``: the kinds of events that the caller can
    make use of; a file of others is refused. ``needs``: those that are read of a recording of a
    venue's feed, all that are taken by default. ``options`` are the words of
    `tickeng.files.sources.options.Options`, in the forms that the command and `tickeng.read` take.
    With ``follow`` the end of the file is waited at for more.

    Raises DataError (empty, unrecognised, ambiguous, truncated) and ConfigError (options, no such
    file).
    """
    checked = check_options(**options)
    if format is not None and format not in FORMATS:
        raise ConfigError(f"unknown format {format!r}: one of {', '.join(FORMATS)}")
    raw = RawInput(os.fspath(path), follow)
    try:
        return _open(raw, checked, format, ids, takes, needs)
    except TickengError as error:
        raw.close()
        raise type(error)(f"{raw.name}: {error}") from None
    except OSError as error:
        raw.close()
        raise DataError(f"{raw.name}: {unreadable(error)}") from None
    except BaseException:
        raw.close()
        raise


def _open(raw: RawInput, options: Options, format: str | None, ids: str,
          takes: Collection[str], needs: Collection[str]) -> Source:
    probe = Probe(raw, options, format, ids, takes, needs)
    if not raw.head:
        raise EmptyError("is empty")
    if not is_tick_file(raw.head) and hftbacktest_array.array_of(probe.content.head) is None:
        foreign.refuse(probe.content.head, raw.head, raw.name, probe.content.member)
    for known in TABLE:
        if known.name == format or (format is None and known.recognise(probe)):
            return Source(probe, known.open(probe))
    if probe.content.damage:
        raise probe.content.damage
    if not probe.content.head.strip():
        raise EmptyError("is empty" if raw.head == probe.content.head else "holds no content")
    raise DataError("row 1: is in no known format (binary, not text): "
                    "convert it to CSV or Parquet, or name its format")
