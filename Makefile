# Every target sets up what it needs. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
STACK ?= dev
BIN := .venv/bin
PULUMI := scripts/local pulumi

.DEFAULT_GOAL := help
.PHONY: help up preview refresh destroy shell stop test check docs figures faults lock engine

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: stack  ## set up everything, then `pulumi up` of STACK (dev) against the local API
	@$(PULUMI) stack select --create $(STACK)
	@$(PULUMI) up --yes --stack $(STACK)
	@scripts/local pulumi-telnyx list
	@echo
	@echo 'Look around in `make shell` (pulumi stack output, pulumi-telnyx list); `make destroy` removes them.'

preview: stack  ## what `make up` would change
	@$(PULUMI) preview --diff --stack $(STACK)

refresh: stack  ## take over what was changed outside
	@$(PULUMI) refresh --yes --stack $(STACK)

destroy: stack  ## remove what `make up` made
	@$(PULUMI) destroy --yes --stack $(STACK)

shell: ready  ## a shell in which pulumi and pulumi-telnyx use the local API and state
	@echo 'pulumi and pulumi-telnyx now use the local API and state; "exit" ends this.'
	@scripts/local $${SHELL:-bash}

stop:  ## end the local API; its data stays
	@scripts/local --stop

test: $(BIN)/.dev engine  ## the whole test suite
	@$(BIN)/pytest -n auto --dist worksteal

check: $(BIN)/.dev  ## lint, format, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy scripts/engine
	@$(BIN)/mypy scripts/stack-file
	@$(BIN)/mypy scripts/docs
	@$(BIN)/python scripts/docs --check

docs: $(BIN)/.dev  ## renew the tables of docs/ from the models
	@$(BIN)/python scripts/docs

figures: $(BIN)/.dev engine  ## fuzzing, perpetual-diff matrix, CPU time: run them and print their figures as JSON
	@$(BIN)/pytest -n auto -q tests/figures
	@$(BIN)/python benchmarks/check_and_diff.py

faults: $(BIN)/.dev engine  ## what is promised about faults, measured whole (an hour or more): JSON, exit code 1 when missed
	@$(BIN)/python -m tests.faults

engine: $(BIN)/.ready  ## find or build the Pulumi CLI; the last line is its folder
	@$(BIN)/python scripts/engine

lock: $(BIN)/.dev  ## update the locked versions
	@scripts/lock

.PHONY: ready stack
ready: $(BIN)/.ready

stack: ready
	@$(BIN)/python scripts/stack-file stacks/Pulumi.$(STACK).yaml

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "error: Python 3.10 or newer is needed, not %s: make PYTHON=python3.12 …" % sys.version.split()[0])'
	@$(PYTHON) -m venv .venv

$(BIN)/.ready: requirements.lock pyproject.toml | $(BIN)/python
	@scripts/install requirements.lock
	@touch $@

$(BIN)/.dev: requirements-dev.lock $(BIN)/.ready
	@scripts/install requirements-dev.lock
	@touch $@
