# `make` runs the main job on seeds/; `make help` lists the rest.
# clean, tests, seeds and reports are folders, too: targets that are no files are named here.
.PHONY: seeds test test-ecosystem test-spark quality bench bench-hard faults fuzz determinism mutants pictures reference lint format clean help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := $(shell find clean -name '*.py' -o -name '*.j2' -o -name '*.json' -o -name '*.toml')
REPORT := reports/seeds/manifest.json
SPARK_TESTS := tests/spark/each.py tests/spark/runs.py

seeds: $(REPORT) ## clean the articles in seeds/ into reports/seeds/ (the default)
	@echo "reports/seeds is up to date: open reports/seeds/report.html"

$(REPORT): $(VENV)/.installed $(SOURCES) $(wildcard seeds/*)
	$(BIN)/clean run seeds -o reports/seeds --force --review
	@touch $@

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fast]'
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fast,test]'
	@touch $@

test: $(VENV)/.tested ## set up what is missing and run the tests
	$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

$(VENV)/.ecosystem: $(VENV)/.tested
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test,ecosystem]'
	@touch $@

test-ecosystem: $(VENV)/.ecosystem ## install pandas, DuckDB and datasets, and load the output with each
	$(BIN)/python -m pytest tests/test_ecosystem.py

$(VENV)/.spark: $(VENV)/.tested
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fast,test,spark]'
	@touch $@

test-spark: ## install pyspark, and clean on clusters of this machine while parts of them are killed
	@if command -v java >/dev/null; then $(MAKE) $(VENV)/.spark && PYTHONPATH=tests $(BIN)/python -m pytest $(SPARK_TESTS); \
	else echo "test-spark is skipped: there is no Java; install openjdk-17-jre-headless"; fi

lint: $(VENV)/.tested ## types (mypy --strict) and style (ruff)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

quality: $(VENV)/.tested ## measure the cleaning; writes the tables into docs/quality.md
	PYTHONPATH=tests $(BIN)/python -m quality --write docs/quality.md

reference: $(VENV)/.tested ## write docs/commands.md from the commands' help
	PYTHONPATH=tests $(BIN)/python -m reference docs/commands.md

pictures: $(VENV)/.tested $(REPORT) ## draw the pictures in docs/ (the report's need a Chromium)
	PYTHONPATH=tests $(BIN)/python -m quality.pictures docs

bench: $(VENV)/.tested ## measure time and memory; writes the tables into docs/performance.md
	PYTHONPATH=tests $(BIN)/python -m bench --write docs/performance.md $(BENCH)

bench-hard: $(VENV)/.tested ## the same on inputs that break naive programs
	PYTHONPATH=tests $(BIN)/python -m bench --hard --write docs/performance.md $(BENCH)

faults fuzz determinism mutants: $(VENV)/.tested ## try to break the promises; each writes its table into docs/reliability.md
	PYTHONPATH=tests $(BIN)/python -m reliability $@ --write docs/reliability.md $(OPTIONS)

format: $(VENV)/.tested ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove what was generated, but for the committed reports
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the targets
	@grep -E '^[a-z -]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 34
