"""Replays files through an engine: merge, reorder, run, write, checkpoint, resume.

    outcome = replay(Options(files=["trades.csv"], config=Config(), out="alpha.parquet"))
    outcome.report["ticks"], outcome.report["gate"]["open_share"]

Memory stays bounded for inputs of any length; see `Options` for what can be asked.
Trap: `tickeng.replay` is this package and, called, the function of keywords.py, whichever was
imported first.
"""

import sys
from types import ModuleType
from typing import Any

from .._base.notation import duration_ns, instant_ns
from . import keywords
from .delays import parse as delays_of
from .explain import explain
from .options import Every, Options, tables
from .run import Outcome, replay
from .stop import Interrupted, Stop

__all__ = [
    "Every", "Interrupted", "Options", "Outcome", "Stop", "delays_of", "duration_ns", "explain",
    "instant_ns", "replay", "tables",
]


class _Callable(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> dict[str, Any]:
        return keywords.replay(*args, **options)


sys.modules[__name__].__class__ = _Callable
