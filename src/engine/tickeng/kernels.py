"""Every kernel and preset by name: `from tickeng import kernels as k`.

>>> from tickeng import Engine, kernels as k
>>> str(k.signal(k1=k.k1(window=64), name="fast"))
'fast = signal(k1=k1(window=64))'
>>> Engine(kernels=[k.chain, k.signal(k1=k.k1(window=64), name="fast")]).outputs.names[-1]
'fast'
"""

import difflib

from tickeng.config import catalogue, presets
from tickeng.pipeline import Kernel, Preset


def __getattr__(name: str) -> Kernel | Preset:
    for spec in catalogue():
        if name == spec["name"]:
            return Kernel(spec)
    for preset in presets():
        if name == preset["name"]:
            return Preset(**preset)
    near = difflib.get_close_matches(name, __dir__(), 3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise AttributeError(f"there is no kernel {name!r}{hint}")


def __dir__() -> list[str]:
    return [*(spec["name"] for spec in catalogue()), *(preset["name"] for preset in presets())]
