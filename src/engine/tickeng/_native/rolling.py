"""The rolling primitives' core, in the build that this processor runs best (see core.py)."""

from tickeng._native import core

if core.level == "v4":
    from tickeng._native.rolling_v4 import RollingCore
else:
    from tickeng._native.rolling_v3 import RollingCore

__all__ = ["RollingCore"]
