"""The rolling primitives' core, in the build that this processor runs best (see _core.py)."""

from tickeng import _core

if _core.level == "v4":
    from tickeng._rolling_v4 import RollingCore
else:
    from tickeng._rolling_v3 import RollingCore

__all__ = ["RollingCore"]
