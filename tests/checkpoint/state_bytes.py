"""A saved state taken apart, field by field, as docs/checkpoint.md lays it out."""

import json
import struct
from typing import NamedTuple

import tickeng_probe as probe

from tickeng import Config

PARTS = probe.part_fields()


class Piece(NamedTuple):
    """One field of a state: where it is, and the bytes it has."""

    path: str
    start: int
    end: int


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.pieces = data, 0, []
        self.kernels: dict[str, slice] = {}

    def number(self, code: str, path: str = ""):
        start, self.at = self.at, self.at + struct.calcsize("<" + code)
        if path:
            self.pieces.append(Piece(path, start, self.at))
        return struct.unpack_from("<" + code, self.data, start)[0]

    def text(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def array(self, code: str, path: str = "") -> bytes:
        start = self.at
        count = self.number("Q")
        self.at += count * struct.calcsize("<" + code)
        assert self.at <= len(self.data), path
        if path:
            self.pieces.append(Piece(path, start, self.at))
        return self.data[start + 8 : self.at]

    def fields(self, fields, path: str) -> None:
        for number, (name, code, many) in enumerate(fields):
            where = f"{path}/{number} {name}"
            (self.array if many else self.number)(code, where)

    def leader(self, path: str) -> None:
        for code, name in (("q", "ts_ns"), ("d", "price"), ("d", "previous")):
            self.number(code, f"{path}/{name}")
        self.fields(PARTS["counters"], f"{path}/counters")
        self.fields(PARTS["clock"], f"{path}/clock")
        self.array("q", f"{path}/waiting ts_ns")
        self.array("d", f"{path}/waiting price")

    def rows(self, path: str) -> None:
        self.number("Q", f"{path}/index")
        self.number("q", f"{path}/ts_ns")

    def market(self, path: str, touch: tuple[str, ...]) -> None:
        self.fields(PARTS["counters"], f"{path}/counters")
        self.fields(PARTS["clock"], f"{path}/clock")
        self.number("Q", f"{path}/crossed")
        self.number("q", f"{path}/until_ns")
        if touch:
            self.number("B", f"{path}/touch_known")
        for name in touch:
            self.number("d", f"{path}/{name}")

    def builder(self, path: str) -> None:
        for side in ("bids", "asks"):
            self.array("d", f"{path}/prices of {side}")
            self.array("d", f"{path}/quantities of {side}")
            self.number("Q", f"{path}/dropped {side}")
        for code, name in (("d", "bid_edge"), ("d", "ask_edge"), ("q", "last"), ("B", "valid"),
                           ("B", "joins")):
            self.number(code, f"{path}/{name}")
        for name in ("applied", "old", "gaps", "waited", "lost", "beyond"):
            self.number("Q", f"{path}/{name}")
        self.array("q", f"{path}/waiting numbers")
        self.array("d", f"{path}/waiting levels")
        self.number("B", f"{path}/missed")
        self.number("d", f"{path}/floor of bids")
        self.number("d", f"{path}/floor of asks")
        self.number("Q", f"{path}/behind")

    def kernel(self, path: str, settings: dict[str, dict[str, float]]) -> None:
        begin, name = self.at, self.array("b").decode()
        assert self.array("b").decode() == name
        version = self.number("I")
        assert version > 0
        self.number("Q")
        self.array("d", f"{path}/outputs of {name}")
        start = self.at
        own = _Reader(self.array("b"))
        own.fields(probe.kernel_fields(name, settings.get(name, {})), f"{path}/{name}")
        assert own.at == len(own.data), name
        self.kernels[f"{path}/{name}"] = slice(begin, self.at)
        self.pieces += [Piece(p.path, p.start + start + 8, p.end + start + 8) for p in own.pieces]

    def symbol(self, settings: dict[str, dict[str, float]]) -> None:
        path = self.array("b").decode()
        self.fields(PARTS["base series"], f"{path}/base series")
        self.fields(PARTS["counters"], f"{path}/counters")
        self.fields(PARTS["clock"], f"{path}/clock")
        self.number("Q", f"{path}/conflicts")
        ids = self.at
        for code in "qdd":
            self.array(code)
        self.pieces.append(Piece(f"{path}/seen ids", ids, self.at))
        self.number("I", f"{path}/flags")
        if self.number("B"):
            self.leader(f"{path}/leader")
        markets = self.number("B")
        if markets:
            self.rows(f"{path}/quotes")
        if markets & 1:
            self.market(f"{path}/quotes", ())
        if markets & 2:
            self.rows(f"{path}/books")
            self.market(f"{path}/books", ("bid", "bid_qty", "ask", "ask_qty"))
            if self.number("B", f"{path}/built"):
                self.builder(f"{path}/builder")
        if self.number("B"):
            for _ in range(self.number("I")):
                self.kernel(path, settings)
            for _ in range(self.number("I")):
                seen = self.array("b").decode()
                self.number("d", f"{path}/seen {seen}")


def pieces(state: bytes) -> list[Piece]:
    """Every field of a state, in order; the whole of it is accounted for."""
    return _read(state).pieces


def kernels(state: bytes) -> dict[str, slice]:
    """Symbol and kernel -> where its entry is."""
    return _read(state).kernels


def _read(state: bytes) -> _Reader:
    reader = _Reader(state)
    assert reader.number("8s") == b"tickeng\x01"
    config = Config(json.loads(reader.text(reader.number("I"))))
    settings: dict[str, dict[str, float]] = {}
    for kernel, param, value in config.engine_settings():
        settings.setdefault(kernel, {})[param] = value
    assert reader.number("I", "format") == 8
    reader.number("I", "flags")
    reader.number("q", "clock of on_time")
    for _ in range(reader.number("I")):
        reader.symbol(settings)
    reader.leader("leader")
    for _ in range(reader.number("I")):
        reader.leader(reader.text(reader.number("Q")))
    assert reader.at == len(state)
    return reader
