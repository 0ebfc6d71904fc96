"""Lengths, names and headers of the house style, for every file of code."""

import ast
import re

import pytest

from tests.layout.tree import CODE, CPP, PYTHON, ROOT, TEXT, TRACKED, name_of

# Path -> (lines it has, why). An entry states the length exactly: a file that shrinks takes its
# entry along, and none may grow.
LONG: dict[str, tuple[int, str]] = {}
LIMITS = ((re.compile(r"include/tickeng/kernels/"), 150), (re.compile(r"\.hpp$"), 300),
          (re.compile(r"\.(cpp|pyx|pxd|pxi|py)$"), 400))
WIDTH, FUNCTION, HEADER = 100, 50, 12
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc"}
BANNER = re.compile(r"^\s*(//|#|/\*)\s*[-=*#~]{4,}")
UNDONE = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b")
# A C++ function starts at up to four spaces and ends at the brace under it.
CPP_START = re.compile(r"^( {0,4})(?!namespace|class|struct|enum|union|extern|if|for|while|switch|"
                       r"do|else|case|template|requires|//|\})\S.*\{$")


def cpp_functions(lines: list[str]) -> list[tuple[str, int]]:
    found = []
    for start, line in enumerate(lines):
        opening = CPP_START.match(line)
        if not opening or not re.search(r"[()]", line):
            continue
        close = opening[1] + "}"
        end = next((i for i in range(start + 1, len(lines)) if lines[i].startswith(close)), start)
        found.append((line.strip(), end - start + 1))
    return found


def cython_functions(lines: list[str]) -> list[tuple[str, int]]:
    found = []
    for start, line in enumerate(lines):
        opening = re.match(r"^( *)(?:def|cdef|cpdef) (?!class )[^=]*\(", line)
        if not opening:
            continue
        end = start + 1
        while end < len(lines) and re.match(rf"$|{opening[1]}[ )]", lines[end]):
            end += 1
        found.append((line.strip(), end - start))
    return found


def python_functions(text: str) -> list[tuple[str, int]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1)
            for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def functions(suffix: str, text: str) -> list[tuple[str, int]]:
    if suffix == ".py":
        return python_functions(text)
    return (cpp_functions if suffix in {".hpp", ".cpp"} else cython_functions)(text.splitlines())


@pytest.mark.parametrize("path", CODE, ids=name_of)
def test_lengths(path):
    name, text = name_of(path), path.read_text()
    lines = text.splitlines()
    if name in LONG:
        assert len(lines) == LONG[name][0], f"{name} has {len(lines)} lines: lower its entry"
    else:
        limit = next(n for pattern, n in LIMITS if pattern.search(name))
        assert len(lines) <= limit, f"{name} has {len(lines)} lines, at most {limit}"
    assert [n for n, line in enumerate(lines, 1) if len(line) > WIDTH] == []
    assert [f for f in functions(path.suffix, text) if f[1] > FUNCTION] == []


@pytest.mark.parametrize(("suffix", "text"), [
    (".py", "def f():\n" + "    x = 1\n" * 50),
    (".pyx", "cdef class A:\n    def f(self):\n" + "        x = 1\n" * 50 + "    y = 2\n"),
    (".cpp", "void f(int x) {\n" + "  g();\n" * 49 + "}\n"),
    (".hpp", "class A {\n  int f() const {\n" + "    g();\n" * 49 + "  }\n};\n"),
])
def test_a_planted_long_function_is_found(suffix, text):
    assert max(size for _, size in functions(suffix, text)) == FUNCTION + 1


@pytest.mark.parametrize("path", CPP, ids=name_of)
def test_cpp_files_begin_with_what_they_are(path):
    """Tables of formulas and layouts (indented) do not count; a body may lean on its header."""
    lines = path.read_text().splitlines()
    size = next((n for n, line in enumerate(lines) if not line.startswith("//")), len(lines))
    prose = [line for line in lines[:size] if not line.startswith("//   ")]
    header = ROOT / "include/tickeng" / path.relative_to(ROOT / path.relative_to(ROOT).parts[0])
    assert size or header.with_suffix(".hpp").exists(), f"{name_of(path)}: no header comment"
    assert len(prose) <= HEADER, f"{name_of(path)}: a header comment of {len(prose)} lines"


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_python_files_begin_with_what_they_are(path):
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree), name_of(path)


def test_names_say_something():
    vague = [name_of(p) for p in TRACKED
             if VAGUE & {part.partition(".")[0] for part in p.relative_to(ROOT).parts}]
    assert vague == []


def test_no_banners_and_nothing_left_undone():
    found = [f"{name_of(p)}: {line.strip()}" for p in TEXT for line in p.read_text().splitlines()
             if UNDONE.search(line) or (p in CODE and BANNER.match(line))]
    assert found == []
