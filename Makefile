# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a person or a pipeline runs. `make` lists the targets. Everything is made under .venv and .build.

STAGES := demo style units
# Stages that mostly use one core, in lanes that run beside each other.
LANE_OF_CHECKOUT := lint docs
LANE_OF_PACKAGE := package modules
# What takes too long for each change, and runs each night.
SLOW_STAGES := versions
SLOW_LANES := events integration
# What the inner loop runs: not what is about the emulator, the documentation and whole playbooks.
QUICK_TESTS := $(addprefix tests/unit/,applying doors files operations planning reading resources running transport wire)
RESULTS := .build/results
COLLECTION := .build/ansible_collections/dasha/blackbox
PYTHONS_FOR_TOOLS := $(CURDIR)/.build/pythons

# pyenv puts commands on PATH for every Python it holds, which run only those that this variable names.
ifneq (,$(shell command -v pyenv 2>/dev/null))
export PYENV_ROOT ?= $(shell pyenv root)
export PYENV_VERSION := $(shell pyenv versions --bare | sort -rV | paste -sd:)
endif

# Tried by running it, for a command of that name may be there and not work.
PYTHON ?= $(or $(shell export PYENV_VERSION='$(PYENV_VERSION)'; for python in python3.13 python3.12 python3.11 python3; do \
  $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; \
  done),$(error No Python 3.11 or newer with its venv module was found; name one: make PYTHON=/path/to/python3))

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_HOME := $(CURDIR)/.build/ansible
export ANSIBLE_LOCAL_TEMP := $(ANSIBLE_HOME)/tmp
export ANSIBLE_REMOTE_TEMP := $(ANSIBLE_HOME)/tmp
export ANSIBLE_ASYNC_DIR := $(ANSIBLE_HOME)/async
export ANSIBLE_GALAXY_CACHE_DIR := $(ANSIBLE_HOME)/galaxy_cache
export PYTEST_DEBUG_TEMPROOT := $(CURDIR)/.build
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.build/hypothesis

# Compiling the tests and the tools anew in each process takes seconds.
unexport PYTHONDONTWRITEBYTECODE

# Only the demo, called for by its name, may ever reach the real service.
ifneq ($(MAKECMDGOALS),demo)
unexport $(filter BLACKBOX_%,$(.VARIABLES))
endif

# For the tools that write to the home directory whatever they are told.
AT_HOME := HOME=$(CURDIR)/.build/home
# ansible-test hands hardly any variable on, so the Pythons that only run with one need to be wrapped.
ANSIBLE_TEST = cd $(COLLECTION) && export $(AT_HOME) PATH="$(CURDIR)/.venv/bin:$(PYTHONS_FOR_TOOLS):$$PATH" && ansible-test
THIS_PYTHON = $$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
PIP_INSTALL := .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: FORCE help test check quick format coverage compatibility mutation benchmark findings picture clean \
  matrix sanity $(STAGES) $(LANE_OF_CHECKOUT) $(LANE_OF_PACKAGE) $(SLOW_STAGES) $(SLOW_LANES)

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):[^#]*## */\1\t/p' $(MAKEFILE_LIST) | expand -t 14

demo: .venv/demo  ## run examples/demo.yml against the emulator; with BLACKBOX_API_KEY set, against the service
	@.venv/bin/python examples/run_demo.py

test: .venv/dev .build/home  ## the checks and tests for each change, with one version of ansible-core
	@rm -rf $(RESULTS)
	@.venv/bin/python tests/utils/run_stages.py --make "$(MAKE)" --results $(RESULTS) $(STAGES) \
	  --lane "$(LANE_OF_CHECKOUT)" --lane "$(LANE_OF_PACKAGE)"

check: .venv/dev  ## the inner loop: style, types, and the quick unit and wire tests
	@$(MAKE) --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync) style quick

quick: .venv/dev
	HYPOTHESIS_PROFILE=quick pytest --numprocesses auto --quick $(QUICK_TESTS)

style: .venv/dev  ## formatting, lint rules and types
	ruff check
	ruff format --check
	yamllint --strict .
	mypy

units: .venv/dev  ## unit and wire tests, those of the emulator too; `make matrix` has the thorough ones
	pytest --numprocesses auto --dist worksteal --junit-xml $(RESULTS)/units/pytest.xml

format: .venv/dev  ## let ruff put the code into shape
	ruff check --fix
	ruff format

# It works in a temporary folder of random name, and reads a name that ends in _ as a link: one run in 37 fails for nothing.
LINT_DOCS = $(AT_HOME) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs all --disallow-unknown-collection-refs --check-extra-docs-refs .

lint: .venv/dev .build/home  ## ansible-lint, spelling, words, shell scripts, workflows, changelog, documentation
	$(AT_HOME) ansible-lint -q --offline
	codespell
	python tests/utils/check_words.py
	shellcheck .ci/run findings/*.sh
	check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	antsibull-changelog lint
	reuse lint --quiet
	$(LINT_DOCS) || $(LINT_DOCS)

docs: .venv/dev .build/home  ## the documentation as a site, in .build/docs/html
	rm -rf .build/docs && mkdir -p .build/docs && mkdir -m 700 .build/docs/source
	$(AT_HOME) antsibull-docs --config-file docs/antsibull-docs.cfg collection --use-current --squash-hierarchy --dest-dir .build/docs/source dasha.blackbox
	sphinx-build -q -W --keep-going -c docs .build/docs/source .build/docs/html
	@echo "The site is in .build/docs/html/index.html"

package: $(COLLECTION)  ## build the collection, import it as Galaxy does, read what execution environments install
	rm -f .build/*.tar.gz
	ansible-galaxy collection build --force --output-path .build
	cd .build && $(AT_HOME) python ../tests/utils/import_like_galaxy.py *.tar.gz
	python tests/utils/check_execution_environment.py .build

modules: $(COLLECTION)  ## what ansible-test sanity says of documentation, options and metadata
	@$(ANSIBLE_TEST) sanity --local $(addprefix --test ,action-plugin-docs ansible-doc runtime-metadata validate-modules)

sanity: $(COLLECTION)  ## ansible-test sanity on the built collection, with every supported Python on this machine
	@$(ANSIBLE_TEST) sanity --local

integration: $(COLLECTION)  ## ansible-test integration on the built collection; T=target for one
	@$(ANSIBLE_TEST) integration --local --python $(THIS_PYTHON) $(T)
	@mkdir -p $(RESULTS)/integration && cp $(COLLECTION)/tests/output/junit/*.xml $(RESULTS)/integration/

events: .venv/dev  ## the event source in a real ansible-rulebook
	@.venv/bin/python tests/utils/run_events.py --results $(RESULTS)/events

matrix: .venv/dev  ## thorough tests, and unit tests and playbooks with other supported versions of ansible-core
	@.venv/bin/python tests/utils/matrix.py --results $(RESULTS)/matrix

compatibility: .venv/dev .build/home  ## all that is left out of `make test`, with every supported ansible-core (slow)
	@rm -rf $(RESULTS)
	@.venv/bin/python tests/utils/run_stages.py --make "$(MAKE)" --results $(RESULTS) $(SLOW_STAGES) \
	  $(foreach stage,$(SLOW_LANES),--lane $(stage))

versions: $(COLLECTION)  ## sanity, unit tests and playbooks on every supported ansible-core, and on the next one (slow)
	@.venv/bin/python tests/utils/matrix.py --all --results $(RESULTS)/versions

coverage: .venv/dev  ## what the unit and wire tests cover of the plugins
	pytest --quiet --numprocesses auto --cov=plugins --cov-branch --cov-report=term-missing:skip-covered

mutation: .venv/dev  ## how many seeded faults the tests notice (slow)
	@$(PIP_INSTALL) -r tests/mutation/requirements.txt
	.venv/bin/python tests/mutation/run.py

benchmark: .venv/dev  ## how fast the modules and the emulator are
	.venv/bin/python tests/benchmark/run.py

findings: .venv/dev  ## what other software does otherwise than one would guess, run again (slow); T=name for one
	@.venv/bin/python tests/utils/run_findings.py $(T)

picture: .venv/dev  ## draw the run that the README shows
	.venv/bin/python tests/utils/capture.py docs/first-run.svg

clean:  ## remove everything that was made
	rm -rf .venv .build .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache .coverage tests/output
	find plugins tests examples docs extensions -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps hold the path of the checkout: an environment that was copied or moved is made anew.
# The checkout itself stands among the installed collections, so every tool finds it without a setting.
.venv/demo: requirements.txt tests/emulator/requirements.txt $(if $(filter-out $(shell cat .venv/demo 2>/dev/null),$(CURDIR)),FORCE)
	@echo "Making the environment for the demo in .venv with $(PYTHON)"
	@$(PYTHON) -m venv --clear .venv
	@$(PIP_INSTALL) -r requirements.txt
	@cd .venv/lib/python3.*/site-packages && mkdir -p ansible_collections/dasha && ln -s "$(CURDIR)" ansible_collections/dasha/blackbox
	@mkdir -p $(RESULTS) && echo "$(CURDIR)" > $@

.venv/dev: .venv/demo requirements-dev.txt tests/unit/requirements.txt
	@echo "Adding the development tools to .venv, about a minute"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# A home directory without what ansible-test would fetch from the net.
.build/home: .venv/dev tests/utils/seed_home.py
	@.venv/bin/python tests/utils/seed_home.py $@ $(PYTHONS_FOR_TOOLS)
	@touch $@

# What users install, with all tests, where ansible-test wants it. A git repository of its own, because inside this one
# ansible-test would list the files that git ignores, which is all of them, and pass for want of anything to test.
$(COLLECTION): .build/home FORCE
	@rm -rf $@
	@ansible-galaxy collection install --force --offline --no-deps -p .build . >/dev/null
	@tar --create --exclude __pycache__ --exclude tests/output tests | tar --extract --directory $@
	@git init --quiet $@

FORCE:
