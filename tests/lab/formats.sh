#!/bin/sh
# Print the folder with what judges the formats of reports: formats.sh [--fetch]
#
#   python/bin/python3   with jsonschema and lxml
#   sarif.schema.json    of OASIS, as the module go-sarif carries it
#   junit.xsd            of Jenkins' xunit plugin, as the sources of pytest carry it
#   promtool             of Prometheus
#
# With --fetch, what is missing comes from where its authors publish it (Go's module proxy, PyPI, the packages
# of the system) into build/lab/formats, in the versions named here. Nothing is installed.
# Exit status: 0; 69 with one sentence on stderr if something is not to be had.
set -eu

GO_SARIF=v3.3.1
PYTEST=8.3.4
JSONSCHEMA=4.23.0
LXML=5.3.0

lab=$(cd "$(dirname "$0")/../.." && pwd)/build/lab/formats
fetch=${1:-}

fail() {
	echo "formats: $*" >&2
	exit 69
}

has_python() {
	[ -x "$lab/python/bin/python3" ] && "$lab/python/bin/python3" -c "
import importlib.metadata as m
assert (m.version('jsonschema'), m.version('lxml')) == ('$JSONSCHEMA', '$LXML')" 2> /dev/null
}
fetch_python() {
	python3 -m venv "$lab/python" && "$lab/python/bin/pip" install -q --disable-pip-version-check \
		--only-binary :all: "jsonschema==$JSONSCHEMA" "lxml==$LXML"
}

has_junit() { [ -s "$lab/junit-$PYTEST.xsd" ]; }
fetch_junit() {
	"$lab/python/bin/pip" download -q --disable-pip-version-check --no-deps --no-binary :all: -d "$work" \
		"pytest==$PYTEST" &&
		tar -xzOf "$work/pytest-$PYTEST.tar.gz" "pytest-$PYTEST/testing/example_scripts/junit-10.xsd" \
			> "$work/junit.xsd" && mv "$work/junit.xsd" "$lab/junit-$PYTEST.xsd"
}

has_sarif() { [ -s "$lab/sarif-$GO_SARIF.json" ]; }
# The schema is a string of Go there, between backticks.
fetch_sarif() {
	command -v go > /dev/null || fail 'no Go here, and the schema of SARIF is in a module of Go'
	mkdir "$work/go" && cd "$work/go" && go mod init lab && go get "github.com/owenrumney/go-sarif/v3@$GO_SARIF" &&
		folder=$(go list -m -f '{{.Dir}}' github.com/owenrumney/go-sarif/v3) &&
		python3 -c 'import json, sys
text = open(sys.argv[1]).read()
schema = text[text.index("`") + 1:text.rindex("`")].replace("` + \"`\" + `", "`")
json.dump(json.loads(schema), open(sys.argv[2], "w"))' "$folder/pkg/report/v210/sarif/schema.go" "$work/sarif.json" &&
		mv "$work/sarif.json" "$lab/sarif-$GO_SARIF.json"
}

has_promtool() { command -v promtool > /dev/null || [ -x "$lab/promtool" ]; }
fetch_promtool() {
	command -v apt-get > /dev/null || fail 'there is no promtool, and no apt to take one from'
	# Package lists of one's own, where the system has none.
	if ! apt-cache show prometheus > /dev/null 2>&1; then
		mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
		own="-o Dir::State=$work/state -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache=$work/cache"
		# shellcheck disable=SC2086  # words on purpose
		apt-get $own update -qq
	fi
	# shellcheck disable=SC2086
	(cd "$work" && apt-get ${own:-} -o APT::Sandbox::User="$(id -un)" download -qq prometheus) &&
		dpkg -x "$work"/prometheus_*.deb "$work/root" && mv "$work/root/usr/bin/promtool" "$lab/promtool"
}

mkdir -p "$lab"
work=$(mktemp -d "$lab/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
for each in python junit sarif promtool; do
	"has_$each" && continue
	[ "$fetch" = --fetch ] || fail "no $each here; 'sh tests/lab/formats.sh --fetch' brings it"
	("fetch_$each") > "$lab/$each.log" 2>&1 || fail "could not fetch $each: $(tail -n 1 "$lab/$each.log")"
	"has_$each" || fail "no $each after it was fetched"
done
ln -sf "sarif-$GO_SARIF.json" "$lab/sarif.schema.json"
ln -sf "junit-$PYTEST.xsd" "$lab/junit.xsd"
[ -x "$lab/promtool" ] || ln -sf "$(command -v promtool)" "$lab/promtool"
echo "$lab"
