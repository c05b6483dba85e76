# The canon of commands. `make demo` and `make test` work on a fresh machine with Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
# Where Python is told to keep no bytecode, each of hundreds of processes would compile all that it loads.
export PYTHONDONTWRITEBYTECODE :=
SPEED ?= 1
ENGINE ?= box
PORT ?= 4566
PYTHON_VERSIONS ?= 3.11 3.12 3.13
# An environment whose Python was taken off the machine is none, and is made anew.
$(shell if test -L $(BIN)/python && ! test -e $(BIN)/python; then rm -rf .venv; fi)

.PHONY: demo up test test-slow test-pythons faults chaos bench check security docs figures pin dist clean

demo: .venv/box.installed ## run the whole stack on this machine with 50 sample orders, and stop
	@$(BIN)/python -m local demo

up: .venv/box.installed ## run the whole stack on this machine and stay; SPEED=20: scaling acts 20 times as fast; ENGINE=pulumi: with the Pulumi CLI; PORT=0: any free one
	@$(BIN)/python -m local up --speed $(SPEED) --engine $(ENGINE) --port $(PORT)

# More processes than two cores: tests wait for almost as long as they compute.
test: .venv/dev.installed ## every test but the slow ones
	@$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not slow" --timeout 180 --ignore tests/lint

test-slow: .venv/dev.installed ## the slow ones: the fault table, installed packages, and long stories under the real engine (about half an hour)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m slow

test-pythons: ## the worker's unit tests on every Python that it promises, as far as it is installed
	@for version in $(PYTHON_VERSIONS); do \
		python$$version -c "" 2>/dev/null || { echo "Python $$version is not installed: skipped"; continue; }; \
		echo "Python $$version ..."; \
		test -d .pythons/$$version || python$$version -m venv .pythons/$$version || exit; \
		.pythons/$$version/bin/pip install --quiet --disable-pip-version-check -e ./worker -r tests/unit/worker_runtime/requirements.txt || exit; \
		.pythons/$$version/bin/pytest -n 2 tests/unit/worker_runtime || exit; \
	done

faults: .venv/dev.installed ## every row of the fault table (about five minutes)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder tests/faults

chaos: .venv/dev.installed ## random faults in 20 runs of 500 messages (about three minutes)
	@$(BIN)/python -m chaos

check: .venv/dev.installed ## lint, types, import rules, the Dockerfiles, and what is said of each file, input and page
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports && $(BIN)/pyright
	@$(BIN)/hadolint worker/Dockerfile examples/*/service/Dockerfile
	@$(BIN)/pytest -n 2 tests/lint

security: .security/venv/installed .venv/dev.installed ## what Checkov, parliament and Terraform say of all that is made, and whether docs/security.md gives the reason
	@$(BIN)/python -m scripts.check_security

docs: .venv/dev.installed ## write what is generated: Pulumi.yaml's config, docs/inputs.md, components/schema.json
	@$(BIN)/python -m scripts.write_docs

figures: .venv/dev.installed ## simulate what docs/scaling.md says of the presets (a few minutes)
	@$(BIN)/python -m scripts.write_scaling_figures

pin: .venv/dev.installed ## add digests to the images that the Dockerfiles begin with, from the registry itself
	@$(BIN)/python -m scripts.pin_images

dist: .venv/dev.installed ## build both packages, to be installed from dist/
	@rm -rf dist
	@for package in components worker; do $(BIN)/python -m build --outdir dist $$package || exit; done

bench: .bench/venv/installed ## measure the worker beside other SQS consumers: 15 minutes; needs Java, Maven, Go and Node
	@.bench/venv/bin/python -m bench run

clean: ## remove the virtual environment and caches
	rm -rf .venv .bench .security .pythons .pytest_cache .ruff_cache

.venv/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/box.installed: local/requirements.txt requirements.txt components/pyproject.toml worker/pyproject.toml .venv/ready
	@echo "Installing what the box needs (about a minute, once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r local/requirements.txt
	@# Compiles what the box loads, and no more.
	@$(BIN)/python -c "import local.box, stack_config"
	@touch $@

.venv/dev.installed: requirements-dev.txt components/pyproject.toml .venv/box.installed
	@echo "Installing what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-compile -r requirements-dev.txt
	@touch $@

.security/venv/installed:
	@echo "Installing Checkov and parliament, in an environment of their own ..."
	@$(PYTHON) -m venv .security/venv
	@.security/venv/bin/pip install --quiet --disable-pip-version-check "checkov>=3.2,<4" "parliament>=1.6,<2" "setuptools<81"
	@touch $@

.bench/venv/installed: bench/requirements.txt worker/pyproject.toml
	@echo "Installing what the bench needs ..."
	@$(PYTHON) -m venv .bench/venv
	@.bench/venv/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@touch $@
