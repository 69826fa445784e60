# `npm install --no-save` rather than `npm ci`: the lock file was written where the registry serves only this
# platform's optional binaries, and `npm ci` refuses a lock without the others. Versions are the lock's either way.
# The commands of README.md. Each works from a fresh clone: what is missing is installed first, and only once.
.PHONY: setup demo test soak bench bench-repository unit check build testbed-up testbed-down clean

# Node 24 comes from the npm registry as a development dependency; npm puts it first on the PATH of its scripts.
node_modules/.package-lock.json: package.json package-lock.json
	@echo 'make: installing Node 24 and the npm packages (usually under a minute)'
	npm install --no-save --no-audit --no-fund
	@touch $@

setup: node_modules/.package-lock.json

demo: setup
	@echo 'make: a real cluster, backed up, destroyed and brought back (usually a minute or a few; with empty caches,'
	@echo 'make: where Kubernetes is built from source, up to 25 minutes the first time); DEMO=--list lists the others'
	npm run --silent demo -- $(DEMO)

test: setup
	@echo 'make: checks, unit tests, tests on a real cluster (usually 35 minutes; with empty caches, where Kubernetes,'
	@echo 'make: Velero and kopia are built from source, some 15 more; it stops after an hour)'
	HOZON_TESTS_UNTIL=$$(($$(date +%s) + 3600)) timeout --foreground --kill-after=60 3600 npm test

soak: setup
	@echo 'make: the same suites with many times the faults, kills and random cases (usually one to two hours;'
	@echo 'make: HOZON_SOAK=3 make soak for three times as many as make test has)'
	npm run soak

bench: setup
	@echo 'make: Hozon beside the real Velero server on one cluster, then 100,000 objects (usually half an hour)'
	npm run --silent bench

bench-repository: setup
	@echo 'make: Hozon beside restic on 60,000 files and 8 GiB in all (usually ten minutes; 20 GiB of disk)'
	npm run --silent bench:repository

unit: setup
	npm run unit

check: setup
	npm run check

build: setup
	npm run build

testbed-up: setup
	npm run testbed:up

testbed-down: setup
	npm run testbed:down

clean:
	rm -rf dist node_modules
