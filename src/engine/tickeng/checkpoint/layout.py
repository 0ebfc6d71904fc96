"""The header of a checkpoint, byte by byte: one table from which it is packed and documented.

Bytes 0..15 and the digest at the end of the header mean the same in every format, so a reader can
tell a file of a newer format from a damaged one. Little endian.
"""

import hashlib
import struct
from typing import NamedTuple


class Field(NamedTuple):
    """One field of the header; `code` is its struct notation."""

    name: str
    code: str
    meaning: str

    @property
    def size(self) -> int:
        """Bytes."""
        return struct.calcsize("<" + self.code)


MAGIC = b"TICKCKP\x01"
FORMAT = 1
FIELDS = (
    Field("magic", "8s", "`TICKCKP\\x01`"),
    Field("format", "I", "format version, 1"),
    Field("header_bytes", "I", "length of the header, 144"),
    Field("generation", "Q", "generation, counted from 1"),
    Field("frame_bytes", "Q", "length of the zstd frame, which follows the header and ends the"
                              " file"),
    Field("payload_bytes", "Q", "length of the payload inside the frame"),
    Field("engine_version", "24s", "version of tickeng that wrote it, ASCII, zero padded"),
    Field("config_hash", "32s", "configuration hash, SHA-256; zero: none"),
    Field("reserved", "16s", "zero"),
)
DIGEST = Field("digest", "32s", "SHA-256 over bytes 0..111 and the frame")
PAYLOAD = (
    Field("description_bytes", "Q", "length of the description"),
    Field("description", "", "JSON in UTF-8, an object"),
    Field("state", "", "the engine's state, to the end"),
)

HEAD = struct.Struct("<" + "".join(field.code for field in FIELDS))
HEADER_BYTES = HEAD.size + DIGEST.size
LENGTH = struct.Struct("<" + PAYLOAD[0].code)
PREFIX = struct.Struct("<" + "".join(field.code for field in FIELDS[:3]))
LONGEST_HEADER = 4096  # of any format

assert hashlib.sha256().digest_size == DIGEST.size


def offsets(fields: tuple[Field, ...]) -> list[tuple[int, Field]]:
    """Each field with the byte it begins at."""
    places, at = [], 0
    for field in fields:
        places.append((at, field))
        at += field.size
    return places
