# Cebu: everything that a maintainer runs. `make serve` and `make test` set themselves up.
PYTHON ?= python3.11
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := ontology shapes ingest server tests
FRONTEND := server/frontend
# What the graph is made of, and its files, so that one changed by hand is built again.
GRAPH := $(wildcard data/sources/* data/annotations/* data/corrections/* data/graph/* \
	ingest/*.py ontology/*.py ontology/*.ttl shapes/*.py shapes/*.ttl)

.DEFAULT_GOAL := help
.PHONY: help serve frontend build validate coverage test lint format messages bench bench-pages bench-growth bench-build bench-changes bench-pool lock clean

help:
	@echo "make serve     install, build, validate and serve on http://$(HOST):$(PORT)"
	@echo "make test      install and run the whole test suite"
	@echo "make frontend  bundle the scripts of the pages"
	@echo "make build     read the documents into data/graph/"
	@echo "make validate  check data/graph/ against the shapes and the documents"
	@echo "make coverage  show how much of each document is evidence"
	@echo "make lint      ruff and mypy"
	@echo "make messages  gather the words of the pages, and renew their translations"
	@echo "make bench     measure the server beside others (docs/benchmarks.md says what it needs)"
	@echo "make bench-pages   measure the pages"
	@echo "make bench-growth  measure graphs of 50 thousand to 5 million statements"
	@echo "make bench-build   measure build, validation and the library"
	@echo "make bench-changes  measure validation of changes, commits and starts"
	@echo "make bench-pool    measure light queries beside runaway ones"
	@echo "make lock      renew the lock files from pyproject.toml"

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "Cebu needs Python 3.11; set PYTHON= to its interpreter." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/development: requirements-dev.lock $(VENV)/runtime
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# Certificates of the machine count, as they do for pip: a proxy may stand before the registry.
$(VENV)/frontend: $(addprefix $(FRONTEND)/,package-lock.json build.js) $(wildcard $(addprefix $(FRONTEND)/,*.js src/* src/*/*)) $(VENV)/runtime
	cd $(FRONTEND) && NODE_OPTIONS=--use-system-ca $(CURDIR)/$(BIN)/npm ci --ignore-scripts --no-progress --loglevel=error
	$(BIN)/node $(FRONTEND)/build.js
	@touch $@

$(VENV)/graph: $(VENV)/runtime $(GRAPH)
	$(BIN)/cebu build
	@touch $@

frontend: $(VENV)/frontend

serve: $(VENV)/graph $(VENV)/frontend
	HOST=$(HOST) PORT=$(PORT) $(BIN)/cebu serve

build: $(VENV)/runtime
	$(BIN)/cebu build

validate: $(VENV)/runtime
	$(BIN)/cebu validate

coverage: $(VENV)/runtime
	$(BIN)/cebu coverage

test: lint $(VENV)/frontend
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

lint: $(VENV)/development
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: $(VENV)/development
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# The words of the pages: those of the templates into the .pot, from there into each language's .po,
# and what was translated into the .mo that the server reads. A new language: see CONTRIBUTING.md.
PYBABEL := cd server && $(CURDIR)/$(BIN)/pybabel --quiet
messages: $(VENV)/development
	$(PYBABEL) extract --mapping-file translations/babel.cfg --keywords marked --keywords Kind:2 \
		--omit-header --add-location file --sort-output --output-file translations/cebu.pot .
ifneq ($(wildcard server/translations/*/LC_MESSAGES/cebu.po),)
	$(PYBABEL) update -D cebu -d translations -i translations/cebu.pot --ignore-obsolete
	$(PYBABEL) compile -D cebu -d translations
endif

bench: $(VENV)/development
	$(BIN)/python -m tests.bench http --write

bench-pages: $(VENV)/development
	$(BIN)/python -m tests.bench pages --write

bench-growth: $(VENV)/development
	$(BIN)/python -m tests.bench growth --write

bench-build: $(VENV)/development
	$(BIN)/python -m tests.bench build --write

bench-changes: $(VENV)/development
	$(BIN)/python -m tests.bench changes --write

bench-pool: $(VENV)/development
	$(BIN)/python -m tests.bench pool

lock: $(VENV)/development
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--extra build pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header \
		--extra build --extra dev --constraints requirements.lock pyproject.toml \
		--output-file requirements-dev.lock

clean:
	rm -rf $(VENV) var
