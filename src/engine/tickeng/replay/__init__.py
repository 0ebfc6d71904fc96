"""Replays files through an engine: merge, reorder, run, write, checkpoint, resume.

    outcome = replay(Options(files=["trades.csv"], config=Config(), out="alpha.parquet"))
    outcome.report["ticks"], outcome.report["gate"]["open_share"]

Memory stays bounded for inputs of any length; see `Options` for what can be asked.
"""

from ..notation import duration_ns, instant_ns
from .options import Every, Options
from .run import Outcome, replay
from .stop import Interrupted, Stop

__all__ = [
    "Every", "Interrupted", "Options", "Outcome", "Stop", "duration_ns", "instant_ns", "replay",
]
