#!/bin/sh
# Print the folder of node modules that has sigstore's verifier: sigstore.sh [--fetch]
#
# With --fetch, it comes from the npm registry, where its authors publish it, into build/lab/, without
# running its scripts. Versions 3 are for Node 20, later ones need 22.
# Exit status: 0; 69 with one sentence on stderr if it is not to be had.
set -eu

lab=$(cd "$(dirname "$0")/../.." && pwd)/build/lab
folder=$lab/sigstore
modules=$folder/node_modules
fetch=${1:-}

fail() {
	echo "sigstore: $*" >&2
	exit 69
}

has_it() {
	[ -d "$modules/@sigstore/verify" ] && [ -d "$modules/@sigstore/bundle" ]
}

command -v node > /dev/null || fail 'no node here'
if ! has_it; then
	[ "$fetch" = --fetch ] || fail "no @sigstore/verify here; 'sh tests/lab/sigstore.sh --fetch' brings it"
	command -v npm > /dev/null || fail 'no npm here'
	mkdir -p "$folder"
	if [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 22 ]; then
		set -- @sigstore/verify @sigstore/bundle
	else
		set -- @sigstore/verify@3 @sigstore/bundle@4
	fi
	npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$folder" "$@" \
		> "$lab/sigstore.log" 2>&1 || fail "could not fetch it: $(tail -n 1 "$lab/sigstore.log")"
	has_it || fail 'no @sigstore/verify after it was fetched'
fi
echo "$modules"
