"""The engine's core, in the build that this processor runs best.

There is one extension module per instruction set, the same source and the same bits; nothing of
one can leak into another, and the wrong one is never loaded. TICKENG_LEVEL=v3 forces the smaller.
"""

import os
from importlib import import_module

from tickeng._native import cpu

LEVELS = ("v3", "v4")


def _choose(best: int, wanted: str | None) -> str:
    """Name of the build to load on a processor of level `best`; `wanted` is TICKENG_LEVEL."""
    if best < 3:
        raise ImportError("tickeng needs a processor with AVX2, FMA and BMI2 (x86-64-v3: Intel "
                          "Haswell, AMD Excavator or later); this one has not all of them")
    if wanted and wanted not in LEVELS:
        raise ImportError(f"TICKENG_LEVEL={wanted!r} is not known; use one of {', '.join(LEVELS)}")
    if wanted and int(wanted[1:]) > best:
        raise ImportError(f"TICKENG_LEVEL={wanted} asks for more than this processor has: v{best}")
    return wanted or f"v{best}"


level = _choose(cpu.level(), os.environ.get("TICKENG_LEVEL"))
globals().update({name: value for name, value in
                  vars(import_module(f"tickeng._native.core_{level}")).items()
                  if not name.startswith("_")})
