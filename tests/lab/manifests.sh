#!/bin/sh
# Print the folder of a Python that knows what manifests may hold: manifests.sh [--fetch]
#
# With --fetch, check-jsonschema (with the schemas of GitHub and GitLab), kubernetes-validate (with those of
# Kubernetes) and python-hcl2 come from PyPI, where their authors publish them, into build/lab/.
# Exit status: 0; 69 with one sentence on stderr if they are not to be had.
set -eu

lab=$(cd "$(dirname "$0")/../.." && pwd)/build/lab
folder=$lab/manifests
fetch=${1:-}

fail() {
	echo "manifests: $*" >&2
	exit 69
}

has_it() {
	[ -x "$folder/bin/check-jsonschema" ] &&
		"$folder/bin/python" -c 'import hcl2, kubernetes_validate, yaml' 2> /dev/null
}

if ! has_it; then
	[ "$fetch" = --fetch ] || fail "no schemas here; 'sh tests/lab/manifests.sh --fetch' brings them"
	mkdir -p "$lab"
	{
		python3 -m venv "$folder" &&
			"$folder/bin/pip" install -q --disable-pip-version-check check-jsonschema kubernetes-validate \
				python-hcl2
	} > "$lab/manifests.log" 2>&1 || fail "could not fetch them: $(tail -n 1 "$lab/manifests.log")"
	has_it || fail 'no schemas after they were fetched'
fi
echo "$folder/bin"
