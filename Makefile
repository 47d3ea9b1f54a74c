# `make help` lists the targets. Everything is installed into $(VENV), from whatever index pip is set up to use.

VENV   ?= .venv
PORT   ?= 8000
# Not from the environment, where some shells keep the machine's name under HOST.
HOST   := 127.0.0.1
# Worker processes of the test suites, and further arguments to pytest: make test ARGS="-k sync".
JOBS   ?= 2
ARGS   ?=
# The interpreter for the virtual environment; the first one that will do, when it is not given.
PYTHON ?=

# The committed OpenAPI document, and its copy in the package.
DOCUMENTS := openapi/plugin-system-v1.json api/plugin_system_api/plugin-system-v1.json

PY     := $(VENV)/bin/python
ELSEWHERE = --ignore=tests/e2e --ignore=tests/benchmarks --ignore=tests/contract
PYTEST  = $(PY) -m pytest -n $(JOBS) $(ELSEWHERE) $(ARGS)
SUITE   = not package and not browser and not model

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PYTHONUNBUFFERED = 1
# Some machines keep Python from writing bytecode; each of the suites' many processes would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

##@ Try it

.PHONY: run
run: $(VENV)/.example ## Start the example project on http://127.0.0.1:8000/ (HOST and PORT can be given)
	@$(PY) example_project/manage.py demo
	@$(PY) example_project/manage.py runserver $(HOST):$(PORT)

##@ Test it

.PHONY: test
test: $(VENV)/.test ## Run the test suite on SQLite
	$(PYTEST) -m "$(SUITE) and not processes"

.PHONY: test-processes
test-processes: $(VENV)/.test ## Run what takes several real processes, on SQLite
	$(PYTEST) -m processes

# The kind of database, how long each takes, and where they write their figures:
# make test-concurrency DATABASE=mariadb SECONDS=40 RESULTS=/tmp/figures.md ARGS="--seed 7 --commits 10000"
DATABASE ?= sqlite postgresql mariadb
RESULTS  ?= tests/RESULTS.md
WITH_RESULTS = PLUGIN_SYSTEM_TEST_RESULTS="$(RESULTS)"

.PHONY: test-concurrency
test-concurrency: $(VENV)/.test $(VENV)/.postgresql $(VENV)/.mariadb ## Write and read with many processes while everything fails
	@for kind in $(DATABASE); do \
		$(WITH_RESULTS) $(PY) -m tests.concurrency $$kind --seconds $(or $(SECONDS),120) $(ARGS) || exit 1; \
	done

.PHONY: deploys
deploys: $(VENV)/.test $(VENV)/.postgresql $(VENV)/.mariadb ## Let old and new releases sync at once and in turn
	@for kind in $(DATABASE); do \
		$(WITH_RESULTS) PLUGIN_SYSTEM_TEST_DATABASE=$$kind $(PY) -m pytest -n 0 tests/processes/test_deploys.py || exit 1; \
	done

.PHONY: soak
soak: $(VENV)/.soak ## Put load on gunicorn and PostgreSQL for ten minutes (SECONDS=60)
	@$(WITH_RESULTS) $(PY) -m tests.soak --seconds $(or $(SECONDS),600)

.PHONY: test-postgresql
test-postgresql: $(VENV)/.test $(VENV)/.postgresql ## Run the test suite on a PostgreSQL server
	PLUGIN_SYSTEM_TEST_DATABASE=postgresql $(PYTEST) -m "$(SUITE)"

.PHONY: test-mariadb
test-mariadb: $(VENV)/.test $(VENV)/.mariadb ## Run the test suite on a MariaDB server
	PLUGIN_SYSTEM_TEST_DATABASE=mariadb $(PYTEST) -m "$(SUITE)"

.PHONY: bench
bench: $(VENV)/.test $(VENV)/.postgresql ## Measure ourselves beside the limit and the peers, in under five minutes
	$(PY) -m tests.benchmarks $(ARGS)

.PHONY: test-model
test-model: $(VENV)/.test ## Run the model-based test for many more examples
	$(PY) -m pytest -n $(JOBS) -m model tests/model $(ARGS)

.PHONY: mutants
mutants: $(VENV)/.test ## See that the model-based test finds every seeded fault
	$(PY) -m tests.model.gate --jobs $(JOBS) $(ARGS)

.PHONY: mutants-postgresql
mutants-postgresql: $(VENV)/.test $(VENV)/.postgresql ## See that it does so on PostgreSQL, which has faults of its own
	PLUGIN_SYSTEM_TEST_DATABASE=postgresql $(PY) -m tests.model.gate --jobs $(JOBS) $(ARGS)

.PHONY: test-browser
test-browser: $(VENV)/.test $(VENV)/.browser ## Drive the example project with a real Chromium
	$(PY) -m pytest -n $(JOBS) tests/e2e $(ARGS)

.PHONY: screenshots
screenshots: $(VENV)/.test $(VENV)/.browser ## Take the README's pictures of the admin anew
	$(PY) -m tests.e2e.screenshots

.PHONY: test-package
test-package: $(VENV)/.test ## Build the wheel and the sdist, and use them in an empty foreign project
	$(PY) -m pytest tests/package $(ARGS)

.PHONY: test-upgrade
test-upgrade: $(VENV)/.test ## Migrate the database of each landed state, and take over one of the real django-plugin-system
	$(PY) -m pytest tests/upgrade $(ARGS)

.PHONY: matrix
matrix: ## Run the test suite under each supported pair of Python and Django
	@JOBS=$(JOBS) .ci/matrix

##@ Check it

.PHONY: lint
lint: $(VENV)/.lint ## Check style and formatting
	$(PY) -m ruff check
	$(PY) -m ruff format --check

.PHONY: format
format: $(VENV)/.lint ## Rewrite the sources to the project's format
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

.PHONY: types
types: $(VENV)/.test $(VENV)/.lint ## Check types
	$(PY) -m mypy

.PHONY: contracts
contracts: $(VENV)/.test $(VENV)/.lint ## Check which module may import which
	$(VENV)/bin/lint-imports

.PHONY: security
security: $(VENV)/.security ## Look for insecure code with bandit, and for known vulnerabilities with pip-audit
	$(VENV)/bin/bandit --quiet --configfile pyproject.toml --recursive plugin_system api/plugin_system_api
	$(PY) .ci/audit.py

.PHONY: migrations
migrations: $(VENV)/.test ## Check that no model has changed without its migration
	$(PY) -m django makemigrations --check --dry-run --settings tests.settings
	$(PY) example_project/manage.py makemigrations --check --dry-run

.PHONY: openapi
openapi: $(VENV)/.test ## Write the OpenAPI document anew
	$(PY) -m plugin_system_api.openapi $(DOCUMENTS)

.PHONY: openapi-check
openapi-check: $(VENV)/.contract ## Check the OpenAPI document: as the code says, valid, well-formed, breaking no client
	$(PY) -m plugin_system_api.openapi --check $(DOCUMENTS)
	$(VENV)/bin/openapi-spec-validator $(firstword $(DOCUMENTS))
	npx --yes @redocly/cli@2.77.0 lint --config openapi/redocly.yaml $(firstword $(DOCUMENTS))
	$(PY) openapi/breaking.py openapi/released/plugin-system-v1.json $(firstword $(DOCUMENTS))

.PHONY: test-contract
test-contract: $(VENV)/.contract ## Drive generated clients and Schemathesis against a served example project
	$(PY) -m pytest tests/contract $(ARGS)

##@ Build it

.PHONY: clients
clients: $(VENV)/.contract ## Generate the Python and TypeScript clients into build/clients/
	rm -rf build/clients
	mkdir -p build/clients/typescript
	PATH="$(abspath $(VENV))/bin:$$PATH" openapi-python-client generate --path $(firstword $(DOCUMENTS)) \
		--output-path build/clients/python --meta setup --fail-on-warning
	npx --yes openapi-typescript@7.13.0 $(firstword $(DOCUMENTS)) --output build/clients/typescript/schema.d.ts

.PHONY: build
build: $(VENV)/.test ## Build the sdist and the wheel into dist/
	$(PY) -m build

.PHONY: constraints
constraints: ## Renew constraints.txt (PYTHONS names one interpreter per supported Python, oldest first)
	.ci/pins.py $(or $(PYTHONS),$(error Give the interpreters: make constraints PYTHONS="python3.11 python3.12"))

.PHONY: clean
clean: ## Remove everything the targets made: environments, builds, caches, the demo database
	rm -rf .venv .venv-* build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf example_project/data example_project/staticfiles tests/*.sqlite3*
	find plugin_system api tests example_project -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# A file per dependency group says that it is installed, and is older than what the group is made from.
# The name of the group is the name of the file without its dot.
$(VENV)/.%: $(PY) pyproject.toml constraints.txt
	@echo "Installing the package and its dependency group '$*' into $(VENV) ..."
	@$(PY) -m pip install -qq --constraint constraints.txt --editable . --group $* || { \
		echo >&2; \
		echo "The dependency group '$*' could not be installed; pip says why above. It needs a package index:" >&2; \
		echo "the one pip uses by default, or your own in PIP_INDEX_URL." >&2; \
		if [ "$*" = mariadb ]; then \
			echo "mysqlclient is compiled: it also needs a C compiler, Python's headers, pkg-config and the" >&2; \
			echo "MariaDB client library's. On Debian: apt install gcc python3-dev pkg-config libmariadb-dev" >&2; \
		fi; \
		exit 1; }
	@touch $@

# pip learned to install dependency groups in 25.1.
$(PY):
	@candidates="$(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)"; found=; incomplete=; \
	for python in $$candidates; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
		if "$$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then found=$$python; break; fi; \
		incomplete="$$incomplete $$python"; \
	done; \
	if [ -n "$$incomplete" ] && [ -z "$$found" ]; then \
		echo "No virtual environment can be made: 'import ensurepip, venv' fails in$$incomplete." >&2; \
		echo "On Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; \
	elif [ -z "$$found" ]; then \
		echo "Python 3.11 or newer is needed. None of these is one: $$candidates." >&2; \
		echo "Install it, or say where it is: make $(MAKECMDGOALS) PYTHON=/path/to/python" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$found" --version) ..."; \
	if [ -f $(VENV)/pyvenv.cfg ]; then clear=--clear; else clear=; fi; \
	"$$found" -m venv $$clear $(VENV)
	@$(PY) -m pip install -qq --upgrade 'pip>=25.1' || { \
		rm -f $(PY); \
		echo >&2; \
		echo "pip could not be upgraded in $(VENV); it says why above. It needs a package index:" >&2; \
		echo "the one pip uses by default, or your own in PIP_INDEX_URL." >&2; \
		exit 1; }
