# make demo    the whole story in a few seconds, in one process, with no cluster at hand
# make test    unit, property, integration and contract tests (loopback only)
# make lint    ruff, mypy, the import contract
# make e2e     the same contract and more, on the real cluster that KUBECONFIG names; what is skipped has failed,
#              unless E2E_REQUIRED=0 says otherwise
# make bench   speeds, as ratios against named rivals in one run
# make picture the README's picture, from a real run
# make causes  docs/causes.md, from the catalogue
# make growth  docs/growth.svg, from a run of the bench of that name
# make chart   what the Helm chart takes from the source: definitions, dashboard, versions
# make archive a self-contained archive of the command line for this machine, and its Krew manifest

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo test lint format e2e bench picture causes growth chart archive constraints clean

demo: $(READY)
	@$(BIN)/pullsecret demo

# Three at once: what measures coverage, which slows it down, keeps a core busy; the others mostly wait for sockets
# and processes. The last is in front: a shell's background work ignores Ctrl-C, which some of these tests send.
test: $(READY)
	@rm -f .coverage .coverage.* .test-*.log
	@{ $(BIN)/coverage run -m pytest tests/unit && $(BIN)/pytest tests/property; } >.test-measured.log 2>&1 & \
	  measuring=$$!; \
	  $(BIN)/pytest tests/contract >.test-contract.log 2>&1 & contracting=$$!; \
	  $(BIN)/pytest tests/integration; waited=$$?; \
	  wait $$contracting; contracted=$$?; cat .test-contract.log; \
	  wait $$measuring; measured=$$?; cat .test-measured.log; rm -f .test-*.log; \
	  exit $$((measured | contracted | waited))
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report --include='src/pullsecret/core/*,src/pullsecret/app/*' --fail-under=100

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

e2e: $(READY)
	@tests/e2e/setup
	E2E_REQUIRED=$${E2E_REQUIRED-1} $(BIN)/pytest tests/e2e tests/contract --cluster=real --durations=15

bench: $(READY)
	@$(BIN)/python -m tests.bench

picture: $(READY)
	@$(BIN)/python tools/picture.py

causes: $(READY)
	@$(BIN)/python tools/causes.py

growth: $(READY)
	@$(BIN)/python tools/growth.py

chart: $(READY)
	@$(BIN)/python tools/chart.py

archive: $(READY)
	@$(BIN)/python tools/archive.py $(if $(URL),--url $(URL))

# Every version that the tests were run with; makes the environment anew from the newest ones that fit.
constraints:
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check --upgrade pip
	@$(BIN)/pip install -q --disable-pip-version-check -e . --group dev
	@{ echo "# Pinned versions of all that the Makefile installs. Made by: make constraints"; \
	   $(BIN)/pip list --format=freeze --exclude pullsecret --exclude pip --exclude setuptools; } > constraints.txt
	@touch $(READY)

clean:
	rm -rf $(VENV) .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "pullsecret needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "this Python cannot make a virtual environment; on Debian: apt install python3-venv" >&2; exit 1; }
	@echo "making $(VENV) (once)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt --upgrade pip
	@$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@
