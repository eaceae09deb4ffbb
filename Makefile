# Atalaya's commands. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STAMP_DEV := $(VENV)/.installed-dev

.PHONY: help install install-dev lock run run-kafka test lint bench chaos soak accuracy docs kafka kafka-stop clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Atalaya needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 install"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && echo "$(CURDIR)" > "$$site/atalaya.pth"
	@printf '#!/bin/sh\nexec "%s" -m services "$$@"\n' "$(CURDIR)/$(BIN)/python" > $(BIN)/atalaya && chmod +x $(BIN)/atalaya
	-@$(BIN)/python -m services.startup # compiles the rules, so that the first start need not
	@touch $@

$(STAMP_DEV): requirements-dev.txt $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

install: $(STAMP) ## make .venv with what running needs
install-dev: $(STAMP_DEV) ## the same, and what the tests need

lock: $(STAMP_DEV) ## write the hash-locked requirements anew from pyproject.toml
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" --python-version 3.11 pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command "make lock" --python-version 3.11 pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

run: install ## start everything here: embedded store and log, real feeds, sample newsroom
	@exec $(BIN)/python -m services up

run-kafka: install kafka ## the same pipeline on a real Apache Kafka (needs Java 17 and Maven)
	@ATALAYA_LOG=kafka://127.0.0.1:$${ATALAYA_KAFKA_PORT:-19092} exec $(BIN)/python -m services up

# Two at a time, a file to each: most of the time goes into waiting for servers and processes.
PYTEST_ARGS ?= -n 2 --dist loadfile

test: lint ## lint, types and every test
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: install-dev ## ruff and mypy
	$(BIN)/ruff check services tests
	$(BIN)/mypy

bench: install-dev ## measure against a baseline in the same run; writes build/bench.json
	$(BIN)/python -m services.bench $(if $(CORPUS),--corpus $(CORPUS)) $(BENCH_ARGS)

chaos: install-dev ## kill everything at random on both logs, and count; writes build/chaos.json
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

soak: install-dev ## run the pipeline for 30 minutes with faults on and report the slopes of memory, descriptors and keys
	$(BIN)/python -m tests.soak $(SOAK_ARGS)

accuracy: install-dev ## score the tagger on the project's own labelled set; writes docs/accuracy.md
	$(BIN)/python -m services.tag.accuracy_report

docs: install-dev ## write docs/settings.md anew from config/atalaya.toml
	$(BIN)/python -m tests.settings_page

kafka: ## fetch and start a real Apache Kafka in .cache/kafka
	@deploy/kafka/kafka.sh start

kafka-stop: ## stop it
	@deploy/kafka/kafka.sh stop

clean: kafka-stop ## remove what was built here, but not the data folder
	rm -rf $(VENV) build .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
