BIN := .venv/bin
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help chat setup test check lint types format pictures

# With this set, CPython 3.11 at times fails to compile a test file (SystemError, "recursion depth").
unexport PYTHONDONTWRITEBYTECODE

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

chat: .venv/ready ## Talk with the facilitator in this terminal
	@$(BIN)/learncomm chat

setup: .venv/ready ## Set everything up, and no more

test: .venv/ready ## Run the tests
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: lint types test ## Format, lint, types and tests, as CI runs them

lint: .venv/ready ## Look at format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/ready ## Check the types, strictly
	$(BIN)/mypy

format: .venv/ready ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: .venv/ready ## Draw the pictures of the docs anew; needs a chromium on this machine
	$(BIN)/pip install --quiet --disable-pip-version-check --group pictures
	$(BIN)/python -m tests.scenarios.pictures docs/images

# The stamp is left only when all is there. Without the model a search goes by words alone, so its
# absence stops nothing here: `learncomm doctor` says what to do.
.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "learncomm needs Python 3.11 or newer. If you have one, name it: make PYTHON=python3.12 setup")'
	@echo "Setting up .venv; this is needed once and takes a minute or two."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	@echo "Installing learncomm and what it builds on …"
	@$(BIN)/pip install --quiet --editable . --group dev
	@$(BIN)/learncomm init --models-only || echo "Going on without search by meaning; “learncomm init” tries again."
	@touch $@
