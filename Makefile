# Two commands do it all on a fresh Debian machine: `make run` and `make test`.
PYTHON := .venv/bin/python
DEMO ?=
SHARE ?= 1
LINES ?=

.PHONY: run test check bench bench-readiness coverage attack gallery soak demo-package lock ready-run ready-test

run: ready-run ## the demonstration: embedded server, demo roster and test, the exam window
	@$(PYTHON) -m stamp_desktop demo $(DEMO)

# First everything that has no face, with Qt taken away; sound by itself, as it is heard in real time; then the face,
# offscreen; then the journeys, each file in a lab of its own. What fails is tried once more, alone (tests/late.py).
NO_FACE := -p no:pytest-qt -p tests.without_qt
test: ready-test ## every test
	@$(PYTHON) -m tests.late -q -n 2 --dist loadfile $(NO_FACE) tests --ignore=tests/ui --ignore=tests/journeys --ignore=tests/audio \
	  --ignore=tests/attack
	@$(PYTHON) -m tests.late -q $(NO_FACE) tests/audio
	@$(PYTHON) -m tests.late -q -n 2 --dist loadfile tests/ui
	@$(PYTHON) -m tests.late -q -n 2 --dist loadfile tests/journeys tests/attack

check: ready-test ## format, lint, types, imports
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo 2>/dev/null || .venv/bin/lint-imports

bench: ready-test ## the measured figures, as ratios against a reference of the same run
	@$(PYTHON) -m benchmarks

bench-readiness: ready-test ## as root: a line measured beside iperf3, a simulated group beside a real one; 30 minutes and 15
	@nice -n -10 $(PYTHON) -m benchmarks.readiness $(LINES)
	@nice -n -10 $(PYTHON) -m benchmarks.readiness.group

coverage: ready-test ## branches of the engine that its tests do not take: none
	@$(PYTHON) -m pytest -q -p no:pytest-qt -p tests.without_qt tests/engine --cov=stamp_desktop.engine --cov-branch \
	  --cov-report=term-missing:skip-covered --cov-fail-under=100

attack: ready-test ## attack the kiosk, with the guard and without; the report is build/attack/report.html
	@$(PYTHON) -m pytest -q tests/attack

gallery: ready-test ## every screen in every state as PNG, in build/gallery
	@QT_QPA_PLATFORM=offscreen $(PYTHON) -m stamp_desktop gallery --out build/gallery

soak: ready-test ## the long form of the fault tests and attacks, or a share of it: make soak SHARE=0.1
	@STAMP_SOAK=$(SHARE) $(PYTHON) -m pytest -q tests/faults tests/kiosk tests/attack

lock: ready-test ## pins with hashes, without hosts
	@for set in "runtime" "demo --extra server" "all --extra server --extra authoring --extra dev"; do set -- $$set; name=$$1; shift; \
	  .venv/bin/uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command "make lock" pyproject.toml $$@ -o requirements/$$name.txt; done

ready-run:
	@installers/linux/prepare run

ready-test:
	@installers/linux/prepare test
