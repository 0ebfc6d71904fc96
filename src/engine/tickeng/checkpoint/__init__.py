"""Checkpoints: an engine and where its input and output stood, in one file of two generations."""

from .container import decode, encode, engine_version, is_ours
from .description import config_of
from .look import compare, describe, verify
from .store import previous, read_checkpoint, write_checkpoint

__all__ = [
    "compare",
    "config_of",
    "decode",
    "describe",
    "encode",
    "engine_version",
    "is_ours",
    "previous",
    "read_checkpoint",
    "verify",
    "write_checkpoint",
]
