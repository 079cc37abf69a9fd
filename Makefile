# Every target sets up what it needs. `make` alone lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
STACK ?= dev
BIN := .venv/bin
PULUMI := scripts/local pulumi
# The state is written once, at the end: docs/bulk.md says when that is right.
QUICKLY := PULUMI_EXPERIMENTAL=1 PULUMI_SKIP_CHECKPOINTS=1

# Without a suffix the tools do not find them by themselves.
SCRIPTS := scripts/docs scripts/drawings scripts/licences scripts/mutants scripts/recording scripts/release-notes \
	scripts/screenshots
PAGES := README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md docs examples

.DEFAULT_GOAL := help
.PHONY: help up preview refresh destroy shell stop test test-oldest test-newest check messages docs figures bench
.PHONY: faults coverage mutants lock template engine

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: selected  ## set up everything, then `pulumi up` of STACK (dev) against the local API; BULK=1 for thousands
	@$(if $(BULK),env $(QUICKLY)) $(PULUMI) up --yes --stack $(STACK) $(if $(BULK),--parallel 32)
	@scripts/local pulumi-telnyx list
	@echo
	@echo "Look at them in a browser: $$(scripts/local --page)"
	@echo 'Look around in `make shell` (pulumi stack output, pulumi-telnyx list);' \
		'`make destroy$(if $(filter-out dev,$(STACK)), STACK=$(STACK))` removes them.'

preview: selected  ## what `make up` would change
	@$(PULUMI) preview --json --stack $(STACK) | $(BIN)/pulumi-telnyx report --format text $(STACK)=-

refresh: made  ## take over what was changed outside
	@$(PULUMI) refresh --yes --stack $(STACK)

destroy: made  ## remove what `make up` made; a stack other than dev has to be named again
	@scripts/confirm $(STACK)
	@$(PULUMI) destroy --yes --stack $(STACK)

shell: ready  ## a shell in which pulumi and pulumi-telnyx use the local API and state
	@echo 'pulumi and pulumi-telnyx now use the local API and state; "exit" ends this.'
	@scripts/local $${SHELL:-bash}

stop:  ## end the local API; its data stays
	@scripts/local --stop

test: $(BIN)/.dev engine  ## the whole test suite
	@$(BIN)/pytest -n auto --dist worksteal

test-oldest: $(BIN)/.dev engine  ## unit tests and one story with the oldest pulumi, requests and pydantic that are allowed
	@scripts/test-with oldest

test-newest: $(BIN)/.dev engine  ## the same with the newest that there are
	@scripts/test-with newest

check: $(BIN)/.dev  ## lint, format, types, security, licences, workflows, docs, messages, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 types rules
	@$(BIN)/pytest -q tests/unit/test_messages.py || { echo "error: read the new messages, then make messages" >&2; exit 1; }
	@echo 'All checks have passed.'

# The two halves of `check` that take longest, beside each other.
.PHONY: types rules
types: $(BIN)/.dev
	@$(BIN)/mypy
	@$(BIN)/mypy scripts/engine
	@for script in $(SCRIPTS); do $(BIN)/mypy $$script; done

rules: $(BIN)/.dev
	@$(BIN)/bandit --quiet --recursive provider scripts $(SCRIPTS) __main__.py
	@$(BIN)/python scripts/docs --check
	@$(BIN)/python scripts/drawings --check
	@$(BIN)/python scripts/licences --check
	@$(BIN)/python scripts/release-notes --check
	@$(BIN)/typos
	@$(BIN)/rumdl check --quiet $(PAGES)
	@scripts/site
	@scripts/check-workflows

messages: $(BIN)/.dev  ## renew tests/unit/messages.txt, which shows new messages in review
	@RENEW_GOLDEN=1 $(BIN)/pytest -q tests/unit/test_messages.py

docs: $(BIN)/.dev  ## renew the tables of docs/ from code and lock files, and build the site
	@$(BIN)/python scripts/docs
	@$(BIN)/python scripts/drawings
	@$(BIN)/python scripts/licences
	@scripts/site
	@echo 'site/index.html is for a browser.'

figures: $(BIN)/.dev engine  ## fuzzing, perpetual-diff matrix, CPU time: run them and print their figures as JSON
	@WHOLE_FIGURES=1 $(BIN)/pytest -n auto -q tests/figures
	@$(BIN)/python benchmarks/check_and_diff.py

bench: $(BIN)/.dev engine  ## time and memory next to the engine's floor: tables, JSON, docs/performance.md; BENCH=full: 10,000
	@$(BIN)/python -m benchmarks.operations --page $(if $(filter full,$(BENCH)),--full)

faults: $(BIN)/.dev engine  ## what is promised about faults, measured whole (an hour or more): JSON, exit code 1 when missed
	@$(BIN)/python -m tests.faults

coverage: $(BIN)/.dev engine  ## which lines of the package no test runs; exit code 1 when they are too many
	@rm -rf build/coverage
	@$(BIN)/coverage run -m pytest -n auto -q tests/unit tests/emulator tests/browser \
		tests/engine/test_import.py tests/engine/test_sets.py
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

mutants: $(BIN)/.dev  ## whether tests notice changes in the core's code (takes long); exit code 1 when too few do
	@$(BIN)/python scripts/mutants

template: ready  ## write dist/template, from which `pulumi new dist/template --dir FOLDER` makes a project
	@scripts/template
	@echo 'pulumi new dist/template --dir FOLDER'

engine: $(BIN)/.ready  ## find or build the Pulumi CLI; the last line is its folder
	@$(BIN)/python scripts/engine

lock: $(BIN)/.dev  ## update the locked versions
	@scripts/lock
	@$(MAKE) --no-print-directory $(BIN)/.dev
	@$(BIN)/python scripts/licences

.PHONY: ready selected made
ready: $(BIN)/.ready

# No stack is made to be refreshed or removed, and a mistake in its settings keeps nobody from either.
made: ready
	@scripts/made '$(STACK)'

selected: ready
	@$(BIN)/pulumi-telnyx validate --allow-warnings $(STACK)
	@$(PULUMI) stack select --create $(STACK) || { echo "error: stack $(STACK) cannot be opened;" \
		"if its file is encrypted with a passphrase of its own, set LOCAL_PASSPHRASE to it" >&2; exit 1; }

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 10) else "error: Python 3.10 or newer is needed, not %s: make PYTHON=python3.12 …" % sys.version.split()[0])'
	@$(PYTHON) -m venv .venv

$(BIN)/.ready: requirements.lock pyproject.toml | $(BIN)/python
	@scripts/install requirements.lock
	@touch $@

$(BIN)/.dev: requirements-dev.lock $(BIN)/.ready
	@scripts/install requirements-dev.lock
	@touch $@
