"""Options that several verbs share, and how their words become arguments of tickeng."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from tickeng import Config, ConfigError
from tickeng.engine import worker_count

LONGEST_PIPELINE = 1 << 16  # characters, beyond which the language refuses

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite an existing output.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="TOML file with settings.", exists=True, dir_okay=False),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting; repeatable."),
]
Kernels = Annotated[
    list[str] | None,
    typer.Option("--kernels", metavar="TEXT|@FILE", help="Run this pipeline, not the chain, as"
                 " 'chain; fast = k1(window=64)'; repeatable."),
]


def existing(paths: list[str]) -> None:
    """Refuse a file that is not there; - is stdin.

    Raises:
        ConfigError: names the file.
    """
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise ConfigError(f"{path}: no such file")


def workers(text: str) -> int:
    """The number of threads that `auto` or a number means."""
    return worker_count(int(text) if text.isdecimal() else text)


def pipeline(texts: list[str]) -> str:
    """The text of a pipeline from parts, of which `@FILE` is what that file says.

    Raises:
        ConfigError: there is no such file, or it is no text.
    """
    parts = []
    for text in texts:
        if text.startswith("@"):
            try:
                with open(text[1:], encoding="utf-8") as file:
                    text = file.read(LONGEST_PIPELINE + 1)
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(f"--kernels {text}: {error}") from None
        parts.append(text)
    return "\n".join(parts)


def configuration(
    file: Path | None, settings: list[str] | None, kernels: list[str] | None = None,
    **overrides: Any
) -> Config:
    """The effective configuration: defaults, then the file, then options, then --set."""
    found = Config.from_toml(file) if file else Config()
    overrides["kernels"] = pipeline(kernels or [])
    given = {name: value for name, value in overrides.items() if value}
    found = found.merged(given, origin="command line")
    return found.merged(dict(map(Config.parse_set, settings or [])), origin="--set")
