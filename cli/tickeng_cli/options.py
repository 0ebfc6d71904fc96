"""Options that several verbs share, and how their words become arguments of tickeng."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from tickeng import Config, ConfigError
from tickeng.engine import worker_count
from tickeng.sources import memory_limit

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Overwrite an existing output.")]
Format = Annotated[
    str | None,
    typer.Option("--format", help="Input format; by default recognised from the content."),
]
Map = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="NAME=COLUMN", help="Say which column is price, qty, side, ts,"
                 " symbol, id or recv_ts; repeat or separate by commas."),
]
Header = Annotated[
    str | None,
    typer.Option("--header", metavar="A,B,..", help="Column names of a file without a header."),
]
TimeUnit = Annotated[
    str | None, typer.Option("--time-unit", help="Unit of numeric times: s, ms, us or ns.")
]
InferSide = Annotated[
    str | None,
    typer.Option("--infer-side", metavar="tick", help="Sign trades of a file without sides:"
                 " tick is the tick rule."),
]
Clock = Annotated[
    str, typer.Option("--clock", metavar="event|recv", help="Clock where a file has both.")
]
MaxMemory = Annotated[
    str | None,
    typer.Option("--max-memory", metavar="SIZE", help="The most that one input may make us hold"
                 " at once, such as 4GiB; 1GiB by default."),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="TOML file with settings.", exists=True, dir_okay=False),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one setting; repeatable."),
]
Kernels = Annotated[
    str | None, typer.Option("--kernels", metavar="A,B", help="Run these kernels, not the chain.")
]


def existing(paths: list[str]) -> None:
    """Refuse a file that is not there; - is stdin.

    Raises:
        ConfigError: names the file.
    """
    for path in paths:
        if path != "-" and not os.path.exists(path):
            raise ConfigError(f"{path}: no such file")


def words(text: str | None) -> list[str] | None:
    """The parts of a comma-separated option."""
    return [word.strip() for word in text.split(",") if word.strip()] if text else None


def workers(text: str) -> int:
    """The number of threads that `auto` or a number means."""
    return worker_count(int(text) if text.isdecimal() else text)


def memory(size: str | None) -> int | None:
    """Bytes of a size such as 2GiB."""
    return memory_limit(size).memory if size is not None else None


def mapping(pairs: list[str] | None) -> dict[str, str] | None:
    """`NAME=COLUMN` options as a dict."""
    found: dict[str, str] = {}
    for pair in (part for text in pairs or [] for part in text.split(",")):
        name, equals, column = pair.partition("=")
        if not (name and equals and column):
            raise ConfigError(f"--map {pair!r}: write --map price=px")
        found[name.strip()] = column.strip()
    return found or None


def source_options(
    form: str | None,
    columns: list[str] | None,
    header: str | None,
    time_unit: str | None,
    infer_side: str | None,
    clock: str,
    max_memory: str | None = None,
) -> dict[str, Any]:
    """Keyword arguments of `tickeng.sources.open_source`."""
    if clock not in ("event", "recv"):
        raise ConfigError(f"--clock {clock!r}: choose event or recv")
    if infer_side not in (None, "tick"):
        raise ConfigError(f"--infer-side {infer_side!r}: choose tick")
    if time_unit not in (None, "s", "ms", "us", "ns"):
        raise ConfigError(f"--time-unit {time_unit!r}: choose s, ms, us or ns")
    return {
        "format": form,
        "columns": mapping(columns),
        "header": words(header),
        "time_unit": time_unit,
        "infer_side": infer_side,
        "clock": clock,
        **({"max_memory": size} if (size := memory(max_memory)) else {}),
    }


def configuration(
    file: Path | None, settings: list[str] | None, kernels: str | None = None, **overrides: Any
) -> Config:
    """The effective configuration: defaults, then the file, then options, then --set."""
    found = Config.from_toml(file) if file else Config()
    given = {name: value for name, value in {**overrides, "kernels": kernels}.items() if value}
    found = found.merged(given, origin="command line")
    return found.merged(dict(map(Config.parse_set, settings or [])), origin="--set")
