"""Files of other kinds and wrappings: read through, or named in a sentence with what to type."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import zstandard

from tickeng.errors import DataError, TruncatedError
from tickeng.files.sources import open_source

from .conftest import read
from .test_broken import CSV, ROWS, zipped


def tar() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        info = tarfile.TarInfo("t.csv")
        info.size = len(CSV)
        archive.addfile(info, io.BytesIO(CSV))
    return data.getvalue()


def npy() -> bytes:
    data = io.BytesIO()
    np.save(data, np.arange(9.0))
    return data.getvalue()


def npz() -> bytes:
    data = io.BytesIO()
    np.savez(data, trades=np.arange(9.0))
    return data.getvalue()


def sqlite() -> bytes:
    base = sqlite3.connect(":memory:")
    base.execute("create table t (a)")
    return base.serialize()


NAMED = {
    "t.tar": (tar(), r"a tar archive.*tar xf t\.tar, "),
    "t.tar.gz": (gzip.compress(tar()), r"tar xf t\.tar\.gz"),
    "t.tar.zst": (zstandard.compress(tar()), r"tar xf t\.tar\.zst"),
    "t.tar.xz": (lzma.compress(tar()), r"tar xf"),
    "t.lz4": (b"\x04\x22\x4d\x18" + bytes(99), r"lz4 -d t\.lz4"),
    "t.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7z x"),
    "t.rar": (b"Rar!\x1a\x07\x01\0" + bytes(99), "unrar x"),
    "t.sz": (b"\xff\x06\0\0sNaPpY" + bytes(99), "snzip -d"),
    "t.Z": (b"\x1f\x9d\x90" + bytes(99), "uncompress"),
    "12h_ticks.bi5": (b"\x5d\0\0\x80\0" + bytes(99), "xz -d --format=lzma"),
    "t.h5": (b"\x89HDF\r\n\x1a\n" + bytes(99),
             r'pd\.read_hdf\("t\.h5"\)\.to_parquet\("t\.parquet"\)'),
    "t.orc": (b"ORC" + bytes(99), "read_orc"),
    "t.feather": (b"FEA1" + bytes(99), "Feather of version 1"),
    "t.avro": (b"Obj\x01" + bytes(99), "fastavro"),
    "t.npy": (npy(), r'np\.load\("t\.npy"\)'),
    "t.npz": (npz(), r'np\.load\("t\.npz"\)\["trades"\]'),
    "t.db": (sqlite(), r"sqlite3 -header -csv t\.db"),
    "t.duckdb": (bytes(8) + b"DUCK" + bytes(99), "duckdb"),
    "t.xlsx": (zipped(**{"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}),
               "read_excel"),
    "t.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "read_excel"),
    "t.pdf": (b"%PDF-1.7\n" + bytes(99), "PDF"),
    "t.pkl": (b"\x80\x04\x95\x0a\0\0\0\0\0\0\0}\x94.", "pickle, which may run any code"),
    "t.dbn": (b"DBN\x04" + bytes(99), "DBN of version 4.*databento"),
    "t.dbn.zst": (zstandard.compress(b"DBN\x05" + bytes(99)), "DBN of version 5.*databento"),
    "t.dbz": (b"\x51\x2a\x4d\x18\x10\0\0\0DBZ\x01" + bytes(12), "DBZ.*dbn t.dbz --output t.dbn"),
    "kdb": (b"\xff\x01" + bytes(99), r"kdb\+"),
    "t.parquet": (b"PARE" + bytes(99), "encrypted Parquet"),
    "lfs.csv": (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "git lfs pull"),
    "page.csv": (b"\n<html><head><title>404 Not Found</title>", r"web page.*\(404 Not Found\)"),
    "error.zip": (b"<?xml version='1.0'?>\n<Error><Code>NoSuchKey</Code></Error>", "NoSuchKey"),
    "three.gz": (gzip.compress(gzip.compress(gzip.compress(CSV))), "packed more than 2 times"),
    "my trades.tar": (tar(), r"tar xf 'my trades\.tar'"),
}


@pytest.mark.parametrize("name", NAMED)
def test_what_it_is_and_what_to_type(tmp_path: Path, name: str) -> None:
    data, told = NAMED[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError, match=told) as caught:
        open_source(path)
    assert str(caught.value).startswith(f"{name}: ")


@pytest.mark.parametrize("header", [
    "ORC,price,qty,side,timestamp", "<DATE>,price,qty,side,timestamp",
    "LZIP,price,qty,side,timestamp", "DBN,price,qty,side,timestamp",
])
def test_text_that_begins_like_another_kind_is_text(tmp_path: Path, header: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n1,2.5,1,buy,1700000000000\n")
    assert len(read(path)) == 1


READ = {
    "t.csv.bz2": lambda: bz2.compress(CSV),
    "two.bz2": lambda: bz2.compress(CSV[:9_000]) + bz2.compress(CSV[9_000:]),
    "t.csv.xz": lambda: lzma.compress(CSV),
    "two.xz": lambda: lzma.compress(CSV[:9_000]) + bytes(8) + lzma.compress(CSV[9_000:]),
    "gz.zip": lambda: zipped(**{"t.csv.gz": gzip.compress(CSV)}),
    "zip.zip": lambda: zipped(**{"t.zip": zipped(**{"t.csv": CSV})}),
    "gz.gz": lambda: gzip.compress(gzip.compress(CSV)),
    "zst.gz": lambda: gzip.compress(zstandard.compress(CSV)),
    "zip.gz": lambda: gzip.compress(zipped(**{"t.csv": CSV})),
    "mac.zip": lambda: zipped(**{
        "a/": b"", "a/t.csv": CSV, "a/.DS_Store": b"x", "__MACOSX/a/._t.csv": b"x",
        "Thumbs.db": b"x", "desktop.ini": b"x", "t.csv.CHECKSUM": b"x"}),
}


@pytest.mark.parametrize("name", READ)
def test_wrappings_are_read_through(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(READ[name]())
    tape = read(path)
    assert tape.error is None and len(tape) == ROWS


@pytest.mark.parametrize("name", ["t.csv.bz2", "t.csv.xz", "gz.zip", "gz.gz", "zst.gz"])
def test_a_cut_is_an_error_wherever_it_is(tmp_path: Path, name: str) -> None:
    data = READ[name]()
    for cut in range(20, len(data) - 1, max(1, len(data) // 40)):
        path = tmp_path / name
        path.write_bytes(data[:cut])
        try:
            error = read(path).error
        except DataError as raised:
            error = raised
        assert isinstance(error, DataError), cut
        if not name.endswith("zip"):
            assert isinstance(error, TruncatedError), (cut, error)


def with_odd_names() -> dict[str, bytes]:
    """Archives whose names zipfile stumbles over: none at all, and bytes that are no UTF-8."""
    raw = zipped(**{"a.csv": CSV})
    entry, end = raw.rindex(b"PK\x01\x02"), raw.rindex(b"PK\x05\x06")
    nameless = bytearray(raw[:entry + 28] + b"\0\0" + raw[entry + 30:entry + 46] + raw[entry + 51:])
    at = nameless.rindex(b"PK\x05\x06")
    nameless[at + 12:at + 16] = (end - entry - 5).to_bytes(4, "little")
    foreign = bytearray(raw)
    foreign[entry + 9] |= 8
    foreign[entry + 46] = 0x81
    inner = bytearray(raw)
    inner[7] |= 8
    inner[30] = 0x81
    return {"nameless": bytes(nameless), "foreign": bytes(foreign), "inner": bytes(inner)}


@pytest.mark.parametrize("name", ["nameless", "foreign", "inner"])
def test_a_zip_with_odd_names_is_no_internal_error(tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.zip"
    path.write_bytes(with_odd_names()[name])
    with pytest.raises(DataError), open_source(path) as source:
        list(source.batches())


def test_several_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", CSV)
    with pytest.raises(DataError, match=r"2 files \(a\.csv, b\.csv\).*unzip two\.zip"):
        open_source(path)
