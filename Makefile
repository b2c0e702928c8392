# Two commands do all set-up on a machine that has Python 3.11 or later and make:
#   make demo   installs sigma_amsi into .venv and runs its main job on the AMSI rule
#   make test   builds sdist and wheel, installs the wheel into .venv-test, fetches the real engines, and passes all tests

PYTHON ?= python3
DEMO := .venv/bin
TEST := .venv-test/bin
SOURCES := pyproject.toml hatch_build.py $(shell find sigma_amsi backends pipelines -type f -not -name '*.pyc')

.PHONY: demo test lint engines unit clean

demo: .venv/installed
	$(DEMO)/python examples/amsi.py

test: lint engines unit

.venv/installed: $(SOURCES)
	$(PYTHON) -m venv .venv
	$(DEMO)/pip install --quiet --disable-pip-version-check .
	touch $@

# The wheel is built from the sdist, so that what is tested is what is shipped.
.venv-test/installed: $(SOURCES)
	$(PYTHON) -m venv .venv-test
	$(TEST)/pip install --quiet --disable-pip-version-check build
	rm -rf dist && $(TEST)/python -m build --outdir dist .
	$(TEST)/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps dist/*.whl
	$(TEST)/pip install --quiet --disable-pip-version-check "$$(ls dist/*.whl)[test]"
	touch $@

lint: .venv-test/installed
	$(TEST)/ruff check .
	$(TEST)/ruff format --check .
	$(TEST)/mypy

engines: .venv-test/installed
	$(TEST)/python -m tests.engines.install
	$(TEST)/python -m tests.package.appinspect

# The tests run on a copy, so that they import the installed wheel and not the checkout.
unit: .venv-test/installed
	rm -rf build/tested && mkdir -p build/tested
	cp -R tests examples docs benchmarks README.md CHANGELOG.md pyproject.toml hatch_build.py LICENSE build/tested/
	cd build/tested && \
	SIGMA_AMSI_CHECKOUT="$(CURDIR)" SIGMA_AMSI_ENGINES="$${SIGMA_AMSI_ENGINES:-$(CURDIR)/.engines}" \
	SIGMA_AMSI_CORPUS="$${SIGMA_AMSI_CORPUS:-$(CURDIR)/../shared/corpus}" \
	"$(CURDIR)/$(TEST)/python" -m pytest -q

clean:
	rm -rf .venv .venv-test dist build
