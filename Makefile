# Two commands matter to a newcomer: `make demo` and `make test`. Each does all of its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
CATALOGUES := pages/translations kiosk_ui/translations hr/web/translations simulators/translations

.PHONY: demo test test-fast check bench soak fuzz check-deploy pictures lock translations clean

demo: $(VENV)/run-ready  ## the whole factory on this machine with simulated devices; needs no root
	@$(BIN)/clockpiece demo $(ARGS)

test: $(VENV)/dev-ready  ## all tests; installs the Debian packages they need when it may
	@deploy/system-packages.sh
	@$(BIN)/pytest tests --durations=10 -n auto --maxprocesses 4 --dist worksteal

FAST := core devices domain framing link pages store sync test_settings.py
test-fast: $(VENV)/dev-ready  ## the unit tests of rules, journal, link, wires and sync, in seconds
	@$(BIN)/pytest $(addprefix tests/unit/,$(FAST)) --fast -n auto --maxprocesses 4 --dist worksteal -p no:schemathesis

check: $(VENV)/dev-ready  ## format, lint, types, imports between the rooms, documentation
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest tests/docs

bench: $(VENV)/dev-ready  ## the budgets, each as a ratio to a limit taken in the same run; writes docs/figures.md
	@deploy/system-packages.sh
	@$(BIN)/python -m tests.bench

MINUTES ?= 30
SEED ?= $(shell date +%m%d%H%M)
soak: $(VENV)/dev-ready  ## long runs of the fault harnesses, with new seeds each time: make soak MINUTES=30
	@$(BIN)/python -m tests.faults.soak --minutes $(MINUTES) --seeds $(SEED)

SECONDS ?= 300
fuzz: $(VENV)/dev-ready  ## every parser under a coverage-guided fuzzer: make fuzz SECONDS=300
	@$(BIN)/python -c 'import atheris' 2>/dev/null || { echo "Installing atheris (once) ..."; \
		$(PIP) install 'atheris>=3,<4' || { echo "atheris has wheels for x86_64 Linux alone; elsewhere it needs clang." >&2; exit 1; }; }
	@$(BIN)/python -m tests.fuzz --seconds $(SECONDS)

check-deploy: $(VENV)/dev-ready  ## the installation: units, a chroot for arm64, a real systemd; minutes, as root
	@$(BIN)/python -m tests.deploy $(ARGS)

pictures: $(VENV)/dev-ready  ## writes docs/pictures from the running demo
	@deploy/system-packages.sh
	@$(BIN)/python -m tests.pictures

lock: $(VENV)/dev-ready  ## writes requirements/*.txt anew: one lock with hashes for every supported Python and machine
	@$(PIP) install uv
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --annotation-style=line --quiet --output-file requirements/run.txt
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --annotation-style=line --quiet --constraint requirements/run.txt --output-file requirements/dev.txt
	@for extra in camera keyboard gpio postgres; do \
		$(BIN)/uv pip compile pyproject.toml --extra $$extra --universal --python-version 3.11 --generate-hashes --no-header \
			--no-emit-index-url --annotation-style=line --quiet --constraint requirements/run.txt \
			--output-file requirements/$$extra.txt || exit 1; \
	done
	@$(BIN)/uv pip compile requirements/tryton.in --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --annotation-style=line --quiet --output-file requirements/tryton.txt

# --- set-up: a virtual environment with exactly the locked packages, and the project itself -----------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Clockpiece needs Python 3.11 or newer; $(PYTHON) is `$(PYTHON) --version`." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "No virtual environment could be made: sudo apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/run-ready: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Clockpiece needs (once) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pages.catalogues $(CATALOGUES) >/dev/null
	@touch $@

$(VENV)/dev-ready: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Clockpiece and its tests need (once) ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@PYTHONWARNINGS=ignore $(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m pages.catalogues $(CATALOGUES) >/dev/null
	@touch $@ $(VENV)/run-ready

translations: $(VENV)/run-ready
	@$(BIN)/python -m pages.catalogues $(CATALOGUES) >/dev/null

clean:
	@rm -rf $(VENV) var build *.egg-info
