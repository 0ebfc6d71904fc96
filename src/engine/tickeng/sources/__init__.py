"""Trades from files: any known format, container and clock as batches of columns."""

from tickeng.limits import memory_limit
from tickeng.sources.batch import REASONS, Reject, TradeBatch
from tickeng.sources.formats import FORMATS, open_source
from tickeng.sources.growing import Follow
from tickeng.sources.inspection import inspect_file
from tickeng.sources.source import Source

__all__ = ["FORMATS", "REASONS", "Follow", "Reject", "Source", "TradeBatch", "inspect_file",
           "memory_limit", "open_source"]
