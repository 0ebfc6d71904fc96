"""The house keeps its shape: rooms and arrows, lengths, names, and what may stand nowhere."""

import ast
import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

import tickeng

ROOT = Path(__file__).parents[2]
TRACKED = [ROOT / line for line in subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
    capture_output=True, text=True, check=True).stdout.splitlines()]
TEXT = [p for p in TRACKED if p.is_file() and p.suffix in {
    ".py", ".pyx", ".pxd", ".pyi", ".hpp", ".cpp", ".md", ".toml", ".txt", ".html", ""}
    and p.name != "LICENSE"]
CORE = [p for p in TEXT if (p.suffix in {".hpp", ".cpp"} and p.is_relative_to(ROOT / "include"))
        or (p.is_relative_to(ROOT / "cpp") and p.suffix == ".cpp")]

# Room -> rooms it may include besides itself.
ARROWS = {
    "base": set(), "event": {"base"}, "queue": {"base"}, "stat": {"base"},
    "kernel": {"base", "event"}, "io": {"base", "event"},
    "kernels": {"base", "event", "stat", "kernel"}, "decision": {"base", "kernel"},
    "engine": {"base", "event", "queue", "io", "kernel"},
    "facade": {"engine"},
}
# Kernels read decision kernels only through the one list.
EXCEPTIONS = {("kernels/all.hpp", "decision"), ("registry.cpp", "kernels")}

# Path -> lines allowed, with the reason. Entries may shrink or go, never grow.
LONG = {"tests/golden/test_golden_streams.py": (180, "tables")}
LIMITS = ((re.compile(r"include/tickeng/kernels/"), 150), (re.compile(r"\.hpp$"), 300),
          (re.compile(r"\.(cpp|pyx|py)$"), 400))
FORBIDDEN = {
    r"\bpickle\.loads?\(": r"tests/", r"\beval\(": None, r"\bexec\(": None, r"yaml\.load\(": None,
    r"shell=True": None, r"allow_pickle=True": None, r"-ffast-math": r"docs/|cpp/facade\.cpp",
    r"-march=native": r"docs/", r"\bmarshal\b": None, r"\bshelve\b": None,
}


def room_of(path):
    parts = path.relative_to(ROOT).parts
    inner = parts[2:] if parts[0] == "include" else parts[1:]
    return inner[0] if len(inner) > 1 else inner[0].partition(".")[0]


@pytest.mark.parametrize("path", CORE, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_include_only_what_they_may(path):
    room = room_of(path)
    for target in re.findall(r'#include "tickeng/([^"]+)"', path.read_text()):
        to = target.split("/")[0].partition(".")[0]
        allowed = to == room or to in ARROWS.get(room, set())
        allowed |= any(str(path).endswith(p) and to == t for p, t in EXCEPTIONS)
        allowed |= room in {"registry", "facade"} and to in {"engine", "facade"}
        assert allowed, f"{path.name} ({room}) includes {target}"


def test_only_the_registry_sees_all_kernels():
    users = [p.name for p in CORE if '"tickeng/kernels/all.hpp"' in p.read_text()]
    assert users == ["registry.cpp"]


def test_no_python_in_the_core():
    for path in CORE:
        assert not re.search(r"\bPy[A-Z_]\w+|Python\.h|pybind11|numpy", path.read_text()), path


def test_the_engine_binding_knows_the_facade_only():
    source = (ROOT / "src/engine/tickeng/_facade.pxd").read_text()
    headers = set(re.findall(r'"(tickeng/[^"]+)"', source))
    assert headers <= {"tickeng/facade.hpp", "tickeng/base/error.hpp"}


@pytest.mark.parametrize("path", [p for p in TEXT if p.suffix in {".hpp", ".cpp", ".pyx", ".py"}],
                         ids=lambda p: str(p.relative_to(ROOT)))
def test_lengths(path):
    name = str(path.relative_to(ROOT))
    lines = path.read_text().splitlines()
    limit = LONG[name][0] if name in LONG else next(n for r, n in LIMITS if r.search(name))
    assert len(lines) <= limit, f"{name} has {len(lines)} lines"
    for number, line in enumerate(lines, 1):
        assert len(line) <= 100, f"{name}:{number} has {len(line)} columns"
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                size = node.end_lineno - node.lineno + 1
                assert size <= 60, f"{name}: {node.name} has {size} lines"


def test_no_vague_file_names():
    vague = {"utils", "util", "helpers", "helper", "common", "misc"}
    assert not [p for p in TRACKED if vague & {part.partition(".")[0] for part in p.parts[-2:]}]


def test_forbidden_things():
    here = Path(__file__)
    for path in TEXT:
        if path == here:
            continue
        text, name = path.read_text(errors="replace"), str(path.relative_to(ROOT))
        for pattern, allowed in FORBIDDEN.items():
            if not (allowed and re.search(allowed, name)):
                assert not re.search(pattern, text), f"{name}: {pattern}"
        assert not re.search(r"(?<![\w.])/(work|root|home)/\w", text), f"{name}: a machine's path"
        assert "pypi.org" not in text and "deb.debian.org" not in text, f"{name}: a registry host"


def test_every_flag_has_its_reason():
    for line in (ROOT / "cpp/cxxflags.txt").read_text().splitlines():
        flag, _, why = line.partition("#")
        assert not flag.strip() or why.strip(), line


def test_one_version():
    written = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    assert written and written.group(1) == tickeng.__version__


def test_every_kernel_has_header_entry_and_reference():
    entries = (ROOT / "include/tickeng/kernels/all.hpp").read_text()
    headers = {p: p.read_text() for p in (ROOT / "include/tickeng").rglob("*.hpp")}
    for kernel in tickeng.catalogue():
        assert importlib.util.find_spec(f"tests.reference.{kernel['name']}"), kernel["name"]
        declared = [p for p, t in headers.items() if f'.id = "{kernel["id"]}", .name' in t]
        assert len(declared) == 1, kernel["name"]
        assert str(declared[0].relative_to(ROOT / "include")) in entries


def test_every_extension_has_stubs():
    package = ROOT / "src/engine/tickeng"
    assert (package / "py.typed").exists()
    for source in package.glob("*.pyx"):
        assert source.with_suffix(".pyi").exists(), source.name
