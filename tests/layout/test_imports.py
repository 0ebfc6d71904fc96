"""No module of the package imports one that imports it, at whatever remove.

Imports inside functions count, and so do those of Cython: a module that two sides need lies below
both. A module of another package comes with that package's `__init__`, so that one counts too.
Imports for type checkers alone do not.
"""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.layout.tree import CYTHON, PYTHON, ROOT

SOURCE = ROOT / "src/engine"
CYTHON_IMPORT = re.compile(r"^\s*from (tickeng[\w.]*) (c?)import (.+)$", re.M)
INCLUDE = re.compile(r'^include "(.+)"$', re.M)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not is_for_types(child):
            yield child
            yield from at_run_time(child)


def imported(module: str, text: str, modules: dict[str, str]) -> Iterator[str]:
    """The modules that a Python module names in its imports."""
    package = module if modules[module].endswith("__init__.py") else module.rpartition(".")[0]
    for node in at_run_time(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[:1 - node.level or None] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield inner if inner in modules else base


def imported_by_cython(text: str, modules: dict[str, str]) -> Iterator[str]:
    """The modules that a Cython module names; of those it takes declarations from, the built."""
    for base, declared, names in CYTHON_IMPORT.findall(text):
        for name in names.split(","):
            inner = f"{base}.{name.split()[0]}"
            target = inner if inner in modules else base
            if not declared or modules.get(target, "").endswith(".pyx"):
                yield target


def with_packages(module: str, target: str) -> Iterator[str]:
    """What an import of `target` runs: itself, and each package around it that is not around the
    module as well."""
    yield target
    while target := target.rpartition(".")[0]:
        if not f"{module}.".startswith(f"{target}."):
            yield target


def graph(modules: dict[str, str], texts: dict[str, str]) -> dict[str, set[str]]:
    """Module -> modules it imports; `modules` has their files, `texts` their contents."""
    found = {}
    for module, text in texts.items():
        named = (imported_by_cython(text, modules) if modules[module].endswith(".pyx")
                 else imported(module, text, modules))
        found[module] = {target for name in named for target in with_packages(module, name)
                         if target in modules}
    return found


def cycle(modules: dict[str, str], texts: dict[str, str]) -> list[str]:
    """The modules of an import cycle, or none."""
    try:
        TopologicalSorter(graph(modules, texts)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def content(path: Path) -> str:
    """A file's text, with what Cython includes."""
    if path.suffix == ".py":
        return path.read_text()
    return INCLUDE.sub(lambda match: content(path.with_name(match[1])), path.read_text())


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(path): path for path in [*PYTHON, *CYTHON]
         if path.suffix in (".py", ".pyx") and path.is_relative_to(SOURCE / "tickeng")}


def test_no_module_imports_itself_by_way_of_others():
    modules = {name: path.as_posix() for name, path in FILES.items()}
    assert "tickeng._native.core_v3" in modules and len(modules) > 100
    assert cycle(modules, {name: content(path) for name, path in FILES.items()}) == []


def missing(text: str) -> list[str]:
    """Modules of the package that a piece of Python imports and that are not there."""
    named: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            named.add(node.module or "")
    return sorted(name for name in named - FILES.keys() if f"{name}.".startswith("tickeng."))


def test_every_module_that_is_imported_is_there():
    """Benches and examples, too, which no test runs."""
    found = {path.relative_to(ROOT).as_posix(): missing(path.read_text()) for path in PYTHON}
    assert {name: modules for name, modules in found.items() if modules} == {}


@pytest.mark.parametrize("line", ["import tickeng.utils", "from tickeng.convert import convert"])
def test_a_planted_import_of_what_is_not_there_is_found(line):
    assert missing(f"def f():\n    {line}\n")


def planted(**texts: str) -> list[str]:
    """The cycle of modules given as `room_module="text"`; `room` alone is the room's __init__."""
    names = {"t." + key.replace("_", "."): text for key, text in texts.items()}
    rooms = {name.rpartition(".")[0] for name in names} - {"t"}
    texts = {"t": "", **dict.fromkeys(rooms, ""), **names}
    return cycle({name: f"{name}/__init__.py" if name in {"t", *rooms} else f"{name}.py"
                  for name in texts}, texts)


@pytest.mark.parametrize("texts", [
    {"a": "from t import b", "b": "import t.a"},
    {"a": "from t.b import x", "b": "def f():\n    from .a import y"},
    {"a": "from . import b", "b": "from .c import x", "c": "class A:\n    from t.a import y"},
    {"r_a": "from ..s import b", "s_b": "from ..r.a import x"},
    {"r_a": "from ..s.b import x", "s": "from .c import y", "s_b": "", "s_c": "import t.r.a"},
    {"r_a": "from . import x", "r": "from .a import x"},
])
def test_a_planted_cycle_is_found(texts):
    assert planted(**texts)


def test_a_planted_cycle_through_the_root_is_found():
    assert cycle({"t": "t/__init__.py", "t.a": "t/a.py"},
                 {"t": "from t.a import x", "t.a": "def f():\n    from t import VERSION"})


@pytest.mark.parametrize("line", ["from tickeng.a import y, z", "    from tickeng import a"])
def test_a_planted_cycle_through_cython_is_found(line):
    assert cycle({"tickeng.a": "a.py", "tickeng.b": "b.pyx"},
                 {"tickeng.a": "from tickeng.b import x", "tickeng.b": f"{line}\n"})


@pytest.mark.parametrize("texts", [
    {"a": "from t import b", "b": "if TYPE_CHECKING:\n    from t.a import x"},
    {"r": "from .a import x\nfrom .b import y", "r_a": "from .b import y", "r_b": "import os"},
    {"r": "from .a import x", "r_a": "from ..s.b import y", "s_b": "from .c import z", "s_c": ""},
])
def test_what_is_no_cycle_is_left_alone(texts):
    assert planted(**texts) == []
