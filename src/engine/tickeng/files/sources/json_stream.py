"""JSON out of blocks of bytes: the values of lines, or the elements of one large list.

Numbers keep their digits: every value is text, None, True, False, a dict or a list. A list is never
held whole: its elements are cut off as they come, at most 1 MiB each, and where the file is an
object around the list, the object's other members are passed over.
Trap: the scanner cannot tell a damaged element from one whose rest has not come; a search for its
end can, and it counts brackets instead of recursing.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tickeng.errors import DataError, TruncatedError
from tickeng.files.sources.json_events import LOCAL_CLOCK

LONGEST = 1 << 20
VALUES_AT_ONCE = 1024  # few enough that they are in the caches when they become columns
BOM = b"\xef\xbb\xbf"
_NEXT = re.compile(r"[ \t\r\n]*([,\]]?)[ \t\r\n]*")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{\]},:]|"', re.DOTALL)
_LIST_OF = re.compile(r"\[\s*[\[{]")
_EMPTY = re.compile(r"\[\s*\]")


@dataclass(frozen=True, slots=True)
class Malformed:
    """What is no JSON, from its beginning."""

    text: str


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return found


_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str,
                            object_pairs_hook=_distinct)
_SCAN = _DECODER.scan_once  # type: ignore[attr-defined]


def parsed(text: bytes) -> Any:
    """The value of one text, or Malformed."""
    if len(text) <= LONGEST:
        try:
            return _DECODER.decode(text.decode())
        except (ValueError, RecursionError):
            pass
    return Malformed(text[:200].decode("utf-8", "backslashreplace"))


def line_values(blocks: Iterator[bytes], keep_rest: bool,
                read: Callable[[list[bytes]], list[Any]]) -> Iterator[list[Any]]:
    """What `read` makes of the lines of each block; [] before a wait.

    The last line needs no newline, unless `keep_rest`: somebody may still be writing it.
    """
    rest, first = b"", True
    for block in blocks:
        if not block:
            yield []
            continue
        if first:
            block, first = block.removeprefix(BOM), False
        lines = (rest + block if b"\n" in block or len(rest) <= LONGEST else rest).split(b"\n")
        rest = lines.pop()
        lines = [line for line in lines if line and not line.isspace()]
        for start in range(0, len(lines), VALUES_AT_ONCE):
            if values := read(lines[start:start + VALUES_AT_ONCE]):
                yield values
    if rest.strip() and not keep_rest and (values := read([rest])):
        yield values


def of_lines(lines: list[bytes]) -> list[Any]:
    """The values of lines: of all at once, or one by one where that is not one value a line."""
    try:
        values = _DECODER.decode("[" + b",\n".join(lines).decode() + "]")
        if len(values) == len(lines) and max(map(len, lines), default=0) <= LONGEST:
            return list(values)
    except (ValueError, RecursionError):
        pass
    return [parsed(line) for line in lines]


def of_recorded_lines(lines: list[bytes]) -> list[Any]:
    """The objects behind the local clocks of lines, with the clock under LOCAL_CLOCK."""
    values = []
    for line in lines:
        clock, _, text = line.partition(b" ")
        value = parsed(text) if clock.isdigit() else parsed(line)
        if isinstance(value, dict) and clock.isdigit():
            value[LOCAL_CLOCK] = clock.decode()
        elif not isinstance(value, Malformed):
            value = Malformed(line[:200].decode("utf-8", "backslashreplace"))
        values.append(value)
    return values


@dataclass(slots=True)
class ListStart:
    """Where a list begins in the text of a head: `at` is behind its bracket, `path` its keys, and
    `around` the number of brackets that are open around it."""

    at: int
    path: list[str] = field(default_factory=list)
    around: int = 0


def find_list(text: str, start: int = 0, path: list[str] | None = None) -> ListStart | None:
    """The first list of objects or lists in a text that need not be complete."""
    keys: list[str] = list(path or [])
    last, empty, lists, braces = "", None, 0, 0
    for token in TOKEN.finditer(text, start):
        sign = token[0]
        if sign == "[" and not lists and _LIST_OF.match(text, token.start()):
            return ListStart(token.end(), [key for key in keys if key], braces + lists)
        if sign == "[":
            if _EMPTY.match(text, token.start()) and empty is None:
                empty = ListStart(token.end(), [key for key in keys if key], braces + lists)
            lists += 1
        elif sign == "]":
            lists -= 1
        elif sign == "{":
            braces += 1
            keys.append("")
        elif sign == "}" and keys:
            braces -= 1
            keys.pop()
        elif sign == ":" and keys:
            keys[-1] = last
        elif len(sign) > 1:
            last = sign[1:-1]
    return empty


class ListElements:
    """The elements of the list that `start` found, from all blocks of the content."""

    def __init__(self, blocks: Iterator[bytes], start: ListStart) -> None:
        self._blocks, self._start = blocks, start
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._text = ""
        self._at = 0
        self._first = True
        self._ended = False
        self._around = start.around

    def values(self) -> Iterator[list[Any]]:
        """Elements of each block; [] before a wait. Raises DataError, TruncatedError."""
        begun = False
        for block in self._blocks:
            if not block:
                yield []
                continue
            self._text = self._text[self._at:] + self._decoder.decode(block)
            self._at = 0
            if not begun:
                if len(self._text) < self._start.at:
                    continue
                begun, self._at = True, self._start.at
            while not self._ended and (values := self._take()):
                yield values
            if self._ended:
                self._pass_over()
        if not self._ended or self._around > 0:
            what = "what is around its list" if self._ended else "its list"
            raise TruncatedError(f"{what} is not closed: the file is truncated, fetch it again")

    def _take(self) -> list[Any]:
        """The next elements that are complete."""
        values: list[Any] = []
        text, at, size = self._text, self._at, len(self._text)
        while len(values) < VALUES_AT_ONCE:
            between = _NEXT.match(text, at)
            assert between is not None  # it matches nothing at least
            here, sign = between.end(), between[1]
            if sign == "]":
                self._at, self._ended = here, True
                return values
            if here == size:
                break
            if not self._first and sign != ",":
                raise DataError(f"has no comma before {text[here:here + 40]!r}")
            try:
                value, end = _SCAN(text, here)
                if end == size and not isinstance(value, dict | list):
                    break  # a number may go on
            except (ValueError, RecursionError, StopIteration):
                found = element_end(text, here)
                if found is None:
                    break
                end, value = found, Malformed(text[here:min(found, here + 200)])
            values.append(value)
            at, self._first = end, False
        if not values and size - at > LONGEST:
            raise DataError("has an element of more than 1 MiB")
        self._at = at
        return values

    def _pass_over(self) -> None:
        """What follows the list may close what is around it and hold no other list."""
        rest = self._text[self._at:]
        if self._start.path and (other := _LIST_OF.search(rest)):
            raise DataError("holds more than one list of objects "
                            f"(another begins at {rest[other.start():][:40]!r}): give one a file")
        if not self._start.path and rest.strip():
            raise DataError(f"continues behind its list with {rest.strip()[:40]!r}")
        # A list may begin at the very end of a block, and a string stand on both sides of it.
        known = len(rest.rstrip("[ \t\r\n"))
        for token in TOKEN.finditer(rest, 0, known):
            if token[0] == '"':
                known = token.start()
                break
            self._around += (token[0] in "[{") - (token[0] in "]}")
        if len(rest) - known > LONGEST:
            raise DataError("has a text of more than 1 MiB behind its list")
        self._at += known


def element_end(text: str, start: int) -> int | None:
    """Where the element that begins at `start` ends, well-formed or not; None: not in the text."""
    depth = 0
    for token in TOKEN.finditer(text, start):
        sign = token[0]
        if sign == '"':
            return None  # a string whose end has not come
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            if not depth:
                return token.start()
            depth -= 1
            if not depth:
                return token.end()
        elif sign == "," and not depth:
            return token.start()
    return None


def without_mark(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks without a byte order mark in front."""
    first = True
    for block in blocks:
        yield block.removeprefix(BOM) if first else block
        first = first and not block


def text_of(value: Any) -> str | None:
    """The text of a value as a cell has it."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, list):
        return json.dumps(value)
    return str(value).encode("utf-8", "backslashreplace").decode()
