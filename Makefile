# Two commands matter: `make run` and `make test`. Each installs what it needs, once.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-long bench lint lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-parts
TEST_STAMP := $(VENV)/.test-parts
BROWSER_STAMP := $(VENV)/.browser
WHEELS_STAMP := $(VENV)/wheels/.complete
# A file of tests goes to one of the processes as a whole, the longest first, as conftest.py has them.
# Three on two cores: one of them mostly waits, for what takes its time by design.
AT_ONCE := --numprocesses 3 --dist loadfile --no-loadscope-reorder

help:
	@sed -n 's/^# \(.*\)/\1/p; s/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

setup: $(RUN_STAMP) ## make .venv with parvis and all that the demo needs

run: setup ## start a living sample organization
	$(BIN)/parvis demo

test: setup $(TEST_STAMP) $(BROWSER_STAMP) $(WHEELS_STAMP) ## the whole suite, on real servers
	$(BIN)/python -m pytest -m "alone and not long"
	$(BIN)/python -m pytest -m "not alone and not long" $(AT_ONCE)

test-long: setup $(TEST_STAMP) $(BROWSER_STAMP) $(WHEELS_STAMP) ## what needs more than ten minutes
	$(BIN)/python -m pytest -m long --timeout 3600

bench: setup $(TEST_STAMP) ## one table of ratios, measured now
	$(BIN)/python -m tests.bench

lint: setup $(TEST_STAMP) ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: $(VENV)/bin/python ## write the hash-locked requirements anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
	  --extra demo --extra fast pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --no-annotate \
	  --group test -c requirements/run.txt pyproject.toml --extra demo -o requirements/test.txt

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Parvis needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make environments; on Debian: apt install python3-venv"; exit 1; }

$(RUN_STAMP): $(VENV)/bin/python requirements/run.txt pyproject.toml
	@echo "Installing what Parvis needs into $(VENV); the first time takes a minute or two..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST_STAMP): $(RUN_STAMP) requirements/test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

$(BROWSER_STAMP): $(TEST_STAMP)
	sh tests/install_browser.sh $(BIN)
	@touch $@

# A test installs Parvis into an empty environment, from these files and without the network.
$(WHEELS_STAMP): $(RUN_STAMP)
	@rm -rf $(@D)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -d $(@D)
	@touch $@
