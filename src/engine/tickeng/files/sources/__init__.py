"""Trades from files: any known format, container and clock as batches of columns."""

from tickeng.files.batch import EventBatch, Reject
from tickeng.files.limits import memory_limit
from tickeng.files.sources.formats import FORMATS, open_source
from tickeng.files.sources.growing import Follow
from tickeng.files.sources.inspection import describe_file
from tickeng.files.sources.source import Source

__all__ = ["FORMATS", "Follow", "Reject", "Source", "EventBatch", "describe_file",
           "memory_limit", "open_source"]
