# The two commands of the README are `make demo` and `make test`; the rest serves those who work on the code.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export DO_NOT_TRACK := 1
export RUNTIME__DLTHUB_TELEMETRY := false
export DAGSTER_DISABLE_TELEMETRY := yes
export GX_ANALYTICS_ENABLED := false
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false

.PHONY: help demo test install test-tools lint format check bench clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: install  ## Start everything with sandbox rails and demo sign-ins
	$(BIN)/rowcol up --demo

test: install test-tools  ## Set up what the tests need (a browser too) and run everything
	$(MAKE) --no-print-directory lint
	$(BIN)/pytest -q

install: $(VENV)/.installed  ## Build .venv from the lock

# uv from the machine when it is there, else from the venv itself: the lock decides the rest.
$(VENV)/.installed: pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null; then uv sync --frozen --quiet; else \
	  test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv; \
	  VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv sync --frozen --quiet --active --inexact; fi
	@touch $@

test-tools:  ## Install the browser and the PostgreSQL server that tests use, where missing
	@tests/install_tools.sh

lint:  ## ruff, mypy, docstring coverage, SQL style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/interrogate -q app dbt_project/methods execution ingestion orchestration sandbox
	$(BIN)/sqlfluff lint dbt_project/models --processes 2 --disable-progress-bar

format:  ## Format Python and fix what ruff can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install  ## Run the benchmarks (not part of the tests), with the libraries they compare with
	@if command -v uv >/dev/null; then uv sync --frozen --quiet --group bench; else \
	  VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv sync --frozen --quiet --active --inexact --group bench; fi
	$(BIN)/python -m tests.bench

clean:  ## Forget the demo's data; the next `make demo` starts from nothing
	rm -rf data/warehouse data/published data/control data/inbox data/dlt data/sandbox data/runs data/logs \
	  data/dbt_target data/data_docs data/demo.env
