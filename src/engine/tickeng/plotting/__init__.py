"""Draws a replay: price, gate, signal and size over time, as a PNG or as one HTML page.

`Plot` gathers while the replay runs, in bounded memory, and `save` writes the file its name asks
for. Only the PNG needs matplotlib, which is imported when it is drawn.
"""

from pathlib import Path

from ..errors import ConfigError, OutputError
from .series import Plot

DRAWN = ("signal", "gate", "size")  # the engine's outputs that Plot.add looks at

__all__ = ["DRAWN", "Plot", "check", "save"]


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


def save(plot: Plot, path: Path) -> None:
    """Write the plot; an existing file is replaced.

    Raises:
        OutputError: the file cannot be written.
    """
    from . import html, png

    picture = plot.picture()
    draw = png.draw if path.suffix.lower() == ".png" else html.draw
    try:
        path.write_bytes(draw(picture))
    except OSError as error:
        raise OutputError(
            error.errno, f"{path}: plot cannot be written: {error.strerror}"
        ) from error
