"""`tickeng kernels`: what the engine can compute."""

from typing import Annotated, Any

import typer

import tickeng
from tickeng import ConfigError

from .. import console, options


def kernels(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A name, alias or id.")
    ] = None,
    json: options.Json = False,
) -> None:
    """List the kernels, or show one: formula, parameters, outputs.

    \b
    Examples:
      tickeng kernels
      tickeng kernels k1
      tickeng kernels --json
    """
    found = [k for k in tickeng.catalogue() if name is None or _answers_to(k, name)]
    if not found:
        known = ", ".join(kernel["name"] for kernel in tickeng.catalogue())
        raise ConfigError(f"no kernel {name!r}; there are {known}")
    if json:
        console.print_json({"schema": "tickeng.kernels/1", "kernels": found})
    elif name is None:
        rows = [[k["id"], k["name"], k["memory"], k["summary"]] for k in found]
        console.out().print(console.listing(["id", "name", "memory", "summary"], rows))
    else:
        for kernel in found:
            _show(kernel)


def _answers_to(kernel: dict[str, Any], name: str) -> bool:
    names = [kernel["id"], kernel["name"], *kernel["aliases"]]
    return name.lower() in (known.lower() for known in names)


def _show(kernel: dict[str, Any]) -> None:
    screen = console.out()
    facts = [(key, kernel[key]) for key in ("id", "name", "summary", "formula", "memory", "source")]
    facts.insert(2, ("aliases", ", ".join(kernel["aliases"]) or "none"))
    facts.append(("reads", ", ".join(kernel["inputs"]) or "trades"))
    screen.print(console.pairs(facts))
    if kernel["params"]:
        rows = [
            [p["name"], p["default"], _bounds(p), p["unit"], p["doc"]] for p in kernel["params"]
        ]
        screen.print()
        screen.print(console.listing(["parameter", "default", "range", "unit", "meaning"], rows))
    rows = [[o["name"], o["unit"], o["range"]] for o in kernel["outputs"]]
    screen.print()
    screen.print(console.listing(["output", "unit", "range"], rows))


def _bounds(parameter: dict[str, Any]) -> str:
    if parameter["choices"]:
        return "|".join(str(choice) for choice in parameter["choices"])
    if parameter["low"] is None and parameter["high"] is None:
        return ""
    return f"{parameter['low']}..{parameter['high']}"
