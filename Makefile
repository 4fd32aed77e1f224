# One command each: make demo, make test, make lint, make bench-nias, ... The first makes its own environment.
PY   := .venv/bin/python
UV   := PYTHONPATH=.uv python3 -m uv
LOCK := requirements.lock

.PHONY: demo demo-map demo-env test lint format lock bench-nias bench-vos bench-spatial bench-envs bench-recognition bench-live clean help

help:            ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

demo: .venv/stamp        ## watch a real street clip, ask it questions, write the report page
	$(PY) -P demos/street.py

demo-map: .venv/stamp    ## map a room (and a real kitchen, where its frames are), ask where things are
	$(PY) -P demos/room.py

demo-env: .venv/stamp    ## an apartment toured, changed, filmed, mapped and asked
	$(PY) -P demos/apartment.py

test: .venv/stamp        ## run the test suite, a worker a core; ARGS="-n 0 tests/memory" for a part, in one process
	OMP_NUM_THREADS=1 $(PY) -P -m pytest -n auto $(ARGS)

lint: .venv/stamp        ## ruff (lint and format) and mypy strict
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: .venv/stamp      ## rewrite the code in the house format
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench-nias: .venv/stamp  ## needle in a stream: the table, the JSON and the plot
	PYTHONPATH=. $(PY) -P -m benchmarks.nias $(ARGS)

bench-vos: .venv/stamp   ## J, F and J&F of trackers on clips with known masks: table, JSON and plot
	PYTHONPATH=. $(PY) -P -m benchmarks.vos $(ARGS)

bench-spatial: .venv/stamp  ## the 3D memory beside OctoMap and others: tables, JSON and plots
	OMP_NUM_THREADS=1 PYTHONPATH=. $(PY) -P -m benchmarks.spatial $(ARGS)

bench-envs: .venv/stamp  ## environments: steps a second, resets, renderers, tasks by baselines
	OMP_NUM_THREADS=1 PYTHONPATH=. $(PY) -P -m benchmarks.envs $(ARGS)

bench-recognition: .venv/stamp  ## are things of furniture catalogues recognised? ARGS="FOLDER"
	OMP_NUM_THREADS=1 PYTHONPATH=. $(PY) -P -m benchmarks.recognition $(ARGS)

bench-live: .venv/stamp  ## streammem live beside a real browser: latency, answers, hours, losses, hostile messages
	PYTHONPATH=. $(PY) -P -m benchmarks.live $(ARGS)

lock: .uv/stamp          ## resolve pyproject.toml again into the lock
	$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet -o $(LOCK)

# pip brings a pinned uv; uv fills .venv from the lock; the stamps make the second time fast.
.uv/stamp: scripts/uv.lock
	python3 -m pip install --quiet --require-hashes --no-deps --upgrade --target .uv -r scripts/uv.lock
	touch $@

.venv/stamp: $(LOCK) pyproject.toml .uv/stamp
	test -x $(PY) || $(UV) venv --quiet --python python3 .venv
	$(UV) pip install --python $(PY) --quiet --require-hashes -r $(LOCK)
	$(UV) pip install --python $(PY) --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean:           ## remove the environment and everything built
	rm -rf .venv .uv build out *.egg-info
