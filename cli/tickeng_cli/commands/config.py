"""`tickeng config show`: the settings that would be in force, and where each comes from."""

from typing import Annotated

import typer

import tickeng

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
    every: Annotated[bool, typer.Option("--all", help="Of kernels that are not selected, too.")]
    = False,
    json: options.Json = False,
) -> None:
    """Show the settings of what is selected, with value and origin, and the hash that
    checkpoints compare; --all those of every kernel.

    \b
    Examples:
      tickeng config show
      tickeng config show --config mine.toml --set eps=relative --json
    """
    settings = options.configuration(config, set_, kernels)
    used = settings.selected_kernels()
    idle = {kernel["name"] for kernel in tickeng.catalogue()} - used
    entries = [(key, value, origin) for key, value, origin in settings.items()
               if every or origin != "default" or key.partition(".")[0] not in idle]
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
