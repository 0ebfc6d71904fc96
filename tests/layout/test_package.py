"""What is shipped: one version, stubs, docstrings, a light import, reasoned dependencies."""

import inspect
import re
import subprocess
import sys
import tomllib

import pytest

import tickeng
from tests.layout.tree import CYTHON, ROOT
from tickeng import rolling

PACKAGE = ROOT / "src/engine/tickeng"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_one_version():
    assert PROJECT["version"] == tickeng.__version__
    assert f"## {tickeng.__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_extension_has_stubs():
    assert (PACKAGE / "py.typed").exists()
    modules = [p for p in CYTHON if p.suffix == ".pyx"]
    assert modules
    for path in modules:
        assert path.with_name(re.sub(r"_v\d$", "", path.stem) + ".pyi").exists(), path.name


def test_every_package_is_listed():
    """setup.py names the packages; a forgotten one would be missing from the wheel only."""
    listed = set(re.findall(r'"(tickeng[\w.]*)"', (ROOT / "setup.py").read_text()))
    roots = {"tickeng": PACKAGE, "tickeng_cli": ROOT / "cli/tickeng_cli"}
    for name, root in roots.items():
        for init in root.rglob("__init__.py"):
            package = ".".join((name, *init.parent.relative_to(root).parts))
            assert package in listed, package


def test_the_top_of_the_package_is_public_and_small():
    top = [p.stem for p in PACKAGE.glob("*.py") if p.stem != "__init__"]
    assert "engine" in top and len(top) <= 12
    assert [name for name in top if name.startswith("_")] == []


def test_importing_is_light():
    heavy = "{'pandas', 'pyarrow', 'polars', 'matplotlib', 'typer', 'zstandard'}"
    code = f"import sys, tickeng; print(*sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.parametrize(("module", "name"), [
    (module, name) for module in (tickeng, rolling) for name in module.__all__])
def test_public_names_are_explained(module, name):
    thing = getattr(module, name)
    assert inspect.getdoc(thing), name
    if inspect.isclass(thing):
        silent = [key for key, member in vars(thing).items() if not key.startswith("_")
                  and (callable(member) or isinstance(member, property))
                  and not inspect.getdoc(member)]
        assert silent == [], f"{name}: {silent}"


def test_every_dependency_has_its_reason():
    record = (ROOT / "docs/decisions/0001-dependencies.md").read_text()
    for requirement in PROJECT["dependencies"]:
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"^\| {name}\b", record, re.M), name
        assert ">=" in requirement and "<" not in requirement, f"{requirement}: lower bounds only"
