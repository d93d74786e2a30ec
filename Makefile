# `make demo` shows what this is, `make test` checks all of it; both set themselves up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup test demo docs bench dist lock clean

help:
	@echo "make setup   create $(VENV) with everything pinned, and $(BIN)/tolman"
	@echo "make demo    finetune a model that can read on real facts, then write report.html"
	@echo "make test    lint, type-check and test everything"
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

clean:
	rm -rf .venv .venv-* .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist site
	rm -rf records demonstrations report.html
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
