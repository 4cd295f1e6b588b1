# The chores. Each works as the first command on a fresh Debian or Ubuntu with Python >= 3.11.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen

.PHONY: setup demo serve test check bench soak changelog docs clean

setup:
	@sh tools/setup.sh

demo: setup
	$(RUN) sanfu demo --out demo

serve: setup
	$(RUN) sanfu serve demo

check: setup
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy
	$(RUN) pytest -q -n auto -m "not slow and not browser and not spark"

test: setup
	@if command -v java >/dev/null 2>&1; then $(UV) sync --frozen --quiet --inexact --group spark || true; fi
	$(RUN) pytest -n auto --dist loadgroup

bench: setup
	$(RUN) --group bench --group spark python -m benchmarks

# Every firm by the exact interpreter too, then what Hypothesis tries, from other seeds each round.
ROUNDS ?= 10
soak: setup
	SANFU_SOAK=1 $(RUN) pytest -n auto --dist loadgroup tests/ladder/test_parity.py
	for seed in $$(seq $(ROUNDS)); do \
	  $(RUN) pytest -q -n auto -m hypothesis --hypothesis-seed=$$seed || exit 1; \
	done

# What the fragments in changelog.d/ say, gathered in CHANGELOG.md under "Unreleased".
changelog:
	python3 tools/changelog.py

docs: setup
	$(RUN) --group docs zensical build

clean:
	rm -rf demo dist site .coverage htmlcov
