# Voltaro. `make demo` shows it, `make test` proves it; both make what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := requirements.lock
# Tests wait more than they work: so many run at once.
WORKERS ?= 3

.PHONY: demo run test check format bench faults clean

demo: $(VENV)/demo
	$(BIN)/voltaro demo

run: $(VENV)/demo
	$(BIN)/voltaro serve

test: $(VENV)/test
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

check: $(VENV)/check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.browser.types

format: $(VENV)/check
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/test
	$(BIN)/python -m tests.benchmarks

# What is provoked, and held; FAULTS=--long for the whole runs.
faults: $(VENV)/test
	$(BIN)/python -m tests.faults $(FAULTS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# One stamp for each set of packages; the lock pins what is installed, setup.cfg what is allowed.
$(VENV)/%: setup.cfg pyproject.toml $(LOCK) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(LOCK) --editable '.[$*]'
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
