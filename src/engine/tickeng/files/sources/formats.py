"""The formats there are, in the order in which they are asked, and the way from a path to a Source.

A new format is a module with a FORMAT and one line in TABLE. Those told by magic numbers come
first, the one that takes any text comes last.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

from tickeng.errors import ConfigError, DataError, EmptyError, TickengError, unfit
from tickeng.files.sources import (
    binance,
    binary,
    dbn_format,
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
from tickeng.files.sources.options import check_options, without
from tickeng.files.sources.probe import Format, Probe, not_in_format
from tickeng.files.sources.raw import RawInput, unreadable
from tickeng.files.sources.source import Source
from tickeng.files.tickfile import is_tick_file

TABLE: tuple[Format, ...] = (
    *binary.FORMATS, dbn_format.FORMAT, hftbacktest.FORMAT, raw_json.FORMAT,
    json_format.FORMAT, lean.FORMAT, lobster.FORMAT, binance.FORMAT, delimited.FORMAT,
)
FORMATS = tuple(known.name for known in TABLE)


def open_source(path: str | os.PathLike[str], *, format: str | None = None, ids: str = "integer",
                takes: Collection[str] = ("trade",), needs: Collection[str] = (),
                follow: Follow | None = None, leaves: bool = False, **options: Any) -> Source:
    """Open a file of events, "-" for stdin; its format is recognised by its content.

    ``format`` names one and skips the recognition, ``ids`` says which ids are read: "integer",
    "lenient", "any" or "none" (see `decide`). ``takes``: the kinds of events that the caller can
    make use of; a file of others is refused. ``needs``: those that are read of a recording of a
    venue's feed, all that are taken by default. ``options`` are the words of
    `tickeng.files.sources.options.Options`, in the forms that the command and `tickeng.read` take.
    With ``follow`` the end of the file is waited at for more. With ``leaves`` options that do not
    fit the file, being told for another one, are left out, and are in ``Source.left_out``.

    Raises DataError (empty, unrecognised, ambiguous, truncated) and ConfigError (options, no such
    file).
    """
    checked = check_options(**options)
    if format is not None and format not in FORMATS:
        raise ConfigError(f"unknown format {format!r}: one of {', '.join(FORMATS)}")
    probe = Probe(RawInput(os.fspath(path), follow), checked._replace(among=leaves), format, ids,
                  takes, needs)
    left: dict[str, TickengError] = {}
    while True:
        raw = probe.raw
        try:
            source = _open(probe)
            source.left_out = left
            return source
        except TickengError as error:
            told = unfit(type(error)(f"{raw.name}: {error}"), error.option or "")
            if told.option in ("", *left) or not _leave(probe, told.option or "", follow):
                raw.close()
                raise told from None
            left[told.option or ""] = told
        except OSError as error:
            raw.close()
            raise DataError(f"{raw.name}: {unreadable(error)}") from None
        except BaseException:
            raw.close()
            raise


def _leave(probe: Probe, option: str, follow: Follow | None) -> bool:
    """Have an input read without an option, from its beginning; False where that cannot be."""
    if not probe.options.among or (probe.raw.is_pipe and probe.begun):
        return False
    if option == "format":
        probe.format = None
    else:
        probe.options = without(probe.options, option)
    if not probe.raw.is_pipe:
        path = probe.raw.path
        probe.raw.close()
        probe.begin(RawInput(path, follow))
    return True


def _open(probe: Probe) -> Source:
    raw, format = probe.raw, probe.format
    if not raw.head:
        raise EmptyError("is empty")
    if not is_tick_file(raw.head) and hftbacktest_array.array_of(probe.content.head) is None:
        foreign.refuse(probe.content.head, raw.head, raw.name, probe.content.member)
    if probe.options.among:
        _refuse_unfit(probe)
    for known in TABLE:
        if known.name == format or (format is None and known.recognise(probe)):
            return Source(probe, known.open(probe))
    if probe.content.damage:
        raise probe.content.damage
    if not probe.content.head.strip():
        raise EmptyError("is empty" if raw.head == probe.content.head else "holds no content")
    raise DataError("row 1: is in no known format (binary, not text): "
                    "convert it to CSV or Parquet, or name its format")


def _refuse_unfit(probe: Probe) -> None:
    """Raises DataError for a format and a header that are another file's: this one has its own."""
    given, probe.options = probe.options, probe.options._replace(header=None, map=None)
    own = next((known.name for known in TABLE if known.recognise(probe)), None)
    probe.options = given
    if probe.format not in (None, own):
        raise unfit(not_in_format(probe.format), "format")
    if given.header and own in (lean.FORMAT.name, binance.FORMAT.name, lobster.FORMAT.name):
        raise unfit(DataError("is in a format whose columns are known: leave header out"), "header")
