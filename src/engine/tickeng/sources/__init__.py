"""Readers: files of trades, recognised by content, as batches of columns.

One module a kind: `lines` (delimited text, raw exchange JSON), `arrow` (Parquet, Arrow), `opening`
(own format, recognition). A new format is a module here and a case in `opening`.
"""

from tickeng.sources.batch import Reject, TradeBatch
from tickeng.sources.inspection import inspect_file
from tickeng.sources.opening import FORMATS, open_source
from tickeng.sources.source import Source

__all__ = ["FORMATS", "Reject", "Source", "TradeBatch", "inspect_file", "open_source"]
