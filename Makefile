# Two commands do everything on a machine with Python 3.11+, make and git: `make plan` and `make test`.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: plan test check release clean

## plan: what `live/dev` would change, planned by real Terraform
plan: .venv/installed
	$(BIN)/tfwrap plan dev

## test: style, types, layers and all tests
test: check
	$(BIN)/pytest -n 2 --dist loadgroup

check: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

## release: wheel, sdist and bill of materials of this tree, in dist/
release: .venv/installed
	$(BIN)/python tools/release/build.py dist

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable . --group dev
	touch $@

clean:
	rm -rf .venv .tfwrap dist
