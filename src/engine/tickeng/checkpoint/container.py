"""Bytes of one checkpoint: a header, and a zstd frame with a description and an engine's state.

Nothing is unpickled, nothing of a file is used before its digest has been compared, and every
length is compared with the bytes that are there before memory is taken for it. layout.py is the
table of the header.

Trap: a digest says that nothing was damaged, not that nothing was forged: lengths are claims, the
description is checked (description.py), and a state is unpacked in steps up to a limit.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from typing import BinaryIO

import zstandard

from .._base.version import VERSION
from ..errors import StateError
from ..files.limits import DEFAULT_MEMORY, enough, mib
from .description import Meta, parse
from .layout import (
    DIGEST,
    FIELDS,
    FORMAT,
    HEAD,
    HEADER_BYTES,
    LENGTH,
    LONGEST_HEADER,
    MAGIC,
    PREFIX,
)

_STEP = 1 << 20
_WINDOW_MAX = 1 << 27
_FRAME_HEADER = 18  # bytes at most
_ENOUGH = 5  # bytes of the magic that make a file a checkpoint, of any format and if damaged
_DESCRIBED = 16  # what a byte of the description may take when it is parsed


class DamagedError(StateError):
    """The bytes are not those that were written; a generation before may still be sound."""


def engine_version() -> str:
    """The version of the package."""
    return VERSION


def encode(state: bytes, meta: Meta, *, generation: int = 1) -> bytes:
    """The container's bytes for an engine state and a JSON-able description.

    `meta["config_hash"]` (hex SHA-256), when present, is also kept in the header.
    """
    text = json.dumps(meta, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    parts = (LENGTH.pack(len(text)), text, state)
    size = sum(map(len, parts))
    packer = zstandard.ZstdCompressor(level=3, write_checksum=True).compressobj(size=size)
    frame = b"".join([*map(packer.compress, parts), packer.flush()])
    config = bytes.fromhex(meta.get("config_hash") or "")
    release = engine_version().encode("ascii", "replace")
    head = HEAD.pack(
        MAGIC, FORMAT, HEADER_BYTES, generation, len(frame), size, release, config, b""
    )
    digest = hashlib.sha256(head)
    digest.update(frame)
    return b"".join((head, digest.digest(), frame))


def decode(
    data: bytes, name: str = "checkpoint", *, max_bytes: int | None = DEFAULT_MEMORY
) -> tuple[bytes, Meta]:
    """Engine state and description from a container's bytes; `name` is used in messages.

    The description gains `generation` and `engine_version` from the header. `max_bytes` is the
    most that state and description may take (None: anything).

    Raises:
        StateError: not a checkpoint, damaged, written by a newer format, or larger than that.
    """
    content = Content(io.BytesIO(data), name, max_bytes)
    return content.whole_state(), content.meta


def is_ours(start: bytes) -> bool:
    """Whether a file that begins so was a checkpoint once, damaged as it may be: cut short, zeros
    after a crash, or with some of the magic's bits changed."""
    start = start[: len(MAGIC)]
    same = sum(a == b for a, b in zip(start, MAGIC, strict=False))
    return not start.strip(b"\0") or same >= min(len(start), _ENOUGH)


def header(file: BinaryIO, name: str) -> Meta:
    """The fields of the header, after the digest over the whole file has been compared.

    Raises:
        DamagedError: not a checkpoint, or damaged.
        StateError: of a newer format.
    """
    file.seek(0)
    start = file.read(PREFIX.size)
    if start[: len(MAGIC)] != MAGIC[: len(start)]:
        raise DamagedError(f"{name}: not a tickeng checkpoint")
    if len(start) < PREFIX.size:
        raise DamagedError(f"{name}: not a checkpoint, or cut short ({len(start)} bytes)")
    _, form, size = PREFIX.unpack(start)
    head = start + file.read(max(0, min(size, LONGEST_HEADER) - PREFIX.size))
    frame_bytes, digest = 0, hashlib.sha256(head[: -DIGEST.size])
    while piece := file.read(_STEP):
        frame_bytes += len(piece)
        digest.update(piece)
    if len(head) != size or digest.digest() != head[-DIGEST.size :]:
        raise DamagedError(f"{name}: damaged checkpoint, its checksum does not match")
    if form > FORMAT:
        raise StateError(
            f"{name}: checkpoint format {form} is newer than this tickeng reads ({FORMAT});"
            " upgrade tickeng"
        )
    if form not in _READERS:
        raise DamagedError(f"{name}: damaged checkpoint, there is no format {form}")
    return _READERS[form](head, frame_bytes, name)


def _format_1(head: bytes, frame_bytes: int, name: str) -> Meta:
    if len(head) != HEADER_BYTES:
        raise DamagedError(f"{name}: damaged checkpoint, its header has another length")
    found = dict(zip((field.name for field in FIELDS), HEAD.unpack_from(head), strict=True))
    if found["frame_bytes"] != frame_bytes:
        raise DamagedError(f"{name}: damaged checkpoint, its header contradicts the file")
    release, config = found["engine_version"], found["config_hash"]
    return {
        "format": found["format"],
        "generation": found["generation"],
        "frame_bytes": frame_bytes,
        "payload_bytes": found["payload_bytes"],
        "engine_version": release.rstrip(b"\0").decode("ascii", "replace"),
        "config_hash": config.hex() if any(config) else None,
    }


# Format -> what makes the present fields of its header. A newer format adds a reader and keeps
# the ones before.
_READERS: dict[int, Callable[[bytes, int, str], Meta]] = {1: _format_1}


class Content:
    """A checked header and description, and the state behind them, which nobody holds.

    Trap: a frame of zeros unpacks to thousands of times its size, and so does the state of an
    engine whose windows are empty: sizes are bounded by what is asked for, not by the file.
    """

    def __init__(self, file: BinaryIO, name: str, max_bytes: int | None) -> None:
        self.head = header(file, name)
        self._name, self._max = name, max_bytes
        self._left = self.head["payload_bytes"]
        file.seek(HEADER_BYTES)
        self._require_size(file.read(_FRAME_HEADER))
        file.seek(HEADER_BYTES)
        self._pieces = self._inflated(file)
        self._over = b""
        (length,) = LENGTH.unpack(self._take(LENGTH.size))
        if length > self._left:
            raise self._damaged("its description is longer than the payload")
        self._require_room("description", length * _DESCRIBED)
        self.meta = self._described(self._take(length))
        self.state_bytes = self._left

    def state(self) -> Iterator[bytes]:
        """The state in pieces; after the last one its length has been checked."""
        if self._over:
            self._left -= len(self._over)
            yield self._over
        for piece in self._pieces:
            self._left -= len(piece)
            if self._left < 0:
                break
            yield piece
        if self._left:
            raise self._damaged("its payload has the wrong length")

    def whole_state(self) -> bytes:
        """The state in one piece. Raises StateError where it is larger than the limit."""
        self._require_room("state", self.state_bytes)
        state = io.BytesIO()
        for piece in self.state():
            state.write(piece)
        return state.getvalue()

    def _require_room(self, what: str, size: int) -> None:
        if self._max is not None and size > self._max:
            raise StateError(
                f"{self._name}: its {what} takes {mib(size)}, more than the {mib(self._max)} that"
                f' an input may take: raise it with max_memory="{enough(size)}"'
            )

    def _described(self, text: bytes) -> Meta:
        try:
            meta = parse(text, self._name)
        except StateError as error:
            raise DamagedError(str(error)) from error
        if meta.get("config_hash") != self.head["config_hash"]:
            raise self._damaged("header and description name different configurations")
        meta["generation"] = self.head["generation"]
        meta["engine_version"] = self.head["engine_version"]
        return meta

    def _take(self, size: int) -> bytes:
        parts = [self._over]
        while sum(map(len, parts)) < size and (piece := next(self._pieces, b"")):
            parts.append(piece)
        whole = b"".join(parts)
        if len(whole) < size:
            raise self._damaged("its payload is too short")
        self._left -= size
        self._over = whole[size:]
        return whole[:size]

    def _require_size(self, start: bytes) -> None:
        try:
            size = zstandard.frame_content_size(start)
        except zstandard.ZstdError as error:
            raise self._damaged(str(error)) from error
        if size != self._left:
            raise self._damaged("its header contradicts the frame")

    def _inflated(self, file: BinaryIO) -> Iterator[bytes]:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MAX)
        try:
            with unpacker.stream_reader(file, read_size=_STEP, read_across_frames=True,
                                        closefd=False) as reader:
                while piece := reader.read(_STEP):
                    yield piece
        except zstandard.ZstdError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, what: str) -> DamagedError:
        return DamagedError(f"{self._name}: damaged checkpoint, {what}")
