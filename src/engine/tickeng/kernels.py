"""Every kernel and preset by name: `from tickeng import kernels as k`.

>>> from tickeng import Engine, kernels as k
>>> str(k.signal(k1=k.k1(window=64), name="fast"))
'fast = signal(k1=k1(window=64))'
>>> Engine(kernels=[k.chain, k.signal(k1=k.k1(window=64), name="fast")]).outputs.names[-1]
'fast'
>>> (0.5 * k.k1 - k.clip(k.k3, 0, 2)).named("alpha2")
alpha2 = 0.5 * k1 - clip(k3, 0, 2)
"""

import difflib
from collections.abc import Callable

from tickeng.config import catalogue, presets
from tickeng.pipeline import FUNCTIONS, Columns, Formula, Kernel, Preset

_CLOCKS = {"trade": ("price", "qty", "side"), "quote": ("bid", "bid_qty", "ask", "ask_qty"),
           "book": ("bid", "bid_qty", "ask", "ask_qty", "bid_levels", "ask_levels"),
           "bar": ("open", "high", "low", "close", "volume", "signed_volume", "vwap", "trades"),
           "own": ("price", "qty", "side")}


def __getattr__(name: str) -> Kernel | Preset | Columns | Callable[..., Formula]:
    for spec in catalogue():
        if name == spec["name"]:
            return Kernel(spec)
    for preset in presets():
        if name == preset["name"]:
            return Preset(**preset)
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    if name in _CLOCKS:
        return Columns(name, _CLOCKS[name])
    near = difflib.get_close_matches(name, __dir__(), 3)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise AttributeError(f"there is no kernel {name!r}{hint}")


def __dir__() -> list[str]:
    return [*(spec["name"] for spec in catalogue()), *(preset["name"] for preset in presets()),
            *_CLOCKS, *FUNCTIONS]
