# Deal Finder. Needs Python 3.11 or newer and make; everything else is installed into .venv.
#
#   make run     set up what is missing and start everything (PORT=8000, DEALFINDER_HOME=var)
#   make test    set up what is missing and run all tests
#   make help    the rest

SHELL := /bin/sh
PORT ?= 8000
PY := .venv/bin/python
EMBEDDED := .venv/.embedded
DEV := .venv/.dev
TESTS ?= tests

.DEFAULT_GOAL := help
.PHONY: help run test setup setup-dev lint bench e2e lock

help:
	@echo "make run        set up what is missing and start Deal Finder (PORT=8000, DEALFINDER_HOME=var)"
	@echo "make test       set up what is missing and run all tests"
	@echo "make setup      only set up"
	@echo "make lint       check style, types, floors and migrations"
	@echo "make bench      benchmarks: a table here, numbers in benchmarks/results/"
	@echo "make e2e        browser tests alone"
	@echo "make lock       pin the newest versions that requirements/*.in allow"

$(EMBEDDED): requirements/install.sh requirements/torch.txt requirements/embedded.txt
	@requirements/install.sh embedded
	@touch $@

$(DEV): requirements/install.sh requirements/torch.txt requirements/dev.txt
	@requirements/install.sh dev
	@touch $@ $(EMBEDDED)

setup: $(EMBEDDED)
	@echo "Everything is set up."

setup-dev: $(DEV)
	@echo "Everything is set up, development tools included."

run: $(EMBEDDED)
	@exec $(PY) manage.py up --port $(PORT)

test: $(DEV)
	$(PY) -m pytest -n 2 --reruns 1 -r fER $(TESTS)

e2e: $(DEV)
	$(PY) -m pytest -m browser $(TESTS)

lint: $(DEV)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	SECRET_KEY=for-the-type-checker .venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

bench: $(DEV)
	$(PY) -m benchmarks

lock: $(DEV)
	$(PY) -m pip install --quiet uv
	.venv/bin/uv pip compile --quiet --no-emit-package torch --custom-compile-command "make lock" -o requirements/dev.txt requirements/dev.in
	for name in embedded base; do .venv/bin/uv pip compile --quiet --no-emit-package torch --custom-compile-command "make lock" \
		-c requirements/dev.txt -o requirements/$$name.txt requirements/$$name.in || exit 1; done
