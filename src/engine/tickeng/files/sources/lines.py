"""The first lines of a text: some as text to look at, all of plain ones as columns of bytes."""

from __future__ import annotations

from functools import cached_property

from tickeng._native import io as _io

LINES_LOOKED_AT = 60
UTF8_BOM = b"\xef\xbb\xbf"


def start_of(head: bytes, skip: int) -> int:
    """The offset behind a byte order mark and this many lines."""
    at = len(UTF8_BOM) if head.startswith(UTF8_BOM) else 0
    for _ in range(skip):
        at = head.find(b"\n", at) + 1 or len(head)
    return at


def is_binary(head: bytes) -> bool:
    """Control bytes in the first lines: NUL above all."""
    sample = head[:4096]
    control = sum(byte < 32 and byte not in b"\t\n\r" for byte in sample)
    return control * 20 > len(sample) or b"\0" in sample.split(b"\n", 1)[0]


class Lines:
    """The first lines of a head that are not blank; ``first`` are the very first of them.

    ``start`` is the offset of the first line, behind `skip` lines that are passed over, blank ones
    too; ``ends`` the offset behind each of the very first. Without `whole` the head may be cut in
    its last line, which is then left out if it is not alone.
    """

    def __init__(self, head: bytes, count: int, *, whole: bool, skip: int = 0) -> None:
        self._head, self._whole = head, whole
        self.start = at = start_of(head, skip)
        self.first: list[str] = []
        self.ends: list[int] = []
        while at < len(head) and len(self.first) < min(count, LINES_LOOKED_AT):
            newline = head.find(b"\n", at)
            if newline < 0 and not whole and self.first:
                break
            end = newline if newline >= 0 else len(head)
            line = head[at:end].rstrip(b"\r").decode("utf-8", "replace")
            at = end + 1
            if line.strip():
                self.first.append(line)
                self.ends.append(min(at, len(head)))
        self._rest = min(at, len(head))
        self._more = count - len(self.first)

    @cached_property
    def all(self) -> list[str]:
        """All of them; blank lines behind the very first count as lines, but are left out."""
        if not self._more or self._rest == len(self._head):
            return self.first
        rest = self._head[self._rest:].decode("utf-8", "replace").split("\n", self._more)
        if not self._whole or len(rest) > self._more:
            rest.pop()
        if b"\r" in self._head:
            rest = [line.rstrip("\r") for line in rest]
        return self.first + [line for line in rest if line and not line.isspace()]

    @cached_property
    def plain(self) -> bool:
        """Whether there are more than the very first and none has a quote or is a comment."""
        head = self._head
        return (self._rest < len(head) and head.isascii() and b'"' not in head
                and b"#" not in head)

    def columns(self, begin: int, delimiter: str, width: int) -> list[_io.TextColumn] | None:
        """The columns of plain lines from an offset among the very first on.

        None where one has another number of fields.
        """
        if not (delimiter.isascii() and len(delimiter) == 1):
            return None
        return _io.text_columns(self._head, begin, self._rest, self._more, self._whole, delimiter,
                                width)
