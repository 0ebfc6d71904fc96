"""Builds the extensions from globs and cpp/cxxflags.txt.

All of them are modules of tickeng/_native. `core_v3` and `core_v4` are the engine for two
instruction sets, each with a library of its own (core.py picks one, and refuses a processor below
v3 before anything else is loaded), `rolling_v3` and `rolling_v4` single primitives on top of the
same libraries; `io` the parsers, `codec` the own file format and the text writers.
Own C++ is compiled with warnings as errors into static libraries; Cython's output without them.
TICKENG_PROBE=1 adds tests/probe, the pybind11 window onto internals that the tests use; "only"
builds nothing else. Objects are kept in build/ with what they were made of (-MMD), so that the
next build compiles what has changed and nothing else.
"""

import os
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_clib import build_clib
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).parent
NATIVE = "src/engine/tickeng/_native"


def flags() -> tuple[list[str], list[str]]:
    """All flags, and those that apply to own code only."""
    every, own = [], []
    for line in (ROOT / "cpp/cxxflags.txt").read_text().splitlines():
        flag, _, why = line.partition("#")
        if flag.strip():
            (own if why.strip().startswith("own") else every).append(flag.strip())
    return every, own


def sources(*, io: bool) -> list[str]:
    """Those of cpp/io, or all others, first those that take long: no core waits for them then."""
    found = [p for p in ROOT.glob("cpp/**/*.cpp") if (p.parent.name == "io") == io]
    return [str(p.relative_to(ROOT)) for p in sorted(
        found, key=lambda p: (p.stem != "registry", p.parent.name != "kernels", p))]


EVERY, OWN = flags()
INCLUDE = ["include", np.get_include()]
HEADERS = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("include/**/*.hpp"))
PIECES = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob(f"{NATIVE}/*.px[di]"))
DEFINES = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
# TICKENG_DEBUG=1: no optimisation, sanitizer-friendly; never used for a wheel.
DEBUG = ["-O1", "-g"] if os.environ.get("TICKENG_DEBUG") else []
PROBE = os.environ.get("TICKENG_PROBE")
# TICKENG_SANITIZE=address,undefined: instrumented extensions, one level, for `make sanitize`.
SANITIZE = os.environ.get("TICKENG_SANITIZE")
OBJECTS = "build/debug" if DEBUG else "build/release"
LINK: list[str] = []
LEVELS = {
    "v3": ["-march=x86-64-v3"],
    "v4": ["-march=x86-64-v4", "-mprefer-vector-width=512"],
}
if SANITIZE:
    LINK = [f"-fsanitize={SANITIZE}"]
    DEBUG = ["-O1", "-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all", "-Wno-error",
             *LINK]
    OBJECTS = "build/sanitize"
    del LEVELS["v4"]


def library(name: str, *, io: bool, level: str) -> tuple[str, dict]:
    return name, {
        "sources": sources(io=io),
        "include_dirs": ["include"],
        "cflags": EVERY + OWN + DEBUG + LEVELS[level] + ["-fPIC"],
        "obj_deps": {"": [*HEADERS, "cpp/cxxflags.txt"]},
    }


def extension(name: str, *libraries: str, level: str | None = None) -> Extension:
    return Extension(
        f"tickeng._native.{name}", [f"{NATIVE}/{name}.pyx"], include_dirs=INCLUDE,
        libraries=list(libraries), language="c++", define_macros=DEFINES,
        extra_compile_args=EVERY + DEBUG + LEVELS.get(level, []), extra_link_args=LINK,
        depends=[*HEADERS, *PIECES, *(f"{OBJECTS}/lib{name}.a" for name in libraries)],
    )


def is_fresh(made: str) -> bool:
    """Whether an object is younger than all that its dependency file names, and than the flags."""
    try:
        rule = Path(made).with_suffix(".d").read_text().replace("\\\n", " ")
        parts = [*rule.partition(":")[2].split(), "cpp/cxxflags.txt", "setup.py"]
        return all(os.path.getmtime(made) >= os.path.getmtime(part) for part in parts)
    except FileNotFoundError:
        return False


def compile_what_changed(compiler) -> None:
    """Makes a compiler of setuptools skip fresh objects, and use all cores for the others."""
    compile_one, compile_list = compiler._compile, compiler.compile

    def one(made, source, ext, cc_args, extra_postargs, pp_opts):
        if not is_fresh(made):
            compile_one(made, source, ext, cc_args, [*extra_postargs, "-MMD"], pp_opts)

    def every(sources, **options):
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = list(pool.map(lambda source: compile_list([source], **options), sources))
        return [path for paths in made for path in paths]

    compiler._compile, compiler.compile = one, every


class BuildClib(build_clib):
    """Keeps the objects of each library apart: two are compiled from the same sources."""

    def build_libraries(self, libraries: list) -> None:
        compile_what_changed(self.compiler)
        for name, info in libraries:
            self.build_temp = f"{OBJECTS}/{name}"
            # An archive that is added to keeps the objects of sources that are gone.
            Path(self.build_clib, f"lib{name}.a").unlink(missing_ok=True)
            super().build_libraries([(name, info)])


class BuildExt(build_ext):
    """An in-place build, too, starts with the libraries that the extensions link."""

    def run(self) -> None:
        self.run_command("build_clib")
        super().run()

    def build_extensions(self) -> None:
        compile_what_changed(self.compiler)
        # Of what a link is made from, setuptools looks at objects and not at libraries.
        self.compiler._need_link = lambda objects, made: True
        super().build_extensions()


def drop_stale() -> None:
    """Removes what Cython generated before a declaration changed: it does not look into all."""
    youngest = max(os.path.getmtime(piece) for piece in PIECES)
    for module in ROOT.glob(f"{NATIVE}/*.pyx"):
        made = module.with_suffix(".cpp")
        if made.exists() and made.stat().st_mtime < youngest:
            made.unlink()


drop_stale()
extensions = [] if PROBE == "only" else cythonize(
    [
        *(extension(f"{name}_{level}", f"tickeng_core_{level}", level=level)
          for name in ("core", "rolling") for level in LEVELS),
        extension("cpu"),
        extension("io", "tickeng_io"),
        extension("codec", "tickeng_io"),
    ],
    compiler_directives={"language_level": 3, "freethreading_compatible": True,
                         # What has no Python object of its own still shows its arguments.
                         "embedsignature": True, "embedsignature.format": "clinic"},
    include_path=["src/engine"],
)
if PROBE:
    import pybind11

    extensions.append(
        Extension(
            "tickeng_probe", ["tests/probe/probe.cpp"], language="c++",
            depends=[*HEADERS, f"{OBJECTS}/libtickeng_core_v3.a"],
            include_dirs=[*INCLUDE, pybind11.get_include()], libraries=["tickeng_core_v3"],
            extra_compile_args=EVERY + DEBUG + LEVELS["v3"],
            extra_link_args=["-Wl,-Bsymbolic-functions"],
        )
    )

setup(
    cmdclass={"build_clib": BuildClib, "build_ext": BuildExt},
    ext_modules=extensions,
    options={
        "build_clib": {"build_clib": OBJECTS, "build_temp": OBJECTS},
        # Objects with Python in them are of one interpreter.
        "build_ext": {"parallel": os.cpu_count(),
                      "build_temp": f"{OBJECTS}/{sysconfig.get_config_var('SOABI')}"},
    },
    libraries=[
        *(library(f"tickeng_core_{level}", io=False, level=level) for level in LEVELS),
        library("tickeng_io", io=True, level="v3"),
    ],
    package_dir={"": "src/engine", "tickeng_cli": "cli/tickeng_cli"},
    packages=[
        "tickeng", "tickeng._base", "tickeng._engine", "tickeng._native", "tickeng.checkpoint",
        "tickeng.conversion",
        "tickeng.files", "tickeng.files.disk", "tickeng.files.sinks", "tickeng.files.sources",
        "tickeng.files.tickfile", "tickeng.plotting", "tickeng.replay", "tickeng.synthetic",
        "tickeng.verification",
        "tickeng_cli", "tickeng_cli.commands",
    ],
    # Of what is not Python only these: what is compiled is shipped, not what it is compiled from.
    include_package_data=False,
    package_data={
        "tickeng": ["py.typed", "*.pyi"],
        "tickeng._native": ["*.pyi", "*.pxd"],
        "tickeng.plotting": ["page.html"],
    },
)
