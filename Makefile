# Targets that need it set it up first: a virtual environment in .venv from requirements.lock.
PYTHON ?= python3
STUDY ?=
SEEDS ?= $(if $(STUDY),,5)
BIN := .venv/bin
READY := .venv/ready
TYPING := .venv/typing
COMPILED := $(wildcard harness/engines/native/* harness/engines/cuda/*)
CXX_FILES := $(filter %.cpp %.hpp %.cuh %.cu,$(COMPILED) $(wildcard tests/native/* tests/cuda/*))
CHECKED := tests/native tests/cuda
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo)
MEASURE = $(BIN)/pytest tests/speed/test_speed.py --benchmark-only --benchmark-columns=median,iqr,rounds
INSTALL = $(AS_ROOT) apt-get update -qq && $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends
TWO_AT_ONCE := -n 2 -p no:benchmark
SELECTION := $(if $(RECIPES),--recipes "$(RECIPES)") $(if $(JOBS),--jobs $(JOBS)) $(if $(DATA),--data "$(DATA)")

# Byte code is always kept, whatever the environment says: every worker and test process needs it.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup regressions effects bench study confirm demo report models test test-slow test-lowest check format \
  docs lock clean gate bits sanitize cuda-check peak old-processor same-distribution coverage speed speed-compare \
  speed-baseline scale cluster-scale chaos hostile test-cluster test-page \
  tests/native/shared $(foreach folder,$(CHECKED),$(folder)/bits $(folder)/sanitize)

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

bench: $(READY) ## train SEEDS=5 seeds of mnist, or all of STUDY=name, and report; RECIPES=a,b JOBS=N DATA=dir
	$(BIN)/harness bench $(STUDY) $(if $(SEEDS),--seeds $(SEEDS)) $(SELECTION)

study: $(READY) ## train all declared seeds of STUDY (mnist) and report
	$(BIN)/harness bench $(STUDY) $(SELECTION)

confirm: $(READY) ## the same, then the choice and its rival on seeds that took no part in the choice
	$(BIN)/harness bench $(STUDY) $(SELECTION) --confirm

gate: $(READY) ## has a change lowered the accuracy? in about three minutes, for STUDY (mnist); DATA=dir
	$(BIN)/harness gate $(STUDY) $(if $(JOBS),--jobs $(JOBS)) $(if $(DATA),--data "$(DATA)") $(GATE)

demo: $(READY) ## the whole workflow on scikit-learn's digits, in about two minutes
	$(BIN)/harness bench digits $(if $(JOBS),--jobs $(JOBS))

report: $(READY) ## write the report of STUDY from whatever runs there are
	$(BIN)/harness report $(STUDY)

models: $(READY) ## list the architectures
	$(BIN)/harness models

# Several run side by side, where more threads than cores would wait for one another.
test test-slow test-lowest test-cluster hostile: export OMP_NUM_THREADS := 1

test: $(READY) ## run the tests
	$(BIN)/pytest $(TWO_AT_ONCE) --dist worksteal -m "not slow$(if $(UNLOCKED), and not locked)"

test-slow: $(READY) ## run the tests that train, build or install for longer
	$(BIN)/pytest $(TWO_AT_ONCE) --dist loadfile -m "slow$(if $(UNLOCKED), and not locked)"

test-lowest: $(READY) ## run the tests with the oldest versions that pyproject.toml allows, installed in build/lowest
	rm -rf build/lowest
	$(PYTHON) -m venv build/lowest
	$(BIN)/uv pip install --quiet --python build/lowest/bin/python --resolution lowest-direct --editable '.[dev]'
	build/lowest/bin/pytest $(TWO_AT_ONCE) --dist worksteal -m "not slow and not locked"

cluster-scale: $(READY) ## what 5,000 short runs cost the parent of a cluster
	$(BIN)/pytest tests/speed/test_cluster_scale.py --benchmark-only --benchmark-columns=median,rounds

chaos: $(READY) ## kill workers and benches a hundred times at random: nothing finished is lost (minutes)
	$(BIN)/pytest -s tests/chaos

hostile: $(READY) ## fifteen thousand broken study files and records, and obstacles to commands: one line each
	$(BIN)/pytest $(TWO_AT_ONCE) tests/hostile

test-cluster: $(READY) ## benches on a real dask scheduler and workers that are killed (a few minutes)
	$(BIN)/pytest tests/cluster

test-page: $(READY) ## the report's page in Chromium, which is installed if missing (Debian)
	command -v chromium > /dev/null || { $(INSTALL) chromium; }
	$(BIN)/pytest tests/page

check: $(READY) ## lint, formatting, the rooms' import order, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/clang-format --dry-run --Werror $(CXX_FILES)
	PYTHONPATH=$(TYPING):$$(echo .venv/lib/python3*/site-packages) $(BIN)/python -S $(BIN)/lint-imports --no-cache
	MYPYPATH=$(TYPING) $(BIN)/mypy -p reprobench

docs: $(READY) ## write the pages of docs/ that come from the code
	$(BIN)/python -m reprobench.harness.study.reference > docs/study-file.md
	$(BIN)/python -m reprobench.harness.reporting.files_page

format: $(READY) ## rewrite the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/clang-format -i $(CXX_FILES)

bits: $(addsuffix /bits,$(CHECKED)) ## native engine: the pinned digests from gcc, clang, AVX-512, aarch64 and the CUDA kernels

sanitize: $(addsuffix /sanitize,$(CHECKED)) ## native engine and CUDA kernels: address and undefined-behaviour sanitizers

$(foreach folder,$(CHECKED),$(folder)/bits $(folder)/sanitize): tests/native/shared
tests/native/shared $(foreach folder,$(CHECKED),$(folder)/bits $(folder)/sanitize):
	$(MAKE) -C $(@D) $(@F)

cuda-check: ## CUDA engine on an NVIDIA GPU: committed digests and runs, groups of seeds, speed; seven minutes at most
	$(MAKE) -C tests/cuda check

peak: ## native engine: share of the multiply-add peak, layer by layer
	$(MAKE) -C tests/native $@

regressions: $(READY) ## plant real defects, and show what the gate says of each (an hour or two); DEFECTS=name
	$(BIN)/pytest tests/regressions $(if $(DEFECTS),-k "$(DEFECTS)")

effects: $(READY) ## measure what each of these defects costs, over 40 seeds per side (an hour or two)
	PYTHONPATH=tests:tests/regressions $(BIN)/python tests/regressions/measure.py

old-processor: $(READY) ## native engine: what a processor without AVX2 gets
	$(MAKE) -C tests/native $@

same-distribution: $(READY) ## native engine: compare 40 seeds with 40 of the torch engine (an hour)
	$(BIN)/python tests/native/distribution.py

coverage: $(READY) ## simulate how often the report's intervals cover the truth (minutes), for its note on method
	$(BIN)/python -m reprobench.harness.statistics.coverage

speed: $(READY) ## measure the speed of training, evaluation and augmentation, as ratios
	mkdir -p out
	$(MEASURE) --benchmark-json=out/speed.json

speed-compare: speed ## the same, compared with the committed ratios: which changed by more than their spread
	$(BIN)/python tests/speed/compare.py out/speed.json

speed-baseline: $(READY) ## measure three times, and write the ratios to be committed
	mkdir -p out
	for n in 1 2 3; do $(MEASURE) --benchmark-json=out/speed-$$n.json || exit 1; done
	$(BIN)/python tests/speed/compare.py --write out/speed-1.json out/speed-2.json out/speed-3.json

scale: $(READY) ## measure time and memory of reports of 100 and of 10,000 runs (minutes)
	$(BIN)/pytest tests/speed/test_scale.py tests/speed/test_import_scale.py --benchmark-only --benchmark-columns=median,rounds

lock: $(READY) ## write the newest versions that fit together into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --extra dev --upgrade pyproject.toml -o requirements.lock

clean: ## remove everything generated except the ledger, the data and committed reports
	rm -rf .venv out build dist .pytest_cache .mypy_cache .ruff_cache .benchmarks .hypothesis
	find harness models tests examples -name __pycache__ -prune -exec rm -rf {} +

setup: $(READY) ## only make the virtual environment

# The package is installed as reprobench. The type checker and the import linter find the sources
# under that name by these links, since the editable installation has its folders in different places.
$(READY): pyproject.toml requirements.lock $(COMPILED)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	@echo 'Setting up .venv: on Linux 6 GB, most of it libraries that come with PyTorch (docs/install.md).'
	$(PYTHON) -m venv .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r .venv/uv.lock
	@echo 'installing the locked packages: some minutes the first time'
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	@echo 'Building the native engine, if there is a C++ compiler: a minute or two.'
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	mkdir -p $(TYPING)/reprobench
	ln -sfn "$(CURDIR)/harness" $(TYPING)/reprobench/harness
	ln -sfn "$(CURDIR)/models" $(TYPING)/reprobench/models
	ln -sfn "$(CURDIR)/harness/api/reprobench/__init__.py" $(TYPING)/reprobench/__init__.py
	touch $(READY)
