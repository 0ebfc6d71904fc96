# The two commands of the README are `make demo` and `make test`; the others are for developers.
# Nothing here calls a system package manager: what is missing is named, with its Debian package.
SHELL := /bin/bash
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3.13 python3,$(shell \
    command -v $(p) >/dev/null && $(p) -c 'import sys; assert sys.version_info >= (3, 11)' \
    2>/dev/null && echo $(p))))
VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench/bin
SOURCES := setup.py pyproject.toml cpp/cxxflags.txt $(shell git ls-files --cached --others \
    --exclude-standard 'cpp/*' 'include/*' 'src/*' 'cli/*' 'tests/probe/*' 2>/dev/null)

.PHONY: demo test lint bench wheel clean check-system
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/demo.stamp  ## set up, replay real trades with a leader, write output and a plot
	mkdir -p demo
	$(BIN)/tickeng replay examples/btcusdt_usdm_20240808.gz \
	    --leader examples/btcusdt_spot_20240808.gz \
	    -o demo/decisions.parquet --plot demo/replay.png -f
	@echo "Look at demo/replay.png; demo/decisions.parquet holds every column for every trade."

test: $(VENV)/test.stamp  ## set up and run the test suite
	$(BIN)/python -m pytest

lint: $(VENV)/lint.stamp  ## ruff, mypy, import-linter, codespell
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/codespell

bench: .venv-bench/stamp  ## tickeng beside its peers, in one run
	$(BENCH)/python bench/compare/run.py

wheel: $(VENV)/venv.stamp  ## build a wheel into dist/
	$(BIN)/pip wheel -q --no-deps -w dist .

clean:  ## remove everything that was built
	rm -rf $(VENV) .venv-bench build dist demo src/engine/*.egg-info
	find src tests -name '*.so' -delete

check-system:
	@missing=""; \
	[ -n "$(PYTHON)" ] || missing="$$missing python3.11"; \
	command -v g++ >/dev/null || missing="$$missing g++"; \
	if [ -n "$(PYTHON)" ]; then \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3.11-venv"; \
	  $(PYTHON) -c 'import os, sysconfig as s; assert os.path.exists(s.get_path("include") + "/Python.h")' \
	    2>/dev/null || missing="$$missing python3.11-dev"; \
	fi; \
	if [ -n "$$missing" ]; then \
	  echo "Missing:$$missing. On Debian: apt-get install$$missing" >&2; exit 1; \
	fi

$(VENV)/venv.stamp: | check-system
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check 'setuptools>=77' 'cython>=3.1' numpy wheel
	touch $@

$(VENV)/demo.stamp: $(VENV)/venv.stamp $(SOURCES)
	@echo "Building tickeng (about two minutes the first time) ..."
	$(BIN)/pip install -q --disable-pip-version-check --no-build-isolation -e '.[plot]'
	touch $@

$(VENV)/test.stamp: $(VENV)/venv.stamp $(SOURCES)
	@echo "Building tickeng and its test probe (about two minutes the first time) ..."
	$(BIN)/pip install -q --disable-pip-version-check 'pybind11>=2.12'
	TICKENG_PROBE=1 $(BIN)/pip install -q --disable-pip-version-check --no-build-isolation \
	    -e '.[plot,test]'
	touch $@

$(VENV)/lint.stamp: $(VENV)/demo.stamp
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]' --no-build-isolation
	touch $@

# Peers pin older libraries, so they live apart from the development environment.
.venv-bench/stamp: $(SOURCES) | check-system
	[ -d .venv-bench ] || $(PYTHON) -m venv .venv-bench
	$(BENCH)/pip install -q --disable-pip-version-check '.[bench]'
	touch $@
