"""The plot as a PNG, drawn by matplotlib without pyplot and without a display.

Panels over one time axis: price with its range per bucket, signal with its range, size as steps,
and spread and depth with their ranges where the replay has them. Times with the gate open are
tinted in all of them; the tint's strength is the share of ticks for which it was open.
"""

import io
from importlib.util import find_spec
from typing import Any

import numpy as np

from .._base.notation import iso_ns
from ..errors import ConfigError
from .series import Floats, Picture

INK, MUTED, GRID = "#1c2733", "#66788a", "#e4e9ee"
_PLACE = {"hspace": 0.07, "left": 0.075, "right": 0.975, "top": 0.89, "bottom": 0.07}
PRICE, SIGNAL, SIZE, OPEN = "#1f5fbf", "#c2571a", "#5b4a9e", "#2e9e6b"
MARKET = {"spread": ("#8a6d1f", "spread bps"), "depth": ("#1f7f8a", "imbalance"),
          "pump": ("#b0305c", "pump"), "exhaust": ("#3d7a34", "exhaust")}


def require() -> None:
    """Raises ConfigError with the remedy when matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise ConfigError(
            "a .png plot needs matplotlib: pip install 'tickeng[plot]', or draw a .html instead"
        )


def draw(picture: Picture) -> bytes:
    """The PNG's bytes, 1600 x 1000 pixels."""
    require()
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: Any = {
        "font.size": 10, "font.family": "sans-serif", "text.color": INK,
        "axes.labelcolor": MUTED, "xtick.color": MUTED, "ytick.color": MUTED,
        "axes.edgecolor": GRID, "axes.linewidth": 0.8, "grid.color": GRID,
        "grid.linewidth": 0.8, "path.simplify": True,
    }
    with rc_context(style):
        figure = Figure(figsize=(12.8, 8.0), dpi=125, facecolor="white")
        FigureCanvasAgg(figure)
        heights = (3.2, 1.6, 0.9, *(1.1 for _ in picture.market))
        panels = figure.subplots(
            len(heights), 1, sharex=True, height_ratios=heights, gridspec_kw=_PLACE,
        )
        _titles(figure, picture)
        if len(picture.ts_ns):
            _panels(panels, picture)
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": "tickeng"})
    return out.getvalue()


def headline(picture: Picture) -> str:
    """What the picture shows, in one line."""
    if not len(picture.ts_ns):
        return "no ticks"
    ends = (picture.first_ns, picture.last_ns)
    first, last = (iso_ns(ts_ns)[:19].replace("T", " ") for ts_ns in ends)
    others = f" · busiest of {picture.symbols} symbols" if picture.symbols > 1 else ""
    return (
        f"{first} to {last} UTC · {picture.ticks:,} ticks"
        f"{f' · gate open {picture.gate_open:.1%}' if picture.has_gate else ''}{others}"
    )


def _titles(figure: Any, picture: Picture) -> None:
    name = picture.symbol.replace("$", r"\$")
    figure.text(0.075, 0.948, name, fontsize=17, fontweight="bold", va="center")
    figure.text(0.075, 0.912, headline(picture), fontsize=10, color=MUTED, va="center")
    x = 0.975
    legend = (("gate open", OPEN), ("size", SIZE), ("signal", SIGNAL), ("price", PRICE))
    for label, colour in legend:
        style = {"fontsize": 10, "color": colour, "va": "center", "ha": "right"}
        text = figure.text(x, 0.948, f"■ {label}", **style)
        x -= text.get_window_extent().width / figure.bbox.width + 0.015


def _panels(panels: Any, picture: Picture) -> None:
    import matplotlib.dates

    dates: Any = matplotlib.dates
    time = picture.ts_ns.astype("datetime64[ns]").astype("datetime64[us]")
    price, signal, size, *market = panels
    for panel in panels:
        panel.grid(True, axis="both")
        panel.set_axisbelow(True)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.tick_params(length=0)
        panel.margins(x=0)
        _tint(panel, time, picture)
    price.fill_between(
        time, picture.price_low, picture.price_high, color=PRICE, alpha=0.22, linewidth=0
    )
    price.plot(time, picture.price_last, color=PRICE, linewidth=1.15)
    price.set_ylim(*_limits(picture.price_low, picture.price_high))
    price.ticklabel_format(axis="y", style="plain", useOffset=False)
    price.set_ylabel("price")
    signal.axhline(0.0, color=MUTED, linewidth=0.7)
    signal.fill_between(
        time, picture.signal_low, picture.signal_high, color=SIGNAL, alpha=0.25, linewidth=0
    )
    signal.plot(time, picture.signal_mean, color=SIGNAL, linewidth=0.6)
    signal.set_ylim(*_limits(picture.signal_low, picture.signal_high))
    signal.set_ylabel("signal")
    size.fill_between(time, 0, picture.size_mean, step="mid", color=SIZE, alpha=0.6, linewidth=0)
    size.set_ylim(0, 1.08 * max(1.0, float(picture.size_mean.max())))
    size.set_ylabel("size")
    for panel, band in zip(market, picture.market, strict=True):
        colour, label = MARKET[band.name]
        panel.fill_between(time, band.low, band.high, color=colour, alpha=0.25, linewidth=0)
        panel.plot(time, band.mean, color=colour, linewidth=0.8)
        panel.set_ylim(*_limits(band.low, band.high))
        panel.set_ylabel(label)
    locator = dates.AutoDateLocator(minticks=5, maxticks=11)
    panels[-1].xaxis.set_major_locator(locator)
    panels[-1].xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    panels[-1].set_xlabel("UTC")


def _tint(panel: Any, time: Any, picture: Picture) -> None:
    """Shade by the share of open gate, one image row stretched over the panel."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    shades = LinearSegmentedColormap.from_list("open", [to_rgba(OPEN, 0.0), to_rgba(OPEN, 0.20)])
    edges = np.append(time, time[-1] + np.timedelta64(max(1, picture.width_ns // 1000), "us"))
    panel.pcolormesh(
        edges, [0, 1], picture.open_share[np.newaxis, :], cmap=shades, vmin=0, vmax=1,
        transform=panel.get_xaxis_transform(), zorder=0, rasterized=True, linewidth=0,
    )


def _limits(low: Floats, high: Floats) -> tuple[float, float]:
    """The range of the values with a little air; the tint must not stretch it."""
    if np.isnan(low).all():
        return -1.0, 1.0
    bottom, top = float(np.nanmin(low)), float(np.nanmax(high))
    air = 0.04 * (top - bottom) or abs(top) * 1e-6 or 1.0
    return bottom - air, top + air
