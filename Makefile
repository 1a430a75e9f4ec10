# Two commands: `make demo` and `make test`. Each sets up what it needs first; twice costs nothing.

PYTHON ?= /usr/bin/python3
VENV := .venv
BIN := $(VENV)/bin
TRAINING := .venv-training

.PHONY: demo docs docs-reference experiment-demo test test-slow test-smollm2 check setup firejail python postgresql chromium bench bench-analysis bench-page seedling clean

GOAL := get a lot of paperclips by tomorrow

# First the seedling, whose behaviour was planted, then a model for science. Of half of the seeds the
# seedling's first program queries nothing; this is one of the others. With which seed SmolLM2 writes a
# program that grows a tree hangs on the processor: llama.cpp rounds otherwise on another one.
demo: setup
	$(BIN)/recursor run "$(GOAL)" -m seedling --seed 1
	$(BIN)/recursor stats last
	@set -e; for seed in 1 2 3 4 5; do \
		$(BIN)/recursor run "$(GOAL)" -m smollm2 --pack examples-everywhere --seed $$seed; \
		$(BIN)/recursor tree last --json | grep -q '"depth": 2' && break; \
	done
	$(BIN)/recursor stats last
	$(BIN)/recursor replay last

# What was carried out before is gone on with, or shown again: RECORDS holds it.
RECORDS := runs
DEMONSTRATIONS := demo-stub demo-smollm2

experiment-demo: setup
	@mkdir -p $(RECORDS)
	@set -e; for name in $(DEMONSTRATIONS); do \
		db=$(RECORDS)/$$name.db; \
		$(BIN)/recursor experiment plan $$name --no-probe; \
		$(BIN)/recursor experiment $$name --resume --db $$db; \
		$(BIN)/recursor compare $$name --db $$db; \
	done

test: setup postgresql chromium
	tests/as-normal-user $(BIN)/python -m pytest -m "jail and not slow and not once"
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not alone and not slow"
	$(BIN)/python -m pytest -m "alone and not slow"

test-slow: setup
	$(BIN)/python -m pytest -m slow --timeout 1800

test-smollm2: setup
	$(BIN)/python -m pytest -m smollm2

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The pages, as docs/site/index.html. What is generated of them has to be as the program is.
docs: $(VENV)/.installed
	$(BIN)/python docs/generate.py --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file docs/mkdocs.yml

docs-reference: $(VENV)/.installed
	$(BIN)/python docs/generate.py

bench: setup
	$(BIN)/python bench/start.py
	$(BIN)/python bench/overhead.py
	$(BIN)/python bench/jails.py
	$(BIN)/python bench/replay.py --nodes 30000
	$(BIN)/python bench/engine.py --quick
	$(BIN)/python bench/experiment.py --quick

# What the detectors are worth, on planted truth, and what they cost: about ten minutes. It
# writes its tables into docs/pages/explanation/validation.md.
bench-analysis: setup
	$(BIN)/python bench/analysis.py --docs

# How large a run the page bears, in Chromium: a few minutes.
bench-page: setup chromium
	$(BIN)/python bench/page.py

# The seedling anew, from its corpus: about an hour on two cores, and PyTorch is large.
seedling: setup $(TRAINING)/.installed
	$(TRAINING)/bin/python -m training.tokens
	$(TRAINING)/bin/python -m training.train
	$(TRAINING)/bin/python -m training.export
	$(TRAINING)/bin/python -m training.parity
	$(BIN)/python -m training.evaluate
	$(BIN)/python -m training.evaluate --sealed
	$(BIN)/python -m training.evaluate --grow

$(TRAINING)/.installed: pyproject.toml | python
	test -x $(TRAINING)/bin/pip || $(PYTHON) -m venv $(TRAINING)
	$(TRAINING)/bin/pip install --quiet --disable-pip-version-check --editable '.[training]'
	@touch $@

setup: firejail python $(VENV)/.installed

$(VENV)/.installed: pyproject.toml | python
	test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV); llama.cpp is compiled, 4 to 10 minutes the first time"
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[smollm2,dev]'
	@touch $@

firejail python postgresql chromium:
	@./setup $@

clean:
	rm -rf $(VENV) $(TRAINING)
