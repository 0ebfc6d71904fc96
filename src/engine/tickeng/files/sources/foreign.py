"""Files of other kinds, recognised by content: what each is, and what to type to make it readable.

Each remedy is one line that works as it stands, with the tools it names installed.
Trap: these are asked before the formats that take any text, so a test must be one that no text of
trades can pass.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import PurePath

from tickeng.errors import DataError
from tickeng.files.sources.lines import is_binary

_PANDAS = "python -c 'import pandas as pd; pd.{read}({file}).to_parquet({out})'"
_NUMPY = ("python -c 'import numpy as np, pandas as pd; "
          "pd.DataFrame(np.load({file}){array}).to_parquet({out})'")
_EXCEL = "python -c 'import pandas as pd; pd.read_excel({file}).to_csv({csv}, index=False)'"
_UNPACKED = "give the unpacked file"

# (offset, magic, what it is, remedy); {shell} is the file's name for a shell, {file} for Python.
_KINDS: tuple[tuple[int, bytes, str, str], ...] = (
    (257, b"ustar", "a tar archive", "tar xf {shell}, and give the files one by one"),
    (0, b"\x04\x22\x4d\x18", "lz4", f"lz4 -d {{shell}}, and {_UNPACKED}"),
    (0, b"\x02\x21\x4c\x18", "lz4", f"lz4 -d {{shell}}, and {_UNPACKED}"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", f"7z x {{shell}}, and {_UNPACKED}"),
    (0, b"Rar!\x1a\x07", "a rar archive", f"unrar x {{shell}}, and {_UNPACKED}"),
    (0, b"\xff\x06\0\0sNaPpY", "framed snappy", f"snzip -d {{shell}}, and {_UNPACKED}"),
    (0, b"\x1f\x9d", "packed by compress", f"uncompress {{shell}}, and {_UNPACKED}"),
    (0, b"LZIP", "lzip", f"lzip -d {{shell}}, and {_UNPACKED}"),
    (0, b"\x89LZO\0", "lzop", f"lzop -d {{shell}}, and {_UNPACKED}"),
    (0, b"\x5d\0\0", "LZMA without an index (.lzma, or .bi5 ticks of Dukascopy)",
     f"xz -d --format=lzma --stdout {{shell}} > {{plain}}, and {_UNPACKED}"),
    (0, b"\x89HDF\r\n\x1a\n", "HDF5", _PANDAS.replace("{read}", "read_hdf")),
    (0, b"ORC", "ORC", _PANDAS.replace("{read}", "read_orc")),
    (0, b"FEA1", "Feather of version 1",
     "python -c 'import pyarrow.feather as f, pyarrow.parquet as p; "
     "p.write_table(f.read_table({file}), {out})' with pyarrow below 22"),
    (0, b"Obj\x01", "Avro", "pip install fastavro pandas; python -c 'import fastavro, pandas as "
     "pd; pd.DataFrame(fastavro.reader(open({file}, \"rb\"))).to_parquet({out})'"),
    (0, b"SQLite format 3\0", "a SQLite database",
     "sqlite3 -header -csv {shell} 'select * from TRADES' > {csv_shell}"),
    (8, b"DUCK", "a DuckDB database",
     "duckdb {shell} \"copy TRADES to 'trades.parquet'\""),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)", _EXCEL),
    (0, b"%PDF-", "a PDF document", "get the data as CSV or Parquet from where it comes"),
    (0, b"PARE", "encrypted Parquet", "decrypt it where its keys are"),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file", "save it as CSV with writetable in MATLAB"),
    (0, b"<stata_dta>", "a Stata file", _PANDAS.replace("{read}", "read_stata")),
    (0, b"kxzipped", "a compressed kdb+ file",
     "`:trades.csv 0: csv 0: get `:{plain_name} in q"),
    (0, b"\xfe\x20", "a kdb+ file", "`:trades.csv 0: csv 0: get `:{plain_name} in q"),
    (0, b"\xff\x01", "a kdb+ file", "`:trades.csv 0: csv 0: get `:{plain_name} in q"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the data", "git lfs pull"),
    (0, b"\x89PNG\r\n", "a picture", "give the data, not its picture"),
)
_DBN = ("pip install databento; python -c 'import databento as db; "
        "db.DBNStore.from_file({file}).to_parquet({out})'")
_PICKLE = re.compile(rb"\x80[\x02-\x05][\x00-\xff]", re.DOTALL)
_LATER_DBN = re.compile(rb"DBN[\x04-\x08]")
_DBZ = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18....DBZ", re.DOTALL)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head>|body|h1|!--|\?xml|error>)",
                   re.IGNORECASE)  # <DATE>,<TIME> is a header
_TOLD = re.compile(rb"<(title|message|h1|code)[^>]*>\s*([^<]{1,200}?)\s*<", re.IGNORECASE)
_PAGE_BYTES = 1 << 14


def refuse(head: bytes, raw_head: bytes, name: str, member: str | None = None) -> None:
    """Raises DataError where the content is of a kind that is known, but not read.

    `head` is of the content, `raw_head` of the file around it, `name` the file's, `member` that of
    the content in a zip.
    """
    if head.startswith(b"\x93NUMPY"):
        raise _of_numpy([member] if member else [], name)
    if _DBZ.match(raw_head):
        raise _refusal("Databento's old DBZ",
                       "cargo install dbn-cli; dbn {shell} --output {plain}.dbn", name)
    for offset, magic, what, remedy in _KINDS:
        word = magic.isalnum()  # a text may begin so: ORC is not ORCL
        if head.startswith(magic, offset) and (not word or is_binary(head)):
            raise _refusal(what, remedy, name)
    if _LATER_DBN.match(head):
        raise _refusal(f"Databento DBN of version {head[3]}", _DBN, name)
    if _PICKLE.match(head):
        raise _refusal("a Python pickle, which may run any code: where you trust it,",
                       _PANDAS.replace("{read}", "read_pickle"), name)
    if _PAGE.match(head):
        told = _TOLD.search(head[:_PAGE_BYTES])
        text = f" ({told[2].decode('utf-8', 'replace')})" if told else ""
        raise DataError(f"is a web page or an error message in XML{text}, not data: "
                        "the download failed, fetch the file again")


def zip_of(names: Sequence[str], name: str) -> str | None:
    """The refusal of a zip that is a file of another kind, by the names of its members."""
    if "[Content_Types].xml" in names or any(part.startswith("xl/") for part in names):
        return str(_refusal("an Excel workbook (.xlsx)", _EXCEL, name))
    if "mimetype" in names and "content.xml" in names:
        return str(_refusal("an OpenDocument file",
                            _EXCEL.replace("{file}", "{file}, engine=\"odf\""), name))
    if len(names) > 1 and all(part.endswith(".npy") for part in names):
        return str(_of_numpy(names, name))
    return None


def _of_numpy(names: Sequence[str], name: str) -> DataError:
    """The refusal of a NumPy array, or of an archive of such."""
    if not names:
        return _refusal("a NumPy array", _NUMPY.replace("{array}", ""), name)
    array = f"[{quoted(names[0].removesuffix('.npy'))}]"
    return _refusal(f"a NumPy archive of {', '.join(names[:5])}",
                    _NUMPY.replace("{array}", array), name)


def quoted(name: str) -> str:
    """A Python string that can stand between a shell's single quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\x27")
    return f'"{escaped}"'


def _refusal(what: str, remedy: str, name: str) -> DataError:
    plain = PurePath(name).stem or "trades"
    words = {
        "shell": shlex.quote(name), "file": quoted(name), "out": quoted(f"{plain}.parquet"),
        "csv": quoted(f"{plain}.csv"), "csv_shell": shlex.quote(f"{plain}.csv"),
        "plain": shlex.quote(plain), "plain_name": plain,
    }
    text = re.sub(r"\{(\w+)\}", lambda match: words[match[1]], remedy)
    return DataError(f"is {what}, which is not read: {text}")
