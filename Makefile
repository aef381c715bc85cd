# Everything a person does with a checkout. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
RUN := .venv/bin/python
# The product and its tests are many processes: each starts in half the time if compiled code is kept.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup run test check format bench bench-scale messages test-brokers clean

help:            ## what there is
	@sed -n 's/^\([a-z-]*\): .*## */  make \1	/p' $(MAKEFILE_LIST) | expand -t 22

setup:           ## install what the product and its tests need into .venv
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3."; exit 1; }
	@$(PYTHON) config/runtime/install.py

run: setup       ## start everything with demo data; PORT=8000, Ctrl-C stops
	@exec $(RUN) -m config.runtime

test: setup      ## all tests, browser tests included; T="tests/golden -x" runs a part
	@$(RUN) -m tests.chromium install
	@$(RUN) -m pytest -m "not bench and not scale" -n auto --maxprocesses 4 --dist worksteal $(T)

check: setup     ## style, types, layers, migrations, translations, deployment settings
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy mcn config
	.venv/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) -m config.translations check
	MCN_HOSTS=check.invalid MCN_SECRET_KEY=$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(48))') \
		$(RUN) manage.py check --deploy --fail-level WARNING --settings config.settings.production

format: setup    ## bring the source into its form
	$(RUN) -m ruff check --fix
	$(RUN) -m ruff format

bench: setup     ## speed of a month with a million order lines
	$(RUN) -m pytest -m bench -s $(T)

bench-scale: setup ## whether a month costs the same when thirty lie behind it, beside 200 agencies
	$(RUN) -m pytest -m scale -s $(T)

messages: setup  ## collect sentences into the translation catalogue and compile it
	$(RUN) -m config.translations update
	$(RUN) -m config.translations compile

test-brokers: setup ## the tests that need a broker, on Redis and RabbitMQ of Debian (as root)
	$(RUN) -m tests.brokers $(T)

clean:           ## remove what was built (keeps .data)
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
