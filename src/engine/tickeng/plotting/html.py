"""The plot as one HTML page: the data, a small script that draws SVG, and nothing from outside.

The page's policy forbids every connection. Names from the data are escaped for HTML, and the data
block is JSON in which `<`, `>` and `&` are written as escapes, so no symbol can end it.
"""

import html
import json
import math
from importlib.resources import files
from typing import Any

import numpy as np

from .png import headline
from .series import Picture

_COLUMNS = (
    "price_low", "price_high", "price_last", "signal_low", "signal_high", "signal_mean",
    "size_mean", "open_share",
)


def draw(picture: Picture) -> bytes:
    """The page's bytes, UTF-8."""
    data: dict[str, Any] = {name: _numbers(getattr(picture, name)) for name in _COLUMNS}
    data["market"] = [band.name for band in picture.market]
    for band in picture.market:
        data |= {f"{band.name}_{name}": _numbers(getattr(band, name))
                 for name in ("low", "high", "mean")}
    data["time_ms"] = [round(ts / 1e6, 3) for ts in picture.ts_ns.tolist()]
    data["width_ms"] = picture.width_ns / 1e6
    data["weight"] = picture.weight.astype(np.int64).tolist()
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for sign, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escape)
    page = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
    page = page.replace("{{symbol}}", html.escape(picture.symbol))
    page = page.replace("{{headline}}", html.escape(headline(picture)))
    return page.replace("{{data}}", text).encode()


def _numbers(values: np.ndarray[Any, Any]) -> list[float | None]:
    """JSON has no NaN; ten digits are more than a screen shows."""
    return [None if math.isnan(value) else float(f"{value:.10g}") for value in values.tolist()]
