# `make` lists what there is to do. Needs Python 3.11, 3.12 or 3.13 and make; nothing else.

PYTHON ?= python3
PORT ?= 4566
OUT ?= out
# What AWS runs the package on.
RUNTIME ?= python3.13
ARCHITECTURE ?= arm64
# What `make run` deploys with: slots, and networks HTTP targets may reach.
CAPACITY ?= 1
ALLOW_TARGETS ?= 127.0.0.0/8
# Whose token `make token` prints, and for what.
STACK ?= baton
TENANT ?= default
SCOPES ?= operator
# Empty means the AWS account of the environment.
ENDPOINT ?= http://127.0.0.1:$(PORT)
# How long `make soak` goes on.
SECONDS ?= 600
# How many mutants `make mutants` runs (0 for all), which ones, and the least percentage killed.
SAMPLE ?= 300
SEED ?= 1
THRESHOLD ?= 90
# More for pytest, as in: make test ARGS="-k cadence"
ARGS ?=

CODE := app.py chalicelib cli infra tests

VENV := .venv
BIN := $(VENV)/bin
MINISTACK_VENV := .local/ministack-venv
CHECKOV_VENV := .local/checkov-venv

# A stamp names the interpreter, so that another PYTHON makes the environment anew.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
STAMP := $(VENV)/made-for-$(VERSION)
MINISTACK_STAMP := $(MINISTACK_VENV)/made-for-$(VERSION)
CHECKOV_STAMP := $(CHECKOV_VENV)/made-for-$(VERSION)

PIP_INSTALL := -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install run test soak mutants lint package token clean python

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## Make .venv with everything lint, tests and packaging need, and `baton`

run: $(STAMP) $(MINISTACK_STAMP) ## Run Baton on this machine until Ctrl-C (PORT=4566 CAPACITY=1)
	@$(BIN)/python -m infra.local --port $(PORT) --capacity $(CAPACITY) \
		--allow-targets=$(ALLOW_TARGETS)

test: lint $(MINISTACK_STAMP) ## Run the checks, then every tier of tests (ARGS="-k …")
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup $(ARGS)

lint: $(STAMP) $(MINISTACK_STAMP) $(CHECKOV_STAMP) ## Check style, types, import directions and the CloudFormation template
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m infra.package .local/package
	$(BIN)/python -m infra.lint .local/package

soak: $(STAMP) ## Simulate histories full of faults for as long as asked (SECONDS=600)
	@$(BIN)/python -m tests.simulation --soak $(SECONDS)

mutants: $(STAMP) ## Change the code here and there: do tests notice? (SAMPLE=300 SEED=1 THRESHOLD=90)
	@$(BIN)/python tests/mutants/run.py --sample $(SAMPLE) --seed $(SEED) --threshold $(THRESHOLD)

package: $(STAMP) ## Make sam.json and deployment.zip for AWS (OUT=out RUNTIME=… ARCHITECTURE=…)
	@$(BIN)/python -m infra.package $(OUT) --runtime $(RUNTIME) --architecture $(ARCHITECTURE)

token: $(STAMP) ## Print a new API token (TENANT=default SCOPES=operator; ENDPOINT= for AWS)
	@$(if $(ENDPOINT),AWS_ENDPOINT_URL=$(ENDPOINT) AWS_ACCESS_KEY_ID=test \
		AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1) \
		$(BIN)/python -m infra.token --stack $(STACK) --tenant $(TENANT) --scopes $(SCOPES)

clean: ## Remove everything that make made, the local deployment and its data included
	rm -rf $(VENV) .local out .hypothesis .*_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		2>/dev/null || { echo "Baton needs Python 3.11, 3.12 or 3.13; $(PYTHON) is" \
		"$(or $(VERSION),not there). Name another: make PYTHON=python3.12 …" >&2; exit 1; }

$(STAMP): requirements.txt requirements-dev.txt cli/pyproject.toml | python
	@echo "making $(VENV) for Python $(VERSION) (a minute or so, once) …"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) -r requirements-dev.txt
	@$(BIN)/python $(PIP_INSTALL) --no-build-isolation --no-deps -e cli
	@touch $@

$(MINISTACK_STAMP): requirements-local.txt | python
	@echo "making $(MINISTACK_VENV), MiniStack's own (once) …"
	@rm -rf $(MINISTACK_VENV) && $(PYTHON) -m venv $(MINISTACK_VENV)
	@$(MINISTACK_VENV)/bin/python $(PIP_INSTALL) -r requirements-local.txt
	@touch $@

$(CHECKOV_STAMP): requirements-checkov.txt | python
	@echo "making $(CHECKOV_VENV), checkov's own (a minute or so, once) …"
	@rm -rf $(CHECKOV_VENV) && $(PYTHON) -m venv $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/python $(PIP_INSTALL) --no-deps -r requirements-checkov.txt
	@touch $@
