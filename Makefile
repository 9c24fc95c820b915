# Everything a newcomer runs. Each target makes the virtual environment it needs; nothing is installed outside this folder.
PYTHON ?= python3
VENV ?= .venv
ARGS ?=
WORKERS ?= 3
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check e2e-elastic serve bench bench-stitch soak stack stack-stop corpus accuracy docs compose-secrets dashboards clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 17

demo: $(VENV)/.all  ## Play a broken n8n story through a bridge and a worker, and print its cause (ARGS=--once ends by itself)
	@$(BIN)/correlator demo $(ARGS)

serve: $(VENV)/.all  ## Run the engine; data is kept in ./data
	@$(BIN)/correlator serve $(ARGS)

test: check  ## Run every check: ruff, mypy, import-linter, pytest (ARGS='-k name' selects tests, WORKERS=0 runs them in one process)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(or $(ARGS),--ignore=tests/elastic --ignore=tests/conformance)
	$(if $(ARGS),,$(MAKE) e2e-elastic)

e2e-elastic: $(VENV)/.dev  ## Run what every store must do, and what needs a real Elasticsearch or Kafka: starts them by the scripts in CORRELATOR_PEERS, or uses those that the environment names
	$(BIN)/python -m tests.elastic $(ARGS)

check: $(VENV)/.dev  ## Run the checks that need no test run: ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev  ## Measure ingest, disk and lookups as ratios in one run (ARGS='--spans 2000000')
	$(BIN)/python -m tests.benchmarks.ingest $(ARGS)

bench-stitch: $(VENV)/.dev  ## Measure stitching a million records beside a plain group-by on trace id
	$(BIN)/python -m tests.benchmarks.stitch $(ARGS)

soak: $(VENV)/.dev  ## Ten minutes of load at half of the highest rate (ARGS='--minutes 10')
	$(BIN)/python -m tests.benchmarks.soak $(ARGS)

stack: $(VENV)/.dev  ## Start the live stack: a real n8n, Redis, bridge, workers and the engine (CORRELATOR_N8N_LAB names n8n's folder)
	$(BIN)/python -m tests.stack start

stack-stop: $(VENV)/.dev  ## End the live stack
	$(BIN)/python -m tests.stack stop

corpus: $(VENV)/.dev  ## Record the labelled corpus anew from a live stack, and score the engine on it
	$(BIN)/python -m tests.corpus.make
	$(BIN)/python -m tests.corpus.evaluate --write

accuracy: $(VENV)/.dev  ## Score joins and causes on the recorded corpus
	$(BIN)/python -m tests.corpus.evaluate $(ARGS)

docs: $(VENV)/.dev  ## Write docs/reference from the code
	$(BIN)/python docs/reference/generate.py

# What `make compose-secrets` makes up, and what only others can give: until you write it, what needs it fails and says so.
MADE_SECRETS := correlator_token n8n_encryption_key redis_password grafana_password grafana_secret_key elasticsearch_password \
  exporter_password setup_password kibana_password kibana_encryption_key
GIVEN_SECRETS := n8n_api_key pagerduty_routing_key slack_webhook_url smtp_password

compose-secrets:  ## Write the secrets of docker-compose.observability.yml into ./secrets; those that are there stay
	@umask 077 && mkdir -p secrets && chmod 700 secrets
	@for name in $(MADE_SECRETS) $(GIVEN_SECRETS); do \
	  if [ -e "secrets/$$name" ]; then echo "secrets/$$name is there: kept"; continue; fi; \
	  case " $(GIVEN_SECRETS) " in \
	    *" $$name "*) printf 'none-yet' > "secrets/$$name"; echo "secrets/$$name: write yours into it";; \
	    *) value=$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(32))') || exit 1; \
	       printf '%s' "$$value" > "secrets/$$name"; echo "secrets/$$name: made";; \
	  esac && chmod 644 "secrets/$$name" || exit 1; \
	done

dashboards: $(VENV)/.dev  ## Write dashboards/grafana and dashboards/kibana from dashboards/source
	$(BIN)/python -m dashboards.source $(ARGS)

clean:  ## Remove the virtual environment and caches; data is left alone
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "correlator needs Python 3.11 or later; name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "could not make a virtual environment in $(VENV); on Debian: apt install python3-venv"; exit 1; }

$(VENV)/.all: $(BIN)/python pyproject.toml
	@echo "installing correlator into $(VENV) (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[all]'
	@touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	@echo "installing correlator and what its tests need into $(VENV) (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.all
