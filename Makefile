# Two commands matter: `make serve` and `make test`, which `make test-more` completes. All set up what they need, and do
# again only what has changed.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Processes of the test run.
TEST_WORKERS ?= 2
export PYTHON HOST PORT
# A portal is several processes, and the tests start dozens: what one has compiled, the others read.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
STAMPS := build/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Of all that the libraries bring the portal needs a quarter: Python compiles it when it is first read.
PIP_LOCKED := $(PIP) install --no-compile --require-hashes

OWN_FILES := $(shell find marketplace/static/css marketplace/static/js marketplace/static/images -type f 2>/dev/null)
THEMES := $(wildcard marketplace/pilots/data/themes.yaml $(if $(PILOTS_DIR),$(PILOTS_DIR)/data/themes.yaml))
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)

.PHONY: serve ready dev test test-more test-cluster tested tested-more equipped test-machine assets schemas fmt lint bench fuzz kill translations screenshots lock sbom archive clean always
.DELETE_ON_ERROR:

# Two things at a time here as well: the packages of Python and of Node come side by side.
serve:
	@$(MAKE) --no-print-directory --jobs=2 ready
	@exec $(BIN)/marketplace serve --set-up

ready: $(STAMPS)/runtime $(STAMPS)/assets $(STAMPS)/translations

# The portal with reload, debugger and the worker beside it, on the data of `make serve`.
dev: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations $(STAMPS)/schemas
	@exec $(BIN)/python -m scripts.dev

# What every change needs. Two things at a time: the packages of Python and of Node come side by side, and the lint runs
# beside the tests.
test:
	@$(MAKE) --no-print-directory --jobs=2 equipped
	@$(MAKE) --no-print-directory --jobs=2 lint tested

# The other tests: the second database, the long scenes of races and kills, every look at every page.
test-more:
	@$(MAKE) --no-print-directory --jobs=2 equipped
	@$(MAKE) --no-print-directory tested-more

equipped: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations $(STAMPS)/stripe-mock $(STAMPS)/verapdf test-machine

test-machine:
	@sh scripts/machine.sh test

tested: CHOSEN := not more
tested-more: CHOSEN := more
tested-more: $(STAMPS)/opensearch
tested tested-more: equipped
	@$(BIN)/python -m scripts.postgres -- $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal \
		-m "$(CHOSEN)" $(ARGS)

# Format, lint, types, architecture, translations: everything that needs no running portal.
lint: $(STAMPS)/dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m scripts.translations check

fmt: $(STAMPS)/dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# Everything that is made from sources: what the browser gets, and the texts of the languages.
assets: $(STAMPS)/assets $(STAMPS)/translations

# JSON Schemas of the data files into build/schemas, where the first line of each file leads editors to.
schemas: $(STAMPS)/schemas

# Extracts the source strings and merges them into translations/*/LC_MESSAGES/messages.po.
translations: $(STAMPS)/dev
	@$(BIN)/python -m scripts.translations update

# Several machines for real: PostgreSQL with two standbys, an S3 store, a search server, two nodes and a balancer
# (docs/nodes.md).
test-cluster: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations $(STAMPS)/opensearch
	@sh scripts/machine.sh cluster
	@sh scripts/s3_store.sh build/bin
	@SEARCH_OFFERS=20000 $(BIN)/python -m scripts.s3_store -- $(BIN)/python -m scripts.postgres -- $(BIN)/python -m pytest -s \
		tests/cluster tests/opensearch tests/audit/test_kept_roots.py tests/files/test_contents.py tests/files/test_signed_addresses.py tests/files/test_moving.py tests/files/test_object_lock.py $(ARGS)

# Every form filled in as nobody means it, on both databases, and every kind of file changed at random, many times over.
# FUZZ_SEED=… gives other entries and changes.
fuzz: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations
	@sh scripts/machine.sh test
	@FUZZ_ROUNDS=$${FUZZ_ROUNDS:-20} $(BIN)/python -m scripts.postgres -- $(BIN)/python -m pytest tests/fuzz tests/vouchers/lives $(ARGS)

# Whatever writes, killed by SIGKILL in the middle, KILLS times on each database. KILL_SEED=… chooses other moments.
kill: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations
	@sh scripts/machine.sh test
	@KILLS=$${KILLS:-200} $(BIN)/python -m scripts.postgres -- $(BIN)/python -m pytest -s tests/kills $(ARGS)

bench: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations
	@$(BIN)/python -m scripts.bench $(ARGS)

screenshots: $(STAMPS)/dev $(STAMPS)/assets $(STAMPS)/translations
	@$(BIN)/python -m scripts.screenshots $(ARGS)

# Renews the newest versions that pyproject.toml and package.json allow, with their hashes and without any address.
lock:
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	@build/lock/bin/uv $(COMPILE) --extra setup -o requirements.lock
	@build/lock/bin/uv $(COMPILE) --extra setup --extra tracing -c requirements.lock | \
		$(PYTHON) -m scripts.extra_lock requirements.lock > requirements-tracing.lock
	@build/lock/bin/uv $(COMPILE) --extra setup --extra tracing --extra dev -c requirements.lock \
		-c requirements-tracing.lock -o requirements-dev.lock
	@npm update --package-lock-only --ignore-scripts --loglevel=error

COMPILE = pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --custom-compile-command "make lock"

# The bill of materials (CycloneDX), and the portal as one archive that needs neither Node nor a clone where it is installed.
sbom: $(STAMPS)/runtime
	@$(BIN)/python -m scripts.sbom build/sbom.json

archive: $(STAMPS)/assets $(STAMPS)/translations sbom
	@$(BIN)/python -m scripts.archive build

clean:
	rm -rf build $(VENV) node_modules marketplace/static/dist marketplace/language/dictionaries

# --- what is made once and again when its sources change ------------------------------------------------------------

$(STAMPS)/machine: scripts/machine.sh
	@sh scripts/machine.sh serve
	@mkdir -p $(@D) && touch $@

$(STAMPS)/runtime: requirements.lock pyproject.toml | $(STAMPS)/machine
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	@echo "Installing the libraries"
	@$(PIP_LOCKED) -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	@echo "Installing the checkers"
	@$(PIP_LOCKED) -r requirements-dev.lock
	@touch $@

# veraPDF, which proves what documents declare; where Java and Maven are.
$(STAMPS)/verapdf: scripts/verapdf.sh tests/verapdf/pom.xml
	@sh scripts/verapdf.sh build/verapdf
	@mkdir -p $(@D) && ! ls build/verapdf/*.jar >/dev/null 2>&1 || touch $@

# A node of OpenSearch, on which the second engine of the search is tried; where Java and Maven are.
$(STAMPS)/opensearch: scripts/search_server.sh tests/opensearch/pom.xml tests/opensearch/SearchNode.java
	@sh scripts/search_server.sh build/opensearch
	@mkdir -p $(@D) && [ ! -e build/opensearch/SearchNode.class ] || touch $@

# The real stripe-mock, at the version that knows the API version of the SDK in the lock file.
$(STAMPS)/stripe-mock: scripts/stripe_mock.sh
	@sh scripts/stripe_mock.sh build/bin
	@mkdir -p $(@D) && [ ! -x build/bin/stripe-mock ] || touch $@

$(STAMPS)/packages: package-lock.json .npmrc | $(STAMPS)/machine
	@echo "Installing the front-end packages"
	@npm ci --ignore-scripts --loglevel=error
	@touch $@

# Whose colours were made last: those of another folder are made however old its files are.
$(STAMPS)/pilots: always
	@mkdir -p $(@D) && echo "$(PILOTS_DIR)" | cmp -s - $@ || echo "$(PILOTS_DIR)" > $@

$(STAMPS)/themes: scripts/themes.py scripts/colours.mjs $(THEMES) $(STAMPS)/pilots $(STAMPS)/packages | $(STAMPS)/runtime
	@$(BIN)/python -m scripts.themes --out build/themes
	@touch $@

$(STAMPS)/schemas: $(wildcard marketplace/pilots/*.py marketplace/pilots/data/*.yaml) | $(STAMPS)/runtime
	@$(BIN)/marketplace pilots schemas build/schemas > build/schemas.log
	@touch $@

$(STAMPS)/assets: scripts/assets.py $(OWN_FILES) $(STAMPS)/packages $(STAMPS)/themes | $(STAMPS)/runtime
	@$(BIN)/python -m scripts.assets --themes build/themes
	@touch $@

$(STAMPS)/translations: $(CATALOGUES) scripts/translations.py | $(STAMPS)/runtime
	@$(BIN)/python -m scripts.translations compile
	@touch $@
