# Every task, under one plain name; CI runs the same ones.
.DEFAULT_GOAL := help
.PHONY: help run console test services-test nightly mutants check format bench record secrets lock clean runtime dev

PY := .venv/bin/python

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: runtime ## start the whole platform; Ctrl-C stops it
	@exec $(PY) -m app.cli serve

console: ## build the web console; other tasks do it too where npm is
	@scripts/environment runtime && $(PY) scripts/console.py --must

test: dev ## every test; those of real servers run with the servers found here
	@scripts/test

services-test: dev ## only the tests that use real servers
	@scripts/test services

nightly: dev ## the long proofs, and those by chance
	@$(PY) -m pytest -m nightly

mutants: dev ## change the rules of access in every small way and see that a test notices
	@$(PY) -m tests.mutation

check: dev ## format, lint, types and import contracts, without changing a file
	@scripts/check

format: dev ## format the code and fix what can be fixed safely
	@$(PY) -m ruff format . && $(PY) -m ruff check --fix .

bench: dev ## measure the platform
	@$(PY) -m bench

record: dev ## write down the API, the error codes, the settings, the metrics, the commands and the blocking half of the SDK
	@$(PY) scripts/colours.py && $(PY) -m app.cli record

secrets: ## make what compose.yml keeps secret, once
	@python3 scripts/make_secrets.py

lock: dev ## resolve requirements/*.txt anew from pyproject.toml
	@scripts/lock

clean: ## remove the environment and every cache; data stays
	@rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist .console.lock
	@rm -rf app/console/built app/console/built.new app/console/web/node_modules tests/javascript/node_modules
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime dev:
	@scripts/environment $@ && $(PY) scripts/console.py
