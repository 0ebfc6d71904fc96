"""The checkpoint container: one file that holds an engine and where its input and output stood.

`FILE` is the newest generation and `FILE.1` the one before. A file is written beside its place,
synced, and renamed, so a crash leaves the old one or the new one; a damaged `FILE` is noticed by
its SHA-256 and `FILE.1` is read instead, with a warning. Nothing is unpickled, and every length is
compared with the bytes that are there before memory is taken for it.

Trap: the digest covers the bytes after it in the header too, so a forged length fails before it is
believed; a length with a valid digest is still only an upper bound for the decompressor.
"""

import contextlib
import errno
import hashlib
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

from .errors import OutputError, StateError

Meta = dict[str, Any]

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


def decode(data: bytes, name: str = "checkpoint") -> tuple[bytes, Meta]:
    """Engine state and description from a container's bytes; `name` is used in messages.

    The description gains `generation` and `engine_version` from the header.

    Raises:
        StateError: not a checkpoint, damaged, or written by a newer format.
    """
    head = _header(data, name)
    frame = memoryview(data)[HEADER_BYTES:]
    payload = _inflate(frame, head["payload_bytes"], name)
    if len(payload) < _LENGTH.size:
        raise StateError(f"{name}: damaged checkpoint, its payload is too short")
    (length,) = _LENGTH.unpack_from(payload)
    if length > len(payload) - _LENGTH.size:
        raise StateError(f"{name}: damaged checkpoint, its description is longer than the payload")
    text = payload[_LENGTH.size : _LENGTH.size + length]
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StateError(f"{name}: damaged checkpoint, unreadable description") from error
    if not isinstance(meta, dict):
        raise StateError(f"{name}: damaged checkpoint, its description is not an object")
    meta["generation"] = head["generation"]
    meta["engine_version"] = head["engine_version"]
    return payload[_LENGTH.size + length :], meta


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


def _inflate(frame: memoryview, expected: int, name: str) -> bytes:
    """The payload: memory grows with what the frame really holds, never with what it claims."""
    out = bytearray()
    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW_MAX)
    try:
        with unpacker.stream_reader(frame, read_size=_STEP) as reader:
            while len(out) <= expected and (part := reader.read(_STEP)):
                out += part
    except zstandard.ZstdError as error:
        raise StateError(f"{name}: damaged checkpoint, {error}") from error
    if len(out) != expected:
        raise StateError(f"{name}: damaged checkpoint, its payload has the wrong length")
    return bytes(out)


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
            newest = max(newest, _header(path.read_bytes(), str(path))["generation"])
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
        _header(target.read_bytes(), str(target))
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


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[bytes, Meta]:
    """Engine state and description from the newest sound generation of `path`.

    When `path` is damaged or missing and `path.1` is sound, a `UserWarning` says so and
    `meta["fallback"]` holds the reason.

    Raises:
        StateError: neither generation can be read.
        FileNotFoundError: neither exists.
    """
    target = Path(path)
    try:
        return decode(_bytes(target), str(target))
    except (StateError, FileNotFoundError) as error:
        older = previous(target)
        if not older.exists():
            raise
        reason = str(error) if isinstance(error, StateError) else f"{target}: missing"
        try:
            state, meta = decode(_bytes(older), str(older))
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


def describe(path: str | os.PathLike[str]) -> Meta:
    """Header fields, sizes and description of exactly this file, for showing; no fallback.

    Raises:
        StateError: damaged.
        FileNotFoundError: missing.
    """
    data = _bytes(Path(path))
    head = _header(data, str(path))
    state, meta = decode(data, str(path))
    return {**head, "bytes": len(data), "state_bytes": len(state), "meta": meta}


def compare(
    first: str | os.PathLike[str], second: str | os.PathLike[str]
) -> dict[str, tuple[Any, Any]]:
    """What differs between two checkpoints: dotted key -> (value in first, value in second)."""
    sides = []
    for path in (first, second):
        state, meta = decode(_bytes(Path(path)), str(path))
        meta["state_sha256"] = hashlib.sha256(state).hexdigest()
        sides.append(dict(_flat(meta, "")))
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


def verify(path: str | os.PathLike[str]) -> list[Meta]:
    """Whether `path` and the generation before it (if kept) are sound, newest first.

    Raises:
        FileNotFoundError: `path` does not exist.
    """
    results = []
    for file in (Path(path), previous(path)):
        if file != Path(path) and not file.exists():
            continue
        try:
            _, meta = decode(_bytes(file), str(file))
            results.append({"path": str(file), "sound": True, "generation": meta["generation"]})
        except StateError as error:
            results.append({"path": str(file), "sound": False, "error": str(error)})
    return results
