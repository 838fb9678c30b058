# Two commands matter: `make demo` and `make test`. `make help` lists the rest.
# Prerequisites on Debian: python3-venv python3-dev gcc make

PYTHON ?= python3
PYTEST_WORKERS ?= 2

venv := .venv
bin := $(venv)/bin
pip := $(bin)/python -m pip --disable-pip-version-check --quiet

# Python 3.13 dropped a function that durable_rules still calls; this is its present name.
matcher_flags := -DPyEval_CallObject=PyObject_CallObject

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install install-analytics install-dev demo serve real test lint format types contracts check docs bench bench-compare bench-instructions stress clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: install ## start the service with an example shop, show what it recommends and why (SEED=7 for other customers)
	@$(bin)/patron demo $(if $(SEED),--seed $(SEED))

serve: install ## run the service until Ctrl-C, its data in ./var
	@$(bin)/patron serve

real: install ## load the CDNOW log into the running service and print its report
	@$(bin)/patron real

install: $(venv)/.installed $(venv)/.matcher ## make .venv and install what the service needs
	@:

install-analytics: install ## install what `patron analyze fit`, `roles` and `backtest` need
	@$(pip) install -e '.[analytics]' --no-build-isolation

install-dev: $(venv)/.installed-dev $(venv)/.matcher ## install what tests and checks need
	@:

# The tests start hundreds of processes. Where the environment forbids to keep bytecode, each would compile everything.
test: export PYTHONDONTWRITEBYTECODE =
test: export PYTHONPYCACHEPREFIX = $(CURDIR)/$(venv)/pycache
test: install-dev ## run all tests
	@$(bin)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder

lint: install-dev ## check style and format
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .

format: install-dev ## put imports and layout in order
	@$(bin)/ruff check --fix --quiet . || true
	@$(bin)/ruff format .

types: install-dev ## check types
	@$(bin)/mypy

contracts: install-dev ## check which package imports which
	@$(bin)/lint-imports --no-logo

check: install ## check the rules in rules/ and run their tests
	@$(bin)/patron check rules
	@$(bin)/patron test rules

docs: install ## write the generated pages in docs/ anew
	@$(bin)/python -m scripts.docs
	@$(bin)/python -m scripts.starter
	@$(bin)/python -m scripts.schemas

bench: install-dev ## measure speed; figures go to benchmarks/RESULTS.md
	@$(bin)/python -m benchmarks

bench-compare: install-dev ## measure HEAD and another revision in turns: make bench-compare REV=93fc10b
	@test -n '$(REV)' || { echo 'Name the revision to compare HEAD with: make bench-compare REV=93fc10b' >&2; exit 2; }
	@$(bin)/python -m benchmarks.compare '$(REV)'

bench-instructions: install-dev ## count instructions under valgrind and compare with the committed figures
	@$(bin)/python -m benchmarks.instructions

stress: install-dev ## 100,000 random operations against a service of its own while its workers are killed
	@$(bin)/python -m benchmarks.stress --own --kill

clean: ## remove .venv, ./var and caches
	@rm -rf $(venv) var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how the installation works: each step leaves a stamp in .venv and runs again when its inputs change

$(bin)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	    { echo 'Patron needs Python 3.11 to 3.13. Name one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || \
	    { echo 'This Python cannot make virtual environments. On Debian: apt-get install python3-venv' >&2; exit 1; }
	@$(PYTHON) -m venv $(venv)

# durable_rules is left out here, because it is compiled on this machine and may fail.
$(venv)/.installed: requirements.txt pyproject.toml | $(bin)/python
	@echo 'Installing into .venv; the first time takes about a minute.'
	@grep -v '^durable_rules' requirements.txt > $(venv)/requirements-wheels.txt
	@$(pip) install -r $(venv)/requirements-wheels.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

# Without its stamp this step is tried again every time, so it heals once the compiler is there.
$(venv)/.matcher: $(venv)/.installed
	@grep '^durable_rules' requirements.txt > $(venv)/requirements-matcher.txt
	@if CPPFLAGS="$$CPPFLAGS $(matcher_flags)" $(pip) install --no-build-isolation --use-pep517 \
	    -r $(venv)/requirements-matcher.txt > $(venv)/matcher.log 2>&1; then touch $@; else \
	    echo 'WARNING: durable_rules could not be built. Rules run on the reference matcher: same answers, slower.' >&2; \
	    echo '  On Debian: apt-get install gcc python3-dev, then make again. Details: $(venv)/matcher.log' >&2; fi

$(venv)/.installed-dev: requirements-dev.txt $(venv)/.installed
	@echo 'Installing the tools for tests and checks into .venv.'
	@grep -v '^-r ' requirements-dev.txt > $(venv)/requirements-tools.txt
	@$(pip) install -r $(venv)/requirements-wheels.txt -r $(venv)/requirements-tools.txt
	@touch $@
