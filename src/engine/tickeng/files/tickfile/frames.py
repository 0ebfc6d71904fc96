r"""Frames of the tick file: skippable ones with a checksum of their own, zstd ones with blocks.

Payload of head and end (little endian): "TICKENG\0", version u16, role u16 (0 head, 1 end), CRC-32
of the body u32, body. Body of the end: blocks u32, symbols u32, rows u64, one record of the index
a block, the names (u16 length, UTF-8), and last the whole frame's length u32 and "TKEND\0\0\0", by
which a seekable reader finds it. Each frame has the lowest version that can say what it says:
version 2 of the head has `kinds` in its metadata, of the end has records of INDEX.
"""

import struct
import zlib
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from tickeng._base.control_text import has_control
from tickeng.errors import DataError, TruncatedError

MAGIC = b"TICKENG\0"
VERSIONS = (1, 2)
HEAD, END = 0, 1
SKIPPABLE = b"\x50\x2a\x4d\x18"
ZSTD = b"\x28\xb5\x2f\xfd"
LARGEST_BLOCK = 1 << 26  # bytes; no block of 2^20 rows is larger
LARGEST_END = 1 << 28  # bytes; the index of 3e11 rows
LONGEST_NAME = 255  # characters
PREFIX = struct.Struct("<8sHHI")
TOTALS = struct.Struct("<IIQ")
FOOTER = struct.Struct("<I8s")
FOOTER_MAGIC = b"TKEND\0\0\0"
TRADES_INDEX = np.dtype(
    [
        ("offset", "<u8"),
        ("bytes", "<u4"),
        ("rows", "<u4"),
        ("first_ts_ns", "<i8"),
        ("last_ts_ns", "<i8"),
    ]
)
INDEX = np.dtype(
    [
        *TRADES_INDEX.descr,
        ("first_seq", "<i8"),
        ("last_seq", "<i8"),
        ("kind", "<u4"),
        ("more", "<u4"),  # 1: the next block belongs to the same span
    ]
)


@dataclass(frozen=True, slots=True)
class End:
    """What the end frame says."""

    rows: int
    index: NDArray[Any]
    symbols: list[str]


def own_frame(role: int, body: bytes, version: int = 1) -> bytes:
    """A skippable frame around `body`."""
    payload = PREFIX.pack(MAGIC, version, role, zlib.crc32(body)) + body
    return SKIPPABLE + struct.pack("<I", len(payload)) + payload


def own_body(payload: bytes, role: int) -> tuple[int, bytes]:
    """Version and body of an own frame; DataError when it is damaged, newer or of another role."""
    if len(payload) < PREFIX.size:
        raise DataError("a frame of the file's own is too short")
    _, version, found, crc = PREFIX.unpack_from(payload)
    if version not in VERSIONS:
        raise DataError(f"the file has format version {version}, this tickeng reads 1 and 2")
    body = payload[PREFIX.size :]
    if zlib.crc32(body) != crc:
        raise DataError("a frame of the file's own fails its checksum")
    if found != role:
        raise DataError(f"a frame of role {found} where role {role} belongs")
    return version, body


def end_frame(end: End) -> bytes:
    """The end frame with its footer."""
    index, version = end.index, 2
    if np.array_equal(index, _of_trades(index)):
        index, version = index[list(TRADES_INDEX.names or ())].astype(TRADES_INDEX), 1
    body = TOTALS.pack(len(index), len(end.symbols), end.rows) + index.tobytes()
    for name in end.symbols:
        text = name.encode("utf-8", "backslashreplace")
        body += struct.pack("<H", len(text)) + text
    length = len(SKIPPABLE) + 4 + PREFIX.size + len(body) + FOOTER.size
    return own_frame(END, body + FOOTER.pack(length, FOOTER_MAGIC), version)


def parse_end(payload: bytes) -> End:
    """The content of an end frame; DataError when it is damaged."""
    version, body = own_body(payload, END)
    if len(body) < TOTALS.size + FOOTER.size:
        raise DataError("the end frame is too short")
    blocks, count, rows = TOTALS.unpack_from(body)
    record = TRADES_INDEX if version == 1 else INDEX
    names_at = TOTALS.size + blocks * record.itemsize
    if names_at > len(body) - FOOTER.size:
        raise DataError("the index is cut")
    index = np.frombuffer(body, record, blocks, TOTALS.size)
    symbols = names_in(body[names_at : len(body) - FOOTER.size])
    if len(symbols) != count or int(index["rows"].sum()) != rows:
        raise DataError("the end frame contradicts itself")
    return End(rows, _of_trades(index) if version == 1 else index, symbols)


def _of_trades(index: NDArray[Any]) -> NDArray[Any]:
    """The index if its blocks hold trades only, whose seq is their row."""
    trades = np.zeros(len(index), INDEX)
    for name in TRADES_INDEX.names or ():
        trades[name] = index[name]
    trades["last_seq"] = np.cumsum(index["rows"], dtype=np.int64) - 1
    trades["first_seq"] = trades["last_seq"] + 1 - index["rows"]
    return trades


def names_in(packed: bytes) -> list[str]:
    """Symbol names, each after its length."""
    names: list[str] = []
    at = 0
    while at < len(packed):
        length = int.from_bytes(packed[at : at + 2], "little")
        text = packed[at + 2 : at + 2 + length]
        if len(text) != length or at + 2 > len(packed):
            raise DataError("the symbol names are cut")
        names.append(text.decode("utf-8", "replace"))
        at += 2 + length
    return checked_names(names)


def checked_names(names: list[str]) -> list[str]:
    """The same names; DataError for one that no reader of text would take for a symbol's."""
    for name in names:
        if not 0 < len(name) <= LONGEST_NAME or has_control(name):
            raise DataError(f"{name[:40]!r} is no symbol, which has 1 to {LONGEST_NAME} "
                            "characters and no control character")
    return names


class FrameReader:
    """Frames of a file one after the other, reading forward only.

    It takes a frame from the file by the lengths in its headers and never allocates more than the
    file has, whatever they say.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=LARGEST_BLOCK)

    def next(self) -> tuple[bool, bytes]:
        """(True, content) of a zstd frame or (False, payload) of a skippable one.

        TruncatedError when the file ends first, DataError when no whole, sound frame is there.
        """
        magic = self._take(4)
        if 0x50 <= magic[0] <= 0x5F and magic[1:] == SKIPPABLE[1:]:
            size = int.from_bytes(self._take(4), "little")
            if size > LARGEST_END:
                raise DataError("a frame of impossible size")
            return False, self._take(size)
        if magic != ZSTD:
            raise DataError(f"no frame begins with {magic.hex()}")
        frame = self._zstd_frame()
        try:
            parameters = zstandard.get_frame_parameters(frame)
            if not parameters.has_checksum or parameters.content_size > LARGEST_BLOCK:
                raise DataError("a frame has no checksum or an impossible size")
            return True, self._decompressor.decompress(frame)
        except zstandard.ZstdError as error:
            raise DataError(f"a frame does not decompress ({error})") from error

    def at_end(self) -> bool:
        """Whether nothing follows."""
        return not self._file.read(1)

    def _zstd_frame(self) -> bytes:
        """A zstd frame whose magic is read, found by its block headers (RFC 8878, 3.1.1)."""
        frame = bytearray(ZSTD + self._take(1))
        descriptor = frame[4]
        single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
        size_bytes = (single, 2, 4, 8)[descriptor >> 6]
        frame += self._take((1 - single) + (0, 1, 2, 4)[descriptor & 3] + size_bytes)
        last = False
        while not last:
            head = self._take(3)
            word = int.from_bytes(head, "little")
            last, kind, size = bool(word & 1), word >> 1 & 3, word >> 3
            frame += head + self._take(1 if kind == 1 else size)
            if len(frame) > LARGEST_BLOCK:
                raise DataError("a frame of impossible size")
        return bytes(frame + self._take(4 * checksum))

    def _take(self, count: int) -> bytes:
        data = self._file.read(min(count, 1 << 20))
        if len(data) == count:
            return data
        gathered = bytearray(data)
        while len(gathered) < count:
            more = self._file.read(min(count - len(gathered), 1 << 20))
            if not more:
                raise TruncatedError("the file ends before its end frame")
            gathered += more
        return bytes(gathered)
