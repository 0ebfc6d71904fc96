"""What holds on an interpreter without a GIL: `make free-threaded`.

Imports each extension of the installed package in a process of its own and fails where one turns
the GIL on; says which dependencies do. Then runs the tests of threads, with the GIL held off so
that no dependency can hide what the package does.
"""

import os
import subprocess
import sys
import sysconfig

from tickeng._native import core, cpu

TESTS = ("test_threads.py", "test_parallel.py", "test_parallel_life.py", "test_workers.py",
         "test_interrupts.py")
LEVELS = [level for level in core.LEVELS if int(level[1:]) <= cpu.level()]
OWN = ["tickeng", "tickeng.rolling",
       *(f"tickeng._native.{name}" for name in ("cpu", "io", "codec")),
       *(f"tickeng._native.{name}_{level}" for name in ("core", "rolling") for level in LEVELS)]
DEPENDENCIES = ("numpy", "zstandard")
LOOK = "import sys, {0}; print('on' if sys._is_gil_enabled() else 'off')"


def gil_after(module: str) -> str:
    """"on", "off" or why the module could not be imported, in a fresh process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHON_GIL"}
    done = subprocess.run([sys.executable, "-c", LOOK.format(module)], capture_output=True,
                          text=True, env=environment)
    return done.stdout.strip() or done.stderr.strip().rpartition("\n")[2]


def main() -> int:
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        print(f"{sys.executable} has a GIL; this needs an interpreter that was built without one")
        return 1
    found = {module: gil_after(module) for module in (*OWN, *DEPENDENCIES)}
    for module, state in found.items():
        print(f"GIL after import {module}: {state}", flush=True)
    wrong = [module for module, state in found.items() if state != "off"]
    if wrong:
        print(f"the GIL must stay off: {', '.join(wrong)}")
        return 1
    tests = [f"tests/contract/{name}" for name in TESTS]
    # The tree's own folder has no extension for this interpreter: the installed package is tested.
    return subprocess.run([sys.executable, "-m", "pytest", "-o", "pythonpath=.", *tests],
                          env=os.environ | {"PYTHON_GIL": "0"}).returncode


if __name__ == "__main__":
    sys.exit(main())
