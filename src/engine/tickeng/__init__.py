"""tickeng: a streaming tick engine whose numbers are the same bits in batch, stream and resume."""

from typing import TYPE_CHECKING, Any

from tickeng._base.version import VERSION
from tickeng._native.core import Decision, build_info, core_map
from tickeng.config import Config, catalogue
from tickeng.engine import Engine, Reason, Status
from tickeng.errors import (
    BackpressureError,
    CheckError,
    ConfigError,
    ConservationError,
    DataError,
    DifferenceError,
    FallbackWarning,
    LateTickError,
    NotAcceptedWarning,
    OutputError,
    StateError,
    SymbolError,
    TickengError,
    TruncatedError,
)
from tickeng.frame import Frame
from tickeng.parallel import ParallelEngine, Snapshot

if TYPE_CHECKING:
    from tickeng.conversion.convert import convert
    from tickeng.inspection import inspect
    from tickeng.reading import Table, read, scan
    from tickeng.replay.keywords import replay
    from tickeng.verification.keywords import verify

__version__ = VERSION

__all__ = [
    "BackpressureError", "CheckError", "Config", "ConfigError", "ConservationError", "DataError",
    "Decision", "DifferenceError", "Engine", "FallbackWarning", "Frame", "LateTickError",
    "NotAcceptedWarning", "OutputError", "ParallelEngine", "Reason", "Snapshot", "StateError",
    "Status", "SymbolError", "Table", "TickengError", "TruncatedError", "build_info", "catalogue",
    "convert", "core_map", "inspect", "read", "replay", "scan", "verify",
]


_LAZY = {"convert": "conversion.convert", "inspect": "inspection",
         "replay": "replay.keywords", "verify": "verification.keywords",
         "Table": "reading", "read": "reading", "scan": "reading"}


def __getattr__(name: str) -> Any:
    """What reads and writes files, imported when first asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    globals()[name] = getattr(import_module(f"tickeng.{_LAZY[name]}"), name)
    return globals()[name]
