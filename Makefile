# Two commands do everything, installing included: `make demo` and `make test`.
# PYTHON is used once, to make .venv; Python 3.11, 3.12 and 3.13 will do.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.keraswrap-installed
# Two processes, each of which takes tests that the other has not begun. Threads of BLAS wait for
# each other actively, so that more of them than cores make small products slow.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal
TESTS := tests --ignore=tests/docs
# What TensorFlow tells on loading is no news to anybody here.
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: demo test thorough check bench house tutorials docs clean

demo: $(INSTALLED)
	@$(BIN)/keraswrap demo $(ARGS)

test: $(INSTALLED)
	@$(PYTEST) $(TESTS) $(ARGS)

# What another net, model or end shows once more: before a release, not in CI.
thorough: $(INSTALLED)
	@$(PYTEST) $(TESTS) --thorough -m thorough $(ARGS)

check: $(INSTALLED)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(PYTEST) --doctest-modules keraswrap tests/docs $(ARGS)

bench: $(INSTALLED)
	@$(BIN)/python benchmarks/run.py $(ARGS)

house: $(INSTALLED)
	@$(BIN)/python benchmarks/house.py $(ARGS) 2>/dev/null

tutorials: $(INSTALLED)
	@$(BIN)/python tutorials/execute.py

docs: $(INSTALLED)
	@$(BIN)/python -m sphinx -q -b html docs docs/_build/html 2>&1 | grep -v '^[IW]0000\|absl::Init\|^To enable' || true
	@echo "docs/_build/html/index.html"
	@$(BIN)/python -m webbrowser "file://$(CURDIR)/docs/_build/html/index.html" >/dev/null 2>&1 || true

clean:
	@rm -rf docs/_build docs/api/generated docs/api/*.rst docs/tutorials/*.ipynb build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache keraswrap-demo
	@find keraswrap tests tutorials benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# Asking for pip, not for python: a venv that was broken off has one without the other.
$(INSTALLED): setup.cfg pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
	    echo "Expected Python 3.11, 3.12 or 3.13, which TensorFlow 2.21 has wheels for, got:" \
	      "`$(PYTHON) --version 2>&1`. Name one: make PYTHON=python3.13"; exit 1; }; \
	  echo "Making $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing keraswrap and what it needs into $(VENV) (3 GB, once)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[text,dev]'
	@touch $@
