"""tickeng: a streaming tick engine whose numbers are the same bits in batch, stream and resume."""

from tickeng._core import Decision, build_info
from tickeng.config import Config, catalogue
from tickeng.engine import Engine, Status
from tickeng.errors import (
    ConfigError,
    DataError,
    LateTickError,
    OutputError,
    StateError,
    TickengError,
    TruncatedError,
)
from tickeng.frame import Frame

__version__ = "0.1.0"

__all__ = [
    "Config", "ConfigError", "DataError", "Decision", "Engine", "Frame", "LateTickError",
    "OutputError", "StateError", "Status", "TickengError", "TruncatedError", "build_info",
    "catalogue",
]
