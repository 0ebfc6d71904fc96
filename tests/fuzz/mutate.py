"""Mutants of sound inputs: the same number and seed give the same bytes, on any machine.

Half of what is compressed or signed is changed inside and packed again, so that a checksum does not
keep the reader behind it from ever seeing damage.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import random
import struct
from collections.abc import Callable
from functools import cache

import zstandard

from tickeng.checkpoint.layout import HEADER_BYTES

from . import markets, seeds

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x7FFFFFFF, 0x7FFFFFF0, 0x80000000, 0xFFFFFFFF, 1 << 20,
            1 << 40, (1 << 63) - 1, (1 << 64) - 1)
_TEXTS = (b"nan", b"inf", b"-", b"1e999", b"9" * 40, b'"', b"\n", b"\r\n", b",", b";", b"\0",
          b"\xff\xfe", b"\xef\xbb\xbf", b"\xf0\x9f\x98\x80", b"{", b"[[[[", b"\x1b[31m", b"x" * 300)
_PACK: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.decompress, gzip.compress),
    ".bz2": (bz2.decompress, bz2.compress),
    ".xz": (lzma.decompress, lzma.compress),
    ".csv.zst": (zstandard.decompress, zstandard.compress),
    ".dbn.zst": (zstandard.decompress, zstandard.compress),
}
ROOMS = ("trades", "markets")  # of whose files mutants are made
_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"


@cache
def sound(room: str = "trades") -> list[tuple[str, bytes]]:
    """Names and contents; checkpoints are called so."""
    several = [*seeds.tick_file_of_kinds().items(), *seeds.recording().items()]
    if room == "markets":
        return [*markets.files().items(), *several]
    return [*seeds.files().items(), *several, *seeds.checkpoints().items()]


def mutant(seed: int, number: int, room: str = "trades") -> tuple[str, bytes]:
    """The file name and content of one mutant."""
    chance = random.Random(f"{seed}/{number}" if room == "trades" else f"{room}/{seed}/{number}")
    name, data = chance.choice(sound(room))
    inside = chance.random() < 0.5
    if name == "checkpoint" and inside:
        return name, _signed(data, chance)
    if name == "kinds.zst" and inside and room == "markets":
        return name, _with_a_changed_block(data, chance)
    for end, (unpack, pack) in _PACK.items():
        if inside and name.endswith(end):
            return name, pack(_changed(unpack(data), chance))
    return name, _changed(data, chance)


def _with_a_changed_block(data: bytes, chance: random.Random) -> bytes:
    """A tick file in which the content of one block is another, with a checksum that is right."""
    pieces, at = [], 0
    while at < len(data):
        if data[at:at + 4] == _ZSTD_FRAME:
            unpacker = zstandard.ZstdDecompressor().decompressobj()
            unpacker.decompress(data[at:])
            end = len(data) - len(unpacker.unused_data)
        else:
            end = at + 8 + int.from_bytes(data[at + 4:at + 8], "little")
        pieces.append(data[at:end])
        at = end
    which = chance.choice([i for i, piece in enumerate(pieces) if piece[:4] == _ZSTD_FRAME])
    block = _changed(zstandard.decompress(pieces[which]), chance, 400)
    pieces[which] = zstandard.ZstdCompressor(write_checksum=True).compress(block)
    return b"".join(pieces)


def _signed(data: bytes, chance: random.Random) -> bytes:
    """A changed payload, or a changed header, with a checksum that is right."""
    head, frame = bytearray(data[:112]), data[144:]
    if chance.random() < 0.8:
        payload = _changed(zstandard.decompress(frame), chance, 4_000)
        frame = zstandard.ZstdCompressor(write_checksum=True).compress(payload)
        head[24:40] = struct.pack("<QQ", len(frame), len(payload))
    else:
        head[chance.randrange(8, 112)] = chance.randrange(256)
    assert len(head) + 32 == HEADER_BYTES
    return bytes(head) + hashlib.sha256(bytes(head) + frame).digest() + frame


def _changed(data: bytes, chance: random.Random, near: int | None = None) -> bytes:
    """One to four changes; `near` keeps most of them in the first so many bytes."""
    work = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        end = len(work) if near is None or chance.random() < 0.3 else min(near, len(work))
        at = chance.randrange(end + 1)
        _change(work, at, chance)
    return bytes(work)


def _change(work: bytearray, at: int, chance: random.Random) -> None:
    kind = chance.randrange(8)
    if kind == 0 and at < len(work):
        work[at] ^= 1 << chance.randrange(8)
    elif kind == 1 and at < len(work):
        work[at] = chance.randrange(256)
    elif kind == 2:
        size = chance.choice((2, 4, 8))
        at -= at % size if chance.random() < 0.7 else 0
        number = chance.choice(_NUMBERS) & ((1 << 8 * size) - 1)
        work[at:at + size] = number.to_bytes(size, chance.choice(("little", "little", "big")))
    elif kind == 3:
        del work[at:at + chance.choice((1, 2, 8, 50, 400))]
    elif kind == 4:
        piece = work[at:at + chance.choice((1, 8, 60, 400))]
        place = chance.randrange(len(work) + 1)
        work[place:place] = piece * chance.choice((1, 1, 2, 50))
    elif kind == 5:
        work[at:at] = chance.choice(_TEXTS)
    elif kind == 6:
        other = chance.choice(sound())[1]
        begin = chance.randrange(len(other))
        work[at:at + chance.choice((0, 8, 60))] = other[begin:begin + chance.choice((8, 60, 400))]
    else:
        del work[at:]
