# The one list of commands. `make run` and `make test` need only Python 3.11 or newer and make.
PORT ?= 8501
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test check bench data demo-model screenshots

help:  ## List these commands
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/make \1|\2/' | column -t -s '|' 2>/dev/null || grep -E '^[a-z-]+:.*## ' Makefile

run: $(VENV)/run.stamp  ## Open the dashboard on http://127.0.0.1:8501 (another port: make run PORT=8600)
	$(BIN)/streamlit run dashboard/app.py --server.port $(PORT)

test: $(VENV)/dev.stamp  ## Pass the tests (the slow ones too: make test SLOW=1)
	$(BIN)/python -m pytest $(if $(SLOW),,-m "not slow")

check: $(VENV)/dev.stamp  ## Check style, types and the one-way rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/run.stamp  ## Measure ratios
	$(BIN)/python -m benchmarks

data: $(VENV)/run.stamp  ## Download C-NMC 2019 from Kaggle
	$(BIN)/python -m core download --out workspace/data/kaggle

demo-model: $(VENV)/run.stamp  ## Train the demo model anew from drawn cells
	rm -rf workspace/data/demo-model
	$(BIN)/python -m core demo --out workspace/data/demo-model --cells 4800 --subjects 96 --seed 1
	$(BIN)/python -m core train workspace/data/demo-model --out demo --epochs 40 --overwrite

screenshots: $(VENV)/dev.stamp  ## Take the pictures under docs/screenshots
	$(BIN)/python docs/screenshots.py

$(VENV)/python.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Expected Python 3.11 or newer. Received: $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/run.stamp: requirements.txt | $(VENV)/python.stamp
	@echo "Installing the libraries into $(VENV): about 3 GB, a few minutes the first time."
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
