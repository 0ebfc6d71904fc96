"""`tickeng doctor`: the build, the machine and the libraries, for a bug report or a slow run."""

import importlib.util
import os
import platform
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import tickeng

from .. import console, options

PACKAGES = ("numpy", "zstandard", "pyarrow", "typer", "rich", "matplotlib", "pandas", "polars")
_FLAGS = ("avx2", "fma", "bmi2", "avx512f")


def doctor(json: options.Json = False) -> None:
    """Show version, build, processor, pinning and library versions.

    \b
    Example:
      tickeng doctor --json
    """
    found = {
        "tickeng": _build(), "python": _python(), "machine": _machine(), "packages": _packages(),
    }
    if json:
        console.print_json({"schema": "tickeng.doctor/1", **found})
        return
    for title, facts in found.items():
        screen = console.out()
        screen.print(title, style="bold")
        screen.print(console.pairs([(f"  {name}", value) for name, value in facts.items()]))


def _build() -> dict[str, Any]:
    facts: dict[str, Any] = {"version": tickeng.__version__}
    core = importlib.util.find_spec(tickeng.Decision.__module__)
    facts["core"] = core.origin if core else "missing"
    build_info = getattr(tickeng, "build_info", None)
    return {**facts, "build": build_info() if build_info else "unknown"}


def _python() -> dict[str, Any]:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "gil": "on" if gil() else "off",
        "compiler": platform.python_compiler(),
        "executable": sys.executable,
        "free-threaded build": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    }


def _machine() -> dict[str, Any]:
    allowed = sorted(os.sched_getaffinity(0))
    known = _cpu_field("flags").split()
    return {
        "system": platform.platform(),
        "cpu": _cpu_field("model name"),
        "flags": " ".join(flag for flag in _FLAGS if flag in known),
        "cores": os.cpu_count(),
        "cpuset": ",".join(map(str, allowed)),
        "pinning": _pinning(allowed),
        "core map": _core_map(),
    }


def _core_map() -> str:
    """Processors in the order in which workers get them."""
    found = tickeng.core_map()
    cores, siblings = found["order"][:found["cores"]], found["order"][found["cores"]:]
    text = f"{len(cores)} cores: {','.join(map(str, cores))}"
    return text + (f"; their siblings: {','.join(map(str, siblings))}" if siblings else "")


def _cpu_field(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    values = (line.split(":", 1)[1].strip() for line in lines if line.startswith(name))
    return next(values, "unknown")


def _pinning(allowed: list[int]) -> str:
    """Tries it: ask for the processors we have already."""
    try:
        os.sched_setaffinity(0, allowed)
    except OSError as error:
        return f"refused: {error.strerror}"
    return "allowed"


def _packages() -> dict[str, Any]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
