# Everything from a bare clone. Needs Python >= 3.11, Node >= 20, make and git; sets up the rest itself.
# What has been done is noted in .stamps/, so a second run does only what changed.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
S := .stamps
ASSETS := plugin/mkdocs-layerlab/src/mkdocs_layerlab/assets
HOST ?= 127.0.0.1:8000
JOBS ?= 2
BENCH_ROUNDS ?= 7
PYTEST_ARGS ?=
comma := ,
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

say = @printf '\n== %s\n' "$(1)"
files = $(shell find $(1) -type f -not -path '*/__pycache__/*' -not -path '*/assets/*' 2>/dev/null)

ENGINE := $(call files,plugin/layerlab/src) plugin/layerlab/pyproject.toml
PLUGIN := $(call files,plugin/mkdocs-layerlab/src) plugin/mkdocs-layerlab/pyproject.toml
RUNTIME := $(call files,plugin/browser/runtime)
BROWSER := $(call files,plugin/browser/src plugin/browser/styles) $(wildcard plugin/browser/*.mjs plugin/browser/*.json) \
  $(wildcard plugin/layerlab/src/layerlab/messages/browser.*.json)
PAGES := $(call files,docs overrides hooks) $(wildcard mkdocs*.yml)

.PHONY: bench-builds bench-page help serve test test-python test-node site lint bench bench-reader dist browser bundle requirements clean

help:
	@echo 'make serve   build everything and serve http://$(HOST)/ (ko) and http://$(HOST)/en/'
	@echo 'make test    set up everything, a browser included, and run every check and test'
	@echo 'make site    write the static site to site/'
	@echo 'make lint    ruff, mypy, import-linter, tsc'
	@echo 'make bench   measure reader, builds and page against others; BENCH_ROUNDS=$(BENCH_ROUNDS)'
	@echo 'make dist    both wheels into dist/'
	@echo 'make clean   remove what was built (not .venv and node_modules)'

# ---- set up ----

$(S)/python: requirements/develop.txt
	$(call say,Python packages into .venv (pinned with hashes))
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed and was not found.'; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -qq --require-hashes -r requirements/develop.txt
	@mkdir -p $(S) && touch $@

# Editable, so that a change of the sources needs no second step; only a change of the metadata does.
$(S)/packages: $(S)/python plugin/layerlab/pyproject.toml plugin/mkdocs-layerlab/pyproject.toml
	$(call say,Our two packages into .venv (editable))
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e plugin/layerlab -e plugin/mkdocs-layerlab
	@touch $@

$(S)/node: package-lock.json .npmrc
	$(call say,npm packages into node_modules (pinned))
	@node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' || { echo 'Node 20 or newer is needed and was not found.'; exit 1; }
	@npm ci --no-fund --no-audit --loglevel=error
	@mkdir -p $(S) && touch $@

# Run under Pyodide's own Python, hence wheels for that version; they are never installed in .venv.
$(S)/tools: requirements/pyodide.txt $(S)/python
	$(call say,pyodide-build and pyodide-lock (pinned with hashes))
	@rm -rf build/pyodide-tools
	@$(BIN)/python -m pip download -qq --no-deps --require-hashes -r requirements/pyodide.txt --dest build/pyodide-tools \
	  --only-binary :all: --python-version 3.14 --platform any --implementation py
	@touch $@

$(S)/browser: $(S)/python tools/browser.sh
	$(call say,A browser for the tests)
	@bash tools/browser.sh $(BIN)/python
	@touch $@

$(S)/systemtools: tools/systemtools.sh
	$(call say,skopeo$(comma) umoci$(comma) podman$(comma) nginx and caddy for the tests)
	@bash tools/systemtools.sh
	@mkdir -p $(S) && touch $@

# ---- build ----

$(S)/runtime: $(ENGINE) $(RUNTIME) $(S)/node $(S)/tools
	$(call say,The Python runtime of the browser: wheel$(comma) bytecode$(comma) memory snapshot)
	@rm -rf build/wheel && mkdir -p build
	@$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel plugin/layerlab > build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }
	@node plugin/browser/runtime/build.mjs --wheel build/wheel/*.whl --tools build/pyodide-tools \
	  --data plugin/layerlab/src/layerlab/catalogue/data --out build/runtime
	@touch $@

$(S)/bundle: $(BROWSER) $(S)/runtime
	$(call say,The browser part)
	@node plugin/browser/bundle.mjs --runtime build/runtime --out $(ASSETS)
	@touch $@

$(S)/site: $(PAGES) $(PLUGIN) $(S)/packages $(S)/bundle
	$(call say,The site: docs/ko to site/ and docs/en to site/en/)
	@$(BIN)/mkdocs build --strict
	@touch $@

bundle: $(S)/bundle
site: $(S)/site
browser: $(S)/browser

serve: $(S)/packages $(S)/bundle
	$(call say,Serving http://$(HOST)/ (ko) and http://$(HOST)/en/ - pages are rebuilt when they change; Ctrl+C ends)
	@$(BIN)/mkdocs serve --quiet --dev-addr $(HOST)

# ---- check ----

lint: $(S)/packages $(S)/node
	$(call say,ruff)
	@$(BIN)/ruff check .
	$(call say,mypy)
	@$(BIN)/mypy
	$(call say,import-linter)
	@$(BIN)/lint-imports --config .importlinter --no-cache
	$(call say,tsc)
	@node plugin/browser/contract.mjs
	@npx --no-install tsc

test: lint $(S)/site $(S)/browser $(S)/systemtools test-node test-python

test-node: $(S)/bundle
	$(call say,The runtime under Node)
	@node --test tests/site/node/

test-python: $(S)/site $(S)/browser $(S)/systemtools
	$(call say,pytest)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(PYTEST_ARGS)

# Other readers of Dockerfiles, to measure ours against; a platform without a wheel of the binary one goes without it.
$(S)/bench: requirements/bench.txt requirements/bench-binary.txt $(S)/python
	$(call say,Other Dockerfile readers into build/bench-tools (pinned with hashes))
	@rm -rf build/bench-tools
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes -r requirements/bench.txt --target build/bench-tools
	@$(BIN)/python -m pip install -qq --no-deps --require-hashes --only-binary :all: -r requirements/bench-binary.txt \
	  --target build/bench-tools || echo 'No wheel of dockerfile for this platform: compared without it.'
	@touch $@

bench-reader: $(S)/bench $(S)/packages
	$(call say,The Dockerfile reader against others; ratios of paired rounds)
	@$(BIN)/python tests/bench/reader.py

bench-builds: $(S)/packages
	$(call say,Builds and commands; ratios of paired rounds)
	@$(BIN)/python tests/bench/builds.py

# Others that run Python in a page, and Lighthouse. What can't be had is left out, and the measurement says so.
PEERS := build/bench-peers
$(S)/bench-page: requirements/bench-page.txt requirements/bench-wheels.txt tests/bench/npm/package-lock.json $(S)/python
	$(call say,PyScript$(comma) JupyterLite and Lighthouse into $(PEERS) (pinned with hashes))
	@rm -rf $(PEERS) && mkdir -p $(PEERS)/npm && cp tests/bench/npm/*.json .npmrc $(PEERS)/npm
	@$(BIN)/python -m pip download -qq --no-deps --require-hashes -r requirements/bench-wheels.txt --dest $(PEERS)/wheels \
	  --only-binary :all: --python-version 3.14 --platform any --implementation py
	@npm ci --prefix $(PEERS)/npm --no-fund --no-audit --loglevel=error || echo 'No PyScript and no Lighthouse: npm ci failed.'
	@{ $(BIN)/python -m venv $(PEERS)/venv && $(PEERS)/venv/bin/python -m pip install -qq --require-hashes -r requirements/bench-page.txt; } \
	  || echo 'No JupyterLite: pip install failed.'
	@touch $@

bench-page: $(S)/bench-page $(S)/site $(S)/browser
	$(call say,The page: ratios of $(BENCH_ROUNDS) paired rounds)
	@$(BIN)/python tests/bench/run.py --rounds $(BENCH_ROUNDS)

bench: bench-reader bench-builds bench-page

dist: $(S)/packages $(S)/bundle
	$(call say,Wheels)
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist plugin/layerlab
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist plugin/mkdocs-layerlab

# ---- keep ----

requirements: $(S)/python $(S)/node
	$(call say,Newest versions that requirements/*.in allow)
	@$(BIN)/python -m pip install -qq pip-tools
	@CUSTOM_COMPILE_COMMAND='make requirements' $(BIN)/pip-compile --quiet --no-config --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --annotation-style=line \
	  --output-file requirements/develop.txt requirements/develop.in
	@CUSTOM_COMPILE_COMMAND='make requirements' $(BIN)/pip-compile --quiet --no-config --upgrade --generate-hashes --allow-unsafe --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --annotation-style=line \
	  --output-file requirements/bench-page.txt requirements/bench-page.in
	@$(BIN)/python tools/pin_pyodide_tools.py

clean:
	@rm -rf build site dist screenshots plugin/*/build $(ASSETS) $(S)/runtime $(S)/bundle $(S)/site
