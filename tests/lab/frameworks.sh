#!/bin/sh
# Print the paths of pre-commit and lefthook, a line each: frameworks.sh [--fetch]
#
# Those that are installed are taken as they are. With --fetch, what is missing comes from where its
# authors publish it (PyPI, the npm registry) into build/lab/, with everything it needs.
# Exit status: 0; 69 with one sentence on stderr if one is not to be had.
set -eu

lab=$(cd "$(dirname "$0")/../.." && pwd)/build/lab
fetch=${1:-}

fail() {
	echo "frameworks: $*" >&2
	exit 69
}

fetch_pre_commit() {
	python3 -m venv "$lab/python" &&
		"$lab/python/bin/pip" install -q --disable-pip-version-check pre-commit
}

# Its own script after the installation would put hooks into the repository it finds itself in.
fetch_lefthook() {
	npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$lab/node" lefthook
}

find_one() {
	command -v "$1" || command -v "$lab/python/bin/$1" ||
		command -v "$lab/node/node_modules/.bin/$1"
}

# provide NAME FETCH: print where NAME is, after FETCH if need be.
provide() {
	find_one "$1" && return
	[ "$fetch" = --fetch ] || fail "no $1 here; 'sh tests/lab/frameworks.sh --fetch' brings it"
	mkdir -p "$lab"
	"$2" > "$lab/$1.log" 2>&1 || fail "could not fetch $1: $(tail -n 1 "$lab/$1.log")"
	find_one "$1" || fail "no $1 after it was fetched"
}

provide pre-commit fetch_pre_commit
provide lefthook fetch_lefthook
