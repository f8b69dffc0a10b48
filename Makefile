PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test test-services lint soak bench bench-full bench-postgresql performance screenshots clean

run: $(VENV)/.run
	@$(BIN)/python app.py

test: $(VENV)/.dev
	@scripts/test-tools
	@$(BIN)/pytest -n 2 tests

test-services: $(VENV)/.dev
	@scripts/test-tools
	@scripts/services run scripts/test-services $(BIN)/pytest

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive . $$(grep -l '^#!.*python' scripts/*)
	@scripts/audit $(BIN)/pip-audit

soak: $(VENV)/.dev
	@scripts/test-tools
	@$(BIN)/python scripts/soak

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks

bench-full: $(VENV)/.dev
	@scripts/test-tools
	@scripts/services run --durable --only postgresql $(BIN)/python -m benchmarks --full

bench-postgresql: $(VENV)/.dev
	@scripts/services run --durable --only postgresql $(BIN)/python -m benchmarks --only postgresql-batches --only postgresql-reading $(BENCH)

performance: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.publish

screenshots: $(VENV)/.dev
	@scripts/test-tools
	@$(BIN)/python scripts/screenshots

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON to it, as in 'make run PYTHON=python3.12'."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the server needs into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
