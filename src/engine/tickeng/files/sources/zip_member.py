"""The one data file of a zip archive, in blocks.

What operating systems and venues put beside it (folders, .DS_Store, __MACOSX, Thumbs.db, sums) is
passed over.
Nothing is ever written under a member's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from tickeng.errors import DataError, TruncatedError
from tickeng.files.sources.foreign import zip_of
from tickeng.files.sources.raw import BLOCK_BYTES

if TYPE_CHECKING:
    import zipfile

ZIP_MAGIC = b"PK\x03\x04"
EMPTY_ZIP_MAGIC = b"PK\x05\x06"
_BESIDE = (".ds_store", "thumbs.db", "desktop.ini")
_SUMS = (".checksum", ".md5", ".sha256")
_NAMES_SHOWN = 5


def is_zip(head: bytes) -> bool:
    return head.startswith((ZIP_MAGIC, EMPTY_ZIP_MAGIC))


def _is_data(name: str) -> bool:
    base = name.rsplit("/", 1)[-1].lower()
    return not (name.endswith("/") or name.startswith("__MACOSX/") or base in _BESIDE
                or base.startswith("._") or base.endswith(_SUMS))


def open_zip(file: BinaryIO, name: str) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    """The archive and its only data member. `name`: of the archive, for what to type."""
    import zipfile  # for archives only

    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise TruncatedError("zip archive is truncated (no directory at its end): "
                             "fetch it again") from None
    except UnicodeDecodeError:
        raise DataError(f"zip archive has a file name that is not UTF-8: unpack it with "
                        f"unzip {name}") from None
    except (NotImplementedError, ValueError, OSError, IndexError) as error:
        raise DataError(f"zip archive cannot be read ({error}): fetch it again") from None
    every = archive.infolist()
    members = [member for member in every if _is_data(member.filename)]
    if refusal := zip_of([member.filename for member in every], name):
        raise DataError(refusal)
    if len(members) != 1:
        names = ", ".join(m.filename for m in members[:_NAMES_SHOWN]) or "none"
        names += ", ..." if len(members) > _NAMES_SHOWN else ""
        raise DataError(f"zip archive holds {len(members)} files ({names}), expected one: "
                        f"unpack it with unzip {name} and give the files one by one")
    return archive, members[0]


def zip_blocks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Raises DataError, TruncatedError."""
    import zipfile
    import zlib

    try:
        with archive.open(info) as member:
            while block := member.read(BLOCK_BYTES):
                yield block
    except EOFError:
        raise TruncatedError(f"zip member {info.filename} is truncated: fetch it again") from None
    except RuntimeError as error:
        if isinstance(error, NotImplementedError):
            raise DataError(f"zip member {info.filename} is packed by a method that is not read "
                            f"({error}): unpack it first") from None
        raise DataError(f"zip member {info.filename} is encrypted: unpack it first") from None
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, IndexError) as error:
        raise DataError(f"zip member {info.filename} is damaged ({error}): "
                        "fetch the file again") from None
