"""tickeng: a streaming tick engine whose numbers are the same bits in batch, stream and resume."""

from typing import TYPE_CHECKING, Any

from tickeng._core import Decision, build_info, core_map
from tickeng.config import Config, catalogue
from tickeng.engine import Engine, Status
from tickeng.errors import (
    BackpressureError,
    CheckError,
    ConfigError,
    DataError,
    LateTickError,
    OutputError,
    StateError,
    TickengError,
    TruncatedError,
)
from tickeng.frame import Frame
from tickeng.parallel import Mark, ParallelEngine

if TYPE_CHECKING:
    from tickeng.tapes import convert, inspect, replay

__version__ = "0.1.0"

__all__ = [
    "BackpressureError", "CheckError", "Config", "ConfigError", "DataError", "Decision", "Engine",
    "Frame", "LateTickError", "Mark", "OutputError", "ParallelEngine", "StateError", "Status",
    "TickengError", "TruncatedError", "build_info", "catalogue", "convert", "core_map", "inspect",
    "replay",
]


def __getattr__(name: str) -> Any:
    """The functions that read and write files, imported when first asked for."""
    if name not in ("convert", "inspect", "replay"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tickeng import tapes

    globals()[name] = getattr(tapes, name)
    return globals()[name]
