"""What kernels have to be fed: some that move on trades read outputs of quotes."""

from typing import Any

from tickeng import catalogue

_GIVES = {output["name"]: kernel for kernel in catalogue() if not kernel["builds"]
          for output in kernel["outputs"]}


def needs_quotes(kernel: dict[str, Any]) -> bool:
    """At its default inputs."""
    inputs = [] if kernel["reads_any"] else kernel["inputs"]
    return "quote" in kernel["clocks"] or any(needs_quotes(_GIVES[name]) for name in inputs)


# Those that trades alone are enough for.
OF_TRADES = [k for k in catalogue() if k["clocks"] == ["trade"] and not needs_quotes(k)]
OF_QUOTES = [k for k in catalogue() if needs_quotes(k)]
