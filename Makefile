# Everything runs in .venv, which is made on first use; nothing is installed elsewhere. What `make bench` compares with
# is in .venv-bench.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .venv-bench
ANSWERS ?=
ONLY ?=
WRITE ?=

.PHONY: help rehearse test test-browser test-links test-cluster reliability bench lint format docs clean

help: ## Show this list.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/' | expand -t 16

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

$(BENCH)/.installed: tests/benchmarks/rivals.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BENCH)/bin/python -m pip install --quiet --requirement tests/benchmarks/rivals.txt
	@touch $@

rehearse: $(STAMP) ## Be led through a recovery on the embedded cluster (ANSWERS=FILE: without a terminal).
	$(BIN)/gnt-runbook rehearse stuck-job $(if $(ANSWERS),--answers $(ANSWERS))

test: $(STAMP) ## Lint, types and all fast tests; no root, no cluster.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/gnt-runbook lint
	$(BIN)/pytest -n auto --dist worksteal

test-cluster: $(STAMP) ## Cause and repair incidents on a real cluster built on this machine (root).
	$(BIN)/pytest tests/cluster -p no:randomly -n 2 --dist worksteal -v -rP --durations=0

test-browser: $(STAMP) ## Look at reports in a real browser (Chromium and its driver); pictures in artifacts/browser.
	$(BIN)/pytest tests/browser -p no:randomly -v --durations=0

test-links: $(STAMP) ## Cut, delay and reset the link to a real sshd at each moment of each step (root, iproute2, nftables).
	$(BIN)/pytest tests/faults -p no:randomly -n 6 -v --durations=5

bench: $(STAMP) $(BENCH)/.installed ## Measure it beside OpenSSH, Ansible and pyinfra (ONLY=start: this alone; WRITE=yes: into the docs).
	$(BIN)/python -m tests.benchmarks $(ONLY:%=--only %) $(if $(WRITE),--write)

lint: $(STAMP) ## Lint and types only.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/gnt-runbook lint

format: $(STAMP) ## Format the code.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP) ## Write the generated files under docs/ anew.
	$(BIN)/python -m tests.docs.write

reliability: $(STAMP) ## Take what the last tests of faults on this machine found out into docs/reliability.md.
	$(BIN)/python -m tests.reliability
	$(BIN)/python -m tests.docs.write

clean: ## Remove the virtual environment and everything generated.
	rm -rf $(VENV) $(BENCH) dist artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis
