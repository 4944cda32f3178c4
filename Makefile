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
# A deployment on AWS is named after its stage: STAGE=prod is the stack baton-prod.
STAGE ?=
STACK ?= baton$(if $(STAGE),-$(STAGE))
# Where CloudFormation takes the package from; empty means the account's own bucket for it.
BUCKET ?=
# Parameters of the deployment: NAME=value, or files of such lines.
PARAMETERS ?=
# Tags of all that is deployed: NAME=value.
TAGS ?=
# Agreement given beforehand, where there is nobody to ask: 1, or with-losses.
YES ?=
# Whose token `make token` prints, and for what.
TENANT ?= default
# What the names of its deployment's tables begin with, if that is not the stack's name.
TABLES ?=
SCOPES ?= operator
DAYS ?= 30
# Empty means the AWS account of the environment; so it is with a stage.
ENDPOINT ?= $(if $(STAGE),,http://127.0.0.1:$(PORT))
# How long `make soak` goes on.
SECONDS ?= 600
# How many mutants `make mutants` runs (0 for all), which ones, and the least percentage killed.
SAMPLE ?= 300
SEED ?= 1
THRESHOLD ?= 90
# More for pytest, as in: make test ARGS="-k cadence"
ARGS ?=

MACHINE := --runtime $(RUNTIME) --architecture $(ARCHITECTURE)
CODE := app.py chalicelib cli clients/python infra tests bench

VENV := .venv
BIN := $(VENV)/bin
MINISTACK_VENV := .local/ministack-venv
AUDIT_VENV := .local/audit-venv
CHECKOV_VENV := .local/checkov-venv

# A stamp names the interpreter, so that another PYTHON makes the environment anew.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
STAMP := $(VENV)/made-for-$(VERSION)
MINISTACK_STAMP := $(MINISTACK_VENV)/made-for-$(VERSION)
AUDIT_STAMP := $(AUDIT_VENV)/made-for-$(VERSION)
CHECKOV_STAMP := $(CHECKOV_VENV)/made-for-$(VERSION)

# Without Node everything but the dashboard and the client for TypeScript works.
NPM := $(shell command -v npm 2>/dev/null)
TYPESCRIPT := clients/typescript
NODE_STAMP := $(TYPESCRIPT)/node_modules/.package-lock.json

# One more than there are cores: the tests on MiniStack mostly wait.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# What several say at once is printed one after the other; make 3 cannot do that.
OUTPUT_SYNC := $(if $(filter-out 3.%,$(MAKE_VERSION)),--output-sync)

PIP_INSTALL := -m pip install -qq --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install run test checks bench bench-quick soak mutants lint style template web web-dev \
	web-types typescript package lock audit check-config deploy destroy token clean python stage

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## Make .venv with everything lint, tests and packaging need, and `baton`

run: $(STAMP) $(MINISTACK_STAMP) ## Run Baton on this machine until Ctrl-C (PORT=4566 CAPACITY=1)
	@$(BIN)/python -m infra.local --port $(PORT) --capacity $(CAPACITY) \
		--allow-targets=$(ALLOW_TARGETS)

test: checks $(MINISTACK_STAMP) ## Run the checks, then every tier of tests (ARGS="-k …")
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup $(ARGS)

# Each is at work on one core; what is made for all of them is made first.
checks: $(STAMP) $(MINISTACK_STAMP) $(CHECKOV_STAMP) $(if $(NPM),$(NODE_STAMP))
	@$(MAKE) --no-print-directory --jobs=2 $(OUTPUT_SYNC) style template $(if $(NPM),web typescript)

lint: style template ## Check style, types, import directions and the CloudFormation template

style: $(STAMP)
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy --strict $(CODE)
	$(BIN)/mypy --strict --python-version 3.10 clients/python/baton
	$(BIN)/lint-imports --no-logo

# Both build the dashboard if it has changed; side by side they would be in each other's way.
template: $(STAMP) $(MINISTACK_STAMP) $(CHECKOV_STAMP) $(filter web,$(MAKECMDGOALS))
	$(BIN)/python -m infra.package .local/package
	$(BIN)/python -m infra.checks.lint .local/package

web: $(STAMP) ## Check the dashboard (types, lint, tests, budgets) and build it; needs Node
	@$(BIN)/python -m infra.web --checks

web-dev: $(STAMP) ## Serve the dashboard with hot reload, for the API of a running deployment (BATON_URL=…)
	@$(BIN)/python -m infra.web_dev --port $(PORT)

web-types: $(STAMP) $(NODE_STAMP) ## Write what clients and dashboard know of the API, after it has changed
	@$(BIN)/python -m infra.clients
	@cd $(TYPESCRIPT) && npm run --silent api-types
	@$(BIN)/python -m infra.web --types

typescript: $(NODE_STAMP) ## Check the client for TypeScript (types, lint) and build it; needs Node
	@cd $(TYPESCRIPT) && npm run --silent api-types-check && npm run --silent lint \
		&& npm run --silent build

bench: $(STAMP) ## Measure everything, within 15 minutes, and write docs/performance.md
	@$(BIN)/python -m bench.everything bench/measured.json && $(BIN)/python -m bench.page

bench-quick: $(STAMP) ## Print the figures that are watched, as JSON, within a minute
	@$(BIN)/python -m bench.quick --check

soak: $(STAMP) ## Simulate histories full of faults for as long as asked (SECONDS=600)
	@$(BIN)/python -m tests.simulation --soak $(SECONDS)

mutants: $(STAMP) ## Change the code here and there: do tests notice? (SAMPLE=300 SEED=1 THRESHOLD=90)
	@$(BIN)/python tests/mutants/run.py --sample $(SAMPLE) --seed $(SEED) --threshold $(THRESHOLD)

package: $(STAMP) ## Make sam.json and deployment.zip for AWS (OUT=out RUNTIME=… ARCHITECTURE=…)
	@$(BIN)/python -m infra.package $(OUT) $(MACHINE)

check-config: $(STAMP) | stage ## Find what is wrong with a deployment before AWS does (STAGE=prod)
	@$(BIN)/python -m infra.aws.check_config --stack $(STACK) $(MACHINE) --parameters $(PARAMETERS)

deploy: $(STAMP) | stage ## Bring an AWS stack up to date, and ask before (STAGE=prod PARAMETERS=…)
	@$(BIN)/python -m infra.aws.deploy --stack $(STACK) --bucket="$(BUCKET)" --yes="$(YES)" \
		$(MACHINE) --tags $(TAGS) --parameters $(PARAMETERS)

destroy: $(STAMP) | stage ## Delete an AWS stack, and keep its tables (STAGE=prod)
	@$(BIN)/python -m infra.aws.destroy --stack $(STACK) --yes="$(YES)"

token: $(STAMP) ## Print a new API token (TENANT=default SCOPES=operator DAYS=30; STAGE=prod for AWS)
	@$(if $(ENDPOINT),AWS_ENDPOINT_URL=$(ENDPOINT) AWS_ACCESS_KEY_ID=test \
		AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1) \
		$(BIN)/python -m infra.token --stack $(STACK) --tables="$(TABLES)" --tenant $(TENANT) \
		--scopes $(SCOPES) --days $(DAYS)

lock: $(STAMP) $(AUDIT_STAMP) ## Write requirements.lock: hashes of what ships, after a pin was moved
	@$(BIN)/python -m infra.lock $(AUDIT_VENV)/bin/uv

audit: $(AUDIT_STAMP) ## Ask the index for known vulnerabilities of what ships
	@$(AUDIT_VENV)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

clean: ## Remove everything that make made, the local deployment and its data included
	rm -rf $(VENV) .local out .hypothesis .*_cache web/dist web/node_modules $(TYPESCRIPT)/dist \
		$(TYPESCRIPT)/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

stage:
	@$(if $(STAGE)$(findstring command,$(origin STACK)),,$(error Name the deployment: STAGE=prod))

python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		2>/dev/null || { echo "Baton needs Python 3.11, 3.12 or 3.13; $(PYTHON) is" \
		"$(or $(VERSION),not there). Name another: make PYTHON=python3.12 …" >&2; exit 1; }

$(STAMP): requirements.txt requirements-dev.txt cli/pyproject.toml clients/python/pyproject.toml | python
	@echo "making $(VENV) for Python $(VERSION) (a minute or so, once) …"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(BIN)/python $(PIP_INSTALL) -r requirements-dev.txt
	@$(BIN)/python $(PIP_INSTALL) --no-build-isolation --no-deps -e clients/python -e cli
	@touch $@

$(MINISTACK_STAMP): requirements-local.txt | python
	@echo "making $(MINISTACK_VENV), MiniStack's own (once) …"
	@rm -rf $(MINISTACK_VENV) && $(PYTHON) -m venv $(MINISTACK_VENV)
	@$(MINISTACK_VENV)/bin/python $(PIP_INSTALL) -r requirements-local.txt
	@touch $@

$(NODE_STAMP): $(TYPESCRIPT)/package-lock.json
	@$(if $(NPM),,$(error Node is not installed, or npm is not; 20 or later builds the client for TypeScript))
	@echo "installing what the client for TypeScript is built with (once) …"
	@cd $(TYPESCRIPT) && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(AUDIT_STAMP): requirements-audit.txt | python
	@echo "making $(AUDIT_VENV), for locking and auditing (once) …"
	@rm -rf $(AUDIT_VENV) && $(PYTHON) -m venv $(AUDIT_VENV)
	@$(AUDIT_VENV)/bin/python $(PIP_INSTALL) -r requirements-audit.txt
	@touch $@

$(CHECKOV_STAMP): requirements-checkov.txt | python
	@echo "making $(CHECKOV_VENV), checkov's own (a minute or so, once) …"
	@rm -rf $(CHECKOV_VENV) && $(PYTHON) -m venv $(CHECKOV_VENV)
	@$(CHECKOV_VENV)/bin/python $(PIP_INSTALL) --no-deps -r requirements-checkov.txt
	@touch $@
