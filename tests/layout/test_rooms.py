"""Rooms and arrows: who may include or import whom. Python's arrows are import-linter's."""

import ast
import re

import pytest

from tests.layout.tree import CORE, CYTHON, PYTHON, name_of

# Room -> rooms it may include besides itself.
ARROWS: dict[str, set[str]] = {
    "base": set(),
    "event": {"base"},
    "queue": {"base"},
    "stat": {"base"},
    "io": {"base", "event"},
    "book": {"base", "event"},
    "kernel": {"base", "event"},
    "kernels": {"base", "event", "stat", "kernel"},
    "graph": {"base", "event", "stat", "kernel"},
    "engine": {"base", "event", "book", "kernel", "graph"},
    "parallel": {"base", "event", "queue", "graph", "engine"},
    "registry": {"graph", "kernels"},
    "facade": {"base", "stat", "kernel", "graph", "engine", "parallel"},
}
PYTHON_WORDS = re.compile(r"\bPy[A-Z_]\w+|Python\.h|pybind11|numpy/|[Cc]ython")


def room_of(name: str) -> str:
    """include/tickeng/stat/ring.hpp -> stat; cpp/registry.cpp, cpp/kernels/flow.cpp -> registry."""
    if name.startswith("cpp/kernels/"):
        return "registry"
    inner = name.removeprefix("include/tickeng/").removeprefix("cpp/")
    return inner.split("/")[0].partition(".")[0]


def wrong_includes(name: str, text: str) -> list[str]:
    room = room_of(name)
    allowed = {room} | ARROWS[room]
    targets = re.findall(r'#\s*include\s*["<]tickeng/([^">]+)', text)
    return [t for t in targets if t.split("/")[0].partition(".")[0] not in allowed]


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_rooms_include_only_what_they_may(path):
    name = name_of(path)
    assert room_of(name) in ARROWS, f"{name}: a room that the design does not know"
    assert wrong_includes(name, path.read_text()) == []


@pytest.mark.parametrize(("name", "target"), [
    ("include/tickeng/base/x.hpp", "event/trade.hpp"),
    ("include/tickeng/stat/x.hpp", "event/trade.hpp"),
    ("include/tickeng/kernel/x.hpp", "stat/ring.hpp"),
    ("include/tickeng/kernels/flow/x.hpp", "graph/graph.hpp"),
    ("include/tickeng/graph/x.hpp", "engine/engine.hpp"),
    ("include/tickeng/engine/x.hpp", "queue/spsc_ring.hpp"),
    ("cpp/engine/x.cpp", "kernels/flow/k1.hpp"),
    ("cpp/parallel/x.cpp", "kernels/flow/k1.hpp"),
    ("cpp/facade/x.cpp", "kernels/flow/k1.hpp"),
    ("cpp/io/x.cpp", "engine/engine.hpp"),
])
def test_a_planted_include_is_found(name, target):
    assert wrong_includes(name, f'#include "tickeng/{target}"\n') == [target]


def test_a_list_is_seen_by_its_room_alone():
    """One edited kernel compiles its room, and what fuses it."""
    for path in CORE:
        for room in re.findall(r"tickeng/kernels/(\w+)/list\.hpp", path.read_text()):
            assert name_of(path) == f"cpp/kernels/{room}.cpp"


def test_no_python_in_the_core():
    found = {name_of(p): m.group() for p in CORE if (m := PYTHON_WORDS.search(p.read_text()))}
    assert found == {}


@pytest.mark.parametrize("path", CYTHON, ids=name_of)
def test_cython_sees_the_facade_only(path):
    """The engine's binding knows the engine's facade, that of single primitives their own, the
    others io; all know the typed errors."""
    facades = {"facade.pxd": r"facade/engine\.hpp|base/error\.hpp",
               "event_columns.pxd": r"facade/engine\.hpp", "core.pxi": r"$^",
               "decision.pxi": r"$^", "parallel.pxi": r"$^",
               "rolling.pxd": r"facade/rolling\.hpp|base/error\.hpp", "rolling.pxi": r"$^"}
    allowed = facades.get(path.name, r"io/\w+\.hpp|base/error\.hpp")
    named = re.findall(r'(?:extern from|#include) "tickeng/([\w/]+\.hpp)"', path.read_text())
    for header in named:
        assert re.fullmatch(allowed, header), f"{path.name} knows {header}"


def imports(path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", [p for p in PYTHON if name_of(p).startswith("cli/")], ids=name_of)
def test_the_command_uses_public_names_and_holds_no_arithmetic(path):
    for module in imports(path):
        root, *rest = module.split(".")
        assert root not in {"numpy", "pyarrow", "pandas", "polars", "zstandard"}, module
        assert root != "tickeng" or not any(part.startswith("_") for part in rest), module


def test_the_product_does_not_know_its_tests():
    for path in PYTHON:
        if name_of(path).startswith(("src/", "cli/")):
            assert not {m.split(".")[0] for m in imports(path)} & {"tests", "bench", "pytest"}, path
    for path in CORE:
        assert not re.search(r'#include "(tests|bench)/', path.read_text()), path
