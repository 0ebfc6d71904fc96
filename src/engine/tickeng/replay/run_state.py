"""What a replay has come to, as its checks and its report look at it."""

from collections import Counter
from typing import Any, Protocol

from ..engine import Engine
from ..errors import ConservationError
from ..plotting import Plot
from .inputs import Inputs
from .ledger import Ledger
from .options import Options
from .outputs import Output
from .resume import Saved
from .stream import Stream
from .summary import Summary


class RunState(Protocol):
    """A replay in progress or at its end; times are in seconds."""

    options: Options
    engine: Engine
    inputs: Inputs
    stream: Stream
    ledger: Ledger
    summary: Summary
    outputs: list[Output]
    plot: Plot | None
    saved: Saved
    checkpoint: dict[str, Any] | None
    checkpoint_failures: int
    sides_before: Counter[str]
    warnings: list[str]
    faults: list[ConservationError]
    hint: str | None
    seconds: float
    timings: dict[str, float]

    @property
    def stopped_by(self) -> str | None:
        """The name of the signal that stopped it."""

    def shares(self) -> dict[str, Any]:
        """What became of the rows of this run: in, processed, late, duplicate, rejected, why."""
