"""Prints src/engine/tickeng/kernels.pyi from the registry: `make docs`. A test holds it to that."""

from typing import Any

from tickeng import kernels
from tickeng.config import catalogue, presets
from tickeng.pipeline import FUNCTIONS

HEAD = """# Written by `make docs` from the declarations of the kernels; do not edit by hand.
from datetime import timedelta
from typing import Literal

from tickeng.pipeline import Columns, Expression, Formula, Kernel, Node, Preset

_Number = Expression | float
"""
TWO, THREE = "a: _Number, b: _Number, /", "{0}: _Number, {1}: _Number, {2}: _Number, /"
ARGUMENTS = {"min": TWO[:-1] + "*more: _Number", "max": TWO[:-1] + "*more: _Number", "eq": TWO,
             "ne": TWO, "clip": THREE.format("x", "low", "high"),
             "sdiv": THREE.format("a", "b", "d"),
             "where": THREE.format("condition", "then", "otherwise")}
TYPES = {"integer": "int", "bool": "bool", "text": "str"}


def kind(param: dict[str, Any]) -> str:
    if param["choices"]:
        return f"Literal[{', '.join(repr(choice) for choice in param['choices'])}]"
    if param["kind"] in ("window", "duration"):
        return "int | str | timedelta" if param["kind"] == "window" else "str | timedelta"
    if param["kind"] == "real" and param["unit"] == "s":
        return "float | str"
    return TYPES.get(param["kind"], "float")


def lines(kernel: dict[str, Any]) -> list[str]:
    name = kernel["name"]
    sources = [*kernel["inputs"], *(["bars"] if "bar" in kernel["clocks"] else [])]
    words = [f"{word}: Expression | str | float = ..." for word in sources]
    words += [f"{param['name']}: {kind(param)} = ..." for param in kernel["params"]]
    words += ["name: str | None = None", "on: str | None = None"]
    title = "".join(part.capitalize() for part in name.split("_"))
    return [f"class _{title}(Kernel):",
            "    def __call__(  # type: ignore[override]",
            "        self, *inputs: Expression | str | float,",
            *(f"        {word}," for word in words),
            "    ) -> Node: ...",
            *(f"    {output['name']}: Node" for output in kernel["outputs"]), "",
            f"{name}: _{title}",
            f'"""{kernel["summary"][:1].upper()}{kernel["summary"][1:]}."""', ""]


if __name__ == "__main__":
    print(HEAD)
    for kernel in catalogue():
        print(*lines(kernel), sep="\n")
    for preset in presets():
        print(f"{preset['name']}: Preset", f'"""{preset["summary"]}."""', sep="\n")
    for clock, columns in kernels._CLOCKS.items():
        title = f"_{clock.capitalize()}"
        print(f"\nclass {title}(Columns):", *(f"    {column}: Formula" for column in columns),
              "", f"{clock}: {title}", sep="\n")
    print()
    for function in FUNCTIONS:
        print(f"def {function}({ARGUMENTS.get(function, 'x: _Number, /')}) -> Formula: ...")
