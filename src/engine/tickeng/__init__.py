"""tickeng: a streaming tick engine whose numbers are the same bits in batch, stream and resume."""

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

__version__ = "0.1.0"

__all__ = [
    "BackpressureError", "CheckError", "Config", "ConfigError", "DataError", "Decision", "Engine", "Frame",
    "LateTickError", "Mark", "OutputError", "ParallelEngine", "StateError", "Status",
    "TickengError", "TruncatedError", "build_info", "catalogue", "core_map",
]
