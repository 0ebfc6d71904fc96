"""One place for each kernel: header, two lines in a list, a reference and the written page."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest

import tickeng
from tests.layout.tree import HEADERS, ROOT, name_of

KERNELS = tickeng.catalogue()
DECLARATION = re.compile(r'KernelSpec spec\{[^}]*?\.id = "([^"]+)"[^}]*?\.name = "([^"]+)"', re.S)


def declarations() -> dict[str, list[str]]:
    """Kernel name -> headers that declare it."""
    found: dict[str, list[str]] = {}
    for path in HEADERS:
        for _, name in DECLARATION.findall(path.read_text()):
            found.setdefault(name, []).append(name_of(path))
    return found


def test_every_declared_kernel_is_in_the_catalogue():
    assert sorted(declarations()) == sorted(k["name"] for k in KERNELS)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k["name"])
def test_a_kernel_is_one_header_and_two_lines(kernel):
    headers = declarations()[kernel["name"]]
    assert len(headers) == 1, f"{kernel['name']} is declared in {headers}"
    include = headers[0].removeprefix("include/")
    room = (ROOT / headers[0]).parent
    listed = (room / "list.hpp").read_text()
    assert listed.count(f'#include "{include}"') == 1
    text = (ROOT / headers[0]).read_text()
    before = text[: text.index(f'.name = "{kernel["name"]}"')]
    classes = re.findall(r"^(?:class|struct) (\w+)", before, re.M)
    entries = re.findall(r"^ +(\w+)[,>]", listed, re.M)
    assert entries.count(classes[-1]) == 1, f"{classes[-1]} stands once in its room's list"


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k["name"])
def test_a_kernel_has_its_second_mind(kernel):
    room = "series." if kernel["room"] == "series" else ""
    module = f"tests.reference.{room}{kernel['name']}"
    spec = importlib.util.find_spec(module)
    assert spec and spec.origin, f"{module} is missing"
    source = (ROOT / f"{module.replace('.', '/')}.py").read_text()
    assert not re.search(r"^\s*(import|from) tickeng\b", source, re.M), "a reference stands alone"


def test_ids_names_and_aliases_are_unique():
    """An item has several forms where one name begins with the other, as kyle_lambda_mid does with
    kyle_lambda, or in the layer of primitives: lowest and highest; sessions too."""
    by_id: dict[str, list[str]] = {}
    for k in KERNELS:
        by_id.setdefault(k["id"], []).append(k["name"])
    for item, forms in by_id.items():
        first = min(forms, key=len)
        assert item.startswith(("B-", "N-37")) or all(form.startswith(first) for form in forms)
    names = [n for k in KERNELS for n in (k["name"], *k["aliases"])]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("name", "page"), [
    ("kernels", "docs/kernels.md"), ("checkpoint", "docs/checkpoint.md"),
    ("architecture", "docs/architecture.md"), ("stubs", "src/engine/tickeng/kernels.pyi")])
def test_what_is_written_from_the_code_is_current(name, page):
    text = subprocess.run([sys.executable, ROOT / f"docs/write_{name}.py"], cwd=ROOT, text=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "src/engine")},
                          capture_output=True, check=True).stdout
    assert (ROOT / page).read_text() == text, "run `make docs`"
