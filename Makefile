# The two commands of the README are `make demo` and `make test`; the others are for developers.
# Nothing here calls a system package manager: what is missing is named, with its Debian package.
# A stamp in .venv stands for each step, so that a second call does only what changed.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell \
    command -v $(p) >/dev/null && $(p) -c 'import sys; assert sys.version_info >= (3, 11)' \
    2>/dev/null && echo $(p))))
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench/bin
PIP := $(BIN)/pip install -q --disable-pip-version-check
# What is compiled; Python files of an editable install need no new build.
COMPILED := setup.py pyproject.toml cpp/cxxflags.txt $(shell find cpp include -name '*.[ch]pp') \
    $(shell find src -name '*.px[dix]' -o -name '*.pyx')
PROBE := $(wildcard tests/probe/*.cpp)

.PHONY: help demo test quick lint format cpp threads libfuzzer teeth free-threaded model bits docs sanitize soak fuzz ways graphs \
    bench bench-core bench-frame bench-depth bench-edit bench-parallel bench-wavefront bench-primitives bench-replay bench-merged bench-readers \
    bench-live scaling growth profile perf latency plots wheel clean check-system
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/build.stamp  ## set up, replay real trades with a leader, write output and a plot
	mkdir -p demo
	$(BIN)/tickeng replay examples/btcusdt_usdm_20240808.gz \
	    --leader examples/btcusdt_spot_20240808.gz \
	    -o demo/decisions.parquet --plot demo/replay.png -f
	@echo "Look at demo/replay.png; demo/decisions.parquet holds every column for every trade."

test: $(VENV)/test.stamp  ## set up and run the test suite
	$(BIN)/python -m pytest

QUICK := layout readme io_write $(addprefix contract/test_,bits.py books.py clocks.py bars.py \
    fed_bars.py formulas.py frame.py lapses.py pipelines.py)
quick: $(VENV)/test.stamp  ## the tests to run while working
	$(BIN)/python -m pytest -q $(addprefix tests/,$(QUICK))

lint: $(VENV)/dev.stamp  ## ruff, mypy, import-linter, codespell, cython-lint, clang-format
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell
	PATH=$(abspath $(BIN)):$$PATH cython-lint src/engine/tickeng/_native
	git ls-files '*.[ch]pp' | xargs $(BIN)/clang-format --dry-run --Werror

format: $(VENV)/dev.stamp  ## lay out the C++ and sort the imports
	git ls-files '*.[ch]pp' | xargs $(BIN)/clang-format -i
	$(BIN)/ruff check --fix-only -q .

cpp: $(VENV)/dev.stamp  ## the C++ tests; SANITIZE=address,undefined or thread, CXX=clang++
	$(BIN)/cmake -S cpp -B build/cpp$(SANITIZE) -DTICKENG_SANITIZE=$(SANITIZE)
	$(BIN)/cmake --build build/cpp$(SANITIZE) -j 2
	$(BIN)/ctest --test-dir build/cpp$(SANITIZE) --output-on-failure

# Only own code is instrumented. pyarrow and NumPy are not: leaks are not looked for, Arrow takes its
# memory from malloc so that a read past one of its buffers is seen, and what is left out by -k
# limits the address space, which ASan's shadow memory cannot live with. Files that ask what a reading
# means, rather than whether it may be read, are left out: they take as long again.
SANITIZED := build/sanitize/lib
sanitize: $(VENV)/test.stamp  ## the tests that read bytes from outside, with ASan and UBSan in the extensions
	TICKENG_SANITIZE=address,undefined $(BIN)/python setup.py -q build --build-lib $(SANITIZED)
	PYTHONPATH=$(SANITIZED) TICKENG_LEVEL=v3 PYTHONMALLOC=malloc ARROW_DEFAULT_MEMORY_POOL=system \
	    LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libstdc++.so)" \
	    ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	    $(BIN)/python -m pytest -q -p no:cacheprovider -o 'pythonpath=. $(SANITIZED)' tests/io_read \
	    $(addprefix tests/io_write/test_,tickfile.py tickfile_hostile.py tickfile_kinds.py) \
	    $(addprefix tests/checkpoint/test_,container.py damage.py forged.py settings.py) tests/fuzz \
	    $(addsuffix .py,$(addprefix --ignore=tests/io_read/test_,watched_columns same_everywhere \
	    json_tables json_mixtures numbers field_rules values feed decisions real_tapes first_rows \
	    names_and_kinds public_reports)) \
	    -k "not bomb and not memory and not planted and not held"

soak: $(VENV)/test.stamp  ## the long forms of tests that have a short one in the suite
	TICKENG_SOAK=1 $(BIN)/python -m pytest -q tests/bits tests/checkpoint tests/files tests/layouts \
	    $(addprefix tests/,io_read/test_numbers.py io_read/test_hostile.py cli/test_stops.py \
	    contract/test_endurance.py property/test_symmetries.py verification/test_life.py) $(ARGS)
	$(BIN)/python -m tests.verification.streams --count 2000

fuzz: $(VENV)/test.stamp  ## mutated inputs through every reader; ARGS="--room markets --count 50000 --seed 7"
	$(BIN)/python -m tests.fuzz.run $(ARGS)

ways: $(VENV)/test.stamp  ## damaged tapes in every form, container and way of reading; ARGS="--count 500 --first 7"
	$(BIN)/python -m tests.ways.run $(ARGS)

graphs: $(VENV)/test.stamp  ## random pipelines on random tapes in every way of running; ARGS="--count 5000 --first 7"
	$(BIN)/python -m tests.graphs.run $(ARGS)
	$(BIN)/python -m tests.graphs.run --kernels
	$(BIN)/python -m tests.graphs.clocks

STRESS = $(BIN)/cmake -S cpp -B build/threads -DTICKENG_SANITIZE=thread -DCMAKE_CXX_COMPILER=$(CXX) && \
    $(BIN)/cmake --build build/threads -j 2 --target ring_stress parallel_stress \
    wavefront_stress mix_stress
threads: $(VENV)/dev.stamp  ## rings and workers under ThreadSanitizer; CXX=clang++
	$(STRESS)
	$(BIN)/python tests/cpp/threads.py build/threads

libfuzzer: $(VENV)/test.stamp $(VENV)/dev.stamp  ## the C++ that reads bytes, SECONDS=60 a target; needs clang
	$(BIN)/python -m tests.libfuzzer.run --seconds $(or $(SECONDS),60) $(ARGS)

teeth: $(VENV)/test.stamp $(VENV)/dev.stamp  ## every planted fault of every battery must be found; ARGS="models threads"
	$(STRESS)
	$(BIN)/python -m tests.teeth $(ARGS)

# Interpreters built without a GIL, of the names they usually have; PYTHON=... adds one. Where there
# is none, one is built in build/free-threaded.
BUILT := build/free-threaded/bin/python3.13t
FREE = $(or $(firstword $(foreach p,$(PYTHON) python3.15t python3.14t python3.13t python3t,$(shell \
    command -v $(p) >/dev/null && $(p) -c 'import sysconfig as s; \
    assert s.get_config_var("Py_GIL_DISABLED")' 2>/dev/null && echo $(p)))),$(BUILT))
free-threaded:  ## build, import and test by an interpreter without a GIL; PYTHON=python3.14t, or one is built
ifneq ($(filter free-threaded,$(MAKECMDGOALS)),)
	@[ "$(origin PYTHON)" != "command line" ] || [ "$(FREE)" = "$(PYTHON)" ] || \
	    { echo "$(PYTHON) is no interpreter without a GIL" >&2; exit 1; }
	$(MAKE) .venv-free/stamp FREE=$(FREE)
	.venv-free/bin/python -m tests.free_threaded
endif

$(BUILT):
	tests/free_threaded/interpreter.sh build/free-threaded

model: | check-system  ## visit every state of the models of rings, parking, workers and marks; needs spin
	$(PYTHON) -m tests.model.run

bits: $(VENV)/test.stamp  ## one hash a tape under every compiler and flag; CLANG=needed ARGS=--few
	$(BIN)/python -m tests.bits.run $(if $(CLANG),--need-clang) $(ARGS)

docs: $(VENV)/test.stamp  ## write the pages of docs/ that follow from the code
	$(BIN)/python docs/write_architecture.py > docs/architecture.md
	$(BIN)/python docs/write_stubs.py > src/engine/tickeng/kernels.pyi
	$(BIN)/python docs/write_kernels.py > docs/kernels.md
	PYTHONPATH=src/engine $(BIN)/python docs/write_checkpoint.py > docs/checkpoint.md

bench: .venv-bench/stamp  ## tickeng beside its peers, the chain and its floor, rings and workers; with targets
	$(BENCH)/python bench/compare/run.py
	$(BENCH)/python bench/core.py
	$(BENCH)/python bench/parallel/run.py

bench-core: .venv-bench/stamp  ## the chain in C++ against its floor, many symbols, what a Python call adds
	$(BENCH)/python bench/core.py

bench-frame: $(VENV)/build.stamp  ## what the frame costs around kernels, with targets; ARGS="--level v3"
	$(BIN)/python bench/reach.py $(ARGS)

bench-depth: $(VENV)/venv.stamp  ## books from depth messages: ns a level, at 5,000 levels, microprice
	$(BIN)/python bench/depth.py $(ARGS)

bench-primitives: .venv-bench/stamp  ## single rolling primitives beside seven libraries
	$(BENCH)/python bench/python/primitives.py

bench-edit: $(VENV)/build.stamp  ## seconds from an edited kernel to an import; ARGS="--clean" installs a copy, too
	$(BIN)/python bench/edit.py $(ARGS)

bench-replay: $(VENV)/build.stamp  ## where a replay's time goes, by source and output; ARGS="--workers 2"
	$(BIN)/python bench/replay.py $(ARGS)

bench-merged: $(VENV)/build.stamp  ## trades, quotes and depth merged through the chain; instructions a row; ARGS="day.zst"
	$(BIN)/python bench/merged.py $(ARGS)

bench-readers: .venv-bench/stamp  ## quotes and books to arrays beside polars and databento-dbn, memory, file size
	$(BENCH)/python bench/readers.py $(ARGS)

bench-live: $(VENV)/build.stamp  ## how long a row takes through a pipe, one by one; p99 at most 50 ms
	$(BIN)/python bench/live_pipe.py $(ARGS)

bench-parallel:  ## throughput and latency of the ring; ParallelEngine beside Engine
	$(PYTHON) bench/parallel/run.py

bench-wavefront:  ## one symbol's nodes on 1 and 2 threads: times, instructions a thread; ARGS="--rounds 30"
	$(PYTHON) bench/parallel/wavefront.py $(ARGS)

scaling: $(VENV)/test.stamp  ## what ends the scaling over 1 to 24 threads, and docs/scaling.svg
	$(BIN)/python bench/parallel/scaling.py --plot docs/scaling.svg $(ARGS)

profile:  ## where a tick's instructions go, by file; ARGS="batch --lines 20"
	$(PYTHON) bench/profile.py $(ARGS)

growth:  ## instructions a tick with more ticks and larger windows; fails where they grow
	$(PYTHON) bench/growth.py

perf:  ## compare the working tree with BASE (HEAD), A B A B; fails on a confirmed loss
	python3 bench/perf.py --base $(or $(BASE),HEAD)

latency:  ## latency of one streaming tick in C++, p50 to worst
	python3 bench/latency/on_trade.py

plots: $(VENV)/test.stamp  ## draw docs/performance.svg: latency, cost against windows, symbols, ticks
	$(BIN)/python bench/plots.py $(ARGS)

wheel: $(VENV)/venv.stamp  ## build a wheel into dist/, in a clean environment
	rm -rf build/lib.* build/bdist.*  # what an older tree left there would go into the wheel
	$(BIN)/pip wheel -q --disable-pip-version-check --no-deps -w dist .

clean:  ## remove everything that was built
	rm -rf $(VENV) .venv-bench .venv-free build dist demo src/engine/*.egg-info
	find src tests -name '*.so' -delete

check-system:
	@missing=""; need() { missing="$$missing $$1"; }; \
	python="$(PYTHON)"; \
	if [ -z "$$python" ]; then need "python3.11 python3.11-venv python3.11-dev"; else \
	  v=$$($$python -c 'import sys; print("python3.%d" % sys.version_info[1])'); \
	  $$python -c 'import ensurepip, venv' 2>/dev/null || need $$v-venv; \
	  $$python -c 'import os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' \
	    2>/dev/null || need $$v-dev; \
	fi; \
	if ! command -v g++ >/dev/null; then need g++; \
	elif ! echo '#include <span>' | g++ -std=c++20 -fsyntax-only -x c++ - 2>/dev/null; then \
	  need "g++ (12 or newer)"; fi; \
	command -v git >/dev/null || need git; \
	if [ -n "$$missing" ]; then \
	  echo "Missing:$$missing" >&2; \
	  echo "On Debian, as root: apt-get install$${missing/ (12 or newer)/}" >&2; exit 1; \
	fi

$(VENV)/venv.stamp: | check-system
	$(PYTHON) -m venv $(VENV)
	$(PIP) 'setuptools>=77' 'cython>=3.1' 'numpy>=2.0' wheel
	touch $@

$(VENV)/build.stamp: $(VENV)/venv.stamp $(COMPILED)
	@echo "Building tickeng (some minutes the first time) ..."
	$(PIP) --no-build-isolation -e '.[plot]'
	touch $@

# An extra of pyproject.toml without the package itself, which is built already.
extra = $(BIN)/python -c 'import tomllib; p = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
    print(*p["optional-dependencies"]["$(1)"], sep="\n")' | $(PIP) -r /dev/stdin

$(VENV)/test.stamp: $(VENV)/build.stamp $(PROBE)
	$(call extra,test)
	@[ -z "$(PROBE)" ] || echo "Building the window that tests have onto the core ..."
	[ -z "$(PROBE)" ] || TICKENG_PROBE=only $(BIN)/python setup.py -q build_ext --inplace
	touch $@

$(VENV)/dev.stamp: $(VENV)/build.stamp
	$(call extra,dev)
	touch $@

# Peers pin older libraries, so they live apart, with an installed tickeng beside them. One of them
# wants Python 3.12; with an older one it is left out.
PYTHON312 = $(firstword $(foreach p,python3.12 python3.13 $(PYTHON),$(shell \
    command -v $(p) >/dev/null && $(p) -c 'import sys' 2>/dev/null && echo $(p))))
.venv-bench/stamp: $(COMPILED) $(shell find src cli -name '*.py') | check-system
	[ -d .venv-bench ] || $(PYTHON312) -m venv .venv-bench
	-$(BENCH)/pip uninstall -q -y tickeng
	rm -rf build/lib.* build/bdist.* $(GENERATED)
	$(BENCH)/pip install -q --disable-pip-version-check '.[bench]'; \
	    status=$$?; rm -f $(GENERATED); exit $$status
	touch $@

# Only what the tests of threads need. NumPy comes as a wheel or not at all: its source takes long.
.venv-free/stamp: $(COMPILED) $(shell find src cli -name '*.py') | $(filter $(BUILT),$(FREE))
	[ -d .venv-free ] || $(FREE) -m venv .venv-free
	rm -rf build/lib.* build/bdist.* $(GENERATED)
	.venv-free/bin/pip install -q --disable-pip-version-check 'setuptools>=77' 'cython>=3.1' \
	    wheel pytest 'zstandard>=0.22'
	.venv-free/bin/pip install -q --disable-pip-version-check --only-binary=:all: 'numpy>=2.1'
	.venv-free/bin/pip install -q --disable-pip-version-check --no-build-isolation --no-deps \
	    --force-reinstall .; status=$$?; rm -f $(GENERATED); exit $$status
	touch $@

# Cython's output follows the NumPy that it saw, which may be another one for another Python.
GENERATED = src/engine/tickeng/_native/*.cpp
