# What one machine can do with this project. Python 3.11 or newer and make are all that has to be there.
#
#   make up ARGS="--simulate 500"     make test ARGS="-k catalogue"     PYTHON=python3.13 make up

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# The first Python that is new enough; PYTHON=… decides otherwise.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.14 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)

# Made again when the pins change; an unchanged environment costs a start nothing.
RUNTIME := $(VENV)/.installed-requirements
TESTING := $(VENV)/.installed-requirements-test

.DEFAULT_GOAL := help
.PHONY: help up test lint system chaos bench audit dashboards sbom image secrets compose lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

up: $(RUNTIME) ## everything on this machine: broker, topics, worker, gateway with console; ARGS="--simulate 500" adds events
	@exec $(BIN)/ioc up $(ARGS)

# Much of the suite waits: for brokers, processes, time-outs. Four files at a time keep two cores busy; tests/conftest.py
# says what stays together and what comes first.
SPREAD = --numprocesses 4 --dist loadfile --no-loadscope-reorder

test: lint ## the whole suite against a real broker that it starts itself
	@$(BIN)/python -m pytest $(SPREAD) $(ARGS)

lint: $(TESTING) ## style, types and the rules between the layers
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo >$(VENV)/lint-imports.log 2>&1 || { cat $(VENV)/lint-imports.log; exit 1; }
	@$(BIN)/mypy --no-error-summary

system: $(TESTING) ## the large sizes of all suites but the faults
	@IOC_LONG=1 $(BIN)/python -m pytest -m "not chaos" --timeout 1800 $(ARGS)

chaos: $(TESTING) ## the long fault suite: ten minutes of faults, half of them for the whole product; ARGS="--seed 7 --minutes 30"
	@$(BIN)/python -m tests.chaos --minutes 10 $(ARGS)

bench: $(TESTING) ## engines side by side, and the product's own figures
	@$(BIN)/python -m tests.bench $(ARGS)

# Strict: a package that the service does not know is an audit that was not made, not a clean one.
audit: $(TESTING) ## known vulnerabilities of the pinned packages; asks a service on the network
	@$(BIN)/python -m deploy.audit $(ARGS)

dashboards: $(TESTING) ## Grafana's dashboards and places of maps anew, from their Python
	@$(BIN)/python -m deploy.grafana $(ARGS)

# CycloneDX: what the image is made of, with the hashes of the pins.
sbom: $(TESTING) ## list of components of the image in build/sbom.cdx.json
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --mc-type application \
		--output-reproducible --spec-version 1.6 --output-format JSON --output-file build/sbom.cdx.json 2>build/sbom.log || \
		{ cat build/sbom.log; exit 1; }
	@echo build/sbom.cdx.json

IMAGE := ioc-stream:$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

image: sbom ## the one image of all processes; needs Docker
	docker build --tag $(IMAGE) $(ARGS) .

secrets: $(RUNTIME) ## authority, certificates, passwords and keys of an installation, in secrets/; ARGS="--rotate users"
	@$(BIN)/python -m deploy.secrets secrets $(ARGS)

compose: secrets ## everything in containers on this server; needs Docker
	docker compose --env-file secrets/compose.env --file deploy/compose.yaml up --detach --build --wait

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(ARGS) pyproject.toml -
# The build backend is pinned too: the project itself is installed without looking anywhere else.
BACKEND = echo 'setuptools>=77'

lock: $(TESTING) ## resolve all pins anew; ARGS=--upgrade takes newer versions
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BACKEND) | $(COMPILE) --extra test --output-file requirements-test.lock
	$(BACKEND) | $(COMPILE) --constraint requirements-test.lock --output-file requirements.lock
	$(BIN)/python -m deploy.local.jars

clean: ## remove the environment and all caches; the data under .ioc stays
	rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed-%: %.lock pyproject.toml deploy/local/install.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found; name it with PYTHON=…" >&2; exit 1; }
	@$(PYTHON) deploy/local/install.py $(VENV) $<
	@touch $@
