# Everything lives in .venv; `make demo` and `make test` make it first.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help install demo test check format bench docs clean

help:
	@echo "make install   the environment, in $(VENV)"
	@echo "make demo      search, train, attack, certify and report on the embedded digits"
	@echo "make test      the test suite"
	@echo "make check     format, lint, strict types"
	@echo "make format    put the format right"
	@echo "make bench     the benchmarks, as ratios"
	@echo "make docs      the documentation, in site/"

install: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)
	$(BIN)/dsrna run digits

test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(READY)
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

docs: $(READY)
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache
