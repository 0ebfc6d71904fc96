"""What may stand nowhere: unsafe calls, flags that change bits, machine paths, registries."""

import ast
import re

import pytest

from tests.layout.tree import CYTHON, PYTHON, ROOT, TEXT, name_of

HERE = "tests/layout/"
UNSAFE_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load",
                "yaml.full_load", "yaml.unsafe_load", "subprocess.getoutput",
                "subprocess.getstatusoutput", "shutil.unpack_archive"}
# Methods and functions that are unsafe whatever they are called on.
UNSAFE_NAMES = {"read_pickle", "to_pickle"}
TRUSTED = "fully_trusted"  # the filter of tarfile that filters nothing
CYTHON_UNSAFE = re.compile(rf"^\s*(?:c?import|from)\s+(?:{'|'.join(sorted(UNSAFE_MODULES))})\b|"
                           r"(?<![\w.])(?:eval|exec)\s*\(", re.M)
# Path -> what it may do, and why.
EXCUSED = {
    "tests/contract/test_bits.py": {"pickle": "engines can be pickled; the test does it",
                                    "pickle.dumps": "", "pickle.loads": "its own bytes"},
    "tests/property/test_rolling.py": {"pickle": "primitives can be pickled; the test does it",
                                       "pickle.dumps": "", "pickle.loads": "its own bytes"},
}
FLAGS = re.compile(r"-ffast-math|-Ofast|-march=native|-funsafe-math|-ffp-contract=fast|fast_math")
# Prose may name what is banned; a build with such flags must be seen to have other bits.
FLAG_TALK = re.compile(r"^(docs/|CONTRIBUTING|README|tests/bits/run\.py)")
MACHINE = re.compile(r"(?<![\w.~])/(work|root|home|Users|mnt|opt)/\w|[A-Z]:\\\\")
HOSTS = re.compile(r"\b(pypi\.org|pythonhosted\.org|deb\.debian\.org|index-url|trusted-host)\b")


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def is_true(call: ast.Call, key: str) -> bool:
    return any(k.arg == key and not (isinstance(k.value, ast.Constant) and k.value.value is False)
               for k in call.keywords)


def names(tree: ast.AST) -> dict[str, str]:
    """What names that were imported stand for: {"np": "numpy", "load": "yaml.load"}."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom):
            found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return found


def called(call: ast.Call, known: dict[str, str]) -> str:
    """The dotted name of what is called, by where it was imported from."""
    first, dot, rest = dotted(call.func).partition(".")
    return (known.get(first, first) + dot + rest).removeprefix("builtins.")


def unsafe_call(call: ast.Call, known: dict[str, str]) -> list[str]:
    name = called(call, known)
    last = name.rpartition(".")[2]
    found = [name] if name in UNSAFE_CALLS or last in UNSAFE_NAMES else []
    found += [k for k in ("shell", "allow_pickle") if is_true(call, k)]
    safe = is_true(call, "filter") and TRUSTED not in ast.unparse(call)
    if last == "extractall" and not safe:
        found.append("extractall")
    if name.partition(".")[0] in UNSAFE_MODULES:
        found.append(name)
    return found


def unsafe(source: str) -> list[str]:
    """Names of unsafe modules and calls in a piece of Python."""
    tree = ast.parse(source)
    known, found = names(tree), []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.partition(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in UNSAFE_MODULES:
            found.append(node.module)
        elif isinstance(node, ast.Call):
            found += unsafe_call(node, known)
    return found


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_nothing_unsafe_in_python(path):
    assert set(unsafe(path.read_text())) <= set(EXCUSED.get(name_of(path), ()))


@pytest.mark.parametrize("code", [
    "import pickle", "from marshal import loads", "eval('1')", "exec('x = 1')", "os.system('ls')",
    "yaml.load(text)", "np.load(f, allow_pickle=True)", "subprocess.run('ls', shell=True)",
    "subprocess.run('ls', shell=flag)", "tarfile.open(f).extractall()", "pickle.loads(raw)",
    "import shelve", "from yaml import load\nload(text)", "import yaml as y\ny.load(text)",
    "builtins.exec('x = 1')", "from builtins import eval as f\nf('1')", "pd.read_pickle(f)",
    "tar.extractall(filter='fully_trusted')", "__import__('pickle')",
])
def test_a_planted_unsafe_call_is_found(code):
    assert unsafe(code)


@pytest.mark.parametrize("code", [
    "re.compile('x')", "np.load(f, allow_pickle=False)", "engine.eval()",
    "tar.extractall(filter=f)", "yaml.safe_load(text)", "json.load(f)",
])
def test_a_safe_call_is_left_alone(code):
    assert not unsafe(code)


@pytest.mark.parametrize("path", CYTHON, ids=name_of)
def test_nothing_unsafe_in_cython(path):
    assert not CYTHON_UNSAFE.search(path.read_text())


@pytest.mark.parametrize("code", [
    "import pickle\n", "    x = eval(text)", "from marshal import loads",
])
def test_a_planted_unsafe_line_of_cython_is_found(code):
    assert CYTHON_UNSAFE.search(code)


@pytest.mark.parametrize("flag", ["-ffast-math", "-Ofast", "-ffp-contract=fast", "-march=native"])
def test_a_planted_flag_is_found(flag):
    assert FLAGS.search(f"add_compile_options(-O3 {flag})")


def test_no_flag_that_changes_bits():
    found = [name_of(p) for p in TEXT if not FLAG_TALK.match(name_of(p))
             and not name_of(p).startswith(HERE) and FLAGS.search(p.read_text())]
    assert found == []


def test_every_flag_has_its_reason():
    for line in (ROOT / "cpp/cxxflags.txt").read_text().splitlines():
        flag, _, why = line.partition("#")
        assert not flag.strip() or why.strip(), line


def test_no_machine_and_no_registry_is_named():
    found = [f"{name_of(p)}: {m.group()}" for p in TEXT if not name_of(p).startswith(HERE)
             if (m := MACHINE.search(p.read_text()) or HOSTS.search(p.read_text()))]
    assert found == []


@pytest.mark.parametrize("text", ["cd /home/ann", "see /work/x", "https://pypi.org/simple"])
def test_a_planted_path_or_host_is_found(text):
    assert MACHINE.search(text) or HOSTS.search(text)
