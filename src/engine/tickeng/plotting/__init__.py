"""Draws a replay: price, gate, signal and size over time, and where kernels give them spread, depth
and pump and exhaustion scores, as a PNG or as one HTML page.

`Plot` gathers while the replay runs, in bounded memory, and `save` writes the file its name asks
for. Only the PNG needs matplotlib, which is imported when it is drawn.
"""

from pathlib import Path

from ..errors import ConfigError
from ..files.disk import hold, resolved, write_aside
from ..files.disk.guard import require_kind
from .series import BANDS, Plot

DRAWN = ("gate", "size", *BANDS.values())  # the engine's outputs that Plot.add looks at

__all__ = ["DRAWN", "Plot", "check", "require", "save"]

_PNG = b"\x89PNG\r\n\x1a\n"
_TITLE = b" \xc2\xb7 tickeng replay</title>"


def check(path: Path) -> None:
    """Refuse early what `save` could not draw.

    Raises:
        ConfigError: neither .png nor .html, or matplotlib is missing for a .png.
    """
    if path.suffix.lower() not in (".png", ".html", ".htm"):
        raise ConfigError(f"{path}: a plot is a .png or a .html")
    if path.suffix.lower() == ".png":
        from . import png

        png.require()


def require(path: Path) -> None:
    """Refuse to replace what is no plot.

    Raises:
        OutputError: the file exists and holds something else.
    """
    if path.suffix.lower() == ".png":
        require_kind(path, "PNG", lambda head: head.startswith(_PNG))
    else:
        require_kind(path, "plot of tickeng", lambda head: _TITLE in head)


def save(plot: Plot, path: Path) -> None:
    """Write the plot; an existing file is replaced.

    Raises:
        OutputError: the file cannot be written.
    """
    from . import html, png

    picture = plot.picture()
    draw = png.draw if path.suffix.lower() == ".png" else html.draw
    data = draw(picture)
    target = resolved(path)
    with hold(target):
        write_aside(target, data)
