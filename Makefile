BIN := .venv/bin
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help chat setup test check format

help: ## Show what can be made
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

chat: .venv/ready ## Talk with the facilitator in this terminal
	@$(BIN)/learncomm chat

setup: .venv/ready ## Set everything up, and no more

test: .venv/ready ## Run the tests
	$(BIN)/pytest

check: .venv/ready ## Format, lint, types and tests, as CI runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

format: .venv/ready ## Put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -U pip
	$(BIN)/pip install -q -e . --group dev --group bench
	$(BIN)/learncomm init --models-only
	@touch $@
