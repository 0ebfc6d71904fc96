"""The checkpoint container: one file that holds an engine and where its input and output stood.

`FILE` is the newest generation and `FILE.1` the one before. A file is written beside its place,
synced, and renamed, so a crash leaves the old one or the new one; a damaged `FILE` is noticed by
its SHA-256 and `FILE.1` is read instead, with a warning. Nothing is unpickled, and every length is
compared with the bytes that are there before memory is taken for it.

Trap: a digest says that nothing was damaged, not that nothing was forged: lengths are claims, the
description is checked (checkpoint_description), and a state is unpacked in steps up to a limit.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import struct
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import zstandard

from .checkpoint_description import Meta, parse
from .errors import OutputError, StateError
from .limits import DEFAULT_MEMORY, enough, mib
from .meter import Meter, Progress

MAGIC = b"TICKCKP\x01"
FORMAT = 1
# offset size meaning (little endian)
#      0    8 magic
#      8    4 format version
#     12    4 length of the header (144)
#     16    8 generation, counted from 1
#     24    8 length of the zstd frame that follows the header and ends the file
#     32    8 length of the payload inside the frame
#     40   24 engine version, ASCII, zero padded
#     64   32 configuration hash, SHA-256 (zero: none)
#     96   16 reserved, zero
#    112   32 SHA-256 over bytes 0..111 and the frame
_HEADER = struct.Struct("<8sIIQQQ24s32s16x")
HEADER_BYTES = _HEADER.size + hashlib.sha256().digest_size
# The payload: u64 length of the JSON section, the JSON section, the engine's state to the end.
_LENGTH = struct.Struct("<Q")
_STEP = 1 << 20
_WINDOW_MAX = 1 << 27
_FRAME_HEADER = 18  # bytes at most


@cache
def engine_version() -> str:
    """The version of the installed package, or `0` when it runs from an uninstalled tree."""
    try:
        return version("tickeng")
    except PackageNotFoundError:
        return "0"


def encode(state: bytes, meta: Meta, *, generation: int = 1) -> bytes:
    """The container's bytes for an engine state and a JSON-able description.

    `meta["config_hash"]` (hex SHA-256), when present, is also kept in the header.
    """
    text = json.dumps(meta, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    payload = b"".join((_LENGTH.pack(len(text)), text, state))
    frame = zstandard.ZstdCompressor(level=3, write_checksum=True).compress(payload)
    digest = bytes.fromhex(meta.get("config_hash") or "")[:32]
    release = engine_version().encode("ascii", "replace")[:24]
    head = _HEADER.pack(
        MAGIC, FORMAT, HEADER_BYTES, generation, len(frame), len(payload), release, digest
    )
    return head + hashlib.sha256(head + frame).digest() + frame


def decode(
    data: bytes, name: str = "checkpoint", *, max_bytes: int | None = DEFAULT_MEMORY
) -> tuple[bytes, Meta]:
    """Engine state and description from a container's bytes; `name` is used in messages.

    The description gains `generation` and `engine_version` from the header. `max_bytes` is the
    most that state and description may take (None: anything).

    Raises:
        StateError: not a checkpoint, damaged, written by a newer format, or larger than that.
    """
    content = _Content(data, name, max_bytes)
    if max_bytes is not None and content.state_bytes > max_bytes:
        raise StateError(
            f"{name}: its state takes {mib(content.state_bytes)}, more than the {mib(max_bytes)}"
            f' that an input may take: raise it with max_memory="{enough(content.state_bytes)}"'
        )
    state = io.BytesIO()
    for piece in content.state():
        state.write(piece)
    return state.getvalue(), content.meta


class _Content:
    """A checked header and description, and the state behind them, which is held by nobody.

    Trap: a frame of zeros unpacks to thousands of times its size, and so does the state of an
    engine whose windows are empty: sizes are bounded by what is asked for, not by the file.
    """

    def __init__(self, data: bytes, name: str, max_bytes: int | None) -> None:
        self.head = _header(data, name)
        self._name = name
        self._left = self.head["payload_bytes"]
        frame = memoryview(data)[HEADER_BYTES:]
        self._require_size(frame)
        self._pieces = self._inflated(frame)
        self._over = b""
        (length,) = _LENGTH.unpack(self._take(_LENGTH.size))
        if length > self._left:
            raise self._damaged("its description is longer than the payload")
        if length > (max_bytes or DEFAULT_MEMORY) // 4:
            raise self._damaged("its description is longer than any")
        self.meta = parse(self._take(length), name)
        self.state_bytes = self._left
        self.meta["generation"] = self.head["generation"]
        self.meta["engine_version"] = self.head["engine_version"]

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

    def _require_size(self, frame: memoryview) -> None:
        try:
            size = zstandard.frame_content_size(bytes(frame[:_FRAME_HEADER]))
        except zstandard.ZstdError as error:
            raise self._damaged(str(error)) from error
        if size != self._left:
            raise self._damaged("its header contradicts the frame")

    def _inflated(self, frame: memoryview) -> Iterator[bytes]:
        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MAX)
        try:
            with unpacker.stream_reader(frame, read_size=_STEP) as reader:
                while piece := reader.read(_STEP):
                    yield piece
        except zstandard.ZstdError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, what: str) -> StateError:
        return StateError(f"{self._name}: damaged checkpoint, {what}")


def _header(data: bytes, name: str) -> Meta:
    """The checked header: nothing of it is used before the digest has been compared."""
    if len(data) < HEADER_BYTES:
        raise StateError(f"{name}: not a checkpoint, or cut short ({len(data)} bytes)")
    fields = _HEADER.unpack_from(data)
    magic, form, header_bytes, generation, frame_bytes, payload_bytes, release, config = fields
    if magic != MAGIC:
        raise StateError(f"{name}: not a tickeng checkpoint")
    if form > FORMAT:
        raise StateError(
            f"{name}: checkpoint format {form} is newer than this tickeng reads ({FORMAT});"
            " upgrade tickeng"
        )
    frame = memoryview(data)[HEADER_BYTES:]
    digest = hashlib.sha256(data[: _HEADER.size])
    digest.update(frame)
    if digest.digest() != data[_HEADER.size : HEADER_BYTES]:
        raise StateError(f"{name}: damaged checkpoint, its checksum does not match")
    if form != FORMAT or header_bytes != HEADER_BYTES or frame_bytes != len(frame):
        raise StateError(f"{name}: damaged checkpoint, its header contradicts the file")
    return {
        "format": form,
        "generation": generation,
        "frame_bytes": frame_bytes,
        "payload_bytes": payload_bytes,
        "engine_version": release.rstrip(b"\0").decode("ascii", "replace"),
        "config_hash": config.hex() if any(config) else None,
    }


def previous(path: str | os.PathLike[str]) -> Path:
    """Where the generation before the newest one is kept."""
    return Path(f"{os.fspath(path)}.1")


def write_checkpoint(path: str | os.PathLike[str], state: bytes, meta: Meta) -> int:
    """Make `path` the newest generation and keep the one before; returns the generation number.

    After return the file and its folder entry are on disk. On an error `path` is what it was.

    Raises:
        OutputError: the file cannot be written.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        raise OutputError(f"{target}: is no file, and a checkpoint is one")
    generation = _newest_generation(target) + 1
    data = encode(state, meta, generation=generation)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    second = target.with_name(f".{target.name}.{os.getpid()}.1.tmp")
    try:
        _write_synced(beside, data)
        _keep_previous(target, second)
        os.replace(beside, target)
        _sync_folder(target.parent)
    except OSError as error:
        for rest in (beside, second):
            with contextlib.suppress(OSError):
                rest.unlink(missing_ok=True)
        raise OutputError(
            error.errno, f"{target}: checkpoint cannot be written: {error.strerror}"
        ) from error
    return generation


def _newest_generation(target: Path) -> int:
    """The generation in `target` or `target.1`; 0 when neither can be read."""
    newest = 0
    for path in (target, previous(target)):
        with contextlib.suppress(OSError, StateError):
            newest = max(newest, _header(_bytes(path), str(path))["generation"])
    return newest


def _write_synced(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _keep_previous(target: Path, second: Path) -> None:
    """Give the current file its second name by way of `second`, so that at no moment there is none.

    A damaged current file must not push out a good previous one, so it is not kept.
    """
    if not target.exists():
        return
    try:
        _header(_bytes(target), str(target))
    except StateError:
        return
    second.unlink(missing_ok=True)
    try:
        os.link(target, second)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
            raise
        _write_synced(second, target.read_bytes())
    os.replace(second, previous(target))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_checkpoint(
    path: str | os.PathLike[str], *, max_bytes: int | None = DEFAULT_MEMORY
) -> tuple[bytes, Meta]:
    """Engine state and description from the newest sound generation of `path`.

    `max_bytes` is the most that they may take (None: anything).

    When `path` is damaged or missing and `path.1` is sound, a `UserWarning` says so and
    `meta["fallback"]` holds the reason.

    Raises:
        StateError: neither generation can be read.
        FileNotFoundError: neither exists.
    """
    target = Path(path)
    try:
        return decode(_bytes(target), str(target), max_bytes=max_bytes)
    except (StateError, FileNotFoundError) as error:
        older = previous(target)
        if not os.path.exists(older):  # which is False for a name that cannot be
            raise
        reason = str(error) if isinstance(error, StateError) else f"{target}: missing"
        try:
            state, meta = decode(_bytes(older), str(older), max_bytes=max_bytes)
        except StateError as second:
            raise StateError(f"{reason}; {second}") from error
    meta["fallback"] = reason
    warnings.warn(f"{reason}; continuing from the generation before, {older}", stacklevel=2)
    return state, meta


def _bytes(path: Path) -> bytes:
    """The file's bytes, if its header says it is one of ours: a wrong file is not read whole."""
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
            if start != MAGIC:
                raise StateError(f"{path}: not a tickeng checkpoint")
            return start + file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StateError(f"{path}: cannot be read: {error.strerror}") from error


def describe(path: str | os.PathLike[str], *, progress: Progress | None = None) -> Meta:
    """Header fields, sizes and description of exactly this file, for showing; no fallback.

    Raises:
        StateError: damaged.
        FileNotFoundError: missing.
    """
    data = _bytes(Path(path))
    content, _ = _examined(data, str(path), Meter(progress, [path]))
    return {**content.head, "bytes": len(data), "state_bytes": content.state_bytes,
            "meta": content.meta}


def _examined(data: bytes, name: str, meter: Meter) -> tuple[_Content, str]:
    """The content with its state gone through, piece by piece, and the state's SHA-256."""
    content = _Content(data, name, None)
    digest = hashlib.sha256()
    for piece in content.state():
        digest.update(piece)
        meter.passed(len(piece), len(data) * len(piece) / content.state_bytes)
    return content, digest.hexdigest()


def compare(
    first: str | os.PathLike[str], second: str | os.PathLike[str], *,
    progress: Progress | None = None,
) -> dict[str, tuple[Any, Any]]:
    """What differs between two checkpoints: dotted key -> (value in first, value in second)."""
    sides, meter = [], Meter(progress, [first, second])
    for path in (first, second):
        content, digest = _examined(_bytes(Path(path)), str(path), meter)
        sides.append(dict(_flat({**content.meta, "state_sha256": digest}, "")))
    left, right = sides
    return {
        key: (left.get(key), right.get(key))
        for key in sorted(left.keys() | right.keys())
        if left.get(key) != right.get(key)
    }


def _flat(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """The leaves of nested dicts and lists with dotted keys."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, part in value.items():
        yield from _flat(part, f"{prefix}.{key}" if prefix else str(key))


def verify(path: str | os.PathLike[str], *, progress: Progress | None = None) -> list[Meta]:
    """Whether `path` and the generation before it (if kept) are sound, newest first.

    Raises:
        FileNotFoundError: `path` does not exist.
    """
    results = []
    files = [Path(path), *filter(Path.exists, [previous(path)])]
    meter = Meter(progress, files)
    for file in files:
        try:
            content, _ = _examined(_bytes(file), str(file), meter)
            generation = content.head["generation"]
            results.append({"path": str(file), "sound": True, "generation": generation})
        except StateError as error:
            results.append({"path": str(file), "sound": False, "error": str(error)})
    return results
