# Everything lives in .venv; `make demo` and `make test` make it first.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Without those that need something that make install does not bring.
BENCHMARKS := supernet attacks search bounds bound_costs tightness data
# The rooms whose lines and branches their own tests, and those below, must cover.
COVERED := bounds metrics search
COVERING := $(COVERED:%=tests/%)
# Tests that call what has shapes in its signature: in them every type and shape is checked at every call.
SHAPED := tests/test_conformance.py tests/bounds/test_rules.py tests/stages/test_golden.py tests/stages/test_second_space.py
TRACED := --numprocesses auto --cov --cov-report=

.PHONY: help install demo test soundness faults soak fuzz mutants golden check lock format bench docs clean

help:
	@echo "make install   the environment, in $(VENV)"
	@echo "make demo      search, train, attack, certify and report on the embedded digits"
	@echo "make test      the test suite; how much of bounds, metrics and search is reached, 90 % at least"
	@echo "make soundness attacks on every bound, by the thousand"
	@echo "make faults    kill -9 at a hundred random moments of a run"
	@echo "make soak      a search of thousands of steps: does memory stay flat, do files"
	@echo "make fuzz      coverage-guided fuzzing of every reader, where atheris is installed"
	@echo "make mutants   small changes to bounds, metrics, attacks and threat models: do the tests notice?"
	@echo "make golden    what a tiny run and short attacks come to, written down anew"
	@echo "make check     format, lint, strict types, the lock, known vulnerabilities"
	@echo "make lock      requirements.lock, of constraints.txt and the public index"
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
	$(BIN)/python -m pytest $(TRACED) $(COVERING) $(SHAPED:%=--ignore=%)
	$(BIN)/python -m pytest $(TRACED) --cov-append --jaxtyping-packages=dsrna,beartype.beartype $(SHAPED)
	$(BIN)/python -m pytest --numprocesses auto $(COVERING:%=--ignore=%) $(SHAPED:%=--ignore=%)
	@for room in $(COVERED); do \
		share=$$($(BIN)/coverage report --include="src/dsrna/$$room/*" --format=total --fail-under=90) || failed=yes; \
		echo "lines and branches of $$room that these tests reach: $$share %"; done; test -z "$$failed"

soundness: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/bounds/soundness_run.py

faults: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/stages/faults_run.py

soak: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/search/soak_run.py

fuzz: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/fuzz_run.py

mutants: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tools/mutants.py

golden: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/python tests/stages/golden_run.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/evaluation/golden_attacks.py

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/python tools/lock.py --check
	PATH="$(BIN):$$PATH" $(BIN)/python tools/audit.py

lock: $(READY)
	$(BIN)/python tools/lock.py

format: $(READY)
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(READY)
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

docs: $(READY)
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) site .mypy_cache .ruff_cache .pytest_cache
