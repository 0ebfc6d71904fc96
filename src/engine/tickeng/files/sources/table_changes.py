"""Columns of an Arrow table to levels that changed: what a row is, and the numbers of updates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tickeng._native import io as _io
from tickeng.files.batch import NO_ID
from tickeng.files.sources import table_columns as read_
from tickeng.files.sources.layout import OTHER, SideRule
from tickeng.files.sources.markets import BLANKS
from tickeng.files.sources.table_columns import Values

_EXACT = 2.0**53
_LONGEST_REAL = 18  # of a number below it, with .0
Words = tuple[tuple[str, int], ...]


def stays(words: Words) -> tuple[tuple[str, bool], ...]:
    """Of words that say what a row is those of rows that stay."""
    return tuple((word, said != OTHER) for word, said in words)


def flags(columns: Sequence[pa.Array], words: Sequence[Words], rows: int) -> NDArray[np.uint8]:
    """What the columns say of each row together, bits of OF_SNAPSHOT and GONE."""
    found = np.zeros(rows, np.uint8)
    for column, rule in zip(columns, words, strict=True):
        values, codes = read_.coded(column)
        field = _io.SideField(SideRule(tuple((w, said) for w, said in rule if w != "*")))
        said = [field.parse(value.encode("utf-8", "surrogatepass")) or 0 for value in values]
        found |= np.array(said or [0], np.uint8)[codes]
    return found


def numbers(columns: Sequence[pa.Array]) -> Values:
    """int64 of columns of which each row fills at most one, NO_ID where none is."""
    first, *others = map(_numbers, columns)
    for other in others:
        first.values = np.where(other.values == NO_ID, first.values, other.values)
        first.bad |= other.bad
    return first


def _numbers(array: pa.Array) -> Values:
    array = read_.decoded(array)
    if pa.types.is_floating(array.type):  # integers of which some are missing
        reals = np.asarray(array.cast(pa.float64()).fill_null(np.nan))
        none = np.isnan(reals)
        bad = ~none & ((reals != np.rint(reals)) | ~(np.abs(reals) < _EXACT))
        return Values(np.where(none, NO_ID, np.where(none | bad, 0, reals).astype(np.int64)), bad)
    if pa.types.is_null(array.type):
        return Values(np.full(len(array), NO_ID), np.zeros(len(array), np.bool_))
    if read_.is_text(array.type):
        texts = [(text or "").strip() for text in array.to_pylist()]
        none = np.array([text.lower() in (*BLANKS, str(NO_ID)) for text in texts], np.bool_)
        whole = ["0" if n else t.removesuffix(".0") if len(t) < _LONGEST_REAL else t
                 for n, t in zip(none.tolist(), texts, strict=True)]
        found = read_.integers(pa.array(whole, pa.string()))
    else:
        none = np.asarray(pc.is_null(array))
        found = read_.integers(array)
    return Values(np.where(none, NO_ID, found.values), found.bad & ~none)
