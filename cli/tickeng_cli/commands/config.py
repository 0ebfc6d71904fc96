"""`tickeng config show`: the settings that would be in force, and where each comes from."""

import typer

from .. import console, options
from ..verbs import add

app = typer.Typer(help="Show settings.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Show settings."""


def show(
    config: options.ConfigFile = None,
    set_: options.Set = None,
    kernels: options.Kernels = None,
    json: options.Json = False,
) -> None:
    """Show every setting with its value and origin, and the hash that checkpoints compare.

    \b
    Examples:
      tickeng config show
      tickeng config show --config mine.toml --set eps=relative --json
    """
    settings = options.configuration(config, set_, kernels)
    entries = list(settings.items())
    if json:
        console.print_json({
            "schema": "tickeng.config/1",
            "hash": settings.hash,
            "settings": [{"key": k, "value": v, "origin": origin} for k, v, origin in entries],
        })
        return
    screen = console.out()
    screen.print(console.listing(["key", "value", "origin"], [list(entry) for entry in entries]))
    screen.print(f"\nhash {settings.hash}", style="dim")


add(app, show)
