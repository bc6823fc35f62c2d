# The whole interface of a developer. Needs Python 3.11 to 3.13 and make; everything else is set up in .venv and var.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
POSTGRES := $(BIN)/python -m config.tests.postgres
# Processes for two processors: what serves waits often, a browser seldom.
SPREAD := --dist worksteal

.PHONY: run test test-sqlite test-postgresql test-page test-desk check screenshots page schema messages requirements bench bench-peers chaos env test-deploy fuzz audit bench-desk

run: .venv/runtime  ## The service on http://127.0.0.1:8000, SQLite, no key needed
	@$(BIN)/python manage.py prepare
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@exec $(BIN)/gunicorn --config config/gunicorn.py config.asgi:application

test: test-sqlite test-postgresql  ## Every test, on SQLite and on PostgreSQL
	node --test frontend/tests/*.test.js

test-sqlite: .venv/development var/static/staticfiles.json
	ENV_FILE=/dev/null DATABASE_URL= $(BIN)/pytest -n 3 $(SPREAD) $(ARGS)

test-postgresql: .venv/development var/static/staticfiles.json
	ENV_FILE=/dev/null $(POSTGRES) $(BIN)/pytest -n 3 $(SPREAD) $(ARGS)

test-page: .venv/development  ## The page in a real browser (Debian's chromium)
	$(BIN)/pytest -n 2 $(SPREAD) frontend/tests/browser -m "not screenshots" $(ARGS)

test-desk: .venv/development  ## A moderator's day at the admin, in a real browser
	$(BIN)/pytest -n 2 $(SPREAD) config/desk/tests/browser -m "not screenshots" $(ARGS)

screenshots: .venv/development  ## Every page and every page of the admin, as pictures in var/screenshots
	$(BIN)/pytest frontend/tests/browser -m screenshots
	$(BIN)/pytest config/desk/tests/browser -m screenshots

page: ## Writes config.js and the policy of every page: make page API=https://api.example.com BASE=/haru/
	$(PYTHON) frontend/publish.py --api="$(API)" --base="$(or $(BASE),/)"

test-deploy: .venv/development var/static/staticfiles.json  ## The image, compose, Nginx over TLS, backups (Debian's nginx, buildah and more)
	PATH="$(CURDIR)/$(BIN):$$PATH" ENV_FILE=/dev/null $(POSTGRES) $(BIN)/pytest deploy/tests $(ARGS)

env:  ## Writes a safe .env with generated secrets: make env DOMAIN=haru.example EMAIL=me@haru.example
	@python3 deploy/env.py --domain "$(DOMAIN)" --email "$(EMAIL)"

check: .venv/development  ## Style, types, schema, messages, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml -
	$(BIN)/python -m config.tests.messages
	$(BIN)/python -m config.tests.secrets
	$(BIN)/python frontend/publish.py --check
	cd frontend && npm ci --silent --no-audit --no-fund && npm run --silent check
	ENV_FILE=/dev/null HOST=0.0.0.0 DJANGO_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
		DJANGO_ALLOWED_HOSTS=haru.example CORS_ALLOWED_ORIGINS=https://page.example OPENAI_API_KEY=none \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

schema: .venv/development  ## Writes docs/openapi.yaml anew
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

messages: .venv/development  ## Collects the texts to translate, and compiles the translations
	$(BIN)/python -m config.tests.messages --write

bench: .venv/development  ## Every system and scenario three times; writes docs/benchmarks.md (Debian's nginx, half an hour)
	$(BIN)/python -m bench --write $(ARGS)

bench-peers: .venv/development  ## The same with LiteLLM's proxy beside it, in an environment of its own
	$(PYTHON) -m venv var/litellm
	var/litellm/bin/pip --disable-pip-version-check install --quiet "litellm[proxy]==1.106.2"
	$(BIN)/python -m bench --write --peers $(ARGS)

bench-desk: .venv/development  ## Every page of the admin among 100,000 members: queries and milliseconds
	$(BIN)/python -m bench.desk

chaos: .venv/development  ## Kills, cuts and stalls while 200 replies are written, on PostgreSQL and on SQLite
	$(BIN)/python -m chat.tests.chaos --database postgresql --replies 200
	$(BIN)/python -m chat.tests.chaos --database sqlite --replies 200

fuzz: .venv/development .venv/tools/installed  ## Schemathesis over the whole API: as nobody, as a member, with a member's own ids
	$(BIN)/python -m config.tests.fuzz

audit: .venv/tools/installed  ## Known faults of every pinned package; asks the advisory services of PyPI and npm
	for file in requirements.txt requirements-dev.txt requirements-tools.txt; do \
		.venv/tools/bin/pip-audit --strict --disable-pip --require-hashes -r $$file || exit 1; done
	cd frontend && npm audit --package-lock-only

requirements: .venv/development  ## Pins requirements*.txt anew
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes requirements-tools.in -o requirements-tools.txt

.venv/runtime: requirements.txt
	@test -n "$(PYTHON)" || { echo "Haru needs Python 3.11, 3.12 or 3.13 (set PYTHON=…)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what requirements.txt pins …"
	@$(PIP) -r requirements.txt
	@touch $@

.venv/development: .venv/runtime requirements-dev.txt
	@echo "Installing what requirements-dev.txt pins …"
	@$(PIP) -r requirements-dev.txt
	@touch $@

# What looks at the project from outside has an environment of its own: its pins are nobody else's.
.venv/tools/installed: .venv/runtime requirements-tools.txt
	@test -x .venv/tools/bin/python || $(BIN)/python -m venv .venv/tools
	@echo "Installing what requirements-tools.txt pins …"
	@.venv/tools/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements-tools.txt
	@touch $@

var/static/staticfiles.json: requirements.txt $(wildcard */static/*/* */*/static/*/*)
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
