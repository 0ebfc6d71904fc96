"""Blocks of the tick file decoded value by value, from the description of the format alone."""

import struct
from fractions import Fraction

NONE, NAN = -(2**63), 0x7FF8000000000000
LEVELS = {2: (9, 10, 11, 12), 3: (4, 5)}  # columns with a value a level, by kind
DOUBLES = (4, 5, 9, 10, 11, 12)


def decode(block):
    """(kind, rows, levels, first row, flags, names, values by column id); doubles as bits."""
    magic, kind, layout, count, rows, names_size, first_row = struct.unpack_from("<4sBBHIIQ", block)
    assert magic == b"TKBL"
    at, levels, flags = 24, 0, 0
    if layout == 2:
        levels, flags = struct.unpack_from("<II", block, at)
        at = 32
    entries = [struct.unpack_from("<HBBIqq", block, at + 24 * i) for i in range(count)]
    at += 24 * count
    names, end = [], at + names_size
    while at < end:
        (size,) = struct.unpack_from("<H", block, at)
        names.append(block[at + 2 : at + 2 + size].decode())
        at += 2 + size
    columns = {}
    for column, encoding, planes, size, base, scale in entries:
        values = rows
        if column in LEVELS.get(kind, ()):
            values = levels * rows if kind == 2 else levels
        data = block[at : at + size]
        columns[column] = _column(column, data, values, encoding, planes, base, scale)
        at += size
    assert at == len(block)
    if 2 in columns:
        columns[2] = [_signed(a + b) for a, b in zip(columns[2], columns[1], strict=True)]
    if 8 in columns:
        columns[8] = [_signed(v + first_row + i) for i, v in enumerate(columns[8])]
    return kind, rows, levels, first_row, flags, names, columns


def _column(column, data, values, encoding, planes, base, scale):
    bitmap = b""
    if encoding & 8:
        bitmap, data = data[: -(-values // 8)], data[-(-values // 8) :]
    assert len(data) == planes * values
    found, total = [], base
    for i in range(values):
        code = sum(data[plane * values + i] << 8 * plane for plane in range(planes))
        if encoding & 7 == 0:
            found.append(code)
            continue
        if encoding & 7 == 2:
            total += scale * (-(code + 1 >> 1) if code & 1 else code >> 1)
        else:
            total = base + scale * code
        integer = _signed(total)
        found.append(_bits(integer, encoding >> 4) if column in DOUBLES else integer)
    for i in range(values):
        if bitmap and bitmap[i // 8] >> i % 8 & 1:
            found[i] = NAN if column in DOUBLES else NONE
    return found


def _signed(value):
    return (value + 2**63) % 2**64 - 2**63


def _bits(integer, exponent):
    """The double nearest to integer / 10^exponent."""
    return struct.unpack("<Q", struct.pack("<d", float(Fraction(integer, 10**exponent))))[0]
