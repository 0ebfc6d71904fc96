"""Prints src/engine/tickeng/kernels.pyi from the registry: `make docs`. A test holds it to that."""

from typing import Any

from tickeng.config import catalogue, presets

HEAD = """# Written by `make docs` from the declarations of the kernels; do not edit by hand.
from datetime import timedelta
from typing import Literal

from tickeng.pipeline import Kernel, Node, Preset
"""
TYPES = {"integer": "int", "bool": "bool"}


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
    words = [f"{word}: Node | str = ..." for word in kernel["inputs"]]
    words += [f"{param['name']}: {kind(param)} = ..." for param in kernel["params"]]
    words += ["name: str | None = None", "on: str | None = None"]
    title = "".join(part.capitalize() for part in name.split("_"))
    return [f"class _{title}(Kernel):",
            "    def __call__(  # type: ignore[override]",
            "        self, *inputs: Node | str,", *(f"        {word}," for word in words),
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
