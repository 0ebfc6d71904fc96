"""Prints docs/kernels.md from the registry: `make docs`. A test holds the page to it."""

import tickeng

HEAD = """# Kernels

Written by `make docs` from the declarations in `include/tickeng`; do not edit by hand.
`tickeng kernels NAME` shows the same in a terminal. A kernel is chosen by name or alias:
`Engine(kernels="k1,hurst")`; what it reads is added. Set a parameter as `kernel.param` or, where
one is given, by its short name: `--set k1.window=512`, `Engine(eps="relative")`. The first value
of an output is that of the strict warm-up with default parameters.
"""


def number(x: float) -> str:
    return f"{int(x):,}" if float(x).is_integer() else repr(x)


def bounds(param: dict) -> str:
    if param["kind"] == "choice":
        return " or ".join(f"`{choice}`" for choice in param["choices"])
    if param["kind"] == "bool":
        return "true or false"
    low, high = param["low"], param["high"]
    if param["kind"] == "window":
        return f"{number(low)} to {number(high)} rows, or a time up to 104 days"
    if param["kind"] == "text":
        return f"a text of up to {number(high)} bytes"
    if param["kind"] == "duration":
        return "a time up to 104 days"
    if low is None and high is None:
        return "any"
    return f"from {number(low)}" if high is None else f"{number(low)} to {number(high)}"


def row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def table(head: tuple[str, ...], rows: list[tuple]) -> list[str]:
    return [row(*head), row(*["---"] * len(head)), *(row(*cells) for cells in rows)] if rows else []


def warmups(engine: tickeng.Engine) -> dict[str, str]:
    """Output -> the row of the first value, or the time after the first row."""
    told = {name: f"{rows + 1:,}" for name, rows in engine.warmup.items()}
    return told | {name: f"after {ns / 1e9:g} s" for name, ns in engine.warmup_ns.items()}


def section(kernel: dict, warmup: dict[str, str]) -> list[str]:
    summary = kernel["summary"]
    names = ", ".join(f"`{name}`" for name in kernel["aliases"])
    facts = [f"id {kernel['id']}", f"memory {kernel['reach']}"]
    clocks = kernel["clocks"]
    facts += [f"moves on {' and '.join(f'{clock}s' for clock in clocks)}"] if clocks else []
    facts += [f"also {names}"] if names else []
    reads = f"any {' and '.join(kernel['inputs'])}" if kernel["reads_any"] else ", ".join(
        kernel["inputs"])
    facts += [f"reads {reads}"] if reads else []
    facts += ["its outputs tick with its bars"] if kernel["builds"] else []
    first = f"first at {'bar' if kernel['builds'] else clocks[0] if clocks else 'value'}"
    outputs = [(f"`{o['name']}`", o["unit"], o["range"], warmup[o["name"]])
               for o in kernel["outputs"]]
    params = [(f"`{p['name']}`", p["default"], bounds(p), p["unit"], p["doc"],
               f"`{p['alias']}`" if p["alias"] else "") for p in kernel["params"]]
    return [
        f"## {kernel['name']}", f"{summary[:1].upper()}{summary[1:]} ({'; '.join(facts)}).", "",
        "    " + kernel["formula"], "",
        *table(("output", "unit", "range", first), outputs), "",
        *table(("parameter", "default", "values", "unit", "meaning", "short name"), params), "",
    ]


def alone(kernel: dict) -> str:
    """Its text with parameters that may be, reading what is defined from the first row on."""
    inputs = ["base.log_price"] * len(kernel["inputs"]) if kernel["reads_any"] else []
    given = [*(["time_bars"] if "bar" in kernel["clocks"] else []), *inputs,
             *(["span=19"] if kernel["name"] == "ema" else [])]
    return f"{kernel['name']}({', '.join(given)})" if given else kernel["name"]


def page() -> str:
    lines = [HEAD]
    for kernel in tickeng.catalogue():
        lines += section(kernel, warmups(tickeng.Engine(kernels=alone(kernel))))
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")
