"""A way of running, tried: its digests at once, one of its blocks when that is asked for later."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from ..errors import DataError
from ..replay import Options
from .blocks import Block, Digests, in_blocks
from .ways import Facts, Way

Advance = Callable[[int, float | None], None]  # rows so far and share of the input


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of one cell to be changed, for the self-test; `row` counts from 0."""

    row: int
    column: str
    bit: int

    def apply(self, block: Block) -> Block:
        """The block, changed if the cell is in it."""
        at = self.row - block.first
        if not 0 <= at < len(block):
            return block
        column = block.columns[self.column].copy()
        column.view(f"u{column.dtype.itemsize}")[at] ^= 1 << self.bit
        return replace(block, columns={**block.columns, self.column: column})


@dataclass(slots=True)
class Ran:
    """What is kept of a run: digests, facts, and the error of the input that ended it."""

    digests: Digests
    facts: Facts
    error: DataError | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way over the files of `options`, in this process."""

    way: Way
    options: Options
    max_time_ns: int | None = None
    flip: Flip | None = None

    def run(self, advance: Advance) -> Ran:
        """Run it to its end."""
        ran = Ran(Digests(), Facts())
        try:
            for block in self._blocks(ran.facts):
                ran.digests.add(block)
                advance(ran.digests.total, ran.facts.share)
        except DataError as error:
            ran.error = error
        return ran

    def block(self, number: int) -> Block | None:
        """Run it again up to one block, counted from 0; None where it ends before."""
        try:
            return next(islice(self._blocks(Facts()), number, None), None)
        except DataError:
            return None

    def _blocks(self, facts: Facts) -> Iterator[Block]:
        for block in in_blocks(self.way.pieces(self.options, self.max_time_ns, facts)):
            yield self.flip.apply(block) if self.flip else block
