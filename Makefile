# rule19: what a person runs. Every target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export RULE19_HOME ?= $(CURDIR)/.rule19

.PHONY: help install demo dashboard test fuzz simulate sweep mutate check bench validation lock audit clean

help:
	@echo "make install    a virtual environment in .venv with pinned, hashed packages"
	@echo "make demo       set up, make the demo industry, consolidate it, show what was found"
	@echo "make dashboard  the dashboard on 127.0.0.1:8501"
	@echo "make test       the whole test suite"
	@echo "make fuzz       two thousand hostile files through every reader, from SEED"
	@echo "make simulate   SEEDS simulations of two years of schedulers that die, clocks that jump and mail that fails, from SEED; ON=postgresql"
	@echo "make sweep      every step of a run, and of an upload and its approval, failing once: disk, SQLite, PostgreSQL; EVERY=10 takes some"
	@echo "make mutate     the share of mutants of the formulas that the tests kill; SAMPLE=300 takes some"
	@echo "make check      format, lint, types, floors"
	@echo "make bench      the speed tables, in one run on this machine"
	@echo "make validation what groups published beside what is computed, from the filings in FILINGS"
	@echo "make lock       pin the packages anew"
	@echo "make audit      known vulnerabilities of the pinned packages, where a registry answers"

$(VENV)/run.stamp: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rule19 needs Python 3.11 or newer; try make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	touch $@

install: $(VENV)/run.stamp

# The demo has planted faults: exit status 1, "done with errors in some groups", is what it should end in.
demo: $(VENV)/run.stamp
	$(BIN)/rule19 demo-data --out .rule19/demo
	$(BIN)/rule19 validate .rule19/demo/filings || [ $$? -eq 1 ]
	$(BIN)/rule19 consolidate .rule19/demo/filings --out .rule19/demo/out || [ $$? -eq 1 ]
	$(BIN)/rule19 consolidate .rule19/demo/refiled --out .rule19/demo/out-refiled --quiet || [ $$? -eq 1 ]
	$(BIN)/rule19 stress .rule19/demo/filings --out .rule19/demo/out-stress || [ $$? -eq 1 ]
	$(BIN)/rule19 stress .rule19/demo/filings --out .rule19/demo/out-own --scenario .rule19/demo/own_scenarios.yaml --quiet || [ $$? -eq 1 ]
	$(BIN)/rule19 explain --out .rule19/demo/out 瀛洲集团 2025-12-31 comprehensive_solvency_ratio
	$(BIN)/rule19 runs
	$(BIN)/rule19 outlook --store
	$(BIN)/rule19 flags
	RULE19_RECIPIENTS=.rule19/demo/demo_recipients.yaml $(BIN)/rule19 deadlines --party 瀛洲人寿

dashboard: $(VENV)/run.stamp
	$(BIN)/rule19 dashboard

# As for who installed it: what is compiled is kept, whatever the environment says of it.
bench: $(VENV)-bench/stamp
	PYTHONDONTWRITEBYTECODE= $(VENV)-bench/bin/python -m benchmarks

# The published filings are not part of the repository; tests look for them in the same place.
FILINGS ?= $(or $(RULE19_FILINGS),../shared/filings)
validation: $(VENV)/run.stamp
	$(BIN)/python -m validation $(FILINGS)

$(VENV)-bench/stamp: requirements.txt benchmarks/requirements.txt pyproject.toml
	test -x $(VENV)-bench/bin/python || $(PYTHON) -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --require-hashes -r requirements.txt
	$(VENV)-bench/bin/python -m pip install --quiet --require-hashes -r benchmarks/requirements.txt
	$(VENV)-bench/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

check: $(VENV)/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --verbose=False 2>/dev/null || $(BIN)/lint-imports

# Tests start some two hundred processes: what is compiled is kept for the next one, whatever the environment says of it.
# Their frames are small, and the workers share the cores: a second thread of Polars each costs a fifth more and gains nothing.
test: $(VENV)/dev.stamp
	PYTHONDONTWRITEBYTECODE= POLARS_MAX_THREADS=1 $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

SEED ?= 1
fuzz: $(VENV)/dev.stamp
	$(BIN)/python -m tests.fuzz --files 2000 --seed $(SEED)

SEEDS ?= 1000
simulate: $(VENV)/dev.stamp
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --seed $(SEED) $(if $(filter postgresql,$(ON)),--postgresql)

EVERY ?= 1
sweep: $(VENV)/dev.stamp
	$(BIN)/python -m tests.jobs.pipeline.sweep $(EVERY)
	$(BIN)/python -m tests.dashboard.upload_sweep $(EVERY)

mutate: $(VENV)/dev.stamp
	$(BIN)/python -m tests.mutation $(if $(SAMPLE),--sample $(SAMPLE) --seed $(SEED))

# uv is used only to write the two lock files; nothing at run time needs it.
lock:
	test -x $(VENV)-lock/bin/uv || ($(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/pip install --quiet uv)
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --group build pyproject.toml -o requirements.txt
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --group dev -c requirements.txt -o requirements-dev.txt
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements.txt benchmarks/requirements.in -o benchmarks/requirements.txt

audit:
	PYTHON=$(PYTHON) .ci/audit

clean:
	rm -rf .rule19 .venv-bench .venv-audit .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
