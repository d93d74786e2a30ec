# `make demo` shows what this is, `make test` checks all of it; both set themselves up.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: help setup test demo bench clean

help:
	@echo "make setup   create .venv with everything pinned, and .venv/bin/tolman"
	@echo "make demo    run reversals on real facts, then write report.html"
	@echo "make test    lint, type-check and test everything"
	@echo "make bench   compare training speed with peers"
	@echo "make clean   remove .venv, caches, records and the report"

setup: $(STAMP)

# Runs again only after the lock or the package's metadata changed; an interrupted one starts over.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Tolman needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Name one that is, as in: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { \
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
	$(BIN)/tolman run reversals --facts examples/capitals.csv --seeds 4 -o report.html

bench: setup
	@for file in benchmarks/bench_*.py; do echo "$$file"; $(BIN)/python "$$file" || exit 1; done

# The lock is made by hand, after a change of the dependencies; it names no host.
.PHONY: lock
lock:
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --output-file requirements.lock

clean:
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist records demonstrations report.html
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
