"""Proves on a user's own data that every way of running gives the same bits.

    report = verify_files(Options(files=["trades.csv"], config=Config()))
    report["identical"], report["differences"], report["digest"]

Each way is a run of its own over the files, from reading to outputs; what is kept of it is a digest
for each block of rows and column. Where two digests differ, both runs are made again up to that
block, which shows the row, the column and the distance.
"""

from .report import verify_files
from .wording import failure, where

__all__ = ["failure", "verify_files", "where"]
