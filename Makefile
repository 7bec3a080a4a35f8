# Thin names over the tools. `make` alone lists them.
SHELL := /bin/sh
# The newest suitable Python on the path; or say PYTHON=/path/to/python3.12.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
RUN := .venv/bin/python -m
UV_COMPILE := $(RUN) uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-config \
	--default-index https://pypi.org/simple --custom-compile-command "make lock" --no-annotate pyproject.toml --extra setup

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev setup-ray demo demo-check bench ablation test test-contract test-long check serve worker postgres migration migration-initial lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

setup:
	@"$(PYTHON)" tools/bootstrap.py run

setup-dev:
	@"$(PYTHON)" tools/bootstrap.py dev

demo: setup ## a whole cohort on real places: place it, verify it, then serve it on 127.0.0.1:8000
	@$(RUN) app demo

demo-check: setup ## the same without serving; fails if anything is off
	@$(RUN) app demo --check

test: setup-dev ## the tests of every change, on SQLite and PostgreSQL
	@$(RUN) pytest -n 2 --dist worksteal -m "not long"

test-contract: setup-dev ## many requests to each operation of the API, right and wrong, as every role (EXAMPLES=50)
	@GOTONG_TEST_CONTRACT=$(or $(EXAMPLES),50) $(RUN) pytest -n 2 tests/contract

test-long: setup-ray ## everything, with 10,000 random problems against exhaustive enumeration
	@GOTONG_LONG=1 $(RUN) pytest -n 2 --dist worksteal

bench: setup-dev ## ours and both peers on the same rounds; writes docs/benchmarks.md and its chart (SIZES="demo middle"; else an hour)
	@$(RUN) tests.benchmarks $(if $(SIZES),--sizes $(SIZES))

setup-ray: setup-dev ## Ray beside the rest, for its tests and for machines that solve together (a quarter of a gigabyte)
	@$(RUN) pip --disable-pip-version-check -qq install --require-hashes --only-binary :all: --requirement requirements/ray.lock

ablation: setup-dev ## what each idea of the engine brings; writes docs/ablations.md
	@$(RUN) tests.benchmarks.ablation $(if $(SIZES),--sizes $(SIZES))

check: setup-dev ## lint, format, types, import contracts
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@.venv/bin/python -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

serve: setup ## the API and the pages
	@$(RUN) app serve

worker: setup ## take jobs from the queue
	@$(RUN) app worker

postgres: setup-dev ## a PostgreSQL over var/postgres until interrupted; prints its URL for GOTONG_DATABASE_URL
	@.venv/bin/python tools/postgres.py --folder var/postgres

migration: setup-dev ## write a migration from what the models say now: make migration MESSAGE="Needs have a season"
	@.venv/bin/python tools/migration.py $(if $(MESSAGE),"$(MESSAGE)")

migration-initial: setup-dev ## write the first migration anew, while nothing is released
	@.venv/bin/python tools/migration.py --initial

lock: setup-dev ## write the lock files anew
	@$(UV_COMPILE) --output-file requirements/run.lock
	@$(UV_COMPILE) --extra dev --output-file requirements/dev.lock
	@cp requirements/dev.lock requirements/ray.lock
	@$(UV_COMPILE) --extra dev --extra ray --output-file requirements/ray.lock

clean: ## remove what the tools made (not your data in var/)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
