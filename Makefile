# Every target does the set-up that it needs; nothing is installed outside this folder,
# but for Debian packages when run as root there (see .ci/system-packages).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
DEMO_OPTIONS ?=
KILLS ?= 3000
SEED ?=

.PHONY: help demo test test-bare-clone test-databases lint lint-groovy docs bench coverage qa-json crash format lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

demo: $(VENV)/run ## start a simulated Jenkins with dashboards at http://127.0.0.1:8000/
	$(BIN)/squash-jenkins demo $(DEMO_OPTIONS)

test: $(VENV)/dev ## run every test, with each supported Python that is installed
	PYTHON=$(PYTHON) VENV=$(VENV) .ci/test

test-bare-clone: $(VENV)/dev ## show that a clone passes without the real QA files beside it
	VENV=$(VENV) .ci/test-bare-clone

lint: $(VENV)/dev ## check format, rules, types and the direction of imports, and the page scripts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	.ci/page-scripts check

lint-groovy: ## check the Groovy of hooks/ and the Jenkinsfile (needs Node.js with npm and Java)
	npx --yes npm-groovy-lint@16.2.0 --noserver --config .ci/groovylint.yml --failon warning --loglevel warning hooks Jenkinsfile

docs: $(VENV)/dev ## write the pages of commands and settings, build the documentation in build/docs
	$(BIN)/python .ci/docs/reference.py
	$(BIN)/mkdocs build --quiet --strict --config-file .ci/docs/mkdocs.yml

bench: $(VENV)/dev ## run the benchmarks
	$(BIN)/python -m pytest -q tests/benchmarks -s -o python_files="bench_*.py" --timeout 3000 --junitxml build/junit/bench.xml

test-databases: $(VENV)/dev ## run the tests of the store and the server on PostgreSQL and MariaDB
	VENV=$(VENV) .ci/test-databases

coverage: $(VENV)/dev ## measure which lines the tests of one process reach (build/coverage.xml)
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not browser and not groovy and not nginx" \
		$(filter-out tests/ancestors tests/benchmarks tests/system tests/crash tests/dashboards tests/data tests/hooks, $(patsubst %/,%,$(wildcard tests/*/))) \
		--cov squash_jenkins --cov-report xml:build/coverage.xml --cov-report=

qa-json: $(VENV)/run ## write what is measured of this project into build/qa/project.json
	$(BIN)/python .ci/qa_json.py $(wildcard build/junit/*.xml) --coverage build/coverage.xml --output build/qa/project.json

crash: $(VENV)/dev ## kill the program KILLS times (3000), compare with undisturbed runs; SEED repeats
	CRASH_KILLS=$(KILLS) CRASH_SEED=$(SEED) $(BIN)/python -m pytest -q tests/crash -n 2 --dist worksteal --timeout 20000

format: $(VENV)/dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	.ci/page-scripts format

lock: $(VENV)/dev ## pin the newest versions that fit, with hashes and without addresses
	.ci/lock $(BIN)/uv

clean: ## remove what make made
	rm -rf .venv .venv-3.* .ci/scripts/node_modules demo build dist

$(VENV)/run: .ci/requirements/run.txt pyproject.toml
	PYTHON=$(PYTHON) .ci/venv $(VENV) run

$(VENV)/dev: .ci/requirements/dev.txt pyproject.toml
	PYTHON=$(PYTHON) .ci/venv $(VENV) dev
