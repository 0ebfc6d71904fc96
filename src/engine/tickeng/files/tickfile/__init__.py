"""tickeng's own tick file: independent zstd frames of columnar blocks between two skippable frames.

    head    skippable frame: format version and JSON metadata
    blocks  one zstd frame each (content size and checksum on) of at most 65,536 rows of one kind
    end     skippable frame: block index, symbol names, totals; without it the file is truncated

`zstd -d` skips head and end. A pipe reader learns a symbol's name from the block in which it first
appears, a seekable one all names and the index from the end. Kinds of events are merged span by
span (spans.py). The byte layout of blocks is described in tickeng/io/block_codec.hpp, that of the
other frames in frames.py.
"""

from tickeng.files.tickfile.columns import KINDS
from tickeng.files.tickfile.reader import TickFileReader, is_tick_file
from tickeng.files.tickfile.spans import order_of
from tickeng.files.tickfile.writer import TickFileWriter

__all__ = ["KINDS", "TickFileReader", "TickFileWriter", "is_tick_file", "order_of"]
