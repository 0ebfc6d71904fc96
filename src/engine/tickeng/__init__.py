"""tickeng: a streaming tick engine whose numbers are the same bits in batch, stream and resume."""

from tickeng._core import Decision, build_info, core_map
from tickeng.config import Config, catalogue
from tickeng.engine import Engine, Reason, Status
from tickeng.errors import (
    BackpressureError,
    ConfigError,
    DataError,
    LateTickError,
    NotAcceptedWarning,
    OutputError,
    StateError,
    SymbolError,
    TickengError,
    TruncatedError,
)
from tickeng.frame import Frame
from tickeng.parallel import Mark, ParallelEngine

__version__ = "0.1.0"

__all__ = [
    "BackpressureError", "Config", "ConfigError", "DataError", "Decision", "Engine", "Frame",
    "LateTickError", "Mark", "NotAcceptedWarning", "OutputError", "ParallelEngine", "Reason",
    "StateError", "Status", "SymbolError", "TickengError", "TruncatedError", "build_info",
    "catalogue", "core_map",
]
