"""What may stand nowhere: unsafe calls, flags that change bits, machine paths, registries."""

import ast
import re

import pytest

from tests.layout.tree import PYTHON, ROOT, TEXT, name_of

HERE = "tests/layout/"
UNSAFE_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill"}
UNSAFE_CALLS = {"eval", "exec", "compile", "os.system", "os.popen", "yaml.load",
                "pickle.load", "pickle.loads", "marshal.loads", "marshal.load", "shelve.open"}
# Path -> what it may do, and why.
EXCUSED = {
    "tests/contract/test_bits.py": {"pickle": "engines can be pickled; the test does it",
                                    "pickle.loads": "its own bytes"},
    "tests/property/test_rolling.py": {"pickle": "primitives can be pickled; the test does it",
                                       "pickle.loads": "its own bytes"},
}
FLAGS = re.compile(r"-ffast-math|-Ofast|-march=native|-funsafe-math|-ffp-contract=fast|fast_math")
FLAG_TALK = re.compile(r"^(docs/|CONTRIBUTING|README)")  # prose may name what is banned
MACHINE = re.compile(r"(?<![\w.~])/(work|root|home|Users|mnt|opt)/\w|[A-Z]:\\\\")
HOSTS = re.compile(r"\b(pypi\.org|pythonhosted\.org|deb\.debian\.org|index-url|trusted-host)\b")


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def is_true(call: ast.Call, key: str) -> bool:
    return any(k.arg == key and not (isinstance(k.value, ast.Constant) and k.value.value is False)
               for k in call.keywords)


def unsafe(source: str) -> list[str]:
    """Names of unsafe modules and calls in a piece of Python."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and node.module in UNSAFE_MODULES:
            found.append(node.module)
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            found += [name] if name in UNSAFE_CALLS else []
            found += [k for k in ("shell", "allow_pickle") if is_true(node, k)]
            if name.endswith(".extractall") and not is_true(node, "filter"):
                found.append("extractall")
    return found


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_nothing_unsafe_in_python(path):
    assert set(unsafe(path.read_text())) <= set(EXCUSED.get(name_of(path), ()))


@pytest.mark.parametrize("code", [
    "import pickle", "from marshal import loads", "eval('1')", "exec('x = 1')", "os.system('ls')",
    "yaml.load(text)", "np.load(f, allow_pickle=True)", "subprocess.run('ls', shell=True)",
    "subprocess.run('ls', shell=flag)", "tarfile.open(f).extractall()", "pickle.loads(raw)",
])
def test_a_planted_unsafe_call_is_found(code):
    assert unsafe(code)


@pytest.mark.parametrize("code", [
    "re.compile('x')", "np.load(f, allow_pickle=False)", "engine.eval()",
    "tar.extractall(filter=f)",
])
def test_a_safe_call_is_left_alone(code):
    assert not unsafe(code)


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
