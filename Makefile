# Two commands on a fresh machine: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help setup demo check test chaos fuzz targets lint format bench coverage docs sbom release-notes lock clean

PYTHON ?= python3
BIN := .venv/bin
BUILD ?= build
TESTS ?= tests/unit tests/integration/test_store*.py
# Hundreds of processes start in a run of the tests: what Python compiles is kept, also where the environment says not to.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/pytest
SET_UP := .venv/.set-up
# Deno, which checks the page script, asks for nothing from outside.
export DENO_DIR := $(CURDIR)/build/deno
export DENO_NO_UPDATE_CHECK := 1

help: ## say what each command does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(SET_UP) ## make .venv with the locked dependencies, and find or install a Chromium

$(SET_UP): requirements.lock pyproject.toml tools/setup.sh tools/browser.py
	@PYTHON="$(PYTHON)" tools/setup.sh
	@touch $(SET_UP)

demo: setup ## key the sample reports into a practice CHS with several robots, and check the result
	@$(BIN)/rpa demo

test: setup ## run every test: browser, database, servers and command line, all real
	@$(PYTEST) -n 3 --dist worksteal

check: lint ## what to run before each commit: lint, types, contracts, unit and store tests
	@$(PYTEST) -n 3 --dist worksteal $(TESTS)

chaos: setup ## interrupt a save in every way, at more than five hundred random moments
	@$(PYTEST) -n 2 tests/integration/test_leaving.py --trials 450

fuzz: setup ## try every parser of documents on 10,000 inputs that nobody wrote
	@$(BIN)/python -m tests.fuzz --inputs 10000

targets: setup ## key into real systems (Request Tracker, Django, libraries of controls): docs/real-systems.md
	@tools/targets.sh
	@$(BIN)/python -m tests.targets
	@$(BIN)/pytest tests/targets

lint: setup ## style, types (of the page script too), import contracts, definitions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/deno check --quiet --config rpa/browser/js/deno.json rpa/browser/js/main.js
	@$(BIN)/deno lint --quiet --config rpa/browser/js/deno.json rpa/browser/js
	@$(BIN)/deno fmt --quiet --config rpa/browser/js/deno.json --check rpa/browser/js
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/rpa check

format: setup ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/deno fmt --quiet --config rpa/browser/js/deno.json rpa/browser/js

bench: setup ## measure keying beside bare page loads and a plain script, and taking in beside writing alone
	@$(BIN)/python benchmarks/keying.py
	@$(BIN)/python benchmarks/intake.py

coverage: setup ## run the unit and store tests (or TESTS=...) and show which lines they leave out
	@rm -rf build/coverage && mkdir -p build/coverage
	@$(BIN)/coverage run -m pytest -q -n 2 --dist worksteal $(TESTS) -k "not is_quick"  # measuring takes time itself
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

docs: setup ## build the documents as a site in build/docs; a link that leads nowhere is an error
	@$(BIN)/sphinx-build -q -W --keep-going -b html -c docs/site -d $(BUILD)/docs-read . $(BUILD)/docs

sbom: setup ## list what requirements.lock pins in build/sbom.json (CycloneDX)
	@mkdir -p $(BUILD)
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
	    --output-reproducible -o $(BUILD)/sbom.json

release-notes: ## print what the changelog says of VERSION (what is not released yet, unless given)
	@$(PYTHON) tools/release_notes.py $(VERSION)

lock: ## work out requirements.lock again, with hashes and without hosts
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --no-header --quiet --group dev pyproject.toml -o requirements.lock

clean: ## remove what set-up and tests made
	@rm -rf .venv .targets .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
